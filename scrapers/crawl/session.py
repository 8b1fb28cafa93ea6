"""One crawl of one site, without the network: what to ask next and what an answer means.

The frontier, the turns of the hosts, the policies and the parts meet here; ``spider`` carries requests and answers.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from scrapers.crawl import answers, pace
from scrapers.crawl.address import host_of
from scrapers.crawl.answers import Refusal
from scrapers.crawl.archive import Parts, Place, scrub
from scrapers.crawl.browser import Rendered
from scrapers.crawl.feed_pace import rest_after
from scrapers.crawl.frontier import VERDICT_RANK, Frontier, Ticket
from scrapers.crawl.gate import Gate
from scrapers.crawl.hosts import Hosts
from scrapers.crawl.house import Houses
from scrapers.crawl.inquiry import Inquiry
from scrapers.crawl.policies import Policies, Policy
from scrapers.crawl.site import Site
from scrapers.crawl.traps import Patterns
from scrapers.crawl.visits import Known
from scrapers.page import Page, Progress, Request, Scraped

UNSIGNED = (1 << 64) - 1
SETTLED_AT_ONCE = 200
CAPPED_S = 0.1
FLUSH_AFTER_S = 60.0  # a page need not be asked again for more than a minute's work after a crash

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Ground:
    """What a session stands on: what it knows, what hosts say, where rows go and whose turn it is."""

    frontier: Frontier
    policies: Policies
    parts: Parts
    turns: Path  # the folder of the hosts' turns, shared by every process of this machine


@dataclass(slots=True)
class Session:
    """The state of a crawl; ``now`` is the clock of the rows, ``clock`` that of the machine, in seconds since 1970."""

    site: Site
    ground: Ground
    now: Callable[[], datetime]
    clock: Callable[[], float]
    allow_private: bool
    frontier: Frontier = field(init=False)
    houses: Houses = field(init=False)
    hosts: Hosts = field(init=False)
    patterns: Patterns = field(init=False)
    gate: Gate = field(init=False)
    inquiry: Inquiry = field(init=False)
    _flushed_at: datetime | None = None
    bytes_received: Counter[str] = field(default_factory=Counter)  # by host

    def __post_init__(self) -> None:
        self.frontier = self.ground.frontier
        self.houses = Houses(self.ground.policies, infer_opt_out=self.site.infer_opt_out)
        self.inquiry = Inquiry(self.site, self.frontier, self.ground.policies, self.houses, self.now)
        self.hosts = Hosts(self.ground.turns, self.clock)
        self.patterns = Patterns.from_rows(self.frontier.notebook.patterns)
        self.gate = Gate(self.houses, self.patterns, self.allow_private)

    @property
    def progress(self) -> Progress:
        """The counts of the whole night."""
        parts = self.ground.parts
        return Progress(self.site.name, parts.stored, parts.refused, self.frontier.queued, parts.unchanged)

    @property
    def is_capped(self) -> bool:
        """Whether as many pages were asked as the site's ``max_pages`` allows."""
        busy = sum(ticket.role == "page" for ticket in self.frontier.busy.values())
        return self.ground.parts.asked + busy >= self.site.max_pages

    @property
    def has_more(self) -> bool:
        """Whether something waits and may still be asked, or judged without being asked."""
        return self.frontier.has_verdicts if self.is_capped else self.frontier.queued > 0

    @property
    def due_in_s(self) -> float | None:
        """In how many seconds to call ``next`` again; ``None`` when nothing waits."""
        # Nothing wakes the engine when the last page that the cap allowed is settled: it must look again by itself.
        return CAPPED_S if self.is_capped else self.frontier.due_in_s()

    def next(self) -> Ticket | None:
        """Return the next ticket to ask, its host's turn taken; what needs no request is settled on the way.

        ``None`` where nothing is due now; after so many that need no request also where there is more.
        """
        for _ in range(SETTLED_AT_ONCE):  # the event loop must not wait for a long list of refusals
            is_capped = self.is_capped  # before the ticket itself counts as busy
            ticket = self.frontier.take(VERDICT_RANK) if is_capped else self.frontier.take()
            if ticket is None:
                return None
            if self._is_settled(ticket):
                continue
            if is_capped and ticket.role not in ("robots", "policy"):
                self.frontier.put_back(ticket)  # no verdict against it: its visit waits for another night
            elif self._take_turn(ticket):
                return ticket
        return None

    def answered(self, ticket: Ticket, page: Page) -> None:
        """Store what an answer to a page, sitemap or feed means, or queue it again."""
        self._spend(ticket, len(page.body))
        if self._is_postponed(ticket, page.status, page.headers.get("retry-after"), page.requests):
            return
        spelling = answers.other_spelling(page)
        if spelling and self._again(ticket, 0.0, spelling):
            return
        asks = self.inquiry.open(answers.unasked(self.houses, page, self.now()))
        if asks and ticket.tries + 1 < pace.MAX_TRIES:
            self.frontier.put_back(ticket, asks, tries=1)
            return
        row, found = answers.read(self.site, page, self.houses, is_stored=ticket.known.payload_sha256 is not None)
        if row and row.simhash is not None and ticket.known.payload_sha256 is None:
            self.patterns.note(row.key, row.simhash & UNSIGNED)
        if ticket.role != "page":
            self.frontier.remember(ticket, rest_after(page, ticket.known))
        self._settle(ticket, row, found)

    def may_render(self, page: Page) -> bool:
        """Return whether the scripts of ``page`` may run."""
        return answers.may_render(page, self.houses)

    def may_load(self, page_url: str, url: str) -> bool:
        """Return whether a script of ``page_url`` may have ``url``: on the page's own host, and allowed."""
        return host_of(url) == host_of(page_url) and self.gate.permits(url, self.now())

    def rendered(self, page: Page, rendered: Rendered) -> Page:
        """Return ``page`` as its scripts left it."""
        return answers.rendered(page, rendered, self.houses)

    def failed(self, ticket: Ticket, refusal: Refusal, *, may_retry: bool) -> None:
        """Store that ``ticket`` could not be had; ``may_retry`` where a later try may end better."""
        self._end_turn(ticket)
        if may_retry and self._again(ticket, self._wait_s(ticket, None)):
            return
        if ticket.role in ("robots", "policy"):
            self.inquiry.take(ticket, Policy(ticket.url, self.now(), None, detail=refusal.detail))
            return
        row = None
        if ticket.role == "page":
            row = answers.refused_row(self.site, ticket.request, self.now(), refusal)
        else:
            logger.info("a %s of %s was not read: %s", ticket.role, ticket.host, refusal.detail)
        self._settle(ticket, row, [])

    def policy_answered(self, ticket: Ticket, policy: Policy, retry_after: str | None) -> None:
        """Take what a host says of itself."""
        if not self._is_postponed(ticket, policy.status or 0, retry_after):
            self.inquiry.take(ticket, policy)

    def flush(self) -> None:
        """Make every row durable, then acknowledge their tickets; scrub the bodies that were opted out since."""
        self.frontier.notebook.keep_patterns(self.patterns.rows())
        self.frontier.commit()
        flushed = self.ground.parts.flush()
        if flushed:
            written, rows = flushed
            self.frontier.learn(written.path, rows)
        self._scrub()
        self._flushed_at = self.now()

    def close(self) -> None:
        """Write what is left and give everything back."""
        self.flush()
        self.hosts.close()
        self.frontier.close()
        self.ground.policies.close()

    def _is_settled(self, ticket: Ticket) -> bool:
        """Deal with a ticket that needs no request, now or ever: policies known or missing, refusals, verdicts."""
        now = self.now()
        if self.inquiry.is_answered(ticket, now):
            self.inquiry.known(ticket)
            return True
        asks = self.inquiry.before(ticket, now)
        if asks:
            self.frontier.put_back(ticket, asks)
            return True
        is_wanted = self._is_wanted(ticket)
        if not is_wanted and ticket.known.payload_sha256 is None:
            self.frontier.done(ticket)
            return True
        refusal = self.gate.refusal(ticket, now)
        if refusal and refusal.reason == ticket.known.refusal:
            self.frontier.done(ticket)  # as it was: no row
        elif refusal:
            self._refuse(ticket, refusal)
        elif ticket.judge_only or not is_wanted:
            self.frontier.done(ticket)
        return refusal is not None or ticket.judge_only or not is_wanted

    def _is_wanted(self, ticket: Ticket) -> bool:
        """Return whether the site still wants ``ticket``: its options may have changed since it was queued."""
        is_found = ticket.role not in ("robots", "policy") and ticket.depth > 0
        return not is_found or self.site.admits(ticket.request)

    def _refuse(self, ticket: Ticket, refusal: Refusal) -> None:
        if ticket.role in ("robots", "policy"):
            self.inquiry.take(ticket, Policy(ticket.url, self.now(), 404, detail=refusal.detail))
            return
        row = None
        if ticket.role == "page":
            signals = self.houses.signals(ticket.url, self.now()) if refusal.reason == "ai-opt-out" else ()
            row = answers.refused_row(self.site, ticket.request, self.now(), refusal, signals=signals)
        self._settle(ticket, row, [])

    def _spend(self, ticket: Ticket, length: int) -> None:
        """Count an answer against the budget of its host; one that is spent leaves the rest for another night."""
        self.bytes_received[ticket.host] += length
        pages = self.ground.parts.asked_of[ticket.host] + 1
        spent_mib = self.bytes_received[ticket.host] / 2**20
        if pages >= self.site.max_pages_per_host or spent_mib >= self.site.max_mib_per_host:
            logger.info("the budget of %s is spent: %d pages, %.1f MiB", ticket.host, pages, spent_mib)
            self.frontier.park(ticket.host)

    def _take_turn(self, ticket: Ticket) -> bool:
        """Take the turn of the ticket's host; where it must wait, put the ticket back."""
        wait_until = self.hosts.take(ticket.host, self.delay_s(ticket))
        if wait_until is None:
            return True
        self._leave_alone(ticket.host, wait_until)
        self.frontier.put_back(ticket)
        return False

    def _end_turn(self, ticket: Ticket, status: int | None = None, hold_s: float = 0.0) -> None:
        self._leave_alone(ticket.host, self.hosts.end(ticket.host, self.delay_s(ticket), status, hold_s))

    def _leave_alone(self, host: str, until: float) -> None:
        wait_s = until - self.clock()
        self.frontier.rest(host, wait_s)
        if wait_s > pace.PATIENCE_S:
            logger.warning("%s is left for another night: it may be asked again in %d minutes", host, wait_s // 60)
            self.frontier.park(host)

    def delay_s(self, ticket: Ticket) -> float:
        """Return the seconds between two requests to the host of ``ticket``."""
        rules = self.houses.rules(ticket.authority, self.now())
        return pace.host_delay_s(self.site.delay_s, rules.crawl_delay_s, rules.request_interval_s)

    def _is_postponed(self, ticket: Ticket, status: int, retry_after: str | None, requests: int = 1) -> bool:
        """End the host's turn, which took so many ``requests``; return whether ``ticket`` is asked again later."""
        if not pace.retryable(status):
            asked_s = pace.retry_after_s(retry_after, self.now()) if status in pace.REFUSALS else None
            hold_s = max(min(asked_s or 0.0, pace.MAX_RETRY_AFTER_S), requests * self.delay_s(ticket))
            self._end_turn(ticket, status, hold_s)
            return False
        wait_s = self._wait_s(ticket, retry_after)
        is_host_wide = status in pace.HOST_WIDE or ticket.role == "robots"
        self._end_turn(ticket, status, wait_s if is_host_wide else 0.0)
        return self._again(ticket, wait_s)

    def _wait_s(self, ticket: Ticket, retry_after: str | None) -> float:
        return pace.wait_s(retry_after, self.now(), self.site.backoff_s, ticket.tries + 1)

    def _again(self, ticket: Ticket, wait_s: float, url: str | None = None) -> bool:
        if ticket.tries + 1 >= pace.MAX_TRIES:
            return False
        self.frontier.again(ticket, wait_s, url)
        return True

    def _settle(self, ticket: Ticket, row: Scraped | None, found: list[Request]) -> None:
        self.frontier.settle(ticket, found)
        if row is None or not self.ground.parts.add(row, place_of(ticket.known)):
            self.frontier.done(ticket)
            return
        self._flushed_at = self._flushed_at or self.now()
        if self.ground.parts.is_full or (self.now() - self._flushed_at).total_seconds() >= FLUSH_AFTER_S:
            self.flush()

    def _scrub(self) -> None:
        for archive, places in self.frontier.notebook.withdrawn().items():
            scrub(self.ground.parts.store, archive, places)
            self.frontier.notebook.scrubbed(archive, places)


def place_of(known: Known) -> Place | None:
    """Return where the body that the last visit found stands."""
    if known.payload_sha256 is None or known.archive is None:
        return None
    return Place(known.payload_sha256, known.archive, known.archive_offset or 0, known.archive_length or 0)
