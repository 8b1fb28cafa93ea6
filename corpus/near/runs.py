"""Sorted runs: immutable files of (key, row) entries that are searched where they lie, a page per key.

A run is mapped, searched and unmapped, so that what an index costs in memory does not grow with it. The layout of the
file is in `corpus.near.run_file`.
"""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.near.merging import CHUNK, merge_runs
from corpus.near.run_file import (
    FENCE,
    KEY,
    PAGE_BYTES,
    ROW,
    Keys,
    Layout,
    Rows,
    ascend,
    by_key_then_row,
    damaged,
    new_run,
    opened,
)
from corpus.near.sums import Guard

__all__ = ["Places", "Run", "check_run", "merge_runs", "open_run", "write_run"]

Places = NDArray[np.int64]

# Fences of 64 MiB of keys: one search may map all pages of its section, so that it is done in windows of that size.
WINDOW = 1 << 14
# Fences a key asked for, and in all (8 MiB of keys), up to which a run is read whole: of two keys a page, six pages of
# seven are read anyway, and keys that were just copied are in the processor's cache, which halves the search.
_DENSE, _SMALL = 0.5, 1 << 11
_NOWHERE = np.empty(0, np.int64)


def write_run(path: Path, keys: Keys, rows: Rows) -> None:
    """Write entries, given in any order, as one run; its bytes depend on the set of entries alone.

    It is written as `NAME.tmp` beside its place and renamed; to bring it to the disk is the caller's.

    Args:
        path: the file to make; a file of that name is replaced at once.
        keys: (n,) one key an entry.
        rows: (n,) the row each key leads to.

    Raises:
        ValueError: not as many rows as keys.
        OSError: the disk is full or refuses; `path` is as it was.
    """
    if keys.shape != rows.shape:
        raise ValueError(f"{keys.shape} keys and {rows.shape} rows are not pairs")
    with new_run(path, len(keys)) as run:
        run.append(*by_key_then_row(keys, rows))


