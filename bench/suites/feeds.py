"""Feeds and sitemaps: how often they are read as their makers' own tests say.

Three sets are read from ``feeds/``, told by what their cases hold: ``{xml, expect}``, a condition in feedparser's
terms; ``{name, xml, expected}``, the feed as gofeed reads it; ``{xml, expected_entries}``, the URLs of a sitemap.

A condition is asked of ``scrapers.crawl.feed.parsed``, feedparser's own mended reading that ours stands on: its share
says nothing of what ``parse_feed`` makes of that. The comparison with gofeed does.
"""

import ast
import gzip
import json
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bench.measurement import Measurement
from scrapers.crawl.feed import Entry, Feed, parse_feed, parsed, read_moment
from scrapers.crawl.sitemap import read_sitemap

SUITE = "feeds"
UNIFORM = "translator/"  # gofeed's cases in the form that is the same for every format; the others tell every detail

RDF_NAME = re.compile(r'\brdf:about="([^"]*)"')
NO_ENTRY = Entry("", None)

Pair = tuple[str, bool]  # a field and whether it agrees
COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.In: lambda part, whole: part in whole,
}
METHODS = ("get", "has_key")


def score(data: Path) -> list[Measurement]:
    """Return ``<set> passed``, the share of cases, or ``<set> <field>``, the share of right values there.

    A value counts where gofeed expects one or one is found, so that entries lost and values invented count as wrong.
    What ``Entry`` derives on purpose is expected: a date of publication is that of the update where a feed has no
    other, and an item of RSS 1.0, in which gofeed reads no id, is known by its ``rdf:about``.
    Of gofeed's detailed cases the fields are ``<set> detail <field>``.
    """
    folder = data / "feeds"
    found: list[Measurement] = []
    for path in sorted([*folder.glob("*.jsonl.gz"), *folder.glob("*.json")]):
        found += _measured(path)
    return found


def holds(condition: str, names: dict[str, Any]) -> bool:
    """Return whether ``condition`` (comparisons, ``and``, ``or``, ``not``, look-ups) holds; it is never executed.

    What it names but ``names`` has not is false.

    Raises:
        ValueError: it says something else than a condition may say.
    """
    try:
        return bool(_value(ast.parse(condition.strip(), mode="eval").body, names))
    except SyntaxError as error:
        raise ValueError(f"{condition!r} is no condition") from error
    except (KeyError, IndexError, TypeError, AttributeError):
        return False


def _measured(path: Path) -> Iterator[Measurement]:
    name, cases = path.name.partition(".")[0], _cases(path)
    answers: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        for field, is_right in _judged(case):
            answers[field].append(is_right)
    for field, right in sorted(answers.items()):
        yield Measurement(SUITE, f"{name} {field}", sum(right) / len(right), len(right))


