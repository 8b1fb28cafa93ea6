"""How often the language of a text is told right, over the languages the model knows.

Every ``lid/*.jsonl.gz`` of ``{lang, text}`` lines is scored, one accuracy a ``kind`` where its lines have one.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measurement import Measurement
from models import lid

SUITE = "language"

# What a set may call a language that the model knows by another code: only codes that mean the same.
SAME: Mapping[str, str] = {"nb": "no"}  # the Wikipedia `no` is written in Bokmål


def score(data: Path) -> list[Measurement]:
    """Return ``<set> accuracy``, or ``<set> <kind> accuracy`` a kind, for each set; digits end no set's name."""
    return [one for path in sorted((data / "lid").glob("*.jsonl.gz")) for one in _measure(path)]


def _measure(path: Path) -> Iterator[Measurement]:
    known = lid.languages()
    answers: dict[str, list[str]] = defaultdict(list)
    texts: dict[str, list[str]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            answer = SAME.get(line["lang"], line["lang"])
            if answer in known:
                answers[line.get("kind", "")].append(answer)
                texts[line.get("kind", "")].append(line["text"])
    name = path.name.removesuffix(".jsonl.gz").rstrip("0123456789")
    for kind, expected in sorted(answers.items()):
        found, _ = lid.predict(texts[kind])
        right = sum(one == other for one, other in zip(found, expected, strict=True))
        metric = " ".join(filter(None, (name, kind, "accuracy")))
        yield Measurement(SUITE, metric, right / len(expected), len(expected))
