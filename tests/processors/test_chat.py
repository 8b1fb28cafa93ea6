"""Documents become rows a trainer takes: own messages kept, others made by rule, never an empty mask."""

import pyarrow as pa
import pytest

from corpus.schema import MESSAGES, ROW
from models.tokenizer import demo_bytes
from processors import chat
from processors.chat import Chat


@pytest.fixture(autouse=True)
def _small_tokenizer(monkeypatch):
    monkeypatch.setattr(chat, "_tokenizer", demo_bytes)


def table(*documents):
    defaults = {"id": "s/1", "kind": "article", "title": "On malt", "text": "Malt is grain.", "messages": None}
    rows = [{**defaults, **document} for document in documents]
    types = {
        "id": pa.string(),
        "kind": pa.string(),
        "title": pa.large_string(),
        "text": pa.large_string(),
        "messages": MESSAGES,
    }
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()})


def only(document, **options):
    (row,) = Chat(**options)(table(document)).to_pylist()
    return row


def test_the_columns_have_the_types_of_a_row():
    made = Chat()(table({}))
    assert all(made.schema.field(name).type == ROW.field(name).type for name in Chat.writes)
    assert Chat()(table()).schema == made.schema


@pytest.mark.parametrize("kind", ["article", "reference", "paper", "code", "conversation", "something-new"])
def test_a_document_answers_a_request_made_from_its_title(kind):
    row = only({"kind": kind})
    assert [message["role"] for message in row["messages"]] == ["user", "assistant"]
    assert "On malt" in row["messages"][0]["content"]
    assert row["messages"][1]["content"] == "Malt is grain."
    assert row["text"].endswith("<|start|>assistant<|channel|>final<|message|>Malt is grain.<|return|>")
    assert row["n_tokens"] == len(row["input_ids"]) == len(row["assistant_mask"])
    assert demo_bytes().decode(row["input_ids"]) == row["text"]


def test_the_wording_follows_the_id_and_all_are_used():
    made = {only({"id": f"s/{number}"})["messages"][0]["content"] for number in range(30)}
    assert len(made) == 3
    assert only({"id": "s/7"}) == only({"id": "s/7"})


def test_a_title_with_braces_is_only_a_title():
    assert "{id} {0}" in only({"title": "{id}  {0}"})["messages"][0]["content"]


def test_a_document_without_title_is_asked_for_by_its_kind():
    assert "paper" in only({"title": None, "kind": "paper"})["messages"][0]["content"]


def test_a_conversation_keeps_its_messages():
    own = [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because."},
        {"role": "user", "content": "Thanks"},
    ]
    row = only({"kind": "conversation", "messages": own})
    assert row["messages"] == own
    assert row["text"].endswith("Because.<|end|><|start|>user<|message|>Thanks<|end|>")


@pytest.mark.parametrize("own", [[], [{"role": "user", "content": "Why?"}], [{"role": "assistant", "content": ""}]])
def test_messages_without_an_answer_are_replaced(own):
    assert only({"messages": own})["messages"][1]["content"] == "Malt is grain."


@pytest.mark.parametrize("text", ["", "x", "麦" * 400])
@pytest.mark.parametrize("limit", [None, 256, 700])
def test_no_row_has_an_empty_mask(text, limit):
    assert any(only({"text": text}, max_tokens=limit)["assistant_mask"])


def test_a_long_row_is_cut_without_an_end():
    row, whole = only({"text": "malt " * 200}, max_tokens=512), only({"text": "malt " * 200})
    assert row["n_tokens"] == 512
    assert row["input_ids"] == whole["input_ids"][:512]
    assert not row["text"].endswith("<|return|>")


def test_a_row_whose_answer_would_go_stays_whole():
    own = [{"role": "user", "content": "Why? " * 100}, {"role": "assistant", "content": "Because."}]
    assert only({"messages": own}, max_tokens=512)["text"].endswith("Because.<|return|>")


def test_the_date_is_frozen_and_part_of_the_template_hash():
    assert "Current date: 2025-08-05" in only({})["text"]
    assert only({})["template_sha256"] != only({}, date="2026-01-01")["template_sha256"]


def test_slices_give_the_rows_of_the_whole():
    whole = table(*({"id": f"s/{number}", "text": "malt " * number} for number in range(5)))
    assert pa.concat_tables([Chat()(whole.slice(0, 2)), Chat()(whole.slice(2))]).equals(Chat()(whole))
