"""When a feed or sitemap may be asked again: hourly at most, later where it or its server says so. Pure.

Sources: RSS 2.0 (``ttl`` in minutes, ``skipHours`` in GMT, ``skipDays``), the RSS 1.0 syndication module
(``sy:updatePeriod``, ``sy:updateFrequency``) and RFC 9111, 5.2.2.1 and 5.3 (``max-age``, ``Expires``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from scrapers.crawl.archive import NOT_MODIFIED
from scrapers.crawl.visits import Known
from scrapers.page import Page

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
LONGEST_S = 7 * DAY_S  # servers give every file of theirs a year
MARGIN_S = HOUR_S  # of a day and more: a night may begin earlier than the one before
HEAD_BYTES = 64 * 1024  # what a feed says of itself stands before its entries
TTL = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
PERIOD = re.compile(rb"<sy:updatePeriod>\s*(hourly|daily|weekly|monthly|yearly)\s*<", re.IGNORECASE)
FREQUENCY = re.compile(rb"<sy:updateFrequency>\s*0*([1-9]\d{0,5})\s*<", re.IGNORECASE)
PERIODS_S = {b"hourly": HOUR_S, b"daily": DAY_S, b"weekly": 7 * DAY_S, b"monthly": 30 * DAY_S, b"yearly": 365 * DAY_S}
SKIPPED = re.compile(rb"<(skipHours|skipDays)>([^!]{0,2000}?)</\1>", re.IGNORECASE)
SKIPPED_ONE = re.compile(rb"<(?:hour|day)>\s*([A-Za-z0-9]{1,9})\s*<", re.IGNORECASE)
DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is kept of an answer: its validators, how long it rests and until when (seconds since 1970)."""

    etag: str | None
    last_modified: str | None
    interval_s: float
    due_at: float


def rest_after(page: Page, known: Known) -> Rest:
    """Return what to keep of the answer to a feed or sitemap; ``known`` is what the one before it left.

    A feed without validators rests for a day. What came unchanged, or not at all, keeps the validators it had; the
    unchanged one keeps its interval too.
    """
    etag, last_modified = page.headers.get("etag"), page.headers.get("last-modified")
    if page.status == NOT_MODIFIED:
        interval_s = max(known.interval_s or HOUR_S, fresh_s(page.headers, page.fetched_at))
        return _rest(page, etag or known.etag, last_modified or known.last_modified, interval_s)
    if not 200 <= page.status < 300:
        return _rest(page, known.etag, known.last_modified, HOUR_S)
    if page.request.role != "feed":
        return _rest(page, etag, last_modified, HOUR_S)
    least_s = HOUR_S if etag or last_modified else DAY_S
    return _rest(page, etag, last_modified, max(least_s, fresh_s(page.headers, page.fetched_at), hinted_s(page.body)))


def fresh_s(headers: Mapping[str, str], now: datetime) -> float:
    """Return for how many seconds the server calls its answer fresh; ``max-age`` goes before ``Expires``."""
    said = MAX_AGE.search(headers.get("cache-control", ""))
    if said:
        return float(said.group(1))
    try:
        expires_at = parsedate_to_datetime(headers.get("expires", ""))
        return (expires_at.replace(tzinfo=expires_at.tzinfo or now.tzinfo) - now).total_seconds()
    except (ValueError, OverflowError):
        return 0.0


def hinted_s(body: bytes) -> float:
    """Return how many seconds a feed wants to be kept, by its ``ttl`` or its update period; 0 if it says nothing."""
    head = body[:HEAD_BYTES]
    ttl, period, frequency = TTL.search(head), PERIOD.search(head), FREQUENCY.search(head)
    period_s = PERIODS_S[period.group(1).lower()] if period else 0.0
    return max(float(ttl.group(1)) * 60 if ttl else 0.0, period_s / int(frequency.group(1)) if frequency else period_s)


def _rest(page: Page, etag: str | None, last_modified: str | None, wanted_s: float) -> Rest:
    interval_s = min(wanted_s, LONGEST_S)
    wait_s = interval_s - MARGIN_S if interval_s >= DAY_S else interval_s
    due_at = _unskipped(page.fetched_at + timedelta(seconds=wait_s), page.body[:HEAD_BYTES])
    return Rest(etag, last_modified, interval_s, due_at.timestamp())


def _unskipped(due_at: datetime, head: bytes) -> datetime:
    """Return the first moment from ``due_at`` on in an hour and on a day that the feed does not skip, if any."""
    named = {what.lower(): SKIPPED_ONE.findall(inner.lower()) for what, inner in SKIPPED.findall(head)}
    hours = {int(hour) % 24 for hour in named.get(b"skiphours", ()) if hour.isdigit()}
    days = {DAYS.index(day) for day in named.get(b"skipdays", ()) if day in DAYS}
    moments = [due_at] + [due_at.replace(minute=0, second=0) + timedelta(hours=hour) for hour in range(1, 7 * 24)]
    return next((at for at in moments if at.hour not in hours and at.weekday() not in days), due_at)
