# ruff: noqa: RUF001 - the letters of other scripts are the test
import gzip
import json
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.schema import MESSAGES
from processors.clean import Clean, Cleaned, clean, clean_code


@pytest.mark.parametrize(
    ("text", "expected", "changes"),
    [
        ("plain text", "plain text", 0),
        ("cafe\u0301", "café", 1),
        ("pass\u200bword\ufeff", "password", 2),
        ("abc\u202edef\u202c", "abcdef", 2),
        ("hi\U000e0041\U000e0042", "hi", 2),
        ("bell\x07 and tab\tstay", "bell and tab\tstay", 1),
        ("one \ntwo\t\n", "one\ntwo", 3),
        ("Roses are red,  \nviolets are blue.  \n\nEnd  ", "Roses are red,  \nviolets are blue.\n\nEnd", 2),
        ("red,     \nblue,\t\nthree  \n \n  \nfour", "red,  \nblue,\nthree\n\n\nfour", 5),
        ("end of page\x0cNext page\x0bLine\x1cField\x1eLast", "end of page\nNext page\nLine\nField\nLast", 4),
        ("a\U000e0134\U000e0135\U000e0136b", "ab", 3),
        ("a\U000e0134b 😀\ufe0e\ufe01\ufe05", "ab 😀", 4),
        ("🏴\U000e0041\U000e0042 x🏴\U000e0067\U000e0062" + "\U000e0061" * 9 + "\U000e007f", "🏴 x🏴", 14),
        ("می\u200cخواهم ه\u200d\u200d\u200d.", "می\u200cخواهم ه\u200d.", 2),
        ("\u1820\u180ex 猫\u200b犬", "\u1820x 猫犬", 2),
        ("a\n\n\n\n\n\nb", "a\n\n\nb", 1),
        ("a\n\n\nb", "a\n\n\nb", 0),
        ("a\r\nb\rc", "a\nb\nc", 2),
        ("hid\u200dden", "hidden", 1),
        ("می\u200cخواهم 👩\u200d🔬", "می\u200cخواهم 👩\u200d🔬", 0),
        ("```\n    indented\n```", "```\n    indented\n```", 0),
        ("", "", 0),
    ],
)
def test_cleaning(text, expected, changes):
    made = clean(text)
    assert (made.text, made.changes) == (expected, changes)


@pytest.mark.parametrize(
    "text",
    [
        "അവന്\u200d വന്നു. ഞാന്\u200d.",
        "হঠাত্\u200d এল",
        "ಶ್ರೀಮಾನ್\u200c ಕನ್ನಡ ನ್\u200c.",
        "ශ්\u200dරී ලංකාව",
        "کتاب ه\u200d.ش. ۱۳۸۰ و کتاب\u200cها",
        "\u182d\u1820\u1835\u180e\u1820",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f wins",
        "ภาษา\u200bไทย ភាសា\u200bខ្មែរ ພາສາ\u200bລາວ မြန်\u200bမာ",
        "葛\U000e0100城 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 👨\u200d👩\u200d👧",
    ],
)
def test_what_scripts_and_emoji_need_stays(text):
    assert clean(text) == Cleaned(text, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> Das BrÃ¼haus\n\n- im BrÃ¼haus\n    - BrÃ¼haus", "> Das Brühaus\n\n- im Brühaus\n    - Brühaus"),
        ("Das BrÃ¼haus lÃ¤dt ein", "Das Brühaus lädt ein"),
        ("The brewerâ€™s â€œbestâ€\x9d mash", "The brewer’s “best” mash"),
        ("The brewerâ€™s mash\nand hers", "The brewer’s mash\nand hers"),
        ("CafÃƒÂ© twice wrong", "Café twice wrong"),
        ("the brewer\x92s mash", "the brewer’s mash"),
        ("Ð¡Ð¾Ð»Ð¾Ð´ Ð¸ Ñ…Ð¼ÐµÐ»ÑŒ", "Солод и хмель"),
        ("РџСЂРёРІРµС‚, РјРёСЂ", "Привет, мир"),
        ("half Ã\u200b¤ hidden", "half ä hidden"),
    ],
)
def test_mojibake_is_decoded(text, expected):
    assert clean(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "Größe, façade, naïve, señor, Þórr, œuvre, Ærø: §5 costs 3 £ or 4 €… “quoted” – and ‘so’ on",
        "ﬁne ligatures, ｗｉｄｅ letters, curly ‘quotes’ and &amp; entities stay",
        "In `Ã©` the accent of é was read as Latin-1.",
        "```\nassert fix('Ã©') == 'é'\n```",
        "~~~ python\nbroken = 'Ã¼'\n~~~",
        "The bug:\n\n    print('Ã©tÃ©')",
        "| bad | good |\n|---|---|\n| Ã© | é |",
        "bad | good\n--- | ---\nÃ© | é",
        "ÖÊÁ¿ºÍÍâ¹ÛÍ¬¹úÍâÍ¬Àà²úÆ·Ïàµ±",
        "Ça va? Ôui! À la carte… «Été» ÂGE",
        "ВЫСОКОЕ КАЧЕСТВО «СОЛОДА»",
    ],
)
def test_what_is_not_surely_broken_stays(text):
    assert clean(text) == Cleaned(text, 0, 0, 0, 0)


