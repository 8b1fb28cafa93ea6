import pyarrow as pa
import pytest

from processors.c4_lines import C4Lines


def cut(*texts):
    return C4Lines()(pa.table({"text": pa.array(texts, pa.large_string())})).to_pylist()


@pytest.mark.parametrize(
    ("text", "left", "counted"),
    [
        ("A line that ends well.\nMenu\nHome | About us", "A line that ends well.", {"c4_unpunctuated_lines": 2}),
        ("It goes on and on...\n  It does not.  ", "It does not.", {"c4_unpunctuated_lines": 1}),
        ("Two words.\nThese are three.", "These are three.", {"c4_few_word_lines": 1}),
        ("Please enable JavaScript now.\nWell done, you.", "Well done, you.", {"c4_javascript_lines": 1}),
        ("Read our Privacy Policy here.\nWell done, you.", "Well done, you.", {"c4_policy_lines": 1}),
        ("It is so.[12] Or is it?[citation needed]", "It is so. Or is it?", {"c4_lines_kept": 1, "c4_sentences": 2}),
        ("a b " + "c" * 1001 + ".\nWell done, you.", "Well done, you.", {"c4_long_word_lines": 1}),
        ("Lorem ipsum dolor sit amet.", "Lorem ipsum dolor sit amet.", {"c4_lorem_ipsum_lines": 1}),
        ("if (x) { return y; } is code.", "if (x) { return y; } is code.", {"c4_curly_bracket_lines": 1}),
        ('One is one. Two is two! Is it? "Yes." Dr. No says so.', None, {"c4_sentences": 5}),
        ("", "", {"c4_sentences": 0, "c4_lines_kept": 0}),
        (None, "", {"c4_sentences": 0}),
    ],
)
def test_lines_leave_for_the_first_reason_and_are_counted(text, left, counted):
    row = cut("A neighbour before it.", text, "and one behind")[1]
    assert row["text"] == (text if left is None else left)
    assert {name: row[name] for name in counted} == counted


def test_every_line_with_a_word_is_counted_once():
    (row,) = cut("Well done, you.\nno\nTwo words.\n\n \nWe use cookies here.\nJavascript is on now.")
    fates = [
        name
        for name in C4Lines.writes
        if name.endswith(("_lines", "_kept")) and "lorem" not in name and "curly" not in name
    ]
    assert sum(row[name] for name in fates) == 5


@pytest.mark.parametrize("line", ["a" * 50 + ".", "[" * 50, "Well done, you.[1]", "\0 \0 \0."])
def test_a_million_lines_take_linear_time(line, growth):
    assert growth(cut, lambda size: f"{line}\n" * size, 10_000) < 8
