"""Near-duplicates: the rule against a brute-force oracle, and against public pairs with known Jaccard."""

import gzip
import json
import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.near.shingles import shingle_sets, shingles
from corpus.near.tokens import tokens
from corpus.schema import MESSAGES
from processors.compared import compared
from processors.near import Near, shingled

pytestmark = pytest.mark.usefixtures("small_files_in_memory")

WORDS = ["malt", "hops", "yeast", "water", "mash", "boil", "cool", "ferment", "bottle", "drink"]


def table(documents):
    return pa.table(
        {
            "id": pa.array([document[0] for document in documents], pa.string()),
            "text": pa.array([document[1] for document in documents], pa.large_string()),
            "revision_seen": pa.array(
                [document[2] if len(document) > 2 else "2026-01-01" for document in documents], pa.string()
            ),
            "source_priority": pa.array(
                [document[3] if len(document) > 3 else 0 for document in documents], pa.int32()
            ),
            "kind": pa.array(["article"] * len(documents), pa.string()),
            "messages": pa.nulls(len(documents), MESSAGES),
        }
    )


def verdicts(documents, **options):
    return {row["id"]: row for row in Near(**options)(table(documents)).to_pylist()}


def winners(documents, **options):
    return {name: row["duplicate_of"] for name, row in verdicts(documents, **options).items()}


def plain_shingles(text):
    words = re.findall(r"\w+", text.lower())
    width = min(5, len(words))
    return {tuple(words[start : start + width]) for start in range(len(words) - width + 1)} if words else set()


def jaccard(first, second):
    return len(first & second) / len(first | second) if first | second else 0.0


def brute_force(documents, threshold=0.8):
    kept, found = [], {}
    for name, text, *_ in sorted(documents, key=lambda one: (one[2], one[3], one[0])):
        mine = plain_shingles(text)
        covering = [other for other, theirs in kept if jaccard(mine, theirs) >= threshold]
        found[name] = covering[0] if covering else None
        if not covering and mine:
            kept.append((name, mine))
    return found


def edited(count=40):
    return [f"word{number}" for number in range(count)]


sentences = st.lists(st.sampled_from(WORDS), min_size=0, max_size=9).map(" ".join)
corpora = st.lists(
    st.tuples(sentences, st.sampled_from(["2026-01-01", "2026-01-02"]), st.integers(0, 2)), min_size=1, max_size=12
).map(lambda rows: [(f"s/{place}", *row) for place, row in enumerate(rows)])


@given(corpora)
def test_the_verdicts_are_those_of_comparing_every_pair(documents):
    # So short texts share all shingles or fall below 0.8, where 25 bands find every pair.
    assert winners(documents) == brute_force(documents)


