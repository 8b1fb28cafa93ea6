"""The crawl as Scrapy sees it: a scheduler that asks the session, and one spider that hands answers back."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import scrapy
from scrapy import signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadCancelledError,
    IgnoreRequest,
    StopDownload,
    UnsupportedURLSchemeError,
)
from scrapy.http import Headers, Response
from scrapy.logformatter import LogFormatter
from twisted.python.failure import Failure

from scrapers.crawl.address import host_of, refused
from scrapers.crawl.answers import Refusal, joined, redirect_target
from scrapers.crawl.browser import Browser, NotRendered
from scrapers.crawl.errands import Answer, Errands
from scrapers.crawl.frontier import Ticket
from scrapers.crawl.policies import KEPT_BYTES, Policy
from scrapers.crawl.robots import MAX_REDIRECTS
from scrapers.crawl.session import Session
from scrapers.page import Page, Request

DEFECT = "defect"
UNPACKED_POLICY_BYTES = 4 * 1024 * 1024

logger = logging.getLogger(__name__)


class QuietFormatter(LogFormatter):
    """Keeps URLs, whose queries may hold secrets, out of the log: the rows say what became of each."""

    def crawled(self, *_: Any) -> Any:  # noqa: ANN401 - Scrapy's signature
        """Log no page."""

    def download_error(self, *_: Any) -> Any:  # noqa: ANN401 - Scrapy's signature
        """Log no failed page."""


class Schedule(BaseScheduler):
    """Scrapy's scheduler: the session decides; nothing is queued in memory."""

    def __init__(self, spider: "SiteSpider") -> None:
        self._spider = spider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Schedule":
        """Make one for the spider of ``crawler``."""
        if not isinstance(crawler.spider, SiteSpider):
            raise TypeError("this scheduler serves SiteSpider alone")
        return cls(crawler.spider)

    def has_pending_requests(self) -> bool:
        """Return whether the crawl must go on."""
        return self._spider.session.has_more

    def enqueue_request(self, request: scrapy.Request) -> bool:
        """Take nothing: requests enter through the session."""
        raise TypeError(f"{request.url} did not come through the frontier")

    def next_request(self) -> scrapy.Request | None:
        """Return what is due; where all hosts rest, wake the engine when the first may be asked again."""
        try:
            return self._spider.next_request()
        except Exception:
            logger.exception("the frontier cannot be read or written")
            self._spider.stop_by_defect()
            return None


