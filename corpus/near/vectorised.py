"""The kernel of shingles and signatures in NumPy alone: no loop runs over words, and each text may be of any size.

A token's hash is the wrapping sum over its blocks, eight bytes each, of ``mixed(block + (place + 1) * STEP)``; a
block is little-endian and filled up with zeros. Prose folds ASCII case before, by ``FOLD``. A shingle's hash is the
upper half of ``spread(sum of token k times STEP ** k)``. ``corpus.near.compiled`` computes the same values.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from datasketch import MinHash

from corpus.near.tokens import ALONE, SPACE, WORD, Bytes, Form, Offsets, kinds

Hashes = npt.NDArray[np.uint32]
Words = npt.NDArray[np.uint64]

SHINGLE_TOKENS = 5
HASHES = 128
# The golden ratio in 64 bits (Knuth, TAOCP 3, 6.4) and its powers; the multipliers of MurmurHash3's 64-bit finaliser.
POWERS = tuple(np.uint64(pow(0x9E3779B97F4A7C15, k, 1 << 64)) for k in range(SHINGLE_TOKENS))
STEP = POWERS[1]
MIX = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
# In ASCII word bytes bit 0x20 tells upper case from lower: digits have it, and only `_` becomes 0x7f by it.
FOLD, HIGH = np.uint64(0x2020202020202020), np.uint64(0x8080808080808080)

_FIRST_BYTES = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
_PIECE_BYTES = 1 << 20  # of one text at a time; whole blocks
_SKETCH_VALUES = 1 << 16  # shingles whose products stay in the cache


def shingle_hashes(data: Bytes, offsets: Offsets, form: Form) -> tuple[Hashes, Offsets]:
    """Return the hashes of all shingles of spelled texts, in their order and with repeats, and how many each text has.

    ``data[offsets[n]:offsets[n + 1]]`` is text n, which ends with a space; ``offsets`` starts with 0.
    """
    if len(offsets) == 2 and len(data) > _PIECE_BYTES:
        hashes = np.concatenate(list(_of_pieces(_pieces(data, form))))
        return hashes, np.array([len(hashes)])
    return _windows(*_tokens(data, offsets, form))


def distinct(hashes: Hashes, counts: Offsets) -> tuple[Hashes, Offsets]:
    """Return the sorted, distinct hashes of each text, and how many each has.

    ``counts`` says how many of ``hashes`` are each text's; ``hashes`` is changed.
    """
    offsets = np.concatenate(([0], np.cumsum(counts)))
    # NumPy sorts 32-bit numbers so fast that a call per text is seven times cheaper than one sort of (text, hash).
    for first, last in pairwise(offsets.tolist()):
        hashes[first:last].sort()
    fresh = np.empty(len(hashes), np.bool_)
    np.not_equal(hashes[1:], hashes[:-1], out=fresh[1:])
    fresh[offsets[:-1][counts > 0]] = True
    rank = np.concatenate(([0], np.cumsum(fresh)))
    return hashes[fresh], np.diff(rank[offsets])


def sketches(hashes: Hashes, offsets: Offsets) -> Hashes:
    """Return the MinHash values of sets of shingles, (sets, ``HASHES``): those of datasketch's scheme ``affine32``.

    ``hashes[offsets[n]:offsets[n + 1]]`` is set n, ``offsets`` starts with 0; repeats do not matter, and the values of
    an empty set are all the largest.
    """
    found = np.full((len(offsets) - 1, HASHES), 0xFFFFFFFF, np.uint32)
    full = np.flatnonzero(np.diff(offsets))
    starts = offsets[full]
    for at in range(0, len(hashes), _SKETCH_VALUES):
        part = hashes[at : at + _SKETCH_VALUES]
        first = np.searchsorted(starts, at, "right") - 1
        last = np.searchsorted(starts, at + len(part), "left")
        rows = full[first:last]
        lowest = _lowest(part, np.maximum(starts[first:last] - at, 0))
        found[rows] = np.minimum(found[rows], lowest.T)
    return found


@cache
def permutations() -> tuple[Hashes, Hashes]:
    """Return the factors and summands of datasketch's permutations for ``HASHES`` values and its seed 1."""
    factors, summands = MinHash(num_perm=HASHES, seed=1, scheme="affine32").permutations
    return np.ascontiguousarray(factors), np.ascontiguousarray(summands)


