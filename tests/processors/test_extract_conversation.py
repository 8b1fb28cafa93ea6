import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.conversations import CONVERSATION_TYPE, encode_conversation
from processors.extract_conversation import read_conversation

TURNS = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": "How?"},
    {"role": "assistant", "content": "```python\nprint(1)\n```"},
]


def test_the_turns_come_back_with_a_readable_text_and_the_title():
    found = read_conversation(encode_conversation(TURNS, title="Printing"), CONVERSATION_TYPE)
    assert found.messages == TURNS
    assert found.title == "Printing"
    assert found.text == "**System:** Be short.\n\n**User:** How?\n\n**Assistant:**\n\n```python\nprint(1)\n```"
    assert found.problem is None


def test_a_text_of_the_sources_own_is_kept():
    found = read_conversation(encode_conversation(TURNS, text="# How?\n\nThus."), CONVERSATION_TYPE)
    assert (found.text, found.messages, found.title) == ("# How?\n\nThus.", TURNS, None)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"messages": []}', b'{"messages": [1]}', b'{"messages": [{"role": "tool", "content": "x"}]}',
     b'{"messages": [{"role": [], "content": "x"}]}', b'{"messages": [{"role": "user", "content": null}]}',
     b"[" * 200_000, b"\xff\xfe\x00", b"1" * 10_000],
)  # fmt: skip
def test_another_form_is_broken(body):
    assert read_conversation(body, CONVERSATION_TYPE).problem == "broken"


def test_half_a_surrogate_pair_can_be_written_as_utf_8():
    body = json.dumps({"messages": [{"role": "user", "content": "\ud83d"}, TURNS[2]], "title": "\udc00"}).encode()
    found = read_conversation(body, CONVERSATION_TYPE)
    assert (found.messages, found.title) == ([{"role": "user", "content": "\ufffd"}, TURNS[2]], "\ufffd")


def test_empty_turns_and_what_answers_nothing_go():
    empty = {"role": "assistant", "content": " \u200b\n"}
    found = read_conversation(encode_conversation([TURNS[2], TURNS[1], empty, *TURNS, TURNS[1]]), CONVERSATION_TYPE)
    assert found.messages == TURNS
    for turns in ([TURNS[1]], [TURNS[1], empty], [TURNS[2], TURNS[1]], [TURNS[1] | {"content": ""}, TURNS[2]]):
        assert read_conversation(encode_conversation(turns), CONVERSATION_TYPE).problem == "broken"


@settings(max_examples=80, deadline=None)
@given(st.binary())
def test_any_bytes_are_read_or_broken(body):
    found = read_conversation(body, CONVERSATION_TYPE)
    assert bool(found.text) != bool(found.problem)
