"""One peer's index of bands in a process of its own: ``python -m bench.near_peers datasketch|duckdb DOCUMENTS``.

Prints one line of JSON (``Peer``). All sides hold signatures of as many documents, equally distributed as real ones
are, and look up nights of ``NEW`` of which ``PLANTED`` are near copies of documents that are held. CPU seconds of the
process, the least of ``NIGHTS`` nights, from signatures (an array) to the documents that share a band: datasketch
can only be asked with an object, ours and DuckDB with keys; making these of signatures counts on all sides.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from datasketch import MinHash, MinHashLSH

from bench.near_signatures import BANDS, CHUNK, HASHES, NEW, NIGHTS, PLANTED, ROWS, Signatures, night, signatures

PAGE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Peer:
    """What one index costs: microseconds of the CPU and bytes a document, and how many planted copies it found."""

    insert_us: float
    query_us: float
    append_us: float  # of a night's document, into the full index
    memory_bytes: float  # grown while the index was filled
    disk_bytes: float
    found: int  # of PLANTED a night, the fewest of all nights


def band_keys(held: Signatures) -> npt.NDArray[np.uint64]:
    """Return a key for each band of each signature, (n, ``BANDS``): a hash of its rows, whichever."""
    rows = held[:, : BANDS * ROWS].reshape(len(held), BANDS, ROWS).astype(np.uint64)
    factors = np.random.default_rng(1).integers(1, 1 << 63, ROWS, np.uint64) * np.uint64(2) + np.uint64(1)
    keys: npt.NDArray[np.uint64] = (rows * factors).sum(axis=2, dtype=np.uint64)
    return keys


def in_datasketch(documents: int) -> Peer:
    """Fill datasketch's ``MinHashLSH``, a dict a band with its default hash, and query it."""
    blank = MinHash(num_perm=HASHES, scheme="affine32")
    index = MinHashLSH(num_perm=HASHES, params=(BANDS, ROWS))
    before, insert_s = _resident_bytes(), 0.0
    for start in range(0, documents, CHUNK):
        held = signatures(start, min(CHUNK, documents - start))
        started = time.process_time()
        for place, one in enumerate(_objects(held, blank), start):
            index.insert(place, one, check_duplication=False)
        insert_s += time.process_time() - started
    grown = _resident_bytes() - before
    query, found = [], []
    for number in range(NIGHTS):
        fresh = night(number, documents)
        started = time.process_time()
        hits = [bool(index.query(one)) for one in _objects(fresh, blank)]
        query.append(time.process_time() - started)
        found.append(sum(hits[:PLANTED]))
    started = time.process_time()
    for place, one in enumerate(_objects(fresh, blank), documents):
        index.insert(place, one, check_duplication=False)
    append_s = time.process_time() - started
    return _peer(documents, (insert_s, query, append_s), (grown, 0), found)


def in_duckdb(documents: int) -> Peer:
    """Fill a DuckDB table of (band, key, document) and query it by one hash join a night."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "bands.duckdb")
        with duckdb.connect(str(file), config={"threads": 1}) as base:
            return _queried(base, file, documents)


def _queried(base: duckdb.DuckDBPyConnection, file: Path, documents: int) -> Peer:
    base.execute("create table held (band utinyint, key ubigint, document uinteger)")
    before = _resident_bytes()
    insert_s = sum(_appended(base, start, signatures(start, CHUNK)) for start in range(0, documents, CHUNK))
    started = time.process_time()
    base.execute("checkpoint")
    insert_s += time.process_time() - started
    grown = _resident_bytes() - before
    query, found = [], []
    join = "select distinct night.document, held.document from night join held using (band, key)"
    for number in range(NIGHTS):
        fresh = night(number, documents)
        started = time.process_time()
        base.register("night", _entries(0, fresh))
        hits = {row for row, _ in base.execute(join).fetchall()}
        query.append(time.process_time() - started)
        found.append(sum(row < PLANTED for row in hits))
    append_s = _appended(base, documents, night(0, documents))
    return _peer(documents, (insert_s, query, append_s), (grown, file.stat().st_size), found)


def _appended(base: duckdb.DuckDBPyConnection, start: int, held: Signatures) -> float:
    """Insert ``held`` as the documents from ``start`` on and return the CPU seconds."""
    started = time.process_time()
    base.register("fresh", _entries(start, held))
    base.execute("insert into held select * from fresh")
    return time.process_time() - started


def _entries(start: int, held: Signatures) -> pa.Table:
    number = len(held)
    documents = np.arange(start, start + number, dtype=np.uint32)
    columns = {
        "band": np.tile(np.arange(BANDS, dtype=np.uint8), number),
        "key": band_keys(held).ravel(),
        "document": np.repeat(documents, BANDS),
    }
    return pa.table(columns)


def _objects(held: Signatures, blank: MinHash) -> Iterator[MinHash]:
    return (MinHash(hashvalues=row, permutations=blank.permutations, scheme="affine32") for row in held)


def _peer(
    documents: int, seconds: tuple[float, Sequence[float], float], grown: tuple[int, int], found: Iterable[int]
) -> Peer:
    insert_s, query_s, append_s = seconds
    memory, disk = grown
    return Peer(
        insert_us=insert_s / documents * 1e6,
        query_us=min(query_s) / NEW * 1e6,
        append_us=append_s / NEW * 1e6,
        memory_bytes=memory / documents,
        disk_bytes=disk / documents,
        found=min(found),
    )


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


PEERS: dict[str, Any] = {"datasketch": in_datasketch, "duckdb": in_duckdb}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(PEERS[sys.argv[1]](int(sys.argv[2])))) + "\n")
