r"""Near-duplicates: whether every true pair loses a document, every removal is true, and its evidence too.

A set is ``dedup/NAME.jsonl.gz`` ``{id, text}`` with its truth beside it: ``NAME_exact_jaccard.jsonl.gz`` lists every
pair ``{a, b, jaccard_word5}`` above some bound (exact Jaccard of the word 5-grams of ``\w+``, lower-cased), or
``NAME_duplicate_pairs.json`` the pairs ``[a, b]`` that are copies of each other, and no others are.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.measurement import Measurement
from bench.near_truth import THRESHOLD, Removal, jaccard, removals, shingle_set

SUITE = "dedup"
EXACT, COPIES = "_exact_jaccard.jsonl.gz", "_duplicate_pairs.json"
CLOSE = 1e-3  # the truth is written with 4 decimals

Pair = frozenset[str]


def score(data: Path) -> list[Measurement]:
    """Return for each set in ``data/dedup`` what the step ``near`` does with it as the documents of one night.

    Where every Jaccard is listed: ``recall`` (pairs at 0.8 or above of which not both are kept), ``precision``
    (removals whose named winner is that near) and ``evidence`` (removals whose recorded Jaccard is the true one).
    Where copies are listed: ``copies found`` and ``precision`` (removals that are one of a pair, their winner the
    other). Nothing removed at all is a precision of 1; a set without a true pair says nothing of what is found.
    """
    texts = (path for path in sorted((data / SUITE).glob("*.jsonl.gz")) if not path.name.endswith(EXACT))
    return [measurement for path in texts for measurement in _measured(path)]


def _measured(path: Path) -> Iterator[Measurement]:
    name = path.name.removesuffix(".jsonl.gz")
    exact, copies = path.with_name(name + EXACT), path.with_name(name + COPIES)
    if not (exact.exists() or copies.exists()):
        return
    rows = {row["id"]: row["text"] for row in _lines(path)}
    found = removals(list(rows), list(rows.values()))
    if exact.exists():
        yield from _against_jaccard(name, found, {_pair(row): row["jaccard_word5"] for row in _lines(exact)})
    else:
        yield from _against_copies(name, found, json.loads(copies.read_text(encoding="utf-8")), rows)


def _against_jaccard(name: str, found: Sequence[Removal], truth: Mapping[Pair, float]) -> Iterator[Measurement]:
    near = [pair for pair, value in truth.items() if value >= THRESHOLD]
    true = {one: truth.get(frozenset((one.document, one.winner)), 0.0) for one in found}
    yield from [_share(f"{name} recall", _lost(near, found))] if near else []
    yield _share(f"{name} precision", [value >= THRESHOLD for value in true.values()])
    yield _share(f"{name} evidence", [abs(one.jaccard - value) <= CLOSE for one, value in true.items()])


def _against_copies(
    name: str, found: Sequence[Removal], pairs: Iterable[Sequence[str]], texts: Mapping[str, str]
) -> Iterator[Measurement]:
    copies = [frozenset(pair) for pair in pairs]
    true = {one: jaccard(shingle_set(texts[one.document]), shingle_set(texts[one.winner])) for one in found}
    yield from [_share(f"{name} copies found", _lost(copies, found))] if copies else []
    yield _share(f"{name} precision", [frozenset((one.document, one.winner)) in copies for one in found])
    yield _share(f"{name} evidence", [abs(one.jaccard - value) <= CLOSE for one, value in true.items()])


def _lost(pairs: Iterable[Pair], found: Iterable[Removal]) -> list[bool]:
    """Return of each pair whether a document of it is removed."""
    removed = {one.document for one in found}
    return [not pair.isdisjoint(removed) for pair in pairs]


def _share(metric: str, held: Sequence[bool]) -> Measurement:
    return Measurement(SUITE, metric, sum(held) / len(held) if held else 1.0, len(held))


def _pair(row: Mapping[str, Any]) -> Pair:
    return frozenset((row["a"], row["b"]))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
