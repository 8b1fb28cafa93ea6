"""Tables of a page as tables of Markdown: every cell in its column, however far it spans."""

import re
from collections.abc import Callable, Iterator, Sequence

from lxml import etree

MOST_COLUMNS = 100
_PLACES = {"thead": 0, "tfoot": 2}  # among the parts of a table; HTML 4 had the foot before the body
_NUMBER = re.compile(r"[0-9]{1,5}")


def rows_of(table: etree._Element) -> list[list[etree._Element]]:
    """Return the cells of each row of ``table`` as a browser shows them: head first, foot last, wherever they stand.

    Those of tables within it are not among them.
    """
    parts = sorted(table.iterchildren("thead", "tbody", "tfoot", "tr"), key=lambda part: _PLACES.get(part.tag, 1))
    rows = [row for part in parts for row in ([part] if part.tag == "tr" else part.iterchildren("tr"))]
    return [list(row.iterchildren("td", "th")) for row in rows]


def grid(rows: Sequence[Sequence[etree._Element]], text_of: Callable[[etree._Element], str]) -> Iterator[list[str]]:
    """Yield the texts of ``rows``, with an empty one wherever a cell of more rows or columns goes on.

    A page may claim spans of any size: as many cells are filled in as four times those there are, and 1,000; a row has
    at most ``MOST_COLUMNS``.
    """
    fillers = 1_000 + 4 * sum(len(row) for row in rows)
    below: dict[int, int] = {}
    for row in rows:
        texts: list[str] = []
        for cell in row:
            while below.get(len(texts), 0) > 0 and fillers > 0:
                below[len(texts)] -= 1
                fillers -= 1
                texts.append("")
            columns, height = _span(cell, "colspan"), _span(cell, "rowspan")
            added = [in_cell(text_of(cell)), *([""] * min(columns - 1, max(0, fillers)))]
            fillers -= len(added) - 1
            for at in range(len(texts), len(texts) + len(added)):
                below[at] = height - 1
            texts += added
        yield texts[:MOST_COLUMNS]


def in_cell(text: str) -> str:
    """Return ``text`` on one line with its pipes escaped, as GitHub's tables need it, in code spans as well."""
    return " ".join(text.replace("|", "\\|").split())


def table_lines(rows: Iterator[list[str]]) -> str:
    """Return ``rows`` as a table of Markdown whose first row is its head; empty rows are left out."""
    lines = [row for row in rows if any(row)]
    width = max((len(row) for row in lines), default=0)
    if lines:
        lines[0] += [""] * (width - len(lines[0]))
        lines.insert(1, ["---"] * width)
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _span(cell: etree._Element, name: str) -> int:
    value = cell.get(name) or ""
    return max(1, min(int(value), MOST_COLUMNS)) if _NUMBER.fullmatch(value) else 1
