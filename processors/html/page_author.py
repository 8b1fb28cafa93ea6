"""The authors of a page: as its byline shows them, else as its JSON-LD and its head state them."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement

from processors.html.author_names import is_company, looks_like_person, shown_names, stated_names, unique
from processors.html.linked_data import Article
from processors.html.meta_tags import letters
from processors.html.outline import Line, is_outside, lines, marks
from processors.html.page_facts import Page, far_elements
from processors.html.written_dates import FIGURE, written_days

_STATED = (
    "author", "article:author", "parsely-author", "sailthru.author", "cxenseparse:author", "vr:author",
    "og:article:author", "og:author", "citation_author", "dc.creator", "dcterms.creator", "creator", "byl", "rbauthors",
    "shareaholic:article_author_name", "authors", "article.author", "article_author", "page_author", "article-author",
    "dcsext.author", "dc.creator.aut", "atc-metaauthor",
)  # fmt: skip
# Catalogues write the family name first: Dublin Core, and Highwire Press tags as search engines for papers take them.
_CATALOGUED = {"citation_author", "dc.creator", "dcterms.creator", "dc.creator.aut"}
_FAMILY_FIRST = re.compile(r"\s*([^,;]+?)\s*,\s*([^,;]+?)\s*")
# WordPress labels what it gives to Twitter: twitter:label1 "Written by", twitter:data1 the name.
_WRITTEN_BY = re.compile(r"written|verfasst|geschrieben|escrito|écrit|scritto|auto?r|(?:por|von|by)$", re.IGNORECASE)
_BYLINE = re.compile(
    r"(?<![a-z])(?:author|autor|auteur|by-?_?line|verfasser|writer|reporter|vcard|redakteur|redaktion|post(?:ed)?-?by"
    r"|item-?poster|wrote|journalist|contributor)|(?:author|byline|autor)(?:s|en|name|in)?(?![a-z])"
)
_NO_BYLINE = re.compile(
    r"comment|kommentar|licen[sc]e|lizenz|image|img|foto|photo|zitat|quote|avatar|form|copyright|bild|caption|social"
    r"|review|credit|date|datum|twitter|email|descri|[-_]bio|\bbio|label"
)
_PICTURED = re.compile(r"image|img|caption|licen[sc]e|copyright|foto|photo|bildunter|quote|gallery|comment|avatar")
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|profile?|reporters?|staff|contributors?|journalists?|redakteure?|writers?|by)/\w",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"""(?ix)
    (?:(?:am\s|on\s|vom\s)?[\d.,\w\s/:]{0,30}\d{4}[\s,|·\u2013-]*)?
    (?:von|by|par|por|autor(?:in)?\s?:?|author:|text(?:\svon|:)
        |(?:ein\s|eine\s)?(?:gast)?(?:beitrag|artikel|text|interview|kolumne|kommentar|bericht)\svon
        |(?:geschrieben|verfasst|veröffentlicht|written|posted|published|erstellt|eingestellt)\s(?:von|by|durch))
    \s+(?=[^\W\d_])"""
)
_HOUR = re.compile(
    r"\d\d?[:.]\d\d(?::\d\d)?\s?(?:[ap]\.?m\b\.?)?|\b(?:am|um|Uhr|UTC|[ECMP][SD]?T|\w+day|\w+tag)\b|@\w+", re.IGNORECASE
)
_PART_END = re.compile(r"\s+[-\u2013—|·•]\s+")
_MOST_DATED_CHARS, _MAX_MARKED, _MAX_PICTURED, _BESIDE = 80, 200, 5, 6


def page_authors(page: Page) -> list[str]:
    """Return the names of the authors: persons and pen names if any are found, else who publishes the page."""
    first: list[str] = []
    for source in _SOURCES:
        names = source(page)
        own = [name for name in names if letters(name) not in page.sites]
        if own:
            return _completed(own, (_line(page), _described(page), _in_head(page)))
        first = first or names
    return first


def _completed(names: list[str], found: Iterable[list[str]]) -> list[str]:
    """Return the first of ``found`` that names all of ``names``, whether run together or among others."""
    shown = "".join(map(letters, names))
    for others in sorted(found, key=len, reverse=True):
        spelled = list(map(letters, others))
        among = len(others) > len(names) and all(letters(name) in spelled for name in names)
        run_together = len(others) > 1 and all(one in shown for one in spelled)
        if (among or run_together) and all(map(looks_like_person, others)):
            return others
    return names


class _Marked(NamedTuple):
    offset: int
    called: str
    names: list[str]
    element: HtmlElement


def _byline(page: Page) -> list[str]:
    return _together(_marked(page.near, page))


def _authors_box(page: Page) -> list[str]:
    called = (element for element in far_elements(page) if _is_called_author(element, marks(element)))
    return _together(_marked(lines(islice(called, _MAX_MARKED), 0), page))


def _together(marked: Iterable[_Marked]) -> list[str]:
    """Return the names in the first element that is called a byline, and in those beside it called the same."""
    found = list(marked)
    parents = {parent for one in found for parent in one.element.iterancestors()}
    names: list[str] = []
    last: _Marked | None = None
    for one in (one for one in found if one.element not in parents):
        if last is None or (one.called == last.called and one.offset - last.offset <= _BESIDE):
            names, last = names + one.names, one
    return unique(names)


def _marked(near: Iterable[Line], page: Page) -> Iterator[_Marked]:
    for line in near:
        if line.text and _is_called_author(line.element, line.called) and (names := _shown(line, page, shown_names)):
            yield _Marked(line.offset, line.called, names, line.element)


def _is_called_author(element: HtmlElement, called: str) -> bool:
    if element.tag == "a" and _PROFILE.search(element.get("href", "")):
        return not _NO_BYLINE.search(called)
    return bool(called) and _names_author(called)


@lru_cache(maxsize=4096)
def _names_author(called: str) -> bool:
    return _BYLINE.search(called) is not None and not _NO_BYLINE.search(called)


def _shown(line: Line, page: Page, read: Callable[[str], list[str]]) -> list[str]:
    names = read(_without_site(line.text, page.sites)) if line.text else []
    if not names or _is_pictured(line.element, page.within) or is_outside(line.element, page.within):
        return []
    return names


def _is_pictured(element: HtmlElement, within: Collection[HtmlElement]) -> bool:
    """Return whether ``element`` tells who took a picture, said a quotation or wrote a comment."""
    for _, above in zip(range(_MAX_PICTURED), element.iterancestors(), strict=False):
        if above in within:
            return False
        if above.tag in ("figure", "figcaption", "blockquote") or _PICTURED.search(marks(above)):
            return True
    return False


def _line(page: Page) -> list[str]:
    """Return the names in the shortest line near the headline that begins "By" or with a day and "by"."""
    if not page.within:
        return []
    said = [line for line in page.near if _SAID.match(line.text)]
    found = (_shown(line, page, _said) for line in sorted(said, key=lambda line: len(line.text)))
    return next((names for names in found if names), [])


def _said(line: str) -> list[str]:
    match = _SAID.match(line)
    names = shown_names(line[match.end() :]) if match else []
    return names if names and (looks_like_person(names[0]) or len(line) < 40) else []


def _dated_line(page: Page) -> list[str]:
    """Return the person whose name stands alone with a day after the headline; several are a list of something."""
    after = (line for line in page.near if page.within and line.offset > 0 and FIGURE.search(line.text))
    dated = (_shown(line, page, _dated) for line in after)
    found = unique(names[0] for names in dated if names)
    return found if len(found) == 1 else []


def _dated(line: str) -> list[str]:
    days = list(written_days(line)) if len(line) <= _MOST_DATED_CHARS else []
    if len(days) != 1:
        return []
    rest = _HOUR.sub(" ", line[: days[0].start] + " " + line[days[0].end :])
    names = shown_names(line)
    return names if len(names) == 1 and looks_like_person(names[0]) and letters(rest) == letters(names[0]) else []


def _described(page: Page) -> list[str]:
    return _first_authors([article for article in page.linked.articles if article.sort == "article"], page.sites)


def _described_page(page: Page) -> list[str]:
    return _first_authors([article for article in page.linked.articles if article.sort != "article"], page.sites)


def _first_authors(articles: Iterable[Article], sites: Collection[str]) -> list[str]:
    for article in articles:
        names = _stated([author.name for author in article.authors if author.is_person], sites)
        if names:
            return names
    return []


def _publisher(page: Page) -> list[str]:
    named = [author.name for article in page.linked.articles for author in article.authors if not author.is_person]
    return _stated(named[:1], page.sites)


def _in_head(page: Page) -> list[str]:
    """Return what ``<meta>`` elements name: the first that look like persons, else the first that are no company."""
    said = [
        _given_first(page.tags[name]) if name in _CATALOGUED else page.tags[name]
        for name in _STATED
        if name in page.tags
    ]
    for number in range(1, 5):
        label = page.tags.get(f"twitter:label{number}", [""])[0]
        if _WRITTEN_BY.match(label):
            said.append(page.tags.get(f"twitter:data{number}", []))
    found = [_stated(texts, page.sites) for texts in said]
    found = [names for names in found if names and not any(map(is_company, names))]
    return next((names for names in found if any(map(looks_like_person, names))), next(iter(found), []))


def _given_first(texts: Iterable[str]) -> list[str]:
    """Return "Moll, Ida" as "Ida Moll" where each of the names has one comma."""
    names = [name for text in texts for name in text.split(";") if name.strip()]
    turned = [_FAMILY_FIRST.fullmatch(name) for name in names]
    return [
        match.expand(r"\2 \1") if match and not looks_like_person(match[1]) else name
        for match, name in zip(turned, names, strict=True)
    ]


def _stated(texts: Iterable[str], sites: Collection[str]) -> list[str]:
    addresses = ("http:", "https:", "//", "www.")
    return unique(
        name for text in texts if not text.startswith(addresses) for name in stated_names(_without_site(text, sites))
    )


def _without_site(text: str, sites: Collection[str]) -> str:
    parts = _PART_END.split(text)
    if len(parts) == 1:
        return text
    kept = [part for part in parts if letters(part) not in sites]
    return " | ".join(kept) if kept and len(kept) < len(parts) else text


# Most trusted first, as measured on public pages: what a reader sees at the headline is the author more often than what
# the page's programs state, which may be who typed the text in.
_SOURCES = (_byline, _line, _described, _in_head, _described_page, _dated_line, _authors_box, _publisher)
