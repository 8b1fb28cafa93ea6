"""What one pass over wikitext hides from the next: finished HTML behind marks, and text spelt as HTML.

Marks are of control characters, which no saved wikitext holds: ``CONTROL`` is taken out of a source first.
"""

import re
from html.entities import html5

# What stands where a template or a note was that cannot be shown: its surroundings are tidied afterwards.
GAP = "\x04"
INLINE, BLOCK = "i", "b"
HELD = re.compile(r"\x02[ib](\d+)\x03")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ENTITY = re.compile(
    r"&(?:#(?:(?P<decimal>\d{1,7})|[xX](?P<hexadecimal>[0-9a-fA-F]{1,6}))|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}));"
)
_SPECIAL = re.compile(rf"{_ENTITY.pattern}|[&<>]")
_SPELT = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Held:
    """Finished pieces of HTML, each behind a mark that later passes take for a word (or for a block)."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def inline(self, html: str) -> str:
        """Return the mark of a piece that flows within a paragraph."""
        return self._mark(INLINE, html)

    def block(self, html: str) -> str:
        """Return the mark of a piece that ends a paragraph."""
        return self._mark(BLOCK, html)

    def restored(self, text: str) -> str:
        """Return ``text`` with every mark replaced by its piece, those within pieces too."""
        while HELD.search(text):
            text = HELD.sub(lambda mark: self._pieces[int(mark[1])], text)
        return text

    def _mark(self, kind: str, html: str) -> str:
        self._pieces.append(html)
        return f"\x02{kind}{len(self._pieces) - 1}\x03"


def without_marks(text: str) -> str:
    """Return ``text`` without the marks in it and what they hide."""
    return HELD.sub("", text).replace(GAP, "")


def escaped(text: str) -> str:
    """Return ``text`` as HTML: marks of its own escaped, entities that HTML knows kept."""
    return _SPECIAL.sub(_spelt, text)


def literal(text: str) -> str:
    """Return ``text`` as HTML that shows it character by character, entities too."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _spelt(match: re.Match[str]) -> str:
    if _is_entity(match):
        return match[0]
    return _SPELT[match[0][0]] + match[0][1:]


def _is_entity(match: re.Match[str]) -> bool:
    if match["name"]:
        return f"{match['name']};" in html5
    if match["decimal"]:
        return _is_character(int(match["decimal"]))
    return bool(match["hexadecimal"]) and _is_character(int(match["hexadecimal"], 16))


def _is_character(code: int) -> bool:
    """Tell whether XML allows the code point ``code`` (XML 1.0, section 2.2)."""
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
