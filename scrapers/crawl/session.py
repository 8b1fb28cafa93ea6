"""One crawl of one site, without the network: what to ask next and what an answer means.

The frontier, the rules of each host and the parts meet here; ``spider`` carries requests and answers.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from scrapers.crawl import answers, pace, robots
from scrapers.crawl.address import refused as refused_address
from scrapers.crawl.answers import Refusal
from scrapers.crawl.archive import Parts
from scrapers.crawl.frontier import Frontier, Ticket
from scrapers.crawl.robots import Rules
from scrapers.crawl.site import Site
from scrapers.page import Page, Progress, Request, Scraped

FLUSH_AFTER_S = 60.0  # a page need not be asked again for more than a minute's work after a crash

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Session:
    """The state of a crawl; ``now`` is the clock of the rows."""

    site: Site
    frontier: Frontier
    parts: Parts
    now: Callable[[], datetime]
    allow_private: bool
    _rules: dict[str, Rules] = field(default_factory=dict)
    _held: list[int] = field(default_factory=list)  # tickets whose rows are in memory
    _flushed_at: datetime | None = None

    @property
    def progress(self) -> Progress:
        """The counts of the whole night."""
        return Progress(self.site.name, self.parts.stored, self.parts.refused, self.frontier.queued)

    @property
    def is_capped(self) -> bool:
        """Whether as many pages were asked as the site's ``max_pages`` allows."""
        busy = sum(ticket.role == "page" for ticket in self.frontier.busy.values())
        return self.parts.asked + busy >= self.site.max_pages

    @property
    def has_more(self) -> bool:
        """Whether something waits and may still be asked."""
        return self.frontier.queued > 0 and not self.is_capped

    def next(self) -> tuple[Ticket, Refusal | None] | None:
        """Return the next ticket that is due, with the refusal that stands instead of asking it, or ``None``."""
        while not self.is_capped:
            ticket = self.frontier.take()
            if ticket is None:
                return None
            rules = self._rules.get(ticket.host)
            if ticket.role != "robots" and (rules is None or not rules.is_fresh(self.now())):
                self.frontier.put_back(ticket)
                continue
            refusal = self._refused(ticket, rules)
            if refusal is None:
                self.frontier.asking(ticket)
            return ticket, refusal
        return None

    def answered(self, ticket: Ticket, page: Page) -> None:
        """Store what an answer to a page, sitemap or feed means, or queue it again."""
        self.frontier.answered(ticket)
        if pace.retryable(page.status):
            wait_s = self._wait_s(ticket, page.headers.get("retry-after"))
            if page.status in pace.HOST_WIDE:
                self.frontier.pause(ticket.host, wait_s)
            if self._again(ticket, wait_s):
                return
        row, found = answers.read(self.site, page, self._rules[ticket.host])
        self._settle(ticket, row, found)

    def failed(self, ticket: Ticket, refusal: Refusal, *, may_retry: bool) -> None:
        """Store that ``ticket`` could not be had; ``may_retry`` where a later try may end better."""
        if ticket.role == "robots":
            self._robots_failed(ticket, refusal.detail, may_retry=may_retry)
            return
        if may_retry:
            self.frontier.answered(ticket)
            if self._again(ticket, self._wait_s(ticket, None)):
                return
        row = None
        if ticket.role == "page":
            row = answers.refused_row(self.site, ticket.request, self.now(), refusal)
        else:
            logger.info("the %s %s was not read: %s", ticket.role, ticket.url, refusal.detail)
        self._settle(ticket, row, [])

    def robots_answered(self, ticket: Ticket, page: Page) -> None:
        """Take the rules of a host from the answer to its robots.txt."""
        self.frontier.answered(ticket)
        if pace.retryable(page.status):
            wait_s = self._wait_s(ticket, page.headers.get("retry-after"))
            self.frontier.pause(ticket.host, wait_s)
            if self._again(ticket, wait_s):
                return
        self._rule(ticket, robots.read(page.status, page.body, page.fetched_at))

    def flush(self) -> None:
        """Make every row durable, then acknowledge their tickets."""
        self.parts.flush()
        self.frontier.done(self._held)
        self._held.clear()
        self._flushed_at = self.now()

    def _refused(self, ticket: Ticket, rules: Rules | None) -> Refusal | None:
        reason = refused_address(ticket.url, allow_private=self.allow_private)
        if reason:
            return Refusal("unreachable", reason)
        forbidden = rules.refused(ticket.url) if rules and ticket.role != "robots" else None
        return Refusal(*forbidden) if forbidden else None

    def _robots_failed(self, ticket: Ticket, detail: str, *, may_retry: bool) -> None:
        self.frontier.answered(ticket)
        wait_s = self._wait_s(ticket, None)
        if may_retry and self._again(ticket, wait_s):
            self.frontier.pause(ticket.host, wait_s)
            return
        self._rule(ticket, robots.unreachable(f"robots.txt could not be had: {detail}", self.now()))

    def _rule(self, ticket: Ticket, rules: Rules) -> None:
        self._rules[ticket.host] = rules
        self.frontier.pace(ticket.host, pace.host_delay_s(self.site.delay_s, rules.crawl_delay_s))
        self.frontier.asking(ticket)
        sitemaps = [request for url in rules.sitemaps if self.site.admits(request := Request(url, "sitemap"))]
        self._settle(ticket, None, sitemaps)

    def _wait_s(self, ticket: Ticket, retry_after: str | None) -> float:
        return pace.wait_s(retry_after, self.now(), self.site.backoff_s, ticket.tries + 1)

    def _again(self, ticket: Ticket, wait_s: float) -> bool:
        if ticket.tries + 1 >= pace.MAX_TRIES:
            return False
        self.frontier.again(ticket, wait_s)
        return True

    def _settle(self, ticket: Ticket, row: Scraped | None, found: list[Request]) -> None:
        self.frontier.settle(ticket, found)
        if row is None:
            self.frontier.done([ticket.number])
            return
        self.parts.add(row)
        self._held.append(ticket.number)
        self._flushed_at = self._flushed_at or self.now()
        if self.parts.is_full or (self.now() - self._flushed_at).total_seconds() >= FLUSH_AFTER_S:
            self.flush()
