"""Gopher's quality rules (Rae et al. 2021, section A.1.1) as figures of each document."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from processors.scores.characters import LETTER, UNSPACED, WORDLIKE
from processors.scores.texts import Bytes, Ints, Pieces, Texts, lines
from processors.scores.words import Words

STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")

Floats = NDArray[np.float64]
Scores = dict[str, NDArray[Any]]


def word_scores(words: Words) -> Scores:
    """Return what the words tell; a word of punctuation marks alone has no length and counts for none."""
    plain = (words.classes & WORDLIKE) != 0
    alphabetic = (words.classes & LETTER) != 0
    word_count = words.totals(plain)
    tokens = np.diff(words.bounds)
    return {
        "word_count": word_count,
        "token_count": tokens,
        "gopher_mean_word_length": ratio(words.totals(plain * words.lengths), word_count),
        "gopher_alphabetic_words": ratio(words.totals(alphabetic), tokens),
        "gopher_stop_words": _stop_words(words),
    }


def symbol_scores(texts: Texts, tokens: Ints) -> Scores:
    """Return the hash signs and the ellipses for each word, and the greater of both."""
    hashes = ratio(texts.per_document(np.flatnonzero(texts.data == ord("#"))), tokens)
    ellipses = ratio(
        texts.per_document(_three_stops(texts)) + texts.per_document(_three_bytes(texts.data, "…")), tokens
    )
    return {
        "gopher_hash_ratio": hashes,
        "gopher_ellipsis_ratio": ellipses,
        "gopher_symbol_ratio": np.maximum(hashes, ellipses),
    }


def line_scores(texts: Texts) -> Scores:
    """Return the shares of all lines, blank ones too, that begin with a bullet or end in an ellipsis."""
    found = lines(texts)
    total = np.bincount(found.owners, minlength=len(texts.bounds) - 1)
    bullets, ellipses = _begins_with_bullet(texts, found), _ends_in_ellipsis(texts, found)
    return {
        "gopher_bullet_lines": ratio(np.bincount(found.owners[bullets], minlength=len(total)), total),
        "gopher_ellipsis_lines": ratio(np.bincount(found.owners[ellipses], minlength=len(total)), total),
    }


def character_scores(texts: Texts) -> Scores:
    """Return the length in characters and the share of scripts without spaces between words."""
    length = texts.lengths(texts.bounds[:-1], texts.bounds[1:])
    return {
        "length_chars": length,
        "unspaced_ratio": ratio(texts.per_document(np.flatnonzero((texts.classes & UNSPACED) != 0)), length),
    }


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Return ``part / whole``, 0 where there is nothing to divide by."""
    shares: Floats = np.zeros(len(whole))
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def _stop_words(words: Words) -> NDArray[np.int32]:
    """Return how many different stop words each document has, as they are written here."""
    places = np.asarray(
        pc.fill_null(pc.index_in(words.distinct, pa.array(STOP_WORDS, pa.large_string())), -1), np.int64
    )
    bits = np.where(places >= 0, 1 << np.maximum(places, 0), 0).astype(np.uint8)
    found = np.zeros(len(words.bounds) - 1, np.uint8)
    filled = np.diff(words.run_bounds) > 0
    if filled.any():
        of_runs = np.bitwise_or.reduceat(bits, words.firsts[:-1])
        found[filled] = np.bitwise_or.reduceat(of_runs[words.runs], words.run_bounds[:-1][filled])
    return np.bitwise_count(found).astype(np.int32)


def _three_stops(texts: Texts) -> Ints:
    """Return where ``...`` begins, without overlaps, as ``str.count`` counts."""
    stops = np.flatnonzero(texts.data == ord("."))
    begins = np.ones(len(stops), np.bool_)
    begins[1:] = (np.diff(stops) > 1) | np.isin(stops[1:], texts.bounds)
    firsts = np.flatnonzero(begins)
    place_in_run = np.arange(len(stops)) - np.repeat(firsts, np.diff(np.append(firsts, len(stops))))
    found: Ints = stops[place_in_run % 3 == 2] - 2
    return found


def _three_bytes(data: Bytes, character: str) -> Ints:
    first, second, third = character.encode()
    places = np.flatnonzero(data == first)
    found: Ints = places[(data[places + 1] == second) & (data[places + 2] == third)]
    return found


def _begins_with_bullet(texts: Texts, found: Pieces) -> NDArray[np.bool_]:
    if not len(texts.starts):
        return np.zeros(len(found.starts), np.bool_)
    chunk = np.minimum(np.searchsorted(texts.starts, found.starts), len(texts.starts) - 1)
    first = texts.starts[chunk]
    is_bullet = (texts.data[first] == ord("-")) | np.isin(first, _three_bytes(texts.data, "•"))
    begins: NDArray[np.bool_] = is_bullet & (first >= found.starts) & (first < found.ends)
    return begins


def _ends_in_ellipsis(texts: Texts, found: Pieces) -> NDArray[np.bool_]:
    is_ended = np.zeros(len(found.starts), np.bool_)
    if len(texts.ends):
        chunk = np.maximum(np.searchsorted(texts.ends, found.ends, "right") - 1, 0)
        first, last = texts.starts[chunk], texts.ends[chunk]
        long = np.flatnonzero((last - first > 2) & (last > found.starts) & (last <= found.ends))
        tail = texts.data[last[long, None] + np.arange(-3, 0)]  # ... and … both take three bytes
        is_ended[long] = (tail == ord(".")).all(axis=1) | (tail == np.frombuffer("…".encode(), np.uint8)).all(axis=1)
    return is_ended
