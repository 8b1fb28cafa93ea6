"""Gopher's repetition rules (Rae et al. 2021, Table A1) as figures of each document."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from processors.scores.gopher import Scores, ratio
from processors.scores.texts import (
    Ints,
    Pieces,
    Texts,
    chosen_of,
    first_seen,
    is_new,
    may_repeat,
    mixed,
    newline_lines,
    pieces,
)
from processors.scores.words import Words, hashes

TOP = (2, 3, 4)  # words of the n-grams whose most frequent one counts
DUPLICATE = (5, 6, 7, 8, 9, 10)  # words of the n-grams that count wherever they come again

SLICE = 1 << 18  # words whose n-grams are told apart together
_STEP = np.uint64(0xD1342543DE82EF95)  # multiplies the hash of what follows: odd, from Steele and Vigna 2021, Table 5


def piece_scores(texts: Texts) -> Scores:
    """Return the shares of lines and paragraphs, and of all characters in them, that stood above already.

    Lines are what stands between line feeds, paragraphs what stands between two or more of them; a text that begins
    or ends with a line feed has an empty line there.
    """
    length = texts.lengths(texts.bounds[:-1], texts.bounds[1:])
    found = newline_lines(texts)
    is_edge = np.isin(found.starts, texts.bounds[:-1]) | np.isin(found.ends, texts.bounds[1:])
    lines = chosen_of(found, (found.ends > found.starts) | is_edge)
    paragraphs = _paragraphs(texts)
    return {
        **_shares(texts, "line", lines, length),
        **_shares(texts, "paragraph", paragraphs, length),
    }


def ngram_scores(words: Words, length: Ints) -> Scores:
    """Return the share of ``length``, each document's characters, that repeated n-grams of words cover.

    The most frequent n-gram counts as often as it stands there, with the spaces between its words, be it once; among
    equally frequent ones the first. Of 5 to 10 words every n-gram counts that stood before, without spaces: reading
    goes on behind it, and what was read over is not remembered.
    """
    names = [f"gopher_top_{n}gram" for n in TOP] + [f"gopher_duplicate_{n}gram" for n in DUPLICATE]
    covered = np.zeros((len(names), len(length)), np.int64)
    keys = hashes(words.distinct)
    for first, last in _slices(words.bounds):
        bounds = words.bounds[first : last + 1]
        ids = words.ids[bounds[0] : bounds[-1]]
        covered[:, first:last] = _covered(keys[ids], words.lengths[ids], bounds - bounds[0])
    return {name: ratio(chars, length) for name, chars in zip(names, covered, strict=True)}


class _Repeats(NamedTuple):
    """Some n-grams of a slice: their first words, the codes of their words, and how often each code stands there."""

    places: Ints
    codes: NDArray[Any]
    counts: Ints


def _slices(bounds: Ints) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(bounds) - 1:
        stop = max(start + 1, int(np.searchsorted(bounds, bounds[start] + SLICE, "right")) - 1)
        yield start, min(stop, start + 0xFFFF)  # a document's number takes 16 bits of a key
        start = min(stop, start + 0xFFFF)


def _covered(keys: NDArray[np.uint64], lengths: NDArray[Any], bounds: Ints) -> NDArray[np.int64]:
    """Return for each size of n-gram the characters covered in each document of a slice.

    An n-gram comes again only where both n-grams one word shorter in it do, so ever fewer places are looked at.
    """
    owners = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    room = bounds[1:][owners] - np.arange(len(owners))  # words from here to the end of the document
    chars = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=chars[1:])
    powers = np.cumprod(np.full(DUPLICATE[-1], _STEP))
    places = _suspects(keys, owners, room)
    sequences, rows = keys[places], []
    for n in range(2, DUPLICATE[-1] + 1):
        sequences = sequences + keys[places + n - 1] * powers[n - 2]
        repeats = _repeats(sequences, places, owners)
        comes_again = repeats.counts[repeats.codes] > 1
        if n in TOP:
            rows.append(_top(repeats, chars, bounds, n))
        if n in DUPLICATE:
            again = places[_read_before(repeats, comes_again, n)]
            rows.append(np.bincount(owners[again], chars[again + n] - chars[again], len(bounds) - 1))
        chosen = np.zeros(len(places), np.bool_)
        chosen[:-1] = comes_again[:-1] & comes_again[1:] & (np.diff(places) == 1)
        chosen &= room[places] > n
        places, sequences = places[chosen], sequences[chosen]
    return np.array(rows, np.int64)


def _suspects(keys: NDArray[np.uint64], owners: Ints, room: Ints) -> Ints:
    """Return the places of all pairs of words that stand twice in a document, among some that do not."""
    pairs = keys[:-1] + keys[1:] * _STEP + mixed(owners[:-1].astype(np.uint64))
    return np.flatnonzero(may_repeat(pairs) & (room[:-1] > 1))


def _repeats(sequences: NDArray[np.uint64], places: Ints, owners: Ints) -> _Repeats:
    """Tell the n-grams at ``places`` apart by document and 48 bits of what they hold."""
    tags = mixed(sequences) >> np.uint64(16)
    tags |= owners[places].astype(np.uint64) << np.uint64(48)
    codes = np.asarray(pc.dictionary_encode(pa.array(tags)).indices)
    return _Repeats(places, codes, np.bincount(codes))


def _top(repeats: _Repeats, chars: Ints, bounds: Ints, n: int) -> Ints:
    """Return the characters of the most frequent n-gram, the first one where none comes again."""
    has_one = np.diff(bounds) >= n
    best, times = bounds[:-1].copy(), has_one.astype(np.int64)
    best[~has_one] = 0
    firsts = np.flatnonzero(is_new(repeats.codes))[repeats.counts > 1]  # of each n-gram, in order of reading
    if len(firsts):
        counts, places = repeats.counts[repeats.counts > 1], repeats.places[firsts]
        owners = np.searchsorted(bounds, places, "right") - 1
        np.maximum.at(times, owners, counts)
        most = np.flatnonzero(counts == times[owners])[::-1]  # the last written is the first read
        best[owners[most]] = places[most]
    ends = np.minimum(best + n, len(chars) - 1)
    return times * (chars[ends] - chars[best] + n - 1)


def _read_before(repeats: _Repeats, comes_again: NDArray[np.bool_], n: int) -> list[int]:
    """Return which n-grams were read before, reading on behind each of them."""
    seen: set[int] = set()
    found, free = [], 0
    candidates = np.flatnonzero(comes_again)
    places, codes = repeats.places[candidates].tolist(), repeats.codes[candidates].tolist()
    for candidate, place, code in zip(candidates.tolist(), places, codes, strict=True):
        if place < free:
            continue
        if code in seen:
            found.append(candidate)
            free = place + n
        seen.add(code)
    return found


def _shares(texts: Texts, name: str, parts: Pieces, length: Ints) -> Scores:
    again = chosen_of(parts, ~first_seen(texts, parts))
    chars = np.bincount(again.owners, texts.lengths(again.starts, again.ends), len(length))
    return {
        f"gopher_duplicate_{name}s": ratio(
            np.bincount(again.owners, minlength=len(length)), np.bincount(parts.owners, minlength=len(length))
        ),
        f"gopher_duplicate_{name}_chars": ratio(chars, length),
    }


def _paragraphs(texts: Texts) -> Pieces:
    """Return the stretches between two or more line feeds, without the white space round the whole text."""
    filled = np.flatnonzero(np.diff(texts.chunk_bounds))
    firsts = texts.starts[texts.chunk_bounds[:-1][filled]]
    lasts = texts.ends[texts.chunk_bounds[1:][filled] - 1]
    feeds = np.flatnonzero(texts.data == ord("\n"))
    breaks = np.diff(feeds, prepend=-2, append=len(texts.data) + 1) > 1
    starts, ends = feeds[breaks[:-1]], feeds[breaks[1:]] + 1
    place = np.searchsorted(firsts, starts, "right") - 1
    inside = (ends - starts > 1) & (place >= 0)
    inside[inside] = ends[inside] <= lasts[place[inside]]
    found = pieces((firsts, lasts), (starts[inside], ends[inside]))
    return found._replace(owners=filled[found.owners])
