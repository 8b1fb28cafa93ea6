"""Synthetic documents of any number: real sentences recombined, with planted copies whose exact Jaccard is known.

``python -m bench.synthetic --docs N --seed S OUT`` writes ``documents.parquet`` (``id``, ``night``, ``text``, ``kind``,
``original``), ``truth.parquet`` (``a``, ``b``, ``jaccard`` of every two of one family: an original and its copies, the
earlier first) and ``meta.json``, and ends with 1 where two documents of the sample that are no family are near.
Every document follows from the seed and its number alone, so nothing is held: 200,000 need no more memory than 200.
"""

import argparse
import gzip
import itertools
import json
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from bench.near_truth import jaccard, shingle_set
from bench.standing import DATA
from bench.synthetic_copies import COPIES, copy
from processors.sentences import pieces

SENTENCE_WORDS = range(6, 41)
# At least so many sentences, none of which makes most of a document: two that share a few by chance stay far apart.
LEAST_SENTENCES = 10
MEDIAN_CHARS, SIGMA, MOST_CHARS = 1_700, 0.7, 8_000  # log-normal, as make_corpus.py of the standing corpus has it
COPY_SHARE = 0.16  # of the documents
NIGHTS = 10
SAMPLE = 2_000  # documents of which every pair is looked at
FAR = 0.3  # no unplanted pair of the sample may have this Jaccard
BATCH = 2_000
LABEL = {"synthetic": "real sentences recombined by bench.synthetic, with planted copies; no document is real"}
SCHEMA = pa.schema([(name, pa.string()) for name in ("id", "night", "text", "kind", "original")], LABEL)
TRUTH = pa.schema([("a", pa.string()), ("b", pa.string()), ("jaccard", pa.float64())], LABEL)


class Plan(NamedTuple):
    """What the documents follow from: distinct ``sentences``, how many ``documents``, the ``seed``, how many nights."""

    sentences: Sequence[str]
    documents: int
    seed: int
    nights: int = NIGHTS


class Document(NamedTuple):
    """One synthetic document; ``kind`` is ``synthetic-base`` or names the edit, ``original`` the id it is a copy of."""

    id: str
    night: str
    text: str
    kind: str
    original: str | None


def sentences(data: Path = DATA) -> list[str]:
    """Return the distinct sentences of usual length of the English texts in ``data/corpora``, in their order."""
    with gzip.open(data / "corpora" / "english_documents.jsonl.gz", "rt", encoding="utf-8") as rows:
        lines = (line for row in rows for line in json.loads(row)["text"].split("\n"))
        found = (piece.strip() for line in lines for piece in pieces(line))
        return list(dict.fromkeys(one for one in found if len(one.split()) in SENTENCE_WORDS))


def documents(plan: Plan) -> Iterator[Document]:
    """Yield the documents of ``plan`` by number; an original always comes before its copies."""
    return (_document(plan, number) for number in range(plan.documents))


def truth(plan: Plan) -> Iterator[tuple[str, str, float]]:
    """Yield ``(earlier id, later id, exact Jaccard)`` of every two documents of one family, by original."""
    families = defaultdict(list)
    for number in range(plan.documents):
        if (original := _original(plan, number)) is not None:
            families[original].append(number)
    for original in sorted(families):
        family = [_document(plan, number) for number in (original, *families[original])]
        sets = [(one.id, shingle_set(one.text)) for one in family]
        for (a, left), (b, right) in itertools.combinations(sets, 2):
            yield a, b, jaccard(left, right)


def nearest_strangers(sample: Iterable[Document]) -> float:
    """Return the highest Jaccard of two documents of ``sample`` that are of different families: every pair counts."""
    families, sizes = list[str](), list[int]()
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for place, one in enumerate(sample):
        shingles = shingle_set(one.text)
        families.append(one.original or one.id)
        sizes.append(len(shingles))
        for shingle in shingles:
            holders[shingle].append(place)
    for places in holders.values():
        for pair in itertools.combinations(places, 2):
            shared[pair] += 1
    far = {pair: count for pair, count in shared.items() if families[pair[0]] != families[pair[1]]}
    return max((count / (sizes[a] + sizes[b] - count) for (a, b), count in far.items()), default=0.0)


