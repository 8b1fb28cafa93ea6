"""Sitemaps read from bytes: XML, gzip, one URL a line, or a feed. Nothing is fetched and no entity is expanded.

Six element names matter, so the XML is read by its tags alone: a document without end, a root that never opened or a
stray ``<`` costs only the entry it stands in, memory stays flat, and there is nothing an entity could expand into.
Source of the format and its limits: sitemaps.org, protocol 0.9.
"""

import logging
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from scrapers.crawl.feed import absolute, read_feed, read_moment

MAX_BYTES = 50 * 1024 * 1024  # sitemaps.org: a sitemap is no larger than 50 MB, unzipped
MAX_URLS = 50_000  # and names no more than 50,000 URLs
MAX_TAGS = 1_000_000  # the six that matter and comments: 50,000 URLs with some images each
MAX_URL_CHARS = 2048  # and each is shorter than 2,048 characters
GZIP = 16 + zlib.MAX_WBITS
GZIP_MAGIC = b"\x1f\x8b"
GZIP_CHUNK_BYTES = 64 * 1024
MAX_GZIP_MEMBERS = 1000  # a writer that appends a member a day for three years
MAX_GZIP_LAYERS = 2  # a .gz file that the server zips once more
SKIPPED = r"!--.*?(?:-->|\Z)|!\[CDATA\[.*?(?:\]\]>|\Z)"
TAG = re.compile(
    rf"<(?:{SKIPPED}|(?P<close>/?)(?P<prefix>[\w.-]{{1,64}}:)?(?P<name>sitemapindex|urlset|sitemap|url|loc|lastmod)"
    rf"(?:\s[^<>]*)?>(?P<text>[^<]*(?:<(?:{SKIPPED})[^<]*)*))",
    re.IGNORECASE | re.DOTALL,
)
FEED_ROOT = re.compile(r"<(?:[\w.-]{1,64}:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
ANY_TAG = re.compile(r"<[a-z/]", re.IGNORECASE)
HEAD_CHARS = 4096  # a root stands within; comments before it rarely take more
WRAPPING = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>", re.DOTALL)
REFERENCE = re.compile(r"&(?:#(?P<decimal>\d{1,7})|#x(?P<hex>[0-9a-f]{1,6})|(?P<name>\w{1,64}));", re.IGNORECASE)
PREDEFINED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}  # XML 1.0, 4.6
DECLARED = re.compile(rb"<\?xml[^>]{1,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
# UTF-16 is known by its bytes; other codecs of Python are no encodings of the web, some of them slow.
ASCII_SUPERSETS = re.compile(
    r"iso-?8859-\d{1,2}|latin-?\d{1,2}|windows-125\d|koi8-[rut]|gbk|gb2312|gb18030|big5|euc-(?:jp|kr)|shift_jis",
    re.IGNORECASE,
)
BYTE_ORDER = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One URL of a sitemap and when it says the resource last changed, in UTC."""

    url: str
    lastmod: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages one sitemap names, the further sitemaps of an index, and both in their order with ``lastmod``."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]
    entries: tuple[SitemapEntry, ...] = ()


@dataclass(slots=True)
class _Element:
    """A ``url`` or ``sitemap`` element as far as it was read."""

    is_sitemap: bool = False
    prefix: str | None = None
    urls: list[str] = field(default_factory=list)
    lastmod: datetime | None = None


def read_sitemap(body: bytes, url: str = "") -> Sitemap:
    """Read a sitemap or an index: XML, gzip of it, RSS, Atom, or one URL a line; damaged ones as far as they go.

    Relative URLs are made absolute by ``url``, the sitemap's own, and stay as they are without it. What is no http or
    https URL is left out. Beyond 50 MB or 50,000 URLs nothing is read, and the log says so.
    """
    content = _unzipped(body)
    text = _decoded(content)
    if FEED_ROOT.search(text, 0, HEAD_CHARS):
        return _sitemap(_fed(content, url))
    return _sitemap(_tagged(text, url) if ANY_TAG.search(text, 0, HEAD_CHARS) else _listed(text, url))


def _sitemap(found: Iterable[tuple[bool, SitemapEntry]]) -> Sitemap:
    each = list(islice(found, MAX_URLS + 1))
    if len(each) > MAX_URLS:
        logger.warning("a sitemap names more than %d URLs: the rest are not read", MAX_URLS)
    kept = each[:MAX_URLS]
    return Sitemap(
        tuple(entry.url for is_sitemap, entry in kept if not is_sitemap),
        tuple(entry.url for is_sitemap, entry in kept if is_sitemap),
        tuple(entry for _, entry in kept),
    )


def _fed(content: bytes, base: str) -> Iterator[tuple[bool, SitemapEntry]]:
    for entry in read_feed(content, base):
        yield False, SitemapEntry(entry.url, entry.updated_at or entry.published_at)


def _listed(text: str, base: str) -> Iterator[tuple[bool, SitemapEntry]]:
    for line in re.finditer(r"\S+", text):
        url = _url(line.group(), base) if line.group().lower().startswith("http") else None
        if url:
            yield False, SitemapEntry(url)


def _tagged(text: str, base: str) -> Iterator[tuple[bool, SitemapEntry]]:
    is_index, element = False, _Element()
    for tag in _tags(text):
        name = (tag["name"] or "").lower()
        if name in ("urlset", "sitemapindex"):
            is_index = name == "sitemapindex"
        elif name in ("url", "sitemap"):
            yield from _entries(element)
            element = _Element(is_index or name == "sitemap", None if tag["close"] else tag["prefix"] or "")
        elif name and not tag["close"] and element.prefix in (None, tag["prefix"] or ""):
            _note(element, name, tag["text"], base)
    yield from _entries(element)


def _tags(text: str) -> Iterator[re.Match[str]]:
    for number, tag in enumerate(TAG.finditer(text)):
        if number == MAX_TAGS:
            logger.warning("a sitemap has more than %d tags: the rest is not read", MAX_TAGS)
            return
        yield tag


def _note(element: _Element, name: str, text: str, base: str) -> None:
    """Take a ``loc`` or ``lastmod``; those of another prefix than their entry's belong to images and the like."""
    if name == "lastmod":
        element.lastmod = read_moment(_value(text))
        return
    url = _url(_value(text), base)
    if url:
        element.urls.append(url)


def _entries(element: _Element) -> Iterator[tuple[bool, SitemapEntry]]:
    for url in element.urls:
        yield element.is_sitemap, SitemapEntry(url, element.lastmod)


def _value(text: str) -> str:
    """Return the text of an element: comments gone, CDATA unwrapped, references to any declared entity left out."""
    if "<" not in text:
        return REFERENCE.sub(_character, text).strip()
    parts = re.split(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", text, flags=re.DOTALL)
    return "".join(
        WRAPPING.sub("", part) if part.startswith("<![CDATA[") else REFERENCE.sub(_character, WRAPPING.sub("", part))
        for part in parts
    ).strip()


def _character(reference: re.Match[str]) -> str:
    if reference["name"]:
        return PREDEFINED.get(reference["name"].lower(), "")
    code = int(reference["decimal"]) if reference["decimal"] else int(reference["hex"], 16)
    return chr(code) if 32 <= code < 0xD800 or 0xE000 <= code < 0x110000 else ""


def _url(text: str, base: str) -> str | None:
    """Return an absolute URL; a byte that is not of the encoding keeps its value as ``%XX``."""
    if not text or len(text) > MAX_URL_CHARS:
        return None
    return absolute(re.sub("[\udc80-\udcff]", lambda found: f"%{ord(found.group()) - 0xDC00:02X}", text), base)


def _unzipped(body: bytes) -> bytes:
    for _ in range(MAX_GZIP_LAYERS):
        if body.startswith(GZIP_MAGIC):
            body = _inflated(body)
    if len(body) >= MAX_BYTES:
        logger.warning("a sitemap is larger than %d bytes: the rest is not read", MAX_BYTES)
    return body[:MAX_BYTES]


def _inflated(body: bytes) -> bytes:
    """Return what can be unzipped before the end, the damage or ``MAX_BYTES``."""
    content, position, members = bytearray(), 0, 0
    stream = zlib.decompressobj(GZIP)
    while position < len(body) and len(content) < MAX_BYTES and members < MAX_GZIP_MEMBERS:
        chunk = body[position : position + GZIP_CHUNK_BYTES]
        before = stream.copy()
        try:
            content += stream.decompress(chunk, MAX_BYTES - len(content))
        except zlib.error:
            return bytes(content + _before_the_damage(before, chunk))
        position += len(chunk) - len(stream.unused_data)
        if stream.eof:
            stream, members = zlib.decompressobj(GZIP), members + 1
    return bytes(content)


def _before_the_damage(stream: "zlib._Decompress", chunk: bytes) -> bytes:
    content = bytearray()
    try:
        for place in range(len(chunk)):
            content += stream.decompress(chunk[place : place + 1])
    except zlib.error:
        pass
    return bytes(content)


def _decoded(content: bytes) -> str:
    """Decode by byte order mark, by the look of the first bytes, by the declaration if it can be true, else UTF-8."""
    for mark, encoding in BYTE_ORDER:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="surrogateescape" if encoding == "utf-8" else "replace")
    if content[:2] in (b"<\0", b"\0<"):
        return content.decode("utf-16-le" if content[0] else "utf-16-be", errors="replace")
    declared = DECLARED.search(content, 0, HEAD_CHARS)
    name = declared.group(1).decode("ascii") if declared else "utf-8"
    if ASCII_SUPERSETS.fullmatch(name):
        return content.decode(name, errors="replace")
    return content.decode("utf-8", errors="surrogateescape")