@contextmanager
def open_run(path: Path) -> Iterator["Run"]:
    """Open a run for searching within a `with` block, behind which nothing of it is mapped.

    Of a run in a sealed part every page is held against its sum when it is read: header and fences at once, keys and
    rows as a search comes to them.

    Raises:
        StoreError: the file is missing, no sorted run, of another format, truncated, or its fences are out of order;
            within the block: a page that is read is damaged.
    """
    with opened(path) as (file, layout):
        guard = Guard(path)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        mapped.madvise(mmap.MADV_RANDOM)
        mapped.madvise(mmap.MADV_WILLNEED, 0, layout.keys_at)
        run = Run(file.fileno(), mapped, layout, guard)
        try:
            guard.pages(mapped, np.arange(layout.keys_at // PAGE_BYTES))
            if not run.is_ordered():
                raise damaged(path, "has fences that are out of order")
            yield run
        finally:
            run.forget()


class Run:
    """One run that is open for searching; every answer is a copy, which outlives it."""

    def __init__(self, file: int, mapped: mmap.mmap, layout: Layout, guard: Guard) -> None:
        content = np.frombuffer(mapped, dtype=np.uint8)
        self.entries = layout.entries
        self._file = file
        self._layout = layout
        self._guard = guard
        self._mapped = mapped
        self._fences = content[layout.fences_at :][: layout.fences * KEY.itemsize].view(KEY)
        # With what fills the last page, so that no step of a search leaves the section.
        self._keys = content[layout.keys_at : layout.rows_at].view(KEY)
        self._rows = content[layout.rows_at :].view(ROW)

    def is_ordered(self) -> bool:
        """Whether the fences are in order, without which no search ends where it should."""
        return not np.any(self._fences[1:] < self._fences[:-1])

    def forget(self) -> None:
        """Drop the mapped file: it is unmapped with the last array over it, which a traceback may hold for a while."""
        del self._fences, self._keys, self._rows, self._mapped

    def ranges(self, keys: Keys) -> tuple[Places, Places]:
        """Where the entries of each key lie: its first place, and the place behind its last (both the same: no entry).

        Args:
            keys: (q,) in any order; a key may come more than once.
        """
        if np.any(keys[1:] < keys[:-1]):
            distinct, which = np.unique(keys, return_inverse=True)
            first, behind = self.ranges(distinct)
            return first[which], behind[which]
        if len(self._fences) <= min(len(keys) * _DENSE, _SMALL):
            return self._whole_ranges(keys)
        found = np.zeros((2, len(keys)), np.int64)
        bounds = [0, *np.searchsorted(keys, self._fences[WINDOW::WINDOW]).tolist(), len(keys)]
        for start, end in pairwise(bounds):
            found[:, start:end] = self._ranges(keys[start:end])
            self._mapped.madvise(mmap.MADV_DONTNEED)
        return found[0], found[1]

    def rows(self, first: Places, behind: Places) -> tuple[Places, Rows]:
        """The entries in the ranges: (m,) which range, counted from 0, and (m,) which row.

        m is the sum of the ranges' lengths, which the caller bounds.
        """
        lengths = behind - first
        which = np.repeat(np.arange(len(lengths)), lengths)
        places = np.arange(len(which)) + np.repeat(behind - np.cumsum(lengths), lengths)
        at = self._layout.rows_at + first * ROW.itemsize
        self._guard.ranges(self._mapped, at, at + lengths * ROW.itemsize)
        return which, self._rows[places]

    def _whole_ranges(self, keys: Keys) -> tuple[Places, Places]:
        """The ranges of so many keys that they lie on nearly every page."""
        content = np.empty(self._layout.rows_at - self._layout.keys_at, np.uint8)
        os.preadv(self._file, [content.data], self._layout.keys_at)
        at, behind_at = self._layout.keys_at // PAGE_BYTES, self._layout.rows_at // PAGE_BYTES
        self._guard.pages(content.data, np.arange(at, behind_at), at=at)
        held = content.view(KEY)[: self.entries]
        first = np.searchsorted(held, keys)
        met = np.flatnonzero(held[np.minimum(first, self.entries - 1)] == keys) if self.entries else _NOWHERE
        behind = first.copy()
        behind[met] = np.searchsorted(held, keys[met], "right")
        return first, behind

    def _ranges(self, keys: Keys) -> tuple[Places, Places]:
        left, right = np.searchsorted(self._fences, keys, "left"), np.searchsorted(self._fences, keys, "right")
        lowest, highest = np.maximum(left - 1, 0) * FENCE, np.maximum(right - 1, 0) * FENCE
        pages = np.unique(np.concatenate([lowest, highest])) * KEY.itemsize + self._layout.keys_at
        self._guard.pages(self._mapped, pages // PAGE_BYTES)
        first = np.where(left > 0, lowest + _reached(self._keys, lowest, keys, np.less), 0)
        met = self._keys[lowest + np.minimum(first - lowest, FENCE - 1)] == keys
        found = np.flatnonzero(met | (right > left))
        behind = first.copy()
        behind[found] = highest[found] + _reached(self._keys, highest[found], keys[found], np.less_equal)
        first = np.minimum(first, self.entries)
        return first, np.clip(behind, first, self.entries)


def _reached(section: Keys, starts: Places, keys: Keys, compare: np.ufunc) -> Places:
    """How many keys at the start of its block are less than, or at most, each key: the first of the block is."""
    places = starts.copy()
    step = FENCE // 2
    while step:
        places += step * compare(section[places + step], keys)
        step //= 2
    counts: Places = places - starts + 1
    return counts


def check_run(path: Path) -> None:
    """Read a whole run and see that every entry and every fence is in its place.

    Raises:
        StoreError: it is damaged; the message says how.
    """
    with opened(path) as (file, layout):
        fences = np.fromfile(file, KEY, layout.fences)
    before = np.zeros(0, KEY), np.zeros(0, ROW)
    for place in range(0, layout.entries, CHUNK):
        keys = np.fromfile(path, KEY, CHUNK, offset=layout.keys_at + place * KEY.itemsize)[: layout.entries - place]
        rows = np.fromfile(path, ROW, CHUNK, offset=layout.rows_at + place * ROW.itemsize)
        if not ascend(np.concatenate([before[0], keys]), np.concatenate([before[1], rows])):
            raise damaged(path, "holds entries that are out of order")
        if not np.array_equal(fences[place // FENCE :][: CHUNK // FENCE], keys[::FENCE]):
            raise damaged(path, "has fences that are not its keys")
        before = keys[-1:], rows[-1:]
