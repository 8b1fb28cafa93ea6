"""Which lines at head and foot carry the number of their page: it grows by one from page to page.

A number that no other page goes on from is a total, an answer or a heading's, and stays.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple, TypeVar

from processors.pdf.pages import Line, Page
from processors.pdf.sizes import Size, is_bolder, is_larger, rounded

# So many pages must agree on how far their numbers are from their places.
MIN_PAGES = 2
MAX_CHARS, MAX_NUMBERS = 200, 8  # a line that is longer or holds more numbers is no running head
# A running head is parted from the text by this many heights, two lines of text by about a fifth of one.
APART = 0.7

_NUMBER = r"(?:\d{1,4}|[ivxlc]{1,7})"
_PAGE_NUMBER = re.compile(
    rf"[\W_]*(?P<before>page|pg\.?|p\.|seite|página|pagina|стр\.?|صفحه|第)?\s*{_NUMBER}"
    rf"(?:\s*(?:/|of|von|de|sur|di|из)\s*{_NUMBER})?\s*(?P<after>頁|页|ページ)?[\W_]*",
    re.IGNORECASE,
)
_FOLIO = re.compile(rf"(?<![a-z\d.,:]){_NUMBER}(?![a-z\d:]|[.,]\d)")


class _Surety(IntEnum):
    """How sure it is that a number is its page's, surest first."""

    BARE = 0
    PARTED = 1  # a wide gap from words that other pages have too
    INSIDE = 2  # among words that other pages have too: "Lecture notes 3", but also "Worked example 3"
    BESIDE = 3  # at an end of words that no other page has, as the name of a chapter


class _Reading(NamedTuple):
    """A line read as one that holds the number of its page.

    ``words`` are the line with ``#`` for that number, and ``series`` is how it is written and how far it is from the
    place of the page, which is the same for all pages that are counted on.
    """

    page: Page
    line: Line
    is_outermost: bool
    is_parted: bool
    words: str
    series: tuple[str, int]

    @property
    def is_head(self) -> bool:
        """Whether it stands in the upper half."""
        return is_head(self.page, self.line)


def numbered(pages: Sequence[Page], outer: Sequence[Sequence[Line]], usual: Size) -> set[int]:
    """Return the ids of the lines that hold the number of their page.

    ``outer`` are the lines of each page at its head and foot, from the top; most text is set in the size ``usual``.
    """
    read = [one for page, lines in zip(pages, outer, strict=True) for one in _readings(page, lines)]
    recurring = _on_pages((one.page.number, (one.is_head, one.words, one.series)) for one in read)
    rated: list[tuple[_Surety, _Reading]] = []
    for one in read:
        surety = _surety(one, usual, recurs=(one.is_head, one.words, one.series) in recurring)
        if surety is not None:
            rated.append((surety, one))
    series = _on_pages((one.page.number, one.series) for surety, one in rated if _counts(surety, one))
    if len({page.number for page in pages}) < MIN_PAGES:
        return {id(one.line) for surety, one in rated if surety == _Surety.BESIDE and _is_small_head(one, usual)}
    return _surest([(surety, one) for surety, one in rated if one.series in series])


def says_page(line: Line) -> bool:
    """Whether ``line`` is a number that calls itself a page's, as ``Page 3 of 10`` does."""
    found = _PAGE_NUMBER.fullmatch(line.text)
    return bool(found and (found["before"] or found["after"]))


def is_head(page: Page, line: Line) -> bool:
    """Whether ``line`` stands in the upper half of ``page``."""
    return line.top * 2 > page.height


def _readings(page: Page, lines: Sequence[Line]) -> Iterator[_Reading]:
    for line in lines:
        cells = [cell.text.lower() for cell in line.cells]
        if sum(map(len, cells)) > MAX_CHARS or sum(len(_FOLIO.findall(cell)) for cell in cells) > MAX_NUMBERS:
            continue
        for place, cell in enumerate(cells):
            for found in _FOLIO.finditer(cell):
                style, value = _value(found[0])
                rest = f"{cell[: found.start()]}#{cell[found.end() :]}"
                words = " ".join([*cells[:place], rest, *cells[place + 1 :]])
                is_parted = len(cells) > 1 and _PAGE_NUMBER.fullmatch(cell) is not None
                is_outermost = line is lines[0] or line is lines[-1]
                yield _Reading(page, line, is_outermost, is_parted, words, (style, value - page.number))


_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def _value(written: str) -> tuple[str, int]:
    """Return how a number is written, and the number; letters in no Roman order give one that no page goes on from."""
    if written[0] not in _ROMAN:
        return "arabic", int(written)
    values = [_ROMAN[letter] for letter in written]
    return "roman", sum(
        -one if one < following else one for one, following in zip(values, [*values[1:], 0], strict=True)
    )


_Key = TypeVar("_Key", bound=Hashable)


def _on_pages(said: Iterable[tuple[int, _Key]]) -> set[_Key]:
    """Return what is said on ``MIN_PAGES`` pages at least, each given by its number."""
    pages = defaultdict[_Key, set[int]](set)
    for number, key in said:
        pages[key].add(number)
    return {key for key, numbers in pages.items() if len(numbers) >= MIN_PAGES}


def _surety(one: _Reading, usual: Size, *, recurs: bool) -> _Surety | None:
    stands_out = one.is_head and (is_larger(one.line, usual) or is_bolder(one.line, usual))
    if _PAGE_NUMBER.fullmatch(one.line.text):
        is_title = one.is_head and is_larger(one.line, usual)
        return _Surety.BARE if one.is_outermost and not is_title else None
    if recurs and one.is_parted:
        return _Surety.PARTED
    if recurs and not stands_out:
        return _Surety.INSIDE if len(_WORD.findall(one.words)) > 1 else None
    is_last = _LAST.fullmatch(one.words) is not None
    is_beside = is_last or _FIRST.match(one.words)
    if is_beside and one.is_outermost and _is_apart(one) and (not stands_out or (is_last and one.is_parted)):
        return _Surety.BESIDE
    return None


_WORD = re.compile(r"[^\W\d_]+")
_TOTAL = r"(?:\s*/\s*\d{1,4})?[\W_]*"
_FIRST, _LAST = re.compile(rf"[\W_]*#{_TOTAL}\s"), re.compile(rf".*\s[\W_]*#{_TOTAL}")


def _is_apart(one: _Reading) -> bool:
    others = [other for other in one.page.lines if other is not one.line]
    if one.is_head:
        gap = min((one.line.bottom - other.top for other in others), default=0.0)
    else:
        gap = min((other.bottom - one.line.top for other in others), default=0.0)
    return gap > APART * one.line.height


def _is_small_head(one: _Reading, usual: Size) -> bool:
    """Whether a page alone tells its running head: smaller than the text, the number after a gap at its end."""
    is_at_end = one.is_parted and _LAST.fullmatch(one.words) is not None
    return one.is_head and is_at_end and rounded(one.line.height) < usual.height


def _counts(surety: _Surety, one: _Reading) -> bool:
    """Whether a reading helps to find a series: notes at the foot may be numbered as fast as pages."""
    return surety < _Surety.BESIDE or one.is_head or one.is_parted


def _surest(rated: Iterable[tuple[_Surety, _Reading]]) -> set[int]:
    """Return the ids of lines, of each page the surest: a question has a number beside that of its page."""
    best: dict[int, _Surety] = {}
    for surety, one in rated:
        best[id(one.page)] = min(surety, best.get(id(one.page), surety))
    return {id(one.line) for surety, one in rated if surety <= max(best[id(one.page)], _Surety.PARTED)}
