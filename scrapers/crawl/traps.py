"""Crawler traps: URLs that look endless by themselves, and patterns of URLs whose pages are all alike.

A false alarm costs an honest site its pages, a missed trap only requests up to the source's ``max_pages``; where the
two conflict the rules here let pass. A maze of ever new words at ever new addresses shows neither sign: budgets end it.
"""

import json
import re
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import xxhash

from scrapers.crawl.address import MAX_URL_CHARS, authority

MAX_DEPTH = 1000  # links in a row: an archive of "older posts" links may be this long
MAX_SEGMENTS = 20  # Heritrix, TooManyPathSegmentsDecideRule: its default
MAX_REPEATS = 3  # the same segment so often is a relative link that feeds on itself (/a/b/a/b/a/b)
FUTURE_YEARS = 3  # events are announced, hardly further ahead
PAST_YEARS = 200  # digitised newspapers go back so far
CALENDAR_PAST_YEARS = 30  # a calendar of events does not
WINDOW = 50  # pages of a pattern that are judged together
MAX_ALIKE = 40  # of them: more than 80 % near-duplicates close the pattern
MAX_FINGERPRINTS = 25  # among them: pages that differ in numbers alone share one, a calendar has one a month
MAX_DISTANCE_BITS = 3  # Manku et al. 2007, section 4.1: the best threshold for 64-bit simhashes of web pages
COMPARED = 512  # the latest pages of a pattern a new one is compared with
MAX_VALUES = 1000  # of one query key, where half of the pages are near-duplicates too
COMBINED_PAGES = 500  # combinations of the same few values, such as the filters of a shop
COMBINED_KEYS = 4
MAX_PATTERNS = 2000  # watched at a time; the one that saw no page for longest is forgotten
MAX_KEYS = 16  # of a query; those after it are not watched
CALENDARS = re.compile(
    r"(?:^|[/?&=_.-])(?:calendar|kalender|calendrier|calendario|events?|agenda|termine)(?:$|[/?&=_.-])"
)
FULL_DATE = re.compile(r"(?<!\d)(\d{4})([-/])(\d\d?)\2(\d\d?)(?!\d)")
YEAR_MONTH = re.compile(r"(?<!\d)(\d{4})[-/](\d\d?)(?!\d)")
DATE_KEYS = re.compile(r"(?:^|[?&])(?:y|year|jahr|annee|ano)=(\d{4})(?=&|$)")
SESSION = re.compile(
    r"/\(S\([a-z0-9]{12,}\)\)|[;?&/](?:jsessionid|phpsessid|aspsessionid\w*|sessionid|sid)=[a-z0-9]{16,}", re.IGNORECASE
)
PRESENTATION = re.compile(
    r"sort(?:_?by)?|order(?:_?by)?|dir(?:ection)?|view|display|layout|mode|limit|per_?page|page_?size", re.IGNORECASE
)
LONG_ID = re.compile(
    r"(?=[^/]*\d)(?:[0-9a-f]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-z]{16,})", re.IGNORECASE
)
DIGITS = re.compile(r"\d+")


def trap(url: str, depth: int, now: datetime) -> str | None:
    """Return in one sentence why ``url``, ``depth`` links from a start, looks endless by itself; else ``None``.

    ``url`` is canonical: session ids that canonicalisation knows are gone from it.
    """
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(url) > MAX_URL_CHARS:
        return f"the URL is longer than {MAX_URL_CHARS} characters"
    if depth > MAX_DEPTH:
        return f"it is more than {MAX_DEPTH} links away from the start"
    if len(segments) > MAX_SEGMENTS:
        return f"its path has more than {MAX_SEGMENTS} segments"
    repeated = next(
        (name for name, times in Counter(segments).items() if times >= MAX_REPEATS and not name.isdigit()), None
    )
    if repeated:
        return f"its path repeats {repeated[:40]!r} {MAX_REPEATS} times or more"
    if SESSION.search(url):
        return "it holds a session id, new for every visit"
    return _date_trap(f"{parts.path}?{parts.query}".lower(), now)


def _date_trap(place: str, now: datetime) -> str | None:
    is_calendar = CALENDARS.search(place) is not None
    earliest = now.year - (CALENDAR_PAST_YEARS if is_calendar else PAST_YEARS)
    for year in _years(place, is_calendar=is_calendar):
        if not earliest <= year <= now.year + FUTURE_YEARS:
            return f"it is a page of the year {year}, far from now"
    return None


def _years(place: str, *, is_calendar: bool) -> Iterator[int]:
    """Yield the years of the dates in a path and query; of a year and month only in a calendar: both may be numbers."""
    for found in FULL_DATE.finditer(place):
        if _is_date(int(found[1]), int(found[3]), int(found[4])):
            yield int(found[1])
    if is_calendar:
        yield from (int(found[1]) for found in YEAR_MONTH.finditer(place) if 1 <= int(found[2]) <= 12)
        yield from (int(found[1]) for found in DATE_KEYS.finditer(place))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        return date(year, month, day).year >= 1
    except ValueError:
        return False


@dataclass(slots=True)
class _Pattern:
    """What is known of one pattern: its pages, how many were near-duplicates, the last of them, its query's values."""

    pages: int = 0
    alike: int = 0
    window: int = 0  # a bit a page, the latest lowest
    hashes: "array[int]" = field(default_factory=lambda: array("Q"))
    values: dict[str, set[int]] = field(default_factory=dict)
    closed: str | None = None


