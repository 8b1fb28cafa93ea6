"""Whether an item that may stand in a text does: the share of its own words that are found there, in order."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from processors.contamination_index import Candidate, Index, reach
from processors.contamination_match import LONGEST_BREAK, Alignment, align
from processors.contamination_windows import WIDTH, Rows, common, windows_of
from processors.contamination_words import Words, is_letter, marks, words

WHOLE_WORDS = 13  # shorter items count only whole; the n of GPT-3's overlap (Brown et al. 2020, appendix C)
ENOUGH_WORDS = 20  # of an item, or a third of it, must be found whatever its own part is
OWN_FOUND = 0.5  # of the share that must also be found in windows which no other item of the set has
REPLACED_WEIGHT = 4.0  # what a replaced word takes from the share, against one that is only missing
MARKS_REPLACED = 0.1  # of the figures and names: with more of them replaced it is another item
_QUOTED = re.compile(
    r"\u201c[^\u201c\u201d]{20,2000}\u201d|\"[^\"]{20,2000}\"|«[^«»]{20,2000}»"
    r"|(?<!\w)['\u2018](?=\w)[^\u2018\n]{20,2000}?['\u2019](?!\w)"
)
_QUOTED_WORDS = 6
_FEWEST_OWN = 3
_MOST_REGIONS, _MOST_REGION_WORDS = 8, 100_000  # of a text that are compared with one item, whichever is more
_MOST_READY_WORDS = 250_000  # of the items that are kept prepared, some 60 MB

Flags = NDArray[np.bool_]
T = TypeVar("T")


class Evidence(NamedTuple):
    """The share of an item's own words that stand in a text, and from which word of it to which (both included)."""

    share: float
    first: int
    last: int


class Item(NamedTuple):
    """An item ready to be compared: its words, which are figures or names, and which words and windows are its own.

    ``asked`` are the own words of the first line that has some, the question before its choices. ``kept`` are the words
    that are compared: all, if most are single letters, else all others, as the letters of
    choices differ from page to page.
    """

    words: Words
    marks: list[bool]
    kept: Rows
    own_words: Flags
    own_windows: Flags
    asked: Flags

    def compared(self, text: Words) -> Rows:
        """Return the words of ``text`` that the item is compared with."""
        if _is_lettered(self.words):
            return np.arange(len(text.lower))
        return np.array([place for place, word in enumerate(text.lower) if not is_letter(word)], np.int64)


class Verifier:
    """Compares items of one ``index`` with texts; items once prepared are kept, up to so many words of them."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._ready: dict[int, Item] = {}
        self._ready_words = 0

    def verify(self, candidate: Candidate, text: Words) -> Evidence:
        """Return the best evidence for the item of ``candidate`` in ``text``, near the places that it names."""
        item = self._prepared(candidate.item)
        found = [_within(item, text, *region) for region in _regions(candidate, len(item.words.lower))]
        return max(found, key=lambda one: (one.share, -one.first))

    def _prepared(self, item: int) -> Item:
        if item not in self._ready:
            if self._ready_words > _MOST_READY_WORDS:
                self._ready.clear()
                self._ready_words = 0
            self._ready[item] = prepare(self.index, item)
            self._ready_words += len(self._ready[item].words.lower)
        return self._ready[item]


def _within(item: Item, text: Words, first: int, end: int) -> Evidence:
    """Return the evidence for ``item`` between two words of ``text``."""
    start = max(0, first)
    here = text.between(start, end)
    places = item.compared(here)
    aligned = align(_taken(item.words, item.kept), _taken(here, places), _of(item.marks, item.kept))
    outermost = (start + int(places[one]) if one >= 0 else -1 for one in (aligned.first, aligned.last))
    return Evidence(share_of(item, _lettered(item, aligned)), *outermost)


def _taken(text: Words, places: Rows) -> Words:
    written, lower = _of(text.written, places), _of(text.lower, places)
    return Words(written, lower, _of(text.starts, places), _of(text.ends, places))


def _of(values: Sequence[T], places: Rows) -> list[T]:
    return [values[place] for place in places]


def _lettered(item: Item, aligned: Alignment) -> Alignment:
    """Return ``aligned`` with the item's single letters, found where the compared words on both sides of them were."""
    behind = np.searchsorted(item.kept, np.arange(len(item.words.lower)))
    there = np.array([True, *aligned.found, True])
    is_kept = np.zeros(len(behind), np.bool_)
    is_kept[item.kept] = True
    found = there[behind + 1] & (is_kept | there[behind])
    return aligned._replace(found=found.tolist())


