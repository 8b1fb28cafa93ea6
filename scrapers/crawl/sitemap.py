"""Sitemaps and feeds, read from bytes: nothing is fetched here and no entity is expanded."""

import io
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from time import struct_time
from typing import Any

import feedparser
from lxml import etree  # type: ignore[import-untyped, unused-ignore] # ships no types

MAX_BYTES = 50 * 1024 * 1024  # sitemaps.org: a sitemap is no larger than 50 MB
GZIP = 16 + zlib.MAX_WBITS
MAX_URLS = 50_000  # and names no more than 50,000 URLs


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages one sitemap names and the further sitemaps of an index."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed."""

    url: str
    published_at: datetime | None


def read_sitemap(body: bytes) -> Sitemap:
    """Read XML (gzip too) or one URL a line; damaged XML is read as far as it goes."""
    content = _unzipped(body)
    if not content.lstrip().startswith((b"<", b"\xef\xbb\xbf<")):
        lines = content.decode("utf-8", errors="replace").split()
        return Sitemap(tuple(line for line in lines if line.startswith("http"))[:MAX_URLS], ())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    root = etree.fromstring(content.lstrip(), parser)
    if root is None:
        return Sitemap((), ())
    found = tuple(text.strip() for text in root.xpath("//*[local-name()='loc']/text()"))[:MAX_URLS]
    is_index = etree.QName(root).localname == "sitemapindex"
    return Sitemap((), found) if is_index else Sitemap(found, ())


def read_feed(body: bytes, url: str) -> tuple[Entry, ...]:
    """Read RSS or Atom; entries without a link are left out, relative links are made absolute by ``url``."""
    feed = feedparser.parse(io.BytesIO(body), response_headers={"content-location": url})
    return tuple(Entry(str(entry["link"]), _published_at(entry)) for entry in feed.entries if entry.get("link"))


def _unzipped(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body[:MAX_BYTES]
    try:
        return zlib.decompressobj(GZIP).decompress(body, MAX_BYTES)
    except zlib.error:
        return b""


def _published_at(entry: dict[str, Any]) -> datetime | None:
    moment: struct_time | None = entry.get("published_parsed")
    try:
        return datetime(*moment[:6], tzinfo=UTC) if moment else None
    except ValueError:
        return None
