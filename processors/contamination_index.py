"""The items of evaluation sets by the hashes of their words in a row: which of them may stand in a text."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from corpus.near.shingles import batches, fastest
from models.evaluation_items import Items
from processors.contamination_match import LONGEST_BREAK
from processors.contamination_phrases import PHRASES
from processors.contamination_words import INVISIBLE, TAG_OR_ENTITY, unspaced, words

WIDTH = 5  # words of a window, as of a shingle
LEAST_WORDS = 8  # of an item that is looked for; two characters of a script without spaces count as one
LEAST_DIFFERENT = 5  # of them, different and with a letter
MOST_ITEMS = 16  # of a set that share a window; in more it is a template's
NEEDED = 0.2  # of an item's own windows that a text must hold to be looked at
_LONG_WINDOWS = 16  # an item of so many is never looked at for one alone
_SURE_WINDOWS = 32  # an item of so many different windows is long enough
_MOST_PLACES = 64  # of one window in one text
_LOW = np.uint64(0xFFFFFFFF)

Windows = NDArray[np.uint32]
Rows = NDArray[np.int64]


class Coverage(NamedTuple):
    """What became of the items of a set: ``checked`` are looked for, also where they are ``copies`` of another item.

    ``short`` ones have fewer words than ``LEAST_WORDS``, or too few different ones; ``shared`` ones consist of what
    many items or all texts have.
    """

    name: str
    items: int
    checked: int
    copies: int
    short: int
    shared: int


class Candidate(NamedTuple):
    """An item that may stand in the text ``row``: its windows were found at these words of it, in order."""

    row: int
    item: int
    places: Rows


class Index(NamedTuple):
    """Items and, for each window hash in ``keys`` (sorted), those that have it: ``items[starts[n]:starts[n + 1]]``.

    ``lengths`` are those of the items in words; ``needed`` says how many different windows of an item, near each other,
    make it a candidate; ``filter`` has a bit for each hash that may be a key; ``copies`` are the items that have the
    same words as another.
    """

    ids: pa.Array
    texts: pa.Array
    sets: NDArray[np.int32]
    coverage: tuple[Coverage, ...]
    copies: dict[int, list[int]]
    keys: Windows
    starts: Rows
    items: NDArray[np.uint32]
    lengths: Rows
    needed: NDArray[np.int32]
    filter: NDArray[np.uint8]

    def shares_of(self, item: int, windows: Windows) -> Rows:
        """Return for each window of ``item`` how many items of its set have it; 0 for too many."""
        places = np.searchsorted(self.keys, windows)
        known = places < len(self.keys)
        known[known] = self.keys[places[known]] == windows[known]
        shares = np.zeros(len(windows), np.int64)
        mine = self.sets[item]
        for at in np.flatnonzero(known):
            rivals = self.items[self.starts[places[at]] : self.starts[places[at] + 1]]
            shares[at] = np.count_nonzero(self.sets[rivals] == mine)
        return shares

    def candidates(self, texts: pa.ChunkedArray | pa.Array) -> Iterator[Candidate]:
        """Yield what may stand in each of the ``texts``, in the order of rows and items."""
        hashes, counts = windows_of(texts)
        bits = self.filter[(hashes & _mask(self.filter)) >> np.uint32(3)]
        hits = np.flatnonzero((bits >> (hashes & np.uint32(7)).astype(np.uint8)) & np.uint8(1))
        keys = np.searchsorted(self.keys, hashes[hits])
        is_key = self.keys[np.minimum(keys, len(self.keys) - 1)] == hashes[hits] if len(self.keys) else keys > 0
        hits, keys = hits[is_key], keys[is_key]
        firsts = np.concatenate([[0], np.cumsum(counts)])
        rows = np.searchsorted(firsts, hits, "right") - 1
        yield from self._judged(rows, keys, hits - firsts[rows])

    def _judged(self, rows: Rows, keys: Rows, places: Rows) -> Iterator[Candidate]:
        few = _at_most(rows, keys)
        rows, keys, places = rows[few], keys[few], places[few]
        sizes = self.starts[keys + 1] - self.starts[keys]
        behind = np.cumsum(sizes)
        within = np.arange(behind[-1] if len(behind) else 0) - np.repeat(behind - sizes, sizes)
        items = self.items[np.repeat(self.starts[keys], sizes) + within].astype(np.int64)
        rows, keys, places = (np.repeat(one, sizes) for one in (rows, keys, places))
        order = np.lexsort((places, keys, items, rows))
        rows, items, keys, places = rows[order], items[order], keys[order], places[order]
        new_item = _changes(rows) | _changes(items)
        starts = np.flatnonzero(new_item)
        if not len(starts):
            return
        different = np.add.reduceat((new_item | _changes(keys)).astype(np.int64), starts)
        enough = different >= self.needed[items[starts]]
        ends = np.append(starts[1:], len(rows))
        for start, end in zip(starts[enough].tolist(), ends[enough].tolist(), strict=True):
            item, found = int(items[start]), np.sort(places[start:end])
            if _most_within(found, reach(int(self.lengths[item]))) >= self.needed[item]:
                yield Candidate(int(rows[start]), item, found)


def reach(length: int) -> int:
    """Return over how many words of a text an item of ``length`` words may be spread."""
    return 2 * length + 2 * LONGEST_BREAK


def windows_of(texts: pa.ChunkedArray | pa.Array | Sequence[str]) -> tuple[Windows, Rows]:
    """Return the hashes of every ``WIDTH`` words in a row of each text, in order, and how many each text has.

    Texts are compared in their NFKC form, underscores being marks; a text of fewer words has one hash or none.
    """
    if not isinstance(texts, pa.ChunkedArray | pa.Array):
        texts = pa.array(texts, pa.large_string())
    hashes, counts = [np.empty(0, np.uint32)], [np.empty(0, np.int64)]
    for found, sizes in batches(_normal(texts), "prose", fastest()):
        hashes.append(found)
        counts.append(sizes)
    return np.concatenate(hashes), np.concatenate(counts)


def build_index(sets: Iterable[tuple[str, Items]]) -> Index:
    """Return the index of the named ``sets``; items that cannot be told from other texts are counted, not searched."""
    known: dict[bytes, int] = {}
    parts: list[_Set] = []
    for name, items in sets:
        parts.append(_Set(name, items, sum(len(part.items.texts) for part in parts), known))
    postings = np.sort(np.concatenate([np.empty(0, np.uint64), *(part.postings for part in parts)]))
    hashes = (postings >> np.uint64(32)).astype(np.uint32)
    starts = np.flatnonzero(_changes(hashes))
    sizes = np.array([len(part.items.texts) for part in parts], np.int64)
    copies: dict[int, list[int]] = {}
    for copy, source in (pair for part in parts for pair in part.copies.items()):
        copies.setdefault(source, []).append(copy)
    return Index(
        ids=pa.concat_arrays(
            [pa.array([], pa.string()), *(chunk for part in parts for chunk in part.items.ids.chunks)]
        ),
        texts=_together([part.items.texts for part in parts]),
        sets=np.repeat(np.arange(len(parts), dtype=np.int32), sizes),
        coverage=tuple(part.coverage for part in parts),
        copies=copies,
        keys=hashes[starts],
        starts=np.append(starts, len(hashes)),
        items=postings.astype(np.uint32),
        lengths=np.concatenate([np.empty(0, np.int64), *(part.counts + WIDTH - 1 for part in parts)]),
        needed=np.concatenate([np.empty(0, np.int32), *(part.needed for part in parts)]),
        filter=_filter(hashes[starts]),
    )


def _together(texts: Sequence[pa.ChunkedArray]) -> pa.Array:
    return pa.concat_arrays([pa.array([], pa.large_string()), *(chunk for one in texts for chunk in one.chunks)])


class _Set:
    """The windows of one set, whose first item has the number ``first`` in the index.

    ``known`` maps the words of items to their numbers, and gets those of this set. ``postings`` are (window << 32 |
    item) of what is searched; ``needed`` is 0 for an item that is not.
    """

    def __init__(self, name: str, items: Items, first: int, known: dict[bytes, int]) -> None:
        self.items = items
        hashes, self.counts = windows_of(items.texts)
        rows = np.repeat(np.arange(len(self.counts), dtype=np.uint64), self.counts)
        keys = np.sort((hashes.astype(np.uint64) << np.uint64(32)) | rows)
        keys = keys[_changes(keys)]
        short = self._short(np.bincount((keys & _LOW).astype(np.int64), minlength=len(self.counts)))
        self.copies = self._look_up(hashes, np.flatnonzero(~short), first, known)
        owners, windows = keys.astype(np.uint32), (keys >> np.uint64(32)).astype(np.uint32)
        del rows, keys  # a set of a million items fills gigabytes here
        leave = short.copy()
        leave[[copy - first for copy in self.copies]] = True
        stay = ~leave[owners] & ~common(windows)
        self.needed = self._searched(owners[stay], windows[stay], first)
        searched = int(np.count_nonzero(self.needed))
        left, copied = int(short.sum()), len(self.copies)
        total = len(self.counts)
        self.coverage = Coverage(name, total, searched + copied, copied, left, total - searched - copied - left)

    def _short(self, different: Rows) -> NDArray[np.bool_]:
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

    def _searched(self, rows: NDArray[np.uint32], hashes: Windows, first: int) -> NDArray[np.int32]:
        """Set ``postings`` and return how many different windows each item needs."""
        starts = np.flatnonzero(_changes(hashes))
        sizes = np.diff(np.append(starts, len(hashes)))
        shares = np.repeat(np.minimum(sizes, MOST_ITEMS + 1).astype(np.uint8), sizes)
        few = shares <= MOST_ITEMS
        rows, hashes, shares = rows[few], hashes[few], shares[few]
        self.postings = (hashes.astype(np.uint64) << np.uint64(32)) | (rows + np.uint32(first))
        least = np.full(len(self.counts), MOST_ITEMS + 1, np.uint8)
        np.minimum.at(least, rows, shares)
        own = np.bincount(rows[shares == least[rows]], minlength=len(self.counts))
        searched = np.bincount(rows, minlength=len(self.counts))
        needed = np.maximum(np.ceil(NEEDED * own), np.ceil(NEEDED / 2 * searched))
        least_needed: NDArray[np.int32] = np.maximum(needed, np.where(searched >= _LONG_WINDOWS, 2, 0)).astype(np.int32)
        return least_needed


@cache
def _phrases() -> Windows:
    return np.unique(windows_of(PHRASES)[0])


def common(windows: Windows) -> NDArray[np.bool_]:
    """Return which of the ``windows`` are of instructions, quotations or formulas that any text may have."""
    return np.isin(windows, _phrases())


def _is_distinctive(text: str) -> bool:
    found = words(text).lower
    weight = sum(0.5 if unspaced(word) else 1 for word in found)
    different = {word for word in found if any(sign.isalpha() for sign in word)}
    return weight >= LEAST_WORDS and len(different) >= LEAST_DIFFERENT


def _normal(texts: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    texts = texts.cast(pa.large_string())
    if pc.any(pc.match_substring_regex(texts, "[<&]")).as_py():
        texts = pc.replace_substring_regex(texts, TAG_OR_ENTITY.pattern, " ")
    if not pc.all(pc.string_is_ascii(texts), min_count=0).as_py():
        texts = pc.utf8_normalize(pc.replace_substring_regex(texts, f"[{INVISIBLE}]", ""), form="NFKC")
    return pc.replace_substring(texts, "_", " ")


def _changes(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return where a value is another than the one before it."""
    fresh = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=fresh[1:])
    return fresh


