from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.extract_markdown import first_heading, read_markdown

PAGE = """---
title: "The mash: a primer"
author: Ada Miller
date: 2026-03-04
tags: [beer]
---

# Mash

It rests for an hour.

---

Then the wort is drained.
"""


def test_front_matter_is_told_and_leaves_the_text():
    found = read_markdown(PAGE.encode(), "text/markdown")
    assert (found.title, found.author) == ("The mash: a primer", "Ada Miller")
    assert found.created_at == datetime(2026, 3, 4, tzinfo=UTC)
    assert found.text == "# Mash\n\nIt rests for an hour.\n\n---\n\nThen the wort is drained."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The *mash* of [Ada](http://a.test/) #\n\ntext", "The mash of Ada"),
        ("\n\n## Second level\n", "Second level"),
        ("Words first\n\n# Then a heading", None),
        ("#hashtag", None),
        ("# ", None),
        ("", None),
    ],
)
def test_the_heading_that_a_text_begins_with_is_its_title(text, title):
    assert first_heading(text) == title
    assert read_markdown(text.encode(), "text/markdown").title == title


def test_rules_between_paragraphs_are_no_front_matter():
    text = "Words.\n\n---\n\nMore words.\n\n---\n\nThe end."
    assert read_markdown(text.encode(), "text/markdown").text == text


@pytest.mark.parametrize("date", ["yesterday", "2026-13-40", "{{ date }}"])
def test_an_odd_date_is_none(date):
    found = read_markdown(f"---\ntitle: x\ndate: {date}\n---\ntext".encode(), "text/markdown")
    assert (found.created_at, found.text) == (None, "text")


@given(st.binary(max_size=200) | st.text("-\n#: \"'tile*[]()", max_size=200).map(str.encode))
def test_nothing_breaks_it(body):
    assert isinstance(read_markdown(body, "text/markdown").text, str)
