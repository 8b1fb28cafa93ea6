"""Published rows and their manifest, small and sound, for the tests of this folder."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from corpus.manifest import FunnelRow, Manifest, Shard
from corpus.schema import ROW

FETCHED = datetime(2026, 11, 20, 3, tzinfo=UTC)
SOUND = {
    "messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Since yeast ferments."}],
    "input_ids": [200006, 1428, 200002],
    "assistant_mask": [0, 1, 1],
    "n_tokens": 3,
    "tokenizer": "o200k_harmony",
    "tokenizer_sha256": "t" * 64,
    "template_sha256": "m" * 64,
    "source": "web",
    "kind": "article",
    "fetched_at": FETCHED,
    "licence": "CC-BY-4.0",
    "consent": "unknown",
    "consent_evidence": [{"source": "robots.txt", "value": "allow", "path": "/", "fetched_at": FETCHED}],
    "language": "en",
    "first_seen": "2026-11-20",
    "revision_seen": "2026-11-20",
}


def _rows_of(count: int, **columns: list[Any]) -> pa.Table:
    """Return ``count`` sound rows; ``columns`` replaces whole columns."""
    rows = []
    for place in range(count):
        own = {"id": f"web/{place:07d}", "url": f"http://a.test/{place}", "text": f"text of {place}"}
        rows.append(SOUND | own | {name: values[place] for name, values in columns.items()})
    return pa.Table.from_pylist(rows, schema=ROW)


def _manifest_of(rows: pa.Table, shards: list[Shard] | None = None, **facts: Any) -> Manifest:
    """Return the manifest of the night 2026-11-20 that published ``rows``."""
    shard = Shard(path="data/train.parquet", split="train", rows=rows.num_rows, size_bytes=1, sha256="0" * 64)
    names = rows["source"].to_pylist()
    made: dict[str, Any] = {
        "number": 1,
        "dataset": "demo",
        "version": "v2026-11-20",
        "night": "2026-11-20",
        "created_at": "2026-11-20T04:00:00+00:00",
        "recipe_fingerprint": "f" * 16,
        "code_version": "0.1.0",
        "environment": {"python": "3.11"},
        "tokenizer": "o200k_harmony",
        "tokenizer_sha256": "t" * 64,
        "template_sha256": "m" * 64,
        "columns": {field.name: str(field.type) for field in rows.schema},
        "shards": shards if shards is not None else [shard],
        "segments": [],
        "funnel": [FunnelRow(step="kept", reason="kept", documents=rows.num_rows)],
        "sources": {name: names.count(name) for name in sorted(set(names))},
        "licences": {"CC-BY-4.0": rows.num_rows},
        "languages": {"en": rows.num_rows},
        "n_tokens": 3 * rows.num_rows,
        "versions": {},
    }
    return Manifest(**(made | facts))


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., pa.Table]:
    """Makes sound rows."""
    return _rows_of


@pytest.fixture(scope="session")
def manifest_of() -> Callable[..., Manifest]:
    """Makes the manifest of such rows."""
    return _manifest_of
