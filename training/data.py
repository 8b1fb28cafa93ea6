"""Rows of a published version as a trainer wants them: token ids and labels, nothing tokenised again."""

import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Dataset  # type: ignore[attr-defined]  # mypy takes the folder of that name

from corpus.errors import RecipeError, StoreError
from corpus.manifest import Manifest, Shard
from training.plan import shards_of
from training.presets import Preset

IGNORED = -100  # the label that PyTorch's cross entropy leaves out by default
READ = ["input_ids", "assistant_mask", "tokenizer", "tokenizer_sha256", "template_sha256"]


class Rows(NamedTuple):
    """Both splits with the columns ``input_ids`` and ``labels``, and what became of the published rows.

    ``truncated`` rows were longer than the preset allows; ``dropped`` ones had no label left. ``templates`` are the
    hashes of the renderings among the rows.
    """

    train: Dataset
    validation: Dataset
    truncated: int
    dropped: int
    templates: tuple[str, ...]


class _Part(NamedTuple):
    table: pa.Table
    truncated: int
    dropped: int
    templates: frozenset[str]


def load(published: Path, manifest: Manifest, version: str, preset: Preset, tokenizer_sha256: str) -> Rows:
    """Return the rows of ``version`` (the manifest's own when empty) below the folder ``published``.

    A label is its token id where ``assistant_mask`` is 1, else ``IGNORED``. Rows are cut at ``preset.max_length``
    tokens; those without a label after that are left out. Both are counted.

    Raises:
        RecipeError: there is no such version, its rows have another vocabulary, or no row to train on is left.
        StoreError: a file cannot be read.
    """
    shards = sorted(shards_of(manifest, version), key=lambda shard: shard.path)
    parts = {shard.path: _part(published, shard, preset.max_length, tokenizer_sha256) for shard in shards}
    of_split = {
        split: _dataset([parts[shard.path].table for shard in shards if shard.split == split])
        for split in ("train", "validation")
    }
    if not len(of_split["train"]):
        raise RecipeError(
            f"{manifest.dataset} {version or manifest.version} has no row to train on whose first "
            f"{preset.max_length} tokens hold one of the assistant's; publish more rows or raise max_length"
        )
    return Rows(
        of_split["train"],
        of_split["validation"],
        sum(part.truncated for part in parts.values()),
        sum(part.dropped for part in parts.values()),
        tuple(sorted(frozenset().union(*(part.templates for part in parts.values())))),
    )


def _part(published: Path, shard: Shard, max_length: int, tokenizer_sha256: str) -> _Part:
    path = published / shard.path
    try:
        content = path.read_bytes()
        table = pq.read_table(io.BytesIO(content), columns=READ).combine_chunks()
    except (pa.ArrowInvalid, OSError) as error:
        raise StoreError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    if hashlib.sha256(content).hexdigest() != shard.sha256:
        raise StoreError(f"{path} is not the file that its manifest names; restore it or refresh the dataset again")
    _refuse_other_vocabulary(table, path, tokenizer_sha256)
    ids, mask = (_cut(table[name], max_length) for name in ("input_ids", "assistant_mask"))
    labels = pc.if_else(pc.equal(mask.values, 1), ids.values, pa.scalar(IGNORED, pa.int32()))
    rows = pa.table({"input_ids": ids, "labels": pa.LargeListArray.from_arrays(ids.offsets, labels)})
    kept = rows.filter(_any_of(mask))
    truncated = pc.sum(pc.greater(pc.list_value_length(table["input_ids"]), max_length)).as_py() or 0
    return _Part(kept, truncated, len(ids) - kept.num_rows, frozenset(table["template_sha256"].unique().to_pylist()))


def _refuse_other_vocabulary(table: pa.Table, path: Path, tokenizer_sha256: str) -> None:
    others = table.filter(pc.not_equal(table["tokenizer_sha256"], tokenizer_sha256))
    if others.num_rows:
        raise RecipeError(
            f"{path.name} holds {others.num_rows} rows of the vocabulary {others['tokenizer'][0]} "
            f"({others['tokenizer_sha256'][0].as_py()[:12]}) and the model reads {tokenizer_sha256[:12]}; "
            "publish with the model's vocabulary (`gristmill models fetch o200k_base.tiktoken`) or take the preset tiny"
        )


def _cut(column: pa.ChunkedArray, max_length: int) -> pa.LargeListArray:
    """Return the first ``max_length`` items of every list, with offsets that start at 0."""
    sliced = pc.list_slice(column.combine_chunks(), 0, max_length, return_fixed_size_list=False)
    lengths = np.asarray(pc.list_value_length(sliced), dtype=np.int64)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int64())
    return pa.LargeListArray.from_arrays(offsets, pc.list_flatten(sliced))


def _any_of(mask: pa.LargeListArray) -> pa.BooleanArray:
    """Return for every list whether it holds a 1."""
    offsets = np.asarray(mask.offsets)
    ones = np.concatenate([[0], np.cumsum(np.asarray(mask.values) == 1)])
    return pa.array(ones[offsets[1:]] > ones[offsets[:-1]])


def _dataset(tables: list[pa.Table]) -> Dataset:
    columns = pa.schema([(name, pa.large_list(pa.int32())) for name in ("input_ids", "labels")])
    return Dataset(pa.concat_tables([columns.empty_table(), *tables]))
