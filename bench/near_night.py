"""What a night costs beside an index of any size: 1,000 new documents, 300 of them near copies, all verified.

``python -m bench.near_night [--documents N ...]`` fills indexes of N documents with synthetic keys round real
documents, as a first build leaves it and as nights of 1,000 do, takes a night in from a cold cache (bytes read,
memory) and again from a warm one (CPU seconds), and puts datasketch's dict and a DuckDB table beside it. It prints
tables and ends with 1 where a floor is missed. 10,000,000 documents take 4 GB of disk and some minutes.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.near_signatures import NEW, PLANTED

FOLDER = Path(".cache/near_night")  # not a temporary folder in memory: what is read from the disk is measured
DOCUMENTS = (200_000, 1_000_000)
# What the index took a night: all of it, which a first build leaves in one run, or few documents.
LAYOUTS = {"as a first build leaves it": None, "as nights of 1,000 leave it": 1_000}
AGAINST_DICT = 200_000  # documents with which datasketch's dict, some 9 kB of memory each, is filled
CHEAPER = 4.0  # times a query of the dict
GROWTH = 1.5  # of CPU seconds, bytes read and memory, from one million documents to ten
MILLION = 1_000_000
PEAK_BYTES = 500_000_000
BAND_BYTES = 13


class Measured(NamedTuple):
    """A night beside one index: what was filled, the night itself, and a warm query."""

    documents: int
    filled: dict[str, Any]
    night: dict[str, Any]  # from a cold cache, but for ``cpu_s``
    cold_cpu_s: float  # with what the system does to read the pages
    query_us: float


def main(arguments: Sequence[str]) -> int:
    """Run the whole benchmark; return 0 if all floors hold, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.near_night")
    parser.add_argument("--documents", type=int, nargs="+", default=DOCUMENTS)
    asked = parser.parse_args(arguments)
    holds, even = [], []
    for name, batch in LAYOUTS.items():
        _say(f"\nan index {name} (synthetic keys), a night of {NEW:,}\n{_HEAD}")
        nights = [_measured(documents, batch or documents) for documents in sorted(asked.documents)]
        holds += [holding(one) for one in nights]
        even.append(flat(nights))
    # As nights leave it the digits of the number, not its size, say how many runs there are.
    return 0 if all((*holds, even[0], _against_peers(asked.documents))) else 1


def holding(one: Measured) -> bool:
    """Return whether a night found all it had to within its bounds; print what is missed."""
    night = one.night
    missed = [
        *([f"found {night['found']} of {PLANTED}"] if night["found"] < PLANTED else []),
        *([f"removed {night['lost']} that are no copies"] if night["lost"] else []),
        *([f"peak of {_mb(night['peak_bytes'])} MB"] if night["peak_bytes"] >= PEAK_BYTES else []),
        *(["too many bytes a band"] if one.filled["bytes"]["band"] > BAND_BYTES else []),
    ]
    for miss in missed:
        _say(f"  missed with {one.documents:,} documents: {miss}")
    return not missed


def flat(nights: Sequence[Measured]) -> bool:
    """Return whether the night beside ten million documents costs at most ``GROWTH`` of that beside one; print it."""
    by_size = {one.documents: one.night for one in nights}
    if not {MILLION, 10 * MILLION} <= set(by_size):
        return True
    few, many = by_size[MILLION], by_size[10 * MILLION]
    ratios = {name: many[name] / max(few[name], 1e-9) for name in ("cpu_s", "read_bytes", "peak_bytes")}
    shown = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    _say(f"10 million to 1 million: {shown} (floor for a first build: at most {GROWTH})")
    return all(ratio <= GROWTH for ratio in ratios.values())


def _measured(documents: int, batch: int) -> Measured:
    with _folder() as folder:
        filled = _filled(folder, documents, batch)
        cold, warm, probed = (_night(how, folder, filled["state"]) for how in ("cold", "warm", "probe"))
        night = cold | {"cpu_s": warm["cpu_s"]}
        found = Measured(documents, filled, night, cold["cpu_s"], probed["query_us"])
    _say(_row(found))
    return found


_HEAD = (
    f"{'documents':>12}{'runs':>6}{'CPU s':>8}{'cold':>7}{'query us':>10}{'MB read':>9}{'written':>9}"
    f"{'peak MB':>9}{'(start)':>9}{'found':>7}"
    "   bytes a document: a band, keys of text and id, facts, shingles, signatures"
)


def _row(one: Measured) -> str:
    night, size = one.night, one.filled["bytes"]
    return (
        f"{one.documents:12,}{one.filled['runs']:6}{night['cpu_s']:8.2f}{one.cold_cpu_s:7.2f}{one.query_us:10.1f}"
        f"{_mb(night['read_bytes']):>9}{_mb(night['written_bytes']):>9}{_mb(night['peak_bytes']):>9}"
        f"{_mb(night['started_bytes']):>9}{night['found']:7}"
        f"   {size['band']:.2f}, {size['keys']:.1f}, {size['facts']:.0f}, {size['shingles']:.0f}, 0"
    )


def _against_peers(sizes: Sequence[int]) -> bool:
    """Print datasketch and DuckDB beside ours, signature in and candidates out; return whether the floor holds."""
    _say(f"\n{'an index of bands, warm':32}" + "".join(f"{name:>12}" for name in _PEER_COLUMNS))
    before, dict_, after = _ours(AGAINST_DICT), _peer("datasketch", AGAINST_DICT), _ours(AGAINST_DICT)
    ours = min(before, after)  # what else runs only adds
    _say(f"{f'ours, {AGAINST_DICT:,}':32}{ours:12.1f}")
    _say(_peer_row(f"datasketch dict, {AGAINST_DICT:,}", dict_))
    for size in sorted({AGAINST_DICT, *(size for size in sizes if size <= MILLION)}):
        _say(_peer_row(f"DuckDB hash join, {size:,}", _peer("duckdb", size)))
    ratio: float = dict_["query_us"] / ours
    _say(f"a query of the dict costs {ratio:.1f} times ours (floor {CHEAPER:.1f})")
    return ratio >= CHEAPER


_PEER_COLUMNS = {
    "query us": "query_us",
    "insert us": "insert_us",
    "append us": "append_us",
    "memory B": "memory_bytes",
    "disk B": "disk_bytes",
}


def _peer_row(name: str, peer: dict[str, float]) -> str:
    return f"{name:32}" + "".join(f"{peer[key]:12.1f}" for key in _PEER_COLUMNS.values())


def _ours(documents: int) -> float:
    with _folder() as folder:
        state = _filled(folder, documents, documents)["state"]
        query_us: float = _night("probe", folder, state)["query_us"]
    return query_us


@contextmanager
def _folder() -> Iterator[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=FOLDER))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def _filled(folder: Path, documents: int, batch: int) -> dict[str, Any]:
    return _printed("bench.near_night_fill", str(folder), str(documents), str(batch))


def _night(command: str, folder: Path, state: str) -> dict[str, Any]:
    return _printed("bench.near_night_once", command, str(folder), state)


def _peer(name: str, documents: int) -> dict[str, Any]:
    return _printed("bench.near_peers", name, str(documents))


def _printed(module: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own modules
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _mb(count: float) -> str:
    return f"{count / 1e6:.0f}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
