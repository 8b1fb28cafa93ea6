"""The language benchmark compares like with like: the same texts, decisions in order, a floor that can be missed."""

from bench import language_speed
from models import lid

ENGLISH = "The mash turns starch into sugar, and the brewer keeps the water warm for an hour. "
GERMAN = "Die Maische verwandelt Stärke in Zucker, und der Brauer hält das Wasser eine Stunde warm. "


def runs(ours_s, peer_s):
    kept = [True, False]
    return [{"ours": {"cpu_s": ours_s, "kept": kept}, "datatrove": {"cpu_s": peer_s, "kept": kept}}] * 3


def test_ours_keeps_the_english_texts_in_their_order():
    found = language_speed._ours([ENGLISH * 9, GERMAN * 9, "", ENGLISH])
    assert found["kept"] == [True, False, False, True]
    assert found["cpu_s"] > 0


def test_the_floor_is_a_ratio_of_cpu_seconds(capsys):
    assert language_speed._compare(runs(1.0, 4.1), 2)
    assert not language_speed._compare(runs(1.0, 3.9), 2)
    assert "4.1 times (floor 4.0)\n  1.0000 of the decisions agree" in capsys.readouterr().out


def test_samples_that_decide_otherwise_are_noticed(capsys, monkeypatch):
    assert language_speed._samples_are_enough([ENGLISH * 30, GERMAN * 30])
    monkeypatch.setattr(lid, "identify_whole", lambda texts: [lid.Answer("fr", 1.0, "Latn") for _ in texts])
    assert not language_speed._samples_are_enough([ENGLISH * 30, GERMAN * 30])
    assert "whole text does for 0.5000" in capsys.readouterr().out


def test_without_what_makes_the_corpus_it_says_so_and_stops(capsys, monkeypatch):
    def absent():
        raise language_speed.CorpusError("the standing corpus is not there")

    monkeypatch.setattr(language_speed, "standing_texts", absent)
    assert language_speed.main(1) == 0
    assert capsys.readouterr().out == "skipped: the standing corpus is not there\n"
