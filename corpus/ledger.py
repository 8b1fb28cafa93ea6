"""The ledger: the fate of every document ever seen, and why, in words a person can check."""

import hashlib
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.errors import RecipeError
from corpus.manifest import Manifest, Segment, latest
from corpus.schema import LEDGER
from corpus.store import Store, open_store, parquet_bytes

FOLDER = "state/ledger"
LOSERS_TOLD = 5
FAMILY = 4  # so many scores whose names begin alike are shown by themselves


def write(store: Store, night: str, table: pa.Table) -> Segment:
    """Store ``table`` (``LEDGER`` columns, any order) as the segment of ``night``, sorted by id.

    The name ends in the content's hash, so a night that is run again leaves the segment of its first run as it is:
    the manifest that names it stays true even when the second run does not reach its own.
    """
    rows = table.select(LEDGER.names).cast(LEDGER).sort_by("id").combine_chunks()
    content = parquet_bytes(rows)
    sha256 = hashlib.sha256(content).hexdigest()
    path = store.put(f"{FOLDER}/{night}-{sha256[:16]}.parquet", content).path
    return Segment(kind="ledger", night=night, path=path, rows=rows.num_rows, sha256=sha256)


def newest(store: Store, manifest: Manifest) -> pa.Table:
    """Return the newest row of every id in the ledger of ``manifest``, sorted by id (``LEDGER`` columns).

    Of two rows of one night, the one in the segment that stands later in the manifest counts.
    """
    segments = [segment for segment in manifest.segments if segment.kind == "ledger"]
    tables = [_rows(store.read_table(segment.path)) for segment in segments]
    rows = pa.concat_tables([LEDGER.empty_table(), *tables])
    place = pa.array(np.repeat(np.arange(len(tables)), [len(table) for table in tables]), pa.int64())
    keys = rows.select(["id", "night"]).append_column("place", place)
    ordered = rows.take(pc.sort_indices(keys, [(key, "ascending") for key in keys.column_names]))
    codes = np.asarray(pc.dictionary_encode(ordered["id"].combine_chunks()).indices)
    return ordered.take(np.flatnonzero(np.append(codes[1:] != codes[:-1], [True])[: len(codes)]))


def _rows(segment: pa.Table) -> pa.Table:
    """Return ``segment`` with the columns of ``LEDGER``; what older ones lack is null."""
    missing = [field for field in LEDGER if field.name not in segment.column_names]
    for field in missing:
        segment = segment.append_column(field, pa.nulls(segment.num_rows, field.type))
    return segment.select(LEDGER.names).cast(LEDGER)


def story(store: Store, manifest: Manifest, needle: str) -> list[dict[str, Any]]:
    """Return the newest ledger rows whose id or URL is ``needle``, a slash at the end aside.

    Each has ``covers`` besides: the ids of the documents that lost to it.

    Raises:
        RecipeError: no row matches; the sentence names the nearest ids and URLs.
    """
    rows = newest(store, manifest)
    wanted = needle.rstrip("/")
    matches = [pc.equal(pc.utf8_rtrim(rows[name], "/"), wanted) for name in ("id", "url")]
    found: list[dict[str, Any]] = rows.filter(pc.or_(*matches)).to_pylist()
    if not found:
        near = ", ".join(_nearest(rows, wanted))
        raise RecipeError(
            f"no document {needle!r} was ever seen" + (f"; the nearest are {near}" if near else ": the ledger is empty")
        )
    for row in found:
        row["covers"] = rows["id"].filter(pc.equal(rows["duplicate_of"], row["id"])).to_pylist()
    return found


