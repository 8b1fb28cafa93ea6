"""Presentations (PresentationML and DrawingML, ECMA-376 part 1, sections 19 and 21.1) as blocks.

Slides stand in the order of the presentation. On a slide the title comes first and the rest as it is read on the
screen. Hidden slides and shapes, speaker notes, dates, footers and slide numbers are left out.
"""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from processors.office.blocks import Block, Cell, grid, one_line
from processors.office.drawing import contents, figures, found_in, is_hidden
from processors.office.layout import Box, reading_order
from processors.office.math import latex
from processors.office.numbering import formatted
from processors.office.package import (
    Package,
    Relationship,
    attribute,
    child,
    children,
    name_of,
    number,
    related,
    relationship_id,
)
from processors.office.runs import Run, emphasised, plain, scripted

_SHAPES = ("p:sp", "p:graphicFrame", "p:grpSp", "p:cxnSp", "p:pic")
_FORMULA_HOLDERS = frozenset({"a14:m", "m:oMathPara"})
_TITLES = ("title", "ctrTitle")
_ON_MASTER = {"ctrTitle": "title", "obj": "body", "subTitle": "body"}
_FURNITURE = ("dt", "ftr", "sldNum", "hdr")
_BULLETS = frozenset({"a:buNone", "a:buChar", "a:buAutoNum", "a:buBlip"})
_FORMS = {
    "arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter",
    "romanLc": "lowerRoman", "romanUc": "upperRoman",
}  # fmt: skip
_NUMBER_TYPE = re.compile(r"(arabic|alphaLc|alphaUc|romanLc|romanUc)\w*?(Period|ParenR|ParenBoth|Plain)")
_AROUND = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}"}
_MONOSPACED = re.compile(r"courier|consolas|menlo|monaco|(?:^|[ -])mono(?:$|[ -])", re.IGNORECASE)


def slides(package: Package, part: str, root: etree._Element) -> Iterator[Block]:
    """Yield the blocks of all slides of the presentation ``root``, in its order."""
    relationships = package.relationships(part)
    patterns = Patterns(package)
    entries = [relationship_id(entry) for entry in children(child(root, "p:sldIdLst"), "p:sldId")]
    for target in (relationships.get(entry) for entry in dict.fromkeys(entries)):
        slide = package.xml(target.target) if target and not target.external else None
        if target is not None and slide is not None and slide.get("show", "1") not in {"0", "false"}:
            yield from Slide(package, target.target, patterns).blocks(slide)


class Pattern:
    """A layout or a master: the placeholders on it and the look of its text."""

    def __init__(self, root: etree._Element | None) -> None:
        """Read the part ``root``, or none."""
        self.body_style = child(root, "p:txStyles", "p:bodyStyle")
        self.by_index: dict[str | None, etree._Element] = {}
        self.by_type: dict[str | None, etree._Element] = {}
        tree = child(root, "p:cSld", "p:spTree")
        for shape in tree if tree is not None else ():
            placeholder = _placeholder(shape)
            if placeholder is not None:
                self.by_index.setdefault(placeholder.get("idx"), shape)
                self.by_type.setdefault(placeholder.get("type", "obj"), shape)


class Patterns:
    """The layouts and masters of a presentation, each read once, however many slides use it."""

    def __init__(self, package: Package) -> None:
        """Read from ``package`` on demand."""
        self._package = package
        self._known: dict[str, tuple[Pattern, str]] = {}

    def behind(self, part: str, kind: str) -> tuple[Pattern, str]:
        """Return the pattern that ``part`` refers to as ``kind``, and its part; an empty one where there is none."""
        name = next(iter(related(self._package.relationships(part), kind)), "") if part else ""
        if name not in self._known:
            self._known[name] = (Pattern(self._package.xml(name) if name else None), name)
        return self._known[name]


