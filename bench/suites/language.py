"""How often the language of a text is told right, and how far its score can be trusted.

Every ``lid/*.jsonl.gz`` of ``{lang, text}`` lines is scored over the languages the model knows, a ``kind`` at a time
where its lines have one: ``accuracy`` over all texts, ``precision`` over those told with at least ``MIN_SCORE``, and
``coverage``, the share of the texts that are. ``mixed told apart`` is the share of texts in English and another
language by turns that score less than ``MIN_SCORE``.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from bench.measurement import Measurement
from models import lid

SUITE = "language"
ENGLISH = "en"
TURNS, TURN_CHARS = 10, 40  # sentences of each language in a mixed text, and the least length of one
MIN_SCORE = 0.65  # the recipes' rule for a language that is to be kept

# What a set may call a language that the model knows by another code: only codes that mean the same.
SAME: Mapping[str, str] = {"nb": "no"}  # the Wikipedia `no` is written in Bokmål


def score(data: Path) -> list[Measurement]:
    """Return ``<set> [<kind>] accuracy``, ``precision``, ``coverage`` and ``mixed told apart``, by set.

    Digits end no set's name. Sets without sentences enough of English and another language give no mixed texts.
    """
    return [one for path in sorted((data / "lid").glob("*.jsonl.gz")) for one in _measure(path)]


def _measure(path: Path) -> Iterator[Measurement]:
    known = lid.languages()
    lines: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in map(json.loads, file):
            answer = SAME.get(line["lang"], line["lang"])
            if answer in known:
                lines[line.get("kind", "")].append((answer, line["text"]))
    name = path.name.removesuffix(".jsonl.gz").rstrip("0123456789")
    for kind, answers in sorted(lines.items()):
        of = " ".join(filter(None, (name, kind)))
        yield from _judged(of, answers)
        yield from _mixed(of, answers)


def _judged(name: str, answers: Sequence[tuple[str, str]]) -> Iterator[Measurement]:
    found, scores = lid.predict([text for _, text in answers])
    right = np.array([one == other for one, (other, _) in zip(found, answers, strict=True)])
    sure = scores >= np.float32(MIN_SCORE)
    yield Measurement(SUITE, f"{name} accuracy", float(right.mean()), len(right))
    yield Measurement(SUITE, f"{name} coverage", float(sure.mean()), len(right))
    if sure.any():
        yield Measurement(SUITE, f"{name} precision", float(right[sure].mean()), int(sure.sum()))


def _mixed(name: str, answers: Sequence[tuple[str, str]]) -> Iterator[Measurement]:
    turns: dict[str, list[str]] = defaultdict(list)
    for language, text in answers:
        if len(text) >= TURN_CHARS and len(turns[language]) < TURNS:
            turns[language].append(text)
    english = turns.pop(ENGLISH, [])
    others = [texts for _, texts in sorted(turns.items()) if len(texts) == len(english) == TURNS]
    mixed = [" ".join(chain.from_iterable(zip(english, texts, strict=True))) for texts in others]
    if mixed:
        _, scores = lid.predict(mixed)
        yield Measurement(SUITE, f"{name} mixed told apart", float((scores < np.float32(MIN_SCORE)).mean()), len(mixed))
