"""What an extractor of text keeps, but no longer says: which lines were quoted, what a table and a list were like.

The elements stay in the tree and get a token each, so that the extractor judges them as ever; in the text that it
makes, the tokens tell what to write instead.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from lxml.html import HtmlElement

from processors.html.data_tables import mark_tables, tabled
from processors.html.items import itemised, mark_items
from processors.html.quotes import Quoted, mark_quotes, quoted
from processors.html.tree import drop_controls

_TOKENS = re.compile(r"GRIST(?:table|quote|item)[0-9a-f]{12}x\d+x ?")


class Marks(NamedTuple):
    """What the tokens in a tree stand for, by kind."""

    tables: Mapping[str, str]
    quotes: Mapping[str, Quoted]
    items: Mapping[str, str]


def mark(tree: HtmlElement) -> Marks:
    """Put tokens for tables, quotes, terms and numbers into ``tree``, in place; return what they stand for.

    Code and formulas are set aside before, or a table would hold them as their text.
    """
    drop_controls(tree)
    return Marks(mark_tables(tree), mark_quotes(tree), mark_items(tree))


def unmark(tree: HtmlElement) -> None:
    """Take the tokens out of ``tree`` again, in place.

    For an extraction that weighs a page by its words where there are few: there, a token more may turn its verdict.
    """
    for element in tree.iter():
        if element.text and "GRIST" in element.text:
            element.text = without_marks(element.text)
        if element.tail and "GRIST" in element.tail:
            element.tail = without_marks(element.tail)


def without_marks(text: str) -> str:
    """Return ``text`` without tokens: what its length is measured by."""
    return _TOKENS.sub("", text)


def with_marks(text: str, marks: Marks) -> str:
    """Return the Markdown ``text`` of a marked tree as its tokens say; what it lacks does not come back."""
    return itemised(quoted(tabled(text, marks.tables), marks.quotes), marks.items)
