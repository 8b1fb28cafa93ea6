"""An index to measure a night against: ``python -m bench.near_night_fill FOLDER DOCUMENTS BATCH``.

Writes an index of synthetic keys round real documents as batches of that size leave it, and the night's documents
beside it: synthetic texts, of which ``PLANTED`` are near copies of documents in the index, and others are not near
anything. Each also has a chance candidate in the index, a document below the bound that shares a band with it, where
one came out so. Prints one line of JSON: the state, how many runs it has, how many chance candidates, and what its
files take.
"""

import itertools
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.near_filler import NIGHT, fill, real, tiers
from bench.near_night_once import DESIGN, INDEX, NEW_FILE
from bench.near_night_step import HELD_FILE
from bench.near_signatures import NEW, PLANTED
from bench.near_truth import THRESHOLD, jaccard, shingle_set
from bench.synthetic import Plan, documents, sentences, truth
from bench.synthetic_copies import Kind, copy
from corpus.near.parts import State, read_state
from corpus.near.shingles import shingle_sets
from corpus.near.signatures import band_hashes, signatures_of

POOL, SEED = 7_000, 11  # synthetic documents of which the night and its originals are taken
# The Jaccard that a chance candidate aims at: below the bound, and most so near still share a band.
CHANCE = Kind("scatter", 0.6)


def fill_index(folder: Path, size: int, batch: int, pool: Plan) -> dict[str, Any]:
    """Write the index and the night's documents into ``folder``; return the state's name and the bytes a document."""
    new, originals = _material(pool)
    chance = _chance(pool, new)
    old = pa.concat_tables([originals, chance])
    pq.write_table(new, folder / NEW_FILE)
    pq.write_table(old, folder / HELD_FILE)
    index = folder / INDEX
    index.mkdir()
    planted = real(old["id"].to_pylist(), old["text"].to_pylist(), NIGHT)
    sizes = tiers(size, batch)
    state = fill(index, sizes, planted, DESIGN)
    sizes_bytes = _bytes_a_document(read_state(index, state), size, new)
    return {"state": state, "runs": len(sizes), "chance": len(chance), "bytes": sizes_bytes}


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


def _chance(plan: Plan, new: pa.Table) -> pa.Table:
    """Return a document below the bound for each of ``new`` that shares a band with it, so that it is compared."""
    texts, draw = new["text"].to_pylist(), random.Random(plan.seed)  # noqa: S311 - the same for the same seed
    donors = (word for _ in itertools.count() for word in draw.choice(plan.sentences).split())
    edited = [copy(text, CHANCE, donors, draw) for text in texts]
    keys, others = (band_hashes(signatures_of(shingle_sets(some)), DESIGN.bands) for some in (texts, edited))
    shares_band = (keys == others).any(axis=1)
    sets = [[shingle_set(text) for text in some] for some in (texts, edited)]
    is_far = np.array(list(itertools.starmap(jaccard, zip(*sets, strict=True)))) < THRESHOLD
    places = np.flatnonzero(shares_band & is_far).tolist()
    return _table(("id", "text"), [(f"synthetic-chance-{place:04}", edited[place]) for place in places])


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
