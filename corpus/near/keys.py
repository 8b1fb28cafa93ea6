"""The keys of documents: two that share one in any column are compared, and no others.

The columns are ``text`` (the first eight bytes of the text's hash), one per band of the signature, and ``samples``
where containment is looked at. A document without a text hash is blank and has no key; one without a shingle has none
but that of its text: the signatures of all empty sets are the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.near.design import Design
from corpus.near.entries import Rows
from corpus.near.runs import open_run
from corpus.near.samples import sample_keys
from corpus.near.shingles import Sets
from corpus.near.signatures import band_hashes, signatures_of

Counts = Callable[[Rows], NDArray[np.bool_]]  # which rows of those found by a key matter

SAMPLES = "samples"  # the column's name
PIECE = 1 << 19  # entries or pairs in memory at a time: some 10 MB
SURE = 1 << 32  # what a key that is none of a sample counts for


class Keys(NamedTuple):
    """The keys of one column: (m,) keys, and (m,) the number of the text that each belongs to."""

    keys: NDArray[np.uint64]
    texts: NDArray[np.int64]


class Pairs(NamedTuple):
    """Which text may have to do with which row: (m,) each, distinct pairs, ascending by text, then row.

    ``shared`` is how many keys of their samples they share; any other key counts for more than all samples.
    """

    texts: NDArray[np.int64]
    rows: Rows
    shared: NDArray[np.int64]

    def only(self, stay: NDArray[Any]) -> "Pairs":
        """Return the pairs at places, or for which a mask holds."""
        return Pairs(self.texts[stay], self.rows[stay], self.shared[stay])


class _Hits(NamedTuple):
    """Rows found under keys: (m,) the number of the key, and (m,) the row."""

    keys: NDArray[np.int64]
    rows: Rows


def keys_of(design: Design, sets: Sets, text_hashes: Sequence[bytes | None]) -> dict[str, Keys]:
    """Return the keys of every column of ``design``; texts are numbered by their place in ``sets``."""
    hashed = np.array([text_hash is not None for text_hash in text_hashes], bool)
    firsts = b"".join(text_hash[:8] for text_hash in text_hashes if text_hash is not None)
    columns = {"text": Keys(np.frombuffer(firsts, "<u8").astype(np.uint64), np.flatnonzero(hashed))}
    banded = np.flatnonzero(hashed & (np.diff(sets.offsets) > 0))
    hashes = band_hashes(signatures_of(sets), design.bands)[banded]
    for number in range(design.bands.count):
        columns[f"band-{number:02d}"] = Keys(np.ascontiguousarray(hashes[:, number]), banded)
    if design.containment is not None:
        keys, texts = sample_keys(sets)
        columns[SAMPLES] = Keys(keys[hashed[texts]], texts[hashed[texts]])
    return columns


class Wanted(NamedTuple):
    """Keys that are looked up in run after run: distinct ones of each column, numbered through over all columns.

    ``numbers``, ``texts`` and ``weights`` are the entries, ascending by text: which key which text has, and what it
    counts for.
    """

    columns: list[tuple[str, NDArray[np.uint64], int]]
    numbers: NDArray[np.int64]
    texts: NDArray[np.int64]
    weights: NDArray[np.int64]


def wanted(columns: Mapping[str, Keys]) -> Wanted:
    """Prepare the keys of texts for ``sharing``."""
    empty = np.empty(0, np.int64)
    distinct, numbers, texts, weights, end = [], [empty], [empty], [empty], 0
    for name, column in columns.items():
        keys, inverse = np.unique(column.keys, return_inverse=True)
        distinct.append((name, keys, end))
        numbers.append(inverse + end)
        texts.append(column.texts)
        weights.append(np.full(len(column.texts), 1 if name == SAMPLES else SURE))
        end += len(keys)
    flat = np.concatenate(texts)
    order = np.argsort(flat, kind="stable")
    return Wanted(distinct, np.concatenate(numbers)[order], flat[order], np.concatenate(weights)[order])


def sharing(run: Path, keys: Wanted, counts: Counts) -> Iterator[Pairs]:
    """Yield the rows of one run that share a key with a text, in pieces ascending by text.

    A key that many rows share costs time in proportion to them, once for all texts that have it, but memory only for
    those that count. A piece is not longer than ``PIECE`` pairs but for the pairs of a single text.
    """
    hits = [_counting(piece, counts) for piece in _gathered(_entries(run, keys))]
    if hits:
        together = _concatenated(hits)
        order = np.argsort(together.keys, kind="stable")
        yield from _joined(_Hits(together.keys[order], together.rows[order]), keys)


def _entries(run: Path, keys: Wanted) -> Iterator[_Hits]:
    """Yield the entries of the run under the keys, at most ``PIECE`` at a time."""
    for name, distinct, number in keys.columns:
        with open_run(run / name) as entries:
            first, behind = entries.ranges(distinct)
            found = np.flatnonzero(behind > first)
            for ranges, firsts, behinds in _cut(first[found], behind[found]):
                which, rows = entries.rows(firsts, behinds)
                yield _Hits(found[ranges][which] + number, rows)


def _cut(first: NDArray[np.int64], behind: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], ...]]:
    """Cut ranges so that pieces of them hold at most ``PIECE`` entries; yields which ranges, and their ends."""
    lengths = behind - first
    parts = -(-lengths // PIECE)
    which = np.repeat(np.arange(len(first)), parts)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    firsts = first[which] + nth * PIECE
    behinds = np.minimum(firsts + PIECE, behind[which])
    for start, end in batches(behinds - firsts, PIECE):
        yield which[start:end], firsts[start:end], behinds[start:end]


def batches(sizes: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Yield (start, behind) of batches of neighbours whose ``sizes`` sum up to ``most`` at most, or that are single."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = int(ends[start - 1]) if start else 0
        behind = max(int(np.searchsorted(ends, before + most, "right")), start + 1)
        yield start, behind
        start = behind


def _gathered(pieces: Iterator[_Hits]) -> Iterator[_Hits]:
    """Join small pieces: one look at the standings for many bands."""
    waiting, size = [], 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece.rows)
        if size >= PIECE:
            yield _concatenated(waiting)
            waiting, size = [], 0
    if waiting:
        yield _concatenated(waiting)


def _concatenated(pieces: Sequence[_Hits]) -> _Hits:
    return _Hits(np.concatenate([piece.keys for piece in pieces]), np.concatenate([piece.rows for piece in pieces]))


def _counting(piece: _Hits, counts: Counts) -> _Hits:
    distinct, inverse = np.unique(piece.rows, return_inverse=True)
    stay = counts(distinct)[inverse]
    return _Hits(piece.keys[stay], piece.rows[stay])


def _joined(hits: _Hits, wanted: Wanted) -> Iterator[Pairs]:
    """Yield, for the entries that are wanted, the rows of the ``hits``, which ascend by key, without repeats."""
    distinct, starts = np.unique(hits.keys, return_index=True)
    counts = np.diff(np.append(starts, len(hits.keys)))
    first, lengths = (np.zeros(sum(len(keys) for _, keys, _ in wanted.columns), np.int64) for _ in range(2))
    first[distinct], lengths[distinct] = starts, counts
    found = np.flatnonzero(lengths[wanted.numbers])
    numbers, texts, weights = wanted.numbers[found], wanted.texts[found], wanted.weights[found]
    first, lengths = first[numbers], lengths[numbers]
    _, starts = np.unique(texts, return_index=True)
    ends = np.append(starts[1:], len(texts))
    sums = np.concatenate([[0], np.cumsum(lengths)])
    for start, behind in batches(sums[ends] - sums[starts], PIECE):
        entries = slice(starts[start], ends[behind - 1])
        within = lengths[entries]
        rows = hits.rows[_expanded(first[entries], within)]
        yield _distinct(np.repeat(texts[entries], within), rows, np.repeat(weights[entries], within))


def _expanded(first: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    ends = np.cumsum(lengths)
    places: NDArray[np.int64] = np.arange(ends[-1]) + np.repeat(first - ends + lengths, lengths)
    return places


def _distinct(texts: NDArray[np.int64], rows: Rows, weights: NDArray[np.int64]) -> Pairs:
    """Sum up what the keys of each pair count for."""
    together = (texts.astype(np.uint64) << np.uint64(32)) | rows.astype(np.uint64)
    order = np.argsort(together)
    together = together[order]
    starts = np.flatnonzero(np.append([True], together[1:] != together[:-1]))
    pairs = together[starts]
    return Pairs(
        (pairs >> np.uint64(32)).astype(np.int64),
        (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32),
        np.add.reduceat(weights[order], starts),
    )
