"""URLs: how often they are parsed as browsers do, and named as w3lib names them.

Two formats are read from ``url/``: ``*.json`` with w3lib's cases ``{function, args, kwargs, expected}``, of which those
of ``canonicalize_url`` without options are ours to answer, and ``*.json`` with ``{input, base, href or failure}``.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measurement import Measurement
from scrapers.crawl.address import canonical, resolve

SUITE = "url"


def score(data: Path) -> list[Measurement]:
    """Return ``<file> canonicalize agreement`` or ``<file> agreement`` (0 to 1) for each file in ``data/url``.

    A name agrees where it is w3lib's as it stands, or as the URL Standard writes that (hosts w3lib leaves in Unicode).
    """
    found = [_measured(path) for path in sorted((data / "url").glob("*.json"))]
    return [measurement for measurement in found if measurement.items]


def _measured(path: Path) -> Measurement:
    cases = [case for case in json.loads(path.read_text(encoding="utf-8")) if isinstance(case, dict)]
    is_parsing = any("input" in case for case in cases)
    agreed = list(_parsed(cases) if is_parsing else _named(cases))
    metric = f"{path.stem} {'' if is_parsing else 'canonicalize '}agreement"
    return Measurement(SUITE, metric, sum(agreed) / max(len(agreed), 1), len(agreed))


def _parsed(cases: list[dict[str, Any]]) -> Iterator[bool]:
    for case in cases:
        if "input" in case:
            yield resolve(case["input"], case.get("base")) == (None if case.get("failure") else case["href"])


def _named(cases: list[dict[str, Any]]) -> Iterator[bool]:
    for case in cases:
        if case.get("function") == "canonicalize_url" and not case.get("kwargs"):
            yield canonical(_text(case["args"][0])) in (case["expected"], resolve(case["expected"]))


def _text(argument: str | dict[str, str]) -> str:
    return argument if isinstance(argument, str) else bytes.fromhex(argument["bytes_hex"]).decode()
