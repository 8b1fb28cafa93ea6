"""Threads to Markdown and dialogue: the rule on made-up threads, and trees that no one would write."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.extract_thread import MAX_QUOTES, read_thread
from processors.extracted import Extracted

TYPE = "application/json; profile=reddit-thread"
LONG = "Lower the mash temperature to 65 degrees and wait for a quarter of an hour."


def comment(name, parent="t3_p", body=LONG, author="ann", score=5, **more):
    return {"id": name, "parent": parent, "author": author, "score": score, "body": body} | more


def thread(*comments, **more):
    facts = {"id": "t3_p", "title": "Sweet beer", "text": "Why is mine sweet?", "url": None, "author": "poster"}
    return facts | {"score": 3, "created": 1_700_000_000, "comments": list(comments)} | more


def read(*comments, **more):
    return read_thread(json.dumps(thread(*comments, **more)).encode(), TYPE)


def spoken(extracted):
    return [(message["role"], message["content"]) for message in extracted.messages]


def test_a_thread_becomes_markdown_with_each_reply_quoted_one_level_deeper():
    found = read(
        comment("t1_a", body="Line one\n\nLine two"),
        comment("t1_b", "t1_a", "Thanks", "poster"),
        comment("t1_c", body="Another"),
        url="https://brew.test/x",
    )
    assert found.text == (
        "# Sweet beer\n\nWhy is mine sweet?\n\n<https://brew.test/x>\n\n"
        "> Line one\n>\n> Line two\n\n> > Thanks\n\n> Another"
    )
    assert (found.title, found.author, found.created_at.year) == ("Sweet beer", "poster", 2023)


def test_the_best_answer_becomes_the_assistant_turn():
    found = read(comment("t1_a", score=4), comment("t1_b", body=LONG + " Or hotter.", score=9))
    assert spoken(found) == [("user", "Sweet beer\n\nWhy is mine sweet?"), ("assistant", LONG + " Or hotter.")]


def test_the_dialogue_goes_on_where_someone_asks_and_is_answered_and_ends_with_an_answer():
    found = read(
        comment("t1_a", score=9),
        comment("t1_b", "t1_a", "Nice joke.", "bob", 50),
        comment("t1_c", "t1_b", "Very funny indeed, all of you.", "cid", 60),
        comment("t1_d", "t1_a", "And the yeast?", "poster", 2),
        comment("t1_e", "t1_d", "A fresh pack.", "ann", 3),
        comment("t1_f", "t1_e", "Thanks!", "poster", 7),
    )
    assert [content for _, content in spoken(found)][1:] == [LONG, "And the yeast?", "A fresh pack."]
    assert [role for role, _ in spoken(found)] == ["user", "assistant", "user", "assistant"]


def test_another_reader_who_asks_is_the_user_too():
    found = read(
        comment("t1_a"), comment("t1_b", "t1_a", "Also for ale?", "bob", 1), comment("t1_c", "t1_b", "Yes.", "cid", 1)
    )
    assert [role for role, _ in spoken(found)] == ["user", "assistant", "user", "assistant"]


def test_someone_who_replies_to_oneself_goes_on_in_the_same_turn():
    found = read(comment("t1_a"), comment("t1_b", "t1_a", "Edit: 64 is better.", score=2))
    assert spoken(found)[1:] == [("assistant", LONG + "\n\nEdit: 64 is better.")]


def test_a_deeper_path_wins_by_the_sum_of_its_answers():
    found = read(
        comment("t1_a"),
        comment("t1_b", "t1_a", "How long?", "poster", 9),
        comment("t1_c", "t1_b", "A day.", "cid", 2),
        comment("t1_d", "t1_a", "How warm?", "poster", 1),
        comment("t1_e", "t1_d", "Cellar.", "cid", 2),
        comment("t1_f", "t1_e", "Mine is cold?", "poster", 1),
        comment("t1_g", "t1_f", "Good.", "cid", 4),
    )
    assert [content for _, content in spoken(found)][2:] == ["How warm?", "Cellar.", "Mine is cold?", "Good."]


def test_two_whose_accounts_are_deleted_are_not_taken_for_one():
    found = read(
        comment("t1_a"),
        comment("t1_b", "t1_a", "How long?", None, 2),
        comment("t1_c", "t1_b", "How warm, too?", None, 1, is_submitter=True),
        comment("t1_d", "t1_c", "Cellar.", "cid", 2),
        author=None,
    )
    assert [role for role, _ in spoken(found)] == ["user", "assistant"]


def test_nobody_who_comments_is_named_in_text_or_messages():
    found = read(comment("t1_a", author="#1"), comment("t1_b", "t1_a", "And?", "#2", is_submitter=True))
    assert "#1" not in json.dumps([found.text, found.messages])
    assert "poster" not in json.dumps([found.text, found.messages])
    assert found.author == "poster"


def test_there_is_no_dialogue_without_a_good_answer():
    for replies in (
        [],
        [comment("t1_a", score=1)],
        [comment("t1_a", body="This.")],
        [comment("t1_a", body=LONG[:-1] + "?")],
    ):
        assert read(*replies).messages is None
    assert read(comment("t1_a", author="poster")).messages is None
    assert read(comment("t1_a", is_submitter=True)).messages is None


def test_there_is_no_dialogue_about_a_bare_link_or_a_post_that_was_voted_down():
    assert read(comment("t1_a"), text="", url="https://brew.test/").messages is None
    assert read(comment("t1_a"), score=-1).messages is None
    assert read(comment("t1_a"), text="", title="What is wort?").messages


def test_a_comment_without_a_text_holds_its_replies_together():
    found = read({"id": "t1_a", "parent": "t3_p"}, comment("t1_b", "t1_a", "Below"))
    assert found.text.endswith("\n\n> > Below")
    assert found.messages is None


def test_a_reply_whose_parent_is_not_there_hangs_from_the_post():
    assert read(comment("t1_b", "t1_lost", "Orphan")).text.endswith("\n\n> Orphan")


def test_a_cycle_hangs_nowhere_and_of_one_id_the_first_counts():
    found = read(
        comment("t1_a", "t1_b", "round"),
        comment("t1_b", "t1_a", "and round"),
        comment("t1_c", "t1_c", "itself"),
        comment("t1_d", body="kept"),
        comment("t1_d", body="again"),
    )
    assert found.text.endswith("Why is mine sweet?\n\n> kept")


def deep(count):
    people = ("ann", "poster")
    return [
        comment(f"t1_{i}", f"t1_{i - 1}" if i else "t3_p", f"{LONG} {i}?" if i % 2 else LONG, people[i % 2])
        for i in range(count)
    ]


def test_a_tree_is_read_in_time_proportional_to_its_depth(growth):
    assert growth(lambda comments: read(*comments), deep, 2_500) < 10
    found = read(*deep(10_000))
    assert len(found.messages) == 10_000
    assert found.messages[-1]["role"] == "assistant"
    assert "> " * (MAX_QUOTES + 1) not in found.text


def test_entities_are_left_as_the_service_sent_them():
    assert "`a &amp; b` <c>" in read(comment("t1_a", body="`a &amp; b` <c>")).text


def test_halves_of_surrogate_pairs_become_the_replacement_character():
    found = read_thread(json.dumps(thread(comment("t1_a", body=LONG + "\ud800"))).encode(), TYPE)
    assert found.text.encode()
    assert found.messages[1]["content"].endswith("\ufffd")


def test_what_is_no_thread_is_broken():
    for body in (b"", b"\xff", b"[]", b"{}", b'{"comments": 1}', b"[" * 100_000):
        assert read_thread(body, TYPE) == Extracted(problem="broken")


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)
NAMES = st.sampled_from(["t3_p", "t1_0", "t1_1", "t1_2", "t1_3"])
COMMENTS = st.lists(
    st.dictionaries(st.sampled_from(["id", "parent", "author", "score", "body", "is_submitter"]), NAMES | VALUES)
    | VALUES,
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_it(body):
    assert isinstance(read_thread(body, TYPE), Extracted)


@settings(max_examples=100, deadline=None)
@given(COMMENTS, st.dictionaries(st.sampled_from(["title", "text", "url", "author", "score", "created", "id"]), VALUES))
def test_no_tree_breaks_it_and_turns_always_alternate(comments, more):
    found = read_thread(json.dumps(thread() | more | {"comments": comments}).encode(), TYPE)
    assert isinstance(found.text, str)
    roles = [message["role"] for message in found.messages or ()]
    assert roles == ["user", "assistant"] * (len(roles) // 2)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 9),
            st.sampled_from(["poster", "ann", "bob", None]),
            st.sampled_from([LONG, LONG + "?", "ok?"]),
            st.integers(-2, 9),
        ),
        max_size=10,
    )
)
def test_every_dialogue_alternates_and_ends_with_an_answer(made):
    comments = [
        comment(f"t1_{i}", f"t1_{parent}" if parent < i else "t3_p", body, author, score)
        for i, (parent, author, body, score) in enumerate(made)
    ]
    roles = [message["role"] for message in read(*comments).messages or ()]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
