"""What a crawler reads in HTML: links, feeds, the licence and what it says of consent."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree  # type: ignore[import-untyped, unused-ignore] # ships no types
from lxml.html import HtmlElement, HTMLParser, document_fromstring  # type: ignore[import-untyped, unused-ignore] # ships no types

from corpus.bounded_markup import bounded_markup
from corpus.charset import decode_html
from scrapers.crawl.address import join

MAX_PARSED_BYTES = 8 * 1024 * 1024  # a longer page is stored, and read up to here
HTML_TYPES = ("text/html", "application/xhtml+xml")
MAX_LINKS = 20_000  # different ones of one page; the rest is not followed
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
RSL_TYPE = "application/rsl+xml"
MAX_RSL_DOCUMENTS = 8  # inline and linked licences of one page, each
MAX_RSL_CHARS = 64 * 1024  # of one inline licence
CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/licenses/(by(?:-(?:sa|nc|nd|nc-sa|nc-nd))?)/(\d\.\d)", re.IGNORECASE
)
CC_ZERO = re.compile(r"creativecommons\.org/publicdomain/zero/1\.0", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markup:
    """The facts of one page; URLs are absolute, without fragment, in page order and each once.

    ``canonical`` is what the page calls its own address, if that is on the same host. ``rsl_links`` and
    ``rsl_documents`` are the licences for machines (RSL 1.0, 4.6) it names and holds.
    """

    links: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    licence: str | None = None
    licence_evidence: str | None = None
    robots: tuple[str, ...] = ()
    tdm_reservation: tuple[str, ...] = ()
    canonical: str | None = None
    rsl_links: tuple[str, ...] = ()
    rsl_documents: tuple[str, ...] = ()


@lru_cache(maxsize=2)  # consent and the scraper read the same page one after the other
def read_markup(body: bytes, url: str, media_type: str) -> Markup:
    """Read ``body`` as the HTML of ``url``; anything else, and what cannot be parsed, has no markup."""
    if not media_type.lower().startswith(HTML_TYPES) or not body.strip():
        return Markup()
    try:
        html = decode_html(body[:MAX_PARSED_BYTES], media_type).encode("utf-8", "replace")
        root = document_fromstring(bounded_markup(html), parser=HTMLParser(encoding="utf-8", huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Markup()
    base = _base(root, url)
    licence, evidence = _licence(root, base)
    return Markup(
        _links(root, base),
        _absolute((found.get("href") for found in root.iter("link") if _is_feed(found)), base),
        licence,
        evidence,
        _meta(root, ("robots", "gristmill")),
        _meta(root, ("tdm-reservation",)),
        _canonical(root, base, url),
        _absolute((found.get("href") for found in root.iter("link") if _is_rsl(found)), base)[:MAX_RSL_DOCUMENTS],
        _rsl_documents(root),
    )


def _base(root: HtmlElement, url: str) -> str:
    """Return what relative links are relative to; a ``base`` that is no URL does not count."""
    return join(url, next((found.get("href") or "" for found in root.iter("base")), "")) or url


def _canonical(root: HtmlElement, base: str, url: str) -> str | None:
    named = _absolute((found.get("href") for found in root.iter("link") if "canonical" in _rel(found)), base)
    host = urlsplit(url).netloc.lower()
    return next((address for address in named if urlsplit(address).netloc.lower() == host), None)


def _is_rsl(element: HtmlElement) -> bool:
    return "license" in _rel(element) and _type(element) == RSL_TYPE


def _rsl_documents(root: HtmlElement) -> tuple[str, ...]:
    scripts = (found.text or "" for found in root.iter("script") if _type(found) == RSL_TYPE)
    return tuple(written[:MAX_RSL_CHARS] for written in islice(scripts, MAX_RSL_DOCUMENTS))


def _type(element: HtmlElement) -> str:
    return (element.get("type") or "").partition(";")[0].strip().lower()


def _rel(element: HtmlElement) -> set[str]:
    return set((element.get("rel") or "").lower().split())


def _links(root: HtmlElement, base: str) -> tuple[str, ...]:
    if any("nofollow" in value.lower() for value in _meta(root, ("robots", "gristmill"))):
        return ()
    followed = (found for found in root.iter("a", "area") if "nofollow" not in _rel(found))
    return _absolute((found.get("href") for found in followed), base)


def _is_feed(element: HtmlElement) -> bool:
    return "alternate" in _rel(element) and (element.get("type") or "").lower().startswith(FEED_TYPES)


def _absolute(hrefs: Iterable[str | None], base: str) -> tuple[str, ...]:
    # A page names the same few others hundreds of times, each part of them by a fragment of its own.
    named = dict.fromkeys((href or "").partition("#")[0].strip() for href in hrefs)
    found = (join(base, href) for href in islice(filter(None, named), MAX_LINKS))
    return tuple(dict.fromkeys(url for url in found if url))


def _meta(root: HtmlElement, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        found.get("content") or "" for found in root.iter("meta") if (found.get("name") or "").lower().strip() in names
    )


def _licence(root: HtmlElement, base: str) -> tuple[str | None, str | None]:
    named = [found.get("href") for found in root.iter("link", "a") if "license" in _rel(found) and not _is_rsl(found)]
    urls = _absolute(named, base)
    known = [(spdx, url) for url in urls if (spdx := spdx_of(url))]
    spdx, url = known[0] if known else (None, next(iter(urls), None))
    return spdx, f'rel="license" {url}' if url else None


def spdx_of(url: str) -> str | None:
    """Return the SPDX identifier of a Creative Commons licence URL, else ``None``."""
    if CC_ZERO.search(url):
        return "CC0-1.0"
    found = CREATIVE_COMMONS.search(url)
    return f"CC-{found.group(1).upper()}-{found.group(2)}" if found else None
