"""What is never asked, and why: the verdict on a request before it is sent."""

from dataclasses import dataclass
from datetime import datetime

from scrapers.crawl import answers
from scrapers.crawl.address import authority
from scrapers.crawl.address import refused as refused_address
from scrapers.crawl.answers import Refusal
from scrapers.crawl.frontier import Ticket
from scrapers.crawl.house import Houses
from scrapers.crawl.traps import Patterns, trap

WHOLE_SITE = ("/", "/*")


@dataclass(frozen=True, slots=True)
class Gate:
    """Address, trap, robots.txt and opt-out, in this order; the first that objects decides."""

    houses: Houses
    patterns: Patterns
    allow_private: bool

    def refusal(self, ticket: Ticket, now: datetime) -> Refusal | None:
        """Return why ``ticket`` is not asked, or ``None``."""
        reason = refused_address(ticket.url, allow_private=self.allow_private)
        if reason:
            return Refusal("unreachable", reason)
        if ticket.role == "robots":
            return None
        reason = self._trapped(ticket, now)
        if reason:
            return Refusal("crawler-trap", reason)
        forbidden = self.houses.rules(ticket.authority, now).refused(ticket.url)
        if forbidden:
            return Refusal(*forbidden)
        return self._opted_out(ticket, now) if ticket.role == "page" else None

    def permits(self, url: str, now: datetime) -> bool:
        """Return whether address and robots.txt, as far as it is known, let ``url`` be asked for a page's scripts."""
        if refused_address(url, allow_private=self.allow_private):
            return False
        return self.houses.rules(authority(url), now).refused(url) is None

    def _trapped(self, ticket: Ticket, now: datetime) -> str | None:
        is_found = ticket.role == "page" and ticket.depth > 0 and ticket.known.payload_sha256 is None
        return (trap(ticket.key, ticket.depth, now) or self.patterns.refused(ticket.key)) if is_found else None

    def _opted_out(self, ticket: Ticket, now: datetime) -> Refusal | None:
        """Refuse what the policies deny, unless the page is new and may lead to others that are not denied."""
        verdict, decisive = self.houses.verdict(self.houses.signals(ticket.url, now))
        if verdict != "deny" or decisive is None:
            return None
        is_known = ticket.judge_only or ticket.known.payload_sha256 or ticket.known.refusal == "ai-opt-out"
        return answers.opted_out(decisive) if is_known or decisive.path in WHOLE_SITE else None
