"""What ``corpus.near.vectorised`` does with the hashes of shingles, value for value, compiled by numba."""

import numpy as np

from corpus.near.compiling import compiled
from corpus.near.tokens import Offsets
from corpus.near.vectorised import HASHES, Hashes, permutations

_SCATTERED = 1 << 13  # the largest set that is sorted here: of so many hashes few agree in their upper half


def distinct(hashes: Hashes, counts: Offsets) -> tuple[Hashes, Offsets]:
    """Return what ``vectorised.distinct`` returns."""
    ends = np.cumsum(counts)
    for large in np.flatnonzero(counts > _SCATTERED).tolist():
        hashes[ends[large] - counts[large] : ends[large]].sort()
    sizes, room = np.empty(len(counts), np.int64), np.empty(_SCATTERED, np.uint32)
    return hashes[: _distinct(hashes, counts, sizes, room, np.empty((2, 256), np.uint32))], sizes


def sketches(hashes: Hashes, offsets: Offsets) -> Hashes:
    """Return what ``vectorised.sketches`` returns."""
    found = np.full((len(offsets) - 1, HASHES), 0xFFFFFFFF, np.uint32)
    read_only = hashes.view()  # as a mapped file is: one compilation for all
    read_only.flags.writeable = False
    _sketch(read_only, offsets, *permutations(), found)
    return found


@compiled
def _distinct(hashes: Hashes, counts: Offsets, sizes: Offsets, room: Hashes, places: Hashes) -> int:
    """Write each text's sorted, distinct hashes to the front of ``hashes`` and how many it has; return the sum."""
    at, written = np.int64(0), np.int64(0)
    for text in range(len(counts)):
        part = hashes[at : at + counts[text]]
        if len(part) <= _SCATTERED:
            _scatter(part, room, places)
        sizes[text] = _inserted(part, hashes[written:])
        at, written = at + counts[text], written + sizes[text]
    return int(written)


@compiled
def _scatter(part: Hashes, room: Hashes, places: Hashes) -> None:
    """Sort ``part`` by the upper half of its numbers: by the third byte of each, then by the fourth."""
    places[:] = 0
    for value in part:
        places[0, (value >> np.uint32(16)) & np.uint32(255)] += np.uint32(1)
        places[1, value >> np.uint32(24)] += np.uint32(1)
    third, fourth = np.uint32(0), np.uint32(0)
    for byte in range(256):
        count, other = places[0, byte], places[1, byte]
        places[0, byte], places[1, byte] = third, fourth
        third, fourth = np.uint32(third + count), np.uint32(fourth + other)
    for value in part:
        byte = (value >> np.uint32(16)) & np.uint32(255)
        room[places[0, byte]] = value
        places[0, byte] += np.uint32(1)
    for place in range(len(part)):
        value = room[place]
        byte = value >> np.uint32(24)
        part[places[1, byte]] = value
        places[1, byte] += np.uint32(1)


@compiled
def _inserted(part: Hashes, found: Hashes) -> int:
    """Write the distinct numbers of ``part``, which is nearly sorted, to the front of ``found`` in order."""
    size = np.int64(0)
    for value in part:
        place = size
        while place > 0 and found[place - 1] > value:
            place -= 1
        if place > 0 and found[place - 1] == value:
            continue
        for later in range(size, place, -1):
            found[later] = found[later - 1]
        found[place] = value
        size += 1
    return int(size)


@compiled
def _sketch(hashes: Hashes, offsets: Offsets, factors: Hashes, summands: Hashes, found: Hashes) -> None:
    for text in range(len(offsets) - 1):
        least, place, end = found[text], offsets[text], offsets[text + 1]
        while place + 4 <= end:  # four at a time: each lane's constants and least value are loaded once for all
            one = _finalised(hashes[place])
            two, three, four = (
                _finalised(hashes[place + 1]),
                _finalised(hashes[place + 2]),
                _finalised(hashes[place + 3]),
            )
            for lane in range(HASHES):
                factor, summand = factors[lane], summands[lane]
                left = min(np.uint32(np.uint32(factor * one) + summand), np.uint32(np.uint32(factor * two) + summand))
                right = min(
                    np.uint32(np.uint32(factor * three) + summand), np.uint32(np.uint32(factor * four) + summand)
                )
                least[lane] = min(least[lane], left, right)
            place += 4
        for rest in range(place, end):
            one = _finalised(hashes[rest])
            for lane in range(HASHES):
                least[lane] = min(least[lane], np.uint32(np.uint32(factors[lane] * one) + summands[lane]))


@compiled
def _finalised(value: np.uint32) -> np.uint32:
    value = np.uint32((value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    value = np.uint32((value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(value ^ (value >> np.uint32(16)))
