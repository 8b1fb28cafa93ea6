"""The words of a batch of texts as numbers: each one's place in the list of words, in order of reading.

A batch's distinct runs without white space are cut, each once. Letters with a mark behind them or none, nine runs of
ten, are cut for all runs at once; ``processors.scores.english`` cuts the others.
"""

from collections.abc import Sequence
from functools import cache
from itertools import accumulate, chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from processors.scores.characters import ALPHABETIC, SPACE
from processors.scores.english import ALONE, LOWER, exceptions, words_of
from processors.scores.texts import Bytes, Ints, Texts, classified, mixed, sums

MOST_KNOWN = 1 << 18  # runs whose cuts are remembered from batch to batch
LONGEST_KNOWN = 40  # characters; longer runs seldom come again
_ODD = 0x9E3779B97F4A7C15  # the golden ratio in 64 bits: odd, so that multiplying loses nothing

Known = dict[str, Sequence[int]]


class Words(NamedTuple):
    """``ids`` are the words of all documents, those of document ``i`` at ``bounds[i]`` to ``bounds[i + 1]``.

    ``distinct`` holds the word of each id, ``lengths`` its characters, ``classes`` the bits that any of its characters
    has. A word that comes out of several runs stands there as often. ``runs`` are the runs of all documents, those of
    document ``i`` at ``run_bounds[i]`` to ``run_bounds[i + 1]``; the words of run ``r`` have the ids ``firsts[r]`` to
    ``firsts[r + 1]``.
    """

    ids: NDArray[Any]
    bounds: Ints
    distinct: pa.Array
    lengths: NDArray[np.int32]
    classes: Bytes
    runs: NDArray[np.int32]
    run_bounds: Ints
    firsts: Ints

    def totals(self, values: NDArray[Any]) -> Ints:
        """Return the sum of ``values``, one for each id, over the words of each document."""
        return sums(sums(values, self.firsts).take(self.runs), self.run_bounds)


class _Runs(NamedTuple):
    """Distinct runs one behind the other: their bytes, the bytes' classes, and where each begins and ends."""

    data: Bytes
    classes: Bytes
    starts: Ints
    ends: Ints


def read(texts: Texts, known: Known) -> Words:
    """Return the words of ``texts``; ``known`` are the cuts in runs cut before, by run, and gets those of new ones."""
    codes, distinct = _distinct_runs(texts)
    runs = _runs(distinct)
    starts, counts = _cut(distinct, runs, known)
    words = _strings(np.append(starts, len(runs.data)), runs.data)
    firsts = _running(counts)
    each = counts.take(codes)
    bounds = _running(each)
    ids = np.repeat((firsts[:-1].take(codes) - bounds[:-1]).astype(_narrow(bounds)), each)
    ids += np.arange(len(ids), dtype=ids.dtype)
    classes = np.bitwise_or.reduceat(runs.classes, starts) if len(starts) else runs.classes
    lengths = np.asarray(pc.utf8_length(words), np.int32)
    return Words(ids, bounds[texts.chunk_bounds], words, lengths, classes, codes, texts.chunk_bounds, firsts)


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


def _distinct_runs(texts: Texts) -> tuple[NDArray[np.int32], pa.Array]:
    dense = np.compress((texts.classes & SPACE) == 0, texts.data)
    encoded = pc.dictionary_encode(_strings(_running(texts.ends - texts.starts), dense))
    return np.asarray(encoded.indices), encoded.dictionary


def _runs(distinct: pa.Array) -> _Runs:
    _, offsets, data = distinct.buffers()
    bounds = np.frombuffer(offsets, np.int64)[: len(distinct) + 1] if len(distinct) else np.zeros(1, np.int64)
    held = np.frombuffer(data or b"", np.uint8)[: bounds[-1]]
    return _Runs(held, classified(held), bounds[:-1], bounds[1:])


def _cut(distinct: pa.Array, runs: _Runs, known: Known) -> tuple[Ints, NDArray[np.int32]]:
    """Return where the words of all runs begin, in order, and how many each run has."""
    plain = _plain_runs(distinct, runs)
    counts = (1 + plain.marked + 2 * plain.joints).astype(np.int32)
    others = np.flatnonzero(~plain.chosen)
    inside = _cuts(distinct.take(pa.array(others)).to_pylist(), known)
    cut = np.fromiter(map(len, inside), np.int32, len(inside))
    counts[others] += cut
    places = np.repeat(runs.starts[others], cut)
    places += np.fromiter(chain.from_iterable(inside), np.int64, len(places))
    begins = [runs.starts, runs.ends[plain.marked] - 1, plain.hyphens, plain.hyphens + 1, places]
    return np.sort(np.concatenate(begins), kind="stable"), counts


