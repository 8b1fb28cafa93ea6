"""Robots rules: how often the crawler decides as Google's reference parser does.

Two formats are read from ``robots/``: ``*.json`` with the cases of Google's parser tests and ``*.jsonl.gz`` with real
sites and their ``checks``; every file of either format is scored under its own name. Crawl-delays and sitemaps of the
sites are compared with what Protego reads.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measurement import Measurement
from scrapers.crawl import robots
from scrapers.crawl.robots_paths import escaped, path_of
from scrapers.crawl.robots_txt import RobotsTxt, read_robots_txt

SUITE = "robots"
EVERYBODY = "*"  # names no crawler, so the groups for all are read
Verdict = tuple[str, bool]  # a metric, and whether the crawler agreed


def score(data: Path) -> list[Measurement]:
    """Return the shares of agreement (0 to 1) for each file of checks in ``data/robots``.

    ``<file> agreement`` counts all verdicts on URLs. Of a JSON file also ``rfc`` (tests named ``ID_``),
    ``google-only``, ``path`` and ``escape agreement``; of a file of sites ``crawl-delay`` and ``sitemap agreement``.
    """
    folder = data / "robots"
    found = [measured for path in sorted(folder.glob("*.json")) for measured in _measured(path, _cases(path))]
    return found + [
        measured for path in sorted(folder.glob("*.jsonl.gz")) for measured in _measured(path, _site_checks(path))
    ]


def _measured(path: Path, verdicts: Iterator[Verdict]) -> list[Measurement]:
    agreed: dict[str, list[bool]] = {}
    for metric, verdict in verdicts:
        agreed.setdefault(metric, []).append(verdict)
    name = path.name.split(".", 1)[0]
    return [Measurement(SUITE, f"{name} {metric}", sum(each) / len(each), len(each)) for metric, each in agreed.items()]


def _cases(path: Path) -> Iterator[Verdict]:
    cases = json.loads(path.read_text(encoding="utf-8"))
    for case in cases.get("allowed_cases", []):
        agrees = robots.allowed(_octets(case["robots_txt"]), case["url"], case["user_agent"]) == case["allowed"]
        yield "agreement", agrees
        if case.get("test", "").startswith("ID_"):
            yield "rfc agreement", agrees
        if case.get("test", "").startswith("GoogleOnly_"):
            yield "google-only agreement", agrees
    for case in cases.get("path_cases", []):
        yield "path agreement", path_of(case["url"]) == case["path_params_query"]
    for case in cases.get("escape_cases", []):
        yield "escape agreement", escaped(_octets(case["pattern"])) == _octets(case["escaped"])


def _site_checks(path: Path) -> Iterator[Verdict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            site = json.loads(line)
            body = _octets(site.get("robots_txt", ""))
            for check in site.get("checks", []):
                yield "agreement", robots.allowed(body, check["url"], check["user_agent"]) == check["allowed"]
            yield from _readings(site, read_robots_txt(body, EVERYBODY))


def _readings(site: dict[str, Any], found: RobotsTxt) -> Iterator[Verdict]:
    if "crawl_delay_star" in site:
        yield "crawl-delay agreement", found.crawl_delay_s == site["crawl_delay_star"]
    if "sitemaps" in site:
        yield "sitemap agreement", found.sitemaps == tuple(dict.fromkeys(site["sitemaps"]))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")
