import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.schema import DOCUMENT
from processors.rewrite import Rewrite
from processors.sentences import one_a_line, pieces


def rewritten(text, *rules):
    return Rewrite.model_validate({"rules": rules}).rewritten(text)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://brew.test/a?b=c#d, then go.", "See , then go."),
        ("HTTPS://BREW.TEST and ftp://u:p@brew.test:21/", " and "),
        ("(www.brew.test/x_(y)) or brew.test/mash.", "() or ."),
        ("看https://brew.test/麦芽。好", "看。好"),
        ("mailto:ada@brew.test now", " now"),
        ("no link: ratio 3:4, and/or, e.g. this, C:/mash", "no link: ratio 3:4, and/or, e.g. this, C:/mash"),
    ],
)
def test_links_go_and_the_signs_round_them_stay(text, expected):
    assert rewritten(text, {"what": "links"}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ada.b+c@mail.brew.test!", "write to <MAIL>!"),
        ("请问ada@brew.test。", "请问<MAIL>。"),
        ("ada@localhost and a@b.4x", "ada@localhost and a@b.4x"),
    ],
)
def test_mail_addresses_are_replaced(text, expected):
    assert rewritten(text, {"what": "emails", "replacement": "<MAIL>"}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 10.0.255.1 on", "from  on"),
        ("at 2001:db8:0:0:0:0:0:1 too", "at  too"),
        ("version 1.2.3 at 10:30:00", "version 1.2.3 at 10:30:00"),
    ],
)
def test_ip_addresses_go(text, expected):
    assert rewritten(text, {"what": "ip-addresses"}) == expected


def test_a_replacement_is_taken_as_it_is_written_for_addresses_and_with_groups_for_patterns():
    assert rewritten("a@b.cd", {"what": "emails", "replacement": r"\1"}) == r"\1"
    assert rewritten("12:30", {"what": "matches", "pattern": r"(\d+):(\d+)", "replacement": r"\2.\1"}) == "30.12"


def test_a_pattern_may_span_lines():
    assert rewritten("keep <!-- a\nb --> this", {"what": "matches", "pattern": "<!--.*-->"}) == "keep  this"


def test_a_pattern_that_is_none_is_refused_with_its_name():
    for pattern in ("(a", "(?<=a)b"):
        with pytest.raises(ValidationError, match="is no RE2 pattern"):
            Rewrite.model_validate({"rules": [{"what": "matches", "pattern": pattern}]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the mash turnsstarchintosugarslowly well", "the mash well"),
        ("a  to\tthe mash\n\nis", "\tthe mash\n\n"),
        ('keep "honey-----------" here', 'keep "honey-----------" here'),
    ],
)
def test_long_and_short_words_go_and_lines_stay(text, expected):
    assert rewritten(text, {"what": "long-words", "min_chars": 3, "max_chars": 12}) == expected


def test_words_with_a_string_in_them_go():
    rule = {"what": "words-with", "substrings": ["http", "//"]}
    assert rewritten("see (http://brew.test) or //x/ now", rule) == "see or //x/ now"


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("The mash rests. It is warm! The mash rests. Done.", {}, "The mash rests. It is warm! Done."),
        ("糖化很慢。水很热\uff01糖化很慢。", {}, "糖化很慢。水很热\uff01"),
        ("“Go on.” She went. “Go on.” She went.", {}, "“Go on.” She went."),
        ("Go on. GO ON.", {}, "Go on. GO ON."),
        ("Go on. GO ON.", {"ignore_case": True}, "Go on."),
        ("Go on. Go on!", {"ignore_signs": False}, "Go on. Go on!"),
        ("3. 3. 3.", {}, "3. 3. 3."),
        ("Go on. 3.14 is pi. 3.15 is not.", {"min_chars": 1}, "Go on. 3.14 is pi. 3.15 is not."),
        ("One line here.\nOne line here.\nAnother.", {}, "One line here.\n\nAnother."),
    ],
)
def test_a_sentence_that_stood_before_goes(text, options, expected):
    assert rewritten(text, {"what": "repeated-sentences", **options}) == expected


