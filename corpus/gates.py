"""What a night must meet before it is published; a refused night changes nothing and the last version stands."""

from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from corpus.errors import GateRefused
from corpus.manifest import Manifest
from corpus.params import Params


class Gates(Params):
    """The thresholds of the gates."""

    version: ClassVar[int] = 1
    min_rows: int = Field(default=1, ge=1, description="fewest rows a version may hold")
    may_vanish: tuple[str, ...] = Field(default=(), description="sources that may have no row where they had some")
    new_pseudonyms: bool = Field(default=False, description="authors may be shown in another way or under a new secret")
    max_fall: float = Field(default=0.5, ge=0, le=1, description="largest share of the last version's rows to lose")


def check(previous: Manifest | None, rows: pa.Table, gates: Gates) -> None:
    """Refuse to publish ``rows`` (``ROW`` columns) after ``previous`` when they cannot be what was meant.

    Raises:
        GateRefused: one sentence that names the first gate that is not met.
    """
    _enough_rows(rows, gates)
    _one_value(rows, "tokenizer_sha256", "tokenizer")
    _one_value(rows, "template_sha256", "chat template")
    _something_to_learn(rows)
    if previous is not None:
        _no_source_vanished(previous, rows, gates)
        _no_fall(previous, rows, gates)


def check_authors(previous: Manifest | None, authors: str, gates: Gates) -> None:
    """Refuse a night that shows ``authors`` in another way, or under another secret, than ``previous``.

    Raises:
        GateRefused: every author would silently become another one.
    """
    if previous and previous.authors and previous.authors != authors and not gates.new_pseudonyms:
        raise GateRefused(
            f"authors would be shown in another way, or under another secret, than in {previous.version}: restore the "
            "secret that [authors] names; if it is meant, set publish.gates.new_pseudonyms of the recipe for one night"
        )


def _enough_rows(rows: pa.Table, gates: Gates) -> None:
    if rows.num_rows < gates.min_rows:
        kept = "no row" if rows.num_rows == 0 else f"only {rows.num_rows:,} rows"
        raise GateRefused(f"{kept} would be kept and the gate min_rows wants {gates.min_rows:,}")


def _one_value(rows: pa.Table, column: str, thing: str) -> None:
    values = sorted(value[:12] for value in rows[column].unique().to_pylist())
    if len(values) > 1:
        raise GateRefused(
            f"the rows mix {len(values)} versions of the {thing} ({column} {', '.join(values)}); "
            "render every row with one of them"
        )


def _something_to_learn(rows: pa.Table) -> None:
    for batch in rows.select(["id", "input_ids", "assistant_mask"]).to_batches():
        masks = batch.column("assistant_mask")
        uneven = pc.not_equal(pc.list_value_length(masks), pc.list_value_length(batch.column("input_ids")))
        if pc.any(uneven).as_py():
            raise GateRefused(f"the row {_first(batch, uneven)} has a mask of another length than its tokens")
        empty = pa.array(~_has_one(masks))
        if pc.any(empty).as_py():
            raise GateRefused(
                f"the row {_first(batch, empty)} has no unmasked token, so training on it would learn nothing; "
                "check the chat step"
            )


def _has_one(masks: pa.Array) -> np.ndarray:
    learnt = pc.equal(pc.list_flatten(masks), 1)
    found = np.zeros(len(masks), dtype=bool)
    found[pc.list_parent_indices(masks).filter(learnt).to_numpy()] = True
    return found


def _first(batch: pa.RecordBatch, where: pa.Array) -> str:
    return str(batch.column("id").filter(where)[0].as_py())


def _no_source_vanished(previous: Manifest, rows: pa.Table, gates: Gates) -> None:
    accounted = {*rows["source"].unique().to_pylist(), *gates.may_vanish}
    gone = sorted(name for name, kept in previous.sources.items() if kept and name not in accounted)
    if gone:
        raise GateRefused(
            f"the source {gone[0]} had {previous.sources[gone[0]]:,} rows in {previous.version} and would have none; "
            "if that is meant, name it in publish.gates.may_vanish of the recipe"
        )


def _no_fall(previous: Manifest, rows: pa.Table, gates: Gates) -> None:
    before = sum(shard.rows for shard in previous.shards)
    if rows.num_rows < before * (1 - gates.max_fall):
        raise GateRefused(
            f"{rows.num_rows:,} rows would be kept where {previous.version} has {before:,}, a fall of more than "
            f"{gates.max_fall:.0%}; if that is meant, raise publish.gates.max_fall in the recipe"
        )
