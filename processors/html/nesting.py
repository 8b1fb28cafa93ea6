"""The tree of a page whatever its nesting: libxml2 leaves out all that follows the 256th level of elements."""

import re

from lxml.html import HtmlElement
from trafilatura import load_html

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
# A tag of more attributes than any page has, each of which the parser compares with all before it.
_LONG_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]{0,20})\s[^<>]{20000,}>?")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_MOST_ATTRIBUTE_CHARS = 10_000  # of one tag, the values in quotes left out; the public pages have 500


def tree_of(html: str) -> HtmlElement | None:
    """Return the tree of ``html``, the innermost levels of a deep page joined; None when it is no HTML."""
    html = _LONG_TAG.sub(_with_fewer_attributes, html)
    tree = load_html(html)
    return load_html(flattened(html)) if tree is not None and _depth_of_end(tree) >= _DEEPEST - 2 else tree


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


def _with_fewer_attributes(tag: re.Match[str]) -> str:
    return f"<{tag[1]}>" if len(_QUOTED.sub("", tag[0])) > _MOST_ATTRIBUTE_CHARS else tag[0]
