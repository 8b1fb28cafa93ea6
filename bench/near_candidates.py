"""The pairs of texts that share a band of their signatures, and what is removed where nobody verifies them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from corpus.near.shingles import shingle_sets
from corpus.near.signatures import Bands, band_hashes, signatures_of

Pair = tuple[int, int]


def candidates(texts: Sequence[str], bands: Bands) -> list[Pair]:
    """Return the places, the smaller first, of every two of ``texts`` that share a band."""
    hashes = band_hashes(signatures_of(shingle_sets(texts)), bands)
    return sorted({pair for band in hashes.T for pair in _sharing(band)})


def unverified(pairs: Iterable[Pair]) -> set[int]:
    """Return all places but the first of every connected component of ``pairs``: what most of the field removes."""
    first: dict[int, int] = {}
    for one, other in pairs:
        low, high = sorted((_root(first, one), _root(first, other)))
        first[high] = low
    return {place for place in list(first) if _root(first, place) != place}


def _sharing(keys: npt.NDArray[np.uint64]) -> Iterator[Pair]:
    order = np.argsort(keys, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1):
        yield from itertools.combinations(group.tolist(), 2)


def _root(first: dict[int, int], place: int) -> int:
    while first.setdefault(place, place) != place:
        place = first[place]
    return place
