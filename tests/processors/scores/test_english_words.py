"""Cutting words must give what spaCy's tokenizer gives, run by run."""

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.scores import texts, words
from processors.scores.english import LONGEST, by_spacy, exceptions, words_of

PIECES = [
    *"abdegixOD€$%+/=~°C²中éÉß。@\u0301•¡\"'([{“”\u2018\u2019*_#&]),;:!?}….-\u2013—",
    "the", "A", "US", "US$", "Mr", "etc", "em", "cause", "ll", "re", "it", "we", "5", "10", "8", "0", "3", "km", "1990",
    "http://", "www.", "com", "'s", "...", "..", "--", "n't", "\u2019s", "n\u2019t",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), max_size=20))
def test_runs_of_common_pieces_are_cut_as_the_tokenizer_cuts_them(runs):
    assert [list(words) for words in words_of(runs)] == [by_spacy(run) for run in runs]


def _read(runs, known):
    found = words.read(texts.read(pa.array([" ".join(runs)], pa.large_string())), known)
    listed = found.distinct.to_pylist()
    return [listed[place] for place in found.ids]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), max_size=20))
def test_a_batch_is_cut_as_the_tokenizer_cuts_its_runs_whatever_is_remembered(runs):
    known = {}
    expected = [word for run in runs for word in by_spacy(run)]
    assert [_read(runs, known), _read(runs, known), _read(runs, {})] == [expected] * 3


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(words, "MOST_KNOWN", 10)
    known = {}
    for batch in range(20):
        _read([f"a{batch}/{place}" for place in range(5)], known)
    assert 0 < len(known) <= 15


def test_no_exception_joins_letters_to_a_hyphen():
    assert [one for one in exceptions() if re.search(r"[A-Za-z]-|-[A-Za-z]", one) and re.match("[A-Za-z]", one)] == []


def test_letters_and_a_mark_are_an_exception_with_a_full_stop_only():
    assert [one for one in exceptions() if re.fullmatch(r"[A-Za-z]+[,:;!?()\[\]{}<>_#*&\"`]", one)] == []


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
        ("s-l-o-w.", ["s", "-", "l", "-", "o", "-", "w."]),
        ("well-known-", ["well", "-", "known-"]),
        ("'nation's.\"", ["'", "nation", "'s", ".", '"']),
        ("1995,", ["1995", ","]),
        ("(foo:)", ["(", "foo", ":)"]),
    ],
)
def test_words(run, words):
    assert list(words_of([run])[0]) == words


def test_no_character_is_lost_of_a_long_run():
    run = "a-(b)." * LONGEST
    assert "".join(words_of([run])[0]) == run
