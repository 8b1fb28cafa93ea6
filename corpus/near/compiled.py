"""The kernel of ``corpus.near.vectorised``, value for value, compiled by numba (the extra ``fast``).

A text is read in pieces of ``_PIECE_BYTES``, none of which ends within a token: first where each token starts, then the
tokens' hashes from blocks of eight bytes, then the shingles' from those. What depends on the words' lengths is written
without branches, which the processor would guess wrong. What is done with the shingles' hashes stands in
``corpus.near.compiled_sets``.
"""

import itertools
from functools import cache
from typing import NamedTuple

import numpy as np

from corpus.near import compiling
from corpus.near.compiling import compiled
from corpus.near.tokens import ALONE, SPACE, WORD, Bytes, Form, Offsets, kinds
from corpus.near.vectorised import FOLD, HIGH, MIX, POWERS, SHINGLE_TOKENS, Hashes, Words, padded

_PIECE_BYTES = 1 << 14
_MIX_1, _MIX_2 = MIX
_, _STEP, _POWER_2, _POWER_3, _POWER_4 = POWERS


def shingle_hashes(data: Bytes, offsets: Offsets, form: Form) -> tuple[Hashes, Offsets]:
    """Return what ``vectorised.shingle_hashes`` returns."""
    room = padded(data)
    hashes = np.empty(len(data), np.uint32)  # no text has more tokens than bytes; untouched pages take no memory
    source = _Source(room, room.view("<u8"), kinds(form), _begins(), FOLD if form == "prose" else np.uint64(0))
    counts = _of_texts(source, offsets, hashes)
    return hashes[: counts.sum()].copy(), counts


def forget() -> None:
    """Delete the code that numba has kept of the kernels; import their modules anew to compile them."""
    compiling.forget(_of_texts)


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


@compiled
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


@compiled
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


@compiled
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


@compiled
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


@compiled
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


@compiled
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


@compiled
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


@compiled
def _rest(blocks: Words, start: int, size: int, fold: np.uint64) -> np.uint64:
    """Return the sum over the blocks of a token behind its first."""
    total, step = np.uint64(0), _STEP
    while size > 8:
        start, size, step = start + 8, size - 8, step + _STEP
        total += _mixed(_block(blocks, start, size, fold) + step)
    return total


@compiled
def _block(blocks: Words, start: int, size: int, fold: np.uint64) -> np.uint64:
    place, shift = np.uint64(start) >> np.uint64(3), (np.uint64(start) & np.uint64(7)) << np.uint64(3)
    # Shifted twice, since a shift by all 64 bits is undefined.
    block: np.uint64 = (blocks[place] >> shift) | (
        (blocks[place + np.uint64(1)] << np.uint64(1)) << (np.uint64(63) - shift)
    )
    block |= fold & ~((block & HIGH) >> np.uint64(2))
    return block & (~np.uint64(0) >> (np.uint64(64) - (np.uint64(min(size, 8)) << np.uint64(3))))


@compiled
def _mixed(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(32))) * _MIX_1
    value = (value ^ (value >> np.uint64(29))) * _MIX_2
    return value ^ (value >> np.uint64(32))


@compiled
def _shingle(tokens: Words, place: int) -> np.uint32:
    total = tokens[place] + tokens[place + 1] * _STEP + tokens[place + 2] * _POWER_2
    total += tokens[place + 3] * _POWER_3 + tokens[place + 4] * _POWER_4
    return np.uint32(((total ^ (total >> np.uint64(32))) * _MIX_1) >> np.uint64(32))
