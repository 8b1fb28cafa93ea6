"""The only place that drops: named rules over the columns that earlier steps wrote."""

import math
from collections.abc import Callable
from functools import reduce
from itertools import chain
from typing import Any, ClassVar, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, ValidationInfo, field_validator

from corpus.params import Params
from corpus.schema import Kind
from processors.rule import Rule
from processors.rule_sets import RULE_SETS, RuleSet

__all__ = ["VERDICT", "Rule", "Select", "Selection"]

_SHOWN_ITEMS = 5  # of evaluation sets that one document holds
VERDICT = pa.schema([("id", pa.string()), ("reason", pa.string()), ("evidence", pa.string())])


class Selection(NamedTuple):
    """What ``Select`` decided: the rows that stay, and a ``VERDICT`` table of the others."""

    kept: pa.Table
    dropped: pa.Table


class Select(Params):
    """Drop every row that fails a rule; the first failed rule is its reason.

    ``rules`` begins with those of ``sets``: one given with the reason of such a rule stands in its place, all others
    follow behind the sets. With ``kinds``, rules that name none of their own judge rows of these kinds alone.
    """

    kind: Literal["select"] = "select"
    version: ClassVar[int] = 1
    sets: tuple[RuleSet, ...] = Field(default=(), description="named rules with the numbers of their papers")
    kinds: tuple[Kind, ...] = Field(default=(), description="the kinds of documents it judges; none given: all")
    rules: tuple[Rule, ...] = Field(default=(), validate_default=True, description="judged in this order")

    @field_validator("sets")
    @classmethod
    def _each_set_once(cls, sets: tuple[RuleSet, ...]) -> tuple[RuleSet, ...]:
        twice = [name for name in sets if sets.count(name) > 1]
        if twice:
            raise ValueError(f"the set {twice[0]!r} is named twice; name it once")
        return sets

    @field_validator("rules")
    @classmethod
    def _resolved(cls, given: tuple[Rule, ...], options: ValidationInfo) -> tuple[Rule, ...]:
        if not {"sets", "kinds"} <= options.data.keys():
            return given  # what is wrong with them is told already
        named = [rule for name in options.data["sets"] for rule in RULE_SETS[name]]
        if not (given or named):
            raise ValueError("there is nothing to judge by; give rules, or name sets of them")
        places = [[own for own in given if own.reason == rule.reason] or [rule] for rule in named]
        reasons = {rule.reason for rule in named}
        rules = [*chain(*places), *(own for own in given if own.reason not in reasons)]
        kinds = options.data["kinds"]
        return tuple(rule if rule.kinds else rule.model_copy(update={"kinds": kinds}) for rule in rules)

    def __call__(self, table: pa.Table) -> Selection:
        """Return the rows of ``table`` that stay, in order, and the verdicts on the rest.

        Raises:
            KeyError: a rule names a column that no earlier step wrote.
        """
        stays = [pc.fill_null(rule.passes(table), False) for rule in self.rules]  # noqa: FBT003
        kept = reduce(pc.and_, stays)
        return Selection(table.filter(kept), self._verdicts(table.filter(pc.invert(kept))))

    def _verdicts(self, dropped: pa.Table) -> pa.Table:
        reasons = pa.nulls(dropped.num_rows, pa.string())
        evidence = pa.nulls(dropped.num_rows, pa.string())
        for rule in self.rules:
            fails = pc.and_(pc.is_null(reasons), pc.invert(rule.passes(dropped).combine_chunks()))
            reasons = pc.if_else(fails, rule.reason, reasons)
            evidence = pc.if_else(fails, _sentences(rule, dropped), evidence)
        return pa.table([dropped["id"].cast(pa.string()), reasons, evidence], schema=VERDICT)


def _sentences(rule: Rule, table: pa.Table) -> pa.Array:
    bounds = [f"at least {rule.min:g}"] if rule.min is not None else []
    bounds += [f"at most {rule.max:g}"] if rule.max is not None else []
    bounds += [f"one of {', '.join(rule.any_of)}"] if rule.any_of else []
    bounds += [f"none of {', '.join(rule.none_of)}"] if rule.none_of else []
    wanted = " and ".join(bounds)
    values = table[rule.column].to_pylist()
    plain = [_sentence(rule, value, wanted) for value in values]
    if rule.column not in _TOLD:
        return pa.array(plain, pa.string())
    tell, columns = _TOLD[rule.column]
    rows = zip(plain, values, table.select(columns).to_pylist(), strict=True)
    return pa.array([tell(*row.values()) if value else sentence for sentence, value, row in rows], pa.string())


def _lost(rule: str, winner: str, jaccard: float, containment: float) -> str:
    """Return to whom a duplicate lost, and what both share."""
    shared = "" if rule == "exact" else f": Jaccard {_down(jaccard)}, {_down(containment)} of it stands there"
    return f"{rule} duplicate of {winner}{shared}"


def _down(share: float) -> str:
    return f"{math.floor(share * 1000) / 1000:.3f}"  # what is less than 1 must not read as 1


def _overlap(hits: list[dict[str, Any]]) -> str:
    """Return which items of evaluation sets stand in a document, and how much of each; the best, if there are many."""
    best = sorted(hits, key=lambda hit: -hit["share"])[:_SHOWN_ITEMS]
    told = [f"{hit['share']:.1%} of {hit['set']:.80} item {hit['item']:.80}" for hit in best]
    more = [f"and {len(hits) - len(best):,} more"] if len(hits) > len(best) else []
    return "holds " + ", ".join(told + more)


# What a column alone does not say: the columns that do, and how they read.
_TOLD: dict[str, tuple[Callable[..., str], list[str]]] = {
    "duplicate_rule": (_lost, ["duplicate_rule", "duplicate_of", "duplicate_jaccard", "duplicate_containment"]),
    "contamination": (_overlap, ["contamination_hits"]),
}


def _sentence(rule: Rule, value: object, wanted: str) -> str:
    shown = f"is {value:.3f}" if isinstance(value, float) else f"is {value}"
    return f"{rule.column} {'has no value' if value is None else shown}; a row that stays has {wanted}"
