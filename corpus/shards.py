"""Published rows as immutable files: where a row stands is a function of the row alone, and a file of its content.

A file therefore stays the same file, shared by versions, until a row in it changes.
"""

import hashlib
from collections.abc import Iterator
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from corpus.errors import StoreError
from corpus.manifest import Manifest, Shard
from corpus.schema import ROW
from corpus.store import Store, parquet_bytes

Split = Literal["train", "validation"]
FOLDER = "published"
SPLITS: tuple[Split, ...] = ("train", "validation")


def split_of(document: str, validation_percent: int) -> Split:
    """Return the split of the id ``document``; a larger percentage only adds ids to the validation split."""
    drawn = int.from_bytes(hashlib.sha256(document.encode()).digest()[:8], "big")
    return "validation" if drawn * 100 < validation_percent << 64 else "train"


def write(store: Store, rows: pa.Table, *, validation_percent: int) -> list[Shard]:
    """Write ``rows`` (``ROW`` columns, any order) as one file per split and ``first_seen`` night; return them by path.

    A file ``data/<split>-<night>-<first 16 digits of its SHA-256>.parquet`` below ``published/`` holds its rows by id.
    One that stands there whole is not written again; one that is damaged is.

    Raises:
        StoreError: two rows have the same id, or storage refused.
    """
    ordered = _ordered(rows)
    splits = [split_of(document, validation_percent) for document in ordered["id"].to_pylist()]
    shards = [_write_one(store, split, night, part) for split, night, part in _partitions(ordered, splits)]
    return sorted(shards, key=lambda shard: shard.path)


def kept_versions(
    previous: Manifest | None, new_version: str, new_shards: list[Shard], keep: int
) -> dict[str, list[Shard]]:
    """Return the files of the newest ``keep`` versions by name, oldest first; the new one is always among them."""
    versions = (previous.versions if previous else {}) | {new_version: new_shards}
    older = sorted(versions.keys() - {new_version})
    kept = {*older[max(0, len(older) - keep + 1) :], new_version}
    return {version: versions[version] for version in sorted(kept)}


def prune(store: Store, manifest: Manifest) -> list[str]:
    """Delete the data files that no version of ``manifest`` names; return their paths in the store."""
    named = {f"{FOLDER}/{shard.path}" for shards in (manifest.shards, *manifest.versions.values()) for shard in shards}
    unnamed = [path for path in store.paths(f"{FOLDER}/data") if path not in named]
    for path in unnamed:
        store.delete(path)
    return unnamed


def _ordered(rows: pa.Table) -> pa.Table:
    ordered = rows.select(ROW.names).cast(ROW).sort_by("id")
    ids = ordered["id"].combine_chunks()
    twice = ids.slice(1).filter(pc.equal(ids.slice(1), ids.slice(0, max(0, len(ids) - 1))))
    if len(twice):
        raise StoreError(f"the id {twice[0]} stands in two rows; a document is published once")
    return ordered


def _partitions(ordered: pa.Table, splits: list[Split]) -> Iterator[tuple[Split, str, pa.Table]]:
    for split in SPLITS:
        of_split = ordered.filter(pa.array([found == split for found in splits], pa.bool_()))
        for night in sorted(of_split["first_seen"].unique().to_pylist()):
            yield split, night, of_split.filter(pc.equal(of_split["first_seen"], night))


def _write_one(store: Store, split: Split, night: str, rows: pa.Table) -> Shard:
    content = parquet_bytes(rows.combine_chunks())  # the writer's pages follow chunks, the bytes must not
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"data/{split}-{night}-{sha256[:16]}.parquet"
    if not _stands_whole(store, f"{FOLDER}/{path}", sha256):
        store.put(f"{FOLDER}/{path}", content)
    return Shard(path=path, split=split, rows=rows.num_rows, size_bytes=len(content), sha256=sha256)


def _stands_whole(store: Store, path: str, sha256: str) -> bool:
    return store.exists(path) and hashlib.sha256(store.get(path)).hexdigest() == sha256
