"""Web sites: pages found by links, sitemaps and feeds, asked within the hosts and patterns a recipe allows."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Literal
from urllib.parse import urljoin

from pydantic import AfterValidator, Field

from corpus.params import Params
from corpus.schema import Kind
from scrapers.crawl.address import canonical, hidden_login, host_of
from scrapers.crawl.answers import redirect_target
from scrapers.crawl.feed import read_feed
from scrapers.crawl.markup import read_markup
from scrapers.crawl.run import collect
from scrapers.crawl.sitemap import read_sitemap
from scrapers.page import Desk, Page, Progress, Request, Scraped

SITEMAP_DEPTH = 3  # an index of an index of sitemaps


def _absolute(url: str) -> str:
    if not host_of(url):
        raise ValueError(f"{url!r} is no absolute http or https URL")
    if hidden_login(url) != url:
        raise ValueError("a URL with a user name or password in it is never asked; leave them out")
    return url


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


HttpUrl = Annotated[str, AfterValidator(_absolute)]
Pattern = Annotated[str, AfterValidator(_compiles)]


class Web(Params):
    """The pages of one or more web sites."""

    kind: Literal["web"] = "web"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    start_urls: tuple[HttpUrl, ...] = Field(min_length=1, description="where the crawl begins")
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="host patterns such as *.example.org, with :PORT if unusual; the hosts of start_urls when empty",
    )
    sitemaps: bool = Field(default=True, description="read /sitemap.xml and the sitemaps that robots.txt names")
    delay_s: float = Field(default=1.0, ge=0, description="seconds between two requests to a host; Crawl-delay may add")
    backoff_s: float = Field(default=60.0, ge=0, description="seconds before the first retry; doubled each time")
    max_pages: int = Field(default=1000, ge=1, description="pages asked in one night at most")
    max_pages_per_host: int = Field(default=100_000, ge=1, description="pages asked of one host in one night at most")
    max_mib_per_host: float = Field(default=4096.0, gt=0, description="MiB, unzipped, taken from one host in one run")
    revisit_days: float = Field(
        default=1.0, ge=0, description="days between two visits of a page at least; one that rests is asked less often"
    )
    max_depth: int = Field(default=10, ge=0, description="links followed from a start URL at most")
    allow: tuple[Pattern, ...] = Field(
        default=(), description="regular expressions; a URL must hold one if any is given"
    )
    deny: tuple[Pattern, ...] = Field(default=(), description="regular expressions; a URL that holds one is not asked")
    infer_opt_out: bool = Field(
        default=False, description="take a robots.txt that keeps three AI trainers' crawlers out as an opt-out"
    )
    render: Literal["none", "chromium"] = Field(
        default="none", description="chromium shows each page in a browser before it is read (extra js)"
    )
    document_kind: Kind = Field(default="article", description="the kind of its documents")

    def start(self) -> Iterator[Request]:
        """Yield the start URLs and, if wanted, the sitemap each of their hosts may have."""
        for url in self.start_urls:
            yield Request(url)
        if self.sitemaps:
            for url in self.start_urls:
                yield Request(urljoin(url, "/sitemap.xml"), "sitemap")

    def admits(self, request: Request) -> bool:
        """Return whether host, patterns, depth and role allow ``request``."""
        if request.role != "page":
            return self.sitemaps and request.depth <= SITEMAP_DEPTH and self._is_ours(request.url)
        return (
            request.depth <= self.max_depth
            and self._is_ours(request.url)
            and (not self.allow or any(re.search(pattern, request.url) for pattern in self.allow))
            and not any(re.search(pattern, request.url) for pattern in self.deny)
        )

    def parse(self, page: Page) -> Iterator[Scraped | Request]:
        """Yield the document of a page and where it leads; of a sitemap or feed the pages it names."""
        if page.request.role == "page" and not redirect_target(page):
            yield read_page(page, self.document_kind)
        yield from filter(self.admits, leads(page))

    def collect(self, desk: Desk) -> Progress:
        """Crawl into ``desk``; see ``scrapers.crawl.run.collect``."""
        return collect(self, desk)

    def _is_ours(self, url: str) -> bool:
        host = host_of(url)
        patterns = self.allowed_hosts or tuple(host_of(start) or "" for start in self.start_urls)
        return host is not None and any(fnmatchcase(host, pattern.lower()) for pattern in patterns)


def read_page(page: Page, kind: Kind) -> Scraped:
    """Return the document of a page: its bytes as they are, its licence where it names one."""
    media_type = page.headers.get("content-type", "")
    markup = read_markup(page.body, page.url, media_type)
    return Scraped(
        canonical(page.request.url),
        page.request.url,
        kind,
        page.fetched_at,
        page.body,
        media_type,
        page.status,
        created_at=page.request.published_at,
        licence=markup.licence,
        licence_evidence=markup.licence_evidence,
    )


def leads(page: Page) -> Iterator[Request]:
    """Yield every request an answer leads to, one step deeper: redirect target, links and feeds, entries, pages."""
    depth = page.request.depth + 1
    target = redirect_target(page)
    if target:
        yield Request(target, page.request.role, depth, page.request.published_at, title=page.request.title)
    elif page.request.role == "feed":
        for entry in read_feed(page.body, page.url):
            yield Request(entry.url, "page", depth, entry.published_at, entry.updated_at, entry.headline)
    elif page.request.role == "sitemap":
        sitemap = read_sitemap(page.body, page.url)
        indexed = set(sitemap.sitemaps)
        for found in sitemap.entries:
            yield Request(found.url, "sitemap" if found.url in indexed else "page", depth, lastmod=found.lastmod)
    else:
        markup = read_markup(page.body, page.url, page.headers.get("content-type", ""))
        yield from (Request(url, "feed", 1) for url in markup.feeds)
        yield from (Request(url, "page", depth) for url in markup.links)
