"""The tokens of a text, and the spelling by which a kernel tells them byte by byte."""

import re
import sys
import unicodedata
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.near import tokens as near_tokens
from corpus.near.tokens import ALONE, SPACE, WORD, kinds, spelled, text_bytes, tokens

FORMS = ("prose", "code")
EVERY = [chr(point) for point in range(sys.maxunicode + 1)]
UNSPACED = re.compile(f"[{near_tokens._UNSPACED}]")


def read(texts, form):
    """The tokens of spelled texts by the rule for bytes."""
    data, offsets = text_bytes(spelled(pa.array(texts, pa.large_string()), form))
    kind = kinds(form)
    found = []
    for first, last in pairwise(offsets):
        text, one = data[first:last].tobytes(), []
        for match in re.finditer(rb"(?s).", text):
            byte = match.group()
            is_new = not match.start() or kind[text[match.start() - 1]] != WORD or kind[byte[0]] != WORD
            if kind[byte[0]] != SPACE:
                one[len(one) - (not is_new) :] = [byte] if is_new else [one[-1] + byte]
        assert text.endswith((b" ", b"\n"))
        found.append([token.decode() for token in one])
    return [[token.lower() if form == "prose" else token for token in one] for one in found]


@given(st.text(max_size=60))
def test_words_of_spaced_scripts_are_those_of_the_regular_expression(text):
    if not UNSPACED.search(text.lower()):
        assert tokens(text) == re.findall(r"\w+", text.lower())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don\u2019t \u201cquote\u201d me", ["don", "t", "quote", "me"]),
        ("\u0130stanbul", ["i", "stanbul"]),  # a dotted capital becomes i and a combining dot, which is no letter
        ("\u039f\u0394\u039f\u03a3", ["οδος"]),
        ("cafe\u0301 na\u00efve", ["cafe", "na\u00efve"]),
        ("\u0663\u0664 x\u00b2", ["\u0663\u0664", "x\u00b2"]),
        ("snake_case A-1", ["snake_case", "a", "1"]),
        ("我爱ABC北京", ["我", "爱", "abc", "北", "京"]),
        ("สวัสดี", list("สวัสดี")),
        ("\U00020000\U0002a6df\U00030000x", ["\U00020000", "\U0002a6df", "\U00030000", "x"]),
        ("ｶﾞｲﾄﾞ abc", [*"ｶﾞｲﾄﾞ", "abc"]),
        ("\uaa60\uaa61\ua9e0", list("\uaa60\uaa61\ua9e0")),
        ("\U0001b002ㇰ", ["\U0001b002", "ㇰ"]),
        ("nul\0byte", ["nul", "byte"]),
        ("a\ud800b", ["a", "b"]),
        (" \n\t", []),
    ],
)
def test_prose_gives_these_tokens(text, expected):
    assert tokens(text) == expected


def test_code_keeps_case_and_makes_every_sign_a_token():
    code = "if (Ab->c_1 != 'é\u2192') {\x1f\0}"
    assert tokens(code, "code") == ["if", "(", "Ab", "-", ">", "c_1", "!", "=", "'", "é", "→", "'", ")", "{", "\0", "}"]


@pytest.mark.parametrize("form", FORMS)
def test_the_spelling_of_each_single_character_has_its_tokens(form):
    texts = [f"Q{character}Q" for character in EVERY if not 0xD800 <= ord(character) < 0xE000]
    spellings = b"".join(text_bytes(spelled(pa.array(texts, pa.large_string()), form))[0].tobytes().split())
    kind = kinds(form)
    assert len(spellings) > len(texts)
    assert set(np.unique(kind)) == ({SPACE, WORD} if form == "prose" else {SPACE, WORD, ALONE})
    for character in [
        *EVERY[:0x3000:7],
        *EVERY[0x3000:0xD800:101],
        *EVERY[0x10000::9973],
        "\u0130",
        "\u03a3",
        "\u1e9e",
    ]:
        text = f"Q{character}Q"
        assert read([text], form) == [tokens(text, form)], hex(ord(character))


def test_only_two_characters_have_a_lower_case_that_a_table_cannot_hold():
    assert [c for c in EVERY if len(c.lower()) != 1] == ["\u0130"]
    assert [c for c in EVERY if (f"a{c}".lower()[1:], f"{c}a".lower()[:-1]) != (c.lower(), c.lower())] == ["\u03a3"]
    assert set("\u0130\u03a3") == set(near_tokens._UNEVEN)


def test_every_letter_of_a_script_without_spaces_is_a_token():
    scripts = (
        "CJK ",
        "HIRAGANA ",
        "KATAKANA ",
        "HALFWIDTH KATAKANA ",
        "THAI ",
        "LAO ",
        "TIBETAN ",
        "MYANMAR ",
        "KHMER ",
    )
    letters = [c for c in EVERY if unicodedata.category(c) == "Lo" and unicodedata.name(c, "").startswith(scripts)]
    assert len(letters) > 90_000
    assert [c for c in letters if len(tokens(c + c)) != 2] == []


def test_a_character_is_a_letter_whenever_its_lower_case_is():
    word = re.compile(r"\w")
    assert [c for c in EVERY if len(c.lower()) == 1 and bool(word.match(c)) != bool(word.match(c.lower()))] == []


@pytest.mark.parametrize("form", FORMS)
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=8))
def test_spelled_texts_hold_the_tokens_of_each_text(form, texts):
    assert read(texts, form) == [tokens(text, form) for text in texts]


@pytest.mark.parametrize("form", FORMS)
def test_texts_in_slices_of_any_size_have_the_same_spelling(form, monkeypatch):
    texts = ["Ὀδυσσεύς ΣΑΣ", "", "我 b\u2019c", "\u0130", "plain", "→→ x", "\U0001f600é", "ſΣ"]
    whole = spelled(pa.array(texts, pa.large_string()), form)
    monkeypatch.setattr(near_tokens, "_SLICE_CHARS", 3)
    assert spelled(pa.array(texts, pa.large_string()), form).equals(whole)


def test_null_is_spelled_as_the_empty_text():
    assert spelled(pa.array([None, "", "a"], pa.large_string()), "prose").to_pylist() == [" ", " ", "a "]
