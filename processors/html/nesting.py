"""The tree of a page whatever its nesting: libxml2 leaves out all that follows the 256th level of elements."""

import re

from lxml.etree import LxmlError
from lxml.html import HtmlElement, fromstring
from trafilatura.utils import DOCTYPE_TAG, FAULTY_HTML, HTML_PARSER

from corpus.bounded_markup import bounded_markup

_DEEPEST = 256  # elements, as libxml2 reads them without its "huge" option
_KEPT_DEPTH = 100  # leaves room for the elements that are not counted here
# What real pages nest without end: boxes, marks left open, quotations of quotations. A tag is read up to its name,
# so that nothing has to be searched through.
_NESTING = re.compile(
    r"<(/?)(?:div|span|font|b|i|u|em|strong|small|big|center|section|article|blockquote|ul|ol|dl|table|tbody|tr|td|a|form|"
    r"fieldset|main|aside|header|footer|nav|details|q|sub|sup|ins|del|s|label|figure|code|kbd|tt)(?=[\s/>])",
    re.IGNORECASE,
)
_TAG_END = re.compile(r"[^<>]{0,10000}>?")

# What is no character of XML 1.0 (section 2.2), of those that take one byte and three.
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"})
_NO_CHARACTERS = ("\ufffe", "\uffff")
_REPLACEMENT = "\ufffd".encode()
# The same by its number; the parser would put it into a tree, whose texts then could not be set again.
_CONTROL_REFERENCE = re.compile(
    rb"&#(?:0*(?:[1-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])|x0*(?:[1-8bcef]|1[0-9a-f]|fff[ef])(?![0-9a-f]));?",
    re.IGNORECASE,
)


def tree_of(html: str) -> HtmlElement | None:
    """Return the tree of ``html``, the innermost levels of a deep page joined; None when it is no HTML."""
    tree = _parsed(html)
    return _parsed(flattened(html)) if tree is not None and _depth_of_end(tree) >= _DEEPEST - 2 else tree


def _parsed(html: str) -> HtmlElement | None:
    """Return what trafilatura's ``load_html`` does, and in half the time; no text of it holds a control character."""
    begin = html[:50].lower()
    try:
        tree = fromstring(bounded_markup(_without_controls(_repaired(html, begin))), parser=HTML_PARSER)
    except LxmlError:  # nothing in it is an element
        return None
    return tree if "html" in begin or len(tree) > 1 else None


def _without_controls(html: str) -> bytes:
    for character in _NO_CHARACTERS:
        html = html.replace(character, "")
    body = html.encode("utf-8", "surrogatepass").translate(None, _CONTROLS)
    # What is left of two may make a third: that one is replaced, by what makes no other.
    return _CONTROL_REFERENCE.sub(_REPLACEMENT, _CONTROL_REFERENCE.sub(b"", body)) if b"&#" in body else body


def _repaired(html: str, begin: str) -> str:
    """Return ``html`` without a doctype and a closed ``<html/>``, after which libxml2 would read nothing."""
    if "doctype" in begin:
        line, _, rest = html.partition("\n")
        html = DOCTYPE_TAG.sub("", line, count=1) + "\n" + rest
    if any("<html" in line and line.endswith("/>") for line in html[:4096].splitlines()[:4]):
        return FAULTY_HTML.sub(r"\1>", html, count=1)
    return html


def flattened(html: str) -> str:
    """Return ``html`` without the tags that open or close an element deeper than 100 others."""
    parts: list[str] = []
    depth = start = 0
    for tag in _NESTING.finditer(html):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth + bool(tag[1]) <= _KEPT_DEPTH:
            continue
        end = _TAG_END.match(html, tag.end())
        parts.append(html[start : tag.start()])
        start = end.end() if end else tag.end()
    return " ".join([*parts, html[start:]])


def _depth_of_end(tree: HtmlElement) -> int:
    """Return how deep the last element of ``tree`` is, which is the deepest where the parser gave up."""
    depth = 1
    while len(tree):
        tree, depth = tree[-1], depth + 1
    return depth
