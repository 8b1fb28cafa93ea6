"""The paths of robots.txt rules (RFC 9309, 2.2.2 and 2.2.3): spelt alike, and matched longest first.

A lookup costs a dictionary look-up for each length that rules without ``*`` have. Rules with ``*`` cost one search for
each piece between the stars and no backtracking, so at most their octets times those of the path.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from urllib.parse import quote

PATH = re.compile(r"(?://)?(?:[^/?;]*?://)?[^/?;#]*([/?;][^#]*)?")
ASCII = bytes(range(128))
LOWER_HEX = re.compile(rb"%(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f])")
# Percent-encoded unreserved characters (RFC 3986, 2.3), and the two that RFC 9309, 2.2.3 has rules encode: $ and *.
NEEDLESS = re.compile(rb"%(?:2[4ADE]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)")
CROWD_TAILS = 256  # from here on an index of octets costs less than to try every tail
GRAM_OCTETS = 3

Lengths = tuple[tuple[int, int], ...]  # highest rank under heads of a length, and the length; highest rank first
Tail = tuple[int, tuple[bytes, ...], bytes | None]  # rank, pieces to find in order, piece the path must end with


@dataclass(frozen=True, slots=True)
class Crowd:
    """Very many tails after one head, by the first octets of the longest piece of each: most cannot match a path."""

    by_gram: dict[bytes, list[Tail]]
    sizes: frozenset[int]

    def near(self, path: bytes) -> list[Tail]:
        """Return the tails whose octets stand anywhere in ``path``, highest rank first."""
        grams = {path[at : at + size] for size in self.sizes for at in range(len(path) - size + 1)}
        found = [tail for gram in self.by_gram.keys() & grams for tail in self.by_gram[gram]]
        return sorted(found, key=itemgetter(0), reverse=True)


@dataclass(frozen=True, slots=True)
class PathRules:
    """The allow and disallow rules of a group, found by how the path begins.

    A rule's rank is twice its octets, plus one for allow: the highest that matches decides, so the longest wins and
    allow wins ties (RFC 9309, 2.2.2). ``ended`` holds the paths of rules such as ``/a$``, ``prefixes`` those without
    ``*`` inside, ``tails`` under what precedes the first ``*`` what must follow, highest rank first; ``crowds`` indexes
    those of a head with very many.
    """

    ended: dict[bytes, int]
    prefixes: dict[bytes, int]
    tails: dict[bytes, list[Tail]]
    crowds: dict[bytes, Crowd]
    prefix_lengths: Lengths
    head_lengths: Lengths

    def allow(self, path: bytes) -> bool:
        """Return whether the most specific rule that matches ``path`` allows it; no rule at all does."""
        best = self.ended.get(path, 0)
        for highest, length in self.prefix_lengths:
            if highest <= best:
                break
            if (rank := self.prefixes.get(path[:length], 0)) > best:
                best = rank
        for highest, length in self.head_lengths:
            if highest <= best:
                break
            head = path[:length]
            if head in self.tails:
                tails = self.crowds[head].near(path) if head in self.crowds else self.tails[head]
                best = _highest(tails, path, length, best)
        return best == 0 or best % 2 == 1


def path_of(url: str) -> str:
    """Return path, parameters and query of ``url`` with or without scheme, as Google's matcher does."""
    found = PATH.match(url)
    path = (found and found[1]) or "/"
    return path if path.startswith("/") else f"/{path}"


def escaped(pattern: bytes) -> bytes:
    """Return ``pattern`` with octets beyond ASCII percent-encoded and hexadecimal digits in capitals."""
    encoded = pattern if pattern.isascii() else quote(pattern, safe=ASCII).encode()
    return LOWER_HEX.sub(lambda found: found[0].upper(), encoded) if b"%" in encoded else encoded


def without_needless(encoded: bytes) -> bytes:
    """Return ``encoded`` with the unreserved characters and ``$`` and ``*`` plain that were percent-encoded."""
    if b"%" not in encoded:
        return encoded
    return NEEDLESS.sub(lambda found: _octet(found[0]), encoded)


@cache
def _octet(encoded: bytes) -> bytes:
    return bytes([int(encoded[1:], 16)])


def path_rules(patterns: dict[bytes, bool], spelt: Callable[[bytes], bytes] = bytes) -> PathRules:
    """Return the rules of ``patterns``, true for allow, their octets as ``spelt`` returns them.

    Patterns are parted at ``*`` before they are spelt, so that a ``*`` that was percent-encoded stays an octet.
    """
    ended: dict[bytes, int] = {}
    prefixes: dict[bytes, int] = {}
    tails: dict[bytes, list[Tail]] = {}
    for pattern, is_allow in patterns.items():
        head, star, tail = pattern.partition(b"*")
        if tail.strip(b"*"):
            rank = 2 * len(spelt(pattern)) + is_allow
            tails.setdefault(spelt(head), []).append(_tail(rank, tail, spelt))
            continue
        is_ended = not star and head.endswith(b"$")
        path = spelt(head[:-1] if is_ended else head)
        known = ended if is_ended else prefixes
        known[path] = max(known.get(path, 0), 2 * (len(path) + len(star) + len(tail) + is_ended) + is_allow)
    for found in tails.values():
        found.sort(key=itemgetter(0), reverse=True)
    heads = {head: found[0][0] for head, found in tails.items()}
    crowds = {head: _crowd(found) for head, found in tails.items() if len(found) >= CROWD_TAILS}
    return PathRules(ended, prefixes, tails, crowds, _lengths(prefixes), _lengths(heads))


def _crowd(tails: list[Tail]) -> Crowd:
    by_gram: dict[bytes, list[Tail]] = {}
    for tail in tails:
        _, pieces, end = tail
        by_gram.setdefault(max(*pieces, end or b"", b"", key=len)[:GRAM_OCTETS], []).append(tail)
    return Crowd(by_gram, frozenset(map(len, by_gram)))


def _tail(rank: int, tail: bytes, spelt: Callable[[bytes], bytes]) -> Tail:
    pieces = tail.removesuffix(b"$").split(b"*")
    end = spelt(pieces.pop()) if tail.endswith(b"$") else None
    return rank, tuple(map(spelt, filter(None, pieces))), end


def _lengths(ranks: dict[bytes, int]) -> Lengths:
    highest: dict[int, int] = {}
    for head, rank in ranks.items():
        if rank > highest.get(len(head), 0):
            highest[len(head)] = rank
    return tuple(sorted(((rank, length) for length, rank in highest.items()), reverse=True))


def _highest(tails: Iterable[Tail], path: bytes, start: int, best: int) -> int:
    """Return the higher of ``best`` and the rank of the first of ``tails`` that matches ``path`` from ``start`` on."""
    for rank, pieces, end in tails:
        if rank <= best:
            break
        if _follow(path, start, pieces, end):
            return rank
    return best


def _follow(path: bytes, start: int, pieces: tuple[bytes, ...], end: bytes | None) -> bool:
    """Return whether ``pieces`` follow one another from ``start`` on and ``end`` closes the path.

    To take each piece where it first occurs is enough: any other choice leaves less for the pieces after it.
    """
    for piece in pieces:
        found = path.find(piece, start)
        if found < 0:
            return False
        start = found + len(piece)
    return end is None or (len(path) - len(end) >= start and path.endswith(end))
