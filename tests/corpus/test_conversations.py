import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.conversations import conversations_in, encode_conversation

ASK = {"role": "user", "content": "Why does bread rise?"}
TELL = {"role": "assistant", "content": "Yeast makes gas."}


def turns(record):
    (one,) = conversations_in(record)
    return [(turn["role"], turn["content"]) for turn in one["messages"]]


def node(key, parent, role, text, **more):
    message = {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}, "recipient": "all"}
    return {key: {"id": key, "parent": parent, "children": [], "message": message | more}}


CHATGPT = {
    "title": "Rising  bread",
    "create_time": 1700000000.5,
    "conversation_id": "c1",
    "current_node": "e",
    "mapping": {
        "root": {"id": "root", "parent": None, "children": ["a"], "message": None},
        **node("a", "root", "system", "", metadata={"is_visually_hidden_from_conversation": True}),
        **node("b", "a", "user", "Why does it rise?"),
        **node("x", "b", "assistant", "An answer that was thrown away."),
        **node("c", "b", "assistant", "search('bread')", recipient="browser"),
        **node("d", "c", "tool", "many results"),
        **node("e", "d", "assistant", "Yeast\ue200cite\ue202turn0search1\ue201 does it【3†source】."),
    },
}
CLAUDE = {
    "uuid": "u1",
    "name": "Bread",
    "created_at": "2025-01-02T03:04:05.678Z",
    "chat_messages": [
        {"uuid": "1", "sender": "human", "text": "Sum this up", "parent_message_uuid": "0", "attachments": [{"file_name": "paste.txt", "extracted_content": "Bread rises."}]},
        {"uuid": "2", "sender": "assistant", "text": "An older branch", "parent_message_uuid": "1"},
        {"uuid": "3", "sender": "assistant", "text": "unsupported block", "parent_message_uuid": "1", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "It rises."}, {"type": "tool_use", "input": {}}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [ASK, TELL]},
        [ASK, TELL],
        [{"messages": [ASK, TELL]}],
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Why does bread rise?"}, {"type": "image_url", "image_url": {"url": "x"}}]}, TELL]},
        {"conversations": [{"from": "human", "value": "Why does bread rise?"}, {"from": "gpt", "value": "Yeast makes gas."}]},
        {"conversation": [{"role": "user", "content": "Why does bread rise?"}, {"role": "model", "parts": ["Yeast makes gas."]}]},
        {"instruction": "Why does bread rise?", "input": "", "output": "Yeast makes gas."},
        {"prompt": "Why does bread rise?", "response": "Yeast makes gas."},
        {"prompt": "Why does bread rise?", "completion": "Yeast makes gas."},
        {"prompt": [ASK], "completion": [TELL]},
        {"question": "Why does bread rise?", "answer": "Yeast makes gas."},
        {"id": "0", "data": ["Why does bread rise?", "Yeast makes gas."]},
        {"dialog": ["Why does bread rise?", "Yeast makes gas."]},
    ],
)  # fmt: skip
def test_every_wild_form_gives_the_same_two_turns(record):
    assert turns(record) == [("user", "Why does bread rise?"), ("assistant", "Yeast makes gas.")]


def test_an_instruction_stands_over_its_input_and_after_its_system_prompt_and_history():
    record = {"system": "Be short.", "instruction": "Translate.", "input": "le pain", "output": "bread", "history": [["Hi", "Hello"], ["odd"]]}  # fmt: skip
    assert turns(record) == [
        ("system", "Be short."),
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("user", "Translate.\n\nle pain"),
        ("assistant", "bread"),
    ]


def test_an_export_of_chatgpt_gives_the_open_branch_without_tools_and_source_marks():
    (one,) = conversations_in([CHATGPT])
    assert one == {
        "key": "c1",
        "title": "Rising bread",
        "created_at": datetime(2023, 11, 14, 22, 13, 20, 500000, tzinfo=UTC),
        "messages": [
            {"role": "user", "content": "Why does it rise?"},
            {"role": "assistant", "content": "Yeast does it."},
        ],
    }


def test_a_mapping_that_runs_in_a_circle_ends():
    record = copy.deepcopy(CHATGPT)
    record["mapping"]["b"]["parent"] = "e"
    assert turns(record) == [("user", "Why does it rise?"), ("assistant", "Yeast does it.")]