@given(st.lists(st.integers(0, 45), min_size=1, max_size=8))
def test_long_texts_get_the_verdicts_of_comparing_every_pair(cuts):
    documents = [(f"s/{place}", " ".join(edited(60)[cut // 3 :]), "2026-01-01", 0) for place, cut in enumerate(cuts)]
    assert winners(documents) == brute_force(documents)


@given(corpora, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(documents, random):
    shuffled = random.sample(documents, len(documents))
    assert verdicts(shuffled) == verdicts(documents)


def test_rows_order_ids_and_other_columns_stay():
    before = table([("s/b", "one two three"), ("s/a", "one two three")])
    after = Near()(before)
    assert after.select(before.column_names).equals(before)
    assert after["duplicate_of"].to_pylist() == ["s/a", None]


def test_a_chain_keeps_its_far_end():
    words = edited()
    chain = [("s/a", " ".join(words)), ("s/b", " ".join(words[3:])), ("s/c", " ".join(words[6:]))]
    first, second, third = (plain_shingles(text) for _, text in chain)
    assert jaccard(first, second) >= 0.8
    assert jaccard(second, third) >= 0.8
    assert jaccard(first, third) == pytest.approx(30 / 36)
    assert winners(chain, threshold=0.9) == {"s/a": None, "s/b": "s/a", "s/c": None}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (("s/z", "2026-01-01", 5), ("s/a", "2026-01-02", 0)),
        (("s/z", "2026-01-01", 0), ("s/a", "2026-01-01", 1)),
        (("s/a", "2026-01-01", 0), ("s/z", "2026-01-01", 0)),
    ],
)
def test_the_earlier_night_then_the_higher_source_then_the_id_wins(earlier, later):
    text = " ".join(edited())
    documents = [(name, text, night, priority) for name, night, priority in (later, earlier)]
    assert winners(documents) == {earlier[0]: None, later[0]: earlier[0]}


def test_the_same_words_in_other_case_and_space_are_exact():
    row = verdicts([("s/a", "Mash the malt,\n then boil it"), ("s/b", "mash THE malt, then boil  it ")])["s/b"]
    assert (row["duplicate_rule"], row["duplicate_jaccard"], row["duplicate_containment"]) == ("exact", 1.0, 1.0)


def test_a_copy_of_a_loser_loses_to_the_same_winner():
    words = edited()
    shorter = " ".join(words[2:])
    found = verdicts([("s/a", " ".join(words)), ("s/b", shorter), ("s/c", shorter)])
    assert found["s/c"]["duplicate_of"] == "s/a"
    assert found["s/c"]["duplicate_rule"] == "near"
    assert found["s/c"]["duplicate_jaccard"] == found["s/b"]["duplicate_jaccard"] == 34 / 36
    assert found["s/c"]["duplicate_containment"] == 1.0


def test_empty_texts_are_no_duplicates():
    assert set(winners([("s/a", ""), ("s/b", " \n"), ("s/c", None)]).values()) == {None}


def test_short_texts_match_only_when_all_words_do():
    assert winners([("s/a", "hop on"), ("s/b", "Hop, on!"), ("s/c", "hop")]) == {"s/a": None, "s/b": "s/a", "s/c": None}


def test_the_order_of_words_counts():
    assert not set(shingles("a b c d e")) & set(shingles("e d c b a"))


def test_scripts_without_spaces_are_compared_by_characters():
    assert tokens("麦芽 Beer 酵母") == ["麦", "芽", "beer", "酵", "母"]
    text = "啤酒是以大麦芽酒花水为主要原料经酵母发酵作用酿制而成的饱含二氧化碳的低酒精度酒"
    assert winners([("s/a", text), ("s/b", text[1:]), ("s/c", text[::-1])]) == {"s/a": None, "s/b": "s/a", "s/c": None}


def test_an_empty_table_gets_its_columns():
    assert Near()(table([])).column_names[-4:] == list(Near.writes)


def read_lines(path):
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def shared_corpus(folder, name):
    documents = read_lines(folder / "dedup" / f"{name}.jsonl.gz")
    pairs = read_lines(folder / "dedup" / f"{name}_exact_jaccard.jsonl.gz")
    return documents, {(pair["a"], pair["b"]): pair["jaccard_word5"] for pair in pairs}


@pytest.mark.parametrize("name", ["edited_articles", "licence_texts"])
def test_known_pairs_are_found_and_nothing_else_goes(shared_data, name):
    documents, pairs = shared_corpus(shared_data, name)
    found = verdicts([(document["id"], document["text"]) for document in documents])
    lost = {document for document, row in found.items() if row["duplicate_of"]}
    alike = [pair for pair, similarity in pairs.items() if similarity >= 0.8]
    assert sum(not lost.isdisjoint(pair) for pair in alike) / len(alike) >= 0.98
    for document in lost:
        row = found[document]
        assert row["duplicate_of"] not in lost
        known = pairs.get((document, row["duplicate_of"])) or pairs[row["duplicate_of"], document]
        assert row["duplicate_jaccard"] == pytest.approx(known, abs=1e-4)
        assert row["duplicate_jaccard"] >= 0.8


def test_what_exact_copies_may_differ_in_is_an_option():
    documents = [("a", "Malt  and hops."), ("b", "malt and hops."), ("c", "Malt  and hops.")]
    rules = {
        ignored: [row["duplicate_rule"] for row in verdicts(documents, exact_ignores=ignored).values()]
        for ignored in (("case", "space"), ("case",), ())
    }
    assert rules == {
        ("case", "space"): [None, "exact", "exact"],
        ("case",): [None, "near", "exact"],
        (): [None, "near", "exact"],
    }


def test_short_texts_whose_hashes_collide_are_no_duplicates():
    texts = [f"Lot {number} sold" for number in range(300_000)]
    hashes = shingle_sets(texts).values
    order = np.argsort(hashes, kind="stable")
    (places,) = np.nonzero(hashes[order][1:] == hashes[order][:-1])
    pairs = [(texts[order[place]], texts[order[place + 1]]) for place in places[:4]]
    assert pairs, "no two of these texts share their 32 bits"
    for pair in pairs:
        assert winners([("s/a", pair[0]), ("s/b", pair[1])]) == {"s/a": None, "s/b": None}
        assert winners([("s/a", pair[0]), ("s/b", pair[0] + "!")]) == {"s/a": None, "s/b": "s/a"}


def test_a_second_hash_stands_beside_single_shingles_alone():
    documents = [("s/a", "one two"), ("s/b", ""), ("s/c", "a b c d e f"), ("s/d", "five words are one shingle")]
    sets = shingled(compared(table(documents)))
    assert np.diff(sets.offsets).tolist() == [2, 0, 2, 2]
    assert all((np.diff(sets.values[start:stop].astype(np.int64)) > 0).all() for start, stop in pairwise(sets.offsets))
    assert shingles("one two")[0] in sets.values[:2]
