"""Headings of a Markdown text that have lost all that stood below them."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from processors.lines import is_heading, underlined

# A short line in bold, with no full stop in it, that stands alone between blank lines: below every marked heading.
_BOLD = re.compile(r"\s{0,3}(\*\*|__)(?=\S)[^*_.!?]{1,60}:?\1:?\s*")
_BOLD_LEVEL = 7
# CommonMark 0.31.2, section 4.1.
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}")


@dataclass
class _Section:
    """A heading that is being read: what of its section has gone, and whether any text of it is left."""

    place: int
    level: int
    lost: bool = False
    left: bool = False

    @property
    def is_bare(self) -> bool:
        return self.lost and not self.left


def bare_headings(lines: Sequence[str], apart: Sequence[bool], gone: Container[int]) -> set[int]:
    """Return the places of the headings below which something has gone and nothing is left; the first line stays.

    Of an underlined heading that is both lines. Where text has gone at the end, the rules left there go too. A heading
    below which nothing stood before stays. ``apart`` tells which lines are code, tables and quotations.
    """
    told = [place for place, line in enumerate(lines) if line.strip()]
    titles = underlined(lines, apart)
    levels = {place: _level(lines, place, titles) for place in told if not apart[place]}
    bare = set(_bare(lines, [place for place in told if place - 1 not in titles], levels, gone)) - set(told[:1])
    bare |= {place + 1 for place in bare & titles}
    return bare | _last_rules(lines, told, apart, gone, bare)


def _level(lines: Sequence[str], place: int, titles: Container[int]) -> int:
    """Return the level of the heading at ``place``, 1 for the highest; 0 for a line that is none."""
    line = lines[place].strip()
    if is_heading(line):
        return len(line) - len(line.lstrip("#"))
    if place in titles:
        return 1 if "=" in lines[place + 1] else 2
    alone = not any(lines[near].strip() for near in (place - 1, place + 1) if 0 <= near < len(lines))
    return _BOLD_LEVEL if alone and _BOLD.fullmatch(line) else 0


def _bare(
    lines: Sequence[str], places: Sequence[int], levels: Mapping[int, int], gone: Container[int]
) -> Iterator[int]:
    opened = [_Section(-1, 0)]
    for place in places:
        if level := levels.get(place, 0) if place not in gone else 0:
            yield from _closed(opened, level)
            opened.append(_Section(place, level))
        elif place in gone:
            opened[-1].lost = True
        elif place not in levels or not _RULE.fullmatch(lines[place]):
            opened[-1].left = True
    yield from _closed(opened, 1)


def _closed(opened: list[_Section], level: int) -> Iterator[int]:
    """Yield the bare ones of the sections that a heading of ``level`` ends; the others are text of those around."""
    while opened[-1].level >= level:
        section = opened.pop()
        if section.is_bare:
            yield section.place
        opened[-1].lost |= section.lost
        opened[-1].left |= not section.is_bare


def _last_rules(
    lines: Sequence[str], told: Sequence[int], apart: Sequence[bool], gone: Container[int], bare: Container[int]
) -> set[int]:
    rules: set[int] = set()
    lost = False
    for place in reversed(told):
        if place in gone or place in bare:
            lost = True
        elif not apart[place] and _RULE.fullmatch(lines[place]):
            rules.add(place)
        else:
            break
    return rules if lost else set()
