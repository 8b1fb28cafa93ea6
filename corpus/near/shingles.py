"""The shingles of texts: five tokens in a row, hashed to 32 bits, as sorted sets."""

import importlib
import importlib.util
import logging
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

logger = logging.getLogger(__name__)

SHINGLES_VERSION = 3

_BATCH_BYTES = 1 << 19
_BATCH_TEXTS = 1 << 12

_COMPILED = ("corpus.near.compiled", "corpus.near.compiled_sets")
# What a kernel is tried with: capitals, a foreign letter, words of more than one block, marks, more than five tokens.
_TRIED = "Grist, Mal\u00e9 and Wort_2 are 17 strange-looking_fellows of an unaccustomed kind (or so) ".encode()


class Sets(NamedTuple):
    """The shingles of several texts: those of text n are ``values[offsets[n]:offsets[n + 1]]``, sorted and distinct."""

    values: Hashes
    offsets: Offsets


class Kernel(NamedTuple):
    """The functions that read every byte and every shingle; see ``corpus.near.vectorised`` for their contracts."""

    shingle_hashes: Callable[[Bytes, Offsets, Form], tuple[Hashes, Offsets]]
    distinct: Callable[[Hashes, Offsets], tuple[Hashes, Offsets]]
    sketches: Callable[[Hashes, Offsets], Hashes]


NUMPY = Kernel(vectorised.shingle_hashes, vectorised.distinct, vectorised.sketches)


@cache
def fastest() -> Kernel:
    """Return the compiled kernel where numba (the extra ``fast``) is installed and works, else ``NUMPY``: same values.

    It is tried on a few words first. Code that numba kept and that is damaged, or was made of other constants, is
    compiled anew; where that does not help either, one sentence of the log says so.
    """
    if importlib.util.find_spec("numba") is None:
        return NUMPY
    try:
        return _tried() or _tried_anew()
    except Exception as error:  # noqa: BLE001 - whatever ails a compiler that one can do without
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        logger.warning("signatures are computed by NumPy alone, more slowly, for numba does not work here: %s", reason)
        return NUMPY


def _tried() -> Kernel | None:
    """Return the compiled kernel, or ``None`` where what numba kept of it is of no use."""
    compiled, of_sets = map(importlib.import_module, _COMPILED)
    kernel = Kernel(compiled.shingle_hashes, of_sets.distinct, of_sets.sketches)
    try:
        return kernel if _outcome(kernel) == _outcome(NUMPY) else None
    except Exception:  # noqa: BLE001 - damage may raise anything: EOFError, UnpicklingError, ValueError
        return None


def _tried_anew() -> Kernel:
    importlib.import_module(_COMPILED[0]).forget()
    for name in _COMPILED:
        importlib.reload(importlib.import_module(name))
    kernel = _tried()
    if not kernel:
        raise RuntimeError("its kernel gives other values than NumPy, or none")
    return kernel


def _outcome(kernel: Kernel) -> list[list[int]]:
    """Return all that a kernel says of a few words, which takes every constant that is compiled into it."""
    data, offsets = np.frombuffer(_TRIED, np.uint8), np.array([0, len(_TRIED)])
    found: list[list[int]] = []
    forms: tuple[Form, ...] = ("prose", "code")
    for form in forms:
        hashes, counts = kernel.shingle_hashes(data, offsets, form)
        values, sizes = kernel.distinct(hashes, counts)
        sketch = kernel.sketches(values, np.concatenate(([0], np.cumsum(sizes))))
        found += [values.tolist(), sizes.tolist(), sketch[0].tolist()]
    return found


def shingle_sets(texts: Texts, form: Form = "prose", kernel: Kernel | None = None) -> Sets:
    """Return the shingles of each text: the distinct hashes of every five tokens in a row (``SHINGLES_VERSION``).

    One to four tokens are one shingle of them all, no token is none; null counts as the empty text. ``texts`` are
    strings or an Arrow array of them, of any kind and size.
    """
    values, sizes = [np.empty(0, np.uint32)], [np.zeros(1, np.int64)]
    kernel = kernel or fastest()
    for hashes, counts in batches(texts, form, kernel):
        distinct, kept = kernel.distinct(hashes, counts)
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
        yield from map(_measurable, texts.chunks)
    elif isinstance(texts, pa.Array):
        yield _measurable(texts)
    else:
        for first in range(0, len(texts), _BATCH_TEXTS):
            yield _array(texts[first : first + _BATCH_TEXTS])


def _measurable(texts: pa.Array) -> pa.Array:
    """Return ``texts`` as strings that Arrow can measure: dictionaries, views and nothing but null are cast."""
    kind = texts.type.value_type if pa.types.is_dictionary(texts.type) else texts.type
    if not (pa.types.is_null(kind) or pa.types.is_string_view(kind) or _is_string(kind)):
        raise TypeError(f"texts are strings, not {texts.type}")
    return texts if _is_string(texts.type) else texts.cast(pa.large_string())


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


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
