"""Bits per byte of texts under a byte n-gram model of a reference text: how unlike the reference a text is.

The model interpolates orders 1 to ``ORDER`` over UTF-8 bytes with Witten-Bell weights (Witten & Bell 1991, "The
zero-frequency problem", method C): ``P(b | h) = (c(h, b) + T(h) P(b | h')) / (N(h) + T(h))``, where ``N`` counts what
followed ``h``, ``T`` the distinct bytes among it, and ``h'`` is ``h`` without its first byte. Below order 1 all 256
bytes are equal. Against it stands a document's own past: where the last ``RECALL`` bytes stood before in the same
document, the byte that followed them then is predicted too, the more firmly the longer such predictions have held.
So a text that repeats itself gets few bits per byte.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

REFERENCE = Path(__file__).with_name("reference_en.txt")  # plain English on many subjects, a quarter of it on brewing
ORDER = 6
RECALL = 8
_FIRMEST = 0.99  # no prediction from the document's past is trusted more
_BATCH_BYTES = 1 << 18  # bounds the working memory, and keeps it in the processor's cache

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Level(NamedTuple):
    """The n-grams of one order, a node each.

    ``keys`` (int64, sorted) is the node of the n-gram's context in the level below times 256, plus its last byte;
    ``probability`` (float64) that of the last byte after the context; ``backoff`` (float64) the weight of the shorter
    context when this n-gram, as a context, is followed by a byte never seen after it.
    """

    keys: Ints
    probability: Floats
    backoff: Floats


class NGram(NamedTuple):
    """A fitted model: its levels, order 1 first, and the SHA-256 of its reference text."""

    levels: tuple[Level, ...]
    sha256: str

    def bits_per_byte(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the mean bits a UTF-8 byte of each of ``texts``; NaN for an empty one."""
        scores = [_mean_bits(self.levels, batch) for batch in _batches([text.encode() for text in texts])]
        return np.concatenate([np.empty(0, np.float32), *scores])


@lru_cache(maxsize=4)
def fit(reference: str) -> NGram:
    """Return the model of ``reference``. An empty one leaves all bytes equally likely: 8 bits a byte."""
    data = np.frombuffer(reference.encode(), np.uint8)
    counts = np.bincount(data, minlength=256)
    kinds = max(int(np.count_nonzero(counts)), 1)
    levels = [Level(np.arange(256), (counts + kinds / 256) / (len(data) + kinds), np.ones(256))]
    nodes = data.astype(np.int64)
    while len(levels) < ORDER and len(nodes) > 1:
        nodes = _grow(levels, nodes, data[-len(nodes) + 1 :])
    return NGram(tuple(levels), hashlib.sha256(reference.encode()).hexdigest())


def _grow(levels: list[Level], nodes: Ints, following: Bytes) -> Ints:
    """Append the next order to ``levels``, fill the last one's ``backoff``, and return the nodes of the new n-grams.

    ``nodes`` are those of the last order's n-grams as they stand in the text; ``following`` the byte after each.
    """
    last = levels[-1]
    keys, first, inverse, counts = np.unique(
        nodes[:-1] * 256 + following, return_index=True, return_inverse=True, return_counts=True
    )
    contexts = keys >> 8
    seen = np.bincount(contexts, counts, len(last.keys))
    kinds = np.bincount(contexts, minlength=len(last.keys))
    np.divide(kinds, seen + kinds, out=last.backoff, where=kinds > 0)
    shorter = last.probability[nodes[1:][first]]
    probability = (counts + kinds[contexts] * shorter) / (seen + kinds)[contexts]
    levels.append(Level(keys, probability, np.ones(len(keys))))
    return np.asarray(inverse, np.int64)


def _batches(documents: list[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _mean_bits(levels: Sequence[Level], documents: list[bytes]) -> NDArray[np.float32]:
    data = np.frombuffer(b"".join(documents), np.uint8)
    lengths = np.array([len(document) for document in documents], np.int64)
    owners = np.repeat(np.arange(len(documents)), lengths)
    places = np.arange(len(data)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    bits = -np.log2(_with_recall(_probabilities(levels, data, places), data, owners, places))
    totals = np.bincount(
        owners, bits, len(documents)
    )  # adds in order: a document's sum knows nothing of its neighbours
    means = np.full(len(documents), np.nan)
    np.divide(totals, lengths, out=means, where=lengths > 0)
    return means.astype(np.float32)


def _probabilities(levels: Sequence[Level], data: Bytes, places: Ints) -> Floats:
    """Return the reference model's probability of each byte; ``places`` count from the start of its document."""
    probability = levels[0].probability[data]
    at = np.arange(len(data))  # the bytes whose context of this order is known to the model
    nodes = data.astype(np.int64)  # of every byte, the n-gram of the order below that ends in it; -1 for none
    for order, (shorter, level) in enumerate(pairwise(levels), 1):
        at = at[places[at] >= order]
        contexts = nodes[at - 1]
        at, contexts = at[contexts >= 0], contexts[contexts >= 0]
        found = _find(level.keys, contexts * 256 + data[at])
        known = found >= 0
        probability[at] = np.where(known, level.probability[found], probability[at] * shorter.backoff[contexts])
        nodes = np.full(len(data), -1)
        nodes[at] = found
    return probability


def _find(keys: Ints, wanted: Ints) -> Ints:
    """Return where each of ``wanted`` stands in sorted ``keys``, or -1."""
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[found] == wanted, found, -1)


def _with_recall(probability: Floats, data: Bytes, owners: Ints, places: Ints) -> Floats:
    """Return ``probability`` mixed with what followed the last ``RECALL`` bytes before, in the same document."""
    at, earlier = _recalled(data, owners, places)
    right = data[at] == data[earlier]
    held = np.zeros(len(data) + 1, np.int64)
    held[at + 1] = _run_lengths(at, right)
    trust = np.minimum((held[at] + 0.5) / (held[at] + 1.5), _FIRMEST)
    mixed = probability.copy()
    mixed[at] = (1 - trust) * probability[at] + trust * right
    return mixed


def _recalled(data: Bytes, owners: Ints, places: Ints) -> tuple[Ints, Ints]:
    """Return the bytes whose ``RECALL`` predecessors stood before, and the bytes that followed those, latest first."""
    at = np.flatnonzero(places >= RECALL)
    if not len(at):
        return at, at
    contexts = np.lib.stride_tricks.sliding_window_view(data, RECALL)[at - RECALL]
    keys = np.ascontiguousarray(contexts).view(np.uint64).ravel()
    order = np.argsort(keys, kind="stable")
    same = keys[order[1:]] == keys[order[:-1]]
    later, before = at[order[1:][same]], at[order[:-1][same]]
    inside = owners[later] == owners[before]
    chosen = np.argsort(later[inside])
    return later[inside][chosen], before[inside][chosen]


def _run_lengths(at: Ints, right: NDArray[np.bool_]) -> Ints:
    """Return, for each of ``at`` (ascending), how many right predictions in a row end there without a gap."""
    count = np.arange(1, len(at) + 1)
    broken = np.ones(len(at), bool)
    broken[1:] = (np.diff(at) != 1) | ~right[:-1]
    start = np.maximum.accumulate(np.where(broken, count - 1, 0)) if len(at) else count
    lengths: Ints = np.where(right, count - start, 0)
    return lengths
