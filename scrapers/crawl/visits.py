"""What the raw store's rows teach the frontier: when a page was visited, what was found, when it is due again."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from corpus.revisions import is_transient
from scrapers.crawl.address import authority, host_of
from scrapers.crawl.archive import NOT_MODIFIED
from scrapers.crawl.revisit import next_interval_s, same_text

TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS page (
    id INTEGER PRIMARY KEY, role TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, authority TEXT NOT NULL,
    host TEXT NOT NULL, depth INTEGER NOT NULL, published_at TEXT, title TEXT, rank INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL,
    judge_only INTEGER NOT NULL DEFAULT 0, visited_at REAL, interval_s REAL, etag TEXT, last_modified TEXT,
    payload_sha256 TEXT, simhash INTEGER, refusal TEXT, archive TEXT, archive_offset INTEGER, archive_length INTEGER,
    UNIQUE (role, key)
);
CREATE INDEX IF NOT EXISTS due ON page (host, state, rank, due_at, id);
CREATE INDEX IF NOT EXISTS opted_out ON page (key) WHERE role = 'page' AND refusal = 'ai-opt-out';
CREATE INDEX IF NOT EXISTS visited ON page (authority, role, state);
CREATE TABLE IF NOT EXISTS body (
    key TEXT NOT NULL, archive TEXT NOT NULL, archive_offset INTEGER NOT NULL, archive_length INTEGER NOT NULL,
    PRIMARY KEY (key, archive, archive_offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (path TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS night (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS pattern (name TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS site (fingerprint TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS judged (authority TEXT PRIMARY KEY, fingerprint TEXT NOT NULL);
UPDATE page SET state = 0 WHERE state = 1;
"""
FOUND = ("etag", "last_modified", "payload_sha256", "simhash", "archive", "archive_offset", "archive_length")
# The columns of a raw row that a visit is learnt from.
LEARNT = ("id", "source", "url", "fetched_at", "status", "refusal", *FOUND)
DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Known:
    """What the last visit of a page found; all ``None`` before it, ``payload_sha256`` where no body is stored."""

    etag: str | None = None
    last_modified: str | None = None
    payload_sha256: str | None = None
    simhash: int | None = None
    refusal: str | None = None
    archive: str | None = None
    archive_offset: int | None = None
    archive_length: int | None = None
    interval_s: float | None = None


def open_tables(db: sqlite3.Connection) -> None:
    """Make the tables of a frontier, or bring those of an earlier version up to this one."""
    db.executescript(TABLES)
    if "title" not in {name for _, name, *_ in db.execute("PRAGMA table_info(page)")}:
        db.execute("ALTER TABLE page ADD COLUMN title TEXT")


def learn(db: sqlite3.Connection, part: str, rows: Iterable[dict[str, Any]], shortest_s: float) -> None:
    """Write the visits that ``rows`` (columns ``LEARNT``) tell of, in their order; the caller commits."""
    for row in rows:
        _learn_one(db, row, shortest_s)
    db.execute("INSERT OR IGNORE INTO part VALUES (?)", (part,))


def _learn_one(db: sqlite3.Connection, row: dict[str, Any], shortest_s: float) -> None:
    key = row["id"].removeprefix(f"{row['source']}/")
    _make_known(db, key, row["url"])
    interval_s, *before = db.execute(
        "SELECT interval_s, payload_sha256, simhash, refusal FROM page WHERE role = 'page' AND key = ?", (key,)
    ).fetchone()
    visited_at = row["fetched_at"].timestamp()
    if is_transient(row["refusal"]):
        # What is stored stands; what never was is remembered as failing, so that it is asked when the host is back.
        failing = {} if before[0] else {"refusal": row["refusal"]}
        _set(db, key, visited_at=visited_at, due_at=visited_at + min(shortest_s, DAY_S), **failing)
        return
    interval_s = next_interval_s(interval_s, shortest_s, changed=_is_changed(row, *before))
    due = {"visited_at": visited_at, "interval_s": interval_s, "due_at": visited_at + interval_s}
    if row["status"] == NOT_MODIFIED and row["refusal"] is None:
        _set(db, key, **due)
        return
    _set(db, key, **due, refusal=row["refusal"], **{name: row[name] for name in FOUND})
    if row["payload_sha256"]:
        place = (key, row["archive"], row["archive_offset"], row["archive_length"])
        db.execute("INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?)", place)


def _make_known(db: sqlite3.Connection, key: str, url: str) -> None:
    db.execute(
        "INSERT OR IGNORE INTO page (role, key, url, authority, host, depth, rank, due_at)"
        " VALUES ('page', ?, ?, ?, ?, 0, 3, 0)",
        (key, url, authority(url), host_of(url) or authority(url)),
    )


def _is_changed(row: dict[str, Any], sha256: str | None, simhash: int | None, refusal: str | None) -> bool:
    if row["refusal"] or refusal:
        return bool(row["refusal"] != refusal)
    if row["status"] == NOT_MODIFIED:
        return False
    return not same_text(row["simhash"], simhash, same_bytes=row["payload_sha256"] == sha256)


def _set(db: sqlite3.Connection, key: str, **values: object) -> None:
    columns = ", ".join(f"{name} = ?" for name in values)
    db.execute(
        f"UPDATE page SET state = 2, tries = 0, judge_only = 0, rank = 3, {columns} WHERE role = 'page' AND key = ?",  # noqa: S608 - names of our own columns
        (*values.values(), key),
    )
