"""What is compared of a document: code without its layout, conversations as questions and answer, prose as it is."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from corpus.near.shingles import shingles
from corpus.schema import DOCUMENT
from processors.compared import Compared, compared, hashes_of, sets_of, text_hashes

BOTH = ("case", "space")

PROGRAM = """\
def mash(malt, water):
    # One hour, and never above 68 degrees.
    mix = water.heat(68) + malt.crush(1.2)
    while mix.starch > 0.05:
        mix = mix.rest(minutes=60)
    return mix.lauter()["wort"]
"""
LAID_OUT_ANEW = (
    """\
def mash(
        malt,
        water):

\t# One hour, and never above 68 degrees.
\tmix = (water.heat( 68 ) + malt.crush( 1.2 ))   \t
\twhile mix.starch > 0.05:
\t\tmix = mix.rest( minutes = 60 )

\treturn mix.lauter()[ "wort" ]

""".replace("(water", "water")
    .replace("))   ", ")   ")
    .replace("\n", "\r\n")
)
RENAMED = PROGRAM.replace("mix", "blend").replace("malt", "grain").replace("water", "liquor")


def rows(*documents):
    columns = {"text": [], "kind": [], "messages": []}
    for text, kind, *turns in documents:
        columns["text"].append(text)
        columns["kind"].append(kind)
        columns["messages"].append([{"role": role, "content": said} for role, said in turns] if turns else None)
    return pa.table({name: pa.array(values, DOCUMENT.field(name).type) for name, values in columns.items()})


def sets(table):
    values, offsets = sets_of(compared(table))
    return [set(values[start:end].tolist()) for start, end in pairwise(offsets)]


def jaccard(first, second):
    return len(first & second) / len(first | second)


def test_programs_that_differ_only_in_layout_share_every_shingle():
    one, other = sets(rows((PROGRAM, "code"), (LAID_OUT_ANEW, "code")))
    assert one == other
    assert len(one) > 50


def test_programs_that_differ_in_their_names_are_not_near():
    one, other = sets(rows((PROGRAM, "code"), (RENAMED, "code")))
    assert jaccard(one, other) < 0.5


def test_marks_and_comments_of_a_program_count():
    changed = PROGRAM.replace("# One hour, and never above 68 degrees.", "").replace(" + ", " - ")
    one, other = sets(rows((PROGRAM, "code"), (changed, "code")))
    assert jaccard(one, other) < 0.8


def test_the_case_of_names_counts_in_code_and_not_in_prose():
    code, shouted, prose, loud = sets(
        rows((PROGRAM, "code"), (PROGRAM.upper(), "code"), (PROGRAM, "article"), (PROGRAM.upper(), "article"))
    )
    assert jaccard(code, shouted) < 0.2
    assert prose == loud


def test_prose_with_the_words_of_a_program_is_not_near_it():
    code, prose = sets(rows((PROGRAM, "code"), (PROGRAM, "article")))
    assert jaccard(code, prose) < 0.05


def test_the_same_question_and_answer_are_equal_whatever_else_was_said():
    asked, told = ("user", "How long does the mash rest?"), ("assistant", "For one hour at 68 degrees.")
    bare = ("**User:** How long?", "conversation", asked, told)
    others = [
        ("a thread", "conversation", ("system", "You are a brewer."), asked, told),
        ("a thread", "conversation", asked, ("assistant", "Of what?"), ("tool", "{}"), ("someone", "Hm."), told),
        ("a thread", "conversation", asked, told, ("assistant", " \n")),
        ("a page", "article", asked, told),
    ]
    found = compared(rows(bare, *others))
    assert found.texts.to_pylist() == ["How long does the mash rest?\n\nFor one hour at 68 degrees."] * 5
    assert found.forms == ["prose"] * 5
    assert len(set(hashes_of(found, ()).to_pylist())) == 1


def test_all_questions_count_and_of_the_answers_the_last():
    turns = (("user", "Why?"), ("assistant", "Because."), ("user", "And then?"), ("assistant", "Boil it."))
    found = compared(rows(("", "conversation", *turns)))
    assert found.texts.to_pylist() == ["Why?\n\nAnd then?\n\nBoil it."]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (("text", "conversation"), "text"),
        (("text", "conversation", ("user", "Anyone?")), "text"),
        (("text", "conversation", ("user", "Anyone?"), ("assistant", "\t"), ("tool", "{}")), "text"),
        (("text", "conversation", ("assistant", "It is late.")), "It is late."),
        (("text", "conversation", ("system", "Be brief.")), "text"),
        (("text", "conversation", ("user", " "), ("assistant", None)), "text"),
        ((None, "conversation", ("user", None)), None),
        (("text", None), "text"),
    ],
)
def test_without_question_or_answer_there_is_what_is_left(document, text):
    found = compared(rows(document))
    assert (found.texts.to_pylist(), found.forms) == ([text], ["prose"])


def test_exact_copies_agree_in_who_says_what():
    asked, told = ("user", "Why?"), ("assistant", "Because.")
    answered = ("**User:** Why?", "conversation", asked, told)
    others = [
        ("**User:** Why?", "conversation", ("user", "Why?"), ("user", "Because.")),
        ("Why?", "conversation", ("assistant", "Why?"), ("user", "Because.")),
        ("Why?", "conversation", ("user", "Why?\n\nBecause."), ("assistant", "Because.")),
        ("Why?\n\nBecause.", "article"),
        ("user\0 Why?\n\nassistant\0 Because.", "article"),
        ("Why?\n\nBecause.", "code"),
    ]
    hashes = hashes_of(compared(rows(answered, *others)), BOTH).to_pylist()
    assert len(set(hashes)) == len(hashes)
    shouted = ("", "article", ("user", " WHY? "), ("assistant", "BECAUSE.\n"))
    assert hashes_of(compared(rows(shouted)), BOTH).to_pylist() == hashes[:1]


def test_a_thread_without_an_answer_is_not_the_copy_of_the_answered_one():
    asked = ("user", "How long does the mash rest?")
    alone = ("**User:** How long does the mash rest?", "conversation", asked)
    answered = ("**User:** How long does the mash rest?", "conversation", asked, ("assistant", "For one hour."))
    posted = ("**User:** How long does the mash rest?", "article")
    one, other, third = hashes_of(compared(rows(alone, answered, posted)), BOTH).to_pylist()
    assert one != other
    assert one == third


turns = st.lists(
    st.tuples(
        st.sampled_from(["system", "user", "assistant", "tool", None]), st.sampled_from(["", " ", "a", "b\n", None])
    ),
    max_size=6,
)


def questions_and_answer(said):
    visible = [(role, content) for role, content in said or () if content and content.strip()]
    answers = [place for place, (role, _) in enumerate(visible) if role == "assistant"]
    kept = [one for place, (role, one) in enumerate(visible) if role == "user" or place in answers[-1:]]
    return "\n\n".join(kept) if answers else None


@given(st.lists(st.one_of(st.none(), turns), max_size=8), st.integers(0, 8))
def test_conversations_are_compared_row_by_row(conversations, start):
    table = rows(*(("text", "conversation", *(said or ())) for said in conversations)).slice(start)
    expected = [questions_and_answer(said) or "text" for said in conversations[start:]]
    assert compared(table).texts.to_pylist() == expected


def test_an_empty_table_is_compared_with_nothing():
    nothing = compared(rows())
    assert nothing == Compared(pa.array([], pa.large_string()), [], pa.array([], pa.large_string()))
    assert hashes_of(nothing, BOTH) == pa.array([], pa.binary(16))
    assert sets_of(nothing).offsets.tolist() == [0]
    assert text_hashes(nothing.texts, BOTH) == pa.array([], pa.binary(16))


def test_rows_of_a_slice_and_of_many_chunks_are_their_own():
    whole = rows(
        ("one", "article"),
        ("a = 1", "code"),
        ("", "conversation", ("user", "Why?"), ("assistant", "So.")),
        ("four", "paper"),
    )
    texts, forms, turns = compared(whole)
    for table in (whole.slice(1, 3), pa.concat_tables([whole.slice(1, 1), whole.slice(2, 2)])):
        assert compared(table) == Compared(texts.slice(1), forms[1:], turns.slice(1))


def silent(texts, forms):
    return Compared(pa.array(texts, pa.large_string()), forms, pa.nulls(len(texts), pa.large_string()))


words = st.text(alphabet="aB1_ +=\n\u00e9\u0e01\u4e2d", max_size=40)


@given(st.lists(st.tuples(words, st.sampled_from(["prose", "code"])), max_size=12))
def test_each_row_has_the_shingles_it_has_alone(documents):
    found = sets_of(silent([text for text, _ in documents], [form for _, form in documents]))
    assert (found.values.dtype, found.offsets.dtype) == (np.uint32, np.int64)
    alone = [shingles(text, form).tolist() for text, form in documents]
    bounds = pairwise(found.offsets)
    assert [found.values[start:end].tolist() for start, end in bounds] == alone


def levelled(text, ignores):
    text = text.lower() if "case" in ignores else text
    return " ".join(text.split()) if "space" in ignores or not text.strip() else text


odd = st.text(
    alphabet=st.one_of(
        st.sampled_from(" \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u2003\u3000aA\u03a3\u0130\u00df"), st.characters(codec="utf-8")
    ),
    max_size=20,
)


@given(
    st.lists(st.one_of(st.none(), odd, st.text(alphabet=" \t\x1eaB")), max_size=12),
    st.sampled_from([(), ("case",), ("space",), BOTH]),
)
def test_a_hash_is_that_of_the_text_as_python_levels_it(texts, ignores):
    expected = [levelled(text or "", ignores) for text in texts]
    assert text_hashes(pa.array(texts, pa.large_string()), ignores).to_pylist() == [
        xxhash.xxh3_128_digest(text.encode()) if text else None for text in expected
    ]


def test_hashes_are_the_same_in_chunks_slices_and_short_strings():
    texts = pa.array(["One  text", None, " two\n", "", "one TEXT", "zw\u00f6lf"], pa.large_string())
    whole = text_hashes(texts, BOTH)
    assert whole[0] == whole[4]
    assert text_hashes(pa.chunked_array([texts.slice(0, 2), texts.slice(2)]), BOTH) == whole
    assert text_hashes(texts.slice(3), BOTH) == whole.slice(3)
    assert text_hashes(texts.cast(pa.string()), BOTH) == whole


def test_levelling_takes_linear_time(growth):
    def blank(size):
        return pa.array([" a" + "  " * size + "B"], pa.large_string())

    assert growth(lambda texts: text_hashes(texts, BOTH), blank, 2_000_000) < 8


def test_a_program_is_the_copy_of_no_prose_and_of_no_program_in_another_case():
    texts = ["MAX = 1", "max = 1", "MAX  = 1", "MAX = 1", "max = 1", " "]
    code, loud, spaced, prose, quiet, blank = hashes_of(
        silent(texts, ["code", "code", "code", "prose", "prose", "code"]), BOTH
    ).to_pylist()
    assert code == spaced
    assert prose == quiet
    assert len({code, loud, prose}) == 3
    assert blank is None
