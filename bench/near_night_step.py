"""The step ``near`` as curate calls it, beside an index that ``bench.near_night_fill`` wrote.

``python -m bench.near_night_step FOLDER STATE`` gives the step a table of all documents, old and new, with their texts
(of the synthetic fillers some 1,700 characters each, as long as real ones), and prints one line of JSON. Besides the
night it hashes every text, reads the facts of every document and asks for every standing: that grows with the index.
"""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.near_filler import filler_text
from bench.near_night_once import DESIGN, INDEX, NEW_FILE, TONIGHT, hits, peak_bytes
from corpus.near.index import Index, open_index
from corpus.near.shingles import shingle_sets
from corpus.schema import DOCUMENT
from processors.near import Near

HELD_FILE = "held.parquet"  # the documents of the index that a night meets, with their texts


def step(folder: Path, state: str) -> dict[str, float]:
    """Bring the index up to date with all documents, ask for their standings, commit; return what each part cost."""
    new, held = (pq.read_table(folder / name) for name in (NEW_FILE, HELD_FILE))
    index, near = open_index(folder / INDEX, DESIGN, state), Near()
    table = pa.concat_tables([_old(index, dict(zip(*held.to_pydict().values(), strict=True))), _new(new)])
    shingle_sets(["loads the compiled kernel where there is one"])
    started_bytes, started = peak_bytes(), time.process_time()
    near.bring_up_to_date(index, table)
    brought = time.process_time()
    told = near.judged(index, table)
    judged = time.process_time()
    index.commit()
    return {
        "bring_up_to_date_s": brought - started,
        "judged_s": judged - brought,
        "rejudged": index.rejudged,
        "started_bytes": started_bytes,
        "peak_bytes": peak_bytes(),
        **hits(new, told.filter(pc.is_in(told["id"], new["id"].combine_chunks()))),
    }


def _old(index: Index, texts: Mapping[str, str]) -> pa.Table:
    parts = []
    for piece in index.entries():
        written = [texts.get(name) or filler_text(name) for name in piece["id"].to_pylist()]
        parts.append(_articles(piece.select(["id", "revision_seen", "source_priority"]), written))
    return pa.concat_tables(parts)


def _new(new: pa.Table) -> pa.Table:
    placed = {"revision_seen": [TONIGHT] * len(new), "source_priority": pa.array([0] * len(new), pa.int32())}
    return _articles(pa.table({"id": new["id"], **placed}), new["text"].to_pylist())


def _articles(placed: pa.Table, texts: list[str]) -> pa.Table:
    columns = {
        **{name: placed[name] for name in placed.column_names},
        "text": pa.array(texts, pa.large_string()),
        "kind": pa.array(["article"] * len(texts), pa.string()),
        "messages": pa.nulls(len(texts), DOCUMENT.field("messages").type),
    }
    return pa.table(columns)


if __name__ == "__main__":
    asked_folder, asked_state = sys.argv[1:]
    sys.stdout.write(json.dumps(step(Path(asked_folder), asked_state)) + "\n")
