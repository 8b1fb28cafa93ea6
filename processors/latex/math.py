"""Formulas: their TeX stays as it is, between dollars; a label becomes the ``tag`` that is printed beside it."""

import re
from collections.abc import Iterator

from processors.latex.numbers import Numbers

LABEL = re.compile(r"\\label\s*\{([^{}]*)\}\s*")
LAYOUT = re.compile(r"\\(?:nonumber|notag|noindent|ensuremath|vspace\*?\s*\{[^{}]*\})(?![A-Za-z])[ \t]*")
UNNUMBERED = re.compile(r"\\(?:nonumber|notag|tag)(?![A-Za-z])")
ROW_PART = re.compile(r"\\\\|\\begin(?![A-Za-z])|\\end(?![A-Za-z])|\\.|[{}]|[^\\{}]+|\\", re.DOTALL)


def inline(tex: str) -> str:
    """Return ``tex`` as a formula within a line."""
    tex = " ".join(LAYOUT.sub("", LABEL.sub("", tex)).split())
    return f"${tex}$" if tex else ""


def display(tex: str, environment: str = "") -> str:
    """Return ``tex`` as a formula of its own, inside its ``environment`` where it has several lines."""
    lines = (line.rstrip() for line in LAYOUT.sub("", LABEL.sub("", tex)).strip().splitlines())
    tex = "\n".join(line for line in lines if line.strip())
    if not tex:
        return ""
    return f"$$\n\\begin{{{environment}}}\n{tex}\n\\end{{{environment}}}\n$$" if environment else f"$$\n{tex}\n$$"


def numbered(tex: str, numbers: Numbers, *, by_row: bool) -> str:
    r"""Return ``tex`` with ``\tag{3}`` for each label; every row without ``\nonumber`` counts, labelled or not."""
    return "".join(_tagged(row, numbers) for row in (_rows(tex) if by_row else (tex,)))


def _tagged(row: str, numbers: Numbers) -> str:
    if not row.strip("\\ \t\n") or UNNUMBERED.search(row):
        return row
    numbers.step("equation")
    return LABEL.sub(lambda label: rf"\tag{{{numbers.label(label[1])}}} ", row)


def _rows(tex: str) -> Iterator[str]:
    row: list[str] = []
    depth = 0
    for part in ROW_PART.findall(tex):
        row.append(part)
        depth += (part in {"{", r"\begin"}) - (part in {"}", r"\end"})
        if part == r"\\" and depth <= 0:
            yield "".join(row)
            row = []
    yield "".join(row)
