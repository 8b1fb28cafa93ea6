"""``Select`` is the only place that drops, and says why."""

import pyarrow as pa
import pytest
from pydantic import ValidationError

from corpus.errors import RecipeError
from processors.select import Rule, Select

TABLE = pa.table(
    {
        "id": ["a", "b", "c", "d"],
        "word_count": pa.array([10, 60, 70, None], pa.int32()),
        "language": ["en", "de", "en", "en"],
        "duplicate_rule": pa.array([None, None, "near", None], pa.string()),
        "duplicate_of": pa.array([None, None, "b", None], pa.string()),
        "duplicate_jaccard": pa.array([None, None, 0.875, None], pa.float64()),
        "duplicate_containment": pa.array([None, None, 0.9335, None], pa.float64()),
    }
)


def reasons(select, table=TABLE):
    kept, dropped = select(table)
    return kept["id"].to_pylist(), {row["id"]: row["reason"] for row in dropped.to_pylist()}


def test_each_row_leaves_for_the_first_rule_it_fails():
    select = Select(
        rules=(
            Rule(column="word_count", min=50, reason="too-short"),
            Rule(column="language", any_of=("en",), reason="wrong-language"),
            Rule(column="duplicate_rule", none_of=("near",), reason="near-duplicate"),
        )
    )
    assert reasons(select) == ([], {"a": "too-short", "b": "wrong-language", "c": "near-duplicate", "d": "too-short"})


def test_a_null_fails_bounds_and_any_of_but_passes_none_of():
    assert reasons(Select(rules=(Rule(column="word_count", max=1000, reason="too-long"),)))[1] == {"d": "too-long"}
    assert reasons(Select(rules=(Rule(column="duplicate_rule", none_of=("near",), reason="near-duplicate"),)))[0] == [
        "a",
        "b",
        "d",
    ]
    assert reasons(Select(rules=(Rule(column="duplicate_rule", any_of=("near",), reason="unique"),)))[0] == ["c"]


def test_bounds_are_inclusive():
    assert reasons(Select(rules=(Rule(column="word_count", min=10, max=60, reason="length"),)))[0] == ["a", "b"]


def test_the_evidence_is_a_sentence_with_the_value_and_the_winner():
    rules = (
        Rule(column="word_count", min=50, reason="too-short"),
        Rule(column="duplicate_rule", none_of=("near",), reason="dup"),
    )
    evidence = {row["id"]: row["evidence"] for row in Select(rules=rules)(TABLE).dropped.to_pylist()}
    assert evidence["a"] == "word_count is 10; a row that stays has at least 50"
    assert evidence["c"] == "near duplicate of b: Jaccard 0.875, 0.933 of it stands there"


def test_nothing_is_lost_and_the_order_stays():
    kept, dropped = Select(rules=(Rule(column="language", any_of=("en",), reason="wrong-language"),))(TABLE)
    assert sorted(kept["id"].to_pylist() + dropped["id"].to_pylist()) == TABLE["id"].to_pylist()
    assert kept["id"].to_pylist() == ["a", "c", "d"]


def test_an_empty_table_stays_empty():
    kept, dropped = Select(rules=(Rule(column="language", any_of=("en",), reason="wrong-language"),))(TABLE.slice(0, 0))
    assert (kept.num_rows, dropped.num_rows) == (0, 0)


def test_a_rule_without_a_condition_is_refused():
    with pytest.raises(ValidationError, match="needs one of min, max, any_of, none_of"):
        Rule(column="language", reason="nothing")


def test_what_has_no_value_is_said_so():
    (row,) = Select(rules=(Rule(column="word_count", min=2, reason="few"),))(TABLE.slice(3)).dropped.to_pylist()
    assert row["evidence"] == "word_count has no value; a row that stays has at least 2"


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"sets": [["code"]]}, ("sets", 0)),
        ({"sets": 5}, ("sets",)),
        ({"rules": 5}, ("rules",)),
        ({"rules": [5]}, ("rules", 0)),
        ({"sets": ["code"], "kinds": 5}, ("kinds",)),
        ({"rules": [{"colum": "x", "min": 1, "reason": "x"}]}, ("rules", 0, "column")),
        ({}, ("rules",)),
    ],
)
def test_a_malformed_option_is_told_with_its_place(options, place):
    with pytest.raises(ValidationError) as caught:
        Select.model_validate(options)
    assert caught.value.errors()[0]["loc"] == place


def test_a_set_is_named_once():
    with pytest.raises(ValidationError, match="the set 'fineweb' is named twice"):
        Select(sets=("fineweb", "fineweb"))


@pytest.mark.parametrize(
    "rule",
    [
        Rule(column="word_count", any_of=("fifty",), reason="too-short"),
        Rule(column="language", min=0.5, reason="wrong-language"),
    ],
)
def test_a_rule_of_another_type_than_its_column_is_named(rule):
    with pytest.raises(RecipeError, match=f"the rule '{rule.reason}' cannot judge the column '{rule.column}'"):
        Select(rules=(rule,))(TABLE)


def test_an_overlap_names_the_items_of_the_evaluation_sets():
    hits = [{"set": "exam", "item": "7", "share": 0.95}, {"set": "quiz", "item": "12", "share": 0.6}]
    table = pa.table({"id": ["a", "b"], "contamination": [0.95, 0.0], "contamination_hits": [hits, []]})
    kept, dropped = Select(rules=(Rule(column="contamination", max=0, reason="evaluation-overlap"),))(table)
    assert kept["id"].to_pylist() == ["b"]
    assert dropped["evidence"].to_pylist() == ["holds 95.0% of exam item 7, 60.0% of quiz item 12"]


def test_an_overlap_of_many_items_names_the_best_and_counts_the_others():
    hits = [{"set": "exam", "item": str(item), "share": 0.7} for item in range(2_999)]
    hits.append({"set": "exam", "item": "the whole of it" * 100, "share": 1.0})
    table = pa.table({"id": ["a"], "contamination": [1.0], "contamination_hits": [hits]})
    (row,) = Select(rules=(Rule(column="contamination", max=0, reason="overlap"),))(table).dropped.to_pylist()
    assert row["evidence"].startswith("holds 100.0% of exam item the whole of it")
    assert row["evidence"].endswith(", 70.0% of exam item 2, 70.0% of exam item 3, and 2,995 more")
    assert len(row["evidence"]) < 300
