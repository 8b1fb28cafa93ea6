"""One night against an index that ``bench.near_night_fill`` wrote, in a process that loads the index and no more.

``python -m bench.near_night_once cold FOLDER STATE`` takes the documents in and commits, from a cold cache, ``warm
FOLDER STATE`` from whatever is cached; ``probe FOLDER STATE`` only looks up signatures. Each prints one line of JSON.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.near_filler import real
from bench.near_signatures import NEW, NIGHTS, Signatures, night
from corpus.near.collection import Collection
from corpus.near.design import Design
from corpus.near.index import open_index
from corpus.near.keys import Keys
from corpus.near.parts import read_state
from corpus.near.shingles import shingle_sets
from corpus.near.signatures import band_hashes
from corpus.near.standings import Standings

TONIGHT = "2026-01-02"
INDEX, NEW_FILE = "index", "night.parquet"
DESIGN = Design()


@dataclass(frozen=True, slots=True)
class Night:
    """What a night of ``NEW`` documents cost, of which ``found`` planted copies were found with their evidence."""

    cpu_s: float  # text in, to committed
    read_bytes: int  # from the disk
    written_bytes: int
    peak_bytes: int  # resident, the interpreter and its libraries included
    started_bytes: int  # of them, before the night began
    found: int
    lost: int  # documents removed that are no planted copy


def take_in(folder: Path, state: str) -> dict[str, float]:
    """Take the night's documents into the index ``state`` and commit; return a ``Night``."""
    new, index = pq.read_table(folder / NEW_FILE), folder / INDEX
    shingle_sets(["loads the compiled kernel where there is one"])
    started_bytes, before, started = peak_bytes(), _io(), time.process_time()
    tonight = real(new["id"].to_pylist(), new["text"].to_pylist(), TONIGHT)
    held = open_index(index, DESIGN, state)
    held.apply([], tonight.entries, tonight.sets)
    held.commit()
    cpu_s, after = time.process_time() - started, _io()
    told = held.standings(new["id"].to_pylist())
    taken = Night(
        cpu_s=cpu_s,
        read_bytes=after["read_bytes"] - before["read_bytes"],
        written_bytes=after["write_bytes"] - before["write_bytes"],
        peak_bytes=peak_bytes(),
        started_bytes=started_bytes,
        **hits(new, told),
    )
    return asdict(taken)


def cold(folder: Path, state: str) -> dict[str, float]:
    """Take the night's documents in after all files of the index were evicted from the cache."""
    _evict(folder / INDEX)
    return take_in(folder, state)


def probe(folder: Path, state: str) -> dict[str, float]:
    """Return the CPU microseconds a document, from its signature to the rows that share a band, cached."""
    index = folder / INDEX
    held = Collection(index, DESIGN, read_state(index, state).runs, Standings([]))
    seconds = [_looked_up(held, night(number, NEW)) for number in range(NIGHTS) for _ in ("cold", "warm")]
    return {"query_us": min(seconds[1::2]) / NEW * 1e6}


def _looked_up(held: Collection, signatures: Signatures) -> float:
    started = time.process_time()
    hashes = band_hashes(signatures, DESIGN.bands)
    columns = {
        f"band-{band:02d}": Keys(hashes[:, band].copy(), np.arange(len(hashes))) for band in range(hashes.shape[1])
    }
    for _ in held.pairs(columns, lambda rows: np.ones(len(rows), bool), None):
        pass
    return time.process_time() - started


def hits(new: pa.Table, told: pa.Table) -> dict[str, int]:
    """Count the planted copies whose winner and Jaccard are told as they are, and what else was removed."""
    rows = {row["id"]: row for row in told.to_pylist()}
    found = lost = 0
    for row in new.to_pylist():
        standing = rows[row["id"]]
        if row["original"] is None:
            lost += standing["duplicate_of"] is not None
        elif standing["duplicate_of"] == row["original"]:
            found += abs(standing["duplicate_jaccard"] - row["jaccard"]) < 1e-3
    return {"found": found, "lost": lost}


def _evict(folder: Path) -> None:
    """Bring the files to the disk and out of the cache."""
    for path in _files(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _io() -> Mapping[str, int]:
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return {name: int(value) for name, value in (line.split(": ") for line in lines)}


def peak_bytes() -> int:
    """Return the most memory, in bytes, that this process ever held."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


COMMANDS = {"cold": cold, "warm": take_in, "probe": probe}

if __name__ == "__main__":
    command, asked_folder, asked_state = sys.argv[1:]
    sys.stdout.write(json.dumps(COMMANDS[command](Path(asked_folder), asked_state)) + "\n")
