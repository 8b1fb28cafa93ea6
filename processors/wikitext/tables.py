"""Tables of wikitext, line by line, as HTML (https://www.mediawiki.org/wiki/Help:Tables)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from processors.wikitext.tags import attributes

_START = re.compile(r"(:*)\s*\{\|(.*)")
_MARKUP = re.compile(r"(<[^<>]*>)|!!")
# A table within this many others is not read as one: no page nests so deep, and readers of the tree recurse.
DEEPEST = 12
# Rows and cells written as HTML within a table of wikitext.
_PART = re.compile(r"\s*</?(?:tr|td|th|caption)\b", re.IGNORECASE)


@dataclass(slots=True)
class _Table:
    indents: int
    before: list[str]  # text that stands in no cell: browsers show it before the table
    row_attributes: str = ""
    in_row: bool = False
    has_rows: bool = False
    has_html: bool = False
    cell: str = ""

    def close_cell(self) -> str:
        closed = f"</{self.cell}>" if self.cell else ""
        self.cell = ""
        return closed

    def close_row(self) -> str:
        closed = self.close_cell() + ("</tr>" if self.in_row else "")
        self.in_row = False
        return closed

    def close(self) -> str:
        closed = self.close_row()
        return closed + ("" if self.has_rows else "<tr><td></td></tr>") + "</table>"


def with_tables(text: str) -> str:
    """Return ``text`` with every table as HTML; lines outside tables are as they were."""
    tables: list[_Table] = []
    lines: list[str | list[str]] = []
    for line in text.split("\n"):
        if "{|" in line and (match := _START.match(line.strip())):
            lines += _start(match, tables)
        else:
            lines.append(_line(line, tables))
    lines += [table.close() for table in reversed(tables)]
    return "\n".join(_flat(lines))


def _flat(lines: Iterable[str | list[str]]) -> Iterator[str]:
    for line in lines:
        if isinstance(line, str):
            yield line
        else:
            yield from line


def _line(line: str, tables: list[_Table]) -> str:
    trimmed = line.strip()
    if not tables:
        return line
    if trimmed.startswith("|}"):
        table = tables.pop()
        return table.close() + trimmed[2:] + "</dd></dl>" * table.indents
    if trimmed.startswith("|-"):
        return _row(trimmed, tables[-1])
    if trimmed.startswith(("|", "!")):
        return _cells(trimmed, tables[-1])
    table = tables[-1]
    table.has_html = table.has_html or (not table.cell and _PART.match(line) is not None)
    if trimmed and not table.cell and not table.has_html:
        table.before.append(line)
        return ""
    return line


def _start(match: re.Match[str], tables: list[_Table]) -> list[str | list[str]]:
    """Return the place of what will turn out to stand before the table, and its first line."""
    if len(tables) >= DEEPEST:
        return []
    indents = min(len(match[1]), DEEPEST)
    tables.append(_Table(indents, []))
    return [tables[-1].before, "<dl><dd>" * indents + f"<table{attributes(match[2])}>"]


def _row(line: str, table: _Table) -> str:
    closed = table.close_row()
    table.row_attributes = attributes(line.lstrip("|-"))
    table.has_rows = True
    return closed


def _cells(line: str, table: _Table) -> str:
    kind = "caption" if line.startswith("|+") else "th" if line.startswith("!") else "td"
    content = line[2:] if kind == "caption" else line[1:]
    if kind == "th" and "!!" in content:
        content = _MARKUP.sub(lambda match: match[1] or "||", content)
    return "".join(_cell(kind, cell, table) for cell in content.split("||"))


def _cell(kind: str, cell: str, table: _Table) -> str:
    closed = f"{table.close_cell()}\n" if table.cell else ""
    if kind != "caption" and not table.in_row:
        closed += f"<tr{table.row_attributes}>\n"
        table.in_row, table.has_rows, table.row_attributes = True, True, ""
    before, bar, content = cell.partition("|")
    if not bar or "[[" in before or "-{" in before:
        before, content = "", cell
    table.cell = kind
    return f"{closed}<{kind}{attributes(before)}>{content.strip()}"
