"""Where things stand on a page: its elements in order, their short texts, and which stand outside the article."""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

# A byline and the day stand among so many elements before the headline or after it.
BEFORE, AFTER, FAR_AFTER = 25, 80, 3000
FIRST_LINES = 600  # looked at on a page whose headline is not seen
MAX_LINE_CHARS = 160
_MAX_ANCESTORS, _MAX_PARTS, _MAX_MARK_CHARS = 60, 60, 300

# A name that begins so says where it stands; "no-sidebar" and "category-news-ticker" do not.
_OUTSIDE = re.compile(
    r"(?<![^\s_-])(?<!no-)(?<!has-)(?<!with-)(?<!category-)(?<!tag-)(?:comment|kommentar|respond|repl(?:y|ies)|related"
    r"|sidebar|teaser|nav|menu(?![a-z])|newsletter|popular|most-?read|recommend|advert|cookie|consent|modal|popup|recent|latest"
    r"|carousel|slider|ticker|widget-area|read-?more|similar|forum|leserbrief)"
)
_FOOTER = re.compile(r"(?<![^\s_-])footer(?![a-z])")
_OF_ARTICLE = re.compile(r"entry|post|article|meta|byline|info")
_ARTICLE_CLASSES = {"article", "hentry", "post", "h-entry"}
_NO_TEXT = {
    "html", "head", "meta", "title", "link", "script", "style", "body", "form", "input", "option", "img", "svg", "br",
}  # fmt: skip
_MARKS = {"class", "id", "itemprop", "rel"}


class Line(NamedTuple):
    """An element with a short text: so many elements after the headline (before it if negative), and its ``marks``."""

    offset: int
    element: HtmlElement
    called: str
    text: str


def following(element: HtmlElement, root: HtmlElement) -> Iterator[HtmlElement]:
    """Yield ``element`` and all that begin after it in the tree of ``root``, in document order."""
    yield from element.iter(etree.Element)
    while element is not root:
        for beside in element.itersiblings(etree.Element):
            yield from beside.iter(etree.Element)
        element = element.getparent()


def preceding(element: HtmlElement, root: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements that begin before ``element`` in the tree of ``root``, the nearest first."""
    while element is not root:
        beside = next(element.itersiblings(etree.Element, preceding=True), None)
        element = element.getparent() if beside is None else _last_within(beside)
        yield element


def _last_within(element: HtmlElement) -> HtmlElement:
    while (last := next(element.iterchildren(etree.Element, reversed=True), None)) is not None:
        element = last
    return element


def lines(elements: Iterable[HtmlElement], offset: int, within: Collection[HtmlElement] = ()) -> Iterator[Line]:
    """Yield what stands in ``elements``, the first of which has ``offset``; those that are ``within`` are left out."""
    for place, element in enumerate(elements, offset):
        if element.tag not in _NO_TEXT and element not in within:
            yield Line(place, element, marks(element), short_text(element, MAX_LINE_CHARS))


def marks(element: HtmlElement) -> str:
    """Return what class, id, itemprop and rel call ``element``, lower-cased."""
    given = element.items()
    return " ".join([value[:_MAX_MARK_CHARS] for key, value in given if key in _MARKS]).lower() if given else ""


def is_outside(element: HtmlElement, within: Collection[HtmlElement]) -> bool:
    """Return whether ``element`` is of a comment, a teaser or the navigation; ``within`` also hold the headline."""
    above = [element, *islice(element.iterancestors(), _MAX_ANCESTORS)]
    for number, one in enumerate(above):
        if one in within or one.tag in ("body", "html", "main"):
            return False
        called = marks(one)
        if one.tag in ("nav", "form") or _OUTSIDE.search(called):
            return True
        if one.tag in ("aside", "footer") or _FOOTER.search(called):  # a page has some, an article may have its own
            return not _OF_ARTICLE.search(called) and not any(_is_article(higher) for higher in above[number:])
    return False


def _is_article(element: HtmlElement) -> bool:
    return element.tag == "article" or not _ARTICLE_CLASSES.isdisjoint(element.get("class", "").lower().split())


def short_text(element: HtmlElement, most_chars: int) -> str:
    """Return the text in ``element`` with single spaces; an empty text where it is longer than ``most_chars``."""
    if len(element) == 0:
        text = " ".join((element.text or "").split())
        return text if len(text) <= most_chars else ""
    text = last = ""
    for part in islice(element.itertext(), _MAX_PARTS):
        if not part.isspace():
            piece = " ".join(part.split())
            is_initial = len(last) == 1 and last.isalpha() and not part[0].isspace()
            text += piece if is_initial or piece[0] in ",.;:!?)" else f" {piece}"
            if len(text) > most_chars + 1:
                return ""
        last = part
    return text.strip()
