"""The blocks that a document is made of, and how they are written as Markdown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

Kind = Literal["title", "heading", "paragraph", "item", "code", "formula", "table"]

# Text of a merged cell stands in each cell it covers, as in docling's Markdown, so that a row reads by itself; but
# merging must not multiply a document: a table repeats no long text, and in all no more than some times what it has.
MAX_REPEATED_CHARS = 200
MAX_REPETITION = 4
MAX_SPAN = 75  # columns: as many as PowerPoint makes; Word makes 63
_PLAIN_NUMBER = re.compile(r"\d{1,9}[.)]")  # what Markdown itself takes for a number of a list: CommonMark 0.31, 5.2
_SPACE = re.compile(r"[ \t\xa0]+")


class Block(NamedTuple):
    """One block: ``level`` counts from 1 in a heading and from 0 in an item, whose number is ``label``.

    ``rows`` are the cells of a table: each row as long as the first or shorter.
    """

    kind: Kind
    text: str = ""
    level: int = 0
    label: str = ""
    rows: Sequence[Sequence[str]] = ()


class Cell(NamedTuple):
    """A table's cell: over how many columns it goes, and whether it goes on from the row above."""

    text: str
    columns: int = 1
    goes_on: bool = False


def grid(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Return ``rows`` as texts, one for each column, with short text of merged cells repeated."""
    allowed = MAX_REPEATED_CHARS + MAX_REPETITION * sum(len(cell.text) for row in rows for cell in row)
    grown: list[list[str]] = []
    for row in rows:
        above = grown[-1] if grown else []
        texts: list[str] = []
        for cell in row:
            text = cell.text
            if cell.goes_on and not text.strip():
                text = _repeated(above[len(texts)], allowed) if len(texts) < len(above) else ""
                allowed -= len(text)
            texts.append(text)
            covered = min(cell.columns, MAX_SPAN) - 1
            more = _repeated(text, allowed // max(1, covered))
            allowed -= len(more) * max(0, covered)
            texts += [more] * covered
        grown.append(texts)
    return grown


def _repeated(text: str, allowed: int) -> str:
    return text if len(text) <= min(MAX_REPEATED_CHARS, allowed) else ""


def markdown(blocks: Iterable[Block]) -> str:
    """Return ``blocks`` as Markdown: items of a list and lines of code together, an empty line between all else.

    Headings go one level down where the document has a title, which then is the only one of the first level.
    """
    blocks = [block for block in blocks if block.text.strip() or block.rows or block.kind == "code"]
    shift = 1 if any(block.kind == "title" for block in blocks) else 0
    pieces: list[str] = []
    open_levels: list[int] = []
    previous: Block | None = None
    for block in _joined_code(blocks):
        if block.kind != "item":
            open_levels.clear()
        written = _written(block, shift, open_levels)
        together = previous is not None and previous.kind == block.kind == "item" and not _starts_list(block, previous)
        pieces += ["\n" if together else "\n\n", written] if pieces else [written]
        previous = block
    return "".join(pieces)


def _starts_list(item: Block, previous: Block) -> bool:
    """Return whether two neighbours are of two lists: one counts and the other does not."""
    return item.level == previous.level and bool(item.label) != bool(previous.label)


def one_line(blocks: Iterable[Block]) -> str:
    """Return ``blocks`` as the one line that a table's cell can hold."""
    lines = []
    for block in blocks:
        if block.kind == "table":
            lines += [cell for row in block.rows for cell in row if cell]
        elif block.kind == "formula":
            lines.append(f"${block.text}$")
        elif block.text.strip():
            label = block.label if block.kind != "item" else _marker(block.label)
            lines.append(f"{label} {block.text}" if label else block.text)
    return " ".join(" ".join(lines).split())


def _joined_code(blocks: Iterable[Block]) -> Iterator[Block]:
    for is_code, run in groupby(blocks, lambda block: block.kind == "code"):
        if is_code:
            code = "\n".join(block.text for block in run)
            yield from [Block("code", code)] if code.strip() else []
        else:
            yield from run


def _written(block: Block, shift: int, open_levels: list[int]) -> str:
    match block.kind:
        case "title" | "heading":
            level = min(6, block.level + shift) if block.kind == "heading" else 1
            written = f"{'#' * level} {_line(f'{block.label} {block.text}')}"
        case "item":
            written = _item(block, open_levels)
        case "code":
            written = fenced(block.text)
        case "formula":
            written = f"$${block.text}$$"
        case "table":
            written = pipes(block.rows)
        case "paragraph":
            written = "\n".join(_SPACE.sub(" ", line).strip() for line in block.text.strip().split("\n"))
    return written


def _line(text: str) -> str:
    return " ".join(text.split())


def _item(block: Block, open_levels: list[int]) -> str:
    """Return an item below those of ``open_levels`` that lie higher; a list that starts deep is not indented."""
    while open_levels and open_levels[-1] >= block.level:
        open_levels.pop()
    indent = "    " * len(open_levels)
    open_levels.append(block.level)
    lines = [line.strip() for line in block.text.strip().split("\n")]
    return f"{indent}{_marker(block.label)} " + f"\n{indent}    ".join(line for line in lines if line)


def _marker(label: str) -> str:
    if not label:
        return "-"
    if label.isdecimal():
        label += "."
    return label if _PLAIN_NUMBER.fullmatch(label) else f"- {label}"


def fenced(code: str) -> str:
    """Return ``code`` between fences longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{code.strip(chr(10)).rstrip()}\n{fence}"


def pipes(rows: Sequence[Sequence[str]]) -> str:
    """Return ``rows`` as a table of pipes, the first row its head; short rows stay short (GFM 0.29, section 4.10)."""
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    lines = [[_line(cell).replace("|", r"\|") for cell in row] for row in rows]
    lines[0] += [""] * (width - len(lines[0]))
    lines.insert(1, ["---"] * width)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
