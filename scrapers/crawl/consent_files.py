"""What the well-known files of a host say of AI training: ``/.well-known/tdmrep.json`` and ``/ai.txt``."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from scrapers.crawl.consent_paths import covers, covers_url, longest, path_of
from scrapers.crawl.identity import TOKEN
from scrapers.crawl.robots_txt import lines_for
from scrapers.page import Signal

CACHED_FILES = 16
RESERVATIONS = {"0": "0", "1": "1", "false": "0", "true": "1"}


def from_tdmrep(text: str, url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return what ``tdmrep.json`` (W3C TDMRep, 10 May 2024) says of ``url``.

    The first rule that covers it counts, by the report. The longest one is heeded too, for those who put ``/`` first.
    What is no JSON, such as a page that says "not found" with status 200, says nothing; of a file that is cut or
    broken the rules before the break count.
    """
    covering = [
        Signal("tdmrep.json tdm-reservation", said, location, fetched_at)
        for location, said in _tdm_rules(text)
        if covers_url(location, url)
    ]
    return tuple(dict.fromkeys((*covering[:1], *longest(covering))))


def from_ai_txt(text: str, url: str, fetched_at: datetime) -> tuple[Signal, ...]:
    """Return the longest ``Allow`` and ``Disallow`` of ``ai.txt`` (Spawning) for us that cover ``url``.

    A path without a dot in its last segment is read as ending in ``.html`` too: rules there name kinds of files.
    """
    path = path_of(url)
    bare = path.partition("?")[0]
    paths = {path} if "." in bare.rpartition("/")[2] else {path, f"{bare}.html"}
    covering = [
        Signal(f"ai.txt {field}", pattern, pattern, fetched_at)
        for field, pattern in _ai_txt_rules(text)
        if any(covers(pattern, written) for written in paths)
    ]
    return longest(covering)


@lru_cache(maxsize=CACHED_FILES)
def _tdm_rules(text: str) -> tuple[tuple[str, str], ...]:
    """Return location and reservation of each rule; without a location it is for the whole host."""
    found = []
    for rule in _objects(text):
        location, said = rule.get("location", "/"), str(rule.get("tdm-reservation")).strip().lower()
        if isinstance(location, str) and said in RESERVATIONS:
            found.append((location, RESERVATIONS[said]))
    return tuple(found)


def _objects(text: str) -> Iterator[dict[str, object]]:
    """Yield the objects of a JSON array, or the one object that stands alone, up to the first that is broken."""
    decoder = json.JSONDecoder()
    body = text.lstrip("\ufeff \t\r\n")
    at = 1 if body.startswith("[") else 0
    while body[:1] in ("[", "{") and (opened := body.find("{", at)) >= 0 and not body[at:opened].strip("\r\n\t ,"):
        try:
            found, at = decoder.raw_decode(body, opened)
        except (ValueError, RecursionError):
            return
        yield found


@lru_cache(maxsize=CACHED_FILES)
def _ai_txt_rules(text: str) -> tuple[tuple[str, str], ...]:
    """Return field and pattern of each rule for us; a page of HTML has none."""
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return ()
    lines, _ = lines_for(text.encode("utf-8", "surrogatepass"), TOKEN)
    rules = ((field.title(), value.decode("utf-8", errors="replace")) for field, value in lines)
    return tuple((field, pattern) for field, pattern in rules if field in ("Allow", "Disallow") and pattern)
