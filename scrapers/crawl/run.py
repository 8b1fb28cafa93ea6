"""Starting a crawl: one process per source and night, watched by this one.

A crawl in the caller's own event loop hung for minutes on SIGTERM and lost rows; a process of its own stops cleanly,
and a crash in a parser cannot take the night with it.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corpus.errors import SourceError
from corpus.params import Params
from scrapers.crawl.archive import PART_ROWS
from scrapers.crawl.identity import user_agent
from scrapers.crawl.inside import private_address_of
from scrapers.page import Desk, Network, Progress, Request

STOP_WAIT_S = 25.0  # orchestrators kill 30 s after they ask to stop

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ending:
    """The worker's last words and its exit code."""

    facts: dict[str, Any]
    code: int


def collect(site: Params, desk: Desk, *, found: Iterable[Request] = (), part_rows: int = PART_ROWS) -> Progress:
    """Crawl ``site`` (a ``scrapers.crawl.site.Site``) into ``desk`` and return the counts of the night.

    Called again with the same ``desk.work`` it continues, after a crash too, and stores no page twice. ``found`` is
    what was found elsewhere, queued unless it is known. ``part_rows`` is how many rows a part holds.

    Raises:
        SourceError: there is no contact, the proxy is private, or the crawl did not end; the log file is named.
    """
    spec = write_spec(site, desk, found=found, part_rows=part_rows)
    _check_proxy(desk.network)
    log = desk.work / "crawl.log"
    with log.open("ab") as stderr:
        worker = start_worker(spec, desk.network.proxy, stderr.fileno())
        ending = _watch(worker, desk)
    return _checked(ending, desk.source, log)


def write_spec(site: Params, desk: Desk, *, found: Iterable[Request] = (), part_rows: int = PART_ROWS) -> Path:
    """Write what the worker needs to know, secrets apart (the proxy may hold one), and return the file."""
    desk.work.mkdir(parents=True, exist_ok=True)
    desk.work.chmod(0o700)  # a URL in the frontier may hold a secret
    if desk.store.location.startswith("memory://"):
        raise SourceError(f"{desk.source} is crawled by a process of its own, which cannot reach a store in memory")
    spec = {
        "site": f"{type(site).__module__}:{type(site).__name__}",
        "options": site.model_dump_json(),
        "source": desk.source,
        "store": desk.store.location,
        "folder": desk.folder,
        "work": str(desk.work),
        "machine": str(desk.machine),
        "user_agent": user_agent(desk.network),
        "allow_private": desk.network.allow_private,
        "clock_ahead_s": (desk.now() - datetime.now(UTC)).total_seconds(),
        "part_rows": part_rows,
        "found": [asdict(request) for request in found],
    }
    path = desk.work / "spec.json"
    path.write_text(json.dumps(spec, indent=1, default=datetime.isoformat))
    return path


def start_worker(spec: Path, proxy: str | None, stderr: int) -> subprocess.Popen[bytes]:
    """Start the worker in a session of its own, so that a signal to our group reaches it once: through us."""
    return subprocess.Popen(  # noqa: S603 - our own module, our own file
        [sys.executable, "-m", "scrapers.crawl.worker", str(spec)],
        env={**os.environ, "GRISTMILL_PROXY": proxy or ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        start_new_session=True,
    )


def _watch(worker: subprocess.Popen[bytes], desk: Desk) -> _Ending:
    """Report the worker's progress until it ends; on any interruption ask it once to stop, then make sure it does."""
    facts: dict[str, Any] = {}
    try:
        for line in worker.stdout or ():
            facts = json.loads(line)
            _report(facts, desk)
        return _Ending(facts, worker.wait())
    except BaseException:
        _stop(worker)
        raise
    finally:
        for pipe in (worker.stdin, worker.stdout):
            if pipe:
                pipe.close()


def _stop(worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        worker.send_signal(signal.SIGTERM)  # exactly once: Scrapy reads a second one as "at once, lose the rest"
    try:
        worker.wait(STOP_WAIT_S)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def _report(facts: dict[str, Any], desk: Desk) -> None:
    if "error" in facts:
        return
    progress = _progress(facts, desk.source)
    logger.info(
        "%s: %d stored, %d refused, %d unchanged, %d queued",
        *(desk.source, progress.stored, progress.refused, progress.unchanged, progress.queued),
    )
    desk.report(progress)


def _checked(ending: _Ending, source: str, log: Path) -> Progress:
    """Return the final counts, if the exit code *and* the frontier say that nothing is left."""
    facts = ending.facts
    if "error" in facts:
        raise SourceError(facts["error"])
    if ending.code == 3:
        raise SourceError(f"the crawl of {source} was stopped before its end; run again to continue it (log: {log})")
    if ending.code != 0 or "in_flight" not in facts:
        raise SourceError(f"the crawl of {source} broke off with exit code {ending.code}; the reason is in {log}")
    if facts["in_flight"] or (facts["queued"] and not facts["is_capped"]):
        left = facts["in_flight"] + facts["queued"]
        raise SourceError(
            f"the crawl of {source} ended with {left} requests left; run again to continue it (log: {log})"
        )
    for host, waiting in facts["parked"].items():
        logger.warning("%s: %d requests to %s wait for another night", source, waiting, host)
    return _progress(facts, source)


def _progress(facts: dict[str, Any], source: str) -> Progress:
    return Progress(source, *(facts[name] for name in ("stored", "refused", "queued", "unchanged")))


def _check_proxy(network: Network) -> None:
    if not network.proxy or network.allow_private:
        return
    host = urlsplit(network.proxy).hostname or ""
    try:
        private = private_address_of(host)
    except OSError as error:
        raise SourceError(f"the name of the proxy {host!r} does not resolve; mend `proxy` in recipe.toml") from error
    if private:
        raise SourceError(
            f"the proxy {host} is the private address {private}; set `allow_private = true` under [network] in "
            "recipe.toml if that is meant"
        )