class _Plain(NamedTuple):
    """Runs of letters that no exception of spaCy's has a say in: ``chosen`` of all, and those with a mark at the end.

    ``joints`` are the hyphens between letters in each of them, ``hyphens`` where they stand.
    """

    chosen: NDArray[np.bool_]
    marked: NDArray[np.bool_]
    joints: Ints
    hyphens: Ints


def _plain_runs(distinct: pa.Array, runs: _Runs) -> _Plain:
    if not len(distinct):
        return _Plain(np.zeros(0, np.bool_), np.zeros(0, np.bool_), runs.starts, runs.starts)
    hyphens = _hyphens(runs)
    in_word = ((runs.classes & ALPHABETIC) != 0) | ((runs.data & 0xC0) == 0x80)  # RFC 3629, section 3
    in_word[hyphens] = True
    letters = _running(in_word)
    marked = _are_marked(runs)
    chosen = letters[runs.ends - marked] - letters[runs.starts] == runs.ends - marked - runs.starts
    chosen &= ~_are_exceptions(distinct) & ~_are_exceptions(_cores(runs, runs.ends - marked))[::2]
    joints = np.diff(np.searchsorted(hyphens, np.append(runs.starts, len(runs.data))))
    chosen &= ~((joints > 0) & (runs.data[runs.ends - 1] == ord(".")))  # some exceptions are a letter and a full stop
    joined = np.repeat(chosen, joints)
    return _Plain(chosen, marked & chosen, joints * chosen, hyphens[joined])


def _hyphens(runs: _Runs) -> Ints:
    """Return the hyphens between two of ASCII's letters: words of their own, whatever else is in the run."""
    _, _, letters = _marks()
    hyphens = np.flatnonzero(runs.data[1:-1] == ord("-")) + 1
    hyphens = hyphens[letters[runs.data[hyphens - 1]] & letters[runs.data[hyphens + 1]]]
    place = np.searchsorted(runs.starts, hyphens, "right") - 1
    found: Ints = hyphens[(hyphens > runs.starts[place]) & (hyphens < runs.ends[place] - 1)]
    return found


def _are_marked(runs: _Runs) -> NDArray[np.bool_]:
    """Return which runs end, behind something else, with a mark that is cut off whatever is before it."""
    marks, before_stop, _ = _marks()
    last = runs.ends - 1
    mark, before = runs.data[last], runs.data[np.maximum(last - 1, 0)]
    is_cut: NDArray[np.bool_] = marks[mark] | ((mark == ord(".")) & before_stop[before])
    return is_cut & (last > runs.starts)


def _cores(runs: _Runs, ends: Ints) -> pa.Array:
    """Return the runs up to ``ends``, and behind each of them what is left of it."""
    return _strings(np.append(np.column_stack([runs.starts, ends]).ravel(), len(runs.data)), runs.data)


def _cuts(runs: Sequence[str], known: Known) -> list[Sequence[int]]:
    """Return in which bytes of each run a word begins, the first word's aside."""
    if len(known) > MOST_KNOWN:
        known.clear()
    found = list(map(known.get, runs))
    new = [place for place, cuts in enumerate(found) if cuts is None]
    for place, words in zip(new, words_of([runs[place] for place in new]), strict=True):
        cuts = tuple(accumulate(len(word.encode()) for word in words[:-1]))
        found[place] = cuts
        if len(runs[place]) <= LONGEST_KNOWN:
            known[runs[place]] = cuts
    return [cuts or () for cuts in found]


def _are_exceptions(values: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.asarray(pc.is_in(values, _exceptions()), np.bool_)
    return found


@cache
def _exceptions() -> pa.Array:
    return pa.array(exceptions(), pa.large_string())


@cache
def _marks() -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return by byte which are marks that stand alone, which a full stop is cut off behind, and ASCII's letters."""
    characters = [chr(byte) if byte < 0x80 else "" for byte in range(256)]
    return (
        np.array([one in ALONE for one in characters]),
        np.array([one in LOWER for one in characters]),
        np.array([one.isalpha() for one in characters]),
    )


def _strings(offsets: Ints, data: Bytes) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)


def _running(values: NDArray[Any]) -> Ints:
    """Return the sums of none, one, two ... and all of ``values``."""
    found = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=found[1:])
    return found


def _narrow(bounds: Ints) -> type[np.signedinteger[Any]]:
    return np.int32 if bounds[-1] < 1 << 31 else np.int64
