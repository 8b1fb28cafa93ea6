"""Feeds read from bytes: RSS, Atom and JSON Feed. Nothing is fetched here and no entity is expanded."""

import html
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from time import struct_time
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from scrapers.crawl.feed_xml import read_xml

MAX_FEED_BYTES = 2 * 1024 * 1024  # feeds put the newest first; feedparser needs up to 2 s for 1 MiB of damage
MAX_FEED_TAGS = 50_000  # and up to 30 us for a tag
MAX_ENTRIES = 50_000  # as many as a sitemap may name (sitemaps.org)
MAX_HEADLINE_CHARS = 500
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
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no characters of XML (XML 1.0, 2.2)
XHTML_DIV = re.compile(r"<div>(.*)</div>", re.DOTALL)
MARKUP_TAG = re.compile(r"<[^<>]*>")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed; times are in UTC, and ``None`` stands where the feed says nothing readable.

    ``title``, ``summary`` and ``content`` may be HTML, with links made absolute by ``xml:base``; ``headline`` is the
    title as plain text. ``url`` is empty where the entry leads nowhere; ``published_at`` is when it was updated where
    the feed says no more.
    """

    url: str
    published_at: datetime | None
    updated_at: datetime | None = None
    id: str | None = None
    title: str | None = None
    headline: str | None = None
    summary: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself, and its entries in their order; ``url`` is the page it belongs to."""

    title: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    entries: tuple[Entry, ...] = ()


def read_feed(body: bytes, url: str) -> tuple[Entry, ...]:
    """Return the entries of ``parse_feed`` that lead to an http or https URL, and every URL once."""
    each: dict[str, Entry] = {}
    for entry in parse_feed(body, url).entries:
        if entry.url:
            each.setdefault(entry.url, entry)
    return tuple(each.values())


def parse_feed(body: bytes, url: str = "") -> Feed:
    """Read RSS, Atom or JSON Feed (jsonfeed.org, version 1.1), damaged ones as far as they go.

    Relative links are made absolute by ``url``, the feed's own, and ``xml:base``. Only the first ``MAX_FEED_BYTES``
    count, cut after an entry (``MAX_FEED_TAGS`` likewise).
    """
    is_json = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    return _json_feed(body, url) if is_json else _xml_feed(body, url)


def parsed(body: bytes) -> feedparser.FeedParserDict:
    """Return the part of the XML feed ``body`` that counts as feedparser reads it; see ``feed_xml.read_xml``."""
    return read_xml(_readable(body))


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


def _xml_feed(body: bytes, url: str) -> Feed:
    try:
        found = parsed(body)
    except Exception as error:  # noqa: BLE001 - feedparser raises whatever bytes made to break it lead to
        logger.warning("a feed is not read at all, since feedparser breaks on it: %s", type(error).__name__)
        return Feed()
    is_atom = str(found.get("version") or "").startswith("atom")
    entries = (_xml_entry(entry, url, is_atom=is_atom) for entry in islice(found.entries, MAX_ENTRIES))
    link = _link(found.feed, url, is_atom=is_atom)
    published_at, updated_at = _time(found.feed, "published_parsed"), _time(found.feed, "updated_parsed")
    return Feed(_text(found.feed, "title"), link or None, published_at, updated_at, tuple(entries))


def _xml_entry(entry: dict[str, Any], url: str, *, is_atom: bool) -> Entry:
    link = _link(entry, url, is_atom=is_atom)
    published_at, updated_at = _time(entry, "published_parsed"), _time(entry, "updated_parsed")
    title, summary = _text(entry, "title"), _text(entry, "summary")
    content = next((_clean(part) for part in _value(entry, "content") or ()), None)
    return Entry(
        "" if link == url else link,  # an entry with a broken link would be the feed itself
        published_at or updated_at,  # Atom requires only the second (RFC 4287, 4.1.2), and dc:date is read as that
        updated_at,
        str(_value(entry, "id") or "").strip() or None,
        title,
        _headline(title, is_html=_type_of(entry, "title") != "text/plain"),
        None if summary == content else summary,  # feedparser gives the content for a summary that is missing
        content,
    )


