"""What a page says of itself in JSON-LD (schema.org): its articles with headline, authors and day.

Real pages hold comments, control characters, trailing commas and garbage in it; what cannot be read is left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal, NamedTuple

from lxml.html import HtmlElement

# More than any page of the public sets has; a hostile page does not get more of the machine.
MAX_SCRIPTS, MAX_SCRIPT_CHARS, MAX_NODES, _MAX_LISTED = 30, 500_000, 5000, 50
_DEEPEST = 200  # brackets within brackets; the JSON reader recurses

Sort = Literal["article", "page", "media"]
_SORTS: Mapping[Sort, re.Pattern[str]] = {
    "article": re.compile(r"(?:Article|Posting|Report|Recipe|HowTo|Chapter|Thesis|Dataset|Book)$", re.IGNORECASE),
    "page": re.compile(r"Page$", re.IGNORECASE),
    "media": re.compile(r"(?:VideoObject|AudioObject|Episode|Movie|Course|CreativeWork|SourceCode)$", re.IGNORECASE),
}
_PUBLISHERS = re.compile(r"Organization|WebSite|Brand|Company|Corporation|^Blog$", re.IGNORECASE)
_PUBLISHED = ("datePublished", "uploadDate", "dateCreated")
_COMMENT = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s?\]\]>|/\*\s?\]\]>\s?\*/|\]\]>)\s?;?$"
)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")


class Author(NamedTuple):
    """One who wrote, as named; ``is_person`` is false where the page says it is an organisation."""

    name: str
    is_person: bool


class Article(NamedTuple):
    """An article or page as JSON-LD describes it; ``sort`` is page where no more than that is described."""

    sort: Sort
    headline: str
    authors: tuple[Author, ...]
    published: str
    modified: str


class LinkedData(NamedTuple):
    """The articles of a page, best described kind first, and the names its publishers and sites bear."""

    articles: tuple[Article, ...]
    site_names: tuple[str, ...]


def linked_data(tree: HtmlElement) -> LinkedData:
    """Return what the JSON-LD of ``tree`` says; never raises."""
    scripts = islice(
        (script for script in tree.iter("script") if "ld+json" in script.get("type", "").lower()), MAX_SCRIPTS
    )
    things = list(islice((thing for script in scripts for thing in _things(_parsed(script.text or ""))), MAX_NODES))
    by_sort = [(_sort(thing), thing) for thing in things]
    by_id = {thing["@id"]: thing for thing in things if isinstance(thing.get("@id"), str) and thing.get("name")}
    articles = [_article(sort, thing, by_id) for sort in _SORTS for its, thing in by_sort if its == sort]
    publishers = [thing for thing in things if any(map(_PUBLISHERS.search, _kinds(thing)))]
    return LinkedData(tuple(articles), tuple(_text(thing.get("name")) for thing in publishers))


def _parsed(script: str) -> object:
    text = script[: MAX_SCRIPT_CHARS + 1].strip()
    if text[:1] not in ("{", "[") or text[-1:] not in ("}", "]"):
        text = _COMMENT.sub("", _COMMENT.sub("", text).strip()).strip()
    if len(script) > MAX_SCRIPT_CHARS or _depth(text) > _DEEPEST:
        return None
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(attempt)[0]
        except ValueError:
            continue
    return None


def _depth(text: str) -> int:
    deepest = depth = 0
    if text.count("[") + text.count("{") <= _DEEPEST:
        return 0
    for bracket in re.findall(r"[\[{}\]]", text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _things(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in ``value``, outermost first, in the order they stand."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(reversed([inner for inner in one.values() if isinstance(inner, dict | list)]))
        elif isinstance(one, list):
            waiting.extend(reversed(one))


def _article(sort: Sort, thing: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> Article:
    authors = [*_authors(thing.get("author"), by_id)] or [*_authors(thing.get("creator"), by_id)]
    headline = _text(thing.get("headline")) or _text(thing.get("name"))
    published = next((day for key in _PUBLISHED if (day := _text(thing.get(key)))), "")
    return Article(sort, headline, tuple(authors), published, _text(thing.get("dateModified")))


def _authors(said: object, by_id: Mapping[str, Mapping[str, Any]]) -> Iterator[Author]:
    for one in _listed(said):
        described = _described(one, by_id)
        if described is not None:
            is_person = not any(map(_PUBLISHERS.search, _kinds(described)))
            yield from (Author(name, is_person) for name in _listed(described.get("name")) if isinstance(name, str))
        elif isinstance(one, str):
            yield Author(one, is_person=True)


def _described(one: object, by_id: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return what describes an author: the object that stands there, or the one it or the text refers to."""
    if isinstance(one, dict):
        return one if one.get("name") else by_id.get(_text(one.get("@id")))
    return by_id.get(one) if isinstance(one, str) else None


def _listed(value: object) -> list[Any]:
    return value[:_MAX_LISTED] if isinstance(value, list) else [] if value is None else [value]


def _kinds(thing: Mapping[str, Any]) -> list[str]:
    return [kind.rpartition("/")[2] for kind in _listed(thing.get("@type")) if isinstance(kind, str)]


def _sort(thing: Mapping[str, Any]) -> Sort | None:
    kinds = _kinds(thing)
    return next((sort for sort, named in _SORTS.items() if any(map(named.search, kinds))), None)


def _text(value: object) -> str:
    first = next(iter(_listed(value)), "")
    return first if isinstance(first, str) else str(first.get("@value") or "") if isinstance(first, dict) else ""
