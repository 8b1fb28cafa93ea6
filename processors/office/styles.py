"""What the styles of a Word document say about text: headings, code, hidden text, emphasis, lists."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from processors.office.package import attribute, child, children, is_on, number

_CODE_STYLE = re.compile(
    r"(?:.* )?(?:source ?code|code(?: ?block| listing)?|preformatted|verbatim|program ?listing|macro)(?: text)?",
    re.IGNORECASE,
)
_HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
_MONOSPACED = re.compile(
    r"courier|consolas|monaco|menlo|lucida console|(?:^|[ -])mono(?:space[d]?)?(?:$|[ -])|source code|fira code|"
    r"inconsolata|cascadia|jetbrains|ocr a|letter gothic|andale",
    re.IGNORECASE,
)
_MAX_BASED_ON = 20  # styles that one style stands on, one on the other; Word's own go 3 deep
_BODY_LEVEL = 9  # w:outlineLvl of text that is no heading (ECMA-376 part 1, section 17.3.1.20)


class Look(NamedTuple):
    """What a run looks like where that means something; None where nothing is said."""

    bold: bool | None = None
    italic: bool | None = None
    struck: bool | None = None
    hidden: bool | None = None
    font: str | None = None
    raised: str | None = None

    def over(self, other: "Look") -> "Look":
        """Return this look, with what it leaves open taken from ``other``."""
        said = {name: value for name, value in self._asdict().items() if value is not None}
        return other._replace(**said) if said else other

    @property
    def monospaced(self) -> bool:
        """Whether every letter is as wide as the next, told by the font's name."""
        return self.font is not None and _MONOSPACED.search(self.font) is not None


class Style(NamedTuple):
    """A style with what it takes from those it is based on; ``outline`` counts headings from 0, a title is -1."""

    outline: int | None = None
    code: bool = False
    list_id: int | None = None
    list_level: int | None = None
    look: Look = Look()


class Styles:
    """The styles of one document by id."""

    def __init__(self, root: etree._Element | None) -> None:
        """Read the part ``styles.xml``, or none."""
        self._elements = {attribute(one, "styleId") or "": one for one in children(root, "w:style")}
        self._defaults = {
            attribute(one, "type"): attribute(one, "styleId")
            for one in self._elements.values()
            if (attribute(one, "default") or "").lower() in {"1", "true", "on"}
        }
        self._whole = look_of(child(root, "w:docDefaults", "w:rPrDefault", "w:rPr"))
        self._known: dict[str, Style] = {}

    def paragraph(self, properties: etree._Element | None) -> tuple[str, Style]:
        """Return id and style of a paragraph with these ``w:pPr``."""
        style_id = attribute(child(properties, "w:pStyle"), "val") or self._defaults.get("paragraph") or ""
        return style_id, self.style(style_id)

    def look(self, properties: etree._Element | None, paragraph: Style) -> Look:
        """Return how a run with these ``w:rPr`` looks in a paragraph of this style; emphasis is the run's own."""
        own = look_of(properties)
        named = attribute(child(properties, "w:rStyle"), "val")
        if named:
            own = own.over(self.style(named).look)
        around = paragraph.look.over(self._whole)
        return own.over(around._replace(bold=None, italic=None))

    def style(self, style_id: str) -> Style:
        """Return the style of this id, one that says nothing when there is none."""
        if style_id not in self._known:
            style = Style()
            for element in reversed(list(self._based_on(style_id))):
                style = _upon(element, style)
            self._known[style_id] = style
        return self._known[style_id]

    def _based_on(self, style_id: str) -> Iterator[etree._Element]:
        for _ in range(_MAX_BASED_ON):
            element = self._elements.get(style_id)
            if element is None:
                return
            yield element
            style_id = attribute(child(element, "w:basedOn"), "val") or ""


def _upon(element: etree._Element, base: Style) -> Style:
    name = attribute(child(element, "w:name"), "val") or ""
    properties = child(element, "w:pPr")
    numbering = child(properties, "w:numPr")
    list_id = number(child(numbering, "w:numId"), "val")
    list_level = number(child(numbering, "w:ilvl"), "val")
    outline = _outline(name, properties)
    return Style(
        base.outline if outline is None else outline,
        base.code or _CODE_STYLE.fullmatch(name) is not None,
        base.list_id if list_id is None else list_id,
        base.list_level if list_level is None else list_level,
        look_of(child(element, "w:rPr")).over(base.look),
    )


def _outline(name: str, properties: etree._Element | None) -> int | None:
    if name.lower() == "title":
        return -1
    named = _HEADING_STYLE.fullmatch(name)
    level = number(child(properties, "w:outlineLvl"), "val")
    return int(named[1]) - 1 if named and level is None else level


def heading_level(properties: etree._Element | None, style: Style) -> int | None:
    """Return the level of a heading from 1, 0 for the title, None for other text."""
    direct = number(child(properties, "w:outlineLvl"), "val")
    level = style.outline if direct is None else direct
    return None if level is None or not -1 <= level < _BODY_LEVEL else level + 1


def look_of(properties: etree._Element | None) -> Look:
    """Return what these ``w:rPr`` say themselves."""
    if properties is None:
        return Look()
    fonts = child(properties, "w:rFonts")
    return Look(
        _switch(properties, "w:b"),
        _switch(properties, "w:i"),
        _either(_switch(properties, "w:strike"), _switch(properties, "w:dstrike")),
        _either(_switch(properties, "w:vanish"), _switch(properties, "w:webHidden")),
        attribute(fonts, "ascii") or attribute(fonts, "asciiTheme"),
        attribute(child(properties, "w:vertAlign"), "val"),
    )


def _switch(properties: etree._Element, name: str) -> bool | None:
    found = child(properties, name)
    return None if found is None else is_on(found)


def _either(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - two of a kind, in no order
    return one or other if one is not None and other is not None else (other if one is None else one)
