"""A published dataset small enough to train on in seconds."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from corpus import manifest as manifests
from corpus import shards
from corpus.schema import ROW
from corpus.store import open_store
from models import harmony
from models.tokenizer import Tokenizer, demo_bytes

NIGHT = "2026-11-20"
FETCHED = datetime(2026, 11, 20, 3, tzinfo=UTC)
OPTIONS = harmony.Options(date=NIGHT, reasoning_effort="low")
QUESTION, ANSWER = "Why does dough rise?", "Because yeast makes gas."


def row(place: int, question: str, answer: str, tokenizer: Tokenizer) -> dict[str, object]:
    turns = [harmony.Turn("user", question), harmony.Turn("assistant", answer)]
    rendered = harmony.render(turns, OPTIONS, tokenizer)
    return {
        "id": f"web/{place}",
        "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
        "text": rendered.text,
        "input_ids": rendered.input_ids,
        "assistant_mask": rendered.assistant_mask,
        "n_tokens": len(rendered.input_ids),
        "tokenizer": tokenizer.name,
        "tokenizer_sha256": tokenizer.sha256,
        "template_sha256": harmony.template_sha256(OPTIONS),
        "source": "web",
        "kind": "article",
        "url": f"http://a.test/{place}",
        "fetched_at": FETCHED,
        "consent": "allow",
        "consent_evidence": [],
        "first_seen": NIGHT,
        "revision_seen": NIGHT,
    }


def _publish(
    folder: Path, answers: list[str], tokenizer: Tokenizer | None = None, question: str = QUESTION
) -> manifests.Manifest:
    """Publish one row an answer below ``folder`` as the version v2026-11-20."""
    tokenizer = tokenizer or demo_bytes()
    store = open_store(folder)
    rows = pa.Table.from_pylist([row(place, question, answer, tokenizer) for place, answer in enumerate(answers)], ROW)
    files = shards.write(store, rows, validation_percent=20)
    manifest = manifests.Manifest(
        number=1,
        dataset="bread",
        version=f"v{NIGHT}",
        night=NIGHT,
        created_at=f"{NIGHT}T04:00:00+00:00",
        recipe_fingerprint="f" * 16,
        code_version="0.1.0",
        environment={},
        tokenizer=tokenizer.name,
        tokenizer_sha256=tokenizer.sha256,
        template_sha256=harmony.template_sha256(OPTIONS),
        columns={},
        shards=files,
        segments=[],
        funnel=[],
        sources={"web": rows.num_rows},
        licences={},
        languages={},
        n_tokens=sum(rows["n_tokens"].to_pylist()),
        versions={f"v{NIGHT}": files},
    )
    manifests.commit(store, manifest)
    return manifest


@pytest.fixture(scope="session")
def publish() -> Callable[..., manifests.Manifest]:
    return _publish
