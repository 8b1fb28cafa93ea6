"""The benchmarks of near-duplicates measure what they say at any size, and a figure below its floor is noticed."""

import dataclasses
import itertools
import random

import numpy as np
import pyarrow as pa
import pytest

from bench import (
    near_candidates,
    near_filler,
    near_night,
    near_night_fill,
    near_night_once,
    near_night_step,
    near_peers,
    near_recall,
    standing,
)
from bench import near_signatures as made
from bench.near_truth import Removal, jaccard, shingle_set
from bench.standing import Standing
from bench.synthetic import Plan
from corpus.errors import CorpusError
from corpus.near import searching
from corpus.near.index import open_index
from corpus.near.parts import read_state
from corpus.near.signatures import Bands

TEXT = " ".join(f"word{number}" for number in range(300))
NEAR = TEXT.replace("word7 ", "other ")
FAR = " ".join([*TEXT.split()[:220], *(f"else{number}" for number in range(60))])
OTHER = " ".join(f"stranger{number}" for number in range(300))
TEXTS = {"a": TEXT, "b": NEAR, "c": FAR, "d": OTHER, "e": OTHER}


def corpus(texts=TEXTS):
    sets = {name: shingle_set(text) for name, text in texts.items()}
    pairs = [(a, b, jaccard(sets[a], sets[b])) for a, b in itertools.combinations(texts, 2)]
    columns = zip(*(pair for pair in pairs if pair[2] >= 0.4), strict=True)
    documents = pa.table({"id": list(texts), "text": pa.array(texts.values(), pa.large_string())})
    return Standing(documents, pa.table(dict(zip(("a", "b", "jaccard"), map(list, columns), strict=True))))


def test_a_corpus_is_measured_against_every_pair():
    found = near_recall.measured(corpus())
    assert (found.pairs, found.found, found.removed, found.below) == (2, 2, 2, 0)
    assert found.far == (0.0, 0.0)
    assert found.candidates >= found.verified == 2
    assert near_recall.kept(found)


def test_a_pair_that_is_kept_a_false_removal_and_a_far_one_miss_the_floors(monkeypatch):
    good = near_recall.measured(corpus())
    assert not near_recall.kept(dataclasses.replace(good, found=1))
    assert not near_recall.kept(dataclasses.replace(good, below=1))
    assert not near_recall.kept(dataclasses.replace(good, far=(0.0, 0.1)))
    monkeypatch.setattr(near_recall, "removals", lambda _ids, _texts: [Removal("c", "a", "near", 0.9)])
    bad = near_recall.measured(corpus())
    assert (bad.found, bad.below, bad.far) == (0, 1, (0.0, 1.0))


def test_the_command_ends_with_1_where_a_floor_is_missed(monkeypatch, capsys):
    monkeypatch.setattr(near_recall, "standing", lambda _documents, _seed: corpus())
    assert near_recall.main(["--corpus", "5", "1"]) == 0
    assert "1.0000   (2 of 2, floor 0.998)" in capsys.readouterr().out
    monkeypatch.setattr(near_recall, "removals", lambda _ids, _texts: [])
    assert near_recall.main(["--corpus", "5", "1"]) == 1
    assert "0.0000   (0 of 2, floor 0.998)" in capsys.readouterr().out


