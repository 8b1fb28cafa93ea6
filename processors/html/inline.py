"""Marks of Markdown within a line: code, emphasis, line breaks, formulas, put into a tree as text."""

import re
from collections.abc import Mapping

from lxml import etree
from lxml.html import HtmlElement

from processors.html.tree import become

BREAK = "\u2028"  # a line break of the page, until the lines are written
BLOCKS = (
    "h1", "h2", "h3", "h4", "h5", "h6", "ol", "ul", "blockquote", "dl", "p", "pre", "table", "div", "section", "li",
)  # fmt: skip
_PLAIN_IN = ("h1", "h2", "h3", "h4", "h5", "h6", "th")  # what is strong as a whole needs no mark for it


def mark_inline(root: HtmlElement) -> None:
    """Write the marks of code, emphasis, scripts and line breaks of ``root`` as text, in place.

    Pictures and what has no text go. Code blocks are left as they are. Nothing of the text is escaped: a trainer wants
    ``snake_case`` and ``2 * 3`` as people write them.
    """
    verbatim = {element for pre in root.iter("pre") for element in pre.iter()}
    plain = {element for top in root.iter(*_PLAIN_IN) for element in top.iter()}
    for element in list(root.iter(etree.Element)):
        if element in verbatim:
            continue
        if element.tag == "br":
            element.text = BREAK
        elif element.tag in _CODE:
            _mark_code(element)
        elif (mark := _MARKS.get(element.tag)) and (element not in plain or mark.startswith("<")):
            _mark(element, mark)


def code_span(code: str) -> str:
    """Return ``code`` of one line as a code span, between more backticks than any run in it."""
    code = " ".join(code.split())
    if not code:
        return ""
    mark = "`" * (max((len(run) for run in re.findall(r"`+", code)), default=0) + 1)
    pad = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{mark}{pad}{code}{pad}{mark}"


def _mark_code(element: HtmlElement) -> None:
    if element.find(".//pre") is None:
        for line_break in element.iter("br"):
            line_break.text = " "
        become(element, code_span("".join(element.itertext())))


def _mark(element: HtmlElement, mark: str) -> None:
    """Put ``mark`` round the text of ``element``, its outer spaces outside, if it holds text and no blocks."""
    if not "".join(element.itertext()).strip() or next(element.iter(*BLOCKS), None) is not None:
        return
    text = element.text or ""
    opening = text[: len(text) - len(text.lstrip())] if text.strip() else ""
    element.text = f"{opening}{mark}{text[len(opening) :]}"
    last = element[-1] if len(element) else None
    ending = (element.text if last is None else last.tail) or ""
    kept = ending.rstrip()
    closed = f"{kept}{mark.replace('<', '</')}{ending[len(kept) :]}"
    if last is None:
        element.text = closed
    else:
        last.tail = closed


_CODE = frozenset(("code", "tt", "kbd", "samp"))
_MARKS: Mapping[str, str] = {
    "b": "**", "strong": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "strike": "~~",
    "sup": "<sup>", "sub": "<sub>",
}  # fmt: skip
