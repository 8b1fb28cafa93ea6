"""robots.txt by RFC 9309, decided strictly: what cannot be read forbids."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from protego import Protego

from scrapers.crawl.identity import TOKEN

PARSED_BYTES = 500 * 1024  # RFC 9309, 2.5: at least 500 KiB are read
FRESH = timedelta(hours=24)  # RFC 9309, 2.4: a copy is not used for longer
MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2


@dataclass(frozen=True, slots=True)
class Rules:
    """What one authority's robots.txt says to us.

    ``refusal`` forbids everything (``robots-unreachable`` or ``robots-disallowed``) with ``detail`` as the reason;
    otherwise ``parser`` judges each URL, and ``None`` there allows all.
    """

    fetched_at: datetime
    text: str = ""
    parser: Protego | None = None
    refusal: str | None = None
    detail: str | None = None

    def refused(self, url: str) -> tuple[str, str] | None:
        """Return the refusal of ``url`` and why, or ``None`` where it may be asked."""
        if self.refusal:
            return self.refusal, self.detail or ""
        if self.parser is None or allowed(self.parser, url):
            return None
        return "robots-disallowed", f"robots.txt disallows this path for {TOKEN}"

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the copy may still be used."""
        return now - self.fetched_at < FRESH

    @property
    def crawl_delay_s(self) -> float | None:
        """The Crawl-delay for us in seconds, fractions too."""
        return self.parser.crawl_delay(TOKEN) if self.parser else None

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The URLs of its ``Sitemap:`` lines."""
        return tuple(self.parser.sitemaps) if self.parser else ()


def allowed(parser: Protego, url: str, agent: str = TOKEN) -> bool:
    """Return whether ``agent`` may ask ``url``; ``agent`` is the bare product token (a full one matches too much)."""
    return bool(parser.can_fetch(url, agent))


def read(status: int, body: bytes, fetched_at: datetime) -> Rules:
    """Return the rules that an answer to ``/robots.txt`` means.

    2xx: its first 500 KiB, cut at a line. 401 and 403: all forbidden (stricter than 2.3.1.3). Other 4xx and a
    redirect that ends nowhere: all allowed. 429 and 5xx: unreachable, so all forbidden (2.3.1.4).
    """
    if 200 <= status < 300:
        text = _first_lines(body).decode("utf-8", errors="replace").removeprefix("\ufeff")
        return Rules(fetched_at, text, Protego.parse(text))
    if status == 429 or status >= 500:
        return unreachable(f"robots.txt answered with status {status}", fetched_at)
    if status in (401, 403):
        detail = f"robots.txt answered with status {status}, which is read as: keep out"
        return Rules(fetched_at, refusal="robots-disallowed", detail=detail)
    return Rules(fetched_at)


def unreachable(detail: str, fetched_at: datetime) -> Rules:
    """Return the rules of an authority whose robots.txt could not be had: all forbidden (RFC 9309, 2.3.1.4)."""
    return Rules(fetched_at, refusal="robots-unreachable", detail=detail)


def groups(text: str) -> list[tuple[str, str]]:
    """Return the ``(field, value)`` lines of every group that applies to us, fields in lower case.

    Groups naming the token win over ``*`` (RFC 9309, 2.2.1). Unknown fields are kept: usage rules live there.
    """
    ours: list[tuple[str, str]] = []
    everyones: list[tuple[str, str]] = []
    agents: set[str] = set()
    in_header, is_named = False, False
    for field, value in _fields(text):
        if field == "user-agent":
            agents = {*agents, value.lower()} if in_header else {value.lower()}
            in_header = True
            is_named = is_named or value.lower() == TOKEN
            continue
        in_header = False
        if TOKEN in agents:
            ours.append((field, value))
        if "*" in agents:
            everyones.append((field, value))
    return ours if is_named else everyones


def _fields(text: str) -> list[tuple[str, str]]:
    pairs = (line.split("#", 1)[0].partition(":") for line in text.splitlines())
    return [(field.strip().lower(), value.strip()) for field, colon, value in pairs if colon]


def _first_lines(body: bytes) -> bytes:
    if len(body) <= PARSED_BYTES:
        return body
    head = body[:PARSED_BYTES]
    return head[: head.rfind(b"\n") + 1]
