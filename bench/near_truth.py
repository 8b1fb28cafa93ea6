"""What near-duplicate removal is judged by: one night of documents, what it removes, and the Jaccard of two texts."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pyarrow as pa

from corpus.schema import DOCUMENT
from processors.near import Near

THRESHOLD = 0.8
SHINGLE_WORDS = 5
_WORD = re.compile(r"\w+")


class Removal(NamedTuple):
    """A removed document, the kept one it is said to double, the rule, and the Jaccard that is recorded."""

    document: str
    winner: str
    rule: str
    jaccard: float


def removals(ids: Sequence[str], texts: Sequence[str]) -> list[Removal]:
    """Return what the step ``near`` with its own options removes of these articles, all seen first in one night."""
    step: Callable[[pa.Table], pa.Table] = Near()
    told = step(_one_night(ids, texts))
    columns = ("id", "duplicate_of", "duplicate_rule", "duplicate_jaccard")
    rows = zip(*(told[name].to_pylist() for name in columns), strict=True)
    return [Removal(*row) for row in rows if row[1] is not None]


def shingle_set(text: str) -> frozenset[tuple[str, ...]]:
    r"""Return every five ``\w+`` words in a row of the lower-cased text; of fewer words the one tuple of them."""
    words = _WORD.findall(text.lower())
    starts = range(max(1, len(words) - SHINGLE_WORDS + 1)) if words else ()
    return frozenset(tuple(words[start : start + SHINGLE_WORDS]) for start in starts)


def jaccard(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Return the exact share of what both hold in what either holds; 0 where both are empty."""
    return len(one & other) / max(len(one | other), 1)


def _one_night(ids: Sequence[str], texts: Sequence[str]) -> pa.Table:
    number = len(ids)
    return pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "text": pa.array(texts, pa.large_string()),
            "kind": pa.array(["article"] * number, pa.string()),
            "messages": pa.nulls(number, DOCUMENT.field("messages").type),
            "revision_seen": pa.array(["2026-01-01"] * number, pa.string()),
            "source_priority": pa.array([0] * number, pa.int32()),
        }
    )
