"""A frontier filled: ``python -m bench.crawl_queue URLS FOLDER`` prints the memory of its process, in bytes."""

import sys
import time
from pathlib import Path

from scrapers.crawl.frontier import Frontier
from scrapers.page import Request

BATCH_URLS = 50  # as many new links as a page may have


def fill(urls: int, folder: Path) -> int:
    """Queue ``urls`` distinct URLs in batches, as a crawl does, and return how many wait."""
    frontier = Frontier(folder / "frontier.sqlite", time.time, 1.0)
    for first in range(0, urls, BATCH_URLS):
        numbers = range(first, first + BATCH_URLS)
        frontier.add(Request(f"http://a.test/section-{number % 97}/a-page-of-the-site-{number}") for number in numbers)
        frontier.commit()
    return frontier.queued


def resident_bytes() -> int:
    """Return the memory this process holds now (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    fill(int(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(f"{resident_bytes()}\n")
