"""robots.txt by RFC 9309, decided strictly: what cannot be read forbids."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from scrapers.crawl.identity import TOKEN
from scrapers.crawl.robots_txt import RobotsTxt, lines_for, other_lines, read_robots_txt

PARSED_BYTES = 500 * 1024  # RFC 9309, 2.5: at least 500 KiB are read
MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2
CACHED_TEXTS = 16  # a text may hold a hundred thousand lines


@dataclass(frozen=True, slots=True)
class Rules:
    """What one authority's robots.txt says to us.

    ``refusal`` forbids everything (``robots-unreachable`` or ``robots-disallowed``) with ``detail`` as the reason;
    otherwise ``robots_txt`` judges each URL, and ``None`` there allows all.
    """

    fetched_at: datetime
    text: str = ""
    robots_txt: RobotsTxt | None = None
    refusal: str | None = None
    detail: str | None = None

    def refused(self, url: str) -> tuple[str, str] | None:
        """Return the refusal of ``url`` and why, or ``None`` where it may be asked."""
        if self.refusal:
            return self.refusal, self.detail or ""
        if self.robots_txt is None or self.robots_txt.allows(url):
            return None
        return "robots-disallowed", f"robots.txt disallows this path for {TOKEN}"

    @property
    def crawl_delay_s(self) -> float | None:
        """The Crawl-delay for us in seconds, fractions too."""
        return self.robots_txt.crawl_delay_s if self.robots_txt else None

    @property
    def request_interval_s(self) -> float | None:
        """The seconds per request that Request-rate asks of us."""
        return self.robots_txt.request_interval_s if self.robots_txt else None

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The absolute URLs of its ``Sitemap:`` lines."""
        return self.robots_txt.sitemaps if self.robots_txt else ()


def allowed(body: bytes, url: str, agent: str = TOKEN) -> bool:
    """Return whether the robots.txt ``body`` lets ``agent``, a bare product token, ask ``url``."""
    return read_robots_txt(_first_lines(body), agent).allows(url)


def read(status: int, body: bytes, fetched_at: datetime) -> Rules:
    """Return the rules that an answer to ``/robots.txt`` means.

    2xx: its first 500 KiB, cut at a line. 401 and 403: all forbidden (stricter than 2.3.1.3). Other 4xx and a
    redirect that ends nowhere: all allowed. 429 and 5xx: unreachable, so all forbidden (2.3.1.4).
    """
    if status == 429 or status >= 500:
        return unreachable(f"robots.txt answered with status {status}", fetched_at)
    if status in (401, 403):
        detail = f"robots.txt answered with status {status}, which is read as: keep out"
        return Rules(fetched_at, refusal="robots-disallowed", detail=detail)
    if not 200 <= status < 300:
        return Rules(fetched_at)
    head = _first_lines(body)
    text = head.decode("utf-8", errors="replace").removeprefix("\ufeff")
    return Rules(fetched_at, text, read_robots_txt(head, TOKEN))


def unreachable(detail: str, fetched_at: datetime) -> Rules:
    """Return the rules of an authority whose robots.txt could not be had: all forbidden (RFC 9309, 2.3.1.4)."""
    return Rules(fetched_at, refusal="robots-unreachable", detail=detail)


@lru_cache(maxsize=CACHED_TEXTS)
def groups(text: str) -> tuple[tuple[str, str], ...]:
    """Return the ``(field, value)`` lines for us that are neither allow nor disallow, fields in lower case.

    Unknown fields are kept: usage rules live there. Groups naming the token win over ``*`` (RFC 9309, 2.2.1).
    """
    lines, _ = lines_for(text.encode("utf-8", "surrogatepass"), TOKEN)
    return other_lines(lines)


def _first_lines(body: bytes) -> bytes:
    if len(body) <= PARSED_BYTES:
        return body
    head = body[:PARSED_BYTES]
    return head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]
