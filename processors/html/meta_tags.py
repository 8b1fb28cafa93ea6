"""The ``<meta>`` elements of a page by name, and the names its site goes by."""

import html
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

# More than any page of the public sets has; a hostile page does not get more of the machine.
MAX_TAGS, MAX_CONTENT_CHARS, _MAX_SITES = 1000, 1000, 20

_NAMES = ("name", "property", "itemprop")
_SITE = (
    "og:site_name",
    "application-name",
    "apple-mobile-web-app-title",
    "publisher",
    "dc.publisher",
    "twitter:app:name:iphone",
)
_TAG = re.compile(r"<[^<>]*>")
_LETTERS = re.compile(r"[^\W_]+")

Tags = Mapping[str, list[str]]


def meta_tags(tree: HtmlElement) -> Tags:
    """Return the contents of each name, lower-cased, that a ``name``, ``property`` or ``itemprop`` gives, in order."""
    tags: dict[str, list[str]] = {}
    for meta in islice(tree.iter("meta"), MAX_TAGS):
        given = dict(meta.items())
        if content := clean(given.get("content") or given.get("value") or ""):
            for name in {given[key].strip().lower() for key in _NAMES if key in given} - {""}:
                tags.setdefault(name, []).append(content)
    return tags


def first(tags: Tags, names: Iterable[str]) -> str:
    """Return the first content under the first of ``names`` that has any, else an empty text."""
    return next((tags[name][0] for name in names if name in tags), "")


def clean(text: str) -> str:
    """Return ``text`` without tags and entities (which pages write twice over), with single spaces."""
    text = text[:MAX_CONTENT_CHARS]
    if "&" in text or "<" in text:
        text = _TAG.sub(" ", html.unescape(html.unescape(text)))
    return " ".join(text.split())


def letters(text: str) -> str:
    """Return the letters and digits of ``text`` alone, case folded: what two spellings of one name share."""
    return "".join(_LETTERS.findall(text.casefold()))


def site_names(tags: Tags, stated: Iterable[str], url: str | None) -> tuple[str, ...]:
    """Return the names the page's site goes by, as ``letters`` gives them: stated ones and parts of its host."""
    named = [name for key in _SITE for name in tags.get(key, ())] + list(stated)
    host = host_of(url).removeprefix("www.")
    labels = [label for label in host.split(".")[:-1] if len(label) > 2]
    found = [letters(name) for name in (*named, host, *labels)]
    titles = {letters(title) for name in ("og:title", "twitter:title") for title in tags.get(name, ())}
    return tuple(dict.fromkeys(name for name in found if name and name not in titles))[:_MAX_SITES]


def host_of(url: str | None) -> str:
    """Return the host of ``url``, lower-cased, empty where there is none."""
    try:
        return urlsplit(url or "").hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""
