"""The measure of containment plants what it says it plants, counts what it says it counts, and prints it."""

import random

import numpy as np

from bench import containment
from corpus.near.shingles import shingle_sets, shingles

WORDS = [f"w{number}" for number in random.Random(1).choices(range(40_000), k=60_000)]


def test_the_copy_in_the_host_holds_the_stated_share_of_the_passage():
    for size in (25, 100, 500):
        for contained in containment.CONTAINED:
            pairs = list(containment.planted(WORDS, size, contained, 2))
            assert len(pairs) == 2 * len(containment.HOSTS)
            for pair in pairs:
                share = np.isin(shingles(pair.passage), shingles(pair.host)).mean()
                assert contained - 1e-9 <= share <= contained + 1 / (size - 4)


def test_hosts_are_as_many_times_as_long_as_stated():
    pairs = containment.planted(WORDS, 200, 1.0, 1)
    times = [len(pair.host.split()) / len(pair.passage.split()) for pair in pairs]
    assert times == list(containment.HOSTS)


def test_long_passages_are_found_and_strangers_are_not():
    pairs = list(containment.planted(WORDS, 500, 0.9, 2))
    assert containment.recall(pairs) == dict.fromkeys(containment.RATES, 1.0)
    apart = pairs[0]._replace(host=" ".join(WORDS[-500:]))
    assert not containment._is_proposed(shingles(apart.passage), shingles(apart.host), 8)


def test_pairs_that_share_keys_are_counted_once_with_all_they_share():
    keys = np.array([5, 7, 5, 9, 7, 5, 1], np.uint64)
    owners = np.array([0, 0, 1, 1, 2, 2, 3])
    found = containment.sharing(keys, owners)
    assert list(zip(*(side.tolist() for side in found), strict=True)) == [(0, 1, 1), (0, 2, 2), (1, 2, 1)]


def test_what_is_proposed_in_vain_or_missed_is_told(capsys):
    passage, other = " ".join(WORDS[:300]), " ".join(WORDS[1000:1900])
    texts = [passage, f"{passage} {other}", other, "too short", f"{other} {'more ' * 400}"]
    containment._print_proposals(shingle_sets(texts))
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "standing corpus: 5 texts, 4 pairs with one contained in the other at 0.8,"
    assert told[1].split()[0] == "3"
    assert [line.strip() for line in told[3::2]] == ["4 enough, 0 in vain, 0 of those missed"] * 3


def test_without_the_public_texts_it_says_so_and_stops(capsys, monkeypatch):
    def absent():
        raise containment.CorpusError("the standing corpus is not there")

    monkeypatch.setattr(containment, "_words", lambda _: WORDS)
    monkeypatch.setattr(containment, "standing_texts", absent)
    assert containment.main(1) == 0
    assert capsys.readouterr().out == "skipped: the standing corpus is not there\n"
