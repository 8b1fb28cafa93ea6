"""The dedup suite holds what is removed against the truth: a pair kept, a false removal and false evidence all show."""

import gzip
import json

import pytest

from bench import near_truth
from bench.measurement import Measurement
from bench.near_truth import Removal, jaccard, removals, shingle_set
from bench.suites import dedup

TEXT = " ".join(f"word{number}" for number in range(200))
NEAR = TEXT.replace("word7 ", "other ")
FAR = " ".join(f"word{number}" for number in range(100))
OTHER = " ".join(f"stranger{number}" for number in range(200))
NEAR_JACCARD = jaccard(shingle_set(TEXT), shingle_set(NEAR))


def write(folder, name, texts, truth):
    folder = folder / "dedup"
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": key, "text": text}) + "\n" for key, text in texts.items())
    if isinstance(truth, list):
        (folder / f"{name}_duplicate_pairs.json").write_text(json.dumps(truth))
    else:
        with gzip.open(folder / f"{name}_exact_jaccard.jsonl.gz", "wt", encoding="utf-8") as file:
            rows = [{"a": a, "b": b, "jaccard_word5": round(value, 4)} for (a, b), value in truth.items()]
            file.writelines(json.dumps(row) + "\n" for row in rows)


def values(folder):
    return {one.metric: (one.value, one.items) for one in dedup.score(folder)}


def remove(monkeypatch, *gone):
    monkeypatch.setattr(dedup, "removals", lambda _ids, _texts: list(gone))


def test_a_set_with_every_jaccard_gives_recall_precision_and_evidence(tmp_path):
    texts = {"a": TEXT, "b": NEAR, "c": FAR, "d": OTHER, "e": OTHER}
    write(tmp_path, "some", texts, {("a", "b"): NEAR_JACCARD, ("a", "c"): 0.49, ("d", "e"): 1.0})
    assert dedup.score(tmp_path) == [
        Measurement("dedup", "some recall", 1.0, 2),
        Measurement("dedup", "some precision", 1.0, 2),
        Measurement("dedup", "some evidence", 1.0, 2),
    ]


def test_a_set_of_copies_gives_those_found(tmp_path):
    write(tmp_path, "some", {"a": TEXT, "b": NEAR, "c": FAR, "d": OTHER, "e": OTHER}, [["b", "a"], ["d", "e"]])
    assert values(tmp_path) == {"some copies found": (1.0, 2), "some precision": (1.0, 2), "some evidence": (1.0, 2)}


def test_a_pair_that_is_kept_lowers_recall(tmp_path, monkeypatch):
    remove(monkeypatch, Removal("b", "a", "near", NEAR_JACCARD))
    write(tmp_path, "all", {"a": TEXT, "b": NEAR, "d": OTHER, "e": OTHER}, {("a", "b"): NEAR_JACCARD, ("d", "e"): 1.0})
    write(tmp_path, "copies", {"a": TEXT, "b": NEAR, "d": OTHER, "e": OTHER}, [["a", "b"], ["d", "e"]])
    assert values(tmp_path)["all recall"] == (0.5, 2)
    assert values(tmp_path)["copies copies found"] == (0.5, 2)


@pytest.mark.parametrize("listed", [{("a", "c"): 0.49}, {("a", "b"): NEAR_JACCARD}])
def test_a_removal_below_the_bound_or_the_listing_lowers_precision(tmp_path, monkeypatch, listed):
    remove(monkeypatch, Removal("c", "a", "near", 0.49))
    write(tmp_path, "some", {"a": TEXT, "b": NEAR, "c": FAR}, listed)
    assert values(tmp_path)["some precision"] == (0.0, 1)


def test_a_removal_that_is_no_listed_copy_lowers_precision(tmp_path, monkeypatch):
    remove(monkeypatch, Removal("b", "a", "near", NEAR_JACCARD), Removal("c", "a", "near", 0.49))
    write(tmp_path, "some", {"a": TEXT, "b": NEAR, "c": FAR}, [["a", "b"]])
    assert values(tmp_path)["some precision"] == (0.5, 2)


def test_a_jaccard_that_is_not_the_true_one_lowers_evidence(tmp_path, monkeypatch):
    remove(monkeypatch, Removal("b", "a", "near", NEAR_JACCARD - 0.002))
    write(tmp_path, "all", {"a": TEXT, "b": NEAR}, {("a", "b"): NEAR_JACCARD})
    write(tmp_path, "copies", {"a": TEXT, "b": NEAR}, [["a", "b"]])
    assert values(tmp_path)["all evidence"] == values(tmp_path)["copies evidence"] == (0.0, 1)


def test_nothing_removed_is_never_wrong_but_finds_nothing(tmp_path, monkeypatch):
    remove(monkeypatch)
    write(tmp_path, "some", {"a": TEXT, "b": NEAR}, {("a", "b"): NEAR_JACCARD})
    assert values(tmp_path) == {"some recall": (0.0, 1), "some precision": (1.0, 0), "some evidence": (1.0, 0)}


def test_a_set_without_a_true_pair_says_nothing_of_what_is_found(tmp_path):
    write(tmp_path, "all", {"a": TEXT, "c": FAR}, {("a", "c"): 0.49})
    write(tmp_path, "copies", {"a": TEXT, "d": OTHER}, [])
    told = {"all precision", "all evidence", "copies precision", "copies evidence"}
    assert values(tmp_path) == dict.fromkeys(told, (1.0, 0))


def test_a_set_without_truth_gives_nothing(tmp_path):
    write(tmp_path, "some", {"a": TEXT}, [])
    (tmp_path / "dedup" / "some_duplicate_pairs.json").unlink()
    assert dedup.score(tmp_path) == []


def test_removals_are_those_of_the_step():
    assert removals(["a", "b", "c"], [TEXT, NEAR, FAR]) == [Removal("b", "a", "near", pytest.approx(NEAR_JACCARD))]
    assert removals(["b", "a"], [TEXT, TEXT]) == [Removal("b", "a", "exact", 1.0)]


def test_the_reference_jaccard_is_of_sets_of_five_words():
    assert near_truth.shingle_set("One two, three four FIVE six") == {
        ("one", "two", "three", "four", "five"),
        ("two", "three", "four", "five", "six"),
    }
    assert near_truth.shingle_set("just two") == {("just", "two")}
    assert near_truth.shingle_set("?!") == frozenset()
    assert jaccard(frozenset(), frozenset()) == 0.0


def test_the_public_sets_lose_every_pair_and_no_other_document(shared_data):
    found = values(shared_data)
    for name in ("edited_articles", "licence_texts"):
        assert found[f"{name} recall"][0] >= 0.98
    assert found["articles copies found"] == (1.0, 10)
    assert {value for metric, (value, _) in found.items() if metric.endswith((" precision", " evidence"))} == {1.0}
