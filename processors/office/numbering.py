"""The numbers of headings and lists as Word shows them (ECMA-376 part 1, section 17.9)."""

import re
from typing import NamedTuple

from lxml import etree

from processors.office.package import attribute, child, children, is_on, number
from processors.office.styles import Style

LEVELS = 9  # of a list: ECMA-376 part 1, section 17.9.3
_PLACE = re.compile(r"%(\d)")
_ROMAN = tuple(zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
                   ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"), strict=True))  # fmt: skip
_MAX_ROMAN = 3999
_MAX_LETTERS = 26 * 30  # Word repeats the letter: aa, bb


class Level(NamedTuple):
    """How one level of a list counts and is written; ``restarts`` is the level whose next item restarts this one."""

    form: str = "decimal"
    text: str = ""
    start: int = 1
    restarts: int | None = None
    legal: bool = False
    style: str | None = None


class Numbering:
    """The lists of one document, and how far each has counted."""

    def __init__(self, root: etree._Element | None) -> None:
        """Read the part ``numbering.xml``, or none."""
        abstract = {attribute(one, "abstractNumId"): one for one in children(root, "w:abstractNum")}
        linked = {attribute(child(one, "w:styleLink"), "val"): key for key, one in abstract.items()}
        self._abstract: dict[int, str] = {}
        self._levels: dict[int, dict[int, Level]] = {}
        self._overrides: dict[int, dict[int, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        for one in children(root, "w:num"):
            list_id, key = number(one, "numId"), attribute(child(one, "w:abstractNumId"), "val")
            link = attribute(child(abstract.get(key), "w:numStyleLink"), "val")
            key = linked.get(link, key) if link else key
            if list_id is not None and key in abstract:
                self._abstract[list_id] = key or ""
                self._levels[list_id] = _levels(abstract[key]) | _overridden(one)
                self._overrides[list_id] = _starts(one)

    def label(self, properties: etree._Element | None, style_id: str, style: Style) -> tuple[str, int] | None:
        """Count one paragraph; return its number (empty for a bullet) and its level, None when it is in no list."""
        direct = child(properties, "w:numPr")
        list_id = number(child(direct, "w:numId"), "val")
        list_id = style.list_id if list_id is None else list_id
        levels = self._levels.get(list_id or 0)
        if not levels or list_id is None:
            return None
        at = number(child(direct, "w:ilvl"), "val")
        if at is None:
            at = next((one for one, level in levels.items() if level.style == style_id), style.list_level or 0)
        level = levels.get(at)
        if level is None or (level.form == "none" and not level.text):
            return None
        counts = self._count(list_id, at)
        return ("" if level.form == "bullet" else _label(levels, level, counts)), at

    def _count(self, list_id: int, at: int) -> dict[int, int]:
        levels, counts = self._levels[list_id], self._counts.setdefault(self._abstract[list_id], {})
        for one, start in self._overrides.pop(list_id, {}).items():  # a list starts anew once, at its first item
            counts.pop(one, None)
            levels[one] = levels.get(one, Level())._replace(start=start)
        for above in range(at):  # a level that was skipped counts as begun
            counts.setdefault(above, levels.get(above, Level()).start)
        counts[at] = counts[at] + 1 if at in counts else levels[at].start
        for below in [one for one in counts if one > at]:
            restarts = levels.get(below, Level()).restarts
            if restarts is None or at < restarts:
                del counts[below]
        return counts


def _levels(abstract: etree._Element | None) -> dict[int, Level]:
    found = ((number(one, "ilvl"), _level(one)) for one in children(abstract, "w:lvl"))
    return {at: level for at, level in found if at is not None and 0 <= at < LEVELS}


def _level(element: etree._Element) -> Level:
    start = number(child(element, "w:start"), "val")
    return Level(
        attribute(child(element, "w:numFmt"), "val") or "decimal",
        attribute(child(element, "w:lvlText"), "val") or "",
        1 if start is None else start,
        number(child(element, "w:lvlRestart"), "val"),
        is_on(child(element, "w:isLgl")),
        attribute(child(element, "w:pStyle"), "val"),
    )


def _overridden(num: etree._Element) -> dict[int, Level]:
    return {at: level for one in children(num, "w:lvlOverride") for at, level in _levels(one).items()}


def _starts(num: etree._Element) -> dict[int, int]:
    found = (
        (number(one, "ilvl"), number(child(one, "w:startOverride"), "val")) for one in children(num, "w:lvlOverride")
    )
    return {at: start for at, start in found if at is not None and start is not None and 0 <= at < LEVELS}


def _label(levels: dict[int, Level], level: Level, counts: dict[int, int]) -> str:
    def written(place: re.Match[str]) -> str:
        at = int(place[1]) - 1
        other = levels.get(at, Level())
        return formatted(counts.get(at, other.start), "decimal" if level.legal else other.form)

    return _PLACE.sub(written, level.text).strip()


def formatted(count: int, form: str) -> str:
    """Return ``count`` as ST_NumberFormat ``form`` writes it (section 17.18.59); formats of few documents as digits."""
    match form:
        case "lowerLetter" | "upperLetter" if 0 < count <= _MAX_LETTERS:
            letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
            return letters if form == "lowerLetter" else letters.upper()
        case "lowerRoman" | "upperRoman" if 0 < count <= _MAX_ROMAN:
            return _roman(count) if form == "lowerRoman" else _roman(count).upper()
        case "decimalZero":
            return f"{count:02}"
        case "ordinal":
            return f"{count}{_ordinal_ending(count)}"
        case "bullet" | "none":
            return ""
        case _:
            return str(count)


def _roman(count: int) -> str:
    letters = ""
    for value, letter in _ROMAN:
        letters += letter * (count // value)
        count %= value
    return letters


def _ordinal_ending(count: int) -> str:
    if 10 < count % 100 < 14:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
