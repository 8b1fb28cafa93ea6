"""What durability costs: the crawler against bare Scrapy with its memory queue, and the memory of a long queue.

``python -m bench.crawl [PAIRS]`` prints a table a site and ends with 1 where the crawler does less than ``FLOOR`` of
bare Scrapy's pages per CPU second, or a longer queue takes more memory. Sites are served from memory by a process on
one core; each crawl is a process of its own on another, measured from its start to its end.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.crawl_site import DOCS, STARTS, answers_per_s

FLOOR = 0.8  # of bare Scrapy's pages per CPU second, one connection each
PAIRS = 3
QUEUES = (10_000, 100_000)  # URLs
QUEUE_GROWTH_BYTES = 8 << 20  # from the shorter to the longer: SQLite's page cache and its noise
BARE = ("bare, 1 connection", "bare, 8 connections")


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl: its pages, seconds of the wall clock and of the CPU, and its peak of memory."""

    pages: int
    wall_s: float
    cpu_s: float
    peak_bytes: int


def main(pairs: int) -> int:
    """Run the whole benchmark; return 0 if the floor and the bound on memory hold, else 1."""
    crawler_cores, server_cores = _cores()
    os.sched_setaffinity(0, crawler_cores)  # inherited by what is started here
    sites = [site for site in STARTS if site != "docs" or DOCS.exists()]
    holds = [_compare(site, pairs, server_cores) for site in sites]
    return 0 if all((*holds, _is_flat())) else 1


def _cores() -> tuple[set[int], set[int]]:
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, {cores[-1]}


def _compare(site: str, pairs: int, server_cores: set[int]) -> bool:
    """Crawl ``site`` by turns, ours and bare, print the table and return whether the floor holds."""
    runs: dict[str, list[Run]] = {"ours": [], BARE[0]: [], BARE[1]: []}
    with _served(site, server_cores) as port:
        start = f"http://127.0.0.1:{port}{STARTS[site]}"
        alone = answers_per_s(port, STARTS[site], 2.0)
        for _ in range(pairs):
            runs["ours"].append(_ours(start))
            runs[BARE[0]].append(_bare(start, 1))
            runs[BARE[1]].append(_bare(start, 8))
    _say(f"\n{site}: the server alone gives {alone:,.0f} answers a second over one connection")
    _say(f"{'':22}{'pages':>8}{'pages/s':>10}{'pages/CPU s':>13}{'peak MiB':>10}")
    for name, found in runs.items():
        _say(_row(name, found))
    ratio = _ratio(runs["ours"], runs[BARE[0]], "cpu_s")
    wall, eight = (_ratio(runs["ours"], runs[name], "wall_s") for name in BARE)
    _say(f"ours to bare, median of {pairs}: {ratio:.2f} of its pages per CPU second (floor {FLOOR});")
    _say(f"  pages a second {wall:.2f} of its own over 1 connection, {eight:.2f} over 8")
    return ratio >= FLOOR


def _row(name: str, runs: Sequence[Run]) -> str:
    wall = statistics.median(_rate(run, "wall_s") for run in runs)
    cpu = statistics.median(_rate(run, "cpu_s") for run in runs)
    peak = max(run.peak_bytes for run in runs) / (1 << 20)
    return f"{name:22}{runs[0].pages:8}{wall:10.1f}{cpu:13.1f}{peak:10.0f}"


def _ratio(ours: Sequence[Run], bare: Sequence[Run], seconds: str) -> float:
    pairs = zip(ours, bare, strict=True)
    return statistics.median(_rate(first, seconds) / _rate(second, seconds) for first, second in pairs)


def _rate(run: Run, seconds: str) -> float:
    taken: float = getattr(run, seconds)
    return run.pages / taken


@contextmanager
def _served(site: str, cores: set[int]) -> Iterator[int]:
    """Serve ``site`` on ``cores`` for the length of a ``with`` and yield the port."""
    server = _started("bench.crawl_site", site)
    os.sched_setaffinity(server.pid, cores)
    try:
        yield int(server.stdout.readline() if server.stdout else 0)
    finally:
        server.kill()
        server.communicate()


def _ours(start: str) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        printed, _ = _started("bench.crawl_ours", start, folder).communicate()
    return Run(*json.loads(printed))


def _bare(start: str, connections: int) -> Run:
    started = time.perf_counter()
    process = _started("bench.crawl_bare", start, str(connections))
    printed = process.stdout.read() if process.stdout else ""
    _, _, used = os.wait4(process.pid, 0)  # this process alone, unlike RUSAGE_CHILDREN
    process.returncode = 0
    return Run(int(printed), time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def _is_flat() -> bool:
    """Fill a frontier with few and with many URLs, print the memory of each, return whether they are about the same."""
    resident = []
    for urls in QUEUES:
        with tempfile.TemporaryDirectory() as folder:
            printed, _ = _started("bench.crawl_queue", str(urls), folder).communicate()
        resident.append(int(printed))
        _say(f"\nfrontier with {urls:,} URLs: {resident[-1] / (1 << 20):.1f} MiB resident")
    return resident[1] - resident[0] <= QUEUE_GROWTH_BYTES


def _started(module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own modules


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
