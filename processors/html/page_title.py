"""The title of a page: the headline a reader sees, where there is one, and what the head states without the site."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, takewhile
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from processors.html.meta_tags import Tags, clean, letters
from processors.html.outline import is_outside, preceding, short_text
from processors.html.written_dates import first_day

# A <title> after so many elements is that of a picture.
_MAX_CHARS, _MAX_HEADINGS, _MAX_BEFORE = 400, 40, 399
_STATED = (
    "og:title", "twitter:title", "citation_title", "parsely-title", "sailthru.title", "headline", "dc.title",
    "dcterms.title", "title",
)  # fmt: skip
_TITLED = re.compile(
    r"(?:entry|post|article|page|news|story|content|main|artikel|beitrag)[-_]{0,2}(?:title|titel|headline|heading)\b"
    r"|(?<![-\w])headline(?![-\w])"
)
# What holds letters of those words in its class, told without a call of Python for each element.
_NEARLY_TITLED = etree.XPath(
    "descendant-or-self::*[@itemprop='headline' or (@class and (contains(translate(@class, 'TI', 'ti'), 'tit')"
    " or contains(translate(@class, 'HEAD', 'head'), 'head')))]"
)
_SEPARATOR = re.compile(r"\s+(?:[-\u2013—·•»«:>\u2039\u203a~⋆*/]|::|>>)\s+|\s*[|│\u01c0]\s*")
_NO_TITLE = re.compile(
    r"(?:home|startseite|men[uü]|navigation|such(?:e|en)|search|kommentare?|comments?|news|404|.*\b(?:reply|antworten?))",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_HOME = re.compile(r"(?:^|//[^/]+)/?(?:[a-z]{2}(?:[-_][a-zA-Z]{2})?/?|index\.\w+)?$")


class Headline(NamedTuple):
    """The title of a page, empty when it has none, and the element that shows it."""

    text: str
    element: HtmlElement | None


class _Heading(NamedTuple):
    text: str
    element: HtmlElement


def page_title(root: HtmlElement, tags: Tags, described: Iterable[str], sites: Sequence[str]) -> Headline:
    """Return the title; ``described`` are headlines of the page's JSON-LD, ``sites`` its site's names as letters."""
    tops = list(_headings(root.iter("h1"), sites))
    stated = list(_stated(root, tags, described))
    agreed = _agreed(tops, stated, sites) or _alike(tops, stated, sites)
    if agreed is not None:
        return agreed
    headings = [*tops, *(heading for level in _lower(root) for heading in _headings(level, sites))]
    agreed = _agreed(headings, stated, sites)
    if agreed is not None:
        return agreed
    headings = [heading for heading in headings if not is_outside(heading.element, ())]
    plain = [text for said in stated if (text := without_site(said, sites)) and not is_of_site(text, sites)]
    if headings and (headings[0].element.tag == "h1" or not plain):
        return Headline(*headings[0])
    return Headline(next(iter(plain or stated), ""), None)


def _agreed(headings: Sequence[_Heading], stated: Iterable[str], sites: Sequence[str]) -> Headline | None:
    for said in stated:
        for match in (_same, _part):
            for heading in headings:
                if title := match(heading, said, sites):
                    return Headline(title, heading.element)
    return None


def _lower(root: HtmlElement) -> Iterator[Iterator[HtmlElement]]:
    """Yield what may be the headline where no ``h1`` is: what its class calls a title, then ``h2``, then ``h3``."""
    yield (one for one in _NEARLY_TITLED(root) if one.tag != "h1" and _is_titled(one))
    for tag in ("h2", "h3"):
        yield (one for one in root.iter(tag) if not _is_titled(one))


def _headings(level: Iterable[HtmlElement], sites: Sequence[str]) -> Iterator[_Heading]:
    for element in islice(level, _MAX_HEADINGS):
        text = clean(short_text(element, _MAX_CHARS))
        if letters(text) and not is_of_site(text, sites) and _may_be_headline(text, element):
            yield _Heading(text, element)


def _may_be_headline(text: str, element: HtmlElement) -> bool:
    if _NO_TITLE.fullmatch(text) or _is_way_home(element):
        return False
    return element.tag == "h1" or not is_outside(element, ())


def _is_way_home(element: HtmlElement) -> bool:
    """Return whether the heading is the link to the start page that sites show as their logo."""
    link = next(element.iter("a"), None)
    return link is not None and _HOME.search(link.get("href", "").strip().partition("?")[0]) is not None


def _is_titled(element: HtmlElement) -> bool:
    return _names_title(element.get("class") or "") or element.get("itemprop") == "headline"


@lru_cache(maxsize=4096)
def _names_title(named: str) -> bool:
    return _TITLED.search(named.lower()) is not None


def _stated(root: HtmlElement, tags: Tags, described: Iterable[str]) -> Iterator[str]:
    yield from (tags[name][0] for name in _STATED[:2] if name in tags and letters(tags[name][0]))
    yield from (text for text in map(clean, described) if letters(text))
    yield from (tags[name][0] for name in _STATED[2:] if name in tags and letters(tags[name][0]))
    early = takewhile(lambda title: _is_early(title, root), root.iter("title"))
    titles = (clean(short_text(title, _MAX_CHARS)) for title in early)
    yield from islice(filter(letters, titles), 1)


def _is_early(element: HtmlElement, root: HtmlElement) -> bool:
    return next(islice(preceding(element, root), _MAX_BEFORE, None), None) is None


def _same(heading: _Heading, said: str, sites: Sequence[str]) -> str:
    """Return the heading where it is what is said, or the first or longest part of that."""
    parts = _SEPARATOR.split(said)
    wanted = (said, without_site(said, sites), parts[0], max(parts, key=len))
    shown = letters(heading.text)
    return heading.text if any(shown == letters(part) for part in wanted) else ""


def _part(heading: _Heading, said: str, sites: Sequence[str]) -> str:
    """Return what is left when a kicker before the title or a remark after it is taken off."""
    stated = without_site(said, sites)
    shown, wanted = _words(heading.text), _words(stated)
    if 2 * len(shown) >= len(wanted) and _holds(wanted, shown):
        return heading.text
    if 2 * len(wanted) < len(shown) or not _holds(shown, wanted):
        return ""
    after = shown[: len(wanted)] == wanted
    return heading.text if after and not first_day(heading.text) else stated


def _holds(words: list[str], part: list[str]) -> bool:
    return words[: len(part)] == part or words[-len(part) :] == part


def _alike(headings: Iterable[_Heading], stated: Iterable[str], sites: Sequence[str]) -> Headline | None:
    """Return the first of ``headings`` that shares three words and half of all with what is stated."""
    wordings = [set(_words(without_site(said, sites))) for said in stated]
    for heading in headings:
        shown = set(_words(heading.text))
        if any(len(shown & said) >= 3 and 2 * len(shown & said) >= min(len(shown), len(said)) for said in wordings):
            return Headline(*heading)
    return None


def without_site(title: str, sites: Sequence[str]) -> str:
    """Return ``title`` without the parts at its ends that name the site; at least one part is left."""
    cuts = [(match.start(), match.end()) for match in _SEPARATOR.finditer(title)]
    while cuts and is_of_site(title[cuts[-1][1] :], sites):
        title = title[: cuts.pop()[0]]
    while cuts and is_of_site(title[: cuts[0][0]], sites):
        gone = cuts.pop(0)[1]
        title, cuts = title[gone:], [(start - gone, end - gone) for start, end in cuts]
    return title.strip()


def is_of_site(text: str, sites: Sequence[str]) -> bool:
    """Return whether ``text`` names the site: it is one of ``sites``, holds one or is held by one."""
    said = letters(text)
    return any(
        said == site
        or (len(said) > 3 and said in site)
        or (len(site) > 3 and site in said and 2 * len(said) < 3 * len(site) + 12)
        for site in sites
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
