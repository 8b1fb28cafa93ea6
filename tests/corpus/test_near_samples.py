"""Samples find what is contained: they nest, estimate without bias, and ask for as much as the bound lets expect."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.near.samples import RATE, enough_shared, sample_keys
from corpus.near.shingles import Sets

BOUND = 0.8

values = st.lists(st.integers(0, 2**32 - 1), max_size=60, unique=True).map(sorted)


def sets_of(*rows):
    offsets = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64)
    return Sets(np.array([value for row in rows for value in row], np.uint32), offsets)


def keys_by_text(*rows, rate=RATE):
    keys, owners = sample_keys(sets_of(*rows), rate)
    return [set(keys[owners == number].tolist()) for number in range(len(rows))]


def some(count, seed=1):
    return np.random.default_rng(seed).integers(0, 2**32, count, dtype=np.uint32)


@given(st.lists(values, max_size=6), st.sampled_from([1, 2, 4]))
def test_each_text_has_the_keys_it_has_alone(rows, rate):
    assert keys_by_text(*rows, rate=rate) == [keys_by_text(row, rate=rate)[0] for row in rows]


@given(values, values)
def test_what_two_texts_share_is_what_their_samples_share(first, second):
    one, other, both = keys_by_text(first, second, sorted({*first} & {*second}), rate=2)
    assert one & other == both


@given(values)
def test_with_every_shingle_sampled_distinct_shingles_have_distinct_keys(row):
    assert len(keys_by_text(row, rate=1)[0]) == len(row)


def test_one_shingle_of_the_rate_is_taken_and_keys_spread_over_the_key_space():
    keys, owners = sample_keys(Sets(np.arange(1 << 20, dtype=np.uint32), np.array([0, 1 << 19, 1 << 20])))
    assert len(keys) * RATE == pytest.approx(1 << 20, rel=0.02)
    assert np.bincount(owners) * RATE == pytest.approx(1 << 19, rel=0.03)
    assert np.bincount((keys >> np.uint64(60)).astype(np.int64), minlength=16) * RATE * 16 == pytest.approx(
        1 << 20, rel=0.1
    )


def test_the_sample_of_a_set_does_not_depend_on_how_it_is_cut_into_slices(monkeypatch):
    sets = sets_of(some(5000), some(3000, seed=2))
    whole = sample_keys(sets)
    monkeypatch.setattr("corpus.near.samples._SLICE", 7)
    cut = sample_keys(sets)
    assert np.array_equal(whole[0], cut[0])
    assert np.array_equal(whole[1], cut[1])


def test_keys_stay_what_they_are_for_an_index_holds_them():
    keys, owners = sample_keys(sets_of([], range(64), [7]))
    # The 27th, 28th, 33rd and 62nd number of SplitMix64 from zero on.
    assert keys.tolist() == [7617890157137703680, 4670970265874846992, 900130614242687664, 6192573367858229616]
    assert owners.tolist() == [1, 1, 1, 1]


def test_sets_cut_out_of_the_middle_have_the_keys_they_have_in_the_whole(monkeypatch):
    monkeypatch.setattr("corpus.near.samples._SLICE", 7)
    whole = sets_of(some(30), some(20, seed=2), some(25, seed=3), [], some(9, seed=4))
    keys, owners = sample_keys(whole, rate=2)
    found, numbers = sample_keys(Sets(whole.values, whole.offsets[1:4]), rate=2)
    inside = (owners >= 1) & (owners < 3)
    assert found.tolist() == keys[inside].tolist()
    assert numbers.tolist() == (owners[inside] - 1).tolist()
    assert set(numbers.tolist()) == {0, 1}


def test_no_text_has_no_keys():
    keys, owners = sample_keys(sets_of())
    assert (keys.dtype, owners.dtype, len(keys), len(owners)) == (np.uint64, np.int64, 0, 0)


@pytest.mark.parametrize("contained", [0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("size", [20, 100, 150, 300, 1000, 5000])
def test_hardly_a_pair_exactly_at_the_bound_shares_too_little(contained, size):
    shared = np.random.default_rng(3).binomial(int(contained * size), 1 / RATE, 40_000)
    shared = shared[shared > 0]  # those without a shared key are no candidates: what the sample's size decides
    assert enough_shared(shared, np.full_like(shared, size), contained).mean() > 0.999


def test_a_common_phrase_is_not_enough_for_a_long_text_and_is_for_a_short_one():
    found = enough_shared(np.array([1, 1, 0, 0]), np.array([470, 100, 100, 0]), BOUND)
    assert found.tolist() == [False, True, False, False]


@given(st.integers(1, 300), st.integers(1, 9000))
def test_who_shares_more_is_never_the_worse_candidate(shared, size):
    fewer, more = enough_shared(np.array([shared, shared + 1]), np.array([size, size]), BOUND)
    assert more or not fewer


def test_a_passage_of_an_article_is_found_in_what_quotes_it(shared_data: Path):
    import gzip
    import json

    from corpus.near.shingles import shingle_sets

    with gzip.open(shared_data / "dedup" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line)["text"] for line, _ in zip(lines, range(60), strict=False)]
    words = [article.split() for article in articles if len(article.split()) >= 150]
    quoting = [" ".join(words[number - 1] + one[:150] + words[number - 2]) for number, one in enumerate(words)]
    keys, owners = sample_keys(shingle_sets([" ".join(one[:150]) for one in words] + quoting))
    count = len(words)
    for number in range(count):
        mine, host = (set(keys[owners == place].tolist()) for place in (number, number + count))
        assert enough_shared(np.array([len(mine & host)]), np.array([146]), BOUND)[0]
