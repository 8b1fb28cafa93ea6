"""Lines of a Markdown text: which are fenced code, that no step which cleans may touch, and a text without some."""

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


def holds_fences(text: str) -> bool:
    """Tell whether there may be fenced code in ``text``; a cheap look."""
    return "```" in text or "~~~" in text


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


def is_set_apart(line: str) -> bool:
    """Tell whether ``line`` is a row of a table, a quotation or indented code, which stay whatever they say."""
    start = line.lstrip()[:1]
    return (start == "|" and line.count("|") > 1) or start == ">" or (start != "" and line.startswith(("    ", "\t")))


def without(lines: Sequence[str], gone: Container[int]) -> str:
    """Return ``lines`` but those at the places ``gone`` as a text; the blank lines that parted them go with them."""
    kept: list[str] = []
    cut = False
    for place, line in enumerate(lines):
        if place in gone:
            cut = True
        elif line.strip() or not (cut and kept[-1:] in ([], [""])):
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
