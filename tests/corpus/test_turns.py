import time

import pytest

from corpus.turns import in_order, without_thoughts


def seconds(read, argument):
    start = time.perf_counter()
    read(argument)
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("piece", "tail"),
    [("<think>", ""), ("<think>", "</think>"), ("</think>", ""), ("</think>\n", "x"), ("```", "<think>x</think>"), ("` ", "</thinking>"),
     ("<think>", "</thinking>"), ("```<think>", "</think>"), (" ", "</think>"), ("\n", "</think>x"), ("```\n", "")],
)  # fmt: skip
def test_four_times_the_answer_takes_about_four_times_as_long(piece, tail):
    short, long = (min(seconds(without_thoughts, piece * count + tail) for _ in range(3)) for count in (10_000, 40_000))
    assert long < 10 * short + 0.01


def test_nothing_is_left_of_nothing():
    assert in_order([]) == in_order([{"role": "system", "content": "Be kind."}]) == []