class Patterns:
    """The URL patterns of a crawl and what their pages were like; a few MB however long the crawl.

    A pattern is a host, a path with its numbers as ``N`` and long ids as ``X``, and the keys of the query; a query that
    sorts or has many keys is ``*``. ``rows`` and ``from_rows`` carry the state through a restart.
    """

    def __init__(self) -> None:
        self._patterns: OrderedDict[str, _Pattern] = OrderedDict()
        self._changed: set[str] = set()
        self._closed: dict[str, str] = {}

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str]]) -> "Patterns":
        """Return the state that ``rows`` gave, the latest row of each pattern."""
        found = cls()
        for name, state in rows:
            pattern = _thawed(json.loads(state))
            found._keep(name, pattern)
            found._remember(name, pattern)
        return found

    def note(self, url: str, text_simhash: int) -> None:
        """Take a page that arrived: its canonical URL and ``scrapers.crawl.likeness.simhash64`` of its body."""
        name, query = pattern_of(url)
        pattern = self._patterns.get(name) or _Pattern()
        self._keep(name, pattern)
        _count(pattern, text_simhash, query)
        pattern.closed = pattern.closed or _closed(name, pattern)
        self._remember(name, pattern)
        if pattern.pages > 1:
            self._changed.add(name)

    def refused(self, url: str) -> str | None:
        """Return in one sentence why no further page like ``url`` is asked, or ``None``."""
        return self._closed.get(pattern_of(url)[0]) if self._closed else None

    def rows(self) -> list[tuple[str, str]]:
        """Return (pattern, state) of what changed since the last call, to be put over the rows of those patterns."""
        changed = [(name, _frozen(self._patterns[name])) for name in sorted(self._changed) if name in self._patterns]
        self._changed.clear()
        return changed

    def _remember(self, name: str, pattern: _Pattern) -> None:
        if pattern.closed:
            self._closed[name] = pattern.closed

    def _keep(self, name: str, pattern: _Pattern) -> None:
        self._patterns[name] = pattern
        self._patterns.move_to_end(name)
        if len(self._patterns) > MAX_PATTERNS:
            forgotten = next((key for key, found in self._patterns.items() if not found.closed), name)
            del self._patterns[forgotten]


def pattern_of(url: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the pattern of ``url`` and its query as pairs."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)[:MAX_KEYS]
    path = "/".join(
        "X" if LONG_ID.fullmatch(segment) else DIGITS.sub("N", segment) for segment in parts.path.split("/")
    )
    keys = sorted({DIGITS.sub("N", key) for key, _ in query})
    is_variant = len(keys) >= COMBINED_KEYS or any(map(PRESENTATION.fullmatch, keys))
    return f"{authority(url)}{path}?{'*' if is_variant else '&'.join(keys)}", query


def _count(pattern: _Pattern, text_simhash: int, query: list[tuple[str, str]]) -> None:
    is_alike = _is_known(pattern.hashes, text_simhash)
    pattern.window = (pattern.window << 1 | is_alike) & ((1 << WINDOW) - 1)
    pattern.alike += is_alike
    if len(pattern.hashes) < COMPARED:
        pattern.hashes.append(text_simhash)
    else:
        pattern.hashes[pattern.pages % COMPARED] = text_simhash
    pattern.pages += 1
    for key, value in query:
        values = (
            pattern.values.setdefault(key, set()) if len(pattern.values) < MAX_KEYS else pattern.values.get(key, set())
        )
        if len(values) <= MAX_VALUES:
            values.add(xxhash.xxh32_intdigest(value.encode(errors="replace")))


def _is_known(hashes: "array[int]", text_simhash: int) -> bool:
    if not hashes:
        return False
    differing = np.bitwise_count(np.frombuffer(hashes, np.uint64) ^ np.uint64(text_simhash))
    return bool((differing <= MAX_DISTANCE_BITS).any())


def _closed(name: str, pattern: _Pattern) -> str | None:
    most = max(map(len, pattern.values.values()), default=0)
    if pattern.pages >= WINDOW and pattern.window.bit_count() > MAX_ALIKE and _repeats(pattern):
        return f"more than 80 % of the last {WINDOW} pages of its pattern say the same"
    if most > MAX_VALUES and pattern.alike * 2 >= pattern.pages and _repeats(pattern):
        return f"a key of its query had more than {MAX_VALUES} values, and half of the pages say the same"
    if name.endswith("?*") and pattern.pages >= COMBINED_PAGES and most * 10 < pattern.pages:
        return f"{COMBINED_PAGES} pages of its pattern combine the same few values of its query"
    return None


def _repeats(pattern: _Pattern) -> bool:
    """Return whether the last pages come back to few fingerprints; short texts in one long template never do."""
    latest = {pattern.hashes[(pattern.pages - 1 - back) % COMPARED] for back in range(WINDOW)}
    return len(latest) <= MAX_FINGERPRINTS


def _frozen(pattern: _Pattern) -> str:
    return json.dumps(
        {
            "pages": pattern.pages,
            "alike": pattern.alike,
            "window": pattern.window,
            "hashes": pattern.hashes.tolist(),
            "values": {key: sorted(values) for key, values in pattern.values.items()},
            "closed": pattern.closed,
        }
    )


def _thawed(state: dict[str, Any]) -> _Pattern:
    values = {key: set(found) for key, found in state["values"].items()}
    return _Pattern(
        state["pages"], state["alike"], state["window"], array("Q", state["hashes"]), values, state["closed"]
    )
