"""The words of texts and of evaluation items, as decontamination compares them."""

import re
import unicodedata
from typing import NamedTuple

# Each character of a script written without spaces is a word of its own, as in ``corpus.near.tokens``.
_UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_ALONE = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![_{_UNSPACED}])\w)+")
# Tags and entities that were left in a text are no words of it.
TAG_OR_ENTITY = re.compile(r"</?[a-zA-Z][^<>]{0,100}>|&(?:[a-zA-Z]{2,8}|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});")
# Soft hyphens and zero-width characters, which may stand within a word.
INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufeff"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_PIECE = re.compile(r"[\x00-\x7f]+(?=[\x00-\x7f]|$)|.[^\x00-\x7f]*", re.DOTALL)
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
    normal = _normal(spaced)
    found = list(_WORD.finditer(normal))
    written = [match[0] for match in found]
    starts, ends = [match.start() for match in found], [match.end() for match in found]
    if normal != spaced:
        places = _places(spaced, normal)
        starts, ends = [places[start] for start in starts], [places[end - 1] + 1 for end in ends]
    return Words(written, [word.lower() for word in written], starts, ends)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def _places(text: str, normal: str) -> list[int]:
    """Return for each character of ``normal`` where it was made from in ``text``; the last if that cannot be told."""
    places: list[int] = []
    for piece in _PIECE.finditer(text):
        made = _normal(piece[0])
        width = len(piece[0])
        places += [piece.start() + min(place * width // max(len(made), 1), width - 1) for place in range(len(made))]
    return [*places, *[max(len(text) - 1, 0)] * (len(normal) - len(places))]


def unspaced(word: str) -> bool:
    """Tell whether ``word`` is one character of a script that is written without spaces."""
    return bool(_ALONE.fullmatch(word))


def marks(item: Words, text: str) -> list[bool]:
    """Return which words of ``item``, the words of ``text``, are figures or, by a capital in a sentence, names."""
    made = []
    for word, start in zip(item.written, item.starts, strict=True):
        before = text[:start].rstrip(" ")[-1:] if start else ""
        made.append(is_figure(word) or (len(word) > 1 and word[0].isupper() and _within_sentence(before)))
    return made


def _within_sentence(before: str) -> bool:
    return bool(before) and before not in _SENTENCE_END


def is_figure(word: str) -> bool:
    """Tell whether ``word`` holds a digit."""
    return any(sign.isdigit() for sign in word)
