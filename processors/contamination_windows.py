"""The windows of texts that decontamination compares: every five words in a row, hashed."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.near.shingles import batches, fastest
from processors.contamination_phrases import PHRASES
from processors.contamination_words import FOLDED, INVISIBLE, TAG_OR_ENTITY

WIDTH = 5  # words of a window, as of a shingle

Windows = NDArray[np.uint32]
Rows = NDArray[np.int64]


def windows_of(texts: pa.ChunkedArray | pa.Array | Sequence[str]) -> tuple[Windows, Rows]:
    """Return the hashes of every ``WIDTH`` words in a row of each text, in order, and how many each text has.

    Texts are compared in their NFKC form, underscores being marks; a text of fewer words has one hash or none.
    """
    if not isinstance(texts, pa.ChunkedArray | pa.Array):
        texts = pa.array(texts, pa.large_string())
    hashes, counts = [np.empty(0, np.uint32)], [np.empty(0, np.int64)]
    for found, sizes in batches(_normal(texts), "prose", fastest()):
        hashes.append(found)
        counts.append(sizes)
    return np.concatenate(hashes), np.concatenate(counts)


@cache
def _phrases() -> Windows:
    return np.unique(windows_of(PHRASES)[0])


def common(windows: Windows) -> NDArray[np.bool_]:
    """Return which of the ``windows`` are of instructions, quotations or formulas that any text may have."""
    return np.isin(windows, _phrases())


def _normal(texts: pa.ChunkedArray | pa.Array) -> pa.Array:
    texts = texts.cast(pa.large_string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    texts = _rewritten(texts, pc.match_substring_regex(texts, "[<&]"), _without_tags)
    texts = _rewritten(texts, pc.invert(pc.string_is_ascii(texts)), _folded)
    return pc.replace_substring(texts, "_", " ")


def _rewritten(texts: pa.Array, which: pa.BooleanArray, rewrite: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Return ``texts`` with those that ``which`` says as ``rewrite`` makes them."""
    if not pc.any(which).as_py():
        return texts
    which = pc.fill_null(which, fill_value=False)
    return pc.replace_with_mask(texts, which, rewrite(texts.filter(which)))


def _without_tags(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, TAG_OR_ENTITY.pattern, " ")


def _folded(texts: pa.Array) -> pa.Array:
    texts = pc.utf8_normalize(pc.replace_substring_regex(texts, f"[{INVISIBLE}]", ""), form="NFKC")
    if pc.any(pc.match_substring_regex(texts, "|".join(FOLDED))).as_py():
        for letter, folded in FOLDED.items():
            texts = pc.replace_substring(texts, letter, folded)
    return texts


def changes(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return where a value is another than the one before it."""
    fresh = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=fresh[1:])
    return fresh
