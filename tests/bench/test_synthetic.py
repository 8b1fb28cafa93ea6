"""The synthetic corpus is the same for the same seed, and its truth is that of its texts."""

import itertools
import json
import random

import pyarrow.parquet as pq
import pytest

from bench import synthetic
from bench.near_truth import jaccard, shingle_set
from bench.synthetic import Plan, documents, nearest_strangers, truth
from bench.synthetic_copies import EXACT, Kind, copy

WORDS = [f"{first}{middle}{last}" for first in "bdfgkl" for middle in "aeiou" for last in "mnprst"]


@pytest.fixture(scope="module")
def plan():
    draw = random.Random(1)
    lines = [" ".join(draw.choices(WORDS, k=draw.randrange(6, 20))) + "." for _ in range(3_000)]
    return Plan(lines, 300, seed=5, nights=4)


def donors():
    return (f"donor{number}" for number in itertools.count())


def test_the_same_seed_gives_the_same_documents_and_another_seed_others(plan):
    assert list(documents(plan)) == list(documents(plan))
    assert list(truth(plan)) == list(truth(plan))
    others = {one.text for one in documents(plan._replace(seed=6))}
    assert not others & {one.text for one in documents(plan)}


def test_a_document_does_not_depend_on_how_many_follow(plan):
    longer = list(itertools.islice(documents(plan._replace(documents=10**9)), 300))
    assert [(one.id, one.text, one.original) for one in longer] == [(o.id, o.text, o.original) for o in documents(plan)]


def test_the_truth_is_the_exact_jaccard_of_every_planted_pair(plan):
    texts = {one.id: one.text for one in documents(plan)}
    planted = {(one.original, one.id) for one in documents(plan) if one.original}
    told = {(a, b): value for a, b, value in truth(plan)}
    assert len(planted) > 30
    assert planted <= set(told)
    for (a, b), value in told.items():
        assert a < b
        assert value == jaccard(shingle_set(texts[a]), shingle_set(texts[b]))


def test_planted_pairs_lie_on_both_sides_of_the_bound(plan):
    values = [value for _, _, value in truth(plan)]
    assert any(0.8 <= value < 1 for value in values)
    assert any(0.5 <= value < 0.8 for value in values)
    assert 1.0 in values


def test_documents_that_were_not_planted_stay_far_apart(plan):
    rows = list(documents(plan))
    sets = [(one.original or one.id, shingle_set(one.text)) for one in rows]
    strangers = ((one, other) for (a, one), (b, other) in itertools.combinations(sets, 2) if a != b)
    assert nearest_strangers(rows) == max(itertools.starmap(jaccard, strangers)) < synthetic.FAR


def test_strangers_that_are_near_are_noticed(plan):
    rows = list(itertools.islice(documents(plan), 20))
    assert nearest_strangers([*rows, rows[3]._replace(id="another")]) == 1.0


def test_an_original_comes_before_its_copies_and_is_none_itself(plan):
    seen = {}
    for one in documents(plan):
        assert one.original is None or seen[one.original] is None
        seen[one.id] = one.original


def test_nights_follow_each_other_and_everything_is_labelled_synthetic(plan, tmp_path):
    meta = synthetic.write(plan, tmp_path)
    told = pq.read_table(tmp_path / "documents.parquet")
    assert sorted(told["night"].to_pylist()) == told["night"].to_pylist()
    assert len(set(told["night"].to_pylist())) == 4
    for column in ("id", "night", "kind"):
        assert all(value.startswith("synthetic-") for value in told[column].to_pylist())
    for name in ("documents", "truth"):
        assert b"no document is real" in pq.read_schema(tmp_path / f"{name}.parquet").metadata[b"synthetic"]
    assert json.loads((tmp_path / "meta.json").read_text()) == meta
    assert meta["pairs"] == pq.read_table(tmp_path / "truth.parquet").num_rows == len(list(truth(plan)))


@pytest.mark.parametrize("style", ["scatter", "block", "cut", "pad"])
def test_an_edit_comes_out_about_as_near_as_it_aims(style):
    text = " ".join(f"word{number}" for number in range(400))
    for target in (0.5, 0.8, 0.95):
        edited = copy(text, Kind(style, target), donors(), random.Random(3))
        assert jaccard(shingle_set(text), shingle_set(edited)) == pytest.approx(target, abs=0.1)


def test_an_exact_copy_is_the_text():
    assert copy("as it stands", EXACT, donors(), random.Random(3)) == "as it stands"


def test_the_command_ends_with_1_where_strangers_are_near(plan, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(synthetic, "sentences", lambda: plan.sentences)
    asked = ["--docs", "60", "--seed", "5", str(tmp_path)]
    assert synthetic.main(asked) == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 60
    monkeypatch.setattr(synthetic, "sentences", lambda: plan.sentences[:15])
    assert synthetic.main(asked) == 1


def test_the_shared_texts_give_sentences_enough(shared_data):
    found = synthetic.sentences(shared_data)
    assert len(found) == len(set(found)) > 50_000
