"""Where sentences end: by marks and by what follows them, in scripts with and without spaces."""

import re

# After these a full stop ends no sentence: titles and shortenings that stand before a name or a number.
_SHORTENINGS = """
al art bd bros ca capt cf ch col corp dept dr ed eds eq est fig figs fr gen gov hon inc jr lt ltd mme mr mrs ms mt no
nos nr op pp prof pt rep rev sen sgt sr sra srta st str tab univ usw vgl vol vs z e.g i.e u.s u.k d.h z.b
"""
_SHORTENED = frozenset(_SHORTENINGS.split())
_FULL_WIDTH = "\u3002\uff01\uff1f\uff61"  # full stop, exclamation mark, question mark, half-width full stop
_CLOSING = "\"'\u2019\u201d\u00bb)\\]\u300d\u300f\uff09\u300b"
# One run of marks, with the quotation marks and brackets that close behind it.
_END = re.compile(f"[.!?\u2026{_FULL_WIDTH}]+[{_CLOSING}]*")
_LAST_WORD = re.compile(r"[\w.]*\Z")
_WORD_CHARS = 24  # no shortening is longer


def pieces(line: str) -> list[str]:
    """Return the sentences of ``line``, which they make up again when joined: white space leads the next one.

    A sentence ends behind full-width marks, and behind ``.``, ``!``, ``?`` or ``…`` where white space, a letter without
    capitals (Han, kana) or the end follows. ``Dr.`` and the like end none.
    """
    found, start = [], 0
    for mark in _END.finditer(line):
        if _ends_sentence(line, mark):
            found.append(line[start : mark.end()])
            start = mark.end()
    return [*found, line[start:]] if start < len(line) else found


def one_a_line(text: str) -> str:
    """Return ``text`` with a line end between any two sentences instead of the white space there.

    Behind a full stop the next sentence has to start with no small letter.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        parts = [""]
        for piece in pieces(line):
            follows = piece.strip()
            if parts[-1].endswith((".", "\u2026")) and follows[:1].islower():
                parts[-1] += piece
            elif follows:
                parts.append(follows if parts[-1] else piece.rstrip())
        lines.extend(filter(None, parts)) if any(parts) else lines.append("")
    return "\n".join(lines)


def _ends_sentence(line: str, mark: re.Match[str]) -> bool:
    if mark.end() == len(line) or mark.group()[0] in _FULL_WIDTH:
        return True
    following = line[mark.end()]
    if mark.group() != ".":
        return following.isspace() or not (following.isascii() or following.isupper() or following.islower())
    return (following.isspace() and not _is_shortened(line, mark.start())) or _is_unspaced(following)


def _is_unspaced(character: str) -> bool:
    return character.isalpha() and not (character.isupper() or character.islower() or character.isascii())


def _is_shortened(line: str, stop: int) -> bool:
    found = _LAST_WORD.search(line, max(0, stop - _WORD_CHARS), stop)
    word = found.group() if found else ""
    initial = len(word) == 1 and word.isupper()
    return initial or word.lower() in _SHORTENED
