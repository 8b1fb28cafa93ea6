import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.errors import ModelMissing
from processors.chunks import Chunks


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("abcdefgh", {"size": 3, "separator": ""}, ["abc", "def", "gh"]),
        ("abcdefgh", {"size": 4, "separator": "", "overlap": 1}, ["abcd", "defg", "gh"]),
        ("abc", {"size": 3, "separator": "", "overlap": 2}, ["abc"]),
        ("one\n\ntwo\n\n\n\nthree", {"size": 0}, ["one", "two", "three"]),
        ("one\n\ntwo\n\nthree", {"size": 9}, ["one", "two", "three"]),
        ("one\n\ntwo\n\nthree", {"size": 12}, ["one\n\ntwo", "three"]),
        ("onetwothree\n\nfour", {"size": 8, "overlap": 1}, ["onetwoth", "hree", "four"]),
        ("", {}, []),
        (" \n", {}, []),
        ("short", {}, ["short"]),
    ],
)
def test_texts_are_cut_at_separators_and_else_by_length(text, options, expected):
    assert Chunks(**options).cut(text) == expected


def test_the_text_stays_and_the_pieces_stand_beside_it():
    table = pa.table({"text": pa.array(["a\n\nb", None], pa.large_string())})
    made = Chunks(size=3)(table)
    assert made["text"].to_pylist() == ["a\n\nb", None]
    assert made["chunks"].to_pylist() == [["a", "b"], []]


def test_tokens_are_counted_by_the_vocabulary_of_the_model():
    step = Chunks(size=4, separator="", unit="tokens")
    try:
        cut = step.cut("The mash turns starch into sugar.")
    except ModelMissing as error:
        pytest.skip(str(error))
    assert len(cut) == 2
    assert "".join(cut) == "The mash turns starch into sugar."


@pytest.mark.parametrize(
    "options",
    [{"size": 0, "separator": ""}, {"size": 3, "overlap": 3}, {"unit": "tokens"}],
    ids=["nothing to cut by", "overlap too long", "tokens with a separator"],
)
def test_options_that_cannot_cut_are_refused(options):
    with pytest.raises(ValidationError):
        Chunks(**options)


@given(st.text(alphabet="ab\n", max_size=80), st.integers(1, 9))
def test_no_piece_is_longer_than_the_size_and_no_letter_is_lost(text, size):
    cut = Chunks(size=size, separator="\n").cut(text)
    assert all(0 < len(piece) <= size for piece in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


def test_a_long_text_takes_linear_time(growth):
    step = Chunks(size=20, separator="\n")
    assert growth(step.cut, lambda size: "a" * size, 200_000) < 8
