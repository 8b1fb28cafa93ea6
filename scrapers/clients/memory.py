"""What a source stored on earlier nights and tonight, by key, and where asking may go on: its memory.

A mirror of the raw store in one SQLite file of the work folder. Every part is read once; a mirror that is lost,
damaged or ahead of the raw store (which was set back) is made anew from it.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from corpus.revisions import is_transient, night_of
from corpus.store import Store
from scrapers.crawl.archive import NOT_MODIFIED, Place, scrub
from scrapers.crawl.recall import RAW_FOLDER, by_night, forget
from scrapers.page import Desk

FILE = "memory.sqlite"
CURSORS = "cursors.json"
FACTS = (
    "url", "title", "author", "etag", "last_modified",
    "refusal", "licence", "licence_evidence", "consent", "attribution",
)  # fmt: skip
PLACE = ("payload_sha256", "archive", "archive_offset", "archive_length")
COLUMNS = ("id", "source", "status", "updated_at", *FACTS, *PLACE)
TABLES = """
CREATE TABLE IF NOT EXISTS part (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS document (
    key TEXT PRIMARY KEY, night TEXT NOT NULL, updated_at TEXT, url TEXT, title TEXT, author TEXT, etag TEXT,
    last_modified TEXT, refusal TEXT, licence TEXT, licence_evidence TEXT, consent TEXT, attribution TEXT,
    payload_sha256 TEXT, archive TEXT, archive_offset INTEGER, archive_length INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS body (
    archive TEXT, archive_offset INTEGER, archive_length INTEGER, key TEXT NOT NULL,
    PRIMARY KEY (archive, archive_offset)
) WITHOUT ROWID;
"""
RENEW = "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Known:
    """The newest that is stored of one document: facts as in ``RAW``; ``place`` is None where it has no body."""

    key: str
    night: str
    updated_at: datetime | None
    url: str
    title: str | None
    author: str | None
    etag: str | None
    last_modified: str | None
    refusal: str | None
    licence: str | None
    licence_evidence: str | None
    consent: str
    attribution: str | None
    place: Place | None


class Memory:
    """A source's own documents and cursors. Open it with ``remembered``; only ``learn`` changes it."""

    def __init__(self, store: Store, database: sqlite3.Connection, cursors: dict[str, Any]) -> None:
        self._store = store
        self._database = database
        self.cursors = cursors

    def known(self, key: str) -> Known | None:
        """Return the newest that is stored of ``key``, ``None`` where it was never stored."""
        row = self._database.execute("SELECT * FROM document WHERE key = ?", (key,)).fetchone()
        return _known(row) if row else None

    def keys(self, prefix: str = "", after: str = "", until: str = "\U0010ffff") -> Iterator[str]:
        """Yield in order the keys of all documents that have a body now: those with ``prefix``, between the others."""
        query = "SELECT key FROM document WHERE refusal IS NULL AND key > ? AND key <= ? ORDER BY key LIMIT 1000"
        last, end = max(prefix, after), min(prefix + "\U0010ffff", until)
        while rows := self._database.execute(query, (last, end)).fetchall():
            yield from (row[0] for row in rows)
            last = rows[-1][0]

    def stored_on(self, night: str) -> int:
        """Return how many documents have a newest body that was stored on ``night``."""
        query = "SELECT count(*) FROM document WHERE night = ? AND payload_sha256 IS NOT NULL"
        return int(self._database.execute(query, (night,)).fetchone()[0])

    def learn(self, path: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take in the ``rows`` (``COLUMNS``) of the durable part at ``path``."""
        night = night_of(path)
        with self._database:
            for row in rows:
                self._learn(night, row)
            self._database.execute("INSERT OR IGNORE INTO part VALUES (?)", (path,))

    def erase_outdated(self) -> int:
        """Take out of the archive every body that is not its document's newest; return how many those were.

        For services whose terms ask that what is deleted or edited there is deleted here.
        """
        query = (
            "SELECT b.archive, b.archive_offset, b.archive_length FROM body b JOIN document d USING (key) "
            "WHERE d.archive IS NOT b.archive OR d.archive_offset IS NOT b.archive_offset OR d.refusal IS NOT NULL"
        )
        places: dict[str, list[tuple[int, int]]] = {}
        for archive, offset, length in self._database.execute(query).fetchall():
            places.setdefault(archive, []).append((offset, length))
        for archive, found in places.items():
            scrub(self._store, archive, found)
            with self._database:
                gone = [(archive, offset) for offset, _ in found]
                self._database.executemany("DELETE FROM body WHERE archive = ? AND archive_offset = ?", gone)
        return sum(map(len, places.values()))

    def _learn(self, night: str, row: Mapping[str, Any]) -> None:
        key = row["id"].removeprefix(f"{row['source']}/")
        if row["archive"] and row["payload_sha256"]:
            place = (row["archive"], row["archive_offset"], row["archive_length"], key)
            self._database.execute("INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?)", place)
        newest = self._database.execute("SELECT night FROM document WHERE key = ?", (key,)).fetchone()
        is_passing = row["status"] == NOT_MODIFIED or is_transient(row["refusal"])
        if newest and (newest[0] > night or is_passing):
            return
        updated_at = row["updated_at"].isoformat() if row["updated_at"] else None
        values = (key, night, updated_at, *(row[name] for name in (*FACTS, *PLACE)))
        self._database.execute(RENEW, values)


@contextmanager
def remembered(desk: Desk) -> Iterator[Memory]:
    """Open the memory of ``desk.source``, brought up to what its raw store holds."""
    paths = [path for path in desk.store.paths(RAW_FOLDER) if path.split("/")[-2] == desk.source]
    parts = [path for path in paths if path.endswith(".parquet")]
    database = _opened(desk.work / FILE, parts)
    try:
        memory = Memory(desk.store, database, _cursors(desk.store, paths))
        for path in sorted(set(parts) - _learnt(database), key=by_night):
            memory.learn(path, desk.store.read_table(path, list(COLUMNS)).to_pylist())
        yield memory
    finally:
        database.close()


def _opened(file: Path, parts: list[str]) -> sqlite3.Connection:
    """Return the database in ``file``, an empty one where it cannot be used or knows parts that are not stored."""
    try:
        database = _connected(file)
        facts = database.execute("SELECT * FROM document LIMIT 0").description
        if len(facts) == RENEW.count("?") and not _learnt(database) - set(parts):
            return database
        database.close()
    except sqlite3.DatabaseError:
        pass
    forget(file)
    return _connected(file)


def _connected(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(file)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.executescript(TABLES)
    return database


def _learnt(database: sqlite3.Connection) -> set[str]:
    return {row[0] for row in database.execute("SELECT path FROM part")}


def _cursors(store: Store, paths: list[str]) -> dict[str, Any]:
    """Return the cursors of the newest night that wrote any; each file has all of them."""
    written = [path for path in paths if path.endswith(f"/{CURSORS}")]
    newest = max(written, key=by_night, default=None)
    return dict(json.loads(store.get(newest))) if newest else {}


def _known(row: tuple[Any, ...]) -> Known:
    key, night, updated_at, *facts = row
    place = Place(*facts[len(FACTS) :]) if facts[len(FACTS)] else None
    moment = datetime.fromisoformat(updated_at) if updated_at else None
    return Known(key=key, night=night, updated_at=moment, place=place, **dict(zip(FACTS, facts, strict=False)))
