"""MinHash signatures of texts, equal bit for bit to datasketch's, and the bands that find candidates by them."""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from datasketch import MinHash, MinHashLSH

from corpus.near.shingles import Hashes, Kernel, Sets, Texts, batches, fastest
from corpus.near.tokens import Form
from corpus.near.vectorised import HASHES, permutations

__all__ = ["HASHES", "Bands", "as_minhash", "band_hashes", "bands_for", "signatures", "signatures_of"]


def signatures(texts: Texts, form: Form = "prose", kernel: Kernel | None = None) -> Hashes:
    """Return the signature of each text, (texts, ``HASHES``): the MinHash values of its shingles.

    A row equals ``MinHash(num_perm=128, hashfunc=identity, scheme="affine32")`` after ``update_batch`` with them.
    """
    kernel = kernel or fastest()
    found = [np.empty((0, HASHES), np.uint32)]
    for hashes, counts in batches(texts, form, kernel):
        found.append(kernel.sketches(hashes, np.concatenate(([0], np.cumsum(counts)))))
    return np.concatenate(found)


def signatures_of(sets: Sets, kernel: Kernel | None = None) -> Hashes:
    """Return the signature of each set of shingles: that of the text it was taken from."""
    first, last = sets.offsets[0], sets.offsets[-1]
    return (kernel or fastest()).sketches(sets.values[first:last], sets.offsets - first)


def as_minhash(row: Hashes) -> MinHash:
    """Return a row of signatures as datasketch's own object, which may be updated with further shingles."""
    return MinHash(hashvalues=row, permutations=permutations(), seed=1, scheme="affine32", hashfunc=int)


class Bands(NamedTuple):
    """How a signature is cut into keys: ``count`` bands of ``rows`` values each."""

    count: int  # type: ignore[assignment]  # hides a tuple's method of that name, which nobody needs here
    rows: int


@cache
def bands_for(threshold: float) -> Bands:
    """Return the bands that find a pair whose Jaccard is ``threshold`` (0.5 to 1) with a probability of .999 or more.

    They are datasketch's optimum for a threshold 0.1 lower, where a miss weighs 199 times what a needless candidate
    does: its optimum for the threshold itself misses every second pair there.
    """
    index = MinHashLSH(threshold=threshold - 0.1, num_perm=HASHES, weights=(0.005, 0.995))
    return Bands(index.b, index.r)


def band_hashes(signatures: Hashes, bands: Bands) -> npt.NDArray[np.uint64]:
    """Return the keys of each signature, (texts, ``bands.count``); equal values in a band give equal keys."""
    values = signatures[:, : bands.count * bands.rows].reshape(len(signatures), bands.count, bands.rows)
    keys = np.zeros((len(signatures), bands.count), np.uint64)
    for row in range(bands.rows):
        keys = (keys ^ values[:, :, row]) * _FACTOR
        keys ^= keys >> np.uint64(32)
    return keys


_FACTOR = np.uint64(0xFF51AFD7ED558CCD)  # of MurmurHash3's 64-bit finaliser; odd, so that no step loses a value
