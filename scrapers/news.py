"""News: what feeds or an index of news announce, each article crawled under the same rules as any page."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, Self

from pydantic import Field, model_validator

from corpus.errors import SourceError
from corpus.params import Params
from corpus.schema import Kind
from scrapers.crawl.address import host_of
from scrapers.crawl.answers import redirect_target
from scrapers.crawl.run import collect
from scrapers.newsapi import NewsapiSearch, discover, found_before
from scrapers.page import Desk, Page, Progress, Request, Scraped
from scrapers.web import HttpUrl, leads, read_page

MAX_REDIRECTS = 5


class News(Params):
    """The articles that feeds (RSS, Atom, JSON Feed) or NewsAPI name; no link inside an article is followed."""

    kind: Literal["news"] = "news"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    feed_urls: tuple[HttpUrl, ...] = Field(default=(), description="RSS, Atom or JSON feeds")
    newsapi: NewsapiSearch | None = Field(default=None, description="also ask NewsAPI, which needs a key of yours")
    delay_s: float = Field(default=1.0, ge=0, description="seconds between two requests to a host; Crawl-delay may add")
    backoff_s: float = Field(default=60.0, ge=0, description="seconds before the first retry; doubled each time")
    max_pages_per_host: int = Field(default=100_000, ge=1, description="pages asked of one host in one night at most")
    max_mib_per_host: float = Field(default=4096.0, gt=0, description="MiB, unzipped, taken from one host in one run")
    revisit_days: float = Field(
        default=7.0, ge=0, description="days between two visits of an article at least; one a feed calls updated is due"
    )
    max_pages: int = Field(default=1000, ge=1, description="articles asked in one night at most")
    infer_opt_out: bool = Field(
        default=False, description="take a robots.txt that keeps three AI trainers' crawlers out as an opt-out"
    )
    render: Literal["none", "chromium"] = Field(
        default="none", description="chromium shows each page in a browser before it is read (extra js)"
    )

    @model_validator(mode="after")
    def _hears_of_something(self) -> Self:
        if not (self.feed_urls or self.newsapi):
            raise ValueError("news needs feed_urls, newsapi or both")
        return self

    @property
    def document_kind(self) -> Kind:
        """News are articles."""
        return "article"

    def start(self) -> Iterator[Request]:
        """Yield the feeds."""
        for url in self.feed_urls:
            yield Request(url, "feed")

    def admits(self, request: Request) -> bool:
        """Return whether ``request`` is a feed or what one led to; sitemaps are not read."""
        return request.role != "sitemap" and host_of(request.url) is not None and request.depth <= MAX_REDIRECTS

    def parse(self, page: Page) -> Iterator[Scraped | Request]:
        """Yield the pages a feed names, with headline and date, and of an article the document alone."""
        if redirect_target(page) or page.request.role == "feed":
            yield from filter(self.admits, leads(page))
        else:
            yield replace(read_page(page, self.document_kind), title=page.request.title)

    def collect(self, desk: Desk) -> Progress:
        """Crawl into ``desk``; see ``scrapers.crawl.run.collect``.

        Where NewsAPI gives no answer the feeds, and what it named before, are crawled first.
        """
        if self.newsapi is None:
            return collect(self, desk)
        try:
            found = discover(self.newsapi, desk)
        except SourceError:
            collect(self, desk, found=found_before(desk))
            raise
        return collect(self, desk, found=found)
