"""An index to measure a night against: ``python -m bench.near_night_fill FOLDER DOCUMENTS BATCH``.

Writes an index of synthetic keys round real documents as batches of that size leave it, and the night's documents
beside it: synthetic texts, of which ``PLANTED`` are near copies of documents in the index, and others are not near
anything. Prints one line of JSON: the state, how many runs it has, and what its files take.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.near_filler import NIGHT, fill, real, tiers
from bench.near_night_once import DESIGN, INDEX, NEW_FILE
from bench.near_signatures import NEW, PLANTED
from bench.near_truth import THRESHOLD
from bench.synthetic import Plan, documents, sentences, truth
from corpus.near.parts import State, read_state
from corpus.near.shingles import shingle_sets

POOL, SEED = 10_000, 11  # synthetic documents of which the night and its originals are taken


def fill_index(folder: Path, size: int, batch: int, pool: Plan) -> dict[str, Any]:
    """Write the index and the night's documents into ``folder``; return the state's name and the bytes a document."""
    new, old = _material(pool)
    pq.write_table(new, folder / NEW_FILE)
    index = folder / INDEX
    index.mkdir()
    planted = real(old["id"].to_pylist(), old["text"].to_pylist(), NIGHT)
    sizes = tiers(size, batch)
    state = fill(index, sizes, planted, DESIGN)
    return {"state": state, "runs": len(sizes), "bytes": _bytes_a_document(read_state(index, state), size, new)}


def _material(plan: Plan) -> tuple[pa.Table, pa.Table]:
    """Return the night's ``NEW`` documents, ``PLANTED`` of them near copies of the originals, which come second."""
    rows = {one.id: one for one in documents(plan)}
    near = ((a, b, value) for a, b, value in truth(plan) if rows[b].original == a and THRESHOLD <= value < 1)
    pairs = list({a: (a, b, value) for a, b, value in near}.values())[:PLANTED]
    copies, originals = {b: (a, value) for a, b, value in pairs}, {a for a, _, _ in pairs}
    alone = [one.id for one in rows.values() if one.original is None and one.id not in originals]
    fresh = [*copies, *alone[: NEW - PLANTED]]
    names = ("id", "text", "original", "jaccard")
    new = _table(names, [(name, rows[name].text, *copies.get(name, (None, None))) for name in fresh])
    return new, _table(names[:2], [(name, rows[name].text) for name in sorted(originals)])


def _table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _bytes_a_document(state: State, size: int, new: pa.Table) -> dict[str, float]:
    """Return the bytes of the files a document, by what they hold: of the bands of one, of shingles the night's."""
    total: dict[str, float] = {}
    for run in state.runs:
        for name, file in run.files.items():
            total[_holds(name)] = total.get(_holds(name), 0) + file.size_bytes / size
    sets = shingle_sets(new["text"])
    shingles = (sets.values.nbytes + sets.offsets.nbytes) / len(new)
    return {**total, "band": total["band"] / DESIGN.bands.count, "shingles": shingles}


def _holds(name: str) -> str:
    if name.startswith("band-"):
        return "band"
    return {"text": "keys", "id": "keys", "values": "shingles", "offsets": "shingles"}.get(name, "facts")


if __name__ == "__main__":
    asked_folder, asked_size, asked_batch = sys.argv[1:]
    asked_pool = Plan(sentences(), POOL, SEED)
    found = fill_index(Path(asked_folder), int(asked_size), int(asked_batch), asked_pool)
    sys.stdout.write(json.dumps(found) + "\n")
