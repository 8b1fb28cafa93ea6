"""What the crawler asks of a source it can crawl: pure questions, no socket, clock or disk."""

from collections.abc import Iterator
from typing import Literal, Protocol

from corpus.schema import Kind
from scrapers.page import Page, Request, Scraped


class Site(Protocol):
    """A source made of web pages; ``Web`` and ``News`` are sites."""

    @property
    def name(self) -> str:
        """The first part of its documents' ids."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes with any of its options."""
        ...

    @property
    def document_kind(self) -> Kind:
        """The ``kind`` of its documents, refused ones too."""
        ...

    @property
    def delay_s(self) -> float:
        """Seconds between two requests to one host."""
        ...

    @property
    def backoff_s(self) -> float:
        """Seconds before the first retry where the server names none; doubled with each failure."""
        ...

    @property
    def max_pages(self) -> int:
        """How many pages are asked at most."""
        ...

    @property
    def max_pages_per_host(self) -> int:
        """How many pages of one host are asked at most in one night."""
        ...

    @property
    def max_mib_per_host(self) -> float:
        """How many MiB (unzipped) one host may send in one run, at least until the next answer."""
        ...

    @property
    def revisit_days(self) -> float:
        """Days between two visits of a page at least; 0 asks for every known page each time."""
        ...

    @property
    def infer_opt_out(self) -> bool:
        """Whether a site that keeps the crawlers of AI trainers out has opted out."""
        ...

    @property
    def render(self) -> Literal["none", "chromium"]:
        """Whether pages are shown in a browser before they are read."""
        ...

    def start(self) -> Iterator[Request]:
        """Yield where the crawl begins."""
        ...

    def admits(self, request: Request) -> bool:
        """Return whether the site wants ``request``; asked about the sitemaps that robots.txt names."""
        ...

    def parse(self, page: Page) -> Iterator[Scraped | Request]:
        """Read an answer with status 2xx (exactly one ``Scraped`` for a page) or 3xx (only where it leads)."""
        ...
