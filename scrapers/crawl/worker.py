"""The process that crawls: ``python -m scrapers.crawl.worker SPEC``.

It prints its progress as JSON lines, ends with 0 when everything was asked, 3 when it was stopped and 4 otherwise, and
dies with its parent: by the signal Linux sends, elsewhere because its standard input ends.
"""

import ctypes
import fcntl
import importlib
import json
import os
import re
import signal
import sys
import threading
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from scrapy.crawler import AsyncCrawlerProcess, Crawler

from corpus.errors import CorpusError, SourceError
from corpus.store import Store, open_store
from scrapers.crawl.archive import Parts
from scrapers.crawl.browser import Browser
from scrapers.crawl.frontier import Frontier
from scrapers.crawl.policies import Policies
from scrapers.crawl.recall import forget, parts_of, recall
from scrapers.crawl.redact import redact_logs
from scrapers.crawl.session import Ground, Session
from scrapers.crawl.settings import crawl_settings
from scrapers.crawl.site import Site
from scrapers.crawl.spider import SiteSpider
from scrapers.page import Request

PR_SET_PDEATHSIG = 1  # prctl(2)
EXIT_CODES = {"finished": 0, "shutdown": 3}
LOCK_WAIT_S = 30.0  # a crawl whose parent died may still be closing
BEAT_S = 1.0
ORPHAN_GRACE_S = 2.0
STOP_S = 25.0  # to close in, as the parent would have waited


def main() -> int:
    """Crawl as the spec file says and return the exit code."""
    spec = json.loads(Path(sys.argv[1]).read_text())
    try:
        with _locked(Path(spec["work"]) / "crawl.lock"):
            return crawl(spec)
    except CorpusError as error:
        _say({"error": str(error)})
        return 4


def crawl(spec: dict[str, Any]) -> int:
    """Run one crawl to its end, write its statistics and return the exit code."""
    session = open_session(spec)
    process = AsyncCrawlerProcess(crawl_settings(spec["user_agent"], allow_private=spec["allow_private"]))
    redact_logs()
    crawler = process.create_crawler(SiteSpider)
    browser = Browser(spec["user_agent"]) if session.site.render == "chromium" else None
    process.crawl(crawler, session=session, proxy=os.environ.get("GRISTMILL_PROXY") or None, browser=browser)
    _die_with_parent(crawler)
    beat = threading.Event()
    beating = threading.Thread(target=_beat, args=(session, beat), daemon=True)
    beating.start()
    process.start()
    beat.set()
    beating.join()  # a late beat after the last line would read as a crawl that broke off
    session.flush()
    stats = crawler.stats.get_stats() if crawler.stats else {}
    facts = _ending(session, str(stats.get("finish_reason")))
    _write_stats(Path(spec["work"]) / "stats.json", facts | {"scrapy": stats})
    session.close()
    _say(facts)
    return EXIT_CODES.get(facts["reason"], 4)


def _ending(session: Session, reason: str) -> dict[str, Any]:
    frontier = session.frontier
    ending = {"reason": reason, "in_flight": frontier.in_flight, "is_capped": session.is_capped}
    cost = {"bytes_received": dict(session.bytes_received), "peak_rss_mib": _peak_rss_mib()}
    return asdict(session.progress) | ending | cost | {"parked": frontier.parked}


def _peak_rss_mib() -> float | None:
    """Return the most memory this process held, where Linux tells; getrusage would count its parent's too."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found.group(1)) / 1024 if found else None


def _write_stats(path: Path, facts: dict[str, Any]) -> None:
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(facts, indent=1, default=str))
    draft.replace(path)


def open_session(spec: dict[str, Any]) -> Session:
    """Open what the spec names, bring the frontier up to the raw store and open the night."""
    module, _, name = spec["site"].partition(":")
    site = getattr(importlib.import_module(module), name).model_validate_json(spec["options"])
    ahead = timedelta(seconds=spec["clock_ahead_s"])
    store = open_store(spec["store"])
    frontier = _frontier(spec, site, store, ahead.total_seconds())
    frontier.begin(spec["folder"], site.start())
    frontier.add(map(_request, spec["found"]))
    machine = Path(spec["machine"])
    parts = Parts(store, spec["folder"], spec["source"], spec["part_rows"])
    keep = timedelta(days=site.revisit_days)
    policies = Policies(machine / "policies.sqlite", datetime.now(UTC) + ahead, keep)
    ground = Ground(frontier, policies, parts, machine / "turns")
    return Session(site, ground, lambda: datetime.now(UTC) + ahead, time.time, spec["allow_private"])


def _request(facts: dict[str, Any]) -> Request:
    moments = {name: datetime.fromisoformat(facts[name]) for name in ("published_at", "lastmod") if facts[name]}
    return Request(**facts | moments)


def _frontier(spec: dict[str, Any], site: Site, store: Store, ahead_s: float) -> Frontier:
    path = Path(spec["work"]) / "frontier.sqlite"
    shortest_s = site.revisit_days * 86400.0
    stored = parts_of(store, spec["folder"])
    frontier = Frontier(path, lambda: time.time() + ahead_s, shortest_s)
    if frontier.notebook.is_ahead_of(stored):
        frontier.close()
        forget(path)
        frontier = Frontier(path, lambda: time.time() + ahead_s, shortest_s)
    recall(frontier, store, stored, site)
    return frontier


class _locked:  # noqa: N801 - reads as a verb in `with`
    """One crawl a work folder: waits a little for the one before, then refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> None:
        self._file = self._path.open("wb")
        deadline = time.monotonic() + LOCK_WAIT_S
        while not self._taken():
            if time.monotonic() > deadline:
                raise SourceError(f"another crawl works in {self._path.parent}; wait for it to end and run again")
            time.sleep(0.1)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type] # open since __enter__
        except BlockingIOError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()


def _die_with_parent(crawler: Crawler) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    threading.Thread(target=_watch_stdin, args=(crawler,), daemon=True).start()


def _watch_stdin(crawler: Crawler) -> None:
    """Stop when standard input ends, unless the system's signal has done so: a second one would cut the stop short."""
    os.read(sys.stdin.fileno(), 1)
    time.sleep(ORPHAN_GRACE_S)
    if crawler.crawling:
        os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)
    os._exit(EXIT_CODES["shutdown"])  # whatever keeps it from closing: nothing is lost by a hard end


def _beat(session: Session, is_over: threading.Event) -> None:
    while not is_over.wait(BEAT_S):
        _say(asdict(session.progress))


def _say(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