def test_an_export_of_claude_gives_the_open_branch_with_what_was_pasted():
    (one,) = conversations_in([CLAUDE])
    assert (one["key"], one["title"]) == ("u1", "Bread")
    assert one["created_at"] == datetime(2025, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert turns(CLAUDE) == [("user", "Sum this up\n\nBread rises."), ("assistant", "It rises.")]
    assert turns(CLAUDE | {"current_leaf_message_uuid": "2"})[1] == ("assistant", "An older branch")


def test_tools_are_kept_out_with_their_calls_and_neighbours_of_one_role_become_one():
    record = {
        "messages": [
            {"role": "developer", "content": "Be kind."},
            ASK,
            {"role": "assistant", "content": "Let me look."},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
            {"role": "tool", "content": "{...}"},
            TELL,
        ]
    }
    assert turns(record) == [
        ("system", "Be kind."),
        ("user", "Why does bread rise?"),
        ("assistant", "Let me look.\n\nYeast makes gas."),
    ]


def test_a_question_that_is_only_a_picture_ends_the_conversation_before_it():
    picture = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}
    assert len(turns([ASK, TELL, picture, {"role": "assistant", "content": "A nice loaf."}])) == 2


def test_indentation_of_code_stays():
    assert (
        turns([ASK, {"role": "assistant", "content": "\r\n    x = 1\r\n    y = 2\r\n"}])[1][1] == "    x = 1\n    y = 2"
    )


@pytest.mark.parametrize(
    "record",
    [None, 3, "text", [], {}, [ASK], [TELL], {"messages": []}, {"messages": [ASK, {"role": "tool", "content": "x"}]},
     {"tags": ["a", "b"], "items": ["c", "d"]}, {"data": ["a", "b"], "kind": "columns"}, {"id": 1, "data": ["a", "b", "c"]},
     {"question_id": 81, "turns": ["Write a post.", "Now write it anew."]}, {"prompt": "x", "completion": "y", "label": False}, [TELL, ASK], {"mapping": {}}, {"mapping": {}, "current_node": []}, {"chat_messages": [CLAUDE["chat_messages"][0]], "current_leaf_message_uuid": {}},
     {"mapping": {"a": {"parent": [], "message": {"author": {"role": []}, "recipient": [], "content": {"content_type": [], "parts": {"type": []}}}}}},
     {"mapping": {"a": 1}, "current_node": "a"},
     {"prompt": "x", "completion": {"a": 1}}, {"question": {"a": 1}, "answer": "x"}, [[[[[[ASK, TELL]]]]]]],
)  # fmt: skip
def test_what_is_no_conversation_gives_none(record):
    assert conversations_in(record) == []


@pytest.mark.parametrize("time", ["soon", 1e300, -1e300, float("nan"), float("inf"), "9" * 5000, True, "2025-99-99"])
def test_a_time_that_is_none_is_left_out(time):
    (one,) = conversations_in({"messages": [ASK, TELL], "timestamp": time})
    assert one["created_at"] is None


def test_times_are_utc_from_seconds_milliseconds_and_iso():
    for time in (1700000000, 1700000000000, "2023-11-14T23:13:20+01:00", "2023-11-14 22:13:20", "1700000000"):
        (one,) = conversations_in({"messages": [ASK, TELL], "create_time": time})
        assert one["created_at"] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_the_canonical_body_is_the_same_for_the_same_turns_and_always_utf_8():
    body = encode_conversation([TELL | {"content": "Käse \ud800"}], title="x", text="y")
    assert body == '{"messages":[{"content":"Käse \ufffd","role":"assistant"}],"text":"y","title":"x"}'.encode()
    assert json.loads(encode_conversation([ASK])) == {"messages": [ASK], "title": None}


