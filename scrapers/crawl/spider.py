"""The crawl as Scrapy sees it: a scheduler that asks the session, a gate, and one spider that hands answers back."""

import asyncio
import logging
from collections.abc import AsyncIterator
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
from scrapy.http import Response
from scrapy.logformatter import LogFormatter
from twisted.python.failure import Failure

from scrapers.crawl.answers import Refusal, redirect_target
from scrapers.crawl.frontier import Ticket
from scrapers.crawl.robots import MAX_REDIRECTS, PARSED_BYTES
from scrapers.crawl.session import Session
from scrapers.page import Page, Request

DEFECT = "defect"

logger = logging.getLogger(__name__)


class RefusedError(IgnoreRequest):
    """The session refuses the request before it is sent."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


class Gate:
    """The first downloader middleware: what was refused before asking never reaches the network."""

    def process_request(self, request: scrapy.Request) -> None:
        """Raise ``RefusedError`` where the ticket came with a refusal."""
        refusal = request.meta.get("refusal")
        if refusal:
            raise RefusedError(refusal)


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

    def __init__(self, session: Session, proxy: str | None) -> None:
        super().__init__()
        self.session = session
        self._proxy = proxy
        self._wake: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SiteSpider":  # noqa: ANN401 - Scrapy's signature
        """Make the spider and listen to the bytes of robots.txt files."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.cut_robots, signal=signals.bytes_received)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yield nothing: the session was seeded."""
        for request in list[scrapy.Request]():
            yield request

    def next_request(self) -> scrapy.Request | None:
        """Return the request of the next ticket."""
        due = self.session.next()
        if due is None:
            self._wake_later()
            return None
        ticket, refusal = due
        return self._request(ticket.url, ticket, refusal)

    async def answered(self, response: Response) -> None:
        """Hand an answer to the session."""
        ticket: Ticket = response.meta["ticket"]
        try:
            if ticket.role == "robots":
                await self._robots(ticket, response)
            else:
                self.session.answered(ticket, self._page(ticket.request, response))
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

    def cut_robots(self, data: bytes, request: scrapy.Request) -> None:
        """Stop reading a robots.txt after the bytes that count."""
        if "robots_bytes" not in request.meta:
            return
        request.meta["robots_bytes"] += len(data)
        if request.meta["robots_bytes"] > PARSED_BYTES:
            raise StopDownload(fail=False)

    def stop_by_defect(self) -> None:
        """Close the crawl because of a defect."""
        if self._closing is None and self.crawler.engine:
            self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=DEFECT))

    async def _robots(self, ticket: Ticket, response: Response) -> None:
        """Follow redirects of robots.txt, then hand the answer over; its rules stand for the first authority."""
        page = self._page(Request(ticket.url), response)
        for _ in range(MAX_REDIRECTS):
            target = redirect_target(page)
            if target is None or not self.crawler.engine:
                break
            try:
                response = await self.crawler.engine.download_async(self._request(target, ticket, None))
            except Exception as error:  # noqa: BLE001 - any failure to reach it means the same
                refusal, may_retry = read_failure(error)
                self.session.failed(ticket, refusal, may_retry=may_retry)
                return
            page = self._page(Request(target), response)
        self.session.robots_answered(ticket, page)

    def _request(self, url: str, ticket: Ticket, refusal: Refusal | None) -> scrapy.Request:
        meta: dict[str, Any] = {"ticket": ticket, "refusal": refusal, "proxy": self._proxy}
        headers = {}
        if ticket.role == "robots":
            meta |= {"robots_bytes": 0, "download_maxsize": 0}  # cut_robots is the limit
            headers["Accept-Encoding"] = "identity"  # so that the bytes counted are those parsed
        return scrapy.Request(url, self.answered, errback=self.failed, meta=meta, headers=headers, dont_filter=True)

    def _page(self, request: Request, response: Response) -> Page:
        names = response.headers.keys()
        headers = {
            # Each X-Robots-Tag line names its own crawler; any other repeated field is one list (RFC 9110, 5.3).
            name.decode("latin-1").lower(): (b"\n" if name.lower() == b"x-robots-tag" else b", ")
            .join(response.headers.getlist(name))
            .decode("latin-1")
            for name in names
        }
        return Page(request, response.url, response.status, headers, response.body, self.session.now())

    def _wake_later(self) -> None:
        due_in_s = self.session.frontier.due_in_s()
        if due_in_s is None or not self.crawler.engine:
            return
        if self._wake:
            self._wake.cancel()
        self._wake = asyncio.get_running_loop().call_later(due_in_s, self._poke)

    def _poke(self) -> None:
        slot = self.crawler.engine and self.crawler.engine._slot  # noqa: SLF001 - Scrapy has no public way to wake it
        if slot:
            slot.nextcall.schedule()


def read_failure(error: BaseException | None) -> tuple[Refusal, bool]:
    """Return what a failed request means and whether a later try may end better."""
    if isinstance(error, RefusedError):
        return error.refusal, False
    if isinstance(error, DownloadCancelledError | IgnoreRequest):
        return Refusal("too-large", "the answer is longer than 32 MiB"), False
    if isinstance(error, UnsupportedURLSchemeError):
        return Refusal("unreachable", str(error)), False
    if isinstance(error, CannotResolveHostError):
        return Refusal("unreachable", "the name does not resolve, or to what is not a public address"), True
    return Refusal("unreachable", f"{type(error).__name__}: {error}"), True
