"""What robots.txt says of AI training: its usage lines, and the crawlers of AI trainers it keeps out."""

import re
from datetime import datetime
from functools import lru_cache

from scrapers.crawl import robots
from scrapers.crawl.consent_paths import covers, longest, path_of
from scrapers.crawl.robots_txt import RobotsTxt, read_robots_txt
from scrapers.page import Signal

INFERRED = "robots.txt AI training bots"
# Field: the family within which the longest path wins, and the source. ``content-usage``: draft-ietf-aipref-attach-05,
# 3; ``content-signal``: contentsignals.org; the others: draft-canel-robots-ai-control-00, expired.
USAGE_FIELDS = {
    "content-usage": ("usage", "robots.txt Content-Usage"),
    "content-signal": ("signal", "robots.txt Content-Signal"),
    "disallowaitraining": ("training", "robots.txt DisallowAITraining"),
    "allowaitraining": ("training", "robots.txt AllowAITraining"),
}
# Crawlers and opt-out tokens whose operators say, or are known, to gather training data; in the words of the
# "function" column of github.com/ai-robots-txt/ai.robots.txt, robots.json. Search and on-demand fetchers are left out.
TRAINING_BOTS = (
    "GPTBot",
    "CCBot",
    "Google-Extended",
    "ClaudeBot",
    "anthropic-ai",
    "Claude-Web",
    "Applebot-Extended",
    "Bytespider",
    "meta-externalagent",
    "FacebookBot",
    "cohere-ai",
    "cohere-training-data-crawler",
    "Amazonbot",
    "AI2Bot",
    "Diffbot",
    "Omgilibot",
    "PanguBot",
    "DeepSeekBot",
    "img2dataset",
)
ENOUGH_BOTS = 3  # one or two may be kept out for their load; three are kept out for what they do
ANYBODY = "nobody-in-particular"  # a token that no robots.txt names: it gets what everybody gets
LICENCE_LINE = re.compile(r"^[ \t]*license[ \t]*:[ \t]*([^\s#]+)", re.IGNORECASE | re.MULTILINE)


def from_robots(text: str, url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return the usage lines for us that cover ``url``: of each kind those of the longest path."""
    path = path_of(url)
    found: dict[str, list[Signal]] = {}
    for field, pattern, value in _usage_lines(text):
        if covers(pattern, path):
            family, source = USAGE_FIELDS[field]
            found.setdefault(family, []).append(Signal(source, value, pattern, fetched_at))
    return tuple(signal for family in found.values() for signal in longest(family))


def from_training_bots(text: str, url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return the inference that three or more crawlers of AI trainers are kept off ``url`` where others are not.

    ``consent.decide`` heeds it only when told to: it is no statement about us.
    """
    kept_out = [bot for bot, rules in _bots(text) if not rules.allows(url)]
    if len(kept_out) < ENOUGH_BOTS or not _anybody(text).allows(url):
        return ()
    return (Signal(INFERRED, ", ".join(kept_out), path_of(url), fetched_at),)


@lru_cache(maxsize=64)
def licence_urls(text: str) -> tuple[str, ...]:
    """Return the URLs of the ``License:`` lines (RSL 1.0, 4.4), wherever they stand: like Sitemap they are for all."""
    return tuple(dict.fromkeys(LICENCE_LINE.findall(text)))


@lru_cache(maxsize=16)
def _usage_lines(text: str) -> tuple[tuple[str, str, str], ...]:
    """Return field, path pattern and value of each usage line for us."""
    lines = ((field, raw.strip()) for field, raw in robots.groups(text) if field in USAGE_FIELDS)
    return tuple((field, *_split(field, raw)) for field, raw in lines if raw)


def _split(field: str, raw: str) -> tuple[str, str]:
    if USAGE_FIELDS[field][0] == "training":
        return raw, raw
    path, *rest = raw.split(None, 1)
    return (path, rest[0]) if path.startswith("/") and rest else ("/", raw)


@lru_cache(maxsize=16)
def _bots(text: str) -> tuple[tuple[str, RobotsTxt], ...]:
    """Return the rules for each training bot that ``text`` names; none where too few are named to matter."""
    lowered = text.lower()
    named = [bot for bot in TRAINING_BOTS if bot.lower() in lowered]
    if len(named) < ENOUGH_BOTS:
        return ()
    return tuple((bot, _rules(text, bot)) for bot in named)


@lru_cache(maxsize=16)
def _anybody(text: str) -> RobotsTxt:
    return _rules(text, ANYBODY)


def _rules(text: str, agent: str) -> RobotsTxt:
    return read_robots_txt(text.encode("utf-8", "surrogatepass"), agent)
