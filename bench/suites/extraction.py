"""How well main text and metadata are taken from HTML, on public page sets with known answers.

A set is told by what its folder holds: ``ground-truth.json`` (article bodies: bags of 4-token shingles),
``segments.json`` (pieces of text that must or must not be there), ``NAME/source.html.gz`` folders (bags of words
against the expected page). Every set is scored with the one configuration that ``processors.extract`` has.
"""

import gzip
import json
import multiprocessing
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from lxml.html import document_fromstring

from bench.measurement import Measurement
from processors.extract_html import extract_page
from processors.extracted import Extracted

SUITE = "extraction"
SHINGLE_TOKENS = 4


class Bags(NamedTuple):
    """How many items of two bags agree, were found only, and were expected only."""

    both: int
    only_found: int
    only_expected: int


def score(data: Path) -> list[Measurement]:
    """Measure every set under ``data/extraction``; the metrics start with the folder's name."""
    folders = sorted(path for path in (data / SUITE).glob("*") if path.is_dir())
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), multiprocessing.get_context("spawn")) as pool:
        found: list[Measurement] = []
        for folder in folders:
            found += _score_folder(folder, lambda pages: list(pool.map(_read, pages, chunksize=8)))
        return found


class _Asked(NamedTuple):
    path: Path
    url: str | None


_Reader = Callable[[list[_Asked]], list[Extracted]]


def _read(asked: _Asked) -> Extracted:
    return extract_page(gzip.decompress(asked.path.read_bytes()), "text/html", asked.url)


def _score_folder(folder: Path, read: _Reader) -> Iterator[Measurement]:
    for shape, scored in ((_TRUTH, _score_articles), (_SEGMENTS, _score_segments), ("*/source.html.gz", _score_pages)):
        if any(folder.glob(shape)):
            yield from (Measurement(SUITE, f"{folder.name} {metric}", *value) for metric, value in scored(folder, read))


_TRUTH = "ground-truth.json"
_SEGMENTS = "segments.json"
_Scores = Iterable[tuple[str, tuple[float, int]]]


def _score_articles(folder: Path, read: _Reader) -> _Scores:
    truth = json.loads((folder / _TRUTH).read_text(encoding="utf-8"))
    found = read([_Asked(folder / "html" / f"{name}.html.gz", page["url"]) for name, page in truth.items()])
    bags = [
        compare(shingles(plain(one.text)), shingles(page["articleBody"]))
        for one, page in zip(found, truth.values(), strict=True)
    ]
    return _averaged(bags)


def _score_pages(folder: Path, read: _Reader) -> _Scores:
    names = sorted(path.parent for path in folder.glob("*/source.html.gz"))
    found = read([_Asked(name / "source.html.gz", None) for name in names])
    expected = [_visible_text(name / "expected.html.gz") for name in names]
    return _averaged([compare(words(plain(one.text)), words(text)) for one, text in zip(found, expected, strict=True)])


def _score_segments(folder: Path, read: _Reader) -> _Scores:
    pages: list[dict[str, Any]] = json.loads((folder / _SEGMENTS).read_text(encoding="utf-8"))
    found = read([_Asked(folder / page["html"], page["url"]) for page in pages])
    texts = [_spaced(plain(one.text)) for one in found]
    wanted = [_spaced(piece) in text for page, text in zip(pages, texts, strict=True) for piece in page["with"]]
    unwanted = [_spaced(piece) in text for page, text in zip(pages, texts, strict=True) for piece in page["without"]]
    precision = sum(wanted) / max(1, sum(wanted) + sum(unwanted))
    yield from _three(precision, sum(wanted) / max(1, len(wanted)), len(wanted) + len(unwanted))
    for fact, same in (("title", same_title), ("author", same_author), ("created_at", _same_day)):
        known = "date" if fact == "created_at" else fact
        verdicts = [
            same(getattr(one, fact), page[known]) for one, page in zip(found, pages, strict=True) if page.get(known)
        ]
        yield known, (sum(verdicts) / max(1, len(verdicts)), len(verdicts))


def _averaged(bags: list[Bags]) -> _Scores:
    precisions = [_share(bag.both, bag.only_found, bag.only_expected) for bag in bags]
    recalls = [_share(bag.both, bag.only_expected, bag.only_found) for bag in bags]
    return _three(sum(precisions) / max(1, len(bags)), sum(recalls) / max(1, len(bags)), len(bags))


def _share(both: int, mine: int, theirs: int) -> float:
    # A page where nothing was found or nothing expected has no such share; it counts as 0 unless both are empty.
    if both + mine == 0:
        return 1.0 if theirs == 0 else 0.0
    return both / (both + mine)


def _three(precision: float, recall: float, items: int) -> _Scores:
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return [("f1", (f1, items)), ("precision", (precision, items)), ("recall", (recall, items))]


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the bag of 4-token shingles of ``text``; a shorter text is one shingle."""
    tokens = re.findall(r"\w+", text)
    last = max(1, len(tokens) - SHINGLE_TOKENS + 1) if tokens else 0
    return Counter(tuple(tokens[start : start + SHINGLE_TOKENS]) for start in range(last))


def words(text: str) -> Counter[str]:
    """Return the bag of words of ``text``, letters and digits only."""
    return Counter(re.findall(r"\w+", text))


def compare(found: Counter[Any], expected: Counter[Any]) -> Bags:
    """Return how two bags agree."""
    both = (found & expected).total()
    return Bags(both, found.total() - both, expected.total() - both)


_MARKS = re.compile(
    r"^ *(?:#{1,6} |[-*+] |> |```.*$|\|?(?:---\|)+$)|(?<!\\)[*`|]|\\(?=[\\`*_{}\[\]()#+.!|<>~-])|~~|</?(?:u|sub|sup)>",
    re.MULTILINE,
)


_FORMULA = re.compile(r"\$\$?([^$\n]*\\[^$]*)\$\$?")
_TEX_MARKS = re.compile(r"\\[A-Za-z]+|[\\{}^_]")


def plain(markdown: str) -> str:
    """Return ``markdown`` without its marks and those of TeX, because the expected answers are plain text."""
    return _MARKS.sub("", _FORMULA.sub(lambda formula: _TEX_MARKS.sub(" ", formula[1]), markdown))


def same_title(found: str | None, expected: str) -> bool:
    """Return whether one title holds the other, letters and digits alone: sites add their name, marks differ."""
    one, other = _letters(found or ""), _letters(expected)
    return bool(one) and (one in other or other in one)


def same_author(found: str | None, expected: str) -> bool:
    """Return whether every expected name (separated by semicolons) is among those found, letters and digits alone."""
    return all(_letters(name) in _letters(found or "") for name in expected.split(";"))


def _same_day(found: Any, expected: str) -> bool:  # noqa: ANN401 - a datetime or None, as the page gave it
    return found is not None and f"{found:%Y-%m-%d}" == expected


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text.lower()))


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _visible_text(path: Path) -> str:
    html = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    return str(document_fromstring(html).text_content())
