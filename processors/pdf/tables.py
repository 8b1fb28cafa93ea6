"""Tables of a page: rows whose cells stand under each other."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from processors.pdf.letters import is_rtl
from processors.pdf.pages import Cell, Line

MIN_ROWS = 3
# Columns are parted by this many heights of a line at least: gaps in justified text do not stand under each other.
GUTTER = 0.5
# Cells of prose that only looks like columns are longer than this on average.
MAX_MEAN_CHARS = 40


class Table(NamedTuple):
    """The rows of a table, each with a text for every column, perhaps empty."""

    rows: list[list[str]]

    def markdown(self) -> str:
        """Return the table as Markdown; its first row is the head."""
        written = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in self.rows]
        return "\n".join([written[0], "|" + " --- |" * len(self.rows[0]), *written[1:]])


def tables_and_lines(lines: Sequence[Line]) -> Iterator[Line | Table]:
    """Yield the lines in order, those that make a table as one."""
    run: list[Line] = []
    for line in [*lines, None]:
        if line is not None and len(line.cells) > 1 and (not run or _is_below(run[-1], line)):
            run.append(line)
            continue
        yield from _table_or_lines(run)
        run = [line] if line is not None and len(line.cells) > 1 else []
        if line is not None and not run:
            yield line


def _is_below(above: Line, line: Line) -> bool:
    return line.top < above.top and above.bottom - line.top < 2.5 * line.height


def _table_or_lines(run: Sequence[Line]) -> Iterator[Line | Table]:
    columns = _columns(run)
    cells = [cell for line in run for cell in line.cells]
    is_prose = sum(len(cell.text) for cell in cells) > MAX_MEAN_CHARS * len(cells)
    if len(run) < MIN_ROWS or len(columns) < 2 or is_prose:
        yield from run
        return
    if is_rtl(" ".join(cell.text for cell in cells)):
        columns.reverse()
    yield Table([_row(line, columns) for line in run])


def _columns(run: Sequence[Line]) -> list[tuple[float, float]]:
    """Return the stretches, from the left, that cells of the run cover and clear gutters part."""
    columns: list[tuple[float, float]] = []
    for cell in sorted((cell for line in run for cell in line.cells), key=lambda cell: cell.left):
        if columns and cell.left < columns[-1][1] + GUTTER * run[0].height:
            columns[-1] = (columns[-1][0], max(columns[-1][1], cell.right))
        else:
            columns.append((cell.left, cell.right))
    return columns


def _row(line: Line, columns: Sequence[tuple[float, float]]) -> list[str]:
    return [" ".join(cell.text for cell in line.cells if _is_in(cell, column)) for column in columns]


def _is_in(cell: Cell, column: tuple[float, float]) -> bool:
    return column[0] <= cell.left < column[1]
