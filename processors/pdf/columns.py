"""Two columns of prose whose lines the content writes side by side, as text recognition often does."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from processors.pdf.letters import is_rtl
from processors.pdf.pages import Cell, Line

# So many lines must leave the same strip free, and so large a share of the page's; more candidates are not tried.
MIN_LINES, MIN_SHARE, MAX_CANDIDATES = 8, 0.4, 200
# Prose fills its column: the middle line of each side is this wide at least, and holds this many characters.
FILLED, MIN_CHARS = 0.8, 25


def side_by_side_apart(lines: Sequence[Line]) -> list[Line]:
    """Return ``lines``; where two columns of prose stand in the same lines, the first column before the second."""
    gutter = _gutter(lines)
    if gutter is None or not _is_prose([line for line in lines if _parts_at(line, gutter)], gutter):
        return list(lines)
    ordered: list[Line] = []
    for crosses, lines_of_band in groupby(lines, key=lambda line: _crosses(line, gutter)):
        band = list(lines_of_band)
        ordered += band if crosses else _apart(band, gutter)
    return ordered


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return the middle of the gap that most lines share."""
    gaps = [gap for line in lines for gap in _gaps(line)]
    step = len(gaps) // MAX_CANDIDATES + 1
    votes = {(left + right) / 2: 0 for left, right in gaps[::step]}
    for middle in votes:
        votes[middle] = sum(left < middle < right for left, right in gaps)
    best = max(votes, key=votes.__getitem__, default=0.0)
    return best if votes and votes[best] >= max(MIN_LINES, MIN_SHARE * len(lines)) else None


def _gaps(line: Line) -> Iterator[tuple[float, float]]:
    cells = sorted(line.cells, key=lambda cell: cell.left)
    for cell, following in pairwise(cells):
        yield cell.right, following.left


def _crosses(line: Line, gutter: float) -> bool:
    return any(cell.left < gutter < cell.right for cell in line.cells)


def _parts_at(line: Line, gutter: float) -> bool:
    return line.left < gutter < line.right and not _crosses(line, gutter)


def _is_prose(lines: Sequence[Line], gutter: float) -> bool:
    for side in zip(*(_sides(line, gutter) for line in lines), strict=True):
        widths = sorted(one.right - one.left for one in side if one)
        chars = sorted(len(one.text) for one in side if one)
        middle = len(widths) // 2
        if widths[middle] < FILLED * widths[-1] or chars[middle] < MIN_CHARS:
            return False
    return True


def _apart(band: Sequence[Line], gutter: float) -> list[Line]:
    lefts, rights = zip(*(_sides(line, gutter) for line in band), strict=True)
    from_right = is_rtl(" ".join(line.text for line in band))
    first, second = (rights, lefts) if from_right else (lefts, rights)
    return [line for line in (*first, *second) if line]


def _sides(line: Line, gutter: float) -> tuple[Line | None, Line | None]:
    left = tuple(cell for cell in line.cells if cell.right <= gutter)
    right = tuple(cell for cell in line.cells if cell.right > gutter)
    return _only(line, left), _only(line, right)


def _only(line: Line, cells: tuple[Cell, ...]) -> Line | None:
    if not cells:
        return None
    return line._replace(cells=cells, left=min(one.left for one in cells), right=max(one.right for one in cells))
