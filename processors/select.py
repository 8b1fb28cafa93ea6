"""The only place that drops: named rules over the columns that earlier steps wrote."""

from functools import reduce
from typing import ClassVar, Literal, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from corpus.params import Params

VERDICT = pa.schema([("id", pa.string()), ("reason", pa.string()), ("evidence", pa.string())])


class Rule(Params):
    """One condition a row must meet to stay; a row that does not is dropped for ``reason``.

    ``min`` and ``max`` are inclusive bounds; a null fails them. A null fails ``any_of`` and passes ``none_of``.
    """

    column: str = Field(description="the column to judge")
    reason: str = Field(description="what the ledger says about a row that fails", pattern=r"^[a-z0-9-]+$")
    min: float | None = Field(default=None, description="smallest value that stays")
    max: float | None = Field(default=None, description="largest value that stays")
    any_of: tuple[str, ...] = Field(default=(), description="the values that stay")
    none_of: tuple[str, ...] = Field(default=(), description="the values that are dropped")

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if self.min is None and self.max is None and not self.any_of and not self.none_of:
            raise ValueError(f"the rule {self.reason!r} needs one of min, max, any_of, none_of")
        return self

    def passes(self, values: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return one boolean a row: does it stay?"""
        tests = [pc.is_in(values, pa.array(self.any_of, values.type))] if self.any_of else []
        if self.none_of:
            tests.append(pc.invert(pc.is_in(values, pa.array(self.none_of, values.type))))
        if self.min is not None:
            tests.append(pc.fill_null(pc.greater_equal(values, self.min), False))  # noqa: FBT003 - the fill value
        if self.max is not None:
            tests.append(pc.fill_null(pc.less_equal(values, self.max), False))  # noqa: FBT003 - the fill value
        return reduce(pc.and_, tests)


class Selection(NamedTuple):
    """What ``Select`` decided: the rows that stay, and a ``VERDICT`` table of the others."""

    kept: pa.Table
    dropped: pa.Table


class Select(Params):
    """Drop every row that fails a rule; the first failed rule is its reason."""

    kind: Literal["select"] = "select"
    version: ClassVar[int] = 1
    rules: tuple[Rule, ...] = Field(min_length=1, description="judged in this order")

    def __call__(self, table: pa.Table) -> Selection:
        """Return the rows of ``table`` that stay, in order, and the verdicts on the rest.

        Raises:
            KeyError: a rule names a column that no earlier step wrote.
        """
        stays = [pc.fill_null(rule.passes(table[rule.column]), False) for rule in self.rules]  # noqa: FBT003
        kept = reduce(pc.and_, stays)
        return Selection(table.filter(kept), self._verdicts(table.filter(pc.invert(kept))))

    def _verdicts(self, dropped: pa.Table) -> pa.Table:
        reasons = pa.nulls(dropped.num_rows, pa.string())
        evidence = pa.nulls(dropped.num_rows, pa.string())
        for rule in self.rules:
            fails = pc.and_(pc.is_null(reasons), pc.invert(rule.passes(dropped[rule.column]).combine_chunks()))
            reasons = pc.if_else(fails, rule.reason, reasons)
            evidence = pc.if_else(fails, _sentences(rule, dropped), evidence)
        return pa.table([dropped["id"].cast(pa.string()), reasons, evidence], schema=VERDICT)


def _sentences(rule: Rule, table: pa.Table) -> pa.Array:
    bounds = [f"at least {rule.min:g}"] if rule.min is not None else []
    bounds += [f"at most {rule.max:g}"] if rule.max is not None else []
    bounds += [f"one of {', '.join(rule.any_of)}"] if rule.any_of else []
    bounds += [f"none of {', '.join(rule.none_of)}"] if rule.none_of else []
    wanted = " and ".join(bounds)
    winners = table["duplicate_of"].to_pylist() if rule.column == "duplicate_rule" else [None] * table.num_rows
    values = table[rule.column].to_pylist()
    return pa.array([_sentence(rule, value, wanted, winner) for value, winner in zip(values, winners, strict=True)])


def _sentence(rule: Rule, value: object, wanted: str, winner: str | None) -> str:
    if winner is not None:
        return f"{value} duplicate of {winner}"
    shown = f"{value:.3f}" if isinstance(value, float) else str(value)
    return f"{rule.column} is {shown}; a row that stays has {wanted}"
