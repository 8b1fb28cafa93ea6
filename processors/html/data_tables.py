"""Tables of data, written as a whole where the extractor kept them: every span, list and line of code in its cell."""

import re
from collections.abc import Mapping
from copy import deepcopy

from lxml import html
from lxml.html import HtmlElement

from processors.html.code import code_text
from processors.html.inline import code_span, mark_inline
from processors.html.tokens import token_for
from processors.html.tree import become
from processors.html.writer import markdown_of

MOST_CELLS = 20_000
# A table that says much more than the extractor kept of it lays out what was to be dropped.
MOST_ADDED = 1.5
# Code of more lines than these is to be read as a block, which no table of Markdown can hold.
MOST_CODE_LINES = 6
_TOKEN = re.compile(r"GRISTtable[0-9a-f]{12}x\d+x ?")
_ROWS = re.compile(r"^(?:[ \t]*\|.*(?:\n|\Z))+", re.MULTILINE)


def mark_tables(tree: HtmlElement) -> dict[str, str]:
    """Put a token into each table of data in ``tree``; return the Markdown of each token's table.

    A table of data has two rows and columns or more, and no table or form in it.
    """
    marks: dict[str, str] = {}
    for table in list(tree.iter("table")):
        cells = list(table.iter("td", "th"))
        if not _is_data(table, len(cells)):
            continue
        copied = html.Element("div")
        copied.append(deepcopy(table))
        copied[0].tail = None
        for gone in list(copied.iter("script", "style", "noscript", "template")):
            gone.clear(keep_tail=True)
        _join_code(copied)
        mark_inline(copied)
        written = markdown_of(copied)
        named = next((cell for cell in cells if cell.text_content().strip()), None)
        if written and named is not None:
            token = token_for("table", written, len(marks))
            marks[token] = written
            _mark(named, token)
    return marks


def _is_data(table: HtmlElement, cells: int) -> bool:
    rows = [len(list(row.iterchildren("td", "th"))) for row in table.iter("tr")]
    is_grid = sum(width > 1 for width in rows) > 1
    nested = next(table.iterancestors("table"), None) is not None
    return is_grid and not nested and cells <= MOST_CELLS and next(table.iterdescendants("table", "form"), None) is None


def _join_code(holder: HtmlElement) -> None:
    """Make short code in the cells of a table with a head code spans, its lines parted by ``<br>``."""
    blocks = list(holder.iter("pre"))
    if not blocks or next(holder.iter("th"), None) is None:
        return
    codes = [code_text(block).split("\n") for block in blocks]
    if max(map(len, codes)) > MOST_CODE_LINES:
        return
    for block, lines in zip(blocks, codes, strict=True):
        become(block, "<br>".join(filter(None, map(code_span, lines))))


def _mark(cell: HtmlElement, token: str) -> None:
    holder = next((part for part in cell.iter("p", "div") if (part.text or "").strip()), cell)
    holder.text = f"{token} {(holder.text or '').lstrip()}"


def tabled(text: str, marks: Mapping[str, str]) -> str:
    """Return ``text`` with the tables of ``marks`` in the place of those that hold their tokens."""
    if not marks:
        return text
    text = _ROWS.sub(lambda rows: _whole(rows[0], marks), text)
    return _TOKEN.sub(lambda found: "" if found[0].rstrip() in marks else found[0], text)


def _whole(rows: str, marks: Mapping[str, str]) -> str:
    found = _TOKEN.findall(rows)
    if len(found) != 1 or found[0].rstrip() not in marks:
        return rows
    written = marks[found[0].rstrip()]
    if _words(written) > MOST_ADDED * _words(rows) + 10:
        return rows
    return written + "\n" * (len(rows) - len(rows.rstrip("\n")))


def _words(text: str) -> int:
    return len(re.findall(r"\w+", text))
