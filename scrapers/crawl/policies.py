"""What hosts say of themselves, kept on this machine: robots.txt and the files about AI training.

One SQLite file for every source and dataset of this user: a host is asked for its rules once a day, whoever crawls it.
Besides the newest answer of a URL the last one that could be read is kept, for the days on which the host fails.
"""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

FRESH = timedelta(hours=24)  # RFC 9309, 2.4: a copy is not used for longer
RETRY_UNREACHABLE = timedelta(minutes=10)  # how soon a policy that could not be had is asked again
LAST_GOOD = timedelta(days=30)  # RFC 9309, 2.3.1.4
KEPT_BYTES = 512 * 1024  # RFC 9309, 2.5 asks for 500 KiB of robots.txt; no other policy needs more
KNOWN_URLS = 256  # held in memory; the rest is read again when needed
TABLE = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS policy (
    url TEXT NOT NULL, good INTEGER NOT NULL, fetched_at REAL NOT NULL, status INTEGER, max_age_s REAL,
    media_type TEXT NOT NULL, detail TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (url, good)
);
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """One answer to the URL of a policy; ``status`` is ``None`` where there was no answer, ``detail`` says why."""

    url: str
    fetched_at: datetime
    status: int | None
    body: bytes = b""
    max_age_s: float | None = None
    media_type: str = ""
    detail: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether the host told its policy, be it that it has none."""
        return self.status is not None and self.status < 500 and self.status != 429

    @property
    def text(self) -> str:
        """The body of a 2xx answer as text, else nothing."""
        is_said = self.status is not None and 200 <= self.status < 300
        return self.body.decode("utf-8", errors="replace").removeprefix("\ufeff") if is_said else ""

    def is_fresh(self, now: datetime) -> bool:
        """Return whether it need not be asked again: for a day, or what the server said, or ten minutes of failure."""
        if not self.is_readable:
            return now - self.fetched_at < RETRY_UNREACHABLE
        said = FRESH if self.max_age_s is None else timedelta(seconds=self.max_age_s)
        return now - self.fetched_at < min(max(said, RETRY_UNREACHABLE), FRESH)


class Policies:
    """The policies known on this machine, newest and last readable.

    What was asked before ``opened_at`` is used until it is as old as ``keep``, if that is less than a day.
    """

    def __init__(self, path: Path, opened_at: datetime, keep: timedelta = FRESH) -> None:
        self._opened_at, self._keep = opened_at, keep
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(path, timeout=60)
        self._db.executescript(TABLE)
        self._known: dict[str, tuple[Policy | None, Policy | None]] = {}

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def newest(self, url: str) -> Policy | None:
        """Return the newest answer, or ``None`` where the URL was never asked."""
        return self._both(url)[0]

    def in_force(self, url: str, now: datetime) -> Policy | None:
        """Return the answer that counts: the newest, or the last readable one of 30 days while the host fails."""
        newest, good = self._both(url)
        if newest and not newest.is_readable and good and now - good.fetched_at < LAST_GOOD:
            return good
        return newest

    def is_fresh(self, url: str, now: datetime) -> bool:
        """Return whether ``url`` need not be asked."""
        newest = self.newest(url)
        if newest is None or not newest.is_fresh(now):
            return False
        return newest.fetched_at >= self._opened_at or now - newest.fetched_at < self._keep

    def put(self, policy: Policy) -> None:
        """Keep an answer, durably."""
        kept = replace(policy, body=policy.body[:KEPT_BYTES])
        with self._db:
            for good in (0, 1) if kept.is_readable else (0,):
                self._db.execute("INSERT OR REPLACE INTO policy VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _row(kept, good))
        good_one = kept if kept.is_readable else self._both(policy.url)[1]
        self._known[policy.url] = (kept, good_one)

    def _both(self, url: str) -> tuple[Policy | None, Policy | None]:
        if url not in self._known:
            if len(self._known) >= KNOWN_URLS:
                self._known.clear()
            found = self._db.execute("SELECT * FROM policy WHERE url = ?", (url,)).fetchall()
            by_good = {row[1]: _policy(row) for row in found}
            self._known[url] = (by_good.get(0), by_good.get(1))
        return self._known[url]


def _row(policy: Policy, good: int) -> tuple[object, ...]:
    moment = policy.fetched_at.timestamp()
    facts = (policy.status, policy.max_age_s, policy.media_type, policy.detail, policy.body)
    return (policy.url, good, moment, *facts)


def _policy(row: tuple[str, int, float, int | None, float | None, str, str, bytes]) -> Policy:
    url, _, moment, status, max_age_s, media_type, detail, body = row
    return Policy(url, datetime.fromtimestamp(moment, UTC), status, body, max_age_s, media_type, detail)
