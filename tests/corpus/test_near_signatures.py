"""Signatures against datasketch, and the bands that find candidates."""

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st

from corpus.near import vectorised
from corpus.near.shingles import NUMPY, Sets, fastest, shingle_sets
from corpus.near.signatures import HASHES, Bands, as_minhash, band_hashes, bands_for, signatures, signatures_of

TEXTS = [
    "",
    "one",
    "the mash rests for an hour before the sparge begins",
    "我爱北京天安门",
    "Ünder " * 9,
    "x y z " * 400,
]


@pytest.fixture(scope="module", params=["NumPy", "compiled"])
def kernel(request):
    if request.param == "NumPy":
        return NUMPY
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    return fastest()


def datasketch_values(hashes):
    sketch = MinHash(num_perm=128, hashfunc=int, scheme="affine32")
    sketch.update_batch(hashes)
    return sketch.hashvalues


def test_this_environment_has_the_compiled_kernel_under_test():
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    assert fastest() is not NUMPY
    assert fastest().sketches.__module__ == "corpus.near.compiled_sets"


@pytest.mark.parametrize("form", ["prose", "code"])
@given(texts=st.lists(st.text(max_size=60), max_size=6))
def test_signatures_are_datasketchs_bit_for_bit(kernel, form, texts):
    sets = shingle_sets(texts, form, kernel)
    found = signatures(texts, form, kernel)
    assert found.shape == (len(texts), HASHES)
    assert found.dtype == np.uint32
    for row, first, last in zip(found, sets.offsets[:-1], sets.offsets[1:], strict=True):
        assert row.tolist() == datasketch_values(sets.values[first:last]).tolist()


@given(sizes=st.lists(st.integers(0, 40), max_size=20), seed=st.integers(0, 9))
def test_signatures_of_any_stored_sets_are_datasketchs(kernel, sizes, seed):
    values = np.random.default_rng(seed).integers(0, 1 << 32, sum(sizes), dtype=np.uint32)
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    found = signatures_of(Sets(values, offsets), kernel)
    for row, first, last in zip(found, offsets[:-1], offsets[1:], strict=True):
        assert row.tolist() == datasketch_values(values[first:last]).tolist()


def test_sets_cut_out_of_the_middle_have_the_same_signatures(kernel):
    sets = shingle_sets(TEXTS, kernel=kernel)
    some = signatures_of(Sets(sets.values, sets.offsets[2:5]), kernel)
    assert (some == signatures(TEXTS, kernel=kernel)[2:4]).all()


def test_sets_larger_than_a_block_have_the_same_signatures(monkeypatch):
    sets = shingle_sets([" ".join(map(str, range(200))), "", "a b", " ".join(map(str, range(100)))])
    expected = signatures_of(sets, NUMPY)
    monkeypatch.setattr(vectorised, "_SKETCH_VALUES", 7)
    assert (signatures_of(sets, NUMPY) == expected).all()


def test_a_row_is_a_minhash_that_datasketch_reads_and_goes_on_with(kernel):
    first, second = "a b c d e f g h i j", "a b c d e f g h i k"
    one, two = (as_minhash(row) for row in signatures(pa.array([first, second]), kernel=kernel))
    other = MinHash(num_perm=128, hashfunc=int, scheme="affine32")
    other.update_batch(shingle_sets([first]).values)
    assert one == other
    assert 0.4 < one.jaccard(two) < 1
    index = MinHashLSH(num_perm=128, params=bands_for(0.8))
    index.insert("first", one)
    assert index.query(other) == ["first"]
    one.update_batch(shingle_sets([second]).values)
    other.update_batch(shingle_sets([second]).values)
    assert one == other


def test_the_bands_for_the_usual_threshold_are_25_of_5():
    assert bands_for(0.8) == Bands(25, 5)


@pytest.mark.parametrize("threshold", [0.5 + step / 100 for step in range(51)])
def test_the_bands_find_a_pair_at_the_threshold(threshold):
    count, rows = bands_for(threshold)
    assert count * rows <= HASHES
    assert 1 - (1 - threshold**rows) ** count >= 0.999


def test_bands_have_equal_keys_exactly_where_their_values_are_equal():
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 1 << 32, (200, HASHES), dtype=np.uint32)
    rows[100:, :50] = rows[:100, :50]
    rows[100:, 7] ^= 1  # in the second band alone
    keys = band_hashes(rows, Bands(25, 5))
    assert (keys.shape, keys.dtype) == ((200, 25), np.uint64)
    same = keys[:100] == keys[100:]
    assert same[:, [0, *range(2, 10)]].all()
    assert not same[:, 1].any()
    assert not same[:, 10:].any()
    assert len(np.unique(keys)) == 200 * 25 - 100 * 9


def test_values_swapped_within_a_band_give_another_key():
    row = np.arange(HASHES, dtype=np.uint32)[None, :]
    swapped = row.copy()
    swapped[0, [0, 1]] = swapped[0, [1, 0]]
    assert band_hashes(row, Bands(25, 5))[0, 0] != band_hashes(swapped, Bands(25, 5))[0, 0]