def _at_most(rows: Rows, keys: Rows) -> Rows:
    """Return the hits but for those of a window that a text repeats endlessly, ``_MOST_PLACES`` of it being kept."""
    order = np.lexsort((keys, rows))
    starts = np.flatnonzero(_changes(rows[order]) | _changes(keys[order]))
    sizes = np.diff(np.append(starts, len(order)))
    rank = np.arange(len(order)) - np.repeat(starts, sizes)
    return np.sort(order[rank < _MOST_PLACES])


def _most_within(places: Rows, spread: int) -> int:
    """Return how many of the sorted ``places`` lie together within ``spread``."""
    ends = np.searchsorted(places, places + spread, "right")
    return int((ends - np.arange(len(places))).max())


def _filter(keys: Windows) -> NDArray[np.uint8]:
    """Return 16 bits a key and more, of which those of the keys' low bits are set."""
    size = 1 << max(16 * len(keys), 64).bit_length()
    bits = np.zeros(min(size, 1 << 32) // 8, np.uint8)
    low = keys & _mask(bits)
    np.bitwise_or.at(bits, low >> np.uint32(3), np.uint8(1) << (low & np.uint32(7)).astype(np.uint8))
    return bits


def _mask(bits: NDArray[np.uint8]) -> np.uint32:
    return np.uint32(8 * len(bits) - 1)
