"""One crawl as a night does it: ``python -m bench.crawl_ours START FOLDER`` prints what its worker took, as JSON."""

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from corpus.store import open_store
from scrapers.crawl.run import collect
from scrapers.page import Desk, Network, Progress
from scrapers.web import Web

UNBOUNDED = 1_000_000  # pages and links in a row


def crawl(start: str, home: Path) -> Progress:
    """Crawl from ``start`` into a dataset under ``home``: durable frontier, WARC and Parquet parts, no delay."""
    web = Web(name="bench", start_urls=(start,), sitemaps=False, delay_s=0, max_pages=UNBOUNDED, max_depth=UNBOUNDED)
    desk = Desk(
        source="bench",
        store=open_store(home / "dataset"),
        folder="state/raw/2026-11-21/bench",
        work=home / "work",
        machine=home / "machine",
        network=Network("bench@gristmill.test", allow_private=True),
        now=lambda: datetime.now(UTC),
    )
    return collect(web, desk)


if __name__ == "__main__":
    started = time.perf_counter()
    progress = crawl(sys.argv[1], Path(sys.argv[2]))
    wall_s = time.perf_counter() - started
    worker = resource.getrusage(resource.RUSAGE_CHILDREN)  # the process of the crawl, from its start to its end
    cpu_s, peak = worker.ru_utime + worker.ru_stime, worker.ru_maxrss * 1024
    sys.stdout.write(json.dumps([progress.stored + progress.refused, wall_s, cpu_s, peak]) + "\n")
