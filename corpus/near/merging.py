"""Merging sorted runs into one, in memory that does not grow with them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.near.run_file import KEY, ROW, Keys, Layout, Rows, ascend, by_key_then_row, damaged, new_run, opened

Gone = Callable[[Rows], NDArray[np.bool_]]

# Entries in memory at a time. Sorting them takes some 60 bytes each.
CHUNK = 1 << 19
# Of each run at least so many are read at a time: a small run beside a huge one must not be read key by key.
SMALLEST_WINDOW = 1 << 12


class _Source(NamedTuple):
    """What is left of one run: its entries from `place` on."""

    path: Path
    layout: Layout
    place: int

    @property
    def left(self) -> int:
        return self.layout.entries - self.place

    def keys(self, count: int) -> Keys:
        return np.fromfile(self.path, KEY, count, offset=self.layout.keys_at + self.place * KEY.itemsize)

    def rows(self, count: int) -> Rows:
        return np.fromfile(self.path, ROW, count, offset=self.layout.rows_at + self.place * ROW.itemsize)

    def behind(self, count: int) -> "_Source":
        return self._replace(place=self.place + count)


def merge_runs(paths: Sequence[Path], target: Path, gone: Gone) -> None:
    """Write the entries of all runs into one, without the rows that `gone` says are gone.

    The target holds the bytes that `write_run` gives for the same entries. Some 40 MB are held in memory, whatever the
    sizes and however many entries share a key. `gone` is asked twice about every entry and must answer the same.

    Raises:
        StoreError: a run is missing, no run, or its entries are out of order. Other damage is not seen here: what
            lies in an index is held against its sums before (``sums.check_part``).
        OSError: the disk is full or refuses; the target is as it was.
    """
    sources = [_source(path) for path in paths]
    entries = sum(_staying(source, gone) for source in sources)
    with new_run(target, entries) as run:
        for keys, rows in _merged(sources):
            stay = ~gone(rows)
            run.append(*by_key_then_row(keys[stay], rows[stay]))


def _source(path: Path) -> _Source:
    with opened(path) as (_, layout):
        return _Source(path, layout, 0)


def _staying(source: _Source, gone: Gone) -> int:
    staying = 0
    while source.left:
        rows = source.rows(min(source.left, CHUNK))
        staying += len(rows) - int(np.count_nonzero(gone(rows)))
        source = source.behind(len(rows))
    return staying


def _merged(sources: list[_Source]) -> Iterator[tuple[Keys, Rows]]:
    """All entries in pieces, each unsorted, none of which holds a smaller entry than the piece before."""
    while sources := [source for source in sources if source.left]:
        windows = _windows(sources)
        cut = _cut(sources, windows)
        taken = [_up_to(keys, rows, cut) for keys, rows in windows]
        yield (
            np.concatenate([keys[:count] for (keys, _), count in zip(windows, taken, strict=True)]),
            np.concatenate([rows[:count] for (_, rows), count in zip(windows, taken, strict=True)]),
        )
        sources = [source.behind(count) for source, count in zip(sources, taken, strict=True)]


def _windows(sources: list[_Source]) -> list[tuple[Keys, Rows]]:
    """The next entries of each run, in proportion to what is left: keys are hashes, so such windows end together."""
    left = sum(source.left for source in sources)
    counts = [min(source.left, max(source.left * CHUNK // left, SMALLEST_WINDOW)) for source in sources]
    windows = [(source.keys(count), source.rows(count)) for source, count in zip(sources, counts, strict=True)]
    for source, window in zip(sources, windows, strict=True):
        if not ascend(*window):  # no cut of it would let all sources go on
            raise damaged(source.path, "holds entries that are out of order")
    return windows


def _cut(sources: list[_Source], windows: list[tuple[Keys, Rows]]) -> tuple[np.uint64, np.uint32] | None:
    """The smallest last entry of a window behind which its run goes on; none where all runs end in their windows."""
    ends = (
        (keys[-1], rows[-1]) for source, (keys, rows) in zip(sources, windows, strict=True) if len(keys) < source.left
    )
    return min(ends, default=None)


def _up_to(keys: Keys, rows: Rows, cut: tuple[np.uint64, np.uint32] | None) -> int:
    """How many entries of a window are not greater than the cut."""
    if cut is None:
        return len(keys)
    first, behind = np.searchsorted(keys, cut[0], "left"), np.searchsorted(keys, cut[0], "right")
    return int(first + np.searchsorted(rows[first:behind], cut[1], "right"))
