"""The standings of an index's rows: deleted, failing, covered by whom. Only what is not simply kept is written.

A part's folder holds ``rows`` (u32, ascending), ``records`` (``RECORD``, one a row) and ``losers`` (a sorted run that
leads from a winner to the rows it covers). Of two parts the newer one counts. ``rows`` is held against its sums whole
when it is opened, the others page by page when they are read.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.near.entries import Numbers, Rows, mapped
from corpus.near.runs import merge_runs, open_run, write_run
from corpus.near.sums import check_file, check_part

Records = NDArray[np.void]
Parts = dict[Path, tuple[Rows, Numbers]]  # by its folder, the rows and records of a part

RULES = (None, "exact", "near", "contained")
NONE = 0xFFFFFFFF
DELETED, FAILS = 1, 2
RECORD = np.dtype(
    [("winner", "<u4"), ("flags", "u1"), ("rule", "u1"), ("jaccard", "<f8"), ("containment", "<f8")]
)  # packed: 22 bytes
_MERGED_ROWS = 1 << 17  # row numbers merged at a time


class Standing(NamedTuple):
    """Where a document stands. ``winner`` is the row that covers it, -1 where none does; ``rule`` a place in RULES."""

    deleted: bool = False
    fails: bool = False
    winner: int = -1
    rule: int = 0
    jaccard: float = 0.0
    containment: float = 0.0
    judged: bool = True

    @property
    def kept(self) -> bool:
        """Whether it covers others."""
        return self.judged and not self.deleted and not self.fails and self.winner < 0

    @property
    def fate(self) -> str:
        """``kept``, ``loser`` (covered) or ``barred`` (a later step dropped it)."""
        return "loser" if self.winner >= 0 else "barred" if self.fails else "kept"


class Standings:
    """The standings that stand in files, oldest part first.

    Raises:
        StoreError: one of the files cannot be read, or is damaged where it is read.
    """

    def __init__(self, folders: Sequence[Path], before: "Standings | None" = None) -> None:
        known: Parts = before.parts if before else {}
        self.parts: Parts = {folder: known.get(folder) or _opened(folder) for folder in folders}

    def records(self, rows: Rows) -> Records:
        """Return one ``RECORD`` for each of ``rows``."""
        found = _blank(len(rows))
        for known, records in self.parts.values():
            places = np.searchsorted(known, rows)
            places[places == len(known)] = 0
            matches = np.flatnonzero(known[places] == rows) if len(known) else np.empty(0, np.int64)
            if len(matches):
                found[matches] = records.read(places[matches])
        return found

    def standings(self, rows: Rows) -> list[Standing]:
        """Return the standing of each of ``rows``."""
        return [
            Standing(bool(flags & DELETED), bool(flags & FAILS), -1 if winner == NONE else winner, *evidence)
            for winner, flags, *evidence in self.records(rows).tolist()
        ]

    def deleted(self, rows: Rows) -> NDArray[np.bool_]:
        """Return which of ``rows`` are deleted."""
        gone: NDArray[np.bool_] = (self.records(rows)["flags"] & DELETED) > 0
        return gone

    def kept(self, rows: Rows) -> NDArray[np.bool_]:
        """Return which of ``rows`` are kept."""
        return kept(self.records(rows))

    def losers(self, winners: Sequence[int]) -> Rows:
        """Return, sorted, the rows that one of ``winners`` covers, and some that one of them once covered."""
        keys = np.array(winners, np.uint64)
        found = [np.empty(0, np.uint32)]
        for folder in self.parts:
            with open_run(folder / "losers") as run:
                found.append(run.rows(*run.ranges(keys))[1])
        return np.unique(np.concatenate(found))


def _opened(folder: Path) -> tuple[Rows, Numbers]:
    check_file(folder / "rows")
    rows = mapped(folder / "rows", "<u4")
    return rows, Numbers(folder / "records", RECORD)


def kept(records: Records) -> NDArray[np.bool_]:
    """Return which ``RECORD`` are of kept documents."""
    plain: NDArray[np.bool_] = (records["flags"] == 0) & (records["winner"] == NONE)
    return plain


def write_standings(folder: Path, changed: dict[int, Standing]) -> None:
    """Write the standings of ``changed`` rows into ``folder``."""
    rows = np.array(sorted(changed), np.uint32)
    records = _blank(len(rows))
    for place, row in enumerate(rows.tolist()):
        deleted, fails, winner, *evidence, _ = changed[row]
        records[place] = (NONE if winner < 0 else winner, deleted * DELETED + fails * FAILS, *evidence)
    (folder / "rows").write_bytes(rows.astype("<u4").tobytes())
    (folder / "records").write_bytes(records.tobytes())
    covered = records["winner"] != NONE
    write_run(folder / "losers", records["winner"][covered].astype(np.uint64), rows[covered])


def merge_standings(
    sources: Sequence[Path], target: Path, superfluous: Callable[[Rows, Records], NDArray[np.bool_]]
) -> int:
    """Merge parts, oldest first, into the folder ``target``; the newest record of a row counts.

    ``superfluous`` says which rows and records need not be written. Returns how many were. What leads to a row that no
    document covers any more is not written either.

    Raises:
        StoreError: one of the sources is damaged.
    """
    for folder in sources:
        check_part(folder)
    parts = [(mapped(folder / "rows", "<u4"), mapped(folder / "records", RECORD)) for folder in sources]
    behind = max((int(rows[-1]) + 1 for rows, _ in parts if len(rows)), default=0)
    written = 0
    with (target / "rows").open("wb") as rows_file, (target / "records").open("wb") as records_file:
        for start in range(0, behind, _MERGED_ROWS):
            rows, records = _newest(parts, start)
            stay = ~superfluous(rows, records)
            rows_file.write(rows[stay].astype("<u4").data)
            records_file.write(records[stay].tobytes())
            written += int(stay.sum())
    found = mapped(target / "rows", "<u4"), mapped(target / "records", RECORD)
    merge_runs([folder / "losers" for folder in sources], target / "losers", lambda rows: _uncovered(*found, rows))
    return written


def _uncovered(known: Rows, records: Records, rows: Rows) -> NDArray[np.bool_]:
    """Return which of ``rows`` have no record that names a winner."""
    if not len(known):
        return np.ones(len(rows), bool)
    places = np.minimum(np.searchsorted(known, rows), len(known) - 1)
    return np.asarray((known[places] != rows) | (records["winner"][places] == NONE))


def _newest(parts: Sequence[tuple[Rows, Records]], start: int) -> tuple[Rows, Records]:
    rows, records = [np.empty(0, np.uint32)], [_blank(0)]
    for known, found in reversed(parts):
        ends = np.array([start, min(start + _MERGED_ROWS, NONE)], np.uint32)
        first, behind = np.searchsorted(known, ends).tolist()
        rows.append(known[first:behind])
        records.append(found[first:behind])
    distinct, places = np.unique(np.concatenate(rows), return_index=True)
    return distinct, np.concatenate(records)[places]


def _blank(count: int) -> Records:
    records = np.zeros(count, RECORD)
    records["winner"] = NONE
    return records