def test_without_what_makes_the_corpus_it_says_so_and_stops(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(standing, "FOLDER", tmp_path)
    monkeypatch.setattr(near_recall, "standing", lambda *size: standing.standing(*size, data=tmp_path / "data"))
    assert near_recall.main([]) == 0
    assert capsys.readouterr().out.startswith("skipped: the standing corpus is made by")
    with pytest.raises(CorpusError, match="GRISTMILL_SHARED_DATA"):
        standing.standing_texts(tmp_path / "data")


def test_a_corpus_that_cannot_be_made_hides_no_floor_that_was_missed_before(monkeypatch, capsys):
    def made(_documents, seed):
        if seed == 2:
            raise CorpusError("no texts")
        return corpus()

    asked = ["--corpus", "5", "1", "--corpus", "5", "2"]
    monkeypatch.setattr(near_recall, "standing", made)
    assert near_recall.main(asked) == 0
    monkeypatch.setattr(near_recall, "removals", lambda _ids, _texts: [])
    assert near_recall.main(asked) == 1
    assert capsys.readouterr().out.count("skipped: no texts") == 2


def test_help_runs_nothing(monkeypatch, capsys):
    monkeypatch.setattr(near_recall, "standing", None)
    with pytest.raises(SystemExit) as ended:
        near_recall.main(["--help"])
    assert ended.value.code == 0
    assert "--corpus DOCUMENTS SEED" in capsys.readouterr().out


def test_candidates_share_a_band_and_components_keep_their_first():
    pairs = near_candidates.candidates([TEXT, OTHER, TEXT, NEAR], Bands(25, 5))
    assert {(0, 2), (0, 3), (2, 3)} == set(pairs)
    assert near_candidates.unverified([(5, 6), (0, 2), (2, 3), (1, 3)]) == {1, 2, 3, 6}
    assert near_candidates.candidates([TEXT, OTHER], Bands(25, 5)) == []


def test_a_chain_of_unverified_pairs_removes_what_verification_keeps():
    step = [" ".join(TEXT.split()[40 * place : 40 * place + 200]) for place in range(3)]
    found = near_recall.measured(corpus(dict(zip("xyz", step, strict=True))))
    assert found.removed == 0
    assert found.far == (0.0, 0.0)


@pytest.mark.parametrize("peer", sorted(near_peers.PEERS))
def test_a_peer_finds_every_planted_copy(peer, monkeypatch):
    monkeypatch.setattr(near_peers, "NIGHTS", 1)
    monkeypatch.setattr(near_peers, "CHUNK", 1_000)
    monkeypatch.setattr(made, "CHUNK", 1_000)
    found = near_peers.PEERS[peer](2_000)
    assert found.found == made.PLANTED
    assert found.query_us > 0
    assert found.insert_us > 0


def test_signatures_follow_from_their_place_and_a_night_is_near_some():
    held = made.signatures(0, 20_000)
    assert np.array_equal(held[10_000:], made.signatures(10_000, 10_000))
    keys = [set(band) for band in near_peers.band_keys(held).T]
    hits = [
        any(key in band for key, band in zip(row, keys, strict=True))
        for row in near_peers.band_keys(made.night(0, 20_000))
    ]
    assert all(hits[: made.PLANTED])
    assert not any(hits[made.PLANTED :])


@pytest.fixture
def filled(tmp_path, monkeypatch):
    """An index of 3,000 documents in several runs, and a night of 60 of which 10 are near copies."""
    for module in (near_night_fill, near_night_once):
        monkeypatch.setattr(module, "NEW", 60)
    monkeypatch.setattr(near_night_fill, "PLANTED", 10)
    monkeypatch.setattr(near_night_once, "NIGHTS", 1)
    draw = random.Random(2)
    words = [f"{first}{second}" for first in ("ba", "de", "fi", "go", "ku") for second in ("lan", "mer", "nit", "pos")]
    lines = [" ".join(draw.choices(words, k=12)) for _ in range(3_000)]
    told = near_night_fill.fill_index(tmp_path, 3_000, 900, Plan(lines, 400, seed=1))
    return tmp_path, told


def test_a_filled_index_is_one_that_opens_and_holds_as_many(filled):
    folder, told = filled
    index = open_index(folder / "index", near_night_once.DESIGN, told["state"])
    index.verify()
    assert index.documents == 3_000
    assert told["runs"] == len(near_filler.tiers(3_000, 900)) > 1
    ids = [name for piece in index.entries() for name in piece["id"].to_pylist()]
    assert len(set(ids)) == 3_000
    assert sum(name.startswith("synthetic-chance") for name in ids) == told["chance"] > 30
    assert sum(not name.startswith(("synthetic-filler", "synthetic-chance")) for name in ids) == 10
    assert told["bytes"]["band"] > 12
    assert told["bytes"]["shingles"] > 400


def test_a_night_finds_every_planted_copy_in_any_run_and_loses_nothing_else(filled):
    folder, told = filled
    found = near_night_once.take_in(folder, told["state"])
    assert (found["found"], found["lost"]) == (10, 0)
    assert found["cpu_s"] > 0
    assert found["peak_bytes"] >= found["started_bytes"] > 0
    again = near_night_once.cold(folder, told["state"])
    assert (again["found"], again["lost"]) == (10, 0)
    assert near_night_once.probe(folder, told["state"])["query_us"] > 0


def test_a_chance_candidate_is_read_and_compared_and_covers_nothing(filled, monkeypatch):
    folder, told = filled
    met = []
    monkeypatch.setattr(searching, "_likely", lambda _held, _groups, pairs: met.extend(pairs.rows.tolist()) or ())
    near_night_once.take_in(folder, told["state"])
    index = open_index(folder / "index", near_night_once.DESIGN, told["state"])
    ids = [name for piece in index.entries() for name in piece["id"].to_pylist()]
    compared = {ids[row] for row in met if ids[row].startswith("synthetic-chance")}
    assert len(compared) == told["chance"]


def test_the_step_as_curate_calls_it_judges_the_night_alone_and_finds_the_same(filled):
    folder, told = filled
    found = near_night_step.step(folder, told["state"])
    assert (found["found"], found["lost"], found["rejudged"]) == (10, 0, 60)
    assert found["bring_up_to_date_s"] > 0
    assert found["judged_s"] > 0


def test_evidence_that_is_not_the_true_one_and_false_removals_are_not_found():
    new = pa.table({"id": ["a", "b", "c", "d"], "original": ["x", "y", "z", None], "jaccard": [0.9, 0.9, 0.9, None]})
    told = pa.table(
        {"id": ["a", "b", "c", "d"], "duplicate_of": ["x", "y", "x", "x"], "duplicate_jaccard": [0.9, 0.8, 0.9, 0.9]}
    )
    assert near_night_once.hits(new, told) == {"found": 1, "lost": 1}


def test_runs_are_merged_as_the_index_merges_them(tmp_path):
    index = open_index(tmp_path, near_night_once.DESIGN, None)
    for night in range(26):
        new = near_filler.real([f"{night}/{number}" for number in range(3)], [f"page {night}"] * 3, "1")
        index.apply([], new.entries, new.sets)
        state = read_state(tmp_path, index.commit())
        assert [run.documents for run in state.runs] == near_filler.tiers(3 * night + 3, 3)


def test_a_first_build_is_one_run_and_nights_leave_few():
    assert near_filler.tiers(1_000_000, 1_000_000) == [1_000_000]
    grown = near_filler.tiers(1_234_567, 1_000)
    assert sum(grown) == 1_234_567
    assert 1 < len(grown) <= 3 * 6


GOOD = {
    "cpu_s": 1.0,
    "cold_cpu_s": 1.5,
    "read_bytes": 90,
    "written_bytes": 9,
    "peak_bytes": 4e8,
    "started_bytes": 3e8,
    "found": 300,
    "lost": 0,
}


def night_of(documents, band=12.1, chance=900, runs=1, **changed):
    filled = {"bytes": {"band": band}, "chance": chance, "runs": runs}
    return near_night.Measured(documents, filled, GOOD | changed, 9.0)


@pytest.mark.parametrize("missed", [{"found": 299}, {"lost": 1}, {"peak_bytes": 5e8}, {"band": 13.1}, {"chance": 239}])
def test_a_night_below_a_floor_is_noticed(missed, capsys):
    assert near_night.holding(night_of(1_000_000))
    assert not near_night.holding(night_of(1_000_000, **missed))
    assert "missed with 1,000,000 documents" in capsys.readouterr().out


def grown(*nights):
    by_size = {one.documents: one for one in nights}
    few, many = sorted(by_size)
    return near_night.grown(by_size, next(one for one in near_night.GROWTHS if (one.few, one.many) == (few, many)))


@pytest.mark.parametrize(("few", "many"), [(200_000, 1_000_000), (1_000_000, 10_000_000)])
@pytest.mark.parametrize("name", ["cpu_s", "cold_cpu_s", "read_bytes", "peak_bytes"])
def test_a_larger_index_may_cost_so_much_more_and_what_its_runs_do(few, many, name, capsys):
    most = next(one.most[name] for one in near_night.GROWTHS if (one.few, one.many) == (few, many))
    near, far = ({name: share * most * GOOD[name]} for share in (0.9, 1.1))
    assert grown(night_of(few), night_of(many, **near))
    assert not grown(night_of(few), night_of(many, **far))
    assert f"{name} {1.1 * most:.2f} (floor {most:.2f})" in capsys.readouterr().out
    assert grown(night_of(few, runs=8), night_of(many, runs=12, **far))


def test_a_size_that_was_not_measured_is_named(capsys):
    assert near_night.grown({1_000_000: night_of(1_000_000)}, near_night.GROWTHS[1])
    told = "10,000,000 to 1,000,000 documents: not measured (--documents 1000000 10000000)"
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(("ours", "holds", "told"), [(8.0, True, "4.1"), (9.0, False, "3.7")])
def test_a_dict_that_is_not_dear_enough_misses_its_floor(ours, holds, told, monkeypatch, capsys):
    peer = {"query_us": 33.0, "insert_us": 1.0, "append_us": 1.0, "memory_bytes": 9_000.0, "disk_bytes": 0.0}
    monkeypatch.setattr(near_night, "_peer", lambda _name, _documents: peer)
    monkeypatch.setattr(near_night, "_ours_and_dict", lambda _documents: (ours, peer))
    assert near_night._against_peers([200_000]) is holds
    assert f"{told} times ours (floor 4.0)" in capsys.readouterr().out


@pytest.mark.parametrize(("changed", "ends"), [({}, 0), ({"found": 9}, 1)])
def test_the_night_ends_with_1_where_any_layout_misses_a_floor(changed, ends, monkeypatch, capsys):
    nights = {None: GOOD, 1_000: GOOD | changed}
    told = lambda size, batch: night_of(size, **nights.get(batch, GOOD))  # noqa: E731 - a stand-in
    monkeypatch.setattr(near_night, "_measured", told)
    monkeypatch.setattr(near_night, "_against_peers", lambda _sizes: True)
    assert near_night.main(["--documents", "10000000", "1000000"]) == ends
    out = capsys.readouterr().out
    assert out.count("10,000,000 to 1,000,000 documents: cpu_s 1.00 (floor 1.50)") == 2
    assert out.count("1,000,000 to 200,000 documents: not measured") == 2
