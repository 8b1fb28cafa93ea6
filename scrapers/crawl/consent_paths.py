"""Which pages a pattern of a policy file covers (RFC 9309, 2.2.2 and 2.2.3), in linear time."""

from collections.abc import Iterable
from functools import lru_cache
from string import ascii_letters, digits, punctuation
from typing import Protocol, TypeVar
from urllib.parse import quote, urlsplit

ASCII = ascii_letters + digits + punctuation


class Scoped(Protocol):
    """Anything that covers the pages of a path pattern."""

    @property
    def path(self) -> str:
        """The pattern."""
        ...


Rule = TypeVar("Rule", bound=Scoped)


@lru_cache(maxsize=256)
def path_of(url: str) -> str:
    """Return what patterns are compared with: path and query of ``url``, at least ``/``; of no URL at all ``/``."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def covers(pattern: str, path: str) -> bool:
    """Return whether ``pattern``, with ``*`` for anything and ``$`` at its end for the end, covers ``path``."""
    is_ended = pattern.endswith("$")
    head, *tail = _escaped(pattern.removesuffix("$")).split("*")
    written = _escaped(path)
    if not written.startswith(head):
        return False
    if not tail:
        return not is_ended or written == head
    last = tail.pop() if is_ended else ""
    at = _end_of(tail, written, len(head))
    return at is not None and (not is_ended or (written.endswith(last) and len(written) - len(last) >= at))


def covers_url(pattern: str, url: str) -> bool:
    """Return whether ``pattern``, a path or a URL of the same host, covers ``url``; scheme and port do not matter."""
    if pattern.startswith(("/", "*")) and not pattern.startswith("//"):
        return covers(pattern, path_of(url))
    try:
        parts, page = urlsplit(pattern), urlsplit(url)
        if parts.netloc and parts.hostname != page.hostname:
            return False
    except ValueError:
        return False
    if not parts.netloc:
        return covers(pattern, path_of(url))
    path = pattern.partition("//")[2].partition("/")[2]
    return covers(f"/{path}", path_of(url))


def longest(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules with the longest pattern in octets: all of them where several are as long."""
    lengths = [(len(_escaped(rule.path)), rule) for rule in rules]
    most = max((length for length, _ in lengths), default=0)
    return tuple(rule for length, rule in lengths if length == most)


def _end_of(pieces: list[str], path: str, at: int) -> int | None:
    """Return where ``pieces`` end when found in ``path`` one after the other from ``at``; ``None``: not all there."""
    for piece in filter(None, pieces):
        found = path.find(piece, at)
        if found < 0:
            return None
        at = found + len(piece)
    return at


def _escaped(text: str) -> str:
    """Return ``text`` with all but ASCII percent-encoded, as URLs come."""
    return text if text.isascii() else quote(text, safe=ASCII, errors="replace")
