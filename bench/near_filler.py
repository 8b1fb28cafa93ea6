"""An index of any size without its texts: synthetic keys, uniform as hashes are, round some real documents.

The documents that a night meets, near copies and chance candidates, have their own keys, facts and shingles. Of the
others every fact and the key of the id stand in the files as they are; the keys of their bands and texts are drawn, and
they have no shingles: no night meets them, so nothing would read these.
"""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from corpus.near.compaction import due
from corpus.near.design import ENTRY, Design
from corpus.near.entries import EntriesWriter, take_sets
from corpus.near.keys import Keys, keys_of
from corpus.near.parts import Part, State, new_folder, seal, write_state
from corpus.near.runs import write_run
from corpus.near.shingles import Sets, shingle_sets

NIGHT = "2026-01-01"  # on which all of them were first seen
CHUNK = 50_000  # documents written at a time
WORDS = " ".join(f"word{number}" for number in range(230))  # of every filler: some 1,700 characters, as real texts have

Places = npt.NDArray[np.int64]


class Real(NamedTuple):
    """Documents with texts: ``entries`` (``ENTRY``) and their ``sets``, by the same places."""

    entries: pa.Table
    sets: Sets


def real(ids: Sequence[str], texts: Sequence[str], night: str) -> Real:
    """Return ``texts`` as documents first seen in ``night``."""
    hashes = [xxhash.xxh3_128_digest(" ".join(text.lower().split()).encode()) for text in texts]
    columns = [ids, [night] * len(ids), [0] * len(ids), hashes]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, ENTRY.types, strict=True)]
    return Real(pa.table(arrays, schema=ENTRY), shingle_sets(texts))


def tiers(documents: int, batch: int) -> list[int]:
    """Return the sizes of the runs, the oldest first, of an index that took ``batch`` documents a night."""
    sizes: list[int] = []
    for start in range(0, documents, batch):
        before = sum(sizes)
        sizes.append(min(batch, documents - start))
        while stretch := due(sizes):
            sizes[stretch] = [sum(sizes[stretch])]
        if sum(sizes) > 2 * before:
            sizes = [sum(sizes)]
    return sizes


def filler_text(name: str) -> str:
    """Return the text of the synthetic filler of that id: its hash is the one that stands in the index."""
    return f"{name} {WORDS}"


def fill(folder: Path, sizes: Sequence[int], planted: Real, design: Design) -> str:
    """Write an index of runs of ``sizes`` documents, ``planted`` scattered among them; return its state's file name."""
    total = sum(sizes)
    rows = np.sort(np.random.default_rng(total).choice(total, planted.entries.num_rows, replace=False))
    bounds = list(itertools.pairwise([0, *itertools.accumulate(sizes)]))
    runs = [_run(folder, (start, end), _within(planted, rows, (start, end)), design) for start, end in bounds]
    return write_state(folder, State(design.facts, total, total, tuple(runs), ()), durable=())


class _Placed(NamedTuple):
    """Real documents and the rows they have."""

    documents: Real
    rows: Places


def _within(planted: Real, rows: Places, bounds: tuple[int, int]) -> _Placed:
    first, behind = np.searchsorted(rows, bounds).tolist()
    places = np.arange(first, behind)
    return _Placed(Real(planted.entries.slice(first, behind - first), take_sets(planted.sets, places)), rows[places])


def _run(folder: Path, bounds: tuple[int, int], placed: _Placed, design: Design) -> Part:
    start, end = bounds
    with new_folder(folder) as written:
        last = _write_documents(written, bounds, placed)
        hashes = placed.documents.entries["text_hash"].to_pylist()
        columns = keys_of(design, placed.documents.sets, hashes)
        draw = np.random.default_rng(start)
        columns["id"] = Keys(_id_keys(placed.documents.entries["id"].to_pylist(), len(hashes)), np.arange(len(hashes)))
        for name, column in columns.items():
            count = end - start
            is_id = name == "id"
            keys = (
                _id_keys(map(_name, range(start, end)), count) if is_id else draw.integers(0, 1 << 64, count, np.uint64)
            )
            keys[placed.rows[column.texts] - start] = column.keys
            write_run(written / name, keys, np.arange(start, end, dtype=np.uint32))
        name, files = seal(written, "run")
    return Part(name, start, end - start, last, files)


def _write_documents(folder: Path, bounds: tuple[int, int], placed: _Placed) -> tuple[str, int, str]:
    """Write facts and shingles of a run; return the last place in the order, which ascends with the rows."""
    with EntriesWriter(folder) as writer:
        for start in range(*bounds, CHUNK):
            end = min(start + CHUNK, bounds[1])
            writer.append(np.arange(start, end, dtype=np.uint32), *_documents((start, end), placed))
    names = placed.documents.entries["id"].to_pylist()
    return NIGHT, 0, max([_name(bounds[1] - 1), *names])


def _documents(bounds: tuple[int, int], placed: _Placed) -> tuple[pa.Table, Sets]:
    start, end = bounds
    first, behind = np.searchsorted(placed.rows, bounds).tolist()
    at = placed.rows[first:behind] - start
    ids = [_name(row) for row in range(start, end)]
    hashes = [xxhash.xxh3_128_digest(filler_text(name).encode()) for name in ids]
    for place, entry in zip(at.tolist(), placed.documents.entries.slice(first, len(at)).to_pylist(), strict=True):
        ids[place], hashes[place] = entry["id"], entry["text_hash"]
    sets = take_sets(placed.documents.sets, np.arange(first, behind))
    sizes = np.zeros(end - start, np.int64)
    sizes[at] = np.diff(sets.offsets)
    columns = [ids, [NIGHT] * len(ids), [0] * len(ids), hashes]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, ENTRY.types, strict=True)]
    return pa.table(arrays, schema=ENTRY), Sets(sets.values, np.concatenate([[0], np.cumsum(sizes)]))


def _id_keys(ids: Iterable[str], count: int) -> npt.NDArray[np.uint64]:
    return np.fromiter((xxhash.xxh3_64_intdigest(one.encode()) for one in ids), np.uint64, count)


def _name(row: int) -> str:
    return f"synthetic-filler-{row:010}"
