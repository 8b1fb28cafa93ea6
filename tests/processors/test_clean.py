# ruff: noqa: RUF001 - the letters of other scripts are the test
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.schema import MESSAGES
from processors.clean import Clean, clean


@pytest.mark.parametrize(
    ("text", "expected", "changes"),
    [
        ("plain text", "plain text", 0),
        ("cafe\u0301", "café", 1),
        ("pass\u200bword\ufeff", "password", 2),
        ("abc\u202edef\u202c", "abcdef", 2),
        ("hi\U000e0041\U000e0042", "hi", 2),
        ("bell\x07 and tab\tstay", "bell and tab\tstay", 1),
        ("one  \ntwo\t\n", "one\ntwo", 3),
        ("a\n\n\n\n\n\nb", "a\n\n\nb", 1),
        ("a\n\n\nb", "a\n\n\nb", 0),
        ("a\r\nb\rc", "a\nb\nc", 2),
        ("hid\u200dden", "hidden", 1),
        ("می\u200cخواهم 👩\u200d🔬", "می\u200cخواهم 👩\u200d🔬", 0),
        ("```\n    indented\n```", "```\n    indented\n```", 0),
        ("", "", 0),
    ],
)
def test_cleaning(text, expected, changes):
    assert clean(text) == (expected, changes)


@given(
    st.text(
        alphabet=st.one_of(
            st.characters(), st.sampled_from("\n\r\t \u200c\u200d\u200b\u0301\u00ad\u2028\ufeffaé\u212a")
        )
    )
)
def test_clean_text_is_normal_and_cleaning_it_again_changes_nothing(text):
    once, _ = clean(text)
    assert clean(once) == (once, 0)
    assert unicodedata.is_normalized("NFC", once)


def conversation(texts, turns):
    columns = {"text": pa.array(texts, pa.large_string()), "messages": pa.array(turns, MESSAGES)}
    return pa.table({"id": [str(number) for number in range(len(texts))]} | columns)


def test_the_turns_of_a_conversation_are_cleaned_like_its_text():
    turns = [{"role": "user", "content": "How\u202e long?  "}, {"role": "assistant", "content": "An hour.\r\n"}]
    made = Clean()(conversation(["x", "y"], [turns, None]))
    said = [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "An hour."}]
    assert made["messages"].to_pylist() == [said, None]
    assert made.schema.field("messages").type == MESSAGES


def test_a_conversation_with_a_turn_that_nobody_can_read_is_none():
    turns = [{"role": "user", "content": "\u200b"}, {"role": "assistant", "content": "An hour."}]
    assert Clean()(conversation(["x"], [turns]))["messages"].to_pylist() == [None]


def test_the_step_rewrites_the_text_and_counts():
    table = conversation(["x\u200b", None, "y"], [None, None, None])
    made = Clean()(table)
    assert made["text"].to_pylist() == ["x", "", "y"]
    assert made["clean_changes"].to_pylist() == [1, 0, 0]
    assert made["clean_changes"].type == pa.int32()
    assert Clean()(made)["clean_changes"].to_pylist() == [0, 0, 0]
