"""The shingles of texts: five tokens in a row, hashed to 32 bits, as sorted sets."""

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.near import vectorised
from corpus.near.tokens import Bytes, Form, Offsets, encodable, spelled, text_bytes

Hashes = npt.NDArray[np.uint32]
Texts: TypeAlias = pa.Array | pa.ChunkedArray | Sequence[str]

SHINGLES_VERSION = 2

_BATCH_BYTES = 1 << 19
_BATCH_TEXTS = 1 << 12


class Sets(NamedTuple):
    """The shingles of several texts: those of text n are ``values[offsets[n]:offsets[n + 1]]``, sorted and distinct."""

    values: Hashes
    offsets: Offsets


class Kernel(NamedTuple):
    """The two functions that read every byte and every shingle; see ``corpus.near.vectorised`` for their contracts."""

    shingle_hashes: Callable[[Bytes, Offsets, Form], tuple[Hashes, Offsets]]
    sketches: Callable[[Hashes, Offsets], Hashes]


NUMPY = Kernel(vectorised.shingle_hashes, vectorised.sketches)


@cache
def fastest() -> Kernel:
    """Return the compiled kernel where numba (the extra ``fast``) is installed, else ``NUMPY``: same values."""
    if importlib.util.find_spec("numba") is None:
        return NUMPY
    compiled = importlib.import_module("corpus.near.compiled")
    return Kernel(compiled.shingle_hashes, compiled.sketches)


def shingle_sets(texts: Texts, form: Form = "prose", kernel: Kernel | None = None) -> Sets:
    """Return the shingles of each text: the distinct hashes of every five tokens in a row (``SHINGLES_VERSION``).

    One to four tokens are one shingle of them all, no token is none; null counts as the empty text. ``texts`` are
    strings or an Arrow array of them, of any size.
    """
    values, sizes = [np.empty(0, np.uint32)], [np.zeros(1, np.int64)]
    for hashes, counts in batches(texts, form, kernel or fastest()):
        distinct, kept = _distinct(hashes, counts)
        values.append(distinct)
        sizes.append(kept)
    return Sets(np.concatenate(values), np.cumsum(np.concatenate(sizes)))


def shingles(text: str, form: Form = "prose") -> Hashes:
    """Return the shingles of one text, sorted and distinct."""
    return shingle_sets([text], form).values


def batches(texts: Texts, form: Form, kernel: Kernel) -> Iterator[tuple[Hashes, Offsets]]:
    """Yield for one batch of texts after another the hashes of their shingles, with repeats, and each text's count."""
    for batch in _batched(texts):
        data, offsets = text_bytes(spelled(batch, form))
        yield kernel.shingle_hashes(data, offsets, form)


def _batched(texts: Texts) -> Iterator[pa.Array]:
    """Yield the texts as large strings, some ``_BATCH_BYTES`` at a time, or a longer one alone."""
    for chunk in _chunks(texts):
        lengths = pc.fill_null(pc.binary_length(chunk), 0).to_numpy(zero_copy_only=False)
        for first, last in pairwise(_cuts(lengths)):
            yield chunk.slice(first, last - first).cast(pa.large_string())


def _chunks(texts: Texts) -> Iterator[pa.Array]:
    if isinstance(texts, pa.ChunkedArray):
        yield from texts.chunks
    elif isinstance(texts, pa.Array):
        yield texts
    else:
        for first in range(0, len(texts), _BATCH_TEXTS):
            yield _array(texts[first : first + _BATCH_TEXTS])


def _array(texts: Sequence[str]) -> pa.Array:
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([text and encodable(text) for text in texts], pa.large_string())


def _cuts(lengths: Offsets) -> list[int]:
    """Return where batches start and end: each holds up to ``_BATCH_BYTES`` and ``_BATCH_TEXTS``, at least one text."""
    ends, cuts = np.cumsum(lengths, dtype=np.int64), [0]
    while cuts[-1] < len(ends):
        before = ends[cuts[-1] - 1] if cuts[-1] else 0
        last = int(np.searchsorted(ends, before + _BATCH_BYTES, "right"))
        cuts.append(min(max(last, cuts[-1] + 1), cuts[-1] + _BATCH_TEXTS))
    return cuts


def _distinct(hashes: Hashes, counts: Offsets) -> tuple[Hashes, Offsets]:
    """Return the sorted, distinct hashes of each text, and how many each has; ``hashes`` is sorted in place."""
    offsets = np.concatenate(([0], np.cumsum(counts)))
    # NumPy sorts 32-bit numbers so fast that a call per text is seven times cheaper than one sort of (text, hash).
    for first, last in pairwise(offsets.tolist()):
        hashes[first:last].sort()
    fresh = np.empty(len(hashes), np.bool_)
    np.not_equal(hashes[1:], hashes[:-1], out=fresh[1:])
    fresh[offsets[:-1][counts > 0]] = True
    rank = np.concatenate(([0], np.cumsum(fresh)))
    return hashes[fresh], np.diff(rank[offsets])
