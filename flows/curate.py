"""Judge every document: steps in batches over all workers, then duplicates, then the dear steps on the winners."""

import hashlib
import json
import logging
import shutil
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from prefect import flow

from corpus.errors import StoreError
from corpus.executor import map_tables
from corpus.manifest import Segment
from corpus.near.index import open_index, prune
from corpus.pseudonym import Authors
from corpus.revisions import current, night_of
from corpus.schema import DOCUMENT, RAW
from corpus.store import Store, open_store
from flows.progress import announce
from flows.tonight import NEAR, Tonight, Workspace, open_workspace
from processors.chain import Curated, Step, cut_at_near, judge, run_steps
from processors.fates import funnel, ledger_rows, rows
from processors.near import Near
from scrapers.crawl.archive import bodies

logger = logging.getLogger("flows.curate")

BATCH_ROWS = 64  # small enough to show progress and to spread pages over workers; steps cost the same at any size


def curate_stage(tonight: Tonight) -> dict[str, int]:
    """Judge every document of the raw store and leave rows, ledger and funnel for the publish stage."""
    workspace = open_workspace(tonight)
    documents = load_documents(workspace)
    curated, segments = _judge_all(workspace, documents)
    fates = ledger_rows(documents, curated, workspace.night)
    _hand_over(workspace, rows(curated.kept), fates, segments)
    return {"documents": documents.num_rows, "kept": curated.kept.num_rows}


def load_documents(workspace: Workspace) -> pa.Table:
    """Return the newest state of every document ever seen, with the place of its source in the recipe."""
    store = workspace.store
    parts = [path for path in store.paths("state/raw") if path.endswith(".parquet")]
    nights = [_part(store, path) for path in parts]
    empty = RAW.append(pa.field("night", pa.string())).empty_table()
    raw = pa.concat_tables([*nights, empty], promote_options="default")
    documents = current(raw)
    order = pa.array([source.name for source in workspace.recipe.sources])
    place = pc.cast(pc.fill_null(pc.index_in(documents["source"], order), len(order)), pa.int32())
    return documents.append_column("source_priority", place)


def _part(store: Store, path: str) -> pa.Table:
    table = store.read_table(path)
    return table.append_column("night", pa.array([night_of(path)] * table.num_rows, pa.string()))


def _judge_all(workspace: Workspace, documents: pa.Table) -> tuple[Curated, list[Segment]]:
    """Return what the steps made of ``documents``, and the new state of the near-duplicate index, if there is one."""
    fetched = documents.filter(pc.is_null(documents["refusal"]))
    cut = cut_at_near(workspace.recipe.steps)
    batches = [fetched.slice(start, BATCH_ROWS) for start in range(0, fetched.num_rows, BATCH_ROWS)] or [fetched]
    batch = partial(curate_batch, str(workspace.store.location), cut.before, workspace.authors)
    parts = map_tables(batch, batches, workers=workspace.tonight.workers, report=partial(_report, fetched.num_rows))
    early = Curated(*(pa.concat_tables(tables, promote_options="default") for tables in zip(*parts, strict=True)))
    if cut.near is None:
        return early._replace(scored=early.scored.sort_by("id")), []
    late, index = _judged(workspace, cut.near, cut.after, early.kept)
    announce("judge", late.kept.num_rows + late.dropped.num_rows, early.kept.num_rows)
    left_early = early.scored.filter(pc.invert(pc.is_in(early.scored["id"], late.scored["id"].combine_chunks())))
    scored = pa.concat_tables([left_early, late.scored], promote_options="default").sort_by("id")
    dropped = pa.concat_tables([early.dropped, late.dropped], promote_options="default")
    return Curated(late.kept, dropped, scored), [index]


def _judged(workspace: Workspace, near: Near, after: list[Step], table: pa.Table) -> tuple[Curated, Segment]:
    """Judge ``table`` against the index as the last published night left it; one that does not fit is begun anew.

    What refused or interrupted nights left in its folder goes first.
    """
    state = workspace.previous.index_state() if workspace.previous else None
    try:
        prune(workspace.folder / NEAR, [state] if state else [])
        return _judged_from(workspace, near, after, table, state)
    except StoreError as error:
        if state is None:
            raise
        logger.warning("%s; the near-duplicate index is built anew from the documents", error)
    return _judged_from(workspace, near, after, table, None)


def _judged_from(
    workspace: Workspace, near: Near, after: list[Step], table: pa.Table, state: str | None
) -> tuple[Curated, Segment]:
    index = open_index(workspace.folder / NEAR, near.design, state)
    late = judge(near, after, table, index)
    logger.info("near-duplicates: %d documents judged, %d in the index", index.rejudged, index.documents)
    path = f"{NEAR}/{index.commit()}"
    sha256 = hashlib.sha256(workspace.store.get(path)).hexdigest()
    return late, Segment(kind="near", night=workspace.night, path=path, rows=index.documents, sha256=sha256)


def curate_batch(location: str, steps: list[Step], authors: Authors, documents: pa.Table) -> Curated:
    """Run the row-wise ``steps`` over ``documents``; bodies and bylines are read here, in the worker, and stay here."""
    body = bodies(open_store(location), documents)
    width = documents.num_rows
    text = pa.array([""] * width, pa.large_string())
    messages = pa.nulls(width, DOCUMENT.field("messages").type)
    table = documents.append_column("body", body).append_column("text", text).append_column("messages", messages)
    curated = run_steps(steps, table)
    kept = authors.fill(curated.kept.drop_columns("body"))
    names = [name for name in ("body", "text", "author", "byline") if name in curated.scored.column_names]
    return curated._replace(kept=kept, scored=curated.scored.drop_columns(names))


def _report(total: int, done: int) -> None:
    announce("extract and score", min(done * BATCH_ROWS, total), total)


def _hand_over(workspace: Workspace, kept: pa.Table, fates: pa.Table, segments: list[Segment]) -> None:
    staged = workspace.curated.with_suffix(".new")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    pq.write_table(kept, staged / "rows.parquet")
    pq.write_table(fates, staged / "ledger.parquet")
    steps = [row.model_dump() for row in funnel(workspace.recipe.steps, fates)]
    (staged / "funnel.json").write_text(json.dumps(steps), encoding="utf-8")
    states = [segment.model_dump() for segment in segments]
    (staged / "segments.json").write_text(json.dumps(states), encoding="utf-8")
    shutil.rmtree(workspace.curated, ignore_errors=True)
    staged.rename(workspace.curated)


@flow(name="curate", flow_run_name="curate-{tonight.dataset}-{tonight.night}", validate_parameters=True)
def curate(tonight: Tonight) -> dict[str, int]:
    """Judge every document of the dataset, with a named reason for each that leaves."""
    counts = curate_stage(tonight)
    logger.info("%d of %d documents kept", counts["kept"], counts["documents"])
    return counts
