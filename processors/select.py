"""The only place that drops: named rules over the columns that earlier steps wrote."""

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

_EVIDENCE = ["duplicate_of", "duplicate_jaccard", "duplicate_containment"]
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
    if rule.column != "duplicate_rule":
        return pa.array([_sentence(rule, value, wanted) for value in values], pa.string())
    rows = zip(values, table.select(_EVIDENCE).to_pylist(), strict=True)
    return pa.array(
        [_lost(value, row) if value else _sentence(rule, value, wanted) for value, row in rows], pa.string()
    )


def _lost(rule: str, row: dict[str, Any]) -> str:
    """Return to whom a duplicate lost, and what both share."""
    winner, jaccard, containment = (row[name] for name in _EVIDENCE)
    shared = "" if rule == "exact" else f": Jaccard {jaccard:.3f}, {containment:.1%} of it stands there"
    return f"{rule} duplicate of {winner}{shared}"


def _sentence(rule: Rule, value: object, wanted: str) -> str:
    shown = f"is {value:.3f}" if isinstance(value, float) else f"is {value}"
    return f"{rule.column} {'has no value' if value is None else shown}; a row that stays has {wanted}"
