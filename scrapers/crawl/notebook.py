"""What a frontier notes beside its pages: parts read, policies judged, bodies to scrub, patterns, the site itself."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notebook:
    """Notes in the database of a frontier; what is not said to commit is committed by the frontier."""

    db: sqlite3.Connection

    @property
    def parts(self) -> set[str]:
        """The raw parts whose visits are known."""
        return {path for (path,) in self.db.execute("SELECT path FROM part")}

    def is_ahead_of(self, stored: Iterable[str]) -> bool:
        """Return whether it knows parts that are not ``stored`` (any more), and so would never ask for their pages."""
        return not self.parts <= set(stored)

    def is_of(self, fingerprint: str) -> bool:
        """Return whether the site was crawled last with the options of ``fingerprint``."""
        return bool(self.db.execute("SELECT fingerprint FROM site").fetchone() == (fingerprint,))

    def now_of(self, fingerprint: str) -> None:
        """Note the options the site is crawled with; sitemaps and feeds are read whole again under new ones."""
        self.db.execute("DELETE FROM site")
        self.db.execute("INSERT INTO site VALUES (?)", (fingerprint,))
        self.db.execute("UPDATE page SET etag = NULL, last_modified = NULL WHERE role != 'page'")
        self.db.commit()

    def depth_of_stored(self, key: str) -> int | None:
        """Return how many links from a start the page ``key`` was found, ``None`` where its body is not stored."""
        found = self.db.execute(
            "SELECT depth FROM page WHERE role = 'page' AND key = ? AND payload_sha256 IS NOT NULL", (key,)
        ).fetchone()
        return int(found[0]) if found else None

    def judged(self, name: str, fingerprint: str) -> bool:
        """Return whether the pages of the authority ``name`` were judged by the policies of ``fingerprint``."""
        found = self.db.execute("SELECT fingerprint FROM judged WHERE authority = ?", (name,)).fetchone()
        return found is not None and found[0] == fingerprint

    def judge_again(self, name: str, fingerprint: str, now: float) -> int:
        """Queue the pages of the authority ``name`` and return how many: stored ones for a verdict, before all others.

        Stored ones that are due anyway are only put first; those it forbade are visited.
        """
        where = "role = 'page' AND authority = ? AND state = 2"
        forbidden = "refusal IN ('robots-disallowed', 'robots-unreachable', 'ai-opt-out')"
        self.db.execute("INSERT OR REPLACE INTO judged VALUES (?, ?)", (name, fingerprint))
        stored = "payload_sha256 IS NOT NULL"
        self.db.execute(f"UPDATE page SET judge_only = 1, rank = 1 WHERE {where} AND {stored}", (name,))  # noqa: S608 - all parts stand above
        due = where.replace("state = 2", "state = 0")
        self.db.execute(f"UPDATE page SET rank = 1 WHERE {due} AND {stored}", (name,))  # noqa: S608 - as above
        queued = self.db.execute(
            f"UPDATE page SET state = 0, tries = 0, due_at = ? WHERE {where} AND (judge_only = 1 OR {forbidden})",  # noqa: S608 - as above
            (now, name),
        )
        return queued.rowcount

    def withdrawn(self) -> dict[str, list[tuple[int, int]]]:
        """Return where the bodies of opted-out pages still stand: archive, then offset and length in bytes."""
        found = self.db.execute(
            "SELECT body.archive, body.archive_offset, body.archive_length FROM body JOIN page USING (key)"
            " WHERE page.role = 'page' AND page.refusal = 'ai-opt-out'"
        )
        places: dict[str, list[tuple[int, int]]] = {}
        for archive, offset, length in found:
            places.setdefault(archive, []).append((offset, length))
        return places

    def scrubbed(self, archive: str, places: Iterable[tuple[int, int]]) -> None:
        """Forget bodies that are gone, and commit."""
        where = "archive = ? AND archive_offset = ? AND archive_length = ?"
        values = [(archive, *place) for place in places]
        self.db.executemany(f"DELETE FROM body WHERE {where}", values)  # noqa: S608 - the line above
        self.db.commit()

    @property
    def patterns(self) -> list[tuple[str, str]]:
        """The URL patterns seen so far, as ``traps.Patterns.rows`` gave them."""
        return list(self.db.execute("SELECT name, state FROM pattern ORDER BY rowid"))

    def keep_patterns(self, rows: Iterable[tuple[str, str]]) -> None:
        """Keep what changed of them."""
        self.db.executemany("INSERT OR REPLACE INTO pattern VALUES (?, ?)", rows)
