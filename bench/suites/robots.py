"""Robots rules: how often the crawler decides as Google's reference parser does.

Two formats are read from ``robots/``: ``*.json`` with ``allowed_cases`` and ``*.jsonl.gz`` with sites and their
``checks``; every file of either format is scored under its own name.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.measurement import Measurement
from scrapers.crawl import robots

SUITE = "robots"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def score(data: Path) -> list[Measurement]:
    """Return one ``<file> agreement`` (0 to 1) for each file of checks in ``data/robots``."""
    folder = data / "robots"
    found = [_measured(path, _google_cases(path)) for path in sorted(folder.glob("*.json"))]
    found += [_measured(path, _site_checks(path)) for path in sorted(folder.glob("*.jsonl.gz"))]
    return [measurement for measurement in found if measurement.items]


def _measured(path: Path, verdicts: Iterator[bool]) -> Measurement:
    agreed = list(verdicts)
    name = path.name.split(".", 1)[0]
    return Measurement(SUITE, f"{name} agreement", sum(agreed) / max(len(agreed), 1), len(agreed))


def _google_cases(path: Path) -> Iterator[bool]:
    cases = json.loads(path.read_text(encoding="utf-8")).get("allowed_cases", [])
    for case in cases:
        yield _decides(case["robots_txt"], case) == case["allowed"]


def _site_checks(path: Path) -> Iterator[bool]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            site = json.loads(line)
            rules = _rules(site.get("robots_txt", ""))
            for check in site.get("checks", []):
                yield _allows(rules, check) == check["allowed"]


def _decides(text: str, case: dict[str, Any]) -> bool:
    return _allows(_rules(text), case)


def _rules(text: str) -> robots.Rules:
    return robots.read(200, text.encode("utf-8", errors="surrogatepass"), EPOCH)


def _allows(rules: robots.Rules, case: dict[str, Any]) -> bool:
    """Ask as the crawler does, for another agent's product token; what is no http URL it never asks."""
    if rules.parser is None:
        return True
    url = case["url"] if urlsplit(case["url"]).scheme else f"http://{case['url']}"
    return robots.allowed(rules.parser, url, case["user_agent"])
