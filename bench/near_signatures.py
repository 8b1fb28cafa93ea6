"""Signatures for indexes of bands: as equally distributed as those of unlike texts are, and near ones to look up."""

import numpy as np
import numpy.typing as npt

HASHES = 128
BANDS, ROWS = 25, 5  # of the peers and of ours, for a threshold of 0.8
NEW, PLANTED = 1_000, 300  # documents of a night, and how many of them are near a held one
NIGHTS = 5  # that are looked up
CHUNK = 10_000

Signatures = npt.NDArray[np.uint32]


def signatures(start: int, number: int) -> Signatures:
    """Return the signatures of ``number`` held documents from the place ``start``, a multiple of ``CHUNK``, on."""
    chunks = (
        np.random.default_rng(place).integers(0, 1 << 32, (CHUNK, HASHES), np.uint32)
        for place in range(start, start + number, CHUNK)
    )
    return np.concatenate(list(chunks))[:number]


def night(number: int, held: int) -> Signatures:
    """Return the signatures of a night; the first ``PLANTED`` share 9 of 10 hashes with a held document each."""
    draw = np.random.default_rng([number, held])
    fresh = draw.integers(0, 1 << 32, (NEW, HASHES), np.uint32)
    near = signatures(0, min(CHUNK, held))[draw.integers(0, min(CHUNK, held), PLANTED)]
    fresh[:PLANTED] = np.where(draw.random(near.shape) < 0.9, near, fresh[:PLANTED])
    return fresh
