"""Feeds read from bytes: RSS, Atom and JSON Feed. Nothing is fetched here and no entity is expanded."""

import io
import json
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from time import struct_time
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

MAX_FEED_BYTES = 2 * 1024 * 1024  # feeds put the newest first; feedparser needs up to 2 s for 1 MiB of damage
MAX_FEED_TAGS = 50_000  # and up to 30 us for a tag
MAX_ENTRIES = 50_000  # as many as a sitemap may name (sitemaps.org)
# An AT Protocol name beside the link, which feedparser takes for the link.
LINK_URI = re.compile(rb"(<link\b[^<>]{0,500}?)\suri\s*=\s*(?:\"[^\"<>]{0,2000}\"|'[^'<>]{0,2000}')", re.IGNORECASE)
ENTRY_END = re.compile(rb"</(?:[\w.-]{1,64}:)?(?:item|entry)\s*>", re.IGNORECASE)
EMPTY_URL = re.compile(r"(?:https?:)?/{2,}", re.IGNORECASE)  # joined, it would be the base itself
JSON_ITEMS = re.compile(r'"items"\s*:\s*\[')
JSON_GAP = re.compile(r"[\s,]*")
W3C_DATETIME = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[Tt ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,30}))?)?"
    r" ?(?:[Zz]|(?P<sign>[+-])(?P<zone_hour>\d\d):?(?P<zone_minute>\d\d))?)?)?)?",
    re.ASCII,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed; times are in UTC, and ``None`` where the feed says nothing readable."""

    url: str
    published_at: datetime | None
    updated_at: datetime | None = None


def read_feed(body: bytes, url: str) -> tuple[Entry, ...]:
    """Read RSS, Atom or JSON Feed (jsonfeed.org, version 1.1), damaged ones as far as they go.

    Entries without an http or https link are left out, relative links are made absolute by ``url`` and ``xml:base``,
    and every URL stands once. Only the first ``MAX_FEED_BYTES`` count, cut after an entry (``MAX_FEED_TAGS`` likewise).
    """
    is_json = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    found = _json_entries(body, url) if is_json else _xml_entries(body, url)
    each: dict[str, Entry] = {}
    for entry in found:
        each.setdefault(entry.url, entry)
    return tuple(islice(each.values(), MAX_ENTRIES))


def read_moment(text: str) -> datetime | None:
    """Return a W3C date-time (a year, year-month, date, or date and time) in UTC; ``None`` for anything else.

    A missing month or day is the first one. A time without a zone, which the note forbids and many sites write, is
    taken as UTC. Source: W3C NOTE-datetime.
    """
    found = W3C_DATETIME.fullmatch(text.strip()[:80])
    try:
        return _moment(found) if found else None
    except (ValueError, OverflowError):
        return None


def absolute(link: str, base: str) -> str | None:
    """Return ``link`` seen from ``base`` where that is an http or https URL with a host, else ``None``.

    Without a base a relative link stays as it is.
    """
    try:
        link = link.strip()
        url = "" if EMPTY_URL.fullmatch(link) else urljoin(base, link)
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if not base and not parts.scheme and not parts.netloc and parts.path:
        return url
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _moment(found: re.Match[str]) -> datetime:
    offset = timedelta(hours=int(found["zone_hour"] or 0), minutes=int(found["zone_minute"] or 0))
    return datetime(
        int(found["year"]),
        int(found["month"] or 1),
        int(found["day"] or 1),
        int(found["hour"] or 0),
        int(found["minute"] or 0),
        int(found["second"] or 0),
        int((found["fraction"] or "0")[:6].ljust(6, "0")),
        timezone(-offset if found["sign"] == "-" else offset),
    ).astimezone(UTC)


def _xml_entries(body: bytes, url: str) -> Iterator[Entry]:
    feed = feedparser.parse(
        io.BytesIO(LINK_URI.sub(rb"\1", _readable(body))),
        response_headers={"content-location": url},
        resolve_relative_uris=False,  # of the HTML inside entries, which nobody reads here
        sanitize_html=False,
    )
    for entry in feed.entries:
        link = absolute(str(entry.get("link") or ""), url)
        if link and link != url:  # an entry with a broken link would be the feed itself
            yield Entry(link, _time(entry, "published_parsed"), _time(entry, "updated_parsed"))


def _readable(body: bytes) -> bytes:
    """Return what counts of ``body``: whole entries if it must be cut, because of its bytes or its tags."""
    cut = min(len(body), MAX_FEED_BYTES)
    tags = islice(re.finditer(rb"<", memoryview(body)[:cut]), MAX_FEED_TAGS, None)
    cut = next((tag.start() for tag in tags), cut)
    if cut == len(body):
        return body
    logger.warning("a feed is longer than %d bytes or %d tags: the rest is not read", MAX_FEED_BYTES, MAX_FEED_TAGS)
    ends = [end.end() for end in ENTRY_END.finditer(body, 0, cut)]
    return body[: ends[-1] if ends else cut]


def _time(entry: dict[str, Any], name: str) -> datetime | None:
    if name not in entry:  # where feedparser's `get` would take the other time, with a warning
        return None
    moment: struct_time | None = entry[name]
    try:
        return datetime(*moment[:6], tzinfo=UTC) if moment else None
    except ValueError:
        return None


def _json_entries(body: bytes, url: str) -> Iterator[Entry]:
    for item in _json_items(body[:MAX_FEED_BYTES].decode("utf-8-sig", errors="replace")):
        link = absolute(str(item.get("url") or item.get("id") or ""), url if item.get("url") else "http:")
        if link:
            published, updated = (str(item.get(name) or "") for name in ("date_published", "date_modified"))
            yield Entry(link, read_moment(published), read_moment(updated))


def _json_items(text: str) -> Iterable[dict[str, Any]]:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        return _items_up_to_the_damage(text)
    items = feed.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _items_up_to_the_damage(text: str) -> Iterator[dict[str, Any]]:
    start = JSON_ITEMS.search(text)
    position = start.end() if start else len(text)
    while position < len(text):
        try:
            item, position = json.JSONDecoder().raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        if isinstance(item, dict):
            yield item
        gap = JSON_GAP.match(text, position)
        position = gap.end() if gap else position
