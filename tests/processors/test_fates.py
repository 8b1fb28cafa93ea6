"""Rows, ledger rows and the funnel follow from what the chain decided."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from corpus.schema import LEDGER, RAW, ROW
from processors.chain import Curated
from processors.fates import funnel, ledger_rows, rows
from processors.select import VERDICT, Rule, Select

WHEN = datetime(2026, 11, 20, tzinfo=UTC)


def documents():
    base = {"source": "s", "kind": "article", "fetched_at": WHEN, "consent": "unknown", "consent_evidence": []}
    nights = {"first_seen": "2026-11-20", "revision_seen": "2026-11-20", "last_seen": "2026-11-20"}
    signal = {"source": "header", "value": "noai", "path": "/c", "fetched_at": WHEN}
    found = [
        base | {"id": "s/b", "url": "http://x/b"},
        base | {"id": "s/a", "url": "http://x/a", "title": "A"},
        base
        | {
            "id": "s/c",
            "url": "http://x/c",
            "refusal": "ai-opt-out",
            "refusal_detail": "header noai",
            "consent_evidence": [signal],
        },
    ]
    table = pa.Table.from_pylist(found, schema=RAW)
    for name, value in nights.items():
        table = table.append_column(name, pa.array([value] * 3))
    return table


def curated():
    scored = pa.table({"id": ["s/a", "s/b"], "word_count": pa.array([70, 10], pa.int32()), "language": ["en", "en"]})
    dropped = pa.table([["s/b"], ["too-short"], ["word_count is 10"]], schema=VERDICT)
    return Curated(scored.slice(0, 1), dropped, scored)


def test_a_row_that_a_step_lost_is_not_called_kept():
    with pytest.raises(ValueError, match="a step lost or made a row"):
        ledger_rows(documents(), curated()._replace(dropped=VERDICT.empty_table()), "2026-11-20")


def test_every_document_has_one_ledger_row_with_its_fate_and_scores():
    table = ledger_rows(documents(), curated(), "2026-11-20")
    assert table.schema == LEDGER
    found = {row["id"]: (row["fate"], row["reason"], row["evidence"], dict(row["scores"])) for row in table.to_pylist()}
    assert found == {
        "s/a": ("kept", None, None, {"word_count": 70.0}),
        "s/b": ("dropped", "too-short", "word_count is 10", {"word_count": 10.0}),
        "s/c": ("dropped", "ai-opt-out", "header noai", {}),
    }


def test_a_title_found_in_the_page_stands_in_the_ledger():
    decided = curated()
    titled = decided._replace(
        scored=decided.scored.append_column("title", pa.array([None, "Found"], pa.large_string()))
    )
    table = ledger_rows(documents(), titled, "2026-11-20")
    assert table["title"].to_pylist() == ["A", "Found", None]


def test_the_kind_a_body_turned_out_to_be_stands_in_the_ledger():
    decided = curated()
    given = documents().sort_by("id")["kind"].to_pylist()
    talk = decided._replace(scored=decided.scored.append_column("kind", pa.array([None, "conversation"], pa.string())))
    table = ledger_rows(documents(), talk, "2026-11-20")
    assert table["kind"].to_pylist() == [given[0], "conversation", given[2]]


def test_the_funnel_follows_the_chain_and_adds_up():
    steps = [Select(rules=(Rule(column="word_count", min=50, reason="too-short"),))]
    found = [
        (row.step, row.reason, row.documents)
        for row in funnel(steps, ledger_rows(documents(), curated(), "2026-11-20"))
    ]
    assert found == [("source", "ai-opt-out", 1), ("select 0", "too-short", 1), ("kept", "kept", 1)]


def test_rows_have_the_published_schema_sorted_by_id():
    kept = pa.table(
        {
            **{field.name: pa.array(["x", "x"], pa.string()) for field in ROW if field.type == pa.string()},
            "id": ["s/b", "s/a"],
            "messages": pa.array([[{"role": "user", "content": "q"}]] * 2, ROW.field("messages").type),
            "text": pa.array(["t", "t"], pa.large_string()),
            "input_ids": pa.array([[1], [2]], pa.large_list(pa.int32())),
            "assistant_mask": pa.array([[1], [1]], pa.large_list(pa.int8())),
            "n_tokens": pa.array([1, 1], pa.int32()),
            "fetched_at": pa.array([WHEN, WHEN], ROW.field("fetched_at").type),
            "consent_evidence": pa.array([[], []], ROW.field("consent_evidence").type),
        }
    )
    table = rows(kept)
    assert table.schema == ROW
    assert table["id"].to_pylist() == ["s/a", "s/b"]
    assert table["bits_per_byte"].null_count == 2
