"""The shingles of texts, by both kernels, against sets of five tokens."""

import gc
import importlib
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.near import shingles as near_shingles
from corpus.near import vectorised
from corpus.near.shingles import NUMPY, Sets, fastest, shingle_sets, shingles
from corpus.near.tokens import tokens

FORMS = ("prose", "code")
WORDS = st.sampled_from(
    ["a", "b", "A", "_", "é", "Σ", "我", "ก", "\0", "->", "\u2019", "1234567", "12345678", "123456789", "x" * 30, "İ"]
)
MIXED = st.one_of(
    st.text(max_size=40),
    st.lists(WORDS, max_size=12).map(" ".join),
    st.lists(WORDS, max_size=12).map("".join),
    st.sampled_from(["", " ", "\n\0", "\ud800"]),
)


@pytest.fixture(scope="module", params=["NumPy", "compiled"])
def kernel(request):
    if request.param == "NumPy":
        return NUMPY
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    return fastest()


def fives(text, form):
    words = tokens(text, form)
    return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))} if words else set()


def split(sets):
    return [sets.values[first:last] for first, last in zip(sets.offsets[:-1], sets.offsets[1:], strict=True)]


def assert_one_to_one(texts, form, sets):
    """Each shingle has one number, and each number stands for one shingle."""
    numbers = {}
    for text, found in zip(texts, split(sets), strict=True):
        expected = fives(text, form)
        assert len(found) == len(expected)
        assert (np.diff(found.astype(np.int64)) > 0).all()
        for five in expected:
            number = numbers.setdefault(five, int(shingles(five_text(five, form), form)[0]))
            assert number in found
    assert len(set(numbers.values())) == len(numbers)


def five_text(five, form):
    return " ".join(five) if form == "code" else " ".join(five).upper() if " ".join(five).isascii() else " ".join(five)


@pytest.mark.parametrize("form", FORMS)
@given(texts=st.lists(MIXED, max_size=8))
def test_shingles_are_the_sets_of_five_tokens_in_a_row(kernel, form, texts):
    assert_one_to_one(texts, form, shingle_sets(texts, form, kernel))


@pytest.mark.parametrize("form", FORMS)
@given(texts=st.lists(MIXED, max_size=8))
def test_both_kernels_give_the_same_numbers(form, texts):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    ours, theirs = (list(near_shingles.batches(texts, form, one)) for one in (NUMPY, fastest()))
    for (hashes, counts), (others, other_counts) in zip(ours, theirs, strict=True):
        assert hashes.tolist() == others.tolist()
        assert counts.tolist() == other_counts.tolist()


@pytest.mark.parametrize("count", range(8))
def test_up_to_four_tokens_are_one_shingle(kernel, count):
    text = " ".join("abcdefgh"[:count])
    assert len(shingle_sets([text], kernel=kernel).values) == (0 if not count else max(1, count - 4))


def test_signs_and_nul_bytes_count_in_short_code(kernel):
    texts = ["a b c d", "a b c d \0", "a b c d \0 \0", "\0", "\0 \0", "\0\0\0", "a", "\0 a", "a \0"]
    found = split(shingle_sets(texts, "code", kernel))
    assert_one_to_one(texts, "code", shingle_sets(texts, "code", kernel))
    assert len({tuple(one.tolist()) for one in found}) == len(texts)


def test_every_kind_of_array_gives_what_the_list_gives(kernel):
    texts = ["one two three four five six", "", "Ünder the tree we sat down", " \n", "x y z", "我爱北京天安门"] * 3
    expected = shingle_sets(texts, kernel=kernel)
    small, large = pa.array(texts, pa.string()), pa.array(texts, pa.large_string())
    padded = pa.array(["skipped", *texts, "é skipped too"], pa.large_string()).slice(1, len(texts))
    chunked = pa.chunked_array(
        [large.slice(0, 5), large.slice(5, 0), small.slice(5, 6).cast(pa.large_string()), large.slice(11)]
    )
    views, dictionary = small.cast(pa.string_view()), small.dictionary_encode()
    others = (views, dictionary, pa.chunked_array([views, views.slice(0, 0)]), large.dictionary_encode())
    for form_of_them in (small, large, padded, chunked, tuple(texts), *others):
        found = shingle_sets(form_of_them, kernel=kernel)
        assert (found.values == expected.values).all()
        assert (found.offsets == expected.offsets).all()