def test_latex_comments_go_but_percentages_and_joined_lines_stay():
    source = "%% file\n  % note\n\\title{A}% the title\n5\\% of 10\\% malt % really\n\\author{%\nAda}\n"
    assert rewritten(source, {"what": "latex-comments"}) == "\\title{A}\n5\\% of 10\\% malt\n\\author{%\nAda}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rests. Then it boils!  Is it warm? Yes.", "It rests.\nThen it boils!\nIs it warm?\nYes."),
        ("Dr. Ada uses 3.5 kg of U.S. malt, e.g. pale. Fine.", "Dr. Ada uses 3.5 kg of U.S. malt, e.g. pale.\nFine."),
        ("水很热。糖化很慢\uff01", "水很热。\n糖化很慢\uff01"),
        ("“Go on.” She went (at last.) Then she slept.", "“Go on.”\nShe went (at last.)\nThen she slept."),
        ("one line\n\nanother line", "one line\n\nanother line"),
        ("¿Está lista? Sí. Él bebe 1.000 litros.", "¿Está lista?\nSí.\nÉl bebe 1.000 litros."),
        ("", ""),
    ],
)
def test_each_sentence_gets_a_line(text, expected):
    assert one_a_line(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/* Copyright Ada */\nx = 1\n", "\nx = 1\n"),
        ("# Copyright 2020 Ada\n# All rights reserved.\n\nx = 1  # kept\n", "\nx = 1  # kept\n"),
        ("#!/bin/sh\n# Copyright 2020 Ada\necho\n", "#!/bin/sh\necho\n"),
        ("# -*- coding: utf-8 -*-\n# SPDX-License-Identifier: MIT\nx = 1\n", "# -*- coding: utf-8 -*-\nx = 1\n"),
        ("//Copyright Ada\n//see LICENSE\nx();\n", "x();\n"),
        ("#include <a.h>\n/* Copyright\n Ada */\nint x;\n", "#include <a.h>\n\nint x;\n"),
        ("<!-- Licensed under MIT -->\n<p>", "\n<p>"),
        ("/* Copyright Ada */\n/* Copyright Bo */", "\n/* Copyright Bo */"),
    ],
)
def test_a_copyright_header_goes_and_what_the_file_needs_stays(text, expected):
    assert rewritten(text, {"what": "copyright-header"}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x = 1 /* the mash */\n",
        "# Ada\n// 2020\n\nx = 1\n",
        "#!/bin/sh\n# rests the mash\n",
        '#include "licence.h"\n#define COPYRIGHT 2020\nint x;\n',
        "# Licence\n\nAnyone may brew.\n",
        "# How copyright began\n\nIn 1710.\n",
        "/* Copyright without end",
        "-- a note\nselect copyright from b;\n",
        "",
    ],
)
def test_what_is_no_copyright_header_stays(text):
    assert rewritten(text, {"what": "copyright-header"}) == text


def test_latex_is_cut_to_what_stands_between_its_preamble_and_its_bibliography():
    source = "\\title{A}\n\\section*{One}\nmash\n\\begin{thebibliography}{9}\n..."
    rules = ({"what": "latex-preamble"}, {"what": "latex-bibliography"})
    assert rewritten(source, *rules) == "\\section*{One}\nmash\n"
    assert rewritten("no heading", *rules) == "no heading"
    assert rewritten("no heading", {"what": "latex-preamble", "headless": "goes"}) == ""


def test_every_white_space_becomes_a_plain_space():
    assert rewritten("\u3000a\u2003b\tc\u200bd\n", {"what": "plain-spaces"}) == "a b c d"


def test_marks_of_other_scripts_become_ascii():
    assert rewritten("\u201cHot\u201d\uff0ccold\u2026", {"what": "ascii-punctuation"}) == '"Hot",cold...'


@given(st.text(alphabet="aA .!?…。\"'”) \t1"))
def test_the_sentences_of_a_line_make_it_up_again(line):
    assert "".join(pieces(line)) == line


def test_rules_follow_one_another_in_every_column_with_the_words_of_a_document():
    columns = {
        "text": ["see www.brew.test/a now", "plain", None],
        "title": ["www.brew.test/a", None, None],
        "messages": [[{"role": "user", "content": "see www.brew.test/a"}], None, None],
    }
    table = pa.table({name: pa.array(values, DOCUMENT.field(name).type) for name, values in columns.items()})
    step = Rewrite.model_validate(
        {
            "rules": [
                {"what": "links", "replacement": "LINK"},
                {"what": "matches", "pattern": "LINK", "replacement": "X"},
            ]
        }
    )
    made = step(table)
    assert made["text"].to_pylist() == ["see X now", "plain", None]
    assert made["title"].to_pylist() == ["X", None, None]
    assert made["messages"].to_pylist()[0][0]["content"] == "see X"
    assert made["rewrite_count"].to_pylist() == [4, 0, 0]


@pytest.mark.parametrize(
    "rule",
    [
        {"what": "links"},
        {"what": "emails"},
        {"what": "ip-addresses"},
        {"what": "long-words", "max_chars": 5},
        {"what": "words-with"},
        {"what": "repeated-sentences"},
        {"what": "latex-comments"},
        {"what": "latex-preamble"},
        {"what": "latex-bibliography"},
        {"what": "copyright-header"},
        {"what": "sentence-lines"},
    ],
    ids=lambda rule: rule["what"],
)
@pytest.mark.parametrize("piece", ["!a", "a@b.", "www.a(", ". A", "#coding:", "/* */ ", "\\section{"])
def test_a_long_text_takes_linear_time(rule, piece, growth):
    step = Rewrite.model_validate({"rules": [rule]})
    assert growth(step.rewritten, lambda size: piece * size, 10_000) < 8
