"""May AI be trained on a page? Every signal found is kept as evidence; the most restrictive one decides.

Read so far: ``Content-Usage`` (IETF AIPREF drafts attach and vocab) and ``Content-Signal``
(draft-romm-aipref-contentsignals) in robots.txt, ``Content-Usage``, ``X-Robots-Tag: noai`` and ``tdm-reservation``
(W3C TDMRep, 10 May 2024) as headers, ``noai`` and ``tdm-reservation`` as meta elements.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from scrapers.crawl import robots
from scrapers.crawl.identity import TOKEN
from scrapers.crawl.markup import Markup
from scrapers.page import Signal, Verdict

TRAINING_KEYS = frozenset({"train-ai", "ai-train", "train-genai", "ai"})  # the labels of the drafts so far
WORDS: dict[str, Verdict] = {"y": "allow", "yes": "allow", "n": "deny", "no": "deny"}
NO_TRAINING = frozenset({"noai", "noml"})
USAGE_FIELDS = {"content-usage": "robots.txt Content-Usage", "content-signal": "robots.txt Content-Signal"}
# Directives that take a value after a colon, which is then no crawler's name (Google's robots meta tag specification).
VALUED_DIRECTIVES = {"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"}


def decide(signals: Iterable[Signal]) -> tuple[Verdict, Signal | None]:
    """Return the most restrictive verdict and the signal it rests on."""
    judged = [(verdict_of(signal), signal) for signal in signals]
    for wanted in ("deny", "allow"):
        for verdict, signal in judged:
            if verdict == wanted:
                return verdict, signal
    return "unknown", None


def verdict_of(signal: Signal) -> Verdict:
    """Return what one signal says of training."""
    if signal.source.endswith("tdm-reservation"):
        said = {value.partition(";")[0].strip() for value in signal.value.split(",")}
        return "deny" if "1" in said else "allow" if "0" in said else "unknown"
    if signal.source in ("header X-Robots-Tag", "meta robots"):
        return "deny" if NO_TRAINING & _directives(signal.value) else "unknown"
    return _preference(signal.value)


def from_robots(text: str, url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return the usage lines of robots.txt that cover ``url``: per field, those of the longest path."""
    path = _path(url)
    found: dict[str, list[Signal]] = {}
    for field, raw in robots.groups(text):
        if field not in USAGE_FIELDS:
            continue
        prefix, value = _split_path(raw)
        if _covers(prefix, path):
            found.setdefault(field, []).append(Signal(USAGE_FIELDS[field], value, prefix, fetched_at))
    longest = {field: max(len(signal.path) for signal in signals) for field, signals in found.items()}
    return tuple(signal for field, all_ in found.items() for signal in all_ if len(signal.path) == longest[field])


def from_headers(headers: Mapping[str, str], url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return the signals in the lower-cased ``headers`` of an answer."""
    names = {
        "content-usage": "header Content-Usage",
        "x-robots-tag": "header X-Robots-Tag",
        "tdm-reservation": "header tdm-reservation",
    }
    path = _path(url)
    return tuple(Signal(label, headers[name], path, fetched_at) for name, label in names.items() if name in headers)


def from_markup(markup: Markup, url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return the signals in the meta elements of a page."""
    path = _path(url)
    tags = [Signal("meta robots", value, path, fetched_at) for value in markup.robots]
    rights = [Signal("meta tdm-reservation", value, path, fetched_at) for value in markup.tdm_reservation]
    return (*tags, *rights)


def _preference(value: str) -> Verdict:
    words = [item.partition(";")[0].partition("=") for item in value.lower().split(",")]
    said = {WORDS.get(word.strip()) for key, _, word in words if key.strip() in TRAINING_KEYS}
    return "deny" if "deny" in said else "allow" if "allow" in said else "unknown"


def _directives(value: str) -> set[str]:
    """Return the directives that apply to us: in each line those before any ``agent:`` and those after ours."""
    found: set[str] = set()
    for line in value.lower().splitlines():
        is_ours = True
        for item in line.split(","):
            name, colon, directive = (part.strip() for part in item.rpartition(":"))
            if name in VALUED_DIRECTIVES:
                continue
            if colon and re.fullmatch(r"[a-z_-]+", name):
                is_ours = name == TOKEN
            if is_ours:
                found.add(directive)
    return found


def _split_path(raw: str) -> tuple[str, str]:
    path, space, value = raw.partition(" ")
    return (path, value.strip()) if path.startswith("/") and space else ("/", raw)


def _covers(pattern: str, path: str) -> bool:
    """Return whether a robots path pattern with ``*`` and ``$`` covers ``path`` (RFC 9309, 2.2.2 and 2.2.3)."""
    body = pattern.removesuffix("$")
    regex = ".*".join(re.escape(piece) for piece in body.split("*"))
    return re.match(regex + ("$" if pattern.endswith("$") else ""), path) is not None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
