"""What politeness costs the API sources: the share of the permitted requests that is used, and CPU per document.

``python -m bench.apis`` asks small copies of the four services, each at its own pace, all at once; then each without
pace for the CPU. It ends with 1 where a source used less than ``FLOOR`` of what its service permits.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from pydantic import TypeAdapter

from bench.api_services import SERVICES
from corpus.store import open_store
from scrapers import AnyScraper
from scrapers.page import Desk, Network

FLOOR = 0.95  # of the requests that the service permits while there is work
PACED = {"arxiv": (6, 3.0), "wikipedia": (30, 1.0), "github": (40, 0.72), "reddit": (50, 0.6)}  # documents, delay_s
UNPACED = 400
KEYS = {"REDDIT_CLIENT_ID": "bench", "REDDIT_CLIENT_SECRET": "bench"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One run: documents stored, requests that came, seconds between the first and the last, CPU seconds of ours."""

    stored: int
    requests: int
    span_s: float
    cpu_s: float


def main() -> int:
    """Print the table; return 0 where every source holds the floor."""
    started = {name: _started(name, *of) for name, of in PACED.items()}
    paced = {name: Asked(*json.loads(process.communicate()[0])) for name, process in started.items()}
    _say(f"{'source':12}{'requests':>10}{'permitted used':>16}{'CPU ms a document':>20}")
    shares = []
    for name, (_, delay_s) in PACED.items():
        shares.append((paced[name].requests - 1) * delay_s / paced[name].span_s)
        free = Asked(*json.loads(_started(name, UNPACED, 0.0).communicate()[0]))
        _say(f"{name:12}{paced[name].requests:10}{shares[-1]:16.3f}{1000 * free.cpu_s / free.stored:20.2f}")
    return 0 if min(shares) >= FLOOR else 1


def run(name: str, documents: int, delay_s: float) -> Asked:
    """Ask the service ``name`` for all its ``documents`` and return what it took."""
    os.environ |= KEYS
    with _served(name, documents) as (port, finish), tempfile.TemporaryDirectory() as folder:
        source = _source(name, documents, delay_s, f"127.0.0.1:{port}")
        started = time.process_time()
        stored = source.collect(_desk(Path(folder))).stored
        cpu_s = time.process_time() - started
        requests, span_s = finish()
        return Asked(stored, requests, span_s, cpu_s)


def _source(name: str, documents: int, delay_s: float, host: str) -> AnyScraper:
    url, common = f"http://{host}", {"name": "bench", "kind": name, "delay_s": delay_s}
    options: dict[str, dict[str, Any]] = {
        "arxiv": {"query": "mash", "max_results": documents, "endpoint": f"{url}/api/query"},
        "wikipedia": {"host": host, "scheme": "http", "categories": ["Mash"], "max_pages": documents + 1},
        "github": {"endpoint": url, "repositories": [f"mill/r{n}" for n in range(documents // 10)], "archive_files": 20,
                   "max_repositories": 1000},
        "reddit": {"endpoint": url, "login_endpoint": url, "subreddits": ["brewing"], "max_submissions": documents,
                   "permission": "granted for this benchmark against itself"},
    }  # fmt: skip
    made: AnyScraper = TypeAdapter(AnyScraper).validate_python(common | options[name])
    return made


def _desk(folder: Path) -> Desk:
    return Desk(
        source="bench",
        store=open_store(folder / "dataset"),
        folder="state/raw/2026-11-21/bench",
        work=folder / "work",
        machine=folder / "machine",
        network=Network(contact="bench@example.org", allow_private=True),
        now=lambda: datetime.now(UTC),
    )


@contextmanager
def _served(name: str, documents: int) -> Any:  # noqa: ANN401 - a generator for ``with``
    process = _python("bench.api_services", name, str(documents))
    stdout = cast("IO[str]", process.stdout)
    try:
        yield int(stdout.readline()), lambda: json.loads(process.communicate()[0])
    finally:
        process.kill()
        process.wait()


def _started(name: str, documents: int, delay_s: float) -> subprocess.Popen[str]:
    return _python("bench.apis", name, str(documents), str(delay_s))


def _python(module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    assert sys.argv[1] in SERVICES  # noqa: S101 - only ``main`` starts it so
    asked = run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
    _say(json.dumps([asked.stored, asked.requests, asked.span_s, asked.cpu_s]))
