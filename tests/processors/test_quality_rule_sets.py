"""``select`` knows the papers' rules by name."""

import pyarrow as pa
import pytest
from pydantic import ValidationError

from processors.c4_lines import C4Lines
from processors.code_quality import CodeQuality
from processors.conversation_quality import ConversationQuality
from processors.quality import Quality
from processors.rule_sets import RULE_SETS
from processors.select import Rule, Select


def test_every_rule_judges_a_column_that_a_step_writes():
    written = {name for step in (Quality, C4Lines, CodeQuality, ConversationQuality) for name in step.writes}
    assert {rule.column for rules in RULE_SETS.values() for rule in rules} <= written


def test_a_reason_tells_its_set_and_stands_in_no_other():
    reasons = [rule.reason for rules in RULE_SETS.values() for rule in rules]
    assert len(set(reasons)) == len(reasons)
    for name, rules in RULE_SETS.items():
        assert {rule.reason.split("-")[0] for rule in rules} == {name.split("-")[0]}


def test_a_set_gives_its_rules_in_its_order():
    assert Select(sets=("fineweb", "gopher-quality")).rules == RULE_SETS["fineweb"] + RULE_SETS["gopher-quality"]


def test_a_rule_with_the_reason_of_one_of_the_set_stands_in_its_place_and_others_follow():
    looser = Rule(column="gopher_alphabetic_words", min=0.7, reason="gopher-alphabetic-words")
    own = Rule(column="language", any_of=("en",), reason="wrong-language")
    rules = Select(sets=("gopher-quality",), rules=(own, looser)).rules
    place = [rule.reason for rule in RULE_SETS["gopher-quality"]].index("gopher-alphabetic-words")
    assert rules[place] == looser
    assert rules[-1] == own
    assert len(rules) == len(RULE_SETS["gopher-quality"]) + 1


def test_reading_back_what_was_written_changes_nothing():
    select = Select(sets=("c4", "code"), rules=(Rule(column="c4_sentences", min=3, reason="c4-few-sentences"),))
    assert Select.model_validate(select.model_dump()) == select
    assert Select.model_validate_json(select.model_dump_json()).fingerprint == select.fingerprint


def test_the_fingerprint_follows_the_numbers_of_the_sets(monkeypatch):
    before = Select(sets=("c4",)).fingerprint
    monkeypatch.setitem(RULE_SETS, "c4", (Rule(column="c4_sentences", min=3, reason="c4-few-sentences"),))
    assert Select(sets=("c4",)).fingerprint != before


def test_an_unknown_set_or_no_rule_at_all_is_refused():
    with pytest.raises(ValidationError, match="gopher-quality"):
        Select(sets=("gofer",))
    with pytest.raises(ValidationError):
        Select()
    with pytest.raises(ValidationError, match="needs one of min, max, any_of, none_of"):
        Select(sets=("c4",), rules=({"column": "x", "reason": "nothing"},))


def test_a_rule_for_some_kinds_lets_the_others_pass():
    table = pa.table({"id": ["a", "b", "c"], "kind": ["code", "article", None], "lines": [9, 9, None]})
    rule = Rule(column="lines", max=5, kinds=("code",), reason="long")
    assert Select(rules=(rule,))(table).dropped["id"].to_pylist() == ["a"]


def test_text_of_every_rule_set_is_judged_from_the_steps_alone():
    text = "\n".join(
        f"The brewer of house {n} says that the mash of this year has to be kept warm for hours." for n in range(9)
    )
    table = pa.table(
        {
            "id": ["a"],
            "kind": ["article"],
            "messages": pa.nulls(1),
            "text": pa.array([text], pa.large_string()),
            "url": [""],
        }
    )
    scored = CodeQuality()(C4Lines()(Quality()(table)))
    judged = ("gopher-quality", "gopher-repetition", "c4", "fineweb", "code")
    assert [name for name in judged if Select(sets=(name,))(scored).dropped.num_rows] == ["gopher-repetition"]