def test_the_counts_tell_what_was_done():
    made = clean("BrÃ¼haus\u200b\u200b e\u0301 \r\n\n\n\n\nlÃ¤dt\n")
    assert made == Cleaned("Brühaus é\n\n\nlädt", encoding_repairs=2, invisible=2, whitespace=4, composed=1)
    assert made.changes == 9


def test_fenced_code_keeps_its_spaces_blank_lines_and_tabs():
    code = "```make\nall:  \n\n\n\n\n\tcc x.c \n```"
    assert clean(f"Before  \n\n{code}\n\n\n\n\nAfter ").text == f"Before\n\n{code}\n\n\nAfter"
    assert clean(f"  1. {code}\n\n> {code}").text == f"  1. {code}\n\n> {code}"
    assert clean("~~~\nopen  \n\n\n\n\n ").text == "~~~\nopen  \n\n\n\n\n "


def test_code_hides_nothing_either():
    assert clean("```\nif admin\u202e:\n```").text == "```\nif admin:\n```"


alphabet = st.one_of(
    st.characters(),
    st.sampled_from(
        "\n\r\t \x0c\x85\u200c\u200d\u200b\u0301\ufe0f\U000e0101\U000e0067\U000e007f\u180e\u1820\u0e01\u094d🏴\u00ad\u2028\ufeffaé\u212aÃÂâ€™©¼\x92\x85`~>"
    ),
)


@given(st.text(alphabet=alphabet))
def test_clean_text_is_normal_and_cleaning_it_again_changes_nothing(text):
    once = clean(text).text
    assert clean(once) == Cleaned(once, 0, 0, 0, 0)
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(), st.sampled_from(["cp1252", "latin-1", "cp1251", "mac-roman"]))
def test_text_of_any_script_read_wrongly_is_never_a_reason_to_fail(text, encoding):
    wrong = text.encode("utf-8", "surrogatepass").decode(encoding, "replace")
    once = clean(wrong).text
    assert clean(once).text == once


@pytest.mark.parametrize(
    "line_of",
    [
        lambda size: "Â" * size + "\xad" * size,
        lambda size: ("Â" * 7 + "\xad" * 7) * (size // 14),
        lambda size: "Ã\u200b©" * size,
        lambda size: "```\n~~~\n" * (size // 8),
        lambda size: "> > ```" * (size // 7),
    ],
)
def test_time_grows_with_the_text_however_it_is_broken(growth, line_of):
    assert growth(clean, line_of, 20_000) < 8


def test_real_text_in_many_languages_stays_but_for_what_is_broken_in_it(shared_data):
    with gzip.open(shared_data / "lid" / "wortschatz75.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    repaired = [text for text in texts if clean(text).encoding_repairs]
    assert len(repaired) < len(texts) / 200
    odd = ("Ã", "â€", "ï¿½", "ďż˝")
    assert all(any(sign in text for sign in odd) or any("\x80" <= sign <= "\x9f" for sign in text) for text in repaired)


def test_a_source_file_keeps_all_but_what_hides_something():
    code = "def test():  \r\n\n\n\n\n    assert fix('Ã©') == 'e\u0301'\n\x0c\n"
    made = clean_code(code.replace("==", "\u2066==\u2069\u202e") + "# \u200b\U000e0041\n")
    assert made == Cleaned(code.replace("\r\n", "\n") + "# \n", 0, 5, 1, 0)
    assert clean_code(made.text) == Cleaned(made.text, 0, 0, 0, 0)


def conversation(texts, turns, kind="article"):
    columns = {"text": pa.array(texts, pa.large_string()), "messages": pa.array(turns, MESSAGES)}
    columns["kind"] = [kind] * len(texts)
    return pa.table({"id": [str(number) for number in range(len(texts))]} | columns)


def test_the_turns_of_a_conversation_are_cleaned_like_its_text():
    turns = [{"role": "user", "content": "How\u202e lÃ¶ng?  "}, {"role": "assistant", "content": "An hour.\r\n"}]
    made = Clean()(conversation(["x", "y"], [turns, None]))
    said = [{"role": "user", "content": "How löng?"}, {"role": "assistant", "content": "An hour."}]
    assert made["messages"].to_pylist() == [said, None]
    assert made.schema.field("messages").type == MESSAGES


def test_a_conversation_with_a_turn_that_nobody_can_read_is_none():
    turns = [{"role": "user", "content": "\u200b"}, {"role": "assistant", "content": "An hour."}]
    assert Clean()(conversation(["x"], [turns]))["messages"].to_pylist() == [None]


def test_the_step_reads_the_kind():
    code = "x = 1  \n\n\n\n\ny = 'Ã©'\u202e\n"
    made = Clean()(conversation([code], [None], kind="code"))
    assert made["text"].to_pylist() == [code.replace("\u202e", "")]
    assert made["clean_changes"].to_pylist() == [1]


def test_the_step_rewrites_the_text_and_counts():
    table = conversation(["x\u200b ", None, "lÃ¤dt"], [None, None, None])
    made = Clean()(table)
    assert made["text"].to_pylist() == ["x", "", "lädt"]
    counts = {name: made[name].to_pylist() for name in made.column_names if name.startswith("clean_")}
    assert counts == {
        "clean_encoding_repairs": [0, 0, 1],
        "clean_invisible": [1, 0, 0],
        "clean_whitespace": [1, 0, 0],
        "clean_changes": [2, 0, 1],
    }
    assert made["clean_changes"].type == pa.int32()
    assert Clean()(made)["clean_changes"].to_pylist() == [0, 0, 0]
