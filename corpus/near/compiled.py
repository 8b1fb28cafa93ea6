"""The kernel of ``corpus.near.vectorised``, value for value, compiled by numba (the extra ``fast``).

A text is read in pieces of ``_PIECE_BYTES``, none of which ends within a token: first where each token starts, then the
tokens' hashes from blocks of eight bytes, then the shingles' from those. What depends on the words' lengths is written
without branches, which the processor would guess wrong.
"""

import itertools
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numba
import numpy as np

from corpus.near.tokens import ALONE, SPACE, WORD, Bytes, Form, Offsets, kinds
from corpus.near.vectorised import FOLD, HASHES, HIGH, MIX, POWERS, SHINGLE_TOKENS, Hashes, Words, padded, permutations

P = ParamSpec("P")
R = TypeVar("R")

_PIECE_BYTES = 1 << 14
_SCATTERED = 1 << 13  # the largest set that is sorted here: of so many hashes few agree in their upper half
_MIX_1, _MIX_2 = MIX
_, _STEP, _POWER_2, _POWER_3, _POWER_4 = POWERS


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function``, for every later process too where there is a folder to keep it in."""
    try:
        kept: Callable[P, R] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package nor the home folder can be written
        kept = numba.njit(nogil=True)(function)
    return kept


def shingle_hashes(data: Bytes, offsets: Offsets, form: Form) -> tuple[Hashes, Offsets]:
    """Return what ``vectorised.shingle_hashes`` returns."""
    room = padded(data)
    hashes = np.empty(len(data), np.uint32)  # no text has more tokens than bytes; untouched pages take no memory
    source = _Source(room, room.view("<u8"), kinds(form), _begins(), FOLD if form == "prose" else np.uint64(0))
    counts = _of_texts(source, offsets, hashes)
    return hashes[: counts.sum()].copy(), counts


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


def forget() -> None:
    """Delete the code that numba has kept of this module, where it may; import the module anew to compile it."""
    dispatchers: tuple[Any, ...] = (_of_texts, _distinct, _sketch)
    for folder in {Path(one.stats.cache_path) for one in dispatchers if one.stats.cache_path}:
        for kept in folder.glob("compiled.*.nb[ci]"):
            with suppress(OSError):
                kept.unlink()


class _Source(NamedTuple):
    bytes_: Bytes
    blocks: Words  # the same bytes
    kinds: Bytes  # of the 256 bytes
    begins: Bytes  # 1 where a byte of kind k behind one of kind j begins a run, at 4 * j + k
    fold: np.uint64  # what folds case


class _Piece(NamedTuple):
    """Room for where the runs of a piece begin, where its tokens begin and end by turns, and its tokens' hashes."""

    edges: Offsets  # four times the place, and the kind of the byte there
    bounds: Offsets  # likewise
    long: Offsets
    tokens: Words
    words: Bytes  # 1 for the bytes of words, with a place before the first
    turns: Bytes  # 1 where words begin or end


@cache
def _begins() -> Bytes:
    kinds_ = (SPACE, WORD, ALONE)
    found = np.zeros(16, np.uint8)
    for before, kind in itertools.product(kinds_, kinds_):
        found[4 * before + kind] = kind != before or kind == ALONE
    return found


@_compiled
def _of_texts(source: _Source, offsets: Offsets, hashes: Hashes) -> Offsets:
    counts = np.empty(len(offsets) - 1, np.int64)
    edges, bounds = np.empty(_PIECE_BYTES + 2, np.int64), np.empty(2 * _PIECE_BYTES + 2, np.int64)
    long, tokens = np.empty(_PIECE_BYTES + 2, np.int64), np.empty(_PIECE_BYTES + SHINGLE_TOKENS, np.uint64)
    words, turns = np.empty(_PIECE_BYTES + 2, np.uint8), np.empty(_PIECE_BYTES + 2, np.uint8)
    piece = _Piece(edges, bounds, long, tokens, words, turns)
    written = 0
    for text in range(len(counts)):
        counts[text] = _of_text(source, offsets[text], offsets[text + 1], piece, hashes[written:])
        written += counts[text]
    return counts


@_compiled
def _of_text(source: _Source, at: int, end: int, piece: _Piece, hashes: Hashes) -> np.int64:
    known, written, tokens = np.int64(0), np.int64(0), piece.tokens
    while at < end:
        stop = _piece_end(source, at, end)
        known += _read_tokens(source, at, stop, piece, known)
        shingles = max(known - SHINGLE_TOKENS + 1, np.int64(0))
        for place in range(shingles):
            hashes[written + place] = _shingle(tokens, place)
        for place in range(shingles, known):  # the last tokens belong to the next shingles too
            tokens[place - shingles] = tokens[place]
        at, known, written = stop, known - shingles, written + shingles
    if not written and known:
        tokens[known:SHINGLE_TOKENS] = 0
        hashes[0] = _shingle(tokens, 0)
        written = np.int64(1)
    return written


@_compiled
def _piece_end(source: _Source, at: int, end: int) -> int:
    """Return where the piece ends: behind the last byte that no token runs over, or behind a token of any length."""
    if end - at <= _PIECE_BYTES:
        return end
    for stop in range(at + _PIECE_BYTES, at, -1):
        if source.kinds[source.bytes_[stop - 1]] != WORD:
            return stop
    stop = at + _PIECE_BYTES
    while stop < end and source.kinds[source.bytes_[stop]] == WORD:
        stop += 1
    return stop


