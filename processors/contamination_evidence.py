"""Whether an item that may stand in a text does: the share of its own words that are found there, in order."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.contamination_index import WIDTH, Index, Rows, common, reach, windows_of
from processors.contamination_match import LONGEST_BREAK, Alignment, align
from processors.contamination_words import Words, marks, words

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
_MOST_REGIONS = 8
_MOST_READY = 4096

Flags = NDArray[np.bool_]


class Evidence(NamedTuple):
    """The share of an item's own words that stand in a text, and from which word of it to which (both included)."""

    share: float
    first: int
    last: int


class Item(NamedTuple):
    """An item ready to be compared: its words, which are figures or names, and which words and windows are its own."""

    words: Words
    marks: list[bool]
    own_words: Flags
    own_windows: Flags


class Verifier:
    """Compares items of one ``index`` with texts; items once prepared are kept, up to some thousands."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._ready: dict[int, Item] = {}

    def verify(self, item: int, text: Words, places: Rows) -> Evidence:
        """Return the best evidence for ``item`` in ``text``, near the words at ``places`` (sorted)."""
        prepared = self._prepared(item)
        found = [self._within(prepared, text, *region) for region in _regions(places, len(prepared.words.lower))]
        return max(found, key=lambda one: (one.share, -one.first))

    def _within(self, item: Item, text: Words, first: int, end: int) -> Evidence:
        aligned = align(item.words, text.between(max(0, first), end), item.marks)
        start = max(0, first)
        return Evidence(share_of(item, aligned), start + aligned.first, start + aligned.last)

    def _prepared(self, item: int) -> Item:
        if len(self._ready) >= _MOST_READY:
            self._ready.clear()
        if item not in self._ready:
            self._ready[item] = prepare(self.index, item)
        return self._ready[item]


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
    own = _whole(found)[item.own_windows]
    return float(share) if own.mean() >= OWN_FOUND * share else 0.0


def prepare(index: Index, item: int) -> Item:
    """Return what is needed to compare ``item`` of ``index``.

    Own windows are those of the fewest items of the set, phrases that any text may have left out. Words between
    quotation marks are not the item's own, unless next to nothing else is.
    """
    text = index.texts[item].as_py()
    found = words(text)
    hashes = _fitted(windows_of([text])[0], len(found.lower) - WIDTH + 1)
    shares = index.shares_of(item, hashes)
    shares[common(hashes)] = 0
    own_windows: Flags = shares == shares[shares > 0].min(initial=len(index.texts))
    if not own_windows.any():
        own_windows[:] = True
    quoted = _quoted(text, found)
    unquoted: Flags = own_windows & ~_whole(quoted)
    own: Flags = _covered(unquoted, len(found.lower)) & ~quoted
    if own.sum() >= _FEWEST_OWN:
        return Item(found, marks(found, text), own, unquoted)
    return Item(found, marks(found, text), _covered(own_windows, len(found.lower)), own_windows)


def _fitted(hashes: NDArray[np.uint32], windows: int) -> NDArray[np.uint32]:
    # A rare letter that lower case makes two of shifts the windows by one: the words decide how many there are.
    return np.resize(hashes, windows)


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


def _regions(places: Rows, length: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text that may hold an item of ``length`` words, those with most hits if there are many."""
    spread = reach(length)
    starts = [int(places[0])]
    for place in places.tolist():
        if place > starts[-1] + spread:
            starts.append(place)
    held = np.diff(np.append(np.searchsorted(places, starts), len(places)))
    best = sorted(np.argsort(-held, kind="stable")[:_MOST_REGIONS].tolist())
    for place in best:
        yield starts[place] - length - LONGEST_BREAK, starts[place] + spread + length + LONGEST_BREAK
