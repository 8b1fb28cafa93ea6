from collections import Counter

import pytest

from bench.suites.extraction import Bags, compare, plain, same_author, same_title, score, shingles


def test_shingles_are_four_tokens():
    assert shingles("a, b c d e") == Counter([("a", "b", "c", "d"), ("b", "c", "d", "e")])
    assert shingles("a b") == Counter([("a", "b")])
    assert shingles("") == Counter()


def test_bags_are_compared_with_their_counts():
    assert compare(Counter("aab"), Counter("abc")) == Bags(2, 1, 1)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# A *b*", "A b"),
        ("snake\\_case **x** `y_z`", "snake_case x y_z"),
        ("- it costs $5", "it costs $5"),
        ("| a | b |", " a  b "),
    ],
)
def test_marks_are_taken_away(markdown, expected):
    assert plain(markdown) == expected


def test_names_and_titles():
    assert same_title("Beer - Brewnet", "Beer")
    assert not same_title(None, "Beer")
    assert same_author("T V Raman", "T. V. Raman")
    assert not same_author("Ada", "Ada; Bob")


@pytest.mark.slow
def test_the_public_sets_are_measured(shared_data):
    found = {one.metric: one for one in score(shared_data)}
    assert found["article-extraction-benchmark f1"].value >= 0.96
    assert found["article-extraction-benchmark f1"].items == 91
