"""What a night costs beside an index of any size: 1,000 new documents, 300 of them near copies, all verified.

``python -m bench.near_night [--documents N ...]`` fills indexes of N documents with synthetic keys round real
documents, as a first build leaves it and as nights of 1,000 do, takes a night in from a cold cache (bytes read,
memory) and again from a warm one (CPU seconds), and puts datasketch's dict and a DuckDB table beside it. Every new
document also meets a chance candidate, which is read and compared. Beside few documents the step runs as curate calls
it, too. It prints tables and ends with 1 where a floor is missed; floors of sizes that were not asked for are named.
10,000,000 documents take 4 GB of disk and some minutes.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
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
RUNS = 2  # of each night, of which the least CPU counts: what else runs only adds
MILLION = 1_000_000
PEAK_BYTES = 500_000_000
BAND_BYTES = 13
CHANCE = 0.24  # candidates below the bound a document, at least: what bench.near_recall counts among 2,400 documents
STEP_DOCUMENTS = 200_000  # of which the step gets every text: 0.4 GB


class Growth(NamedTuple):
    """How many times as dear a night may be beside ``many`` documents as beside ``few``, where both have one run."""

    few: int
    many: int
    most: Mapping[str, float]


# Of an index of 200,000 documents many keys of a night lie in one page, of one of millions each in its own: the pages
# nearly double, and in several runs nearly quadruple, of five times the documents.
GROWTHS = (
    Growth(200_000, MILLION, {"cpu_s": 2.0, "cold_cpu_s": 2.5, "read_bytes": 4.0, "peak_bytes": 1.5}),
    Growth(MILLION, 10 * MILLION, {"cpu_s": 1.5, "cold_cpu_s": 1.5, "read_bytes": 1.5, "peak_bytes": 1.5}),
)


class Measured(NamedTuple):
    """A night beside one index: what was filled, the night itself, and a warm query."""

    documents: int
    filled: dict[str, Any]
    night: dict[str, Any]  # from a cold cache (``cold_cpu_s``: with what the system does to read), but for ``cpu_s``
    query_us: float


def main(arguments: Sequence[str]) -> int:
    """Run the whole benchmark; return 0 if all floors that are measured hold, else 1; name those that are not."""
    parser = argparse.ArgumentParser(prog="python -m bench.near_night")
    parser.add_argument("--documents", type=int, nargs="+", default=DOCUMENTS)
    sizes = sorted(set(parser.parse_args(arguments).documents))
    holds = []
    for name, batch in LAYOUTS.items():
        _say(f"\nan index {name} (synthetic keys), a night of {NEW:,}\n{_HEAD}")
        nights = {documents: _measured(documents, batch or documents) for documents in sizes}
        holds += [holding(one) for one in nights.values()]
        holds += [grown(nights, growth) for growth in GROWTHS]
    return 0 if all((*holds, _against_peers(sizes))) else 1


def holding(one: Measured) -> bool:
    """Return whether a night found all it had to within its bounds; print what is missed."""
    night, chance = one.night, one.filled["chance"] / NEW
    missed = [
        *([f"found {night['found']} of {PLANTED}"] if night["found"] < PLANTED else []),
        *([f"removed {night['lost']} that are no copies"] if night["lost"] else []),
        *([f"peak of {_mb(night['peak_bytes'])} MB"] if night["peak_bytes"] >= PEAK_BYTES else []),
        *(["too many bytes a band"] if one.filled["bytes"]["band"] > BAND_BYTES else []),
        *([f"only {chance:.2f} chance candidates a document"] if chance < CHANCE else []),
    ]
    for miss in missed:
        _say(f"  missed with {one.documents:,} documents: {miss}")
    return not missed


def grown(nights: Mapping[int, Measured], growth: Growth) -> bool:
    """Return whether the night beside many documents costs at most so many times that beside few; print it.

    A night looks into every run, so where there are more of these it may cost more by their ratio. A size that was not
    measured is named, and nothing is held.
    """
    named = f"  {growth.many:,} to {growth.few:,} documents"
    few, many = nights.get(growth.few), nights.get(growth.many)
    if few is None or many is None:
        _say(f"{named}: not measured (--documents {growth.few} {growth.many})")
        return True
    runs = max(1.0, many.filled["runs"] / few.filled["runs"])
    ratios = {name: many.night[name] / max(few.night[name], 1e-9) for name in growth.most}
    shown = (f"{name} {ratio:.2f} (floor {growth.most[name] * runs:.2f})" for name, ratio in ratios.items())
    _say(f"{named}: {', '.join(shown)}")
    return all(ratio <= growth.most[name] * runs for name, ratio in ratios.items())


def _measured(documents: int, batch: int) -> Measured:
    with _folder() as folder:
        filled = _filled(folder, documents, batch)
        told = {how: [_night(how, folder, filled["state"]) for _ in range(RUNS)] for how in ("cold", "warm")}
        least = {how: min(one["cpu_s"] for one in nights) for how, nights in told.items()}
        night = told["cold"][0] | {"cpu_s": least["warm"], "cold_cpu_s": least["cold"]}
        found = Measured(documents, filled, night, _night("probe", folder, filled["state"])["query_us"])
        _say(_row(found))
        if documents <= STEP_DOCUMENTS and batch == documents:
            _say(_step_row(_printed("bench.near_night_step", str(folder), filled["state"])))
    return found


_HEAD = (
    f"{'documents':>12}{'runs':>6}{'CPU s':>8}{'cold':>7}{'query us':>10}{'MB read':>9}{'written':>9}"
    f"{'peak MB':>9}{'(start)':>9}{'found':>7}{'chance':>8}"
    "   bytes a document: a band, keys of text and id, facts, shingles, signatures"
)


def _row(one: Measured) -> str:
    night, size = one.night, one.filled["bytes"]
    return (
        f"{one.documents:12,}{one.filled['runs']:6}{night['cpu_s']:8.2f}{night['cold_cpu_s']:7.2f}{one.query_us:10.1f}"
        f"{_mb(night['read_bytes']):>9}{_mb(night['written_bytes']):>9}{_mb(night['peak_bytes']):>9}"
        f"{_mb(night['started_bytes']):>9}{night['found']:7}{one.filled['chance']:8}"
        f"   {size['band']:.2f}, {size['keys']:.1f}, {size['facts']:.0f}, {size['shingles']:.0f}, 0"
    )


def _step_row(step: dict[str, Any]) -> str:
    return (
        f"  the step as curate calls it, all texts in hand (no floor: it grows with the documents): bring_up_to_date"
        f" {step['bring_up_to_date_s']:.2f} CPU s, judged {step['judged_s']:.2f}, peak {_mb(step['peak_bytes'])} MB"
        f" ({_mb(step['started_bytes'])} of them the texts), {step['rejudged']:,} judged, {step['found']} found"
    )


def _against_peers(sizes: Sequence[int]) -> bool:
    """Print datasketch and DuckDB beside ours, signature in and candidates out; return whether the floor holds."""
    _say(f"\n{'an index of bands, warm':32}" + "".join(f"{name:>12}" for name in _PEER_COLUMNS))
    ours, dict_ = _ours_and_dict(AGAINST_DICT)
    _say(f"{f'ours, {AGAINST_DICT:,}':32}{ours:12.1f}")
    _say(_peer_row(f"datasketch dict, {AGAINST_DICT:,}", dict_))
    for size in sorted({AGAINST_DICT, *(size for size in sizes if size <= MILLION)}):
        _say(_peer_row(f"DuckDB hash join, {size:,}", _peer("duckdb", size)))
    ratio: float = dict_["query_us"] / ours
    _say(f"a query of the dict costs {ratio:.1f} times ours (floor {CHEAPER:.1f})")
    return ratio >= CHEAPER


def _ours_and_dict(documents: int) -> tuple[float, dict[str, Any]]:
    """Return the microseconds of a query of ours, the least before and after, and what the dict costs between."""
    with _folder() as folder:
        state = _filled(folder, documents, documents)["state"]
        before = [_night("probe", folder, state)["query_us"] for _ in range(RUNS)]
        dict_ = _peer("datasketch", documents)
        after = [_night("probe", folder, state)["query_us"] for _ in range(RUNS)]
    return min(before + after), dict_


_PEER_COLUMNS = {
    "query us": "query_us",
    "insert us": "insert_us",
    "append us": "append_us",
    "memory B": "memory_bytes",
    "disk B": "disk_bytes",
}


def _peer_row(name: str, peer: dict[str, float]) -> str:
    return f"{name:32}" + "".join(f"{peer[key]:12.1f}" for key in _PEER_COLUMNS.values())


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
