"""Quotes of a page: what of the extracted text was quoted, although the extractor does not say so.

Each line of a quote gets a token at its begin. The extractor keeps or drops the line by its own judgement, so a quote
brings nothing into the text that would not be there; what is kept then gets its ``>``.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from lxml.html import HtmlElement

from processors.html.tokens import token_for

# A page that is a quote for the most part is laid out with it, as old pages indent their text.
MOST_QUOTED = 0.5
DEEPEST = 8
_LINES = ("blockquote", "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt", "section")
_TOKEN = re.compile(r"GRISTquote[0-9a-f]{12}x\d+x ?")


class Quoted(NamedTuple):
    """Where a line is quoted: how ``deep``, and in which of the page's outermost quotes; 0 in none."""

    deep: int = 0
    outermost: int = 0


def mark_quotes(tree: HtmlElement) -> dict[str, Quoted]:
    """Put a token before each line of each ``<blockquote>`` of ``tree``; return what each token says."""
    marks: dict[str, Quoted] = {}
    outermost = 0
    for quote in list(tree.iter("blockquote")):
        _part_from_quote(quote)
    for quote in list(tree.iter("blockquote")):
        deep = 1 + sum(1 for _ in quote.iterancestors("blockquote"))
        outermost += deep == 1
        if deep > DEEPEST or next(quote.iter("table"), None) is not None:
            continue
        token = token_for("quote", str(deep), len(marks))
        marks[token] = Quoted(deep, outermost)
        for holder in quote.iter(*_LINES):
            if holder is quote or next(holder.iterancestors("blockquote"), None) is quote:
                _mark_lines(holder, token)
    return marks


def _part_from_quote(quote: HtmlElement) -> None:
    """Make a paragraph of the bare words right before a quote within a quote, which would run into its first."""
    parent, before = quote.getparent(), quote.getprevious()
    if parent is None or parent.tag != "blockquote":
        return
    words = (parent.text if before is None else before.tail) or ""
    if not words.strip() or (before is not None and before.tag not in _LINES):
        return
    paragraph: HtmlElement = quote.makeelement("p")
    paragraph.text = words.strip()
    if before is None:
        parent.text = None
    else:
        before.tail = None
    quote.addprevious(paragraph)


def _mark_lines(holder: HtmlElement, token: str) -> None:
    begins_a_line = len(holder) and holder[0].tag not in (*_LINES, "ul", "ol", "br", "dl", "pre")
    if (holder.text or "").strip() or begins_a_line:
        holder.text = f"{token} {(holder.text or '').lstrip()}"
    for child in holder:
        if child.tag in ("br", *_LINES) and (child.tail or "").strip():
            child.tail = f"{token} {(child.tail or '').lstrip()}"


def quoted(text: str, marks: Mapping[str, Quoted]) -> str:
    """Return ``text`` without the tokens of ``marks``, and with ``>`` before the lines that had one."""
    if not marks:
        return text
    lines = text.split("\n")
    places = [_place(line, marks) for line in lines]
    lines = [_TOKEN.sub(lambda found: "" if found[0].rstrip() in marks else found[0], line) for line in lines]
    in_quotes = sum(len(line) for line, place in zip(lines, places, strict=True) if place.deep)
    if in_quotes > MOST_QUOTED * sum(map(len, lines)):
        return "\n".join(lines)
    return "\n".join(_prefixed(lines, places))


def _place(line: str, marks: Mapping[str, Quoted]) -> Quoted:
    found = _TOKEN.search(line)
    return marks.get(found[0].rstrip(), Quoted()) if found else Quoted()


def _prefixed(lines: list[str], places: list[Quoted]) -> list[str]:
    written: list[str] = []
    before, blanks = Quoted(), 0
    for line, place in zip(lines, places, strict=True):
        if not line.strip():
            blanks += 1
            continue
        # An empty line within one quote belongs to it; two would be one too many.
        is_within = place.outermost == before.outermost and place.deep
        gap = "> " * min(before.deep, place.deep) if is_within else ""
        is_parted = blanks > 0 or place.deep != before.deep
        written += [gap.rstrip()] * (int(is_parted) if is_within else blanks)
        written.append("> " * place.deep + line)
        before, blanks = place, 0
    return written + [""] * blanks
