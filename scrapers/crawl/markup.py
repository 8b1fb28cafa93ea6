"""What a crawler reads in HTML: links, feeds, the licence and the consent meta elements."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urldefrag, urljoin

from lxml import etree  # type: ignore[import-untyped, unused-ignore] # ships no types
from lxml.html import HtmlElement, HTMLParser, document_fromstring  # type: ignore[import-untyped, unused-ignore] # ships no types

MAX_PARSED_BYTES = 8 * 1024 * 1024  # a longer page is stored, and read up to here
HTML_TYPES = ("text/html", "application/xhtml+xml")
FEED_TYPES = ("application/rss+xml", "application/atom+xml")
CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/licenses/(by(?:-(?:sa|nc|nd|nc-sa|nc-nd))?)/(\d\.\d)", re.IGNORECASE
)
CC_ZERO = re.compile(r"creativecommons\.org/publicdomain/zero/1\.0", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markup:
    """The facts of one page; URLs are absolute, without fragment, in page order and each once."""

    links: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    licence: str | None = None
    licence_evidence: str | None = None
    robots: tuple[str, ...] = ()
    tdm_reservation: tuple[str, ...] = ()


@lru_cache(maxsize=2)  # consent and the scraper read the same page one after the other
def read_markup(body: bytes, url: str, media_type: str) -> Markup:
    """Read ``body`` as the HTML of ``url``; anything else, and what cannot be parsed, has no markup."""
    if not media_type.lower().startswith(HTML_TYPES) or not body.strip():
        return Markup()
    try:
        root = document_fromstring(body[:MAX_PARSED_BYTES], parser=_parser(media_type))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Markup()
    base = urljoin(url, next(iter(root.xpath("//base/@href")), ""))
    licence, evidence = _licence(root, base)
    return Markup(
        _links(root, base),
        _absolute((found.get("href") for found in root.iter("link") if _is_feed(found)), base),
        licence,
        evidence,
        _meta(root, ("robots", "gristmill")),
        _meta(root, ("tdm-reservation",)),
    )


def _parser(media_type: str) -> HTMLParser:
    charset = re.search(r"charset=[\"']?([\w.:-]+)", media_type, re.IGNORECASE)
    try:
        return HTMLParser(encoding=charset.group(1) if charset else None, huge_tree=False)
    except LookupError:
        return HTMLParser(huge_tree=False)


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
    found: dict[str, None] = {}
    for href in hrefs:
        try:
            url = urldefrag(urljoin(base, (href or "").strip())).url
        except ValueError:
            continue
        if href and url.startswith(("http://", "https://")):
            found[url] = None
    return tuple(found)


def _meta(root: HtmlElement, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        found.get("content") or "" for found in root.iter("meta") if (found.get("name") or "").lower().strip() in names
    )


def _licence(root: HtmlElement, base: str) -> tuple[str | None, str | None]:
    named = [found.get("href") for found in root.iter("link", "a") if "license" in _rel(found)]
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
