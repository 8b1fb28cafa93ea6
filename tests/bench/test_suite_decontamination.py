import gzip
import json

import pytest

from bench.injection import KINDS, NEGATIVES, any_window, make_injection
from bench.injection_items import FORMULAS, QUOTES, make_items
from bench.suites.decontamination import compared, measured, score, search
from processors.contamination_windows import common, windows_of


def test_the_same_seed_makes_the_same_items_and_all_are_different():
    items = make_items(200, 3)
    assert items == make_items(200, 3)
    assert len({one.text for one in items}) == 200
    assert len({one.template for one in items}) == 11


def test_no_quotation_or_formula_of_the_test_is_a_phrase_that_the_step_leaves_out():
    hashes, _ = windows_of([*(quote for quote, _ in QUOTES), *FORMULAS])
    assert not common(hashes).any()


def test_every_item_is_written_once_in_each_kind_and_never_into_a_lure(tmp_path):
    made = make_injection(tmp_path, items=16, seed=4)
    assert made == make_injection(tmp_path, items=16, seed=4)
    for kind in KINDS:
        assert [one.item for one in made.documents if one.kind == kind] == list(range(16))
    lures = [one for one in made.documents if one.kind in NEGATIVES]
    assert len(lures) == 16 * len(NEGATIVES)
    assert not any(page in lure.text for page in made.pages for lure in lures)
    assert all(page in one.text for page, one in zip(made.pages, made.documents, strict=False))


def test_hosts_are_the_documents_of_the_data_where_they_are(tmp_path):
    (tmp_path / "corpora").mkdir()
    with gzip.open(tmp_path / "corpora" / "english_documents.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": "The one host.\n\nIts second paragraph."}) + "\n")
    made = make_injection(tmp_path, items=8, seed=1)
    assert all("The one host." in one.text for one in made.documents)


def test_recall_counts_the_right_item_and_precision_the_wrong_ones(tmp_path):
    made = make_injection(tmp_path, items=8, seed=1)
    right = [{one.item} - {-1} for one in made.documents]
    assert {one.value for one in measured(made, right)} == {1.0}
    wrong = [{(one.item + 1) % 8} for one in made.documents]
    assert {one.value for one in measured(made, wrong)} == {0.0}
    assert {one.value for one in measured(made, [set()] * len(right))} == {0.0}


def test_the_usual_practice_takes_any_words_in_a_row():
    item = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    texts = ["and " + item, "one two three four five six seven eight nine ten eleven twelve 13", "one two"]
    assert any_window([item], texts, 13) == [{0}, set(), set()]
    assert any_window([item], texts, 12) == [{0}, {0}, set()]


def test_whole_and_wrapped_items_are_found_and_lures_are_not(tmp_path):
    made = make_injection(tmp_path, items=40, seed=9)
    found = {one.metric: one.value for one in measured(made, search(made))}
    assert found["injected verbatim recall"] == 1.0
    assert found["injected wrapped recall"] == 1.0
    assert found["injected precision"] >= 0.98


@pytest.mark.slow
def test_the_published_figures_hold_and_the_usual_practice_is_far_off(shared_data):
    found = {one.metric: one.value for one in score(shared_data)}
    assert found["injected verbatim recall"] == found["injected wrapped recall"] == 1.0
    assert found["injected precision"] >= 0.98
    rivals = [{one.metric: one.value for one in told} for name, told in compared(shared_data) if name != "gristmill"]
    assert max(one["injected precision"] for one in rivals) < 0.1
