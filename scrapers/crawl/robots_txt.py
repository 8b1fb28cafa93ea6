"""Reading a robots.txt (RFC 9309) for one crawler, and judging URLs by it: pure, exact and bounded.

What Google's parser forgives is forgiven too: a byte order mark, CR, LF or CRLF, white space, a missing colon where a
line is two words, common misspellings.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scrapers.crawl.robots_paths import NEEDLESS, PathRules, escaped, path_of, path_rules, without_needless

MAX_PATTERN_OCTETS = 16 * 1024  # longer ones are cut; Google cuts a line at 8 times 2083 octets, the longest URL
BOM = re.compile(rb"(?:\xef(?:\xbb\xbf?)?)?")  # a half one is skipped too, as Google does
NOT_SAID = re.compile(rb"[#\x00][^\r\n]*")  # a comment; what follows a NUL is no text (RFC 9309, 2.2: no controls)
FIELD = re.compile(
    rb"""(?:(?P<user_agent>user[- ]?agent)|(?P<allow>allow)
      |(?P<disallow>disallow|dissallow|dissalow|disalow|diasllow|disallaw)
      |(?P<sitemap>site-?maps?)|(?P<crawl_delay>crawl[- ]?delay)|(?P<request_rate>request[- ]?rate))(?![a-z_-])""",
    re.VERBOSE,
)
TOKEN = re.compile(rb"[A-Za-z_-]*")  # RFC 9309, 2.2.1
ABSOLUTE = re.compile(r"https?://[^/\s]", re.IGNORECASE)
RATE = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})\s*([smh]?)(?:\s+\d{4}\s*-\s*\d{4})?", re.IGNORECASE)
RULES = frozenset({"allow", "disallow"})
UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3600}
OURS, EVERYONES = 1, 2  # whom a group addresses; a group may address both

Lines = dict[tuple[str, bytes], None]  # in the order of the file; a line said twice counts once


@dataclass(frozen=True, slots=True)
class RobotsTxt:
    """What one robots.txt says to one crawler.

    ``written`` compares octets as Google's matcher does; ``plain`` after decoding what needs no percent-encoding
    (RFC 9309, 2.2.2). ``other_lines`` are the ``(field, value)`` lines of its groups that are neither allow nor
    disallow; ``sitemaps`` are absolute URLs and stand for every crawler. Of several ``Crawl-delay`` lines the longest
    counts, of several ``Request-rate`` lines the slowest, as seconds per request and at any time of day.
    """

    written: PathRules
    plain: PathRules
    other_lines: tuple[tuple[str, str], ...]
    sitemaps: tuple[str, ...]
    crawl_delay_s: float | None
    request_interval_s: float | None

    def allows(self, url: str) -> bool:
        """Return whether ``url`` may be asked: both ways to compare must allow it; ``/robots.txt`` always may."""
        path = path_of(url).encode("utf-8", "surrogatepass")
        if path == b"/robots.txt":  # RFC 9309, 2.2.2
            return True
        if not self.written.allow(path):
            return False
        plain = without_needless(escaped(path))
        return (plain == path and self.plain is self.written) or self.plain.allow(plain)


def read_robots_txt(body: bytes, agent: str) -> RobotsTxt:
    """Return what ``body`` says to ``agent``, a bare product token in any case; any bytes can be read."""
    lines, sitemaps = lines_for(body, agent)
    others = other_lines(lines)
    patterns = _patterns(lines)
    written = path_rules(patterns)
    has_needless = NEEDLESS.search(b" ".join(patterns)) is not None
    plain = path_rules(patterns, without_needless) if has_needless else written
    delay_s = _longest(others, "crawl-delay", _seconds)
    return RobotsTxt(written, plain, others, sitemaps, delay_s, _longest(others, "request-rate", _interval_s))


def lines_for(body: bytes, agent: str) -> tuple[Lines, tuple[str, ...]]:
    """Return the lines of the groups that apply to ``agent``, fields in lower case, and the sitemaps of all.

    All groups that name the agent count as one and replace those for ``*`` (RFC 9309, 2.2.1). Only allow and disallow
    end the list of agents above them (2.2.4: other records must not interfere with them); any other line belongs just
    to the agents right above it, so a ``Crawl-delay`` for one agent does not slow the next.
    """
    token = agent.lower().encode("utf-8", "surrogatepass")
    groups = _Groups()
    sitemaps: dict[str, None] = {}
    for field, value in _fields(body):
        if field == "user-agent":
            groups.address(_whom(value, token))
        elif field == "sitemap":
            url = _text(value).strip()
            if ABSOLUTE.match(url):
                sitemaps[url] = None
        else:
            groups.add(field, value)
    return (groups.ours if groups.seen & OURS else groups.everyones), tuple(sitemaps)


def other_lines(lines: Lines) -> tuple[tuple[str, str], ...]:
    """Return the ``(field, value)`` of the ``lines`` that are neither allow nor disallow."""
    return tuple((field, _text(value)) for field, value in lines if field not in RULES)


class _Groups:
    """The lines gathered so far for the agent (``ours``) and for ``*``, and whom the next line is for."""

    def __init__(self) -> None:
        self.ours: Lines = {}
        self.everyones: Lines = {}
        self.seen = 0
        self._ruled = self._addressed = 0
        self._are_rules_over = self._are_lines_over = True

    def address(self, whom: int) -> None:
        self.seen |= whom
        self._ruled = whom if self._are_rules_over else self._ruled | whom
        self._addressed = whom if self._are_lines_over else self._addressed | whom
        self._are_rules_over = self._are_lines_over = False

    def add(self, field: str, value: bytes) -> None:
        self._are_lines_over = True
        whom = self._addressed
        if field in RULES:
            self._are_rules_over = True
            whom = self._ruled
        if whom & OURS:
            self.ours[field, value] = None
        if whom & EVERYONES:
            self.everyones[field, value] = None


def _fields(body: bytes) -> Iterator[tuple[str, bytes]]:
    start = BOM.match(body)
    said = NOT_SAID.sub(b"", body[start.end() if start else 0 :])
    fields: dict[bytes, str] = {}
    for line in said.splitlines():
        if not line:
            continue
        name, colon, value = line.partition(b":")
        if not colon:
            words = line.split(None, 2)
            if len(words) != 2:  # without a colon only two words are a line
                continue
            name, value = words
        if name not in fields:
            fields[name] = _field(name)
        if field := fields[name]:
            yield field, _whole_url(name, value) if field == "sitemap" else value.strip()


def _field(name: bytes) -> str:
    """Return the field that ``name`` stands for, misspelt or not; an unknown one in lower case."""
    stripped = name.strip().lower()
    known = FIELD.match(stripped)
    return known.lastgroup.replace("_", "-") if known and known.lastgroup else _text(stripped)


def _whole_url(name: bytes, value: bytes) -> bytes:
    """Return the URL of a sitemap; in ``Sitemap http://...`` the colon that parts the line is its own."""
    rest = name.split(None, 1)[1:]
    return b":".join([*rest, value]).strip()


def _whom(value: bytes, token: bytes) -> int:
    if value[:1] == b"*" and not value[1:2].strip():
        return EVERYONES
    named = TOKEN.match(value)
    return OURS if named and named[0].lower() == token else 0


def _patterns(lines: Lines) -> dict[bytes, bool]:
    """Return every pattern of a rule, escaped, with whether it allows; of the same pattern allow wins."""
    patterns: dict[bytes, bool] = {}
    for field, value in lines:
        if value and field in RULES:
            pattern = escaped(value[:MAX_PATTERN_OCTETS])
            patterns[pattern] = field == "allow" or patterns.get(pattern, False)
    return patterns


def _longest(lines: tuple[tuple[str, str], ...], field: str, read: Callable[[str], float | None]) -> float | None:
    found = (read(value) for name, value in lines if name == field)
    return max((number for number in found if number is not None), default=None)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _interval_s(value: str) -> float | None:
    rate = RATE.fullmatch(value.strip())
    if rate is None or int(rate[1]) == 0:
        return None
    return int(rate[2]) * UNIT_S[rate[3].lower()] / int(rate[1])


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")
