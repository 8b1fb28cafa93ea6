"""How long to wait: between two requests to a host, and after it asked to be left alone."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_CRAWL_DELAY_S = 300.0  # a longer Crawl-delay is read as this: 12 pages an hour
MAX_WAIT_S = 3600.0  # no host holds a crawl for longer, whatever its Retry-After says
MAX_TRIES = 3
HOST_WIDE = frozenset({429, 503})  # the host speaks for all its pages (RFC 6585, 4; RFC 9110, 15.6.4)


def host_delay_s(configured_s: float, crawl_delay_s: float | None) -> float:
    """Return the seconds between two requests to a host: the longer of ours and its own."""
    return max(configured_s, min(crawl_delay_s or 0.0, MAX_CRAWL_DELAY_S))


def retryable(status: int) -> bool:
    """Return whether an answer may be better later."""
    return status == 429 or status >= 500


def wait_s(retry_after: str | None, now: datetime, first_s: float, tries: int) -> float:
    """Return the seconds to wait after failure number ``tries`` (1 is the first).

    ``Retry-After`` (RFC 9110, 10.2.3; seconds or a date) decides where it can be read, else ``first_s`` doubled with
    every failure; never more than an hour.
    """
    asked = _retry_after_s(retry_after, now) if retry_after else None
    return min(first_s * 2 ** (tries - 1) if asked is None else asked, MAX_WAIT_S)


def _retry_after_s(value: str, now: datetime) -> float | None:
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