def _cases(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return cases


def _judged(case: dict[str, Any]) -> Iterable[Pair]:
    body = case["xml"].encode()
    if "expect" in case:
        yield "passed", _is_passed(body, case["expect"])
    elif "expected_entries" in case:
        expected = [(entry["loc"], read_moment(entry.get("lastmod") or "")) for entry in case["expected_entries"]]
        yield "passed", [(entry.url, entry.lastmod) for entry in read_sitemap(body).entries] == expected
    elif "expected" in case:
        detail = "" if case["name"].startswith(UNIFORM) else "detail "
        for field, is_right in _compared(case["expected"], parse_feed(body), RDF_NAME.findall(case["xml"])):
            yield detail + field, is_right


def _is_passed(body: bytes, condition: str) -> bool:
    found = parsed(body)
    try:
        return holds(condition, {"feed": {}, "entries": [], **found})
    except ValueError:
        return False


def _compared(expected: dict[str, Any], feed: Feed, rdf_names: Collection[str]) -> Iterator[Pair]:
    """Yield the fields that gofeed expects or ``feed`` has, of the feed and of each item."""
    items = expected.get("items") or expected.get("entries") or []
    yield "entries", len(items) == len(feed.entries)
    yield from _same("title", expected.get("title"), feed.title)
    yield from _same("link", _link(expected), feed.url)
    published_at, updated_at = _moments(expected)
    yield from _same("dates", published_at, feed.published_at)
    yield from _same("dates", updated_at, feed.updated_at)
    for item, entry in zip_longest(items, feed.entries):
        yield from _entry_compared(item or {}, entry or NO_ENTRY, rdf_names)


def _entry_compared(item: dict[str, Any], entry: Entry, rdf_names: Collection[str]) -> Iterator[Pair]:
    published_at, updated_at = _moments(item)
    told_id = _bare(item.get("guid") or item.get("id")) or (entry.id if entry.id in rdf_names else None)
    yield from _same("title", item.get("title"), entry.title)
    yield from _same("link", _link(item), entry.url)
    yield from _same("id", told_id, entry.id)
    yield from _same("dates", published_at or updated_at, entry.published_at)  # as Entry derives the one
    yield from _same("dates", updated_at, entry.updated_at)
    yield from _same("content", _bare(item.get("content")), entry.content)
    yield from _same("summary", item.get("summary") or item.get("description"), entry.summary)


def _same(field: str, expected: object, found: object) -> Iterator[Pair]:
    if expected or found:
        yield field, (expected or None) == (found or None)


def _link(element: dict[str, Any]) -> str | None:
    """Return the link, or of an Atom element in detail its first alternate one."""
    if isinstance(element.get("link"), str):
        return element["link"] or None
    links = [link for link in element.get("links") or () if isinstance(link, dict) and link.get("rel") == "alternate"]
    return next((link["href"] for link in links if link.get("href")), None)


def _bare(value: Any) -> str | None:  # noqa: ANN401 - JSON
    return value.get("value") if isinstance(value, dict) else value


def _moments(element: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Return when gofeed says that ``element`` was published and updated; RSS in detail has names of its own."""
    published, updated = ("publishedParsed", "pubDateParsed"), ("updatedParsed", "lastBuildDateParsed")
    told = [next((element[name] for name in names if element.get(name)), "") for names in (published, updated)]
    return read_moment(told[0]), read_moment(told[1])


def _value(node: ast.expr, names: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever a feed holds
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.Subscript):
        return _value(node.value, names)[_value(node.slice, names)]
    if isinstance(node, ast.Attribute):
        return _value(node.value, names)[node.attr]
    if isinstance(node, ast.Tuple | ast.List | ast.Dict):
        return _collected(node, names)
    return _combined(node, names)


def _collected(node: ast.Tuple | ast.List | ast.Dict, names: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {_value(key, names): _value(value, names) for key, value in pairs if key is not None}
    parts = [_value(part, names) for part in node.elts]
    return tuple(parts) if isinstance(node, ast.Tuple) else parts


def _combined(node: ast.expr, names: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
    if isinstance(node, ast.BoolOp):
        parts = (_value(part, names) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand, names)
    if isinstance(node, ast.Compare) and all(type(operation) in COMPARED for operation in node.ops):
        values = [_value(part, names) for part in (node.left, *node.comparators)]
        compared = zip(node.ops, values, values[1:], strict=False)
        return all(COMPARED[type(operation)](left, right) for operation, left, right in compared)
    if isinstance(node, ast.Call) and not node.keywords:
        return _called(node.func, [_value(argument, names) for argument in node.args], names)
    raise ValueError(f"a condition may not hold {ast.unparse(node)!r}")


def _called(function: ast.expr, arguments: list[Any], names: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
    """Return what ``len``, ``get`` or ``has_key`` give, the only calls a condition may hold."""
    if isinstance(function, ast.Name) and function.id == "len" and len(arguments) == 1:
        return len(arguments[0])
    if not isinstance(function, ast.Attribute) or function.attr not in METHODS or not arguments:
        raise ValueError(f"a condition may not call {ast.unparse(function)!r}")
    place, (key, *default) = _value(function.value, names), arguments
    is_there = key in place
    if function.attr == "has_key":
        return is_there
    return place[key] if is_there else next(iter(default), None)
