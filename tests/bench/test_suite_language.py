import gzip
import json

import pytest

from bench.measurement import Measurement
from bench.suites.language import score

LINES = [
    {"lang": "en", "kind": "sentence", "text": "The brewer keeps the water warm for an hour."},
    {"lang": "fr", "kind": "sentence", "text": "Le brasseur garde l'eau chaude pendant une heure."},
    {"lang": "fr", "kind": "sentence", "text": "Der Brauer hält das Wasser eine Stunde lang warm."},
    {
        "lang": "nb",
        "kind": "word-pair",
        "text": "Regjeringen la fram forslaget for Stortinget, men de fikk ikke flertall.",
    },
    {"lang": "tlh", "kind": "sentence", "text": "tlhIngan Hol Dajatlh'a'"},
]


def write(folder, name, lines):
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / name, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def test_every_file_is_scored_by_kind_over_known_languages(tmp_path):
    write(tmp_path / "lid", "some12.jsonl.gz", LINES)
    write(tmp_path / "lid", "plain.jsonl.gz", [{"lang": "en", "text": LINES[0]["text"]}])
    assert score(tmp_path) == [
        Measurement("language", "plain accuracy", 1.0, 1),
        Measurement("language", "plain coverage", 1.0, 1),
        Measurement("language", "plain precision", 1.0, 1),
        Measurement("language", "some sentence accuracy", pytest.approx(2 / 3), 3),
        Measurement("language", "some sentence coverage", 1.0, 3),
        Measurement("language", "some sentence precision", pytest.approx(2 / 3), 3),
        Measurement("language", "some word-pair accuracy", 1.0, 1),
        Measurement("language", "some word-pair coverage", 1.0, 1),
        Measurement("language", "some word-pair precision", 1.0, 1),
    ]


def test_only_what_scores_enough_counts_for_precision(tmp_path):
    write(tmp_path / "lid", "few.jsonl.gz", [LINES[0], LINES[0] | {"text": "mash"}])
    found = {one.metric: (one.value, one.items) for one in score(tmp_path)}
    assert found["few sentence coverage"] == (0.5, 2)
    assert found["few sentence precision"] == (1.0, 1)


def test_where_nothing_scores_enough_there_is_no_precision(tmp_path):
    write(tmp_path / "lid", "none.jsonl.gz", [LINES[0] | {"text": "12 + 3"}])
    assert [one.metric for one in score(tmp_path)] == ["none sentence accuracy", "none sentence coverage"]


def test_texts_in_two_languages_by_turns_are_made_of_sentences_of_enough_length(tmp_path):
    write(tmp_path / "lid", "turns.jsonl.gz", LINES[:2] * 10)
    assert Measurement("language", "turns sentence mixed told apart", 1.0, 1) in score(tmp_path)
    write(tmp_path / "lid", "turns.jsonl.gz", [line | {"text": line["text"][:30]} for line in LINES[:2]] * 10)
    assert not [one for one in score(tmp_path) if "mixed" in one.metric]


def test_a_set_without_a_known_language_gives_nothing(tmp_path):
    write(tmp_path / "lid", "klingon.jsonl.gz", LINES[-1:])
    assert score(tmp_path) == []


def test_the_public_sets_reach_the_published_figures(shared_data):
    found = {one.metric: one.value for one in score(shared_data)}
    assert found["wortschatz sentence accuracy"] >= 0.94
    assert found["wortschatz sentence precision"] >= 0.97
    assert found["wortschatz sentence coverage"] >= 0.85
    assert found["wortschatz word-pair accuracy"] >= 0.8
    assert found["udhr_paragraphs accuracy"] >= 0.8
