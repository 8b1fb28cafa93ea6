"""How often the language of a text is told right, and how far its score can be trusted.

Every ``lid/*.jsonl.gz`` of ``{lang, text}`` lines is scored over the languages the model knows, a ``kind`` at a time
where its lines have one: ``accuracy`` over all texts, ``precision`` over those told with at least ``MIN_SCORE``, and
``coverage``, the share of the texts that are.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.measurement import Measurement
from models import lid

SUITE = "language"
MIN_SCORE = 0.65  # the recipes' rule for a language that is to be kept

# What a set may call a language that the model knows by another code: only codes that mean the same.
SAME: Mapping[str, str] = {"nb": "no"}  # the Wikipedia `no` is written in Bokmål


def score(data: Path) -> list[Measurement]:
    """Return ``<set> [<kind>] accuracy``, ``precision`` and ``coverage`` for each set; digits end no set's name."""
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
        yield from _judged(" ".join(filter(None, (name, kind))), answers)


def _judged(name: str, answers: Sequence[tuple[str, str]]) -> Iterator[Measurement]:
    found, scores = lid.predict([text for _, text in answers])
    right = np.array([one == other for one, (other, _) in zip(found, answers, strict=True)])
    sure = scores >= np.float32(MIN_SCORE)
    yield Measurement(SUITE, f"{name} accuracy", float(right.mean()), len(right))
    yield Measurement(SUITE, f"{name} coverage", float(sure.mean()), len(right))
    if sure.any():
        yield Measurement(SUITE, f"{name} precision", float(right[sure].mean()), int(sure.sum()))
