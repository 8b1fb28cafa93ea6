"""Samples of shingle sets: what finds a text that stands, nearly whole, inside a longer one.

MinHash compares sets of like size: a text and a page fifty times as long that quotes all of it share 2 % of their
joint shingles. So containment has candidates of its own. A text's sample is its shingle hashes that fall into a fixed
sixteenth of the hash space after one more mixing (FracMinHash, "scaled" MinHash: Irber et al. 2022, "Lightweight
compositional analysis of metagenomes with FracMinHash and minimum metagenome covers", doi 10.1101/2022.01.11.475838).
The sample grows with the text, and that of a part is part of the whole's: the share of the smaller sample that stands
in the other estimates the containment, without bias.
"""

import math

import numpy as np
from numpy.typing import NDArray

from corpus.near.shingles import Sets

# 1 of 16 shingles: two texts that share n shingles share no key with probability (15/16)^n. Of texts contained at 0.8
# that finds 0.99 of 100 words, 0.91 of 50, 0.67 of 25. 1 of 8 finds half as long ones as surely, for twice the room.
RATE = 16

# Of pairs contained exactly to the bound fewer than this share are passed over for sharing too few keys.
OVERLOOKED = 1e-3

_SLICE = 1 << 18  # values mixed at a time: they fit a processor's cache, and memory does not grow with the sets
# SplitMix64's step and multipliers (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def sample_keys(sets: Sets, rate: int = RATE) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the keys of all samples, and for each the number of the text in ``sets`` that it belongs to.

    One shingle of ``rate``, a power of two, is taken. Keys stand text by text; within a text they are distinct and in
    no particular order. But for their low bits they spread over all 64. A short text may have no key at all.
    """
    keys, places = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for start in range(sets.offsets[0], sets.offsets[-1], _SLICE):
        mixed = _mixed(sets.values[start : min(start + _SLICE, sets.offsets[-1])])
        chosen = np.flatnonzero(mixed & np.uint64(rate - 1) == 0)
        keys.append(mixed[chosen])
        places.append(chosen + start)
    owners = np.searchsorted(sets.offsets, np.concatenate(places), side="right") - 1
    return np.concatenate(keys), owners.astype(np.int64)


def enough_shared(
    shared: NDArray[np.int64], sizes: NDArray[np.int64], containment: float, rate: int = RATE
) -> NDArray[np.bool_]:
    """Return which pairs are worth verifying: those that share as many keys as ``containment`` lets expect.

    ``shared`` is the number of keys that two texts share (one number a pair), ``sizes`` the number of shingles of the
    smaller, the one that may be contained. Both depend on the two texts alone, so whichever comes first, the answer is
    the same. Nothing is decided here: a pair that shares enough keys may still be contained too little.
    """
    # Chernoff's bound: of n shingles, each sampled with probability p, at most the part q is sampled with probability
    # exp(-n D(q || p)) or less, D being the Kullback-Leibler divergence in nats and q < p.
    common = np.maximum(np.floor(containment * sizes), 1)
    part = np.minimum(shared / common, 1)
    surprise = common * (_divergence(part, 1 / rate) + _divergence(1 - part, 1 - 1 / rate))
    enough: NDArray[np.bool_] = (shared > 0) & ((part >= 1 / rate) | (surprise <= -math.log(OVERLOOKED)))
    return enough


def _divergence(part: NDArray[np.float64], expected: float) -> NDArray[np.float64]:
    logarithm: NDArray[np.float64] = np.log(np.where(part > 0, part / expected, 1))
    return part * logarithm


def _mixed(values: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return the ``value + 1``-th number of SplitMix64 from zero on: distinct for distinct values."""
    mixed = (values.astype(np.uint64) + np.uint64(1)) * _STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))
