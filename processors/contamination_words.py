"""The words of texts and of evaluation items, as decontamination compares them."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from corpus.near.tokens import _UNSPACED

_ALONE = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![_{_UNSPACED}])\w)+")
_SPACE = "[ \\t\\r\\n\\f]"
_ATTRIBUTE = (
    rf"{_SPACE}+(?:[a-zA-Z_:@][a-zA-Z0-9_:.@-]*{_SPACE}*={_SPACE}*(?:\"[^\"<]*\"|'[^'<]*'|[^ \t\r\n\f\"'<>]+)"
    r"|(?:async|checked|controls|defer|disabled|hidden|itemscope|nowrap|open|required|reversed|selected)\b)"
)
# Tags, comments and entities that were left in a text are no words of it; ``<`` in prose or code begins no tag unless
# a name, attributes with their values and ``>`` follow. No part may hold ``<``, so that the time stays linear.
TAG_OR_ENTITY = re.compile(
    rf"</?[a-zA-Z][a-zA-Z0-9:-]*(?:{_ATTRIBUTE})*{_SPACE}*/?>|<!--[^<]*?-->"
    r"|&(?:[a-zA-Z]{2,8}|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});"
)
# Soft hyphens and zero-width characters, which may stand within a word.
INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufeff"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# Of one case in another language, or in capitals: German sharp s, Turkish i with and without a dot, Greek final sigma
# (Unicode's CaseFolding.txt, but for the Turkish letters, which it folds only where the language is known).
FOLDED = {
    "\u0130": "I",
    "i\u0307": "i",
    "\u0131": "i",
    "\u00df": "ss",
    "\u1e9e": "ss",
    "\u03a3": "\u03c3",
    "\u03c2": "\u03c3",
}
_FOLDED = re.compile("|".join(FOLDED))
_PIECE = re.compile(r"[\x00-\x7f]+(?=[\x00-\x7f]|\Z)|.", re.DOTALL)
_SENTENCE_END = frozenset(".!?:;\n\"'\u201c\u201d\u2018\u2019«»()*#>-•")


class Words(NamedTuple):
    """The words of a text: as written (NFKC), lower-cased, and where each begins and ends, in characters."""

    written: list[str]
    lower: list[str]
    starts: list[int]
    ends: list[int]

    def between(self, first: int, end: int) -> "Words":
        """Return the words ``first`` to ``end``, with their places in the whole text."""
        here = slice(first, end)
        return Words(self.written[here], self.lower[here], self.starts[here], self.ends[here])


def words(text: str) -> Words:
    """Return the words of ``text``, underscores being marks."""
    spaced = TAG_OR_ENTITY.sub(lambda match: " " * len(match[0]), text)
    normal = spaced if spaced.isascii() else _normal(spaced)
    found = list(_WORD.finditer(normal))
    written = [match[0] for match in found]
    starts, ends = [match.start() for match in found], [match.end() for match in found]
    if not spaced.isascii():
        firsts, lasts = _places(spaced, len(normal))
        starts, ends = [firsts[start] for start in starts], [lasts[end - 1] for end in ends]
    return Words(written, [word.lower() for word in written], starts, ends)


def _normal(text: str) -> str:
    normal = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    return _FOLDED.sub(lambda match: FOLDED[match[0]], normal)


def _places(text: str, length: int) -> tuple[list[int], list[int]]:
    """Return where in ``text`` each of the ``length`` characters of its normal form comes from: from where to where."""
    firsts: list[int] = []
    lasts: list[int] = []
    for start, end in _pieces(text):
        if text[start] < "\x80" and (end == start + 1 or text[start + 1] < "\x80"):
            firsts += range(start, end)
            lasts += range(start + 1, end + 1)
        else:
            made = len(_normal(text[start:end]))
            firsts += [start] * made
            lasts += [end] * made
    missing = length - len(firsts)  # none, unless two pieces were made into one character
    return [*firsts, *[len(text) - 1] * missing], [*lasts, *[len(text)] * missing]


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield from where to where each character with the marks upon it goes; ASCII in longer pieces."""
    start = 0
    for match in _PIECE.finditer(text):
        if match.start() and not _continues(match[0][0]):
            yield start, match.start()
            start = match.start()
    if text:
        yield start, len(text)


@lru_cache(maxsize=1 << 14)
def _continues(character: str) -> bool:
    """Tell whether NFKC may join ``character`` with the one before it: a mark, a vowel or tail of Hangul, a joiner."""
    if character < "\x80":
        return False
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff" or bool(_INVISIBLE.match(character))


def unspaced(word: str) -> bool:
    """Tell whether ``word`` is one character of a script that is written without spaces."""
    return bool(_ALONE.fullmatch(word))


def marks(item: Words, text: str) -> list[bool]:
    """Return which words of ``item``, the words of ``text``, are figures or, by a capital, names.

    A capital within a sentence is a name's, and that of the first word may be; that of another sentence's is not.
    """
    made = []
    for number, (word, start) in enumerate(zip(item.written, item.starts, strict=True)):
        is_name = len(word) > 1 and word[0].isupper() and (not number or _within_sentence(text, start))
        made.append(is_figure(word) or is_name)
    return made


def _within_sentence(text: str, start: int) -> bool:
    while start and text[start - 1] == " ":
        start -= 1
    return bool(start) and text[start - 1] not in _SENTENCE_END


def is_figure(word: str) -> bool:
    """Tell whether ``word`` holds a digit."""
    return any(sign.isdigit() for sign in word)


def is_letter(word: str) -> bool:
    """Tell whether ``word`` is one letter from a to z: an article, a sign of a formula, the label of a choice."""
    return len(word) == 1 and "a" <= word <= "z"
