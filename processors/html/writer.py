"""Markdown of a tree of HTML as it is: headings, prose, lists, quotes, definitions, code and tables, nothing judged.

What is no part of the text is taken out before, and marks within lines are put in (``processors.html.inline``).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lxml import etree

from processors.html.code import code_block
from processors.html.inline import BREAK
from processors.html.tables import grid, rows_of, table_lines

HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = frozenset({*HEADINGS, "ol", "ul", "blockquote", "dl", "p", "pre", "table"})
CONTAINERS = frozenset({
    "article", "aside", "body", "center", "dd", "details", "div", "dt", "fieldset", "figcaption", "figure", "footer",
    "form", "header", "hr", "html", "li", "main", "nav", "section", "summary", "td", "th", "tr",
})  # fmt: skip
# Deeper than any page nests; what is deeper still is read as plain text, so that nothing recurses without end.
DEEPEST = 60
_BREAKS = re.compile(rf"\s*{BREAK}\s*")
_PARAGRAPHS = re.compile(rf"{BREAK}(?:\s*{BREAK})+")


class Block(NamedTuple):
    """One block of Markdown; ``level`` is that of a heading, else 0."""

    text: str
    level: int = 0


def markdown_of(root: etree._Element) -> str:
    """Return the Markdown of all that ``root`` holds; sections without any text are left out."""
    return joined(without_empty_sections(list(blocks_of(root))))


def joined(blocks: Sequence[Block]) -> str:
    """Return ``blocks`` as one text, an empty line between them."""
    return "\n\n".join(block.text for block in blocks)


def blocks_of(element: etree._Element, depth: int = 0) -> Iterator[Block]:
    """Yield the blocks within ``element``; a run of text between them is a paragraph."""
    if depth > DEEPEST:
        yield from _paragraphs(["".join(element.itertext())])
        return
    run = [element.text or ""]
    for child in element.iterchildren(etree.Element):
        if child.tag in BLOCKS:
            yield from _paragraphs(run)
            yield from _block(child, depth + 1)
            run = []
        elif child.tag in CONTAINERS or next(child.iter(*BLOCKS, *CONTAINERS), None) is not None:
            yield from _paragraphs(run)
            yield from blocks_of(child, depth + 1)
            run = []
        else:
            run.append("".join(child.itertext()))
        run.append(child.tail or "")
    yield from _paragraphs(run)


def without_empty_sections(blocks: Sequence[Block]) -> list[Block]:
    """Return ``blocks`` without the headings that nothing but other headings follows."""
    kept: list[Block] = []
    for block in reversed(blocks):
        if block.level and (not kept or 0 < kept[-1].level <= block.level):
            continue
        kept.append(block)
    return kept[::-1]


def line_of(element: etree._Element) -> str:
    """Return the text of ``element`` on one line."""
    return " ".join("".join(element.itertext()).replace(BREAK, " ").split())


def _block(element: etree._Element, depth: int) -> Iterator[Block]:
    if level := HEADINGS.get(element.tag):
        if line := line_of(element):
            yield Block(f"{'#' * level} {line}", level)
    elif element.tag == "p":
        yield from blocks_of(element, depth)
    else:
        for text in WRITERS[element.tag](element, depth):
            if text.strip():
                yield Block(text)


def _paragraphs(run: Sequence[str]) -> Iterator[Block]:
    """Yield the paragraphs of a run of text; one line break is one, two or more part paragraphs."""
    text = "".join(run)
    if not text.strip():
        return
    for part in _PARAGRAPHS.split(text) if BREAK in text else [text]:
        lines = (" ".join(line.split()) for line in _BREAKS.split(part))
        if paragraph := "  \n".join(filter(None, lines)):
            yield Block(paragraph)


def _list(element: etree._Element, depth: int) -> Iterator[str]:
    if next(element.iter(*HEADINGS), None) is not None:  # sections laid out as items
        yield from (block.text for block in blocks_of(element, depth))
        return
    number = _number(element.get("start"), 1)
    items: list[str] = []
    for item in element.iterchildren(etree.Element):
        number = _number(item.get("value"), number)
        mark = f"{number}. " if element.tag == "ol" else "- "
        if item.tag in ("ol", "ul") and items:  # a list right within a list, as old pages have it
            nested = [block.text for block in _block(item, depth + 1)]
            items[-1] += "".join(f"\n{_indented([text], ' ' * len(mark))}" for text in nested)
        elif blocks := [block.text for block in blocks_of(item, depth + 1)]:
            items.append(_indented(blocks, mark))
            number += 1
    yield "\n".join(items)


def _number(stated: str | None, otherwise: int) -> int:
    return int(stated) if stated and re.fullmatch(r"\s*[0-9]{1,5}\s*", stated) else otherwise


def _indented(blocks: Sequence[str], mark: str) -> str:
    """Return the blocks of one item behind its mark; lists within it follow without an empty line."""
    text = blocks[0]
    for block in blocks[1:]:
        is_list = re.match(r"(?:-|\d+\.) ", block) is not None
        text += f"{chr(10) if is_list else chr(10) * 2}{block}"
    first, *others = text.split("\n")
    return "\n".join([mark + first, *(f"{' ' * len(mark)}{line}" if line else "" for line in others)])


def _code(element: etree._Element, _depth: int) -> Iterator[str]:
    yield code_block(element)


def _quote(element: etree._Element, depth: int) -> Iterator[str]:
    text = "\n\n".join(block.text for block in blocks_of(element, depth))
    yield "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _definitions(element: etree._Element, depth: int) -> Iterator[str]:
    """Yield terms, each definition behind a colon; definitions without terms, which only indent, are lines."""
    is_indent = next(element.iter("dt"), None) is None
    lines: list[str] = []
    for part in element.iter("dt", "dd"):
        if next(part.iterancestors("dl"), None) is not element:
            continue
        blocks = [block.text for block in blocks_of(part, depth + 1)]
        if is_indent or part.tag == "dt" or not lines:
            lines += ["\n\n".join(blocks)] if blocks else []
        elif blocks:
            lines.append(_indented(blocks, ": "))
    yield "\n".join(lines)


def _table(element: etree._Element, depth: int) -> Iterator[str]:
    """Yield caption and rows; a table that only lays out, or holds code of more lines, is its cells in order."""
    for caption in element.iterchildren("caption"):
        yield line_of(caption)
    rows = rows_of(element)
    if _is_layout(element, rows):
        for cell in (cell for row in rows for cell in row):
            yield from (block.text for block in blocks_of(cell, depth))
        return
    yield table_lines(grid(rows, lambda cell: " ".join(block.text for block in blocks_of(cell, depth + 1))))


def _is_layout(table: etree._Element, rows: Sequence[Sequence[etree._Element]]) -> bool:
    is_single = max((len(row) for row in rows), default=0) < 2
    code = any("\n" in "".join(pre.itertext()).strip("\n") for pre in table.iter("pre"))
    return is_single or code or next(table.iterdescendants("table"), None) is not None


WRITERS: Mapping[str, Callable[[etree._Element, int], Iterator[str]]] = {
    "ul": _list, "ol": _list, "pre": _code, "blockquote": _quote, "table": _table, "dl": _definitions,
}  # fmt: skip
