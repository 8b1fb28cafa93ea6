"""Names resolve to public addresses only: checked at connect time, so on every hop and without a rebinding window."""

from collections.abc import Sequence

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import DNSLookupError

from scrapers.crawl.address import is_public


class PublicOnlyResolver(CachingThreadedResolver):
    """Scrapy's resolver less every address that is not public.

    Twisted asks it for IP literals too. A proxy resolves names itself: there only literals can be judged.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> "PublicOnlyResolver":
        """Make one as Scrapy asks for it."""
        return cls(reactor, crawler.settings.getint("DNSCACHE_SIZE"), crawler.settings.getfloat("DNS_TIMEOUT"))

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":  # noqa: N802 - Twisted's name
        """Resolve ``name``; fails as an unknown name does where it leads inside."""
        found = maybeDeferred(super().getHostByName, name, timeout)
        return found.addCallback(_public, name)


def _public(address: str, name: str) -> str:
    if not is_public(address):
        raise DNSLookupError(f"{name} leads to {address}, which is not a public address")
    return address