@_compiled
def _read_tokens(source: _Source, at: int, stop: int, piece: _Piece, known: np.int64) -> int:
    """Write the hashes of the tokens between two places behind the ``known`` ones; return how many they are."""
    tokens, blocks, fold, long = piece.tokens[known:], source.blocks, source.fold, piece.long
    bounds = _bounds(source, at, stop, piece)
    found = len(bounds) >> 1
    many = np.uint64(0)  # unsigned: an index that may be negative costs a comparison
    for token in range(found):
        start, size = at + (bounds[2 * token] >> 2), (bounds[2 * token + 1] >> 2) - (bounds[2 * token] >> 2)
        tokens[token] = _mixed(_block(blocks, start, size, fold) + _STEP)
        long[many] = token
        many += np.uint64(size > 8)
    for token in long[: np.int64(many)]:
        start, size = at + (bounds[2 * token] >> 2), (bounds[2 * token + 1] >> 2) - (bounds[2 * token] >> 2)
        tokens[token] += _rest(blocks, start, size, fold)
    return found


@_compiled
def _bounds(source: _Source, at: int, stop: int, piece: _Piece) -> Offsets:
    """Return where each token between two places begins and ends, by turns."""
    edges, bounds = piece.edges, piece.bounds
    if stop - at > _PIECE_BYTES:
        bounds[0], bounds[1] = 0, (stop - at) << 2
        return bounds[:2]
    if source.fold:  # prose: words and the rest take turns
        return edges[: _turns(source.bytes_[at:stop], piece.words, piece.turns, edges)]
    runs = _runs(source.bytes_[at:stop], source.kinds, source.begins, edges)
    found = np.uint64(0)
    for run in range(runs):
        bounds[found] = edges[run]
        bounds[found + np.uint64(1)] = edges[run + 1]
        found += np.uint64((edges[run] & 3) != SPACE) << np.uint64(1)
    return bounds[: np.int64(found)]


@_compiled
def _turns(bytes_: Bytes, words: Bytes, turns: Bytes, edges: Offsets) -> np.int64:
    """Write where each word of prose begins and ends; return how many places they are.

    What a word's byte is stands here once more, without a table: so many bytes are told at once.
    """
    words[0] = words[len(bytes_) + 1] = 0
    for place in range(len(bytes_)):
        byte = bytes_[place]
        letter = ((byte >= 65) & (byte <= 90)) | ((byte >= 97) & (byte <= 122))
        words[place + 1] = np.uint8(letter | (byte >= 128) | ((byte >= 48) & (byte <= 57)) | (byte == 95))
    for place in range(len(bytes_) + 1):
        turns[place] = np.uint8(words[place] != words[place + 1])
    found = np.uint64(0)
    for place in range(len(bytes_) + 1):
        edges[found] = place << 2
        found += np.uint64(turns[place])
    return np.int64(found)


@_compiled
def _runs(bytes_: Bytes, kinds_: Bytes, begins: Bytes, edges: Offsets) -> int:
    """Write where each run begins, white space at the start left out, and behind them the end; return how many."""
    runs, before = np.uint64(0), np.uint64(SPACE)
    for place in range(len(bytes_)):
        kind = np.uint64(kinds_[bytes_[place]])
        edges[runs] = (place << 2) | np.int64(kind)
        runs += np.uint64(begins[before | kind])
        before = kind << np.uint64(2)
    edges[runs] = len(bytes_) << 2
    return int(runs)


@_compiled
def _rest(blocks: Words, start: int, size: int, fold: np.uint64) -> np.uint64:
    """Return the sum over the blocks of a token behind its first."""
    total, step = np.uint64(0), _STEP
    while size > 8:
        start, size, step = start + 8, size - 8, step + _STEP
        total += _mixed(_block(blocks, start, size, fold) + step)
    return total


@_compiled
def _block(blocks: Words, start: int, size: int, fold: np.uint64) -> np.uint64:
    place, shift = np.uint64(start) >> np.uint64(3), (np.uint64(start) & np.uint64(7)) << np.uint64(3)
    # Shifted twice, since a shift by all 64 bits is undefined.
    block: np.uint64 = (blocks[place] >> shift) | (
        (blocks[place + np.uint64(1)] << np.uint64(1)) << (np.uint64(63) - shift)
    )
    block |= fold & ~((block & HIGH) >> np.uint64(2))
    return block & (~np.uint64(0) >> (np.uint64(64) - (np.uint64(min(size, 8)) << np.uint64(3))))


@_compiled
def _mixed(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(32))) * _MIX_1
    value = (value ^ (value >> np.uint64(29))) * _MIX_2
    return value ^ (value >> np.uint64(32))


@_compiled
def _shingle(tokens: Words, place: int) -> np.uint32:
    total = tokens[place] + tokens[place + 1] * _STEP + tokens[place + 2] * _POWER_2
    total += tokens[place + 3] * _POWER_3 + tokens[place + 4] * _POWER_4
    return np.uint32(((total ^ (total >> np.uint64(32))) * _MIX_1) >> np.uint64(32))


@_compiled
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


@_compiled
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


@_compiled
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


@_compiled
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


@_compiled
def _finalised(value: np.uint32) -> np.uint32:
    value = np.uint32((value ^ (value >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    value = np.uint32((value ^ (value >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(value ^ (value >> np.uint32(16)))
