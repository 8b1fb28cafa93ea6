"""How well the spam score tells spam from ham, and how seldom good texts are called spam or harmful.

``quality/spam_ham.jsonl.gz`` (``{label, text}``) gives the area under the ROC curve. The good texts are those of
``corpora/english_documents``, ``dedup/articles``, the article bodies of ``quality/datatrove_verdicts`` and
``lid/udhr_paragraphs``; each has the share of texts that stay under the thresholds that the documentation names.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench.measurement import Measurement
from processors.safety import Safety
from processors.spam import Spam

SUITE = "safety"

SPAM = 0.8  # docs/spam.md
# docs/safety.md
HARM: Mapping[str, float] = {
    "toxicity_score": 0.8,
    "safety_sexual": 0.6,
    "safety_hate": 0.6,
    "safety_violence": 0.6,
    "safety_self_harm": 0.6,
}

_GOOD = ("corpora/english_documents", "dedup/articles", "quality/datatrove_verdicts", "lid/udhr_paragraphs")


def score(data: Path) -> list[Measurement]:
    """Return ``spam_ham auc``, and ``<set> not spam`` and ``<set> not harmful`` for each set of good texts."""
    return [
        *_told_apart(data / "quality" / "spam_ham.jsonl.gz"),
        *(one for name in _GOOD for one in _spared(data, name)),
    ]


def area_under_curve(scores: NDArray[np.floating[Any]], positive: NDArray[np.bool_]) -> float:
    """Return how often a positive item has a higher score than another one; equal scores count half."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives, others = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * others))


def _told_apart(path: Path) -> Iterator[Measurement]:
    lines = list(_lines(path))
    if lines:
        spam = np.array([line["label"] == "spam" for line in lines])
        yield Measurement(
            SUITE, "spam_ham auc", area_under_curve(_spam([line["text"] for line in lines]), spam), len(lines)
        )


def _spared(data: Path, name: str) -> Iterator[Measurement]:
    lines = _lines(data / f"{name}.jsonl.gz")
    texts = [line["text"] for line in lines if line.get("kind", "article_body") in {"article_body", None}]
    if texts:
        scores = Safety()(_table(texts))
        harmless = np.all([np.asarray(scores[column]) <= most for column, most in HARM.items()], axis=0)
        short = Path(name).name
        yield Measurement(SUITE, f"{short} not spam", float(np.mean(_spam(texts) <= SPAM)), len(texts))
        yield Measurement(SUITE, f"{short} not harmful", float(np.mean(harmless)), len(texts))


def _spam(texts: list[str]) -> NDArray[np.float64]:
    return np.asarray(Spam()(_table(texts))["spam_score"], np.float64)


def _table(texts: list[str]) -> pa.Table:
    return pa.table({"text": pa.array(texts, pa.large_string())})


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
