"""The measure of signatures counts a floor that it could not measure as missed, and says so."""

import subprocess
import sys

import pytest

from bench import signature_speed
from corpus.errors import CorpusError
from corpus.near.shingles import NUMPY

SECONDS = {
    "NumPy, signatures": 1.0,
    "NumPy, night": 1.0,
    "compiled, signatures": 0.25,
    "compiled, night": 0.25,
    "datasketch": 8.0,
    "Daft": 1.0,
}


def test_all_floors_hold_where_all_are_measured(capsys):
    assert signature_speed._compare([SECONDS], 100)
    assert "compiled, night to datasketch, median of 1: 32.0 times (floor 25.0)" in capsys.readouterr().out
    assert not signature_speed._compare([{**SECONDS, "compiled, night": 0.5}], 100)


@pytest.mark.parametrize("missing", ["Daft", "compiled, night"])
def test_a_floor_that_was_not_measured_is_named_and_does_not_hold(capsys, missing):
    assert not signature_speed._compare([{name: taken for name, taken in SECONDS.items() if name != missing}], 100)
    assert "compiled, night to Daft: not measured (floor 2.5)" in capsys.readouterr().out


def test_of_a_peer_the_best_way_of_each_round_counts():
    ways = {"datasketch, bulk": iter([9, 3.0, 5.0]), "datasketch, update_batch": iter([9, 4.0, 2.0])}
    sides = {name: lambda taken=taken: next(taken) for name, taken in ways.items()}
    rounds = signature_speed._by_turns(sides, 2)
    assert [seconds["datasketch"] for seconds in rounds] == [3.0, 2.0]
    assert "Daft" not in rounds[0]


@pytest.mark.parametrize("code", ["pass", "input()"])
def test_a_peer_that_ended_is_an_error_and_no_figure(code):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as process:
        with pytest.raises(CorpusError, match="Daft's process ended before it answered"):
            signature_speed._asked(process, "normalised")
        process.communicate()


def test_both_paths_are_measured_and_their_signatures_are_equal(capsys):
    texts = ["the mash rests for an hour before the sparge begins", "", "one two"]
    sides = signature_speed._ours(texts, {"NumPy": NUMPY})
    assert list(sides) == ["NumPy, signatures", "NumPy, night"]
    assert all(side() >= 0 for side in sides.values())
    assert signature_speed._are_equal(texts, {"NumPy": NUMPY})
    assert capsys.readouterr().out == "NumPy: 0 of 3 signatures differ from datasketch's\n"
