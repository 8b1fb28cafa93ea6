"""News: what feeds announce, each article crawled under the same rules as any page."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from corpus.params import Params
from scrapers.crawl.address import host_of
from scrapers.crawl.answers import redirect_target
from scrapers.crawl.run import collect
from scrapers.page import Desk, Kind, Page, Progress, Request, Scraped
from scrapers.web import HttpUrl, leads, read_page

MAX_REDIRECTS = 5


class News(Params):
    """The articles that RSS and Atom feeds name; no link inside an article is followed."""

    kind: Literal["news"] = "news"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    feed_urls: tuple[HttpUrl, ...] = Field(min_length=1, description="RSS or Atom feeds")
    delay_s: float = Field(default=1.0, ge=0, description="seconds between two requests to a host; Crawl-delay may add")
    backoff_s: float = Field(default=60.0, ge=0, description="seconds before the first retry; doubled each time")
    max_pages_per_host: int = Field(default=100_000, ge=1, description="pages asked of one host in one night at most")
    max_mib_per_host: float = Field(default=4096.0, gt=0, description="MiB, unzipped, taken from one host in one run")
    revisit_days: float = Field(
        default=1.0, ge=0, description="days between two visits of a page at least; one that rests is asked less often"
    )
    max_pages: int = Field(default=1000, ge=1, description="articles asked in one night at most")
    infer_opt_out: bool = Field(
        default=False, description="take a robots.txt that keeps three AI trainers' crawlers out as an opt-out"
    )
    render: Literal["none", "chromium"] = Field(
        default="none", description="chromium shows each page in a browser before it is read (extra js)"
    )

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
        """Yield the pages a feed names, with their dates, and of an article the document alone."""
        if redirect_target(page) or page.request.role == "feed":
            yield from filter(self.admits, leads(page))
        else:
            yield read_page(page, self.document_kind)

    def collect(self, desk: Desk) -> Progress:
        """Crawl into ``desk``; see ``scrapers.crawl.run.collect``."""
        return collect(self, desk)
