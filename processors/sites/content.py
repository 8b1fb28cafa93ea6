"""What of a page an adapter reads: copies of those parts alone, without apparatus and without what no reader sees."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from processors.html.formulas import set_formulas_aside
from processors.html.hidden import drop_hidden
from processors.html.tree import copy_of, of_one_class
from processors.sites.selecting import every, remove

# Lines of a text this long are prose; what is shorter may be a button, a name or a date.
_PROSE_CHARS = 60
_PROSE = etree.XPath(
    f"//body//text()[string-length(.) >= {_PROSE_CHARS}][not(ancestor::*[self::script or self::style or self::noscript"
    " or self::template or self::nav or self::footer or self::aside or self::a or self::button or self::select])]",
    smart_strings=False,
)


class Content(NamedTuple):
    """``body`` holds a ``<div>`` for each of the ``parts`` copied; ``formulas`` are what tokens in them stand for."""

    body: HtmlElement
    parts: list[HtmlElement]
    formulas: Mapping[str, str]
    hidden_chars: int


def content_of(elements: Sequence[HtmlElement], apparatus: str, opened: str) -> Content:
    """Return copies of ``elements`` without ``apparatus`` and hidden text, which is counted; they themselves stay.

    ``opened`` selects what a reader can open: it stays although the page shows it only then.
    """
    body = elements[0].makeelement("body")
    root = of_one_class(body)  # a document of its own, which is all that is looked through for hidden text
    parts = [etree.SubElement(body, "div") for _ in elements]
    for part, element in zip(parts, elements, strict=True):
        part.append(copy_of(element))
    formulas = set_formulas_aside(root)  # before the scripts and hidden parts go, which hold some
    for part in parts:
        remove(part[0], apparatus)
    for shown in every(root, opened):
        for name in ("hidden", "style"):
            shown.attrib.pop(name, None)
    return Content(body, parts, formulas, drop_hidden(root))


def outermost(elements: Iterable[HtmlElement]) -> list[HtmlElement]:
    """Return those of ``elements`` that are within none of the others, in their order."""
    found = dict.fromkeys(elements)
    return [one for one in found if not any(around in found for around in one.iterancestors())]


def prose_chars(tree: HtmlElement) -> int:
    """Return how many characters, spaces not counted, the lines of prose hold that ``tree`` shows anywhere."""
    return sum(map(chars, _PROSE(tree)))


def chars(text: str) -> int:
    """Return how many characters of ``text`` are no spaces."""
    return len("".join(text.split()))
