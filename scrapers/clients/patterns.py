"""Path patterns as people write them: ``*`` and ``?`` stay in a folder, ``**/`` is any folders or none. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache

PIECE = re.compile(r"(\*\*/|\*\*|\*|\?)")
MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Return whether the whole of ``path`` matches one of ``patterns``."""
    return compiled(tuple(patterns)).fullmatch(path) is not None


@lru_cache(maxsize=256)
def compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return one expression whose ``fullmatch`` takes what matches any of ``patterns``; none match nothing."""
    regexes = ("".join(MEANING.get(piece, re.escape(piece)) for piece in PIECE.split(glob)) for glob in patterns)
    return re.compile("|".join(f"(?:{regex})" for regex in regexes) or r"(?!)", re.DOTALL)


def may_hold(folder: str, patterns: Iterable[str]) -> bool:
    """Return whether a file below ``folder`` (a slash behind it) can match a pattern, as far as its start tells."""
    return any(_reaches(folder, pattern) for pattern in patterns)


def _reaches(folder: str, pattern: str) -> bool:
    fixed = re.split(r"[*?]", pattern, maxsplit=1)[0]
    if fixed.startswith(folder):
        return True
    return folder.startswith(fixed) and ("**" in pattern or pattern.count("/") >= folder.count("/"))
