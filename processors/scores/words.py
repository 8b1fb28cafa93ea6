"""The words of a batch of texts as numbers: each one's place in the list of distinct words, in order of reading."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from processors.scores.characters import SPACE
from processors.scores.english import words_of
from processors.scores.texts import Ints, Texts

MOST_KNOWN = 1 << 20  # runs whose words are remembered from batch to batch; some 200 MB
_ODD = 0x9E3779B97F4A7C15  # the golden ratio in 64 bits: odd, so that multiplying loses nothing


class Words(NamedTuple):
    """``ids`` are the words of all documents, those of document ``i`` at ``bounds[i]`` to ``bounds[i + 1]``.

    ``distinct`` holds the word of each id, ``lengths`` its characters.
    """

    ids: Ints
    bounds: Ints
    distinct: pa.Array
    lengths: Ints


def read(texts: Texts, known: dict[str, Sequence[str]]) -> Words:
    """Return the words of ``texts``, cutting each run without white space once that is not yet ``known``."""
    codes, runs = _distinct_runs(texts)
    cut = _cut(runs, known)
    counts = np.fromiter(map(len, cut), np.int64, len(cut))
    of_runs = pc.dictionary_encode(pa.array(list(chain.from_iterable(cut)), pa.large_string()))
    run_ids = np.asarray(of_runs.indices, np.int64)
    each = counts[codes]
    ends = np.zeros(len(each) + 1, np.int64)
    np.cumsum(each, out=ends[1:])
    firsts = (np.cumsum(counts) - counts)[codes] - ends[:-1]
    ids = run_ids[np.repeat(firsts, each) + np.arange(ends[-1])]
    lengths = np.asarray(pc.utf8_length(of_runs.dictionary), np.int64)
    return Words(ids, ends[texts.chunk_bounds], of_runs.dictionary, lengths)


def hashes(distinct: pa.Array) -> NDArray[np.uint64]:
    """Return 64 bits for each word that depend on its bytes alone: a polynomial over them, then mixed."""
    if not len(distinct):
        return np.zeros(0, np.uint64)
    offsets = np.frombuffer(distinct.buffers()[1], np.int64)[distinct.offset : distinct.offset + len(distinct) + 1]
    data = np.frombuffer(distinct.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    offsets = offsets - offsets[0]
    lengths = np.diff(offsets)
    places = np.arange(len(data)) - np.repeat(offsets[:-1], lengths)
    powers = np.cumprod(np.full(int(lengths.max()) + 1, _ODD, np.uint64))
    values = mixed(np.arange(1, 257, dtype=np.uint64))
    return mixed(np.add.reduceat(values[data] * powers[places], offsets[:-1]))


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _cut(runs: list[str], known: dict[str, Sequence[str]]) -> list[Sequence[str]]:
    if len(known) > MOST_KNOWN:
        known.clear()
    found = list(map(known.get, runs))
    new = [run for run, words in zip(runs, found, strict=True) if words is None]
    known.update(zip(new, words_of(new), strict=True))
    return [words or known[run] for run, words in zip(runs, found, strict=True)]


def _distinct_runs(texts: Texts) -> tuple[NDArray[Any], list[str]]:
    offsets = np.zeros(len(texts.starts) + 1, np.int64)
    np.cumsum(texts.ends - texts.starts, out=offsets[1:])
    dense = texts.data[(texts.classes & SPACE) == 0]
    runs = pa.Array.from_buffers(
        pa.large_string(), len(texts.starts), [None, pa.py_buffer(offsets), pa.py_buffer(dense)]
    )
    encoded = pc.dictionary_encode(runs)
    return np.asarray(encoded.indices), encoded.dictionary.to_pylist()
