"""The chain: steps in the recipe's order, with duplicates judged among rows that pass everything else.

A document may only lose to one that is kept. So a winner that a later rule drops must release its losers: the
part of the chain after ``near`` is run on the winners, the index is told which of them it drops and judges what that
changes, until nothing changes. Dear steps see only rows that won at some point, each once.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corpus.near.index import Index
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


class Cut(NamedTuple):
    """A recipe's steps around ``near``, which judges documents against each other."""

    before: list[Step]
    near: Near | None
    after: list[Step]


def cut_at_near(steps: Sequence[Step]) -> Cut:
    """Return ``steps`` cut at ``near``; without one they all stand before it."""
    for place, step in enumerate(steps):
        if isinstance(step, Near):
            return Cut(list(steps[:place]), step, list(steps[place + 1 :]))
    return Cut(list(steps), None, [])


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


def judge(near: Near, after: Sequence[Step], table: pa.Table, index: Index) -> Curated:
    """Run ``near`` and the steps ``after`` it over all rows that passed those before it.

    ``index`` is brought up to date with ``table`` and told what the dear steps drop; it is not committed.
    """
    duplicate_rules = [step for step in after if isinstance(step, Select) and _judges_duplicates(step)]
    dear = [step for step in after if step not in duplicate_rules]
    near.bring_up_to_date(index, table)
    done = _Done(run_steps(dear, near.judged(index, table.slice(0, 0))))
    while True:
        duplicates = run_steps(duplicate_rules, near.judged(index, table))
        done = done.also(dear, duplicates.kept)
        winners = done.among(duplicates.kept)
        if not _tell(index, winners):
            break
    losers = duplicates.scored.filter(_not_in(duplicates.scored, winners.scored))
    dropped = _stacked([duplicates.dropped, winners.dropped])
    return Curated(near.judged(index, winners.kept), dropped, _merge([losers, winners.scored]))


def _tell(index: Index, winners: Curated) -> bool:
    """Tell ``index`` which of the ``winners`` the dear steps drop; return whether that was news to it."""
    known = index.standings(winners.scored["id"].to_pylist())
    fails, failed = _in(known, winners.dropped), known["fails"]
    news = [known["id"].filter(pc.and_not(*pair)).to_pylist() for pair in ((fails, failed), (failed, fails))]
    index.mark(*news)
    return any(news)


class _Done(NamedTuple):
    """The dear steps' outcome on every row that ever won, so that each is computed once."""

    outcome: Curated

    def also(self, steps: list[Step], winners: pa.Table) -> "_Done":
        new = run_steps(steps, winners.filter(_not_in(winners, self.outcome.scored)))
        merged = [_merge([old, more]) for old, more in zip(self.outcome, new, strict=True)]
        return _Done(Curated(*merged))

    def among(self, winners: pa.Table) -> Curated:
        return Curated(*(table.filter(_in(table, winners)) for table in self.outcome))


def _judges_duplicates(step: Select) -> bool:
    return all(rule.column.startswith("duplicate_") for rule in step.rules)


def _in(table: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(table["id"], other["id"].combine_chunks())


def _not_in(table: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    return pc.invert(_in(table, other))


def _merge(tables: Sequence[pa.Table]) -> pa.Table:
    return _stacked(tables).sort_by("id")


def _stacked(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="default")  # a column that some tables lack is null there