def _tokens(data: Bytes, offsets: Offsets, form: Form) -> tuple[Words, Offsets]:
    """Return the hashes of all tokens of the texts, and where those of each text start (one more than the texts)."""
    room = padded(data)
    starts, sizes = _runs(room, len(data), form)
    hashes = _mixed(_blocks(room, starts, sizes, form) + STEP)
    long = np.flatnonzero(sizes > 8)
    if len(long):
        more = (sizes[long] - 1) >> 3
        behind = np.cumsum(more)
        word = np.repeat(long, more)
        place = np.arange(1, len(word) + 1) - np.repeat(behind - more, more)
        blocks = _blocks(room, starts[word] + 8 * place, sizes[word] - 8 * place, form)
        terms = _mixed(blocks + (place + 1).astype(np.uint64) * STEP)
        hashes[long] += np.add.reduceat(terms, behind - more)
    return hashes, np.searchsorted(starts, offsets)


def _runs(room: Bytes, size: int, form: Form) -> tuple[Offsets, Offsets]:
    """Return where each token starts and how many bytes it has."""
    kind = _pairs(form).take(room.view(np.uint16)).view(np.uint8)[:size]
    edge = np.empty(size + 1, np.bool_)
    np.not_equal(kind[1:], kind[:-1], out=edge[1:size])
    edge[0], edge[size] = kind[0] != SPACE, kind[-1] != SPACE
    if form == "prose":
        edges = np.flatnonzero(edge)
        return edges[0::2], edges[1::2] - edges[0::2]
    edge[:size] |= kind == ALONE
    edges = np.flatnonzero(edge)
    is_token = kind[edges[:-1]] != SPACE
    return edges[:-1][is_token], np.diff(edges)[is_token]


def _blocks(room: Bytes, starts: Offsets, sizes: Offsets, form: Form) -> Words:
    """Return the up to eight bytes at each start as one number, without those past ``sizes``, folded in prose."""
    words, place = room.view("<u8"), starts >> 3
    shift = ((starts & 7) << 3).astype(np.uint64)
    # A shift by all 64 bits gives 0 in NumPy.
    blocks: Words = (words[place] >> shift) | (words[place + 1] << (np.uint64(64) - shift))
    if form == "prose":
        blocks |= FOLD & ~((blocks & HIGH) >> np.uint64(2))
    blocks &= _FIRST_BYTES[np.minimum(sizes, 8)]
    return blocks


def _windows(tokens: Words, firsts: Offsets) -> tuple[Hashes, Offsets]:
    """Return the hash of every five tokens in a row within a text, or of all of a shorter one, and their counts."""
    counts = np.diff(firsts)
    longer = np.concatenate([tokens, np.zeros(SHINGLE_TOKENS - 1, np.uint64)])
    twos = longer[:-1] + longer[1:] * POWERS[1]
    fours = twos[:-2] + twos[2:] * POWERS[2]
    hashes = _spread(fours[:-1] + longer[4:] * POWERS[4])
    inside = np.ones(len(tokens), np.bool_)
    for back in range(1, SHINGLE_TOKENS):
        inside[(firsts[1:] - back)[counts >= back]] = False
    short = np.flatnonzero((counts > 0) & (counts < SHINGLE_TOKENS))
    if len(short):
        places = firsts[short]
        hashes[places], inside[places] = _of_short(longer, places, counts[short]), True
    return hashes[inside], np.where(counts >= SHINGLE_TOKENS, counts - SHINGLE_TOKENS + 1, counts > 0)


def _of_short(tokens: Words, places: Offsets, counts: Offsets) -> Hashes:
    sums = np.zeros(len(places), np.uint64)
    for k in range(SHINGLE_TOKENS - 1):
        has = counts > k
        sums[has] += tokens[places[has] + k] * POWERS[k]
    return _spread(sums)


