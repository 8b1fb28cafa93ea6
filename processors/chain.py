"""The chain: steps in the recipe's order, with duplicates judged among rows that pass everything else.

A document may only lose to one that is kept. So a winner that a later rule drops must release its losers: the
part of the chain after ``near`` is run on the winners, the index is told which of them it drops and judges what that
changes, until nothing changes. Dear steps see only rows that won at some point, each once.
"""

from collections.abc import Callable, Sequence
from functools import partial
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

    ``index`` is brought up to date with ``table`` and told what the dear steps drop; it is not committed. After the
    first round each looks only at the rows whose fate the last one changed.
    """
    duplicate_rules = [step for step in after if isinstance(step, Select) and _judges_duplicates(step)]
    dear = [step for step in after if step not in duplicate_rules]
    near.bring_up_to_date(index, table)
    rounds, doubtful = [run_steps(dear, near.judged(index, table.slice(0, 0)))], table
    done: set[str] = set()
    while doubtful.num_rows:
        winners = run_steps(duplicate_rules, near.judged(index, doubtful)).kept
        rounds.append(run_steps(dear, winners.filter(_are_new(winners, done))))
        done.update(rounds[-1].scored["id"].to_pylist())
        doubtful = table.filter(pc.is_in(table["id"], pa.array(_tell(index, rounds[-1]), pa.string())))
    outcome = Curated(*(_merge(list(tables)) for tables in zip(*rounds, strict=True)))
    return _together(outcome, run_steps(duplicate_rules, near.judged(index, table)), partial(near.judged, index))


def _tell(index: Index, judged: Curated) -> list[str]:
    """Tell ``index`` which of the rows just judged the dear steps drop; return the ids whose fate that changed."""
    known = index.standings(judged.scored["id"].to_pylist())
    fails, failed = _in(known, judged.dropped), known["fails"]
    news = [known["id"].filter(pc.and_not(*pair)).to_pylist() for pair in ((fails, failed), (failed, fails))]
    return index.mark(*news)


def _together(dear: Curated, duplicates: Curated, judged: Callable[[pa.Table], pa.Table]) -> Curated:
    """Return the outcome for all rows: of the dear steps for those that won, of ``duplicates`` for the losers."""
    winners = Curated(*(table.filter(_in(table, duplicates.kept)) for table in dear))
    losers = duplicates.scored.filter(_not_in(duplicates.scored, winners.scored))
    dropped = _stacked([duplicates.dropped, winners.dropped])
    return Curated(judged(winners.kept), dropped, _merge([losers, judged(winners.scored)]))


def _judges_duplicates(step: Select) -> bool:
    return all(rule.column.startswith("duplicate_") for rule in step.rules)


def _are_new(table: pa.Table, done: set[str]) -> pa.Array:
    return pa.array([document not in done for document in table["id"].to_pylist()], pa.bool_())


def _in(table: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(table["id"], other["id"].combine_chunks())


def _not_in(table: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    return pc.invert(_in(table, other))


def _merge(tables: Sequence[pa.Table]) -> pa.Table:
    return _stacked(tables).sort_by("id")


def _stacked(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="default")  # a column that some tables lack is null there
