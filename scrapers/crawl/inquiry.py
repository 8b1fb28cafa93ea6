"""Asking hosts for their policies, and judging the pages that are known by what they say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from scrapers.crawl.address import host_of
from scrapers.crawl.frontier import Ask, Frontier, Ticket
from scrapers.crawl.house import Houses
from scrapers.crawl.policies import Policies, Policy
from scrapers.crawl.site import Site
from scrapers.page import Request


@dataclass(slots=True)
class Inquiry:
    """What hosts are asked about themselves before their pages are, and what follows from their answers."""

    site: Site
    frontier: Frontier
    policies: Policies
    houses: Houses
    now: Callable[[], datetime]
    _unjudged: set[str] = field(default_factory=set)

    def before(self, ticket: Ticket, now: datetime) -> list[Ask]:
        """Return the policies that ``ticket`` waits for; one whose host rests until another night is not waited for."""
        if ticket.role == "robots":
            return []
        asks = self.houses.unasked(ticket.authority, now)
        return self.open([ask for ask in asks if ticket.role != "policy" or ask[0] == "robots"])

    def open(self, asks: list[Ask]) -> list[Ask]:
        """Return those of ``asks`` that may be asked tonight."""
        return [ask for ask in asks if not self.frontier.is_parked(host_of(ask[1]))]

    def is_answered(self, ticket: Ticket, now: datetime) -> bool:
        """Return whether ``ticket`` is for a policy that is known."""
        return ticket.role in ("robots", "policy") and self.policies.is_fresh(ticket.url, now)

    def take(self, ticket: Ticket, policy: Policy) -> None:
        """Keep the answer to ``ticket`` and settle it."""
        self.policies.put(policy)
        self.known(ticket)

    def known(self, ticket: Ticket) -> None:
        """Settle a ticket whose policy is known: queue the sitemaps that robots.txt names, judge what can be judged."""
        found = []
        if ticket.role == "robots":
            sitemaps = self.houses.rules(ticket.authority, self.now()).sitemaps
            found = [request for url in sitemaps if self.site.admits(request := Request(url, "sitemap"))]
        self.frontier.settle(ticket, found)
        self.frontier.done(ticket)
        self._unjudged.add(ticket.authority)
        for origin in sorted(self._unjudged):
            self._judge(origin)

    def _judge(self, origin: str) -> None:
        """Once all policies of ``origin`` are known, let its pages be judged anew where they say another thing."""
        now = self.now()
        asks = self.open(self.houses.unasked(origin, now))
        if asks:
            self.frontier.ask(asks)
            return
        self._unjudged.discard(origin)
        fingerprint = self.houses.fingerprint(origin, now)
        if not self.frontier.notebook.judged(origin, fingerprint):
            self.frontier.judge_again(origin, fingerprint)
