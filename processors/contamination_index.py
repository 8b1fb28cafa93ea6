"""The items of evaluation sets by the hashes of their words in a row: which of them may stand in a text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.evaluation_items import Items
from processors.contamination_match import LONGEST_BREAK
from processors.contamination_sets import SearchedSet
from processors.contamination_windows import WIDTH, Rows, Windows, changes, windows_of

_MOST_PLACES = 64  # of one window in one text


class Coverage(NamedTuple):
    """What became of the items of a set: ``checked`` are looked for, also where they are ``copies`` of another item.

    ``short`` ones have fewer words than ``contamination_sets.LEAST_WORDS``, or too few different ones; ``shared`` ones
    consist of what many items or all texts have.
    """

    name: str
    items: int
    checked: int
    copies: int
    short: int
    shared: int


class Candidate(NamedTuple):
    """An item that may stand in the text ``row``: its windows were found at these words of it, in order.

    ``windows`` has for each of the ``places`` which of the index's windows it is.
    """

    row: int
    item: int
    places: Rows
    windows: Rows


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
        new_item = changes(rows) | changes(items)
        starts = np.flatnonzero(new_item)
        if not len(starts):
            return
        different = np.add.reduceat((new_item | changes(keys)).astype(np.int64), starts)
        enough = different >= self.needed[items[starts]]
        ends = np.append(starts[1:], len(rows))
        for start, end in zip(starts[enough].tolist(), ends[enough].tolist(), strict=True):
            item, here = int(items[start]), np.argsort(places[start:end])
            found = places[start:end][here]
            if _most_within(found, reach(int(self.lengths[item]))) >= self.needed[item]:
                yield Candidate(int(rows[start]), item, found, keys[start:end][here])


def reach(length: int) -> int:
    """Return over how many words of a text an item of ``length`` words may be spread."""
    return 2 * length + 2 * LONGEST_BREAK


def build_index(sets: Iterable[tuple[str, Items]]) -> Index:
    """Return the index of the named ``sets``; items that cannot be told from other texts are counted, not searched."""
    known: dict[bytes, int] = {}
    parts: list[SearchedSet] = []
    for name, items in sets:
        parts.append(SearchedSet(name, items, sum(len(part.items.texts) for part in parts), known))
    postings = np.sort(np.concatenate([np.empty(0, np.uint64), *(part.postings for part in parts)]))
    hashes = (postings >> np.uint64(32)).astype(np.uint32)
    starts = np.flatnonzero(changes(hashes))
    sizes = np.array([len(part.items.texts) for part in parts], np.int64)
    needed = np.concatenate([np.empty(0, np.int32), *(part.needed for part in parts)])
    copies: dict[int, list[int]] = {}
    for copy, source in (pair for part in parts for pair in part.copies.items()):
        copies.setdefault(source, []).append(copy)
    return Index(
        ids=pa.concat_arrays(
            [pa.array([], pa.string()), *(chunk for part in parts for chunk in part.items.ids.chunks)]
        ),
        texts=_together([part.items.texts for part in parts]),
        sets=np.repeat(np.arange(len(parts), dtype=np.int32), sizes),
        coverage=tuple(_covered(part, needed) for part in parts),
        copies=copies,
        keys=hashes[starts],
        starts=np.append(starts, len(hashes)),
        items=postings.astype(np.uint32),
        lengths=np.concatenate([np.empty(0, np.int64), *(part.counts + WIDTH - 1 for part in parts)]),
        needed=needed,
        filter=_filter(hashes[starts]),
    )


def _covered(part: SearchedSet, needed: NDArray[np.int32]) -> Coverage:
    copies = sum(bool(needed[source]) for source in part.copies.values())
    checked, total = int(np.count_nonzero(part.needed)) + copies, len(part.counts)
    return Coverage(part.name, total, checked, copies, part.short, total - checked - part.short)


def _together(texts: Sequence[pa.ChunkedArray]) -> pa.Array:
    return pa.concat_arrays([pa.array([], pa.large_string()), *(chunk for one in texts for chunk in one.chunks)])


def _at_most(rows: Rows, keys: Rows) -> Rows:
    """Return the hits but for those of a window that a text repeats endlessly, ``_MOST_PLACES`` of it being kept."""
    order = np.lexsort((keys, rows))
    starts = np.flatnonzero(changes(rows[order]) | changes(keys[order]))
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
