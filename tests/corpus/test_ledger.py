"""Segments, the newest row of every document, and the story a person reads."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus import ledger
from corpus.errors import RecipeError
from corpus.schema import LEDGER
from corpus.store import Store, open_store

SIGNAL = {
    "source": "robots.txt",
    "value": "ai-train=n",
    "path": "/beer",
    "fetched_at": datetime(2026, 11, 20, 3, tzinfo=UTC),
}


def fate(name: str, night: int = 20, **other: Any) -> dict[str, Any]:
    row = {
        "id": f"web/{name}",
        "url": f"http://a.test/{name}/",
        "source": "web",
        "kind": "article",
        "night": f"2026-11-{night}",
        "first_seen": "2026-11-19",
        "revision_seen": "2026-11-19",
        "last_seen": f"2026-11-{night}",
        "consent": "unknown",
        "consent_evidence": [],
        "fate": "kept",
        "scores": [("perplexity", 12.345678), ("bits_per_byte", 1.0)],
    }
    return row | other


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=LEDGER)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


@pytest.fixture
def written(store: Store, rows_of, manifest_of):
    """The manifest over two nights: ``stout`` was dropped in the second, ``porter`` was not seen in it."""
    first = ledger.write(store, "2026-11-19", table(fate("stout", 19), fate("porter", 19)))
    second = ledger.write(store, "2026-11-20", table(fate("stout", fate="dropped", reason="gone"), fate("ale")))
    return manifest_of(rows_of(1), segments=[first, second])


def test_a_segment_is_sorted_and_named_by_night_and_content(store: Store) -> None:
    segment = ledger.write(store, "2026-11-20", table(fate("stout"), fate("ale")))
    assert segment.path == f"state/ledger/2026-11-20-{segment.sha256[:16]}.parquet"
    assert (segment.kind, segment.night, segment.rows) == ("ledger", "2026-11-20", 2)
    found = store.read_table(segment.path)
    assert found["id"].to_pylist() == ["web/ale", "web/stout"]
    assert found.schema.equals(LEDGER)


def test_a_night_run_again_leaves_the_first_segment_as_it_was(store: Store) -> None:
    first = ledger.write(store, "2026-11-20", table(fate("ale")))
    second = ledger.write(store, "2026-11-20", table(fate("ale", fate="dropped")))
    assert first.path != second.path
    assert store.read_table(first.path)["fate"].to_pylist() == ["kept"]


def test_the_newest_row_of_every_id_wins(store: Store, written) -> None:
    rows = ledger.newest(store, written).select(["id", "night", "fate"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("web/ale", "2026-11-20", "kept"),
        ("web/porter", "2026-11-19", "kept"),
        ("web/stout", "2026-11-20", "dropped"),
    ]


def test_of_two_segments_of_one_night_the_later_counts(store: Store, rows_of, manifest_of) -> None:
    segments = [ledger.write(store, "2026-11-20", table(fate("ale", fate=name))) for name in ("kept", "dropped")]
    for order, wanted in ((segments, "dropped"), (segments[::-1], "kept")):
        manifest = manifest_of(rows_of(1), segments=order)
        assert ledger.newest(store, manifest)["fate"].to_pylist() == [wanted]


def test_a_manifest_without_a_ledger_has_an_empty_one(store: Store, rows_of, manifest_of) -> None:
    manifest = manifest_of(rows_of(1))
    assert ledger.newest(store, manifest).equals(LEDGER.empty_table())
    with pytest.raises(RecipeError, match="the ledger is empty"):
        ledger.story(store, manifest, "web/ale")


@pytest.mark.parametrize("needle", ["web/stout", "http://a.test/stout/", "http://a.test/stout", "web/stout/"])
def test_a_story_is_found_by_id_or_address(store: Store, written, needle: str) -> None:
    (row,) = ledger.story(store, written, needle)
    assert (row["id"], row["reason"]) == ("web/stout", "gone")


@pytest.mark.parametrize(
    ("needle", "near"), [("web/stuot", "web/stout"), ("PORTER", "http://a.test/porter/"), ("http://a.test/al", "ale/")]
)
def test_an_unknown_document_names_the_nearest(store: Store, written, needle: str, near: str) -> None:
    with pytest.raises(RecipeError, match=rf"^no document '{needle}' was ever seen; the nearest are .*{near}"):
        ledger.story(store, written, needle)


def test_the_story_of_a_kept_document(store: Store) -> None:
    segment = ledger.write(
        store, "2026-11-20", table(fate("ale", title="Ale", licence="MIT", licence_evidence="LICENSE"))
    )
    text = ledger.explain_text(store.read_table(segment.path).to_pylist()[0])
    assert text.splitlines() == [
        "web/ale",
        "  article from web: Ale",
        "  http://a.test/ale/",
        "  first seen 2026-11-19, this revision 2026-11-19, last seen 2026-11-20",
        "  consent unknown: the source says nothing about AI training, no signal was found",
        "  licence: MIT (LICENSE)",
        "  scores: bits_per_byte 1, perplexity 12.35",
        "  kept in the night 2026-11-20",
    ]


def test_scores_whose_names_begin_alike_stand_in_a_paragraph_of_their_own(store: Store) -> None:
    gopher = [(f"gopher_{name}", 0.5) for name in "abcd"]
    segment = ledger.write(store, "2026-11-20", table(fate("ale", scores=[("word_count", 60.0), *gopher])))
    lines = ledger.explain_text(store.read_table(segment.path).to_pylist()[0]).splitlines()
    assert lines[-3:-1] == ["  scores: word_count 60", "    gopher_a 0.5, gopher_b 0.5, gopher_c 0.5, gopher_d 0.5"]


def test_the_story_of_a_dropped_document_has_its_evidence(store: Store) -> None:
    dropped = {"fate": "dropped", "reason": "ai-opt-out", "evidence": "robots.txt says ai-train=n", "scores": []}
    denied = fate("ale", consent="deny", consent_evidence=[SIGNAL], **dropped)
    segment = ledger.write(store, "2026-11-20", table(denied))
    lines = ledger.explain_text(store.read_table(segment.path).to_pylist()[0]).splitlines()
    assert lines[4:] == [
        "  consent deny: the source refuses AI training, as these signals say:",
        "    robots.txt: ai-train=n (for /beer, read 2026-11-20 03:00 UTC)",
        "  licence: unknown",
        "  dropped in the night 2026-11-20, ai-opt-out: robots.txt says ai-train=n",
    ]


def test_explain_looks_into_every_published_dataset(tmp_path):
    with pytest.raises(RecipeError, match="no published version yet"):
        ledger.explain_in([tmp_path], "http://example.org/")


def test_the_story_of_a_winner_names_who_lost_to_it(store: Store, rows_of, manifest_of) -> None:
    lost = {"fate": "dropped", "reason": "near-duplicate", "duplicate_of": "web/ale", "duplicate_rule": "near"}
    rows = table(fate("ale"), *(fate(f"copy{number}", **lost) for number in range(7)))
    manifest = manifest_of(rows_of(1), segments=[ledger.write(store, "2026-11-20", rows)])
    (row,) = ledger.story(store, manifest, "web/ale")
    names = ", ".join(f"web/copy{number}" for number in range(5))
    assert ledger.explain_text(row).splitlines()[-1] == f"  7 lost to it as duplicates: {names} and 2 more"


def test_a_segment_written_before_a_column_was_added_is_read(store: Store, rows_of, manifest_of) -> None:
    segment = ledger.write(store, "2026-11-20", table(fate("ale")))
    store.write_table(segment.path, store.read_table(segment.path).drop_columns(["duplicate_of", "contamination_hits"]))
    manifest = manifest_of(rows_of(1), segments=[segment])
    assert ledger.newest(store, manifest)["duplicate_of"].to_pylist() == [None]
