"""Publish a version: shards, ledger, gates, then the manifest that makes the night count; card and event after it."""

import hashlib
import json
import logging
import platform
from collections import Counter
from datetime import datetime, timedelta
from importlib.metadata import version as installed_version

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from prefect import flow
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.events import emit_event

from corpus import card, gates, ledger, shards
from corpus.errors import GateRefused, StoreError
from corpus.manifest import FunnelRow, Manifest, Segment, Shard, commit
from corpus.near.index import prune
from corpus.revisions import night_of
from corpus.store import Entry
from flows.summary import funnel_table
from flows.tonight import NEAR, Tonight, Workspace, open_workspace, utc_now

logger = logging.getLogger("flows.publish")

REASONS_TOLD = 5
CLOCKS_APART = timedelta(hours=1)  # ours and the storage's, at most
LIBRARIES = ("gristmill", "datasketch", "fasttext-community", "numpy", "presidio-analyzer", "pyarrow", "trafilatura")


def publish_stage(tonight: Tonight) -> Manifest:
    """Publish what the curate stage left and return the manifest of the new version.

    Raises:
        GateRefused: the night would publish nonsense; the last version stands.
        StoreError: there is nothing curated for this night, or storage refused.
    """
    workspace = open_workspace(tonight)
    rows, fates, funnel, states = _handed_over(workspace)
    try:
        gates.check(workspace.previous, rows, workspace.recipe.publish.gates)
    except GateRefused as error:
        raise GateRefused(f"{error}; the documents of this night: {_told(funnel)}") from None
    gates.check_authors(workspace.previous, workspace.authors.kind, workspace.recipe.publish.gates)
    files = shards.write(workspace.store, rows, validation_percent=workspace.recipe.publish.validation_percent)
    segments = [*_raw_segments(workspace), ledger.write(workspace.store, workspace.night, fates), *states]
    manifest = _manifest(workspace, rows, files, funnel, segments)
    commit(workspace.store, manifest)
    refresh_card(workspace, manifest)
    shards.prune(workspace.store, manifest)
    state = manifest.index_state()
    prune(workspace.folder / NEAR, [state] if state else [])
    return manifest


def _told(funnel: list[FunnelRow]) -> str:
    most = sorted(funnel, key=lambda row: -row.documents)[:REASONS_TOLD]
    return ", ".join(f"{row.documents:,} {row.reason}" for row in most) or "none"


def refresh_card(workspace: Workspace, manifest: Manifest) -> None:
    """Write the dataset card of ``manifest``: after the commit, and again if a crash came between the two."""
    contact = workspace.recipe.reach.contact
    text = card.render(manifest, title=workspace.recipe.title or workspace.recipe.name, contact=contact)
    workspace.store.put("published/README.md", text.encode())


def _handed_over(workspace: Workspace) -> tuple[pa.Table, pa.Table, list[FunnelRow], list[Segment]]:
    folder = workspace.curated
    if not folder.is_dir():
        dataset = workspace.tonight.dataset
        raise StoreError(f"nothing is curated for the night {workspace.night}; run `gristmill refresh {dataset}`")
    funnel = [FunnelRow(**row) for row in json.loads((folder / "funnel.json").read_text(encoding="utf-8"))]
    states = [Segment(**state) for state in json.loads((folder / "segments.json").read_text(encoding="utf-8"))]
    return pq.read_table(folder / "rows.parquet"), pq.read_table(folder / "ledger.parquet"), funnel, states


def _raw_segments(workspace: Workspace) -> list[Segment]:
    known = {segment.path: segment for segment in (workspace.previous.segments if workspace.previous else [])}
    ledgers = [segment for segment in known.values() if segment.kind == "ledger"]
    entries = workspace.store.entries("state/raw")
    fresh = (None if _is_touched(workspace, entry) else known.get(entry.path) for entry in entries)
    return ledgers + [segment or _segment(workspace, entry.path) for segment, entry in zip(fresh, entries, strict=True)]


def _is_touched(workspace: Workspace, entry: Entry) -> bool:
    """Return whether a raw file may be another than the last manifest says: what was deleted is erased in place."""
    if workspace.previous is None:
        return True
    return entry.modified_at >= datetime.fromisoformat(workspace.previous.created_at) - CLOCKS_APART


def _segment(workspace: Workspace, path: str) -> Segment:
    content = workspace.store.get(path)
    rows = pq.read_metadata(pa.BufferReader(content)).num_rows if path.endswith(".parquet") else 0
    sha256 = hashlib.sha256(content).hexdigest()
    return Segment(kind="raw", night=night_of(path), path=path, rows=rows, sha256=sha256)


def _manifest(
    workspace: Workspace, rows: pa.Table, files: list[Shard], funnel: list[FunnelRow], segments: list[Segment]
) -> Manifest:
    previous, name = workspace.previous, f"v{workspace.night}"
    return Manifest(
        number=previous.number + 1 if previous else 1,
        dataset=workspace.recipe.name,
        version=name,
        night=workspace.night,
        created_at=utc_now().isoformat(timespec="seconds"),
        recipe_fingerprint=workspace.recipe.content_fingerprint,
        code_version=installed_version("gristmill"),
        environment={"python": platform.python_version()} | {name: installed_version(name) for name in LIBRARIES},
        tokenizer=rows["tokenizer"][0].as_py(),
        tokenizer_sha256=rows["tokenizer_sha256"][0].as_py(),
        template_sha256=rows["template_sha256"][0].as_py(),
        authors=workspace.authors.kind,
        columns={field.name: str(field.type) for field in rows.schema},
        shards=files,
        segments=segments,
        funnel=funnel,
        sources=_counts(rows, "source"),
        licences=_counts(rows, "licence"),
        languages=_counts(rows, "language"),
        n_tokens=pc.sum(rows["n_tokens"]).as_py(),
        versions=shards.kept_versions(previous, name, files, workspace.recipe.publish.keep_versions),
    )


def _counts(rows: pa.Table, column: str) -> dict[str, int]:
    counted = Counter(value or "unknown" for value in rows[column].to_pylist())
    return dict(sorted(counted.items()))


@flow(name="publish", flow_run_name="publish-{tonight.dataset}-{tonight.night}", validate_parameters=True)
def publish(tonight: Tonight) -> Manifest:
    """Publish the night as one immutable version, show its funnel and say so as an event."""
    manifest = publish_stage(tonight)
    table = [row.model_dump() for row in manifest.funnel]
    create_table_artifact(
        key=f"funnel-{manifest.dataset}", table=table, description=f"{manifest.dataset} {manifest.version}"
    )
    create_markdown_artifact(
        key=f"version-{manifest.dataset}", markdown=funnel_table(manifest), description=manifest.version
    )
    emit_event(
        event="dataset.published",
        resource={
            "prefect.resource.id": f"gristmill.dataset.{manifest.dataset}",
            "prefect.resource.name": manifest.dataset,
        },
        payload={
            "dataset": tonight.dataset,
            "version": manifest.version,
            "rows": sum(shard.rows for shard in manifest.shards),
        },
    )
    logger.info("published %s %s", manifest.dataset, manifest.version)
    return manifest
