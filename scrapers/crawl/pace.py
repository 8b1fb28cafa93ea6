"""How long to wait: between two requests to a host, and after it asked to be left alone. Pure."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_CRAWL_DELAY_S = 300.0  # a longer Crawl-delay is read as this: 12 pages an hour
MAX_BACKOFF_S = 3600.0  # our own back-off stops doubling here
MAX_RETRY_AFTER_S = 7 * 86400.0  # a server that names a later day is asked again after a week
PATIENCE_S = 3600.0  # a host that must rest longer is left to another night
CIRCUIT_REFUSALS = 5  # so many refusals in a row, and the host is left alone
CIRCUIT_S = 24 * 3600.0
CIRCUIT_FAILURES = 15  # no answers or 5xx in a row (five pages, tried three times), and it is left for another night
FAILING_S = 2 * 3600.0
MAX_TRIES = 3
HOST_WIDE = frozenset({429, 503})  # the host speaks for all its pages (RFC 6585, 4; RFC 9110, 15.6.4)
REFUSALS = frozenset({402, 403, 429, 503})  # answers by which a host refuses; 402 asks for money we do not pay


def host_delay_s(configured_s: float, crawl_delay_s: float | None, request_interval_s: float | None = None) -> float:
    """Return the seconds between two requests to a host: the longest of ours, its Crawl-delay and its Request-rate."""
    asked = max(crawl_delay_s or 0.0, request_interval_s or 0.0)
    return max(configured_s, min(asked, MAX_CRAWL_DELAY_S))


def retryable(status: int) -> bool:
    """Return whether an answer may be better later."""
    return status == 429 or status >= 500


def wait_s(retry_after: str | None, now: datetime, first_s: float, tries: int) -> float:
    """Return the seconds to wait after failure number ``tries`` (1 is the first).

    ``Retry-After`` (RFC 9110, 10.2.3; seconds or a date) decides where it can be read, up to a week; else ``first_s``
    doubled with every failure, up to an hour.
    """
    asked = retry_after_s(retry_after, now)
    return min(first_s * 2 ** (tries - 1), MAX_BACKOFF_S) if asked is None else min(asked, MAX_RETRY_AFTER_S)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for, never negative; ``None`` where it cannot be read."""
    if not value:
        return None
    try:
        seconds = float(value)
        return max(seconds, 0.0) if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
