"""The order in which the lines of a page are read, where its content is not written in that order.

Most programs write a page as it is read, columns one after the other, and nothing that looks at places alone does as
well; so the content's order holds unless it goes back up over what it has already written.
"""

from collections.abc import Iterable, Sequence

from processors.pdf.columns import side_by_side_apart
from processors.pdf.letters import is_rtl
from processors.pdf.pages import Line

# Columns are parted by a clear strip of this many heights of a line at least.
GUTTER = 0.8
OVERLAP = 0.3
STRIPS = 32  # a page is looked at in as many upright strips
MAX_DEPTH = 6

_Stretch = tuple[float, float]


def reading_order(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of one page as they are read: bands from the top, in each its columns one after the other."""
    lines = side_by_side_apart(lines)
    if not _goes_back_up(lines):
        return lines
    return _cut(lines, is_rtl(" ".join(line.text for line in lines)), MAX_DEPTH)


def _goes_back_up(lines: Sequence[Line]) -> bool:
    """Whether a line stands over one before it, for more than ``OVERLAP`` of its width."""
    left, width = min((line.left for line in lines), default=0), max((line.right for line in lines), default=0)
    strip = max(1.0, (width - left) / STRIPS)
    lowest: dict[int, float] = {}
    for line in lines:
        strips = range(int((line.left - left) / strip), int((line.right - left) / strip) + 1)
        under = sum(lowest.get(place, line.bottom) < line.bottom - line.height / 2 for place in strips)
        if under > OVERLAP * len(strips):
            return True
        lowest |= {place: min(lowest.get(place, line.bottom), line.bottom) for place in strips}
    return False


def _cut(lines: Sequence[Line], from_right: bool, depth: int) -> list[Line]:  # noqa: FBT001 - which way a page is read
    bands = _bands(lines)
    if depth == 0 or (len(bands) == 1 and len(_columns(lines)) == 1):
        return sorted(lines, key=lambda line: (-line.top, line.left))
    ordered: list[Line] = []
    for band in bands:
        columns = _in_columns(band)
        for column in reversed(columns) if from_right else columns:
            ordered += column if len(column) == len(lines) else _cut(column, from_right, depth - 1)
    return ordered


def _bands(lines: Sequence[Line]) -> list[list[Line]]:
    """Part the lines from the top at clear strips across, but keep together what the same gutter goes through."""
    bands: list[list[Line]] = []
    gutters: list[list[_Stretch]] = []
    for band in _strips(lines):
        columns = _columns(band)
        both = _merged([*gutters[-1], *columns], GUTTER * band[0].height) if bands else []
        if len(both) > 1:
            bands[-1] += band
            gutters[-1] = both
        else:
            bands.append(band)
            gutters.append(columns)
    return bands


def _strips(lines: Sequence[Line]) -> list[list[Line]]:
    strips: list[list[Line]] = []
    foot = 0.0
    for line in sorted(lines, key=lambda line: -line.top):
        if strips and line.top > foot:
            strips[-1].append(line)
            foot = min(foot, line.bottom)
        else:
            strips.append([line])
            foot = line.bottom
    return strips


def _columns(lines: Sequence[Line]) -> list[_Stretch]:
    return _merged(((line.left, line.right) for line in lines), GUTTER * lines[0].height)


def _in_columns(lines: Sequence[Line]) -> list[list[Line]]:
    columns = _columns(lines)
    return [[line for line in lines if start <= line.left <= end] for start, end in columns]


def _merged(stretches: Iterable[_Stretch], gutter: float) -> list[_Stretch]:
    """Return the stretches that are parted by ``gutter`` at least, from the left."""
    merged: list[_Stretch] = []
    for start, end in sorted(stretches):
        if merged and start < merged[-1][1] + gutter:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
