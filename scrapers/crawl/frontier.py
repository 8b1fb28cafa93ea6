"""What a crawl knows: every URL of a source, what is asked tonight and when each page is due again.

One SQLite file a source, kept from night to night. It survives ``kill -9`` at any moment because it is never ahead of
the raw store: what is handed out is only marked inside a transaction, which is committed together with the links that
were found, before the rows are written; a page counts as visited once its row is durable (``learn``). The file can be
lost: ``recall`` fills a new one from the raw store.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from scrapers.crawl.address import authority, canonical, hidden_login, host_of
from scrapers.crawl.feed_pace import Rest
from scrapers.crawl.notebook import Notebook
from scrapers.crawl.revisit import SLACK
from scrapers.crawl.visits import Known, learn, open_tables
from scrapers.page import Request

Role = Literal["robots", "policy", "sitemap", "feed", "page"]
Ask = tuple[Role, str]  # a policy to be asked: its role and URL
IN_FLIGHT = 1
ASKED_S = 0.2  # until a page looks again for a policy that is being asked
VERDICT_RANK = 1
RANK = {"robots": 0, "policy": 1, "sitemap": 2, "feed": 2, "page": 3}
TICKET = (
    "id, role, url, authority, host, depth, published_at, title, tries, judge_only,"
    " etag, last_modified, payload_sha256, simhash, refusal, archive, archive_offset, archive_length, interval_s"
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request handed out. ``judge_only`` asks for a verdict under new policies and no request."""

    number: int
    role: Role
    url: str
    authority: str
    host: str
    depth: int
    published_at: datetime | None
    title: str | None
    tries: int
    judge_only: bool
    known: Known

    @property
    def key(self) -> str:
        """The canonical URL."""
        return canonical(self.url)

    @property
    def request(self) -> Request:
        """The request as its site made it; robots.txt and other policies have none."""
        if self.role == "robots" or self.role == "policy":  # noqa: PLR1714 - as mypy narrows it
            raise ValueError("policies are asked by the crawler, not by a site")
        return Request(self.url, self.role, self.depth, self.published_at, title=self.title)