def _of_pieces(pieces: Iterable[Words]) -> Iterator[Hashes]:
    """Yield the shingles of a text whose tokens come in pieces."""
    last, shingled = np.empty(0, np.uint64), False
    for piece in pieces:
        tokens = np.concatenate([last, piece])
        last = tokens
        if len(tokens) >= SHINGLE_TOKENS:
            yield _windows(tokens, np.array([0, len(tokens)]))[0]
            last, shingled = tokens[1 - SHINGLE_TOKENS :], True
    if not shingled:
        yield _windows(last, np.array([0, len(last)]))[0]


def _pieces(data: Bytes, form: Form) -> Iterator[Words]:
    """Yield the token hashes of a long text, piece by piece; a piece ends where no word runs on."""
    start = 0
    while start < len(data):
        piece = data[start : start + _PIECE_BYTES]
        ends = np.flatnonzero(kinds(form)[piece] != WORD)
        if len(ends):
            piece = piece[: ends[-1] + 1]
            yield _tokens(piece, np.array([0, len(piece)]), form)[0]
        else:
            piece = data[start : _word_end(data, start, form)]
            yield _of_long_word(piece, form)
        start += len(piece)


def _word_end(data: Bytes, start: int, form: Form) -> int:
    for at in range(start, len(data), _PIECE_BYTES):
        ends = np.flatnonzero(kinds(form)[data[at : at + _PIECE_BYTES]] != WORD)
        if len(ends):
            return at + int(ends[0])
    return len(data)


def _of_long_word(word: Bytes, form: Form) -> Words:
    """Return the hash of a token of any size, as an array of one."""
    sums = []
    for at in range(0, len(word), _PIECE_BYTES):
        part = word[at : at + _PIECE_BYTES]
        starts = np.arange(0, len(part), 8)
        places = ((at + starts) // 8 + 1).astype(np.uint64)
        sums.append(_mixed(_blocks(padded(part), starts, len(part) - starts, form) + places * STEP).sum())
    total: Words = np.array(sums, np.uint64).sum(keepdims=True)
    return total


def _lowest(hashes: Hashes, cuts: Offsets) -> Hashes:
    """Return the least value of each run of ``hashes`` from cut to cut under each permutation, (``HASHES``, cuts)."""
    values, product = _finalised(hashes), np.empty_like(hashes)
    lowest = np.empty((HASHES, len(cuts)), np.uint32)
    for factor, summand, least in zip(*permutations(), lowest, strict=True):
        np.multiply(values, factor, out=product)
        np.add(product, summand, out=product)
        np.minimum.reduceat(product, cuts, out=least)
    return lowest


def _finalised(hashes: Hashes) -> Hashes:
    """Return MurmurHash3's 32-bit finaliser of each hash, as datasketch does before it permutes."""
    values = hashes ^ (hashes >> np.uint32(16))
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    return values


def _mixed(values: Words) -> Words:
    """Return a bijection of 64 bits that lets every bit of a value reach every bit of the outcome."""
    values ^= values >> np.uint64(32)
    values *= MIX[0]
    values ^= values >> np.uint64(29)
    values *= MIX[1]
    values ^= values >> np.uint64(32)
    return values


def _spread(sums: Words) -> Hashes:
    sums ^= sums >> np.uint64(32)
    sums *= MIX[0]
    return (sums >> np.uint64(32)).astype(np.uint32)


def padded(data: Bytes) -> Bytes:
    """Return a copy with zeros behind it, so that a block may start at every byte."""
    room = np.empty((len(data) + 23) // 8 * 8, np.uint8)
    room[: len(data)] = data
    room[len(data) :] = 0
    return room


@cache
def _pairs(form: Form) -> npt.NDArray[np.uint16]:
    """Return the kinds of every two bytes in a row: half as many look-ups."""
    return np.ascontiguousarray(kinds(form)[np.arange(1 << 16, dtype="<u2").view(np.uint8)]).view(np.uint16)