def explain_text(row: Mapping[str, Any]) -> str:
    """Return the story of one ledger row (as ``story`` gives it) as readable lines without a final newline."""
    lines = [
        f"{row['id']}",
        f"  {row['kind']} from {row['source']}: {row['title'] or 'without a title'}",
        f"  {row['url']}",
        f"  first seen {row['first_seen']}, this revision {row['revision_seen']}, last seen {row['last_seen']}",
        _consent(row),
        *(f"    {_signal(signal)}" for signal in row["consent_evidence"]),
        f"  licence: {row['licence'] or 'unknown'}"
        + (f" ({row['licence_evidence']})" if row["licence_evidence"] else ""),
        *_scores(dict(row["scores"])),
        _fate(row),
        *_covers(row.get("covers", ())),
    ]
    return "\n".join(lines)


def explain_in(folders: Sequence[Path], needle: str) -> list[str]:
    """Return the stories of ``needle`` in every published dataset of ``folders``, each headed by its dataset.

    Raises:
        RecipeError: no dataset is published, or none has seen the document.
    """
    stores = [open_store(folder) for folder in folders if (folder / "published" / "manifests").is_dir()]
    found, misses = [], []
    for store, manifest in ((store, latest(store)) for store in stores):
        try:
            stories = story(store, manifest, needle) if manifest else []
        except RecipeError as error:
            misses.append(error)
        else:
            found += [f"{store.location}, {manifest.version}\n{explain_text(row)}" for row in stories if manifest]
    if not found:
        raise misses[0] if misses else RecipeError("there is no published version yet; run `gristmill refresh` first")
    return found


def _nearest(rows: pa.Table, wanted: str) -> list[str]:
    names = pa.table({"name": pa.concat_arrays([rows[name].combine_chunks() for name in ("id", "url")])})
    query = """
        SELECT DISTINCT name, contains(lower(name), lower($1)) AS holds, levenshtein(name, $1) AS edits
        FROM names ORDER BY holds DESC, edits, name LIMIT 3
    """
    with duckdb.connect() as connection:
        connection.register("names", names)
        return [name for name, _, _ in connection.execute(query, [wanted]).fetchall()]


def _consent(row: Mapping[str, Any]) -> str:
    says = {
        "allow": "the source allows AI training",
        "deny": "the source refuses AI training",
        "unknown": "the source says nothing about AI training",
    }
    evidence = ", as these signals say:" if row["consent_evidence"] else ", no signal was found"
    return f"  consent {row['consent']}: {says.get(row['consent'], 'an answer of its own')}{evidence}"


def _signal(signal: Mapping[str, Any]) -> str:
    when = f", read {signal['fetched_at']:%Y-%m-%d %H:%M} UTC" if signal["fetched_at"] else ""
    return f"{signal['source']}: {signal['value']} (for {signal['path']}{when})"


def _scores(scores: Mapping[str, float]) -> list[str]:
    """Return the scores in paragraphs: those whose names begin alike (``gopher_``, ``code_``) in one each."""
    if not scores:
        return []
    families: dict[str, list[str]] = {}
    for name in sorted(scores):
        families.setdefault(name.partition("_")[0], []).append(f"{name} {scores[name]:.4g}")
    single = [shown for family in families.values() if len(family) < FAMILY for shown in family]
    paragraphs = [", ".join(family) for family in families.values() if len(family) >= FAMILY]
    return [_paragraph("  scores: " + ", ".join(single)), *(_paragraph("    " + shown) for shown in paragraphs)]


def _paragraph(text: str) -> str:
    return textwrap.fill(text, 110, subsequent_indent="      ", break_on_hyphens=False)


def _covers(losers: Sequence[str]) -> list[str]:
    if not losers:
        return []
    more = f" and {len(losers) - LOSERS_TOLD:,} more" if len(losers) > LOSERS_TOLD else ""
    return [f"  {len(losers):,} lost to it as duplicates: {', '.join(losers[:LOSERS_TOLD])}{more}"]


def _fate(row: Mapping[str, Any]) -> str:
    if row["fate"] == "kept":
        return f"  kept in the night {row['night']}"
    because = f": {row['evidence']}" if row["evidence"] else ""
    return f"  dropped in the night {row['night']}, {row['reason']}{because}"
