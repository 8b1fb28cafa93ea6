"""The order in which the shapes of a slide are read, from where they stand."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

MAX_CUT = 300  # shapes; more are no layout but a drawing, and are read from top to bottom


class Box(NamedTuple):
    """Where a shape stands, in any unit that grows to the right and down."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """Return the places in ``boxes`` in reading order: a recursive cut into columns and rows at the gaps between.

    Where both cuts are possible the shapes are a grid. It is read along its longer side: a grid of more rows than
    columns (terms and what they mean) row by row, any other (pictures over captions, two lists under their heads)
    column by column.
    """
    ordered: list[int] = []
    waiting = [list(range(len(boxes)))]
    while waiting:
        group = waiting.pop()
        if not 1 < len(group) <= MAX_CUT:
            ordered += sorted(group, key=lambda at: (boxes[at].top, boxes[at].left))
            continue
        columns = _cut(group, lambda at: (boxes[at].left, boxes[at].right))
        rows = _cut(group, lambda at: (boxes[at].top, boxes[at].bottom))
        if len(columns) >= max(2, len(rows)):
            waiting += reversed(columns)
        elif len(columns) > 1:
            waiting += reversed(rows)
        elif len(rows) > 1:  # what is below the first row may be columns
            waiting += [[at for row in rows[1:] for at in row], rows[0]]
        else:
            ordered += sorted(group, key=lambda at: (boxes[at].top, boxes[at].left))
    return ordered


def _cut(group: Sequence[int], ends: Callable[[int], tuple[int, int]]) -> list[list[int]]:
    """Return ``group`` in pieces that do not overlap between their two ``ends``."""
    pieces: list[list[int]] = []
    reached = 0
    for at in sorted(group, key=ends):
        start, end = ends(at)
        if pieces and start < reached:
            pieces[-1].append(at)
        else:
            pieces.append([at])
            reached = end
        reached = max(reached, end)
    return pieces