class Frontier:
    """The file at ``path``; ``now`` gives seconds since 1970, ``shortest_s`` is the shortest interval of a page."""

    def __init__(self, path: Path, now: Callable[[], float], shortest_s: float) -> None:
        self._db = sqlite3.connect(path)
        open_tables(self._db)
        self.notebook = Notebook(self._db)
        self._now = now
        self._shortest_s = shortest_s
        self._rests: dict[str, float] = {}
        self._parked: set[str] = set()
        self._authorities: set[str] = set()
        self.busy: dict[str, Ticket] = {}
        self._queued: Counter[str] = Counter()
        self._count()

    def close(self) -> None:
        """Close the file; what was not committed is as if it had not been."""
        self._db.close()

    def commit(self) -> None:
        """Make everything so far durable."""
        self._db.commit()

    @property
    def queued(self) -> int:
        """How many requests wait and may be asked tonight."""
        return sum(count for host, count in list(self._queued.items()) if host not in self._parked)

    @property
    def parked(self) -> dict[str, int]:
        """How many requests wait for another night, by host."""
        return {host: self._queued[host] for host in sorted(self._parked) if self._queued[host]}

    @property
    def in_flight(self) -> int:
        """How many requests were handed out and are not done: asked now, or with a row that is not durable yet."""
        (count,) = self._db.execute("SELECT count(*) FROM page WHERE state = ?", (IN_FLIGHT,)).fetchone()
        return int(count)

    def begin(self, night: str, seeds: Iterable[Request]) -> None:
        """Open ``night``: queue its ``seeds`` and, if it is a new one, what is due and the policies of known hosts."""
        requests = list(seeds)
        (known,) = self._db.execute("SELECT count(*) FROM night WHERE name = ?", (night,)).fetchone()
        if not known:
            now = self._now()
            due = (now, now + SLACK * self._shortest_s)
            again = "UPDATE page SET state = 0, tries = 0, due_at = ? WHERE"
            self._db.execute(f"{again} role NOT IN ('sitemap', 'feed') AND state = 2 AND due_at <= ?", due)
            self._db.execute(f"{again} role = 'robots' OR role IN ('sitemap', 'feed') AND due_at <= ?", (now, now))
            self._db.execute("INSERT INTO night VALUES (?)", (night,))
        self.add(requests)
        if not known:
            for request in requests:
                if request.role == "page":  # the others rest as long as they asked for
                    self._requeue_known(request.role, request.url)
        self.commit()
        self._count()

    def add(self, requests: Iterable[Request]) -> None:
        """Queue what is new; a page that its sitemap says was changed since the last visit is due at once."""
        for request in requests:
            if not self._insert(request.role, request) and request.lastmod:
                self._brought_forward(request, request.lastmod.timestamp())

    def take(self, last_rank: int = RANK["page"]) -> Ticket | None:
        """Hand out the next request that is due, host after host, or ``None``; none of a rank after ``last_rank``."""
        now = self._now()
        for host, queued in list(self._queued.items()):
            if queued and host not in self.busy and host not in self._parked and self._rests.get(host, 0) <= now:
                ticket = self._take_from(host, now, last_rank)
                if ticket:
                    self._queued[host] = self._queued.pop(host) - 1  # the last in line now
                    return ticket
        return None

    @property
    def has_verdicts(self) -> bool:
        """Whether policies or known pages wait for a verdict, which no bound on pages stops."""
        found = self._db.execute("SELECT host FROM page WHERE state = 0 AND rank <= ? GROUP BY host", (VERDICT_RANK,))
        return any(host not in self._parked for (host,) in found)

    def due_in_s(self) -> float | None:
        """Return in how many seconds to ``take`` again, for the idle hosts; ``None`` when nothing waits."""
        now = self._now()
        idle = [host for host, queued in self._queued.items() if queued and host not in self.busy]
        due = [self._due_at(host, now) for host in idle if host not in self._parked]
        return max(min(due) - now, 0.0) if due else None

    def rest(self, host: str, wait_s: float) -> None:
        """Hand out nothing of ``host`` for ``wait_s`` seconds."""
        self._rests[host] = self._now() + wait_s

    def park(self, host: str) -> None:
        """Hand out nothing of ``host`` any more tonight; what waits stays queued."""
        self._parked.add(host)

    def is_parked(self, host: str | None) -> bool:
        """Return whether ``host`` was parked."""
        return host in self._parked

    def ask(self, policies: Iterable[Ask]) -> None:
        """Queue ``policies``, known ones too."""
        for role, url in policies:
            if not self._insert(role, Request(url)):
                self._requeue_known(role, url)

    def put_back(self, ticket: Ticket, asks: Iterable[Ask] = (), tries: int = 0) -> None:
        """Queue ``ticket`` again, after the policies ``asks``, with so many more ``tries``."""
        now, waits_for = self._now(), list(asks)
        self.ask(waits_for)
        due_at = max((self._asked_at(ask, ticket.host, now) for ask in waits_for), default=0.0)
        rank = "CASE WHEN judge_only THEN rank ELSE ? END"
        self._db.execute(
            f"UPDATE page SET state = 0, due_at = max(due_at, ?), tries = tries + ?, rank = {rank} WHERE id = ?",  # noqa: S608 - the line above
            (due_at, tries, RANK[ticket.role], ticket.number),
        )
        self._waits_again(ticket)

    def again(self, ticket: Ticket, wait_s: float, url: str | None = None) -> None:
        """Queue ``ticket`` once more, in ``wait_s`` seconds at the earliest; ``url`` is another spelling of it."""
        self._db.execute(
            "UPDATE page SET state = 0, tries = tries + 1, due_at = ?, url = ? WHERE id = ?",
            (self._now() + wait_s, url or ticket.url, ticket.number),
        )
        self._waits_again(ticket)

    def settle(self, ticket: Ticket, found: Iterable[Request]) -> None:
        """Queue what ``ticket`` led to; the ticket itself stays in flight until ``learn`` or ``done``."""
        self.add(found)
        self.busy.pop(ticket.host, None)

    def done(self, ticket: Ticket) -> None:
        """Mark a ticket that has no row."""
        due_at = "CASE WHEN judge_only THEN visited_at + interval_s ELSE due_at END"
        self._db.execute(
            f"UPDATE page SET state = 2, judge_only = 0, rank = ?, due_at = {due_at} WHERE id = ?",  # noqa: S608 - the line above
            (RANK[ticket.role], ticket.number),
        )
        self.busy.pop(ticket.host, None)

    def learn(self, part: str, rows: Iterable[dict[str, object]]) -> None:
        """Note the visits that the durable raw ``part`` tells of, and that it was read."""
        learn(self._db, part, rows, self._shortest_s)
        self.commit()

    def recount(self) -> None:
        """Count what waits, after ``learn`` on a file that was behind the raw store."""
        self._count()

    def judge_again(self, name: str, fingerprint: str) -> None:
        """Queue every page of ``name`` for a verdict by new policies; those that were forbidden are asked again."""
        if self.notebook.judge_again(name, fingerprint, self._now()):
            self._count()

    def remember(self, ticket: Ticket, rest: Rest) -> None:
        """Keep the validators of a sitemap or feed and how long it rests."""
        values = (rest.etag, rest.last_modified, rest.interval_s, rest.due_at, ticket.number)
        self._db.execute("UPDATE page SET etag = ?, last_modified = ?, interval_s = ?, due_at = ? WHERE id = ?", values)

    def _insert(self, role: Role, request: Request) -> bool:
        """Queue ``request`` unless its URL is known in this role; return whether it was new."""
        url = hidden_login(request.url)  # it is refused, and its row must not tell the password
        origin, host = authority(url), host_of(url)
        if host is None:  # a redirect to another scheme: its row says so
            return False
        if role != "robots" and origin not in self._authorities:
            self._authorities.add(origin)
            self._insert("robots", Request(robots_url(origin)))
        published_at, now = request.published_at.isoformat() if request.published_at else None, self._now()
        added = self._db.execute(
            "INSERT OR IGNORE INTO page (role, key, url, authority, host, depth, published_at, title, rank, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (role, canonical(url), url, origin, host, request.depth, published_at, request.title, RANK[role], now),
        )
        self._queued[host] += added.rowcount
        return added.rowcount > 0

    def _brought_forward(self, request: Request, lastmod: float) -> None:
        where = "role = 'page' AND key = ? AND state = 2 AND visited_at < ?"
        self._requeue(where, (canonical(request.url), lastmod))

    def _requeue_known(self, role: Role, url: str) -> None:
        self._requeue("role = ? AND key = ? AND state = 2", (role, canonical(url)))

    def _requeue(self, where: str, values: tuple[object, ...]) -> None:
        found = self._db.execute(
            f"UPDATE page SET state = 0, tries = 0, due_at = ? WHERE {where} RETURNING host",  # noqa: S608 - the callers stand above
            (self._now(), *values),
        )
        for (host,) in found.fetchall():
            self._queued[host] += 1

    def _take_from(self, host: str, now: float, last_rank: int) -> Ticket | None:
        where = "host = ? AND state = 0 AND due_at <= ? AND rank <= ?"
        row = self._db.execute(
            f"SELECT {TICKET} FROM page WHERE {where} ORDER BY rank, due_at, id LIMIT 1",  # noqa: S608 - constants
            (host, now, last_rank),
        ).fetchone()
        if row is None:
            return None
        number, role, url, origin, host, depth, published_at, title, tries, judge_only, *known = row
        self._db.execute("UPDATE page SET state = 1 WHERE id = ?", (number,))
        moment = datetime.fromisoformat(published_at) if published_at else None
        ticket = Ticket(number, role, url, origin, host, depth, moment, title, tries, bool(judge_only), Known(*known))
        self.busy[host] = ticket
        return ticket

    def _waits_again(self, ticket: Ticket) -> None:
        self._queued[ticket.host] += 1
        self.busy.pop(ticket.host, None)

    def _due_at(self, host: str, now: float) -> float:
        rest = self._rests.get(host, 0.0)
        if rest > now:
            return rest
        (due_at,) = self._db.execute("SELECT min(due_at) FROM page WHERE host = ? AND state = 0", (host,)).fetchone()
        return float(due_at or 0.0)

    def _asked_at(self, ask: Ask, host: str, now: float) -> float:
        """Return when a page of ``host`` should look for a queued policy; one of its own host comes before it."""
        found = self._db.execute(
            "SELECT host, state, due_at FROM page WHERE role = ? AND key = ?", (ask[0], canonical(ask[1]))
        ).fetchone()
        soonest = now if found and found[:2] == (host, 0) else now + ASKED_S
        return max(soonest, self._rests.get(found[0], 0.0), float(found[2])) if found else soonest

    def _count(self) -> None:
        self._queued = Counter(dict(self._db.execute("SELECT host, count(*) FROM page WHERE state = 0 GROUP BY host")))
        known = self._db.execute("SELECT DISTINCT authority FROM page WHERE role = 'robots'")
        self._authorities = {name for (name,) in known}


def robots_url(origin: str) -> str:
    """Return where the robots.txt of the authority ``origin`` stands (RFC 9309, 2.3)."""
    return canonical(f"{origin}/robots.txt")