class Slide:
    """One slide with the layout and the master that its placeholders take their bullets from."""

    def __init__(self, package: Package, part: str, patterns: Patterns) -> None:
        """Find layout and master of the slide ``part`` among ``patterns``."""
        self._package = package
        self._relationships = package.relationships(part)
        self._layout, layout = patterns.behind(part, "slideLayout")
        self._master, _ = patterns.behind(layout, "slideMaster")

    def blocks(self, root: etree._Element) -> Iterator[Block]:
        """Yield the blocks of the slide ``root``."""
        tree = child(root, "p:cSld", "p:spTree")
        if tree is not None:
            yield from self._group(tree)

    def _group(self, group: etree._Element) -> Iterator[Block]:
        shapes = [
            shape
            for shape in contents(group, frozenset())
            if name_of(shape) in _SHAPES and not is_hidden(shape) and _placeholder_type(shape) not in _FURNITURE
        ]
        order = reading_order([self._box(shape) for shape in shapes])
        for at in sorted(order, key=lambda at: _placeholder_type(shapes[at]) not in _TITLES):
            yield from self._group(shapes[at]) if name_of(shapes[at]) == "p:grpSp" else self._shape(shapes[at])

    def _box(self, shape: etree._Element) -> Box:
        """Return where ``shape`` stands: as it says itself, or its counterparts on the layout and the master."""
        for one in (shape, *self._counterparts(shape)):
            place = child(one, "p:xfrm")
            for properties in ("p:spPr", "p:grpSpPr"):
                place = child(one, properties, "a:xfrm") if place is None else place
            offset, extent = child(place, "a:off"), child(place, "a:ext")
            if offset is not None:
                left, top = number(offset, "x") or 0, number(offset, "y") or 0
                return Box(left, top, left + (number(extent, "cx") or 0), top + (number(extent, "cy") or 0))
        return Box()

    def _shape(self, shape: etree._Element) -> Iterator[Block]:
        body = child(shape, "p:txBody")
        if body is not None and _placeholder_type(shape) in _TITLES:
            title = " ".join(plain(_runs(one, self._relationships)).strip() for one in children(body, "a:p"))
            yield Block("heading", title, 1)
        elif body is not None:
            yield from self._text(body, [child(body, "a:lstStyle"), *self._inherited(shape)])
        elif name_of(shape) == "p:graphicFrame":
            for table in found_in(shape, frozenset({"a:tbl"})):
                yield self._table(table)
            yield from figures(shape, self._package, self._relationships)

    def _inherited(self, shape: etree._Element) -> Iterator[etree._Element | None]:
        if _placeholder(shape) is not None:
            yield from (child(one, "p:txBody", "a:lstStyle") for one in self._counterparts(shape))
            yield self._master.body_style

    def _counterparts(self, shape: etree._Element) -> Iterator[etree._Element | None]:
        placeholder = _placeholder(shape)
        if placeholder is not None:
            kind, index = placeholder.get("type", "obj"), placeholder.get("idx")
            on_layout = (self._layout.by_type if index is None else self._layout.by_index).get(index or kind)
            kind = _placeholder_type(on_layout) or kind
            yield on_layout
            yield self._master.by_type.get(_ON_MASTER.get(kind, kind))

    def _text(self, body: etree._Element, styles: Sequence[etree._Element | None]) -> Iterator[Block]:
        counts: dict[int, tuple[str, int]] = {}
        for paragraph in children(body, "a:p"):
            runs = [run for run in _runs(paragraph, self._relationships) if run.text]
            said = [run for run in runs if run.text.strip()]
            if not said:
                continue
            level = min(8, max(0, number(child(paragraph, "a:pPr"), "lvl") or 0))
            bullet = _bullet(paragraph, level, styles)
            label = _counted(counts, level, bullet)
            if all(run.formula for run in said):
                yield from (Block("formula", run.text) for run in said)
            elif bullet is None:
                yield Block("paragraph", emphasised(runs))
            else:
                yield Block("item", emphasised(runs), level, label)

    def _table(self, table: etree._Element) -> Block:
        rows = [[self._cell(cell) for cell in _own_cells(row)] for row in children(table, "a:tr")]
        return Block("table", rows=grid(rows))

    def _cell(self, cell: etree._Element) -> Cell:
        body = child(cell, "a:txBody")
        text = one_line(self._text(body, [child(body, "a:lstStyle")])) if body is not None else ""
        return Cell(text, number(cell, "gridSpan") or 1, _is_set(cell, "vMerge"))


def _own_cells(row: etree._Element) -> Iterator[etree._Element]:
    return (cell for cell in children(row, "a:tc") if not _is_set(cell, "hMerge"))


def _is_set(cell: etree._Element, name: str) -> bool:
    return cell.get(name, "0") in {"1", "true"}


def _placeholder(shape: etree._Element) -> etree._Element | None:
    return next((found for part in shape if (found := child(part, "p:nvPr", "p:ph")) is not None), None)


def _placeholder_type(shape: etree._Element | None) -> str | None:
    placeholder = _placeholder(shape) if shape is not None else None
    return None if placeholder is None else str(placeholder.get("type", "obj"))


def _bullet(paragraph: etree._Element, level: int, styles: Sequence[etree._Element | None]) -> etree._Element | None:
    """Return the bullet of ``paragraph``: its own or the nearest inherited one, None where that is none."""
    said = [child(paragraph, "a:pPr"), *(child(style, f"a:lvl{level + 1}pPr") for style in styles)]
    for properties in said:
        for one in properties if properties is not None else ():
            if name_of(one) in _BULLETS:
                return None if name_of(one) == "a:buNone" else one
    return None


def _counted(counts: dict[int, tuple[str, int]], level: int, bullet: etree._Element | None) -> str:
    """Count one paragraph and return its number, empty for a bullet; deeper levels start again."""
    for deeper in [one for one in counts if one > level]:
        del counts[deeper]
    if bullet is None or name_of(bullet) != "a:buAutoNum":
        counts.pop(level, None)
        return ""
    kind = bullet.get("type", "arabicPeriod")
    before = counts.get(level)
    start = number(bullet, "startAt") or 1
    count = before[1] + 1 if before and before[0] == kind else start
    counts[level] = (kind, count)
    found = _NUMBER_TYPE.fullmatch(kind)
    return _AROUND[found[2]].format(formatted(count, _FORMS[found[1]])) if found else f"{count}."


def _runs(paragraph: etree._Element, relationships: dict[str, Relationship]) -> Iterator[Run]:
    for part in contents(paragraph, _FORMULA_HOLDERS):
        match name_of(part):
            case "a:r" | "a:fld":
                yield _run(part, relationships)
            case "a:br":
                yield Run("\n")
            case "m:oMath":
                yield Run(latex(part), formula=True)


def _run(run: etree._Element, relationships: dict[str, Relationship]) -> Run:
    properties = child(run, "a:rPr")
    text = "".join("".join(one.itertext()) for one in children(run, "a:t")).replace("\v", "\n")
    baseline = number(properties, "baseline") or 0
    link = child(properties, "a:hlinkClick")
    target = relationships.get(relationship_id(link)) if link is not None else None
    return Run(
        scripted(text, "superscript" if baseline > 0 else "subscript" if baseline < 0 else None),
        bold=attribute(properties, "b") in {"1", "true"},
        italic=attribute(properties, "i") in {"1", "true"},
        struck=(attribute(properties, "strike") or "noStrike") != "noStrike",
        monospaced=_MONOSPACED.search(attribute(child(properties, "a:latin"), "typeface") or "") is not None,
        url=target.target if target is not None and target.external else "",
    )
