"""How large and how heavy most letters of a document are, and which lines stand out against them."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from processors.pdf.pages import Line

# A heading is at least this much higher than the text, or this much heavier (100 to 900).
LARGER, HEAVIER = 1.13, 120
# Lines of one block differ in height by less than this share.
SAME_HEIGHT = 0.1


class Size(NamedTuple):
    """The height in points and the weight (100 to 900) of letters."""

    height: float
    weight: int


def usual_size(lines: Iterable[Line]) -> Size:
    """Return what most of the text of ``lines`` is set in; 10 points of weight 400 where there is none."""
    chars = Counter[Size]()
    for line in lines:
        chars[Size(rounded(line.height), line.weight)] += len(line.text)
    heights, weights = Counter[float](), Counter[int]()
    for size, count in chars.items():
        heights[size.height] += count
    height = heights.most_common(1)[0][0] if heights else 10.0
    for size, count in chars.items():
        if is_like(size.height, height):
            weights[size.weight] += count
    return Size(height, max(weights, key=weights.__getitem__, default=400))


def is_larger(line: Line, usual: Size) -> bool:
    """Whether the letters of ``line`` are as much larger as those of a heading are."""
    return line.height > LARGER * usual.height


def is_bolder(line: Line, usual: Size) -> bool:
    """Whether the letters of ``line`` are of the usual height and as much heavier as those of a heading are."""
    return line.weight >= usual.weight + HEAVIER and is_like(line.height, usual.height)


def is_like(height: float, other: float) -> bool:
    """Whether two heights count as the same."""
    return abs(height - other) <= SAME_HEIGHT * max(height, other)


def rounded(height: float) -> float:
    """Return ``height`` to half a point."""
    return round(height * 2) / 2
