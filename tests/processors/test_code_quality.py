import pyarrow as pa
import pytest

from processors.code_quality import CodeQuality
from processors.select import Select

PROGRAM = "".join(f"def area_{n}(width, height):\n    return width * height + {n}\n\n\n" for n in range(9))


def scored(*texts, kind="code"):
    ids = [str(place) for place in range(len(texts))]
    return CodeQuality()(pa.table({"id": ids, "text": pa.array(texts, pa.large_string()), "kind": [kind] * len(texts)}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROGRAM, None),
        ("x = 1\n" * 100_001, "code-many-lines"),
        ("value = first + second;" * 40, "code-long-lines"),
        (PROGRAM * 3 + "call(" + "argument, " * 150 + ")", "code-longest-line"),
        ("+-*/ () {} [] <> ;;\n" * 9, "code-alphanumeric"),
        ("10 20 30 40 50\n" * 9, "code-alphabetic"),
        ("# This file is generated, by hand\n" + PROGRAM, "code-generated"),
        (PROGRAM * 4 + "\n".join(["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="] * 40), "code-data-run"),
        (PROGRAM[:300] + "\n".join("de ad be ef " * 8 + "!" for _ in range(9)), "code-data"),
        ('<?xml version="1.0"?>\n<project>\n' + PROGRAM, "code-xml"),
        (
            "<!DOCTYPE html><html><body>\n" + '<div class="row"></div>\n' * 60 + "<p>hi</p></body></html>",
            "code-invisible",
        ),
        ("", "code-alphanumeric"),
    ],
    ids=lambda value: value if value is None or len(value) < 30 else "",
)
def test_a_file_leaves_for_the_rule_it_breaks(text, reason):
    assert Select(sets=("code",))(scored(text)).dropped["reason"].to_pylist() == ([reason] if reason else [])


def test_another_kind_has_nulls_and_stays():
    table = scored("x" * 5000, kind="article")
    assert set(table.to_pylist()[0].items()) >= {(name, None) for name in CodeQuality.writes}
    assert Select(sets=("code",))(table).kept.num_rows == 1


def test_each_row_keeps_its_own_scores_among_rows_of_other_kinds():
    texts = ["a\nb", "prose", "a\nb\nc"]
    table = pa.table({"text": pa.array(texts, pa.large_string()), "kind": ["code", "article", "code"]})
    assert CodeQuality()(table)["code_lines"].to_pylist() == [2, None, 3]


@pytest.mark.parametrize("piece", ["a", "ab ", "0x", "\\u00e9", "<", "<html>", "de ad\n", "ff" + " " * 60, "\0", "=\n"])
def test_hostile_files_take_linear_time(piece, growth):
    assert growth(scored, lambda size: piece * (size // len(piece)), 200_000) < 8
