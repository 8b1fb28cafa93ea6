"""Wikitext: how near the text we render is to what MediaWiki shows, and whether real pages render without a remnant.

The text compared with MediaWiki's is that of ``wikitext_html``. How much of it reaches the Markdown, the recall
of its words says; headings of sections that hold nothing are left out there on purpose, and count as lost.

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
from bench.suites.documents import words
from bench.suites.extraction import compare
from processors.extract_wikitext import wikitext_html, wikitext_markdown

SUITE = "wikitext"
REMNANTS = ("{{", "[[", "]]", "{|", "'''")
_CODE = re.compile(r"^```.*?^```|\$[^$\n]+\$", re.DOTALL | re.MULTILINE)


def score(data: Path) -> list[Measurement]:
    """Return ``<file> exact``, ``similarity`` and ``... words recall`` for cases, ``<file> rendered`` for pages.

    Exact and similarity are means over the cases; recall is that of all their words, in bags for each case.
    """
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
    cases = list(_records(path))
    pairs = [(shown_text(wikitext_html(case["wikitext"])), case["text"]) for case in cases]
    exact = [ours == theirs for ours, theirs in pairs]
    likeness = [SequenceMatcher(None, ours, theirs).ratio() for ours, theirs in pairs]
    delivered = [(wikitext_markdown(case["wikitext"]), case["text"]) for case in cases]
    recalls = [_recall(path, "html", pairs), _recall(path, "markdown", delivered)]
    return [_share(path, "exact", exact), _share(path, "similarity", likeness), *recalls]


def _recall(path: Path, form: str, pairs: list[tuple[str, str]]) -> Measurement:
    bags = [compare(words(ours), words(theirs)) for ours, theirs in pairs]
    found, missed = sum(bag.both for bag in bags), sum(bag.only_expected for bag in bags)
    name = path.name.removesuffix(".jsonl.gz")
    return Measurement(SUITE, f"{name} {form} words recall", found / max(1, found + missed), len(pairs))


def _rendered(path: Path) -> Measurement:
    return _share(path, "rendered", [is_rendered(wikitext_markdown(page["wikitext"])) for page in _records(path)])


def _share(path: Path, metric: str, values: list[bool] | list[float]) -> Measurement:
    return Measurement(
        SUITE, f"{path.name.removesuffix('.jsonl.gz')} {metric}", sum(values) / max(len(values), 1), len(values)
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
