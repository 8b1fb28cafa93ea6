"""Lines of a Markdown text: which are code, tables, quotations and headings, and a text without some of them."""

import re
from collections.abc import Container, Iterator, Sequence

import pyarrow as pa

# CommonMark 0.31.2, section 4.5: three or more backticks or tildes, closed by at least as many, or by the end of the
# text. Any indentation, quotation marks and a list mark may stand before, since lists and quotes hold code too.
FENCED = (
    r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?P<fence>`{3,}|~{3,})[^`\n]*$"
    r"(?s:.*?)(?:\n[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)"
)
_FENCED = re.compile(FENCED, re.MULTILINE)
LIST_ITEM = re.compile(r"\s*(?:[-+•·*‣▪]|\d{1,9}[.)]) (?!.*[-*]\s*$)")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)\s*")
_DELIMITERS = re.compile(r"[ \t>]*(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?")
_TEXT = re.compile(r"\w")
_LETTER = re.compile(r"[^\W\d_]")


def holds_fences(text: str) -> bool:
    """Tell whether there may be fenced code in ``text``; a cheap look."""
    return holds(text, "```") or holds(text, "~~~")


def holds(text: str, mark: str) -> bool:
    """Tell whether ``mark`` stands in ``text``; a text without its first character is forty times as fast to tell."""
    return mark[0] in text and mark in text


def parts(text: str) -> Iterator[tuple[str, bool]]:
    r"""Yield pieces of whole lines of ``text`` and whether each is fenced code; joined by ``\n`` they are ``text``."""
    place = 0
    for found in _FENCED.finditer(text) if holds_fences(text) else ():
        if found.start() > place:
            yield text[place : found.start() - 1], False
        yield found.group(), True
        place = found.end() + 1
    if place <= len(text):
        yield text[place:], False


def normal(line: str) -> str:
    """Return ``line`` as it is counted: lower case, single spaces; empty where it holds no letter."""
    return " ".join(line.lower().split()) if _LETTER.search(line) else ""


def written_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line of ``text`` and whether it is set apart: code, a table or a quotation, whatever it says."""
    for part, fenced in parts(text):
        lines = part.split("\n")
        yield from ((line, True) for line in lines) if fenced else zip(lines, set_apart(lines), strict=True)


def set_apart(lines: Sequence[str]) -> list[bool]:
    """Tell of each of ``lines``, outside fenced code, whether it is of a table, a quotation or indented code.

    A table has a delimiter row (GitHub Flavored Markdown 0.29, section 4.10): the line above it is its header, and
    the lines below it down to a blank one are its rows, with or without a pipe at their beginning.
    """
    apart = [_is_set_apart(line) for line in lines]
    inside = False
    for place, line in enumerate(lines):
        if place and "|" in line and "|" in lines[place - 1] and _DELIMITERS.fullmatch(line):
            apart[place - 1] = inside = True
        inside = inside and bool(line.strip())
        apart[place] |= inside
    return apart


def _is_set_apart(line: str) -> bool:
    start = line.lstrip()[:1]
    return (start == "|" and line.count("|") > 1) or start == ">" or (start != "" and line.startswith(("    ", "\t")))


def underlined(lines: Sequence[str], apart: Sequence[bool]) -> set[int]:
    """Return the places of the lines that the line below makes a heading (CommonMark 0.31.2, section 4.3)."""
    return {
        place
        for place in range(len(lines) - 1)
        if UNDERLINE.fullmatch(lines[place + 1])
        and _TEXT.search(lines[place])
        and not (apart[place] or apart[place + 1] or LIST_ITEM.match(lines[place]) or is_heading(lines[place]))
    }


def is_heading(line: str) -> bool:
    """Tell whether ``line`` is a heading by its own marks."""
    return line.lstrip().startswith("#")


def without(lines: Sequence[str], gone: Container[int]) -> str:
    """Return ``lines`` but those at the places ``gone`` as a text; the blank lines that parted them go with them.

    No line becomes a heading because what stood between it and a rule is gone.
    """
    kept: list[str] = []
    cut = False
    for place, line in enumerate(lines):
        if place in gone:
            cut = True
        elif line.strip() or not (cut and kept[-1:] in ([], [""])):
            if cut and kept and kept[-1].strip() and UNDERLINE.fullmatch(line):
                kept.append("")
            kept.append(line)
            cut = False
    return "\n".join(kept).strip("\n")


def with_text_and_counts(table: pa.Table, name: str, found: Sequence[tuple[str, int]]) -> pa.Table:
    """Return ``table`` with the texts of ``found`` and its counts as ``NAME_lines`` and ``NAME_chars`` (int32)."""
    before = [len(text or "") for text in table["text"].to_pylist()]
    texts = pa.array([text for text, _ in found], pa.large_string())
    lines = pa.array([count for _, count in found], pa.int32())
    taken = [was - len(text) for was, (text, _) in zip(before, found, strict=True)]
    table = table.drop_columns(
        [column for column in (f"{name}_lines", f"{name}_chars") if column in table.column_names]
    )
    table = table.set_column(table.column_names.index("text"), "text", texts)
    return table.append_column(f"{name}_lines", lines).append_column(f"{name}_chars", pa.array(taken, pa.int32()))
