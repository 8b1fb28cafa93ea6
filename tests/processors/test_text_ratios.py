import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from processors.select import Select
from processors.text_ratios import Ratios


def measured(*texts, **options):
    return Ratios(**options)(pa.table({"text": pa.array(texts, pa.large_string())})).drop_columns(["text"]).to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab 1!", {"alphanumeric_ratio": 3 / 5, "special_character_ratio": 3 / 5}),
        ("नमस्ते", {"special_character_ratio": 0}),
        ("a=1+2", {"letters_per_token": 1 / 5}),
        ("brewing beer", {"letters_per_token": 11 / 2}),
        ("麦芽 beer", {"letters_per_token": 6 / 3}),
        ("The mash is warm.", {"stop_word_ratio": 2 / 4, "words_any_script": 4}),
        ("It\u2019s warm, isn't it?", {"stop_word_ratio": 3 / 4}),
        ("42 -- 7", {"words_any_script": 0, "stop_word_ratio": 0}),
        ("麦芽变成糖份很慢的哦吗", {"words_any_script": 6}),
        ("beer 麦芽变成 ale", {"words_any_script": 4}),
        ("one\nthree\n", {"mean_line_chars": 5, "longest_line_chars": 5}),
        ("", dict.fromkeys(Ratios.writes, 0)),
        (None, dict.fromkeys(Ratios.writes, 0)),
    ],
)
def test_ratios(text, expected):
    found = measured("a neighbour", text, "another")[1]
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_repeated_words_are_counted_by_n_grams():
    assert measured("go on go on go on", repeated_words=2)[0]["word_repetition_ratio"] == 1
    assert measured("go on and go on", repeated_words=2)[0]["word_repetition_ratio"] == pytest.approx(2 / 4)
    assert measured("go on and go on", repeated_words=5)[0]["word_repetition_ratio"] == 0
    assert measured("巴巴巴巴巴", repeated_words=3)[0]["word_repetition_ratio"] == 1


def test_repeated_characters_are_those_of_the_most_frequent_n_grams():
    # ab stands 4 times, ba 3 times among 7 pairs; the square root of 2 different ones lets only ab count.
    assert measured("abababab", repeated_characters=2)[0]["character_repetition_ratio"] == pytest.approx(4 / 7)
    assert measured("abcdefgh", repeated_characters=2)[0]["character_repetition_ratio"] == 0


def test_stop_words_follow_the_language():
    text = "Das Bier ist in der Flasche"
    assert measured(text, stop_words="de")[0]["stop_word_ratio"] == pytest.approx(4 / 6)
    assert measured(text)[0]["stop_word_ratio"] < 0.4
    assert measured("他们和我们在家", stop_words="zh")[0]["stop_word_ratio"] > 0.5


def test_a_language_without_stop_words_is_refused_with_its_name():
    with pytest.raises(ValidationError, match="'qqq'"):
        Ratios(stop_words="qqq")


@settings(max_examples=50)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_shares_are_shares_and_neighbours_do_not_matter(texts):
    together = measured(*texts)
    shares = [value for row in together for name, value in row.items() if name.endswith("ratio")]
    assert all(0 <= share <= 1 for share in shares)
    assert together == [measured(text)[0] for text in texts]


@pytest.mark.parametrize("piece", ["a", "a!", "!", "a ", "麦", "a\n"])
def test_a_long_text_takes_linear_time(piece, growth):
    assert growth(measured, lambda size: piece * size, 20_000) < 8


@pytest.mark.parametrize("share", [0.3, 0.4, 0.9])
@pytest.mark.parametrize("bound", ["min", "max"])
def test_a_bound_that_names_the_very_share_keeps_the_text(share, bound):
    signs = round(share * 10)
    table = pa.table({"id": ["a"], "text": pa.array(["!" * signs + "a" * (10 - signs)], pa.large_string())})
    kept, dropped = Select.model_validate(
        {"kind": "select", "rules": [{"column": "special_character_ratio", bound: share, "reason": "signs"}]}
    )(Ratios()(table))
    assert (kept.num_rows, dropped.num_rows) == (1, 0)
