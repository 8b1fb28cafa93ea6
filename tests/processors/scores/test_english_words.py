"""Cutting words must give what spaCy's tokenizer gives, run by run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.scores.english import LONGEST, by_spacy, words_of

PIECES = [
    *"abdegixOD€$%+/=~°C²中éÉß。@\u0301•¡\"'([{“”\u2018\u2019*_#&]),;:!?}….-\u2013—",
    "the", "A", "US", "US$", "Mr", "etc", "em", "cause", "ll", "re", "it", "we", "5", "10", "8", "0", "3", "km", "1990",
    "http://", "www.", "com", "'s", "...", "..", "--", "n't", "\u2019s", "n\u2019t",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), max_size=20))
def test_runs_of_common_pieces_are_cut_as_the_tokenizer_cuts_them(runs):
    assert [list(words) for words in words_of(runs)] == [by_spacy(run) for run in runs]


@settings(deadline=None, max_examples=200)
@given(st.text(min_size=1, max_size=12).filter(lambda text: len(text.split()) == 1 and text == text.strip()))
def test_any_run_is_cut_as_the_tokenizer_cuts_it(run):
    assert list(words_of([run])[0]) == by_spacy(run)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("don't", ["do", "n't"]),
        ("(Mr.", ["(", "Mr."]),
        ("well-known,", ["well", "-", "known", ","]),
        ("https://a.test/x-y,", ["https://a.test/x-y", ","]),
        ("foo:)", ["foo", ":)"]),
        ("5km", ["5", "km"]),
        ("end...”", ["end", "...", "”"]),
    ],
)
def test_words(run, words):
    assert list(words_of([run])[0]) == words


def test_no_character_is_lost_of_a_long_run():
    run = "a-(b)." * LONGEST
    assert "".join(words_of([run])[0]) == run
