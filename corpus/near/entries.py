"""The documents of one run: their facts as memory-mapped Arrow IPC, their shingle sets as an offset-addressed sidecar.

A run's folder holds, by place (the number of the document in the run, in the order of its row numbers): ``rows``
(u32, ascending), ``documents.arrow`` (``ENTRY``, batches of ``BATCH`` rows), ``offsets`` (i64, one more than
documents) and ``values`` (u32). Numbers are little-endian. What is read is copied out and unmapped; every page that is
read of a sealed part is held against its sum, so that damage is a ``StoreError`` and never another answer.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.errors import StoreError
from corpus.near.design import ENTRY
from corpus.near.documents import BATCH, read_documents
from corpus.near.shingles import Sets
from corpus.near.sums import Guard, map_pages

Rows = NDArray[np.uint32]
Places = NDArray[np.int64]


class Fact(NamedTuple):
    """What the index knows of a document; facts compare as the total order does, ids being distinct."""

    revision_seen: str
    source_priority: int
    id: str
    text_hash: bytes | None


def mapped(path: Path, dtype: str | np.dtype[Any]) -> NDArray[Any]:
    """Map a file of plain numbers for reading from its beginning to its end; it is unmapped when the array goes."""
    try:
        return np.memmap(path, dtype, mode="r") if path.stat().st_size else np.empty(0, dtype)
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read ({error})") from error


class Numbers:
    """A file of plain numbers of which some here and there are read: nothing beside their pages is."""

    def __init__(self, path: Path, dtype: str | np.dtype[Any]) -> None:
        self._guard = Guard(path)
        self._content = map_pages(path)
        self._numbers = np.frombuffer(self._content, dtype)

    def __len__(self) -> int:
        return len(self._numbers)

    def read(self, places: Places) -> NDArray[Any]:
        """Return the numbers at ``places``."""
        size = self._numbers.itemsize
        self._guard.ranges(self._content, places * size, places * size + size)
        return self._numbers[places]

    def holding(self, first: Places, behind: Places) -> NDArray[Any]:
        """Return all numbers, of which those from ``first`` to before ``behind`` are checked and may be read."""
        size = self._numbers.itemsize
        self._guard.ranges(self._content, first * size, behind * size)
        return self._numbers

    def find(self, numbers: NDArray[Any]) -> Places:
        """Return where in the ascending file the ``numbers`` are, or would be."""
        return np.searchsorted(self._numbers, numbers).astype(np.int64)


def take_sets(sets: Sets, places: Places) -> Sets:
    """Return the sets at ``places``, in that order."""
    return _gathered(sets.values, np.asarray(sets.offsets[places]), np.asarray(sets.offsets[places + 1]))


def _gathered(values: NDArray[np.uint32], first: Places, behind: Places) -> Sets:
    sizes = behind - first
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    at = np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], sizes)
    return Sets(np.asarray(values[at]), offsets)


class EntriesWriter:
    """Writes the documents of one run in a stream, ascending by row; used in a ``with`` statement."""

    def __init__(self, folder: Path) -> None:
        self._open = ExitStack()
        self._rows, self._values, self._offsets = (
            self._open.enter_context((folder / name).open("wb")) for name in ("rows", "values", "offsets")
        )
        sink = self._open.enter_context(pa.OSFile(str(folder / "documents.arrow"), "wb"))
        self._documents = self._open.enter_context(pa.ipc.new_file(sink, ENTRY))
        self._waiting = ENTRY.empty_table()
        self._offsets.write(bytes(8))
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._open:
            if kind is None:
                self._write(len(self._waiting))

    def append(self, rows: Rows, documents: pa.Table, sets: Sets) -> None:
        """Write the next documents: their rows, ``ENTRY`` facts and sets, one of each per document."""
        self._rows.write(rows.astype("<u4").data)
        self._values.write(sets.values.astype("<u4").data)
        self._offsets.write((sets.offsets[1:] + self._end).astype("<i8").data)
        self._end += int(sets.offsets[-1])
        self._waiting = pa.concat_tables([self._waiting, documents.select(ENTRY.names).cast(ENTRY)])
        self._write(len(self._waiting) // BATCH * BATCH)

    def _write(self, count: int) -> None:
        for start in range(0, count, BATCH):
            batch = self._waiting.slice(start, min(BATCH, count - start)).combine_chunks()
            self._documents.write_batch(batch.to_batches()[0])
        self._waiting = self._waiting.slice(count)


class Entries:
    """The documents of one run, read by place; nothing of them is held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def places(self, rows: Rows) -> Places:
        """Return the place of each row; every one of them is in the run.

        Raises:
            StoreError: one is not, or the file that says where is damaged.
        """
        if not len(rows):
            return np.empty(0, np.int64)
        held = Numbers(self._folder / "rows", "<u4")
        first, last = held.read(np.array([0, len(held) - 1])).tolist()
        # Without a gap none of them was ever deleted.
        places = rows.astype(np.int64) - first if last - first == len(held) - 1 else held.find(rows)
        if places.min() < 0 or places.max() >= len(held) or not np.array_equal(held.read(places), rows):
            raise StoreError(f"{self._folder} does not hold a document that other files of the index name")
        return places

    def facts(self, places: Places) -> list[Fact]:
        """Return the facts of the documents at ``places``, in that order."""
        columns = (column.to_pylist() for column in self.columns(places, Fact._fields).columns)
        return [Fact(*values) for values in zip(*columns, strict=True)]

    def columns(self, places: Places, names: Sequence[str]) -> pa.Table:
        """Return the columns ``names`` of the documents at ``places``, in that order."""
        if not len(places):
            return ENTRY.empty_table().select(list(names))
        distinct, which = np.unique(places, return_inverse=True)
        batches = read_documents(self._folder / "documents.arrow", distinct, names)
        return pa.Table.from_batches(batches).take(pa.array(which))

    def sizes(self, places: Places) -> Places:
        """Return how many shingles each document at ``places`` has."""
        offsets = Numbers(self._folder / "offsets", "<i8")
        return np.asarray(offsets.read(places + 1) - offsets.read(places))

    def sets(self, places: Places) -> Sets:
        """Return the shingle sets of the documents at ``places``, in that order."""
        offsets = Numbers(self._folder / "offsets", "<i8")
        first, behind = offsets.read(places), offsets.read(places + 1)
        if not np.any(behind > first):
            return Sets(np.empty(0, np.uint32), np.zeros(len(places) + 1, np.int64))
        return _gathered(Numbers(self._folder / "values", "<u4").holding(first, behind), first, behind)

    def batches(self) -> Iterator[tuple[Rows, pa.Table]]:
        """Yield the rows and facts of all documents, some thousands at a time; the caller checked the part."""
        with pa.memory_map(str(self._folder / "documents.arrow")) as source:
            reader = pa.ipc.open_file(source)
            for number in range(reader.num_record_batches):
                rows = mapped(self._folder / "rows", "<u4")[number * BATCH : (number + 1) * BATCH]
                yield np.array(rows), pa.Table.from_batches([reader.get_batch(number)])


def merge_entries(sources: Sequence[Path], target: Path, gone: Callable[[Rows], NDArray[np.bool_]]) -> int:
    """Write the documents of the runs, ascending by row, into the folder ``target``, less those that are ``gone``.

    Returns how many stayed.
    """
    stayed = 0
    with EntriesWriter(target) as writer:
        for folder in sources:
            for start, (rows, documents) in enumerate(Entries(folder).batches()):
                stay = np.flatnonzero(~gone(rows))
                everything = Sets(mapped(folder / "values", "<u4"), mapped(folder / "offsets", "<i8"))
                writer.append(rows[stay], documents.take(stay), take_sets(everything, stay + start * BATCH))
                stayed += len(stay)
    return stayed
