"""The file of one sorted run: where its sections lie, how it is written in a stream, how its header is read.

All numbers are little-endian. A file is, one behind the other:

- the header, 64 bytes: magic (8 bytes), format version (u32), fence width (u32), number of entries (u64), zeros;
- the fences: the key of every 512th entry (u64), then zeros up to the next multiple of 4096;
- the keys (u64), ascending, then bytes of 0xFF up to the next multiple of 4096;
- the rows (u32), ascending among equal keys.

512 keys are 4096 bytes, so the keys between two fences are one page: to find a key costs one page besides the fences.
An entry takes 12 bytes, 1/64 byte of fence and its part of at most three unfilled pages.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.errors import StoreError

Keys = NDArray[np.uint64]
Rows = NDArray[np.uint32]

FENCE = 512
PAGE_BYTES = 4096
KEY = np.dtype("<u8")
ROW = np.dtype("<u4")

_MAGIC = b"gristrun"
_VERSION = 1
_HEADER = struct.Struct("<8sIIQ40x")


class Layout(NamedTuple):
    """Where the sections of a file of `entries` entries begin, in bytes; `size` is the length of the file."""

    entries: int
    fences: int
    fences_at: int
    keys_at: int
    rows_at: int
    size: int


def layout_of(entries: int) -> Layout:
    """The one layout a file of so many entries has."""
    fences = -(-entries // FENCE)
    keys_at = _next_page(_HEADER.size + fences * KEY.itemsize)
    rows_at = _next_page(keys_at + entries * KEY.itemsize)
    return Layout(entries, fences, _HEADER.size, keys_at, rows_at, rows_at + entries * ROW.itemsize)


@contextmanager
def opened(path: Path) -> Iterator[tuple[FileIO, Layout]]:
    """Open a run for reading, with what its header says, held against the size of the file.

    Raises:
        StoreError: the file is missing, no sorted run, of another format version, or shorter or longer than it says.
    """
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise damaged(path, "is missing") from None
    except OSError as error:
        raise damaged(path, f"cannot be read ({error.strerror})") from error
    with file:
        # Without it the system reads ahead, some hundred pages where one is asked for.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
        yield file, _read_layout(path, file)


def damaged(path: Path, what: str) -> StoreError:
    """The one error of a run that cannot be used: what is wrong with it."""
    return StoreError(f"{path} {what}")


def ascend(keys: Keys, rows: Rows) -> bool:
    """Whether entries are sorted by key, and by row among equal keys."""
    ascending = (keys[1:] > keys[:-1]) | ((keys[1:] == keys[:-1]) & (rows[1:] >= rows[:-1]))
    return bool(np.all(ascending))


def by_key_then_row(keys: Keys, rows: Rows) -> tuple[Keys, Rows]:
    """Sort entries by key, and by row among equal keys."""
    # A stable sort finds the sorted pieces that a merge gives it and only joins them: five times faster than others.
    order = np.argsort(keys, kind="stable")
    keys, rows = keys[order], rows[order]
    same = keys[1:] == keys[:-1]
    if np.any(same & (rows[1:] < rows[:-1])):
        shared = np.flatnonzero(np.append(same, [False]) | np.append([False], same))
        rows[shared] = rows[shared][np.lexsort((rows[shared], keys[shared]))]
    return keys, rows


class RunWriter:
    """Writes the sections of one file side by side; the number of entries is known before the first comes."""

    def __init__(self, file: BinaryIO, entries: int) -> None:
        self._file = file
        self._layout = layout_of(entries)
        self._written = 0

    def append(self, keys: Keys, rows: Rows) -> None:
        """Write the next entries, which are sorted and not smaller than those before."""
        first = -self._written % FENCE
        fences_before = -(-self._written // FENCE)
        self._put(self._layout.fences_at + fences_before * KEY.itemsize, keys[first::FENCE].astype(KEY))
        self._put(self._layout.keys_at + self._written * KEY.itemsize, np.ascontiguousarray(keys, dtype=KEY))
        self._put(self._layout.rows_at + self._written * ROW.itemsize, np.ascontiguousarray(rows, dtype=ROW))
        self._written += len(keys)

    def finish(self) -> None:
        """Write the header and what fills the last page of keys.

        Raises:
            ValueError: other than the announced number of entries came.
        """
        layout = self._layout
        if self._written != layout.entries:
            raise ValueError(f"{self._written} entries came where {layout.entries} were announced")
        self._file.truncate(layout.size)
        self._put(0, np.frombuffer(_HEADER.pack(_MAGIC, _VERSION, FENCE, layout.entries), dtype=np.uint8))
        unfilled = layout.rows_at - layout.keys_at - layout.entries * KEY.itemsize
        self._put(layout.rows_at - unfilled, np.full(unfilled, 0xFF, dtype=np.uint8))

    def _put(self, at: int, values: NDArray[np.generic]) -> None:
        self._file.seek(at)
        self._file.write(values.data)


@contextmanager
def new_run(path: Path, entries: int) -> Iterator[RunWriter]:
    """Write a file of so many entries as `NAME.tmp` beside its place; it takes its name when it is whole.

    Raises:
        OSError: the disk is full or refuses; `path` is as it was and no temporary file is left.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            writer = RunWriter(file, entries)
            yield writer
            writer.finish()
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _next_page(at: int) -> int:
    return -(-at // PAGE_BYTES) * PAGE_BYTES


def _read_layout(path: Path, file: FileIO) -> Layout:
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise damaged(path, "is not a sorted run")
    _, version, width, entries = _HEADER.unpack(header)
    if (version, width) != (_VERSION, FENCE):
        raise damaged(path, f"is a sorted run of format {version} with fences every {width} keys, which is not read")
    layout, size = layout_of(entries), os.fstat(file.fileno()).st_size
    if layout.size != size:
        raise damaged(path, f"has {size} bytes where {entries} entries take {layout.size}")
    return layout