NAMES = st.sampled_from(
    ["messages", "conversations", "role", "from", "content", "value", "mapping", "parent", "message", "author", "parts",
     "current_node", "chat_messages", "uuid", "parent_message_uuid", "prompt", "output", "history", "type", "text",
     "attachments", "created_at", "id", "user", "assistant", "a"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NAMES | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=40,
)


@pytest.mark.parametrize(
    ("roles", "kept"),
    [("a1 u1 a2", "u1 a2"), ("u1 s1 a1", "s1 u1 a1"), ("s1 u1 s2 a1", "s1+s2 u1 a1"), ("u1 a1 u2", "u1 a1"), ("a1 u1", ""),
     ("s1 u1", ""), ("a1 s1 u1 u2 a2 a3 u3 u4", "s1 u1+u2 a2+a3"), ("u1 a u2 a2", "u2 a2"), ("u1 a a1 u2 a2", "u1 a1 u2 a2"),
     ("u1 a1 u2 a u3 a3 u4 a", "u1 a1 u3 a3"), ("u1 t1 u2 a2", "u2 a2"), ("u1 t1 a1", "u1 a1"), ("u1 a1 u a2", "u1 a1"), ("u1 s a1", "u1 a1")],
)  # fmt: skip
def test_turns_come_in_the_order_that_templates_take_each_question_with_its_answer(roles, kept):
    names = {"s": "system", "u": "user", "a": "assistant", "t": "tool"}
    record = [{"role": names[turn[0]], "content": turn if turn[1:] else "\u200b \n"} for turn in roles.split()]
    expected = [[(names[turn[0]], turn.replace("+", "\n\n")) for turn in kept.split()]] if kept else []
    assert [
        [(turn["role"], turn["content"]) for turn in one["messages"]] for one in conversations_in(record)
    ] == expected


def test_a_question_whose_answer_was_a_tool_of_chatgpt_goes_with_it():
    record = copy.deepcopy(CHATGPT)
    record["mapping"]["e"] = node("e", "d", "user", "And rye?")["e"]
    record["mapping"] |= node("f", "e", "assistant", "It rises less.")
    assert turns(record | {"current_node": "f"}) == [("user", "And rye?"), ("assistant", "It rises less.")]


def test_what_claude_writes_in_place_of_a_tool_is_no_answer():
    mark = "```\nThis block is not supported on your current device yet.\n```"
    told = [{"sender": "human", "text": "q"}, {"sender": "assistant", "text": mark, "content": [{"type": "tool_use"}]}]
    more = [{"sender": "human", "text": "q2"}, {"sender": "assistant", "text": f"Look.\n\n{mark}\n\nDone."}]
    assert turns({"chat_messages": told + more}) == [("user", "q2"), ("assistant", "Look.\n\n\n\nDone.")]


def test_an_answer_of_weight_nought_goes_with_its_question():
    bad = {"role": "assistant", "content": "Magic.", "weight": 0}
    assert turns([ASK, bad, ASK, TELL | {"weight": 1}]) == turns([ASK, TELL])


@pytest.mark.parametrize(
    ("said", "left"),
    [("<think>Hm.\n</think>\n\nYes.", "Yes."), ("<thinking>Hm.</thinking>Yes.", "Yes."), ("Hm.\n</think>\n\nYes.", "Yes."),
     ("Look.\n<think>Hm.</think>\nYes. <think>Hm.</think>", "Look.\n\nYes."), ("Use the `<think>` and `</think>` tags.",) * 2,
     ("Say the <think> tag.",) * 2, ("```\n<think>\na\n</think>\n```\nis how.",) * 2],
)  # fmt: skip
def test_thoughts_are_taken_out_of_answers(said, left):
    assert turns([ASK, {"role": "assistant", "content": said}])[1][1] == left
    assert turns({"question": "q", "answer": said})[1][1] == left
    assert turns([{"role": "user", "content": said}, TELL])[0][1] == said


def test_a_thought_without_end_leaves_no_answer():
    assert conversations_in([ASK, {"role": "assistant", "content": "<think>Hm. Bread"}]) == []


def test_the_solution_worked_out_is_the_answer_and_not_its_result_alone():
    for names in (("solution", "answer"), ("answer", "solution")):
        record = {"problem": "2 + 2?", names[0]: "Two and two make 4.", names[1]: "4"}
        assert turns(record)[1] == ("assistant", "Two and two make 4.")
    assert (
        turns({"problem": "2 + 2?", "output": "", "response": "Four.", "answer": "It is the number 4."})[1][1]
        == "Four."
    )


@pytest.mark.parametrize("time", ["2024", 2024, 2024.0, 20240315, "0"])
def test_a_year_alone_is_no_time(time):
    assert conversations_in({"messages": [ASK, TELL], "date": time})[0]["created_at"] is None


def test_a_day_written_without_dashes_is_one():
    assert conversations_in({"messages": [ASK, TELL], "date": "20240315"})[0]["created_at"] == datetime(
        2024, 3, 15, tzinfo=UTC
    )


@settings(max_examples=120, deadline=None)
@given(VALUES)
def test_any_json_gives_encodable_conversations_with_question_and_answer(record):
    for one in conversations_in(record):
        roles = [turn["role"] for turn in one["messages"] if turn["role"] != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2) != []
        assert all(turn["content"].strip() for turn in one["messages"])
        assert json.loads(encode_conversation(one["messages"]))["messages"] == one["messages"]


def test_a_very_long_mapping_is_read_in_little_time():
    mapping = {}
    for number in range(20_000):
        mapping.update(node(str(number), str(number - 1), ("user", "assistant")[number % 2], f"turn {number}"))
    assert len(turns({"mapping": mapping, "current_node": "19999"})) == 20_000


def test_very_many_turns_of_one_role_are_joined_in_little_time():
    assert len(turns([ASK, *[TELL] * 100_000])[1][1]) == 100_000 * len(TELL["content"]) + 99_999 * 2
