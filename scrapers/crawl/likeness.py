"""How alike two pages are: a 64-bit simhash of a page's words, cheap enough for every page of a crawl.

Two pages whose shingles are to a share ``s`` the same differ in about ``64 * acos(s) / pi`` bits (Charikar 2002), so a
distance of at most 3 bits means that about 99 % of the text is the same.
"""

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

MAX_READ_BYTES = 128 * 1024  # of a longer page the beginning says enough
SHINGLE_WORDS = 3
TITLE_SHARE = 0.1  # of the squared length of the vector of words: another title moves about 9 bits
NAMES = re.compile(rb"<(?:title|h1)\b[^<>]*>([^<]*(?:<(?!/?(?:title|h1)\b)[^<]*){0,20})")
MARKUP = re.compile(rb"<[^<>]*>?")
HIDDEN = (b"script", b"style", b"noscript", b"template", b"svg", b"nav", b"footer")  # the same on every page
UNREAD = bytes(range(0x40)) + b"[\\]^_`{|}~\x7f"  # digits too: the day after looks as the day before
SPACED = bytes.maketrans(UNREAD, b" " * len(UNREAD))
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, odd: it has an inverse modulo 2^64
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)  # splitmix64 (Steele et al. 2014, fig. 16)

Hashes = NDArray[np.uint64]


def simhash64(html: bytes) -> int:
    """Return the simhash of a page's words, digits and menus apart; 0 for a page without words.

    Words are read from the bytes, whatever their encoding, so two pages compare where their encoding is the same.
    """
    page = html[:MAX_READ_BYTES].replace(b"\0", b"").lower()
    title = MARKUP.sub(b" ", b" ".join(NAMES.findall(page))).translate(SPACED)
    text = MARKUP.sub(b" ", _shown(page)).translate(SPACED)
    words = _words(np.frombuffer(title + b" " + text, np.uint8))
    cut = len(title.split())
    named, told = _shingles(words[:cut]), _shingles(words[cut:])
    votes = _votes(told)
    if cut:
        votes = votes + _votes(named) * (TITLE_SHARE / (1 - TITLE_SHARE) * max(len(told), 1) / len(named)) ** 0.5
    return int.from_bytes(np.packbits(votes > 0).tobytes(), "big")


def _shown(page: bytes) -> bytes:
    """Return the page without its comments and hidden elements; one that never closes hides nothing."""
    page = _without(page, b"<!--", b"-->")
    for name in HIDDEN:
        page = _without(page, b"<" + name, b"</" + name)
    return page


def _without(page: bytes, opening: bytes, closing: bytes) -> bytes:
    kept, position = [], 0
    while (start := page.find(opening, position)) >= 0 and (end := page.find(closing, start)) >= 0:
        kept.append(page[position:start])
        position = end + len(closing)
    return b" ".join((*kept, page[position:])) if kept else page


def _shingles(words: Hashes) -> Hashes:
    """Return a hash of every ``SHINGLE_WORDS`` words that follow each other; of fewer words a hash of each."""
    if len(words) < SHINGLE_WORDS:
        return words
    return _mixed(words[:-2] + words[1:-1] * MIX_1 + words[2:] * MIX_2)


def _words(text: NDArray[np.uint8]) -> Hashes:
    """Return a polynomial hash of every word, from running sums over the whole text."""
    letters = text != 0x20
    edges = np.flatnonzero(np.diff(letters, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    powers, inverses = _powers()
    sums = np.zeros(len(text) + 1, np.uint64)
    np.cumsum(text * powers[: len(text)], out=sums[1:])
    return _mixed((sums[ends] - sums[starts]) * inverses[starts])


@lru_cache(maxsize=1)
def _powers() -> tuple[Hashes, Hashes]:
    """Return the powers of ``MULTIPLIER`` and of its inverse."""
    inverse = np.uint64(pow(int(MULTIPLIER), -1, 1 << 64))
    return _powers_of(MULTIPLIER), _powers_of(inverse)


def _powers_of(number: np.uint64) -> Hashes:
    factors = np.full(2 * MAX_READ_BYTES, number, np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _mixed(hashes: Hashes) -> Hashes:
    hashes = (hashes ^ (hashes >> np.uint64(30))) * MIX_1
    hashes = (hashes ^ (hashes >> np.uint64(27))) * MIX_2
    return hashes ^ (hashes >> np.uint64(31))


def _votes(hashes: Hashes) -> NDArray[np.float64]:
    """Return for each of 64 bits how many hashes have it less how many have it not."""
    bits = np.unpackbits(hashes.view(np.uint8).reshape(-1, 8), axis=1)
    return np.asarray(2.0 * bits.sum(axis=0, dtype=np.int32) - len(hashes), np.float64)
