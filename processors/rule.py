"""One condition on one column, the unit of every decision to drop."""

from functools import reduce
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from corpus.errors import RecipeError
from corpus.params import Params
from corpus.schema import Kind


class Rule(Params):
    """One condition a row must meet to stay; a row that does not is dropped for ``reason``.

    ``min`` and ``max`` are inclusive bounds; a null fails them. A null fails ``any_of`` and passes ``none_of``. With
    ``kinds``, rows of other kinds are not judged and stay.
    """

    column: str = Field(description="the column to judge")
    reason: str = Field(description="what the ledger says about a row that fails", pattern=r"^[a-z0-9-]+$")
    min: float | None = Field(default=None, description="smallest value that stays")
    max: float | None = Field(default=None, description="largest value that stays")
    any_of: tuple[str, ...] = Field(default=(), description="the values that stay")
    none_of: tuple[str, ...] = Field(default=(), description="the values that are dropped")
    kinds: tuple[Kind, ...] = Field(default=(), description="the kinds of documents it judges; none given: all")

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if self.min is None and self.max is None and not self.any_of and not self.none_of:
            raise ValueError(f"the rule {self.reason!r} needs one of min, max, any_of, none_of")
        return self

    def passes(self, table: pa.Table) -> pa.ChunkedArray:
        """Return one boolean a row: does it stay?

        Raises:
            KeyError: ``table`` lacks the column, or ``kind`` where the rule is for some kinds.
            RecipeError: the column holds what the rule cannot judge, as texts by ``min``.
        """
        values = table[self.column]
        try:
            stays = reduce(pc.and_, self._tests(values))
        except pa.ArrowException as error:
            raise RecipeError(
                f"the rule {self.reason!r} cannot judge the column {self.column!r}, which holds {values.type}; "
                "min and max are for numbers, any_of and none_of for texts"
            ) from error
        return pc.or_(stays, pc.invert(self._judged(table["kind"]))) if self.kinds else stays

    def _tests(self, values: pa.ChunkedArray) -> list[pa.ChunkedArray]:
        tests = [pc.is_in(values, pa.array(self.any_of, values.type))] if self.any_of else []
        if self.none_of:
            tests.append(pc.invert(pc.is_in(values, pa.array(self.none_of, values.type))))
        if self.min is not None:
            tests.append(pc.fill_null(pc.greater_equal(values, self.min), False))  # noqa: FBT003 - the fill value
        if self.max is not None:
            tests.append(pc.fill_null(pc.less_equal(values, self.max), False))  # noqa: FBT003 - the fill value
        return tests

    def _judged(self, kinds: pa.ChunkedArray) -> pa.ChunkedArray:
        return pc.is_in(kinds, pa.array(self.kinds, kinds.type))