def share_of(item: Item, aligned: Alignment) -> float:
    """Return the share of the item's own words that ``aligned`` found; 0 where it is another item or only shared words.

    A word in whose place another stands counts against the others. An item of fewer than ``WHOLE_WORDS`` words
    counts only whole.
    """
    found = np.array(aligned.found)
    held = int(found.sum())
    if held < min(len(found) / 3, ENOUGH_WORDS) or aligned.marks_replaced > MARKS_REPLACED:
        return 0.0
    if len(found) < WHOLE_WORDS and (held < len(found) or aligned.replaced):
        return 0.0
    share = found[item.own_words].mean() * max(0.0, 1 - REPLACED_WEIGHT * aligned.replaced / (held + aligned.replaced))
    least = min(_whole(found)[item.own_windows].mean(), found[item.asked].mean())
    return float(share) if least >= OWN_FOUND * share else 0.0


def prepare(index: Index, item: int) -> Item:
    """Return what is needed to compare ``item`` of ``index``.

    Own windows are those of the fewest items of the set, phrases that any text may have left out, and those that go
    from one line to the next, for items of one bank may have two choices behind each other. Words between
    quotation marks are not the item's own, unless next to nothing else is.
    """
    text = index.texts[item].as_py()
    found = words(text)
    hashes = windows_of([" ".join(found.lower)])[0]
    shares = index.shares_of(item, hashes)
    shares[common(hashes) | _crossing(text, found)] = 0
    own_windows: Flags = shares == shares[shares > 0].min(initial=len(index.texts))
    if not own_windows.any():
        own_windows[:] = True
    quoted = _quoted(text, found)
    unquoted: Flags = own_windows & ~_whole(quoted)
    own: Flags = _covered(unquoted, len(found.lower)) & ~quoted
    if own.sum() < _FEWEST_OWN:
        own, unquoted = _covered(own_windows, len(found.lower)), own_windows
    ready = Item(found, marks(found, text), np.arange(len(found.lower)), own, unquoted, _asked(text, found, own))
    return ready._replace(kept=ready.compared(found))


def _crossing(text: str, found: Words) -> Flags:
    """Return which windows lie in several lines of ``text``, each long enough for a window of its own."""
    lines = np.searchsorted([match.start() for match in re.finditer("\n", text)], found.starts)
    first, last = lines[: -WIDTH + 1], lines[WIDTH - 1 :]
    is_long = np.bincount(lines, minlength=1)[lines] >= WIDTH
    return np.asarray((first != last) & _whole(is_long))


def _asked(text: str, found: Words, own: Flags) -> Flags:
    starts = np.array(found.starts)
    ends = [*(match.start() for match in re.finditer("\n", text)), len(text)]
    for end in ends:
        asked: Flags = own & (starts < end)
        if asked.sum() >= _FEWEST_OWN:
            return asked
    return own


def _is_lettered(text: Words) -> bool:
    return 2 * sum(map(is_letter, text.lower)) > len(text.lower)


def _quoted(text: str, found: Words) -> Flags:
    quoted = np.zeros(len(found.lower), np.bool_)
    starts = np.array(found.starts)
    for match in _QUOTED.finditer(text):
        first, end = np.searchsorted(starts, (match.start(), match.end()))
        if end - first >= _QUOTED_WORDS:
            quoted[first:end] = True
    return quoted


def _whole(flags: Flags) -> Flags:
    """Return which windows of words have the flag in all of their words."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(flags, WIDTH).all(axis=1))


def _covered(windows: Flags, length: int) -> Flags:
    covered = np.zeros(length, np.bool_)
    for place in np.flatnonzero(windows).tolist():
        covered[place : place + WIDTH] = True
    return covered


def _regions(candidate: Candidate, length: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text that may hold an item of ``length`` words, those with most of its windows if many."""
    places, spread = candidate.places, reach(length)
    starts = [int(places[0])]
    for place in places.tolist():
        if place > starts[-1] + spread:
            starts.append(place)
    ends = [*np.searchsorted(places, starts[1:]).tolist(), len(places)]
    held = [len(set(candidate.windows[one:end].tolist())) for one, end in pairwise([0, *ends])]
    words_each = spread + 2 * (length + LONGEST_BREAK)
    best = np.argsort(-np.array(held), kind="stable")[: max(_MOST_REGIONS, _MOST_REGION_WORDS // words_each)]
    for place in np.sort(best).tolist():
        yield starts[place] - length - LONGEST_BREAK, starts[place] + spread + length + LONGEST_BREAK
