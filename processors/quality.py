"""Quality scores after Gopher: columns a recipe can judge, no verdict of its own.

Definitions and thresholds are those of Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from
Training Gopher", section A.1.1 and Table A1. Words are runs without white space, so texts of scripts without spaces
have few, long words; lines are the non-blank lines without white space round them. An empty text has zeros.
"""

from typing import ClassVar, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.params import Params

STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")  # section A.1.1

_HASH = r"#"
_HEADING = r"(?m)^ {0,3}#{1,6}[ \t]"  # Markdown's heading mark is structure, not a symbol of the text
_ELLIPSIS = r"\.\.\.|…"
_BULLET = "^[\u2022\u2023\u25e6\u2043\u2219\u25aa*+\u2013-](?:\\s|$)"  # bullets, hyphens, the dash used as one
_ENDS_IN_ELLIPSIS = r"(?:\.\.\.|…)$"

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Quality(Params):
    """Add length, words and Gopher's scores of ``text``; a recipe's rules hold the thresholds.

    The paper keeps a document with ``word_count`` 50 to 100,000, ``gopher_mean_word_length`` 3 to 10,
    ``gopher_symbol_ratio`` at most 0.1, ``gopher_bullet_lines`` at most 0.9, ``gopher_ellipsis_lines`` at most 0.3,
    ``gopher_alphabetic_words`` at least 0.8, ``gopher_stop_words`` at least 2 (section A.1.1), and
    ``gopher_duplicate_lines`` at most 0.30, ``gopher_top_2gram`` at most 0.20 (Table A1).
    """

    kind: Literal["quality"] = "quality"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = (
        "length_chars",
        "word_count",
        "gopher_mean_word_length",
        "gopher_symbol_ratio",
        "gopher_bullet_lines",
        "gopher_ellipsis_lines",
        "gopher_alphabetic_words",
        "gopher_stop_words",
        "gopher_duplicate_lines",
        "gopher_top_2gram",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``: counts int64, stop words int32, the others float32."""
        texts = pc.fill_null(table["text"].cast(pa.large_string()), "").combine_chunks()
        scores = {**_word_scores(texts), **_line_scores(texts), **_symbol_scores(texts)}
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        for name in self.writes:
            others = others.append_column(name, pa.array(scores[name], _type_of(name)))
        return others


class _Parts(NamedTuple):
    """Words or lines of many documents in one array; ``owners`` says which document each belongs to."""

    values: pa.Array
    owners: Ints
    documents: int

    def per_document(self, weights: NDArray[np.generic] | None = None) -> Floats:
        return np.bincount(self.owners, weights, self.documents).astype(np.float64)

    def share(self, chosen: pa.Array) -> Floats:
        return _ratio(self.per_document(_numbers(chosen)), self.per_document())


def _type_of(name: str) -> pa.DataType:
    if name in {"length_chars", "word_count"}:
        return pa.int64()
    return pa.int32() if name == "gopher_stop_words" else pa.float32()


def _word_scores(texts: pa.Array) -> dict[str, NDArray[np.generic]]:
    words = _parts(pc.utf8_split_whitespace(texts))
    lengths = _numbers(pc.utf8_length(words.values))
    codes, distinct = _encoded(words.values)
    lowered = pc.utf8_lower(distinct)
    stop = np.asarray(pc.fill_null(pc.index_in(lowered, pa.array(STOP_WORDS, lowered.type)), -1), np.int64)[codes]
    alphabetic = _numbers(pc.match_substring_regex(distinct, r"\p{L}"))[codes]
    return {
        "word_count": words.per_document().astype(np.int64),
        "gopher_mean_word_length": _ratio(words.per_document(lengths), words.per_document()),
        "gopher_alphabetic_words": _ratio(words.per_document(alphabetic), words.per_document()),
        "gopher_stop_words": _distinct_per_document(words.owners[stop >= 0], stop[stop >= 0], words.documents),
        "gopher_top_2gram": _ratio(_top_2gram_chars(words, codes, lengths), _numbers(pc.utf8_length(texts))),
    }


def _line_scores(texts: pa.Array) -> dict[str, NDArray[np.generic]]:
    lines = _parts(pc.split_pattern(texts, "\n"))
    codes, _ = _encoded(lines.values)
    distinct = _distinct_per_document(lines.owners, codes, lines.documents)
    return {
        "gopher_bullet_lines": lines.share(pc.match_substring_regex(lines.values, _BULLET)),
        "gopher_ellipsis_lines": lines.share(pc.match_substring_regex(lines.values, _ENDS_IN_ELLIPSIS)),
        "gopher_duplicate_lines": _ratio(lines.per_document() - distinct, lines.per_document()),
    }


def _symbol_scores(texts: pa.Array) -> dict[str, NDArray[np.generic]]:
    body = pc.replace_substring_regex(texts, _HEADING, "")
    hashes = _numbers(pc.count_substring(body, _HASH))
    ellipses = _numbers(pc.count_substring_regex(texts, _ELLIPSIS))
    words = _parts(pc.utf8_split_whitespace(texts)).per_document()
    return {
        "length_chars": _numbers(pc.utf8_length(texts)).astype(np.int64),
        "gopher_symbol_ratio": _ratio(np.maximum(hashes, ellipses), words),
    }


def _parts(lists: pa.Array) -> _Parts:
    """Return the trimmed, non-empty members of ``lists``, one list a document."""
    values = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    owners = np.asarray(pc.list_parent_indices(lists), np.int64)
    filled = pc.greater(pc.binary_length(values), 0)
    return _Parts(values.filter(filled), owners[np.asarray(filled, bool)], len(lists))


def _encoded(values: pa.Array) -> tuple[Ints, pa.Array]:
    encoded = pc.dictionary_encode(values)
    return np.asarray(encoded.indices, np.int64), encoded.dictionary


def _distinct_per_document(owners: Ints, codes: Ints, documents: int) -> Ints:
    span = int(codes.max(initial=0)) + 1
    return np.bincount(np.unique(owners * span + codes) // span, minlength=documents)


def _top_2gram_chars(words: _Parts, codes: Ints, lengths: Floats) -> Floats:
    """Return how many characters each document's most frequent pair of neighbouring words covers.

    A pair that stands only once is no repetition; among equally frequent pairs the longest counts.
    """
    inside = words.owners[1:] == words.owners[:-1]
    span = int(codes.max(initial=0)) + 1
    pairs, pair_lengths = (codes[:-1] * span + codes[1:])[inside], (lengths[:-1] + 1 + lengths[1:])[inside]
    distinct, pair = np.unique(pairs, return_inverse=True)
    width = max(1, len(distinct))
    places = words.owners[1:][inside] * width + pair
    keys, first, counts = np.unique(places, return_index=True, return_counts=True)
    owners, chars = keys // width, pair_lengths[first]
    order = np.lexsort((chars, counts, owners))
    covered = np.zeros(words.documents)
    covered[owners[order]] = np.where(counts > 1, counts * chars, 0)[order]  # the last of an owner stands
    return covered


def _numbers(values: pa.Array) -> Floats:
    return np.asarray(values, np.float64)


def _ratio(part: NDArray[np.generic], whole: Floats) -> Floats:
    ratio: Floats = np.zeros(len(whole))
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio
