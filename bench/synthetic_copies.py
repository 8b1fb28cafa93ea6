"""Copies of a text that differ as copies on the web do; how near one came out is measured, never assumed."""

import itertools
import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from bench.near_truth import SHINGLE_WORDS

_PIECES = re.compile(r"\S+|\s+")


class Kind(NamedTuple):
    """How a copy is edited, and the Jaccard of word 5-grams with its original that is aimed at."""

    style: str  # exact | scatter (single words replaced) | block (one run replaced) | cut (no end) | pad (more behind)
    target: float


TARGETS = (0.5, 0.6, 0.7, 0.75, 0.85, 0.9, 0.95)
EXACT = Kind("exact", 1.0)
EDITS = tuple(itertools.starmap(Kind, itertools.product(("scatter", "block", "cut", "pad"), TARGETS)))
COPIES = (*[EXACT] * (len(EDITS) // 3), *EDITS)  # one in four is exact


def copy(text: str, kind: Kind, donors: Iterator[str], draw: random.Random) -> str:
    """Return ``text`` edited as ``kind`` says, with words from ``donors``, which never end, and choices of ``draw``."""
    if kind.style == "exact":
        return text
    words = _PIECES.findall(text)
    places = range(0, len(words), 2)  # word, space, word ...: a text begins with a word
    number = len(places)
    if kind.style == "cut":
        return "".join(words[: places[round(kind.target * (number - 1))] + 1])
    if kind.style == "pad":
        return " ".join([text, *itertools.islice(donors, round(number * (1 / kind.target - 1)))])
    changed = number * (1 - kind.target) / (1 + kind.target)  # shingles on either side that the other has not
    for place in _edited(kind.style, changed, places, draw):
        words[place] = next(donors)
    return "".join(words)


def _edited(style: str, changed: float, places: range, draw: random.Random) -> list[int]:
    """Return the places of the words to be replaced: each alone changes five shingles, a run its length and four."""
    if style == "scatter":
        return draw.sample(places, max(1, round(changed / SHINGLE_WORDS)))
    length = max(1, round(changed) - SHINGLE_WORDS + 1)
    start = draw.randrange(len(places) - length)
    return list(places[start : start + length])
