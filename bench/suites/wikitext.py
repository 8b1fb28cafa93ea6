"""Wikitext: how near the text we render is to what MediaWiki shows, and whether real pages render without a remnant.

Two formats are read from ``wikitext/``: ``parser_cases*.jsonl.gz`` with ``{wikitext, text}``, where ``text`` is that
of MediaWiki's HTML with white space normalised, and ``pages*.jsonl.gz`` with ``{title, wikitext}``.
"""

import gzip
import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from lxml import etree

from bench.measurement import Measurement
from processors.extract_wikitext import wikitext_html, wikitext_markdown

SUITE = "wikitext"
REMNANTS = ("{{", "[[", "]]", "{|", "'''")
_CODE = re.compile(r"^```.*?^```|\$[^$\n]+\$", re.DOTALL | re.MULTILINE)


def score(data: Path) -> list[Measurement]:
    """Return ``<file> exact`` and ``<file> similarity`` for sets of cases, ``<file> rendered`` for sets of pages."""
    folder = data / SUITE
    found = [one for path in sorted(folder.glob("parser_cases*.jsonl.gz")) for one in _compared(path)]
    return found + [_rendered(path) for path in sorted(folder.glob("pages*.jsonl.gz"))]


def shown_text(html: str) -> str:
    """Return the text of ``html`` with each run of white space as one space."""
    tree = etree.fromstring(html.encode(errors="replace"), etree.HTMLParser(encoding="utf-8", no_network=True))
    return "" if tree is None else " ".join("".join(tree.itertext()).split())


def is_rendered(markdown: str) -> bool:
    """Tell whether ``markdown`` holds text, and no mark of wikitext but in code and formulas."""
    prose = _CODE.sub("", markdown)
    return bool(markdown.strip()) and not any(remnant in prose for remnant in REMNANTS)


def _compared(path: Path) -> list[Measurement]:
    pairs = [(shown_text(wikitext_html(case["wikitext"])), case["text"]) for case in _records(path)]
    exact = [ours == theirs for ours, theirs in pairs]
    likeness = [SequenceMatcher(None, ours, theirs).ratio() for ours, theirs in pairs]
    return [_share(path, "exact", exact), _share(path, "similarity", likeness)]


def _rendered(path: Path) -> Measurement:
    return _share(path, "rendered", [is_rendered(wikitext_markdown(page["wikitext"])) for page in _records(path)])


def _share(path: Path, metric: str, values: list[bool] | list[float]) -> Measurement:
    return Measurement(
        SUITE, f"{path.name.removesuffix('.jsonl.gz')} {metric}", sum(values) / max(len(values), 1), len(values)
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
