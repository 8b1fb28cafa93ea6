"""FineWeb's rules (Penedo et al. 2024, section 3.6) as figures of each document."""

import numpy as np
from numpy.typing import NDArray

from processors.scores.characters import TERMINAL
from processors.scores.gopher import Scores, ratio
from processors.scores.texts import Ints, Pieces, Texts, chosen_of, first_seen, newline_lines

SHORT_CHARS = 30  # a line of at most this many characters is short


def line_scores(texts: Texts, tokens: Ints) -> Scores:
    """Return what the lines tell that are not blank, and the line feeds for each word."""
    found = newline_lines(texts)
    lines = chosen_of(found, _is_filled(texts, found))
    lengths, again = texts.lengths(lines.starts, lines.ends), ~first_seen(texts, lines)
    total = np.bincount(lines.owners, minlength=len(tokens))
    feeds = texts.per_document(np.flatnonzero(texts.data == ord("\n")))
    chars = texts.lengths(texts.bounds[:-1], texts.bounds[1:]) - feeds
    return {
        "line_count": total,
        "fineweb_punctuated_lines": ratio(_count(lines, _is_ended(texts, lines), tokens), total),
        "fineweb_short_lines": ratio(_count(lines, lengths <= SHORT_CHARS, tokens), total),
        "fineweb_duplicate_line_chars": ratio(np.bincount(lines.owners[again], lengths[again], len(tokens)), chars),
        "fineweb_newline_ratio": ratio(feeds, tokens),
    }


def _count(lines: Pieces, chosen: NDArray[np.bool_], tokens: Ints) -> Ints:
    return np.bincount(lines.owners[chosen], minlength=len(tokens))


def _is_filled(texts: Texts, lines: Pieces) -> NDArray[np.bool_]:
    """Return which lines hold more than white space."""
    if not len(texts.starts):
        return np.zeros(len(lines.starts), np.bool_)
    chunk = np.minimum(np.searchsorted(texts.starts, lines.starts), len(texts.starts) - 1)
    return (texts.starts[chunk] >= lines.starts) & (texts.starts[chunk] < lines.ends)


def _is_ended(texts: Texts, lines: Pieces) -> NDArray[np.bool_]:
    """Return which lines end with a mark that ends a sentence, white space behind it not forgiven."""
    if not len(texts.data):
        return np.zeros(len(lines.starts), np.bool_)
    last = np.maximum(lines.ends - 1, 0)
    for _ in range(3):  # back to the first byte of the last character
        last = last - ((texts.data[last] & 0xC0) == 0x80)  # a continuation byte: RFC 3629
    is_ended: NDArray[np.bool_] = (texts.classes[last] & TERMINAL) > 0
    return is_ended
