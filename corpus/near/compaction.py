"""Merging the parts of an index, so that a question meets few files however many nights there were.

A part's tier is the power of four of its documents. Four parts of a tier with none of a higher one between them
become one, without the deleted documents; of the highest tier already two do. So a part is copied once for every
fourfold growth of what it is in, and the largest when the index has grown by a quarter at least, three times at most
while it grows fourfold. That is logarithmic: of 10 million documents that came 1,000 a night each was copied 6.4
times, of 10 million more beside a first build of as many each new one caused 5.7 copies, and the first build none. A
copy costs some 5 microseconds. An index that more than doubled until it was committed becomes one part, and so does one
of whose documents more than a quarter are dead. Every byte of a part is held against its sums before it is merged.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.near import parts
from corpus.near.design import Design
from corpus.near.entries import Rows, merge_entries
from corpus.near.parts import Part, State
from corpus.near.runs import merge_runs
from corpus.near.standings import DELETED, Records, Standings, kept, merge_standings
from corpus.near.sums import check_part

FAN = 4  # parts of a tier that become one
HIGHEST = 2  # of the highest tier

Gone = Callable[[Rows], NDArray[np.bool_]]


def merged(folder: Path, design: Design, state: State) -> State:
    """Return ``state`` after all merges that are due; the parts they make stand in ``folder``."""
    while stretch := _due(state.standings):
        state = _with_standings(
            state, stretch, _merged_standings(folder, state.standings[stretch], _nothing_old(stretch))
        )
    while stretch := _due(state.runs):
        state = _with_runs(state, stretch, _merged_run(folder, design, state, stretch))
    return state


def compacted(folder: Path, design: Design, state: State) -> State:
    """Return ``state`` with a single run and a single part of standings, nothing of deleted documents in either."""
    if state.runs:
        state = _in_one(folder, design, state)
    if state.standings:
        stretch = slice(0, len(state.standings))
        state = _with_standings(state, stretch, _merged_standings(folder, state.standings, _not_needed))
    return state


def in_one_run(folder: Path, design: Design, state: State) -> State:
    """Return ``state`` with a single run, which is the one it has where there is no other."""
    return state if len(state.runs) < 2 else _in_one(folder, design, state)


def _in_one(folder: Path, design: Design, state: State) -> State:
    stretch = slice(0, len(state.runs))
    return _with_runs(state, stretch, _merged_run(folder, design, state, stretch))


def due(sizes: Sequence[int]) -> slice | None:
    """Return the first stretch of parts of these ``sizes`` (documents, oldest first) to merge, smallest tier first."""
    tiers = [(max(size, 1).bit_length() - 1) // 2 for size in sizes]
    for tier in sorted(set(tiers)):
        most = FAN if tier < max(tiers) else HIGHEST
        places: list[int] = []
        for place, other in enumerate(tiers):
            places = [] if other > tier else [*places, place] if other == tier else places
            if len(places) == most:
                return slice(places[0], places[-1] + 1)
    return None


def _due(found: Sequence[Part]) -> slice | None:
    return due([part.documents for part in found])


def _with_runs(state: State, stretch: slice, run: Part | None) -> State:
    between = () if run is None else (run,)
    return replace(state, runs=(*state.runs[: stretch.start], *between, *state.runs[stretch.stop :]))


def _with_standings(state: State, stretch: slice, part: Part | None) -> State:
    between = () if part is None else (part,)
    return replace(state, standings=(*state.standings[: stretch.start], *between, *state.standings[stretch.stop :]))


def _merged_run(folder: Path, design: Design, state: State, stretch: slice) -> Part | None:
    runs = state.runs[stretch]
    sources = [folder / run.name for run in runs]
    for source in sources:
        check_part(source)  # a merge would give damaged bytes sums of their own
    behind = state.runs[stretch.stop].first if stretch.stop < len(state.runs) else state.next_row
    gone = _deleted(Standings([folder / part.name for part in state.standings]), runs[0].first, behind)
    with parts.new_folder(folder) as target:
        documents = merge_entries(sources, target, gone)
        for name in ("id", *design.columns):
            merge_runs([source / name for source in sources], target / name, gone)
        if not documents:
            return None
        name, files = parts.seal(target, "run")
    return Part(name, runs[0].first, documents, max(run.last for run in runs), files)


def _deleted(standings: Standings, first: int, behind: int) -> Gone:
    """Look up once which of a range of rows are deleted, a bit a row."""
    pieces = [np.zeros(0, np.uint8)]
    for start in range(first, behind, 1 << 20):
        rows = np.arange(start, min(start + (1 << 20), behind), dtype=np.uint32)
        pieces.append(np.packbits(standings.deleted(rows), bitorder="little"))
    bits = np.concatenate(pieces)

    def gone(rows: Rows) -> NDArray[np.bool_]:
        places = rows - np.uint32(first)
        found: NDArray[np.bool_] = (bits[places >> np.uint32(3)] >> (places & np.uint32(7)).astype(np.uint8)) & 1 == 1
        return found

    return gone


def _merged_standings(
    folder: Path, found: Sequence[Part], superfluous: Callable[[Rows, Records], NDArray[np.bool_]]
) -> Part | None:
    with parts.new_folder(folder) as target:
        records = merge_standings([folder / part.name for part in found], target, superfluous)
        if not records:
            return None
        name, files = parts.seal(target, "standings")
    return Part(name, min(part.first for part in found), records, (), files)


def _nothing_old(stretch: slice) -> Callable[[Rows, Records], NDArray[np.bool_]]:
    """What need not be written: that a row is kept, where no older part says anything else."""
    if stretch.start == 0:
        return lambda _rows, records: kept(records)
    return lambda _rows, records: np.zeros(len(records), bool)


def _not_needed(_rows: Rows, records: Records) -> NDArray[np.bool_]:
    """Rows that are kept, and deleted ones, of which no file holds anything any more."""
    not_needed: NDArray[np.bool_] = kept(records) | ((records["flags"] & DELETED) > 0)
    return not_needed
