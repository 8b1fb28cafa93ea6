"""The queue of a crawl: one SQLite file that survives ``kill -9`` at any moment.

A request is queued, in flight or done. It is done only after its row is durable; what was in flight when the process
died is queued again when the file is opened. Every host has one request in flight and a time before which it is
left alone.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from scrapers.crawl.address import authority, canonical
from scrapers.page import Request

Role = Literal["robots", "sitemap", "feed", "page"]
QUEUED, IN_FLIGHT, DONE = 0, 1, 2
RANK = {"robots": 0, "sitemap": 1, "feed": 1, "page": 2}
TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY, role TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, host TEXT NOT NULL,
    depth INTEGER NOT NULL, published_at TEXT, rank INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL DEFAULT 0, UNIQUE (role, key)
);
CREATE INDEX IF NOT EXISTS due ON queue (host, state, rank, id);
CREATE TABLE IF NOT EXISTS host (host TEXT PRIMARY KEY, next_at REAL NOT NULL);
UPDATE queue SET state = 0 WHERE state = 1 OR role = 'robots';
"""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request handed out: its number in the file, its role and how often it failed before."""

    number: int
    role: Role
    url: str
    host: str
    depth: int
    published_at: datetime | None
    tries: int

    @property
    def key(self) -> str:
        """The canonical URL."""
        return canonical(self.url)

    @property
    def request(self) -> Request:
        """The request as its site made it; a robots ticket has none."""
        if self.role == "robots":
            raise ValueError("robots.txt is asked by the crawler, not by a site")
        return Request(self.url, self.role, self.depth, self.published_at)


class Frontier:
    """The queue in ``path``; ``now`` gives seconds since the epoch and ``delay_s`` paces hosts not told otherwise."""

    def __init__(self, path: Path, now: Callable[[], float], delay_s: float) -> None:
        self._db = sqlite3.connect(path)
        self._db.executescript(TABLES)
        self._now = now
        self._delay_s = delay_s
        self._delays: dict[str, float] = {}
        self.busy: dict[str, Ticket] = {}
        self._next_at: dict[str, float] = dict(self._db.execute("SELECT host, next_at FROM host"))
        counts = self._db.execute("SELECT host, count(*) FROM queue WHERE state = 0 GROUP BY host")
        self._queued: Counter[str] = Counter(dict(counts))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def queued(self) -> int:
        """How many requests wait."""
        return sum(list(self._queued.values()))

    @property
    def in_flight(self) -> int:
        """How many requests were handed out and are not done: asked now, or with a row that is not durable yet."""
        (count,) = self._db.execute("SELECT count(*) FROM queue WHERE state = ?", (IN_FLIGHT,)).fetchone()
        return int(count)

    def add(self, requests: Iterable[Request]) -> None:
        """Queue every request that was never seen, and robots.txt before the first one of a host."""
        with self._db:
            for request in requests:
                self._insert(request)

    def pace(self, host: str, delay_s: float) -> None:
        """Set the seconds between two requests to ``host``."""
        self._delays[host] = delay_s

    def take(self) -> Ticket | None:
        """Hand out the next request that is due, or ``None``."""
        now = self._now()
        for host, queued in self._queued.items():
            if queued and host not in self.busy and self._next_at.get(host, 0) <= now:
                ticket = self._take_from(host, now)
                if ticket:
                    return ticket
        return None

    def due_in_s(self) -> float | None:
        """Return the seconds until a request of an idle host is due; ``None`` when there is none."""
        due = [self._due_at(host) for host, queued in self._queued.items() if queued and host not in self.busy]
        return max(min(due) - self._now(), 0.0) if due else None

    def asking(self, ticket: Ticket) -> None:
        """Note that ``ticket`` is asked now, durably: a crash must not shorten the host's delay."""
        self._leave_alone(ticket.host, self._now() + self._delays.get(ticket.host, self._delay_s))

    def answered(self, ticket: Ticket) -> None:
        """Start the host's delay anew, from the end of the answer."""
        self.asking(ticket)
        self.busy.pop(ticket.host, None)

    def put_back(self, ticket: Ticket) -> None:
        """Queue ``ticket`` again as if it had never been handed out, after its host's robots.txt."""
        with self._db:
            robots = self._db.execute(
                "UPDATE queue SET state = 0, tries = 0, next_at = 0 WHERE role = 'robots' AND host = ? AND state = ?",
                (ticket.host, DONE),
            )
            self._db.execute("UPDATE queue SET state = 0 WHERE id = ?", (ticket.number,))
        self._queued[ticket.host] += 1 + robots.rowcount
        self.busy.pop(ticket.host, None)

    def again(self, ticket: Ticket, wait_s: float) -> None:
        """Queue ``ticket`` once more, in ``wait_s`` seconds at the earliest."""
        with self._db:
            self._db.execute(
                "UPDATE queue SET state = 0, tries = tries + 1, next_at = ? WHERE id = ?",
                (self._now() + wait_s, ticket.number),
            )
        self._queued[ticket.host] += 1
        self.busy.pop(ticket.host, None)

    def pause(self, host: str, wait_s: float) -> None:
        """Leave ``host`` alone for ``wait_s`` seconds, durably; a longer pause stands."""
        self._leave_alone(host, max(self._next_at.get(host, 0), self._now() + wait_s))

    def settle(self, ticket: Ticket, found: Iterable[Request]) -> None:
        """Queue what ``ticket`` led to; the ticket itself stays in flight until ``done``."""
        self.add(found)
        self.busy.pop(ticket.host, None)

    def done(self, numbers: Iterable[int]) -> None:
        """Mark tickets whose rows are durable, or that have none."""
        with self._db:
            self._db.executemany("UPDATE queue SET state = 2 WHERE id = ?", ((number,) for number in numbers))

    def _insert(self, request: Request) -> None:
        host = authority(request.url)
        if host not in self._queued:
            self._insert_row("robots", Request(canonical(f"{host}/robots.txt")), host)
        self._insert_row(request.role, request, host)

    def _insert_row(self, role: Role, request: Request, host: str) -> None:
        published_at = request.published_at.isoformat() if request.published_at else None
        added = self._db.execute(
            "INSERT OR IGNORE INTO queue (role, key, url, host, depth, published_at, rank)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (role, canonical(request.url), request.url, host, request.depth, published_at, RANK[role]),
        )
        self._queued[host] += added.rowcount

    def _take_from(self, host: str, now: float) -> Ticket | None:
        row = self._db.execute(
            "SELECT id, role, url, host, depth, published_at, tries FROM queue"
            " WHERE host = ? AND state = 0 AND next_at <= ? ORDER BY rank, id LIMIT 1",
            (host, now),
        ).fetchone()
        if row is None:
            return None
        number, role, url, _, depth, published_at, tries = row
        with self._db:
            self._db.execute("UPDATE queue SET state = ? WHERE id = ?", (IN_FLIGHT, number))
        moment = datetime.fromisoformat(published_at) if published_at else None
        self.busy[host] = Ticket(number, role, url, host, depth, moment, tries)
        self._queued[host] -= 1
        return self.busy[host]

    def _due_at(self, host: str) -> float:
        (row_at,) = self._db.execute("SELECT min(next_at) FROM queue WHERE host = ? AND state = 0", (host,)).fetchone()
        return max(self._next_at.get(host, 0.0), float(row_at or 0.0))

    def _leave_alone(self, host: str, until: float) -> None:
        self._next_at[host] = until
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO host VALUES (?, ?)", (host, until))