class SiteSpider(scrapy.Spider):
    """Carries the tickets of one session to the network and the answers back."""

    name = "gristmill"

    def __init__(self, session: Session, proxy: str | None, browser: Browser | None) -> None:
        super().__init__()
        self._browser = browser
        self.session = session
        self._proxy = proxy
        self._wake: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SiteSpider":  # noqa: ANN401 - Scrapy's signature
        """Make the spider and listen to the bytes of robots.txt files."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.limit_policy, signal=signals.headers_received)
        crawler.signals.connect(spider.cut_policy, signal=signals.bytes_received)
        crawler.signals.connect(spider.close_browser, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield nothing: the session was seeded."""
        for request in list[scrapy.Request]():
            yield request

    def next_request(self) -> scrapy.Request | None:
        """Return the request of the next ticket."""
        ticket = self.session.next()
        if ticket is None:
            self._wake_later()
            return None
        return self._request(ticket.url, ticket)

    async def answered(self, response: Response) -> None:
        """Hand an answer to the session."""
        ticket: Ticket = response.meta["ticket"]
        try:
            if ticket.role in ("robots", "policy"):
                await self._policy(ticket, response)
            else:
                await self._answered(ticket, self._page(ticket.request, response))
        except Exception as error:
            logger.exception("the answer to ticket %d could not be stored", ticket.number)
            raise CloseSpider(DEFECT) from error

    def failed(self, failure: Failure) -> None:
        """Hand a failure to the session."""
        ticket: Ticket = failure.request.meta["ticket"]  # type: ignore[attr-defined] # Scrapy adds the request
        try:
            refusal, may_retry = read_failure(failure.value)
            self.session.failed(ticket, refusal, may_retry=may_retry)
        except Exception as error:
            logger.exception("the failure of ticket %d could not be stored", ticket.number)
            raise CloseSpider(DEFECT) from error

    async def close_browser(self) -> None:
        """End the browser with the crawl."""
        if self._browser:
            await self._browser.close()

    def limit_policy(self, headers: Headers, request: scrapy.Request) -> None:
        """Bound what a robots.txt that comes compressed, though asked for as it is, may unpack to."""
        if "policy_bytes" in request.meta and headers.get("Content-Encoding"):
            request.meta["download_maxsize"] = UNPACKED_POLICY_BYTES

    def cut_policy(self, data: bytes, request: scrapy.Request) -> None:
        """Stop reading robots.txt and its like after the bytes that count."""
        if "policy_bytes" not in request.meta:
            return
        request.meta["policy_bytes"] += len(data)
        if request.meta["policy_bytes"] > KEPT_BYTES:
            raise StopDownload(fail=False)

    def stop_by_defect(self) -> None:
        """Close the crawl because of a defect."""
        if self._closing is None and self.crawler.engine:
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=DEFECT))

    async def _answered(self, ticket: Ticket, page: Page) -> None:
        """Hand a page over, shown by the browser first where the source wants that and the page itself allows it."""
        if self._browser and self.session.may_render(page):
            errands = Errands(partial(self.session.may_load, page.url), self._load)
            try:
                rendered = await self._browser.render(page, errands)
            except NotRendered as error:
                self.session.failed(ticket, Refusal("unrendered", str(error)), may_retry=True)
                return
            page = self.session.rendered(page, rendered)
        self.session.answered(ticket, page)

    async def _load(self, url: str, max_bytes: int) -> Answer:
        """Ask what a script of a page asks for."""
        meta = {"proxy": self._proxy, "download_slot": f"scripts {host_of(url)}", "download_maxsize": max_bytes}
        if not self.crawler.engine:
            raise IgnoreRequest("the crawl is over")
        response = await self.crawler.engine.download_async(scrapy.Request(url, meta=meta, dont_filter=True))
        page = self._page(Request(url), response)
        return Answer(url, page.status, page.headers, page.body)

    async def _policy(self, ticket: Ticket, response: Response) -> None:
        """Follow redirects of a policy file, then hand the answer over; it stands for the first authority."""
        page = self._page(Request(ticket.url), response)
        for _ in range(MAX_REDIRECTS):
            target = redirect_target(page)
            if target is None or refused(target, allow_private=self.session.allow_private):
                break
            try:
                page = await self._followed(ticket, target)
            except Exception as error:  # noqa: BLE001 - any failure to reach it means the same
                refusal, may_retry = read_failure(error)
                self.session.failed(ticket, refusal, may_retry=may_retry)
                return
        self.session.policy_answered(ticket, policy_of(ticket.url, page), page.headers.get("retry-after"))

    async def _followed(self, ticket: Ticket, target: str) -> Page:
        """Ask where a policy was moved to, in the turn of that host too."""
        host, delay_s = host_of(target) or "", self.session.delay_s(ticket)
        if not self.crawler.engine or not await self.session.hosts.follow(host, ticket.host, delay_s):
            raise TimeoutError("the host it was moved to must be left alone")
        try:
            response = await self.crawler.engine.download_async(self._request(target, ticket))
            return self._page(Request(target), response)
        finally:
            if host != ticket.host:
                self.session.hosts.end(host, delay_s, 200, 0.0)

    def _request(self, url: str, ticket: Ticket) -> scrapy.Request:
        meta: dict[str, Any] = {"ticket": ticket, "proxy": self._proxy}
        headers = {} if self._browser else validators(ticket)  # an unchanged shell says nothing of its text
        if ticket.role in ("robots", "policy"):
            meta |= {"policy_bytes": 0, "download_maxsize": 0}  # cut_policy is the limit
            headers["Accept-Encoding"] = "identity"  # so that the bytes counted are those parsed
        return scrapy.Request(url, self.answered, errback=self.failed, meta=meta, headers=headers, dont_filter=True)

    def _page(self, request: Request, response: Response) -> Page:
        raw = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name in response.headers
            for value in response.headers.getlist(name)
        )
        return Page(request, response.url, response.status, joined(raw), response.body, self.session.now(), raw)

    def _wake_later(self) -> None:
        due_in_s = self.session.due_in_s
        if due_in_s is None or not self.crawler.engine:
            return
        if self._wake:
            self._wake.cancel()
        self._wake = asyncio.get_running_loop().call_later(due_in_s, self._poke)

    def _poke(self) -> None:
        slot = self.crawler.engine and self.crawler.engine._slot  # noqa: SLF001 - Scrapy has no public way to wake it
        if slot:
            slot.nextcall.schedule()


def validators(ticket: Ticket) -> dict[str, str]:
    """Return the headers that ask only for what changed since the last visit (RFC 9110, 13.1)."""
    known = ticket.known
    if ticket.role == "page" and known.payload_sha256 is None:
        return {}
    named = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in named.items() if value}


def policy_of(url: str, page: Page) -> Policy:
    """Return the answer to ``url`` as a policy."""
    said = re.search(r"max-age=(\d{1,9})", page.headers.get("cache-control", ""), re.IGNORECASE)
    max_age_s = float(said.group(1)) if said else None
    return Policy(url, page.fetched_at, page.status, page.body, max_age_s, page.headers.get("content-type", ""))


def read_failure(error: BaseException | None) -> tuple[Refusal, bool]:
    """Return what a failed request means and whether a later try may end better."""
    if isinstance(error, DownloadCancelledError | IgnoreRequest):
        return Refusal("too-large", "the answer is longer than 32 MiB"), False
    if isinstance(error, UnsupportedURLSchemeError):
        return Refusal("unreachable", str(error)), False
    if isinstance(error, CannotResolveHostError):
        return Refusal("unreachable", "the name does not resolve, or leads to what is not a public address"), False
    return Refusal("unreachable", f"{type(error).__name__}: {error}"), True
