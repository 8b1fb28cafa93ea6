"""The chain: steps in the recipe's order, with duplicates judged among rows that pass everything else.

A document may only lose to one that is kept. So a winner that a later rule drops must release its losers: the
part of the chain after ``near`` is run on the winners, rows it drops are taken out of the competition, and
``near`` judges again, until nothing changes. Dear steps see only the winners, each once.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from processors.near import Near
from processors.select import VERDICT, Select, Selection
from processors.step import Processor

Step = Processor | Select


class Curated(NamedTuple):
    """What a chain made: the rows that stay, a verdict for each other row, and every score of every row.

    ``kept`` holds all columns. ``dropped`` is a ``VERDICT`` table. ``scored`` has one row for each input row, sorted
    by id, with every column that at least one step wrote for it (null where the row left before).
    """

    kept: pa.Table
    dropped: pa.Table
    scored: pa.Table


def split_at_near(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """Return the steps before ``near`` and those from it on (none when the recipe has no ``near``)."""
    places = [place for place, step in enumerate(steps) if isinstance(step, Near)]
    cut = places[0] if places else len(steps)
    return list(steps[:cut]), list(steps[cut:])


def run_steps(steps: Sequence[Step], table: pa.Table) -> Curated:
    """Run row-wise ``steps`` over ``table``; used for each batch before ``near`` and for the winners after it."""
    dropped, scored = [VERDICT.empty_table()], []
    for step in steps:
        outcome = step(table)
        if isinstance(outcome, Selection):
            scored.append(table.filter(_in(table, outcome.dropped)))
            dropped.append(outcome.dropped)
            table = outcome.kept
        else:
            table = outcome
    return Curated(table, _stacked(dropped), _merge([*scored, table]))


def judge(from_near: Sequence[Step], table: pa.Table) -> Curated:
    """Run ``near`` and what follows it over all rows that passed the steps before it."""
    if not from_near:
        return run_steps([], table)
    near, later = from_near[0], list(from_near[1:])
    duplicate_rules = [step for step in later if isinstance(step, Select) and _judges_duplicates(step)]
    dear = [step for step in later if step not in duplicate_rules]
    excluded, done = VERDICT.empty_table(), _Done(run_steps(dear, _with_duplicates(near, table.slice(0, 0))))
    while True:
        rivals = table.filter(_not_in(table, excluded))
        duplicates = run_steps([near, *duplicate_rules], rivals)
        done = done.also(dear, duplicates.kept)
        fresh = done.dropped_among(duplicates.kept, excluded)
        if not fresh.num_rows:
            break
        excluded = _stacked([excluded, fresh])
    judged_dear = _stacked([duplicates.kept.select(["id"]), excluded.select(["id"])])
    cheap = duplicates.scored.filter(_not_in(duplicates.scored, judged_dear))
    scored = _merge([cheap, done.scored.filter(_in(done.scored, judged_dear))])
    kept = done.outcome.kept.filter(_in(done.outcome.kept, duplicates.kept))
    return Curated(kept, _stacked([duplicates.dropped, excluded]), scored)


class _Done(NamedTuple):
    """The dear steps' outcome on every row that ever won, so that each is computed once."""

    outcome: Curated

    @property
    def scored(self) -> pa.Table:
        return self.outcome.scored

    def also(self, steps: list[Step], winners: pa.Table) -> "_Done":
        new = run_steps(steps, winners.filter(_not_in(winners, self.scored)))
        merged = [_merge([old, more]) for old, more in zip(self.outcome, new, strict=True)]
        return _Done(Curated(*merged))

    def dropped_among(self, winners: pa.Table, excluded: pa.Table) -> pa.Table:
        mine = self.outcome.dropped
        mine = mine.filter(_in(mine, winners))
        return mine.filter(_not_in(mine, excluded))


def _judges_duplicates(step: Select) -> bool:
    return all(rule.column.startswith("duplicate_") for rule in step.rules)


def _with_duplicates(near: Callable[[pa.Table], pa.Table | Selection], empty: pa.Table) -> pa.Table:
    outcome = near(empty)
    return outcome.kept if isinstance(outcome, Selection) else outcome


def _in(table: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(table["id"], other["id"].combine_chunks())


def _not_in(table: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    return pc.invert(_in(table, other))


def _merge(tables: Sequence[pa.Table]) -> pa.Table:
    return _stacked(tables).sort_by("id")


def _stacked(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="default")  # a column that some tables lack is null there