def test_null_and_no_text_at_all_have_no_shingles(kernel):
    assert [len(one) for one in split(shingle_sets(pa.array([None, "a b", None]), kernel=kernel))] == [0, 1, 0]
    assert shingle_sets(pa.array([None, None]), kernel=kernel).offsets.tolist() == [0, 0, 0]
    for nothing in ([], pa.array([], pa.string()), pa.chunked_array([], pa.large_string())):
        sets = shingle_sets(nothing, kernel=kernel)
        assert isinstance(sets, Sets)
        assert (len(sets.values), sets.values.dtype, sets.offsets.tolist()) == (0, np.uint32, [0])


def test_numbers_are_no_texts():
    with pytest.raises(TypeError, match="texts are strings, not int64"):
        shingle_sets(pa.array([1, 2]))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [(1 << 14) - 1, 1 << 14, (1 << 14) + 1])
def test_a_word_as_long_as_a_piece_is_one_token(kernel, form, size):
    word = "0f" * (size // 2) + "1" * (size % 2)
    for text in (word, f"one two three {word} four five", f"{word} {word}", f"{word}\u2019x", f" {word}\n"):
        found = shingle_sets([text], form, kernel).values
        assert found.tolist() == shingle_sets([text], form, NUMPY).values.tolist()
        assert len(found) == len(fives(text, form))


def test_large_sets_and_sets_that_agree_in_their_upper_half_are_sorted(kernel):
    rng = np.random.default_rng(5)
    rows = [
        rng.integers(0, bound, size, dtype=np.uint32)
        for size in (0, 1, 900, 8192, 8193, 30_000)
        for bound in (9, 2**32)
    ]
    rows += [np.full(20_000, 7, np.uint32), rng.integers(0, 1 << 16, 2_000, dtype=np.uint32) | np.uint32(5 << 16)]
    values, sizes = kernel.distinct(np.concatenate(rows), np.array([len(row) for row in rows]))
    assert [one.tolist() for one in np.split(values, np.cumsum(sizes)[:-1])] == [
        np.unique(row).tolist() for row in rows
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_text_longer_than_any_piece_is_read_as_a_whole(kernel, form, monkeypatch):
    words = ["w", "é" * 9, "long" * 40, "y" * 333, "我", "(", "\0", "q" * 20_000, "Σ"]
    text = " ".join(words[number * number % 9] + str(number % 7) for number in range(200))
    expected = shingle_sets([text], form, NUMPY).values
    monkeypatch.setattr(vectorised, "_PIECE_BYTES", 256)
    monkeypatch.setattr(near_shingles, "_BATCH_BYTES", 64)
    assert split(shingle_sets(["a", text, "b c"], form, kernel))[1].tolist() == expected.tolist()
    assert len(expected) == len(fives(text, form))


@pytest.mark.parametrize(
    "text",
    ["word " * 2_000_000, "x" * 10_000_000, "é\u2019" * 1_500_000, "我" * 1_000_000],
    ids=["words", "letters", "foreign", "unspaced"],
)
def test_a_huge_text_takes_memory_in_proportion(kernel, text):
    shingles("warm ü")
    column = pa.array([text], pa.large_string())
    tracemalloc.start()
    try:
        assert len(shingle_sets(column, kernel=kernel).values) <= 1
        assert tracemalloc.get_traced_memory()[1] < 20 * len(text.encode())
    finally:
        tracemalloc.stop()
        gc.collect()


@pytest.mark.parametrize("unit", ["abcdefg ", "z", "é\u2019 ", "我", "a" * 9 + "." * 20])
def test_reading_is_linear(kernel, growth, unit):
    assert (
        growth(lambda column: shingle_sets(column, kernel=kernel), lambda size: pa.array([unit * size]), 150_000) < 10
    )


def test_hashes_of_real_shingles_collide_as_often_as_chance(kernel):
    numbers = range(400_000)
    text = " ".join(f"{number // 1000}{'ab'[number % 2] * (number % 11)}" for number in numbers)
    expected = len(fives(text, "prose"))
    missing = expected - len(shingle_sets([text], kernel=kernel).values)
    chance = expected**2 / 2**33
    assert abs(missing - chance) < 6 * chance**0.5 + 3


def test_swapped_and_repeated_tokens_are_told_apart(kernel):
    texts = [f"{a} {b} {c} {d} {e}" for a in "pq" for b in "pq" for c in "pq" for d in "pq" for e in "pq"]
    texts += ["p" * count for count in range(2, 200)] + [" ".join("p" * count) for count in range(1, 5)]
    assert len(np.unique(shingle_sets(texts, kernel=kernel).values)) == len(texts)


def test_importing_and_signing_without_numba_needs_numpy_alone():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from corpus.near import shingles\n"
        "assert shingles.fastest() is shingles.NUMPY\n"
        "assert len(shingles.shingles('a b c d e f')) == 2\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_numba_that_cannot_be_imported_is_told_and_done_without(tmp_path):
    (tmp_path / "numba.py").write_text("raise ImportError('Numba needs an older NumPy')\n")
    code = (
        "from corpus.near import shingles\n"
        "assert shingles.fastest() is shingles.NUMPY\n"
        "assert len(shingles.shingles('a b c d e f')) == 2\n"
    )
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"}
    done = subprocess.run([sys.executable, "-c", code], check=False, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = "signatures are computed by NumPy alone, more slowly, for numba does not work here: "
    assert done.stderr == f"{told}ImportError: Numba needs an older NumPy\n"


def fail(*_):
    raise EOFError("Ran out of input")


def other_permutations():
    factors, summands = vectorised.permutations()
    return factors, summands + np.uint32(1)


@pytest.mark.parametrize(("name", "wrong"), [("_distinct", fail), ("permutations", other_permutations)])
def test_a_kernel_that_fails_or_gives_other_values_is_compiled_anew(monkeypatch, name, wrong):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    compiled, of_sets = map(importlib.import_module, near_shingles._COMPILED)
    forgotten = []
    monkeypatch.setattr(of_sets, name, wrong)
    monkeypatch.setattr(compiled, "forget", lambda: forgotten.append(name))
    kernel = fastest.__wrapped__()
    assert kernel is not NUMPY
    assert near_shingles._outcome(kernel) == near_shingles._outcome(NUMPY)
    assert forgotten == [name]


def test_a_kernel_that_stays_wrong_is_told_and_not_taken(monkeypatch, caplog):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    compiled, of_sets = map(importlib.import_module, near_shingles._COMPILED)
    monkeypatch.setattr(of_sets, "permutations", other_permutations)
    monkeypatch.setattr(compiled, "forget", list)
    monkeypatch.setattr(importlib, "reload", lambda module: module)
    assert fastest.__wrapped__() is NUMPY
    assert "its kernel gives other values than NumPy, or none" in caplog.text


AGREES = (
    "from corpus.near import shingles\n"
    "assert shingles.fastest() is not shingles.NUMPY\n"
    "assert shingles._outcome(shingles.fastest()) == shingles._outcome(shingles.NUMPY)\n"
)
OTHER_CONSTANTS = (
    "import numpy\nfrom corpus.near import vectorised\nvectorised.MIX = (numpy.uint64(5), numpy.uint64(7))\n"
)


def run_with_cache(folder, code):
    env = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, env=env, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "left"), [("nbi", 0), ("nbc", 0.5)])
def test_damaged_code_in_numbas_cache_is_compiled_anew(tmp_path, suffix, left):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    run_with_cache(tmp_path, AGREES)
    for kept in tmp_path.rglob(f"compiled.*.{suffix}"):
        whole = kept.read_bytes()
        kept.write_bytes(whole[: int(len(whole) * left)])
    run_with_cache(tmp_path, AGREES)


@pytest.mark.slow
def test_code_that_was_compiled_of_other_constants_is_compiled_anew(tmp_path):
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    run_with_cache(tmp_path, OTHER_CONSTANTS + AGREES)
    assert any(tmp_path.rglob("compiled.*.nbc"))
    run_with_cache(tmp_path, AGREES)


def test_importing_the_package_does_not_import_numba():
    code = "import sys, corpus.near.signatures; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_the_kernel_compiles_where_nothing_can_be_kept():
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    code = (
        "from numba.core import caching\n"
        "for one in caching.CacheImpl._locator_classes: one.from_function = classmethod(lambda *a: None)\n"
        "from corpus.near import shingles, signatures\n"
        "assert shingles.fastest() is not shingles.NUMPY\n"
        "a, b = (signatures.signatures(['a b c d e f'], kernel=k) for k in (shingles.NUMPY, shingles.fastest()))\n"
        "assert (a == b).all()\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=250).returncode == 0
