"""Items of lists that the extractor makes plain ones: terms and what they mean, and numbers that do not start at 1."""

import re
from collections.abc import Mapping

from lxml.html import HtmlElement

from processors.html.tokens import token_for

_LINE = re.compile(
    r"^(?P<before>(?:> )*[ \t]*)(?:(?:[-*+]|\d+\.) +)?(?P<token>GRISTitem[0-9a-f]{12}x\d+x) ?", re.MULTILINE
)
_TOKEN = re.compile(r"GRISTitem[0-9a-f]{12}x\d+x ?")
_START = re.compile(r"[0-9]{1,5}")


def mark_items(tree: HtmlElement) -> dict[str, str]:
    """Put a token before each term, meaning and unusual number of ``tree``; return the mark that each stands for."""
    marks: dict[str, str] = {}
    for part in tree.iter("dt", "dd"):
        if _is_plain(part):
            _mark(part, "" if part.tag == "dt" else ": ", marks)
    for listing in tree.iter("ol"):
        start = listing.get("start") or ""
        first = int(start) if _START.fullmatch(start) else 1
        for number, item in enumerate(listing.iterchildren("li"), first):
            if first != 1:
                _mark(item, f"{number}. ", marks)
    return marks


def _is_plain(part: HtmlElement) -> bool:
    """Tell whether ``part`` is one of a list with both terms and meanings, and of one line."""
    listing = part.getparent()
    if listing is None or listing.tag != "dl" or listing.find("dt") is None or listing.find("dd") is None:
        return False
    return next(part.iterdescendants("dl", "table", "ul", "ol"), None) is None


def _mark(item: HtmlElement, mark: str, marks: dict[str, str]) -> None:
    token = token_for("item", mark, len(marks))
    first = item[0] if len(item) and not (item.text or "").strip() else None
    holder = first if first is not None and first.tag in ("p", "div") else item
    holder.text = f"{token} {(holder.text or '').lstrip()}"
    marks[token] = mark


def itemised(text: str, marks: Mapping[str, str]) -> str:
    """Return ``text`` with each token of ``marks`` as its mark, in the place of the one the extractor wrote."""
    if not marks:
        return text
    text = _LINE.sub(lambda found: found["before"] + marks.get(found["token"], "- "), text)
    return _TOKEN.sub(lambda found: "" if found[0].rstrip() in marks else found[0], text)
