"""One evaluation set made ready to be searched for: which of its items can be, and by which of their windows."""

import numpy as np
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from models.evaluation_items import Items
from processors.contamination_windows import Rows, Windows, changes, common, windows_of
from processors.contamination_words import unspaced, words

LEAST_WORDS = 8  # of an item that is looked for; two characters of a script without spaces count as one
LEAST_DIFFERENT = 5  # of them, different and with a letter
MOST_ITEMS = 16  # of a set that share a window; in more it is a template's
NEEDED = 0.2  # of an item's own windows that a text must hold to be looked at
_LONG_WINDOWS = 16  # an item of so many is never looked at for one alone
_SURE_WINDOWS = 32  # an item of so many different windows is long enough
_LOW = np.uint64(0xFFFFFFFF)
_LABEL = r"(?:^|\s)[(\[]?[A-Ja-j][).:\]]\s"  # of a choice


class SearchedSet:
    """The windows of one set, whose first item has the number ``first`` in the index.

    ``known`` maps the words of items to their numbers, and gets those of this set. ``postings`` are (window << 32 |
    item) of what is searched; ``needed`` is 0 for an item that is not. ``short`` counts the items that are too short,
    and ``copies`` has for each item with the words of an earlier one that item.
    """

    def __init__(self, name: str, items: Items, first: int, known: dict[bytes, int]) -> None:
        self.name, self.items = name, items
        hashes, self.counts = windows_of(items.texts)
        rows = np.repeat(np.arange(len(self.counts), dtype=np.uint64), self.counts)
        keys = np.sort((hashes.astype(np.uint64) << np.uint64(32)) | rows)
        keys = keys[changes(keys)]
        short = self._are_short(np.bincount((keys & _LOW).astype(np.int64), minlength=len(self.counts)))
        self.copies = self._look_up(hashes, np.flatnonzero(~short), first, known)
        self.short = int(short.sum())
        owners, windows = keys.astype(np.uint32), (keys >> np.uint64(32)).astype(np.uint32)
        within = np.isin(keys, self._within_lines(), kind="sort")
        del rows, keys  # a set of a million items fills gigabytes here
        leave = short.copy()
        leave[[copy - first for copy in self.copies]] = True
        stay = ~leave[owners] & ~common(windows)
        self.needed = self._searched(owners[stay], windows[stay], within[stay], first)

    def _are_short(self, different: Rows) -> NDArray[np.bool_]:
        short = different < _SURE_WINDOWS
        for row in np.flatnonzero(short).tolist():
            short[row] = not _is_distinctive(self.items.texts[row].as_py())
        return short

    def _look_up(self, hashes: Windows, rows: Rows, first: int, known: dict[bytes, int]) -> dict[int, int]:
        """Return the number of the first item with the same words for each of ``rows`` that has one."""
        data, found = hashes.data.cast("B"), {}
        ends = np.cumsum(self.counts)
        for row in rows.tolist():
            mine = data[4 * int(ends[row] - self.counts[row]) : 4 * int(ends[row])]
            source = known.setdefault(xxhash.xxh3_128_digest(mine), first + row)
            if source != first + row:
                found[first + row] = source
        return found

    def _within_lines(self) -> NDArray[np.uint64]:
        """Return (window << 32 | item) of the windows that lie within one line or choice of their item.

        A page may write anything between the lines: letters or numbers of choices, bullets.
        """
        lines = pc.split_pattern(pc.replace_substring_regex(self.items.texts, _LABEL, "\n"), "\n")
        rows = np.repeat(np.arange(len(lines), dtype=np.uint64), pc.list_value_length(lines).to_numpy())
        hashes, counts = windows_of(pc.list_flatten(lines))
        return (hashes.astype(np.uint64) << np.uint64(32)) | np.repeat(rows, counts)

    def _searched(
        self, rows: NDArray[np.uint32], hashes: Windows, within: NDArray[np.bool_], first: int
    ) -> NDArray[np.int32]:
        """Set ``postings`` and return how many different windows each item needs.

        It is a share of those ``within`` a line, as these alone stand in every copy of the item; of all where none is.
        """
        starts = np.flatnonzero(changes(hashes))
        sizes = np.diff(np.append(starts, len(hashes)))
        shares = np.repeat(np.minimum(sizes, MOST_ITEMS + 1).astype(np.uint8), sizes)
        few = shares <= MOST_ITEMS
        rows, hashes, within, shares = rows[few], hashes[few], within[few], shares[few]
        self.postings = (hashes.astype(np.uint64) << np.uint64(32)) | (rows + np.uint32(first))
        least = np.full(len(self.counts), MOST_ITEMS + 1, np.uint8)
        np.minimum.at(least, rows, shares)
        within |= (np.bincount(rows[within], minlength=len(self.counts)) == 0)[rows]
        rows, shares = rows[within], shares[within]
        own = np.bincount(rows[shares == least[rows]], minlength=len(self.counts))
        searched = np.bincount(rows, minlength=len(self.counts))
        needed = np.maximum(np.ceil(NEEDED * own), np.ceil(NEEDED / 2 * searched))
        least_needed: NDArray[np.int32] = np.maximum(needed, np.where(searched >= _LONG_WINDOWS, 2, 0)).astype(np.int32)
        return least_needed


def _is_distinctive(text: str) -> bool:
    found = words(text).lower
    weight = sum(0.5 if unspaced(word) else 1 for word in found)
    different = {word for word in found if any(sign.isalpha() for sign in word)}
    return weight >= LEAST_WORDS and len(different) >= LEAST_DIFFERENT