def write(plan: Plan, out: Path) -> dict[str, Any]:
    """Write the documents, their truth and ``meta.json`` into the folder ``out``; return what is in the latter."""
    out.mkdir(parents=True, exist_ok=True)
    _write(documents(plan), SCHEMA, out / "documents.parquet")
    pairs = _write(truth(plan), TRUTH, out / "truth.parquet")
    meta = {
        **LABEL,
        "documents": plan.documents,
        "seed": plan.seed,
        "nights": plan.nights,
        "sentences": len(plan.sentences),
        "pairs": pairs,
        "sample": min(SAMPLE, plan.documents),
        "nearest_strangers_jaccard": nearest_strangers(itertools.islice(documents(plan), SAMPLE)),
    }
    (out / "meta.json").write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")
    return meta


def main(arguments: Sequence[str]) -> int:
    """Write what ``arguments`` ask for, print what it is; return 1 where strangers of the sample are near, else 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.synthetic", description=LABEL["synthetic"])
    parser.add_argument("--docs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--nights", type=int, default=NIGHTS)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args(arguments)
    meta = write(Plan(sentences(), asked.docs, asked.seed, asked.nights), asked.out)
    sys.stdout.write(json.dumps(meta, indent=2) + "\n")
    return 0 if meta["nearest_strangers_jaccard"] < FAR else 1


def _write(rows: Iterable[tuple[object, ...]], schema: pa.Schema, path: Path) -> int:
    """Write ``rows`` in batches and return how many there were."""
    written, rows = 0, iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(itertools.islice(rows, BATCH)):
            arrays = [
                pa.array(values, field.type) for values, field in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            written += len(batch)
    return written


def _document(plan: Plan, number: int) -> Document:
    original = _original(plan, number)
    name, night = _name(plan, number), f"synthetic-{1 + number * plan.nights // plan.documents:04}"
    if original is None:
        return Document(name, night, _base(plan, number), "synthetic-base", None)
    draw = _draws(plan, number, "copy")
    kind = COPIES[draw.randrange(len(COPIES))]
    donors = (word for _ in itertools.count() for word in draw.choice(plan.sentences).split())
    text = copy(_base(plan, original), kind, donors, draw)
    return Document(name, night, text, f"synthetic-{kind.style}-{kind.target:.2f}", _name(plan, original))


def _original(plan: Plan, number: int) -> int | None:
    """Return the number of the document, never a copy itself, that ``number`` is a copy of, if it is one."""
    if not number or not _is_copy(plan, number):
        return None
    draw = _draws(plan, number, "original")
    earlier = (draw.randrange(number) for _ in itertools.count())
    return next(one for one in earlier if not one or not _is_copy(plan, one))


def _is_copy(plan: Plan, number: int) -> bool:
    return _draws(plan, number, "kind").random() < COPY_SHARE


def _base(plan: Plan, number: int) -> str:
    draw = _draws(plan, number, "base")
    wanted = min(MOST_CHARS, draw.lognormvariate(math.log(MEDIAN_CHARS), SIGMA))
    parts, size = list[str](), 0
    while size < wanted or len(parts) < LEAST_SENTENCES:
        parts.append(draw.choice(plan.sentences))
        size += len(parts[-1]) + 1
    return " ".join(parts)


def _draws(plan: Plan, number: int, what: str) -> random.Random:
    return random.Random(f"{plan.seed}/{number}/{what}")  # noqa: S311 - the same for the same seed, no secret


def _name(plan: Plan, number: int) -> str:
    return f"synthetic-{plan.seed}-{number:09}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
