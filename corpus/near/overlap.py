"""Who covers whom, exactly: shared shingles counted on the sets themselves."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.near.design import Design
from corpus.near.entries import take_sets
from corpus.near.shingles import Hashes, Sets

_TABLE = 1 << 16  # slots of the sieve; a set of 500 shingles fills 1 % of them
_MANY = 8  # so many rivals make a sieve worth its making
EXACT, NEAR, CONTAINED = 1, 2, 3


class Evidence(NamedTuple):
    """How one document covers another: ``rule`` is a place in ``standings.RULES``; both shares are 0 to 1.

    ``containment`` is the share of the covered document's shingles that stand in the other. Of two empty sets both
    shares are 1.
    """

    rule: int
    jaccard: float
    containment: float


def shared(mine: Hashes, theirs: Sets) -> NDArray[np.int64]:
    """Return how many values ``mine`` has in common with each of the sets ``theirs``."""
    if len(theirs.offsets) == 2:
        return np.array([_in_both(mine, theirs.values)], np.int64)
    if not len(mine) or not len(theirs.values):
        return np.zeros(len(theirs.offsets) - 1, np.int64)
    places = np.searchsorted(mine, theirs.values)
    places[places == len(mine)] = 0
    return _sums(mine[places] == theirs.values, theirs.offsets)


def likely(design: Design, mine: Hashes, theirs: Sets) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of those of ``theirs`` that might cover ``mine`` or be covered by it, and what they share."""
    sizes = np.diff(theirs.offsets)
    places = np.flatnonzero(possible(design, len(mine), sizes, sizes))
    if len(places) >= _MANY:
        common = _at_most_shared(mine, selected(theirs, places))
        places = places[possible(design, len(mine), sizes[places], common)]
    return places, shared(mine, selected(theirs, places))


def selected(sets: Sets, places: NDArray[np.int64]) -> Sets:
    """Return the sets at the distinct ``places``, in that order; all of them in theirs are not copied."""
    if len(places) == len(sets.offsets) - 1 and bool(np.all(places[1:] > places[:-1])):
        return sets
    return take_sets(sets, places)


def _at_most_shared(mine: Hashes, theirs: Sets) -> NDArray[np.int64]:
    """Return upper bounds of ``shared`` that cost a tenth of it: values that fall into a slot of ``mine``."""
    table = np.zeros(_TABLE, bool)
    table[mine & np.uint32(_TABLE - 1)] = True
    return _sums(table[theirs.values & np.uint32(_TABLE - 1)], theirs.offsets)


def possible(
    design: Design, mine: int | NDArray[np.int64], theirs: NDArray[np.int64], common: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which of two sets of these sizes might cover one another, sharing at most ``common`` values.

    Never wrong where it says no: a quotient rounds no higher than that of a greater numerator or smaller denominator.
    """
    common = np.minimum(common, np.minimum(theirs, mine))
    might: NDArray[np.bool_] = common / np.maximum(theirs + mine - common, 1) >= design.threshold
    if design.containment is not None:
        might |= common / np.maximum(np.minimum(theirs, mine), 1) >= design.containment
    return might


def evidence(design: Design, covered: int, winner: int, common: int) -> Evidence | None:
    """Judge, by the sizes of two sets and of what they share, whether and how one covers the other."""
    found = shares(covered, winner, common)
    if found.jaccard >= design.threshold:
        return found._replace(rule=NEAR)
    if design.containment is not None and found.containment >= design.containment:
        return found._replace(rule=CONTAINED)
    return None


def shares(covered: int, winner: int, common: int) -> Evidence:
    """Return the shares of two documents of the same text, from the sizes of their sets and of what they share."""
    union = covered + winner - common
    return Evidence(EXACT, common / union if union else 1.0, common / covered if covered else 1.0)


def pairs_by_text(texts: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Yield (text, start, behind) of each stretch of equal numbers in the ascending ``texts``."""
    distinct, starts = np.unique(texts, return_index=True)
    yield from zip(distinct.tolist(), starts.tolist(), np.append(starts[1:], len(texts)).tolist(), strict=True)


def _in_both(mine: Hashes, theirs: Hashes) -> int:
    together = np.concatenate([mine, theirs])
    together.sort()
    return int(np.count_nonzero(together[1:] == together[:-1]))


def _sums(hits: NDArray[np.bool_], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    counts = np.zeros(len(offsets) - 1, np.int64)
    filled = np.flatnonzero(offsets[1:] > offsets[:-1])
    if len(filled):
        counts[filled] = np.add.reduceat(hits.view(np.uint8), offsets[filled], dtype=np.int64)
    return counts
