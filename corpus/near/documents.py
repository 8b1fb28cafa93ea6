"""Reading the facts of some documents of a run: of an Arrow IPC file only the pages that hold them, each checked."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpus.errors import StoreError
from corpus.near.sums import PAGE, Guard, map_pages

BATCH = 8192  # documents in a batch: some 600 kB of facts, some 16 MB of shingles
_TAIL = 10  # bytes of an Arrow IPC file behind its footer: the footer's length (i32) and the magic

Places = NDArray[np.int64]


def read_documents(path: Path, places: Places, names: Sequence[str]) -> list[pa.RecordBatch]:
    """Return the columns ``names`` of the documents at the ascending ``places``, in batches.

    Raises:
        StoreError: the file is damaged, as far as it was read.
    """
    content, guard = map_pages(path), Guard(path)
    guard.ranges(content, *_one(max(len(content) - _TAIL, 0), len(content)))
    footer = int.from_bytes(content[-_TAIL : -_TAIL + 4], "little")
    guard.ranges(content, *_one(max(len(content) - _TAIL - footer, 0), len(content)))
    whole, taken = pa.py_buffer(content), []
    try:
        reader = pa.ipc.open_file(whole)
        for number in np.unique(places // BATCH).tolist():
            wanted = places[places // BATCH == number] - number * BATCH
            batch = reader.get_batch(number).select(list(names))
            for first, behind in _bytes_of(batch, wanted, whole.address):
                guard.ranges(content, first, behind)
            taken.append(batch.take(pa.array(wanted)))
    except (pa.ArrowException, ValueError, IndexError) as error:
        raise StoreError(f"{path} is damaged: {error}") from error
    return taken


def _bytes_of(batch: pa.RecordBatch, places: Places, base: int) -> Iterator[tuple[Places, Places]]:
    """Yield the ranges of bytes of the file that tell the values at ``places``, what others rest on first."""
    buffers = [column.buffers() for column in batch.columns]
    start = min(buffer.address for column in buffers for buffer in column if buffer is not None and buffer.size) - base
    yield _one(max(start - PAGE, 0), start)  # how the batch is laid out
    for column, (validity, *others) in zip(batch.columns, buffers, strict=True):
        if validity is not None:
            yield _of(validity, places // 8, places // 8 + 1, base)
        if pa.types.is_string(column.type):
            yield _of(others[0], places * 4, places * 4 + 8, base)
            offsets = np.frombuffer(others[0], "<i4").astype(np.int64)
            if others[1] is not None and others[1].size:
                yield _of(others[1], offsets[places], offsets[places + 1], base)
        else:
            width = column.type.bit_width // 8
            yield _of(others[0], places * width, places * width + width, base)


def _of(buffer: pa.Buffer, first: Places, behind: Places, base: int) -> tuple[Places, Places]:
    return first + (buffer.address - base), behind + (buffer.address - base)


def _one(first: int, behind: int) -> tuple[Places, Places]:
    return np.array([first]), np.array([behind])
