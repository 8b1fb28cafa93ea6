import pyarrow as pa
import pytest

from corpus.schema import MESSAGES
from processors.conversation_quality import ConversationQuality
from processors.select import Select

LONG = "What is it that the mash does in its second hour?"


def turns(*said):
    names = {"u": "user", "a": "assistant", "s": "system", "t": "tool"}
    return [{"role": names[one[0]], "content": one[2:]} for one in said]


def scored(*conversations, kind="conversation"):
    columns = {"id": [str(place) for place in range(len(conversations))], "kind": [kind] * len(conversations)}
    return ConversationQuality()(pa.table({**columns, "messages": pa.array(conversations, MESSAGES)}))


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        (turns("s:be kind", "u:why?", "a:because"), None),
        (turns("s:be kind", "u:why?"), "conversation-few-turns"),
        (turns("u:why?", "a: \n"), "conversation-empty-turns"),
        (turns("u:why?", "u:tell me", "a:because"), "conversation-roles"),
        (turns("u:why?", "a:because", "u:thanks"), "conversation-unanswered"),
        (turns("u:" + LONG, "a:because", "u:" + LONG, "a: " + LONG), "conversation-repeated-turns"),
        (turns("u:" + "why " * 500, "a:so"), "conversation-little-answer"),
        (turns("u:why?", "a:\u200b\u2060\ufeff"), "conversation-empty-turns"),
        (turns("u:\u200b", "a:because"), "conversation-empty-turns"),
        (turns("u:why?", "t:42", "a:"), "conversation-empty-turns"),
        (turns("a:because", "a:it is so"), "conversation-no-user"),
        (turns("u:why?", "a:", "t:42", "t:43", "a:because"), None),
        (turns("u:why?", "a:", "t:", "a:because"), None),
        (turns("u:why?", "a:I shall look it up.", "a:because"), None),
        (turns("u:Summarise: " + "The mash rests and warms. " * 100, "a:A mash rests."), None),
        (turns("u:is it warm?", "a:Yes.", "u:thanks", "a:Yes.", "u:thanks", "a:Yes.", "u:thanks", "a:Yes."), None),
        (turns("u:why?", "a:" + "because " * 20_000), "conversation-long-turn"),
        ([], "conversation-few-turns"),
    ],
)
def test_a_conversation_leaves_for_the_rule_it_breaks(conversation, reason):
    dropped = Select(sets=("conversation",))(scored(turns("u:hm?", "a:yes"), conversation)).dropped
    assert dropped["reason"].to_pylist() == ([reason] if reason else [])


def test_scores_of_a_conversation():
    (row,) = (
        scored(turns("s:rules", "u:why", "a:because", "u:no", "u:yes"))
        .drop_columns(["id", "kind", "messages"])
        .to_pylist()
    )
    assert row == pytest.approx(
        {
            "conversation_turns": 4,
            "conversation_user_turns": 3,
            "conversation_alternation": 2 / 3,
            "conversation_final_assistant": 0,
            "conversation_shortest_turn_chars": 2,
            "conversation_longest_turn_chars": 7,
            "conversation_assistant_ratio": 7 / 15,
            "conversation_repeated_ratio": 0,
            "conversation_empty_turns": 0,
        }
    )


def test_other_kinds_and_missing_messages_have_nulls():
    assert scored(turns("u:why", "a:so"), kind="article")["conversation_turns"].to_pylist() == [None]
    assert scored(None, turns("u:why", "a:so"))["conversation_turns"].to_pylist() == [None, 2]