def _link(element: dict[str, Any], url: str, *, is_atom: bool) -> str:
    """Return where ``element`` leads; an Atom id is a name, which feedparser takes for a link (RFC 4287, 4.2.6)."""
    link = str(_value(element, "link") or "")
    named = [str(one.get("href") or "") for one in _value(element, "links") or () if one.get("rel") == "alternate"]
    if is_atom and link == _value(element, "id") and link not in named:
        link = ""
    return absolute(link or next(iter(named), ""), url) or ""


def _text(element: dict[str, Any], name: str) -> str | None:
    return _clean(_value(element, f"{name}_detail") or {"value": _value(element, name)})


def _clean(detail: dict[str, Any]) -> str | None:
    """Return a text less what XML forbids and less the ``div`` around XHTML, no part of it (RFC 4287, 3.1.1.3)."""
    text = FORBIDDEN.sub("", str(detail.get("value") or "")).strip()
    wrapped = XHTML_DIV.fullmatch(text) if detail.get("type") == "application/xhtml+xml" else None
    return (wrapped[1].strip() if wrapped and "<div" not in wrapped[1] else text) or None


def _type_of(entry: dict[str, Any], name: str) -> str:
    return str((_value(entry, f"{name}_detail") or {}).get("type") or "")


def _headline(title: str | None, *, is_html: bool) -> str | None:
    text = title or ""
    if is_html:
        text = html.unescape(MARKUP_TAG.sub("", text)[: 8 * MAX_HEADLINE_CHARS])  # longer numbers raise there
    return " ".join(FORBIDDEN.sub("", text).split())[:MAX_HEADLINE_CHARS] or None


def _value(element: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - feedparser's values are of many types
    """Return what stands under ``name`` itself: feedparser's ``get`` would take another, with a warning."""
    return element[name] if name in element else None  # noqa: SIM401 - the very point


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
    moment: struct_time | None = _value(entry, name)
    try:
        return datetime(*moment[:6], tzinfo=UTC) if moment else None
    except ValueError:
        return None


def _json_feed(body: bytes, url: str) -> Feed:
    text = body[:MAX_FEED_BYTES].decode("utf-8-sig", errors="replace")
    try:
        feed = json.loads(text)
        items = feed.get("items")
    except (ValueError, RecursionError):
        feed, items = {}, list(_items_up_to_the_damage(text))
    entries = (_json_entry(item, url) for item in items if isinstance(item, dict)) if isinstance(items, list) else ()
    home = absolute(_string(feed, "home_page_url") or "", url)
    return Feed(_string(feed, "title"), home, entries=tuple(islice(entries, MAX_ENTRIES)))


def _json_entry(item: dict[str, Any], url: str) -> Entry:
    link = absolute(str(item.get("url") or item.get("id") or ""), url if item.get("url") else "http:")
    title = _string(item, "title")
    return Entry(
        link or "",
        read_moment(_string(item, "date_published") or ""),
        read_moment(_string(item, "date_modified") or ""),
        _string(item, "id"),
        title,
        _headline(title, is_html=False),  # plain text there (jsonfeed.org, version 1.1, items)
        _string(item, "summary"),
        _string(item, "content_html") or _string(item, "content_text"),
    )


def _string(element: dict[str, Any], name: str) -> str | None:
    value = element.get(name)
    return FORBIDDEN.sub("", str(value)).strip() or None if isinstance(value, str | int | float) else None


def _items_up_to_the_damage(text: str) -> Iterator[Any]:
    start = JSON_ITEMS.search(text)
    position = start.end() if start else len(text)
    while position < len(text):
        try:
            item, position = json.JSONDecoder().raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield item
        gap = JSON_GAP.match(text, position)
        position = gap.end() if gap else position
