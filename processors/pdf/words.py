"""Put the words together that the ends of lines have cut."""

import re
from collections.abc import Iterable

# First parts that keep their hyphen where nothing else in the document tells.
_KEEPING = frozenset({"self", "non", "well", "ex", "half", "cross", "high", "low", "long", "short", "state", "all"})
_CUT = re.compile(r"([^\W\d_]+)[-\u2010\u00ad]$")
_REST = re.compile(r"[^\W\d_]+")
# Scripts without spaces between words: kana, Han and their punctuation, full-width forms, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f]")


class Words:
    """The words of a document, lower-cased: whole ones, and those written with a hyphen inside a line."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known: set[str] = set()
        for text in texts:
            self._known.update(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))

    def __contains__(self, word: str) -> bool:
        return word.lower() in self._known


def seam(text: str, line: str, words: Words, *, at_break: str) -> tuple[str, str]:
    """Return ``text`` as it ends where ``line`` follows, and what stands between: ``at_break``, or nothing in a word.

    A hyphen goes where the rest starts small, unless the document writes the word with it, or, where the document
    does not tell, its first part is one that keeps it. Scripts without spaces get none.
    """
    cut, rest = _CUT.search(text), _REST.match(line)
    if cut and rest:
        return (text[:-1] if _is_whole(cut[1], rest[0], words) else text[:-1] + "-"), ""
    if text and line and _UNSPACED.match(text[-1]) and _UNSPACED.match(line[0]) and at_break == " ":
        return text, ""
    return text, at_break


def _is_whole(first: str, rest: str, words: Words) -> bool:
    if first + rest in words:
        return True
    return rest[:1].islower() and f"{first}-{rest}" not in words and first.lower() not in _KEEPING
