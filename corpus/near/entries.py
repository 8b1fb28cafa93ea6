"""The documents of one run: their facts as memory-mapped Arrow IPC, their shingle sets as an offset-addressed sidecar.

A run's folder holds, by place (the number of the document in the run, in the order of its row numbers): ``rows``
(u32, ascending), ``documents.arrow`` (``ENTRY``, batches of ``BATCH`` rows), ``offsets`` (i64, one more than
documents) and ``values`` (u32). Numbers are little-endian. What is read is copied out and unmapped.
"""

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.near.design import ENTRY
from corpus.near.shingles import Sets

BATCH = 8192  # documents in a batch: some 600 kB of facts, some 16 MB of shingles

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
    if not path.stat().st_size:
        return np.empty(0, dtype)
    return np.memmap(path, dtype, mode="r")


def scattered(path: Path, dtype: str | np.dtype[Any]) -> NDArray[Any]:
    """Map a file of plain numbers of which some here and there are read: nothing beside their pages is."""
    if not path.stat().st_size:
        return np.empty(0, dtype)
    return np.frombuffer(_pages(path), dtype)


def _pages(path: Path) -> mmap.mmap:
    with path.open("rb", buffering=0) as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    content.madvise(mmap.MADV_RANDOM)
    return content


def take_sets(sets: Sets, places: Places) -> Sets:
    """Return the sets at ``places``, in that order."""
    starts = np.asarray(sets.offsets[places])
    sizes = np.asarray(sets.offsets[places + 1]) - starts
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    at = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], sizes)
    return Sets(np.asarray(sets.values[at]), offsets)


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
        self._write(len(self._waiting))
        self._open.close()

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
        """Return the place of each row; every one of them is in the run."""
        held = scattered(self._folder / "rows", "<u4")
        if len(held) and int(held[-1]) - int(held[0]) == len(held) - 1:  # none of them was ever deleted
            return rows.astype(np.int64) - int(held[0])
        return np.searchsorted(held, rows).astype(np.int64)

    def facts(self, places: Places) -> list[Fact]:
        """Return the facts of the documents at ``places``, in that order."""
        found: dict[int, Fact] = {}
        reader = pa.ipc.open_file(pa.py_buffer(_pages(self._folder / "documents.arrow")))
        for number in np.unique(places // BATCH).tolist():
            wanted = np.unique(places[places // BATCH == number])
            batch = reader.get_batch(number).take(pa.array(wanted - number * BATCH))
            found.update(zip(wanted.tolist(), _facts(batch), strict=True))
        return [found[place] for place in places.tolist()]

    def sizes(self, places: Places) -> Places:
        """Return how many shingles each document at ``places`` has."""
        offsets = scattered(self._folder / "offsets", "<i8")
        return np.asarray(offsets[places + 1] - offsets[places])

    def sets(self, places: Places) -> Sets:
        """Return the shingle sets of the documents at ``places``, in that order."""
        values, offsets = scattered(self._folder / "values", "<u4"), scattered(self._folder / "offsets", "<i8")
        return take_sets(Sets(values, offsets), places)

    def batches(self) -> Iterator[tuple[Rows, pa.Table]]:
        """Yield the rows and facts of all documents, some thousands at a time."""
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


def _facts(batch: pa.RecordBatch) -> Iterator[Fact]:
    columns = (batch.column(name).to_pylist() for name in Fact._fields)
    return (Fact(*values) for values in zip(*columns, strict=True))
