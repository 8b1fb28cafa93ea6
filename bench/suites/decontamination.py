"""Decontamination: how many items written into documents are found, by how they were written, and how many by mistake.

The items and documents are made from a seed (``bench.injection``); the hosts are ``corpora/english_documents``.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from bench.injection import KINDS, Injection, any_window, make_injection
from bench.measurement import Measurement
from models.evaluation_sets import EvaluationSet
from processors.decontaminate import Decontaminate

SUITE = "decontamination"
_SET = "injected.jsonl"

Found = Sequence[set[int]]


def score(data: Path) -> list[Measurement]:
    """Return ``injected <kind> recall`` for each kind of injection and ``injected precision`` of all that is found.

    A hit is right when its item was written into its document, so that the wrong item of a template is a mistake too.
    """
    made = make_injection(data)
    return measured(made, search(made))


def measured(made: Injection, found: Found) -> list[Measurement]:
    """Return recall by kind, and precision over the hits of all documents, those with whole items alone counting right.

    Hits of shortened and paraphrased items are counted neither way.
    """
    told = []
    for kind in KINDS:
        right = [one.item in mine for one, mine in zip(made.documents, found, strict=True) if one.kind == kind]
        told.append(Measurement(SUITE, f"injected {kind} recall", sum(right) / max(len(right), 1), len(right)))
    hits = [
        (one, item)
        for one, mine in zip(made.documents, found, strict=True)
        for item in mine
        if one.kind not in {"shortened", "paraphrased"} or item != one.item
    ]
    precise = sum(item == one.item for one, item in hits) / max(len(hits), 1)
    return [*told, Measurement(SUITE, "injected precision", precise, len(hits))]


def search(made: Injection) -> Found:
    """Return the items that the step finds in each document, with its default options."""
    with TemporaryDirectory() as folder:
        content = "".join(json.dumps(one._asdict()) + "\n" for one in made.items).encode()
        (Path(folder) / _SET).write_bytes(content)
        wanted = EvaluationSet(file=_SET, columns=("question", "choices"), sha256=hashlib.sha256(content).hexdigest())
        step = Decontaminate(sets=(wanted,)).beside(Path(folder))
        texts = pa.array([one.text for one in made.documents], pa.large_string())
        hits = step(pa.table({"text": texts}))["contamination_hits"].to_pylist()
    return [{int(hit["item"]) for hit in mine} for mine in hits]


def compared(data: Path) -> list[tuple[str, list[Measurement]]]:
    """Return what ``score`` gives beside what the usual practice gives: any 13 or 12 words in a row."""
    made = make_injection(data)
    items, texts = [one.text for one in made.items], [one.text for one in made.documents]
    usual = [(f"any {width} words", measured(made, any_window(items, texts, width))) for width in (13, 12, 8)]
    return [("gristmill", measured(made, search(made))), *usual]
