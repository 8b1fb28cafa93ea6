import gzip
import json

import pytest

from bench.suites.wikitext import is_rendered, score, shown_text


def write(path, records):
    path.write_bytes(gzip.compress("\n".join(json.dumps(record) for record in records).encode()))


def test_cases_count_as_exact_or_by_likeness_and_pages_by_remnants(tmp_path):
    folder = tmp_path / "wikitext"
    folder.mkdir()
    cases = [{"wikitext": "'''Ale''' &\nmalt", "text": "Ale & malt"}, {"wikitext": "''ab''", "text": "ac"}]
    write(folder / "parser_cases_more.jsonl.gz", cases)
    write(folder / "pages.jsonl.gz", [{"title": "Ale", "wikitext": "Ale"}, {"title": "", "wikitext": "[[open"}])
    found = {one.metric: (one.value, one.items) for one in score(tmp_path)}
    assert found == {
        "parser_cases_more exact": (0.5, 2),
        "parser_cases_more html words recall": (pytest.approx(2 / 3), 2),
        "parser_cases_more markdown words recall": (pytest.approx(2 / 3), 2),
        "parser_cases_more similarity": (0.75, 2),
        "pages rendered": (0.5, 2),
    }


def test_words_that_reach_the_html_and_not_the_markdown_are_told(tmp_path):
    (tmp_path / "wikitext").mkdir()
    write(tmp_path / "wikitext" / "parser_cases.jsonl.gz", [{"wikitext": "Ale\n\n== Malt ==", "text": "Ale Malt"}])
    found = {one.metric: one.value for one in score(tmp_path)}
    assert found["parser_cases exact"] == found["parser_cases html words recall"] == 1
    assert found["parser_cases markdown words recall"] == 0.5


def test_the_text_of_html_is_that_of_its_elements():
    assert shown_text("<p>a <b>b\n</b>&amp;c</p>") == "a b &c"
    assert not shown_text("")


@pytest.mark.parametrize(
    ("markdown", "is_clean"),
    [
        ("Ale.", True),
        ("", False),
        ("Ale {{malt", False),
        ("```\n{{malt}} [[x]]\n```", True),
        ("$e^{{x}}$", True),
        ("a]]", False),
    ],
)
def test_a_page_is_rendered_where_no_mark_is_left_outside_code(markdown, is_clean):
    assert is_rendered(markdown) is is_clean


def test_the_public_sets_are_measured(shared_data):
    found = {one.metric: one.value for one in score(shared_data)}
    assert found["parser_cases exact"] >= 0.93
    assert found["parser_cases similarity"] >= 0.95
    assert found["parser_cases html words recall"] >= 0.98
    assert found["parser_cases markdown words recall"] >= 0.94
    assert found["pages rendered"] >= 0.97
