"""What stands inside a line of LaTeXML's HTML: text, emphasis, formulas as ``$TeX$``, citations, footnotes."""

import re

from lxml import etree

MAX_DEPTH = 100  # of elements in elements; deeper ones are plain text
EMPHASIS = {
    "ltx_font_bold": "**", "ltx_font_italic": "*", "ltx_emph": "*", "ltx_font_slanted": "*", "ltx_font_typewriter": "`",
    "ltx_verbatim": "`",
}  # fmt: skip
NOTHING = frozenset(("img", "svg", "script", "style", "button", "object"))
DROPPED = frozenset(("ltx_ERROR", "ltx_note_mark", "ltx_tag_note", "ltx_tag_item", "ltx_listing_data", "ltx_picture"))
# A citation is part of the sentence after these, and where it names its authors itself.
PART_OF_THE_SENTENCE = re.compile(r"\b(?:in|by|of|from|to|with|following|per|like)\s*$", re.IGNORECASE)
TEXTUAL = re.compile(r"ltx_citemacro_(?:\w*citet|citeauthor|textcite|cite[AN]\w*|newcite)\b")


def classes(element: etree._Element) -> frozenset[str]:
    """Return the classes of ``element``."""
    return frozenset((element.get("class") or "").split())


def text_of(text: str | None) -> str:
    """Return the plain ``text`` of a page as Markdown: hard spaces are spaces, a dollar is no formula's."""
    return (text or "").replace("\xa0", " ").replace("$", r"\$")


def tex_of(math: etree._Element) -> str:
    """Return the TeX of a formula, from its annotation or its alternative text."""
    notes = (note for note in math.iter("annotation") if note.get("encoding") == "application/x-tex")
    note = next(notes, None)
    tex = ("".join(note.itertext()) if note is not None else "") or math.get("alttext") or ""
    tex = re.sub(r"(\\[A-Za-z]+)%\n(?=[A-Za-z])", r"\1 ", tex)  # LaTeXML breaks long lines so
    tex = re.sub(r"(?<!\\)%\n", "", tex)
    return re.sub(r"^\s*\\displaystyle(?![A-Za-z])", "", " ".join(tex.split())).strip()


def line(element: etree._Element, *, whole: bool = False, without_tag: bool = False, plain: bool = False) -> str:
    """Return what is in ``element`` as one line.

    ``whole`` keeps white space and the emphasis of the element itself; ``without_tag`` leaves numbers (``ltx_tag``)
    out; ``plain`` writes no emphasis.
    """
    text = _Line(without_tag=without_tag, plain=plain).of(element) if whole else ""
    if whole:
        return text
    return " ".join(_Line(without_tag=without_tag, plain=plain).inside(element, 0).split())


class _Line:
    def __init__(self, *, without_tag: bool, plain: bool) -> None:
        self.without_tag, self.plain = without_tag, plain

    def of(self, element: etree._Element) -> str:
        return self._child(element, 0, "")

    def inside(self, element: etree._Element, depth: int) -> str:
        if depth > MAX_DEPTH:
            return text_of("".join(element.itertext()))
        text = text_of(element.text)
        for child in element.iterchildren(etree.Element):
            text += self._child(child, depth + 1, text)
            tail = text_of(child.tail)
            if re.match(r"[.,;:)]", tail) and (child.tag == "cite" or not text.strip()):
                text = text.rstrip()
            text += tail
        return text

    def _child(self, child: etree._Element, depth: int, before: str) -> str:
        found = classes(child)
        if child.tag == "math":
            tex = tex_of(child)
            return f"${tex}$" if tex else ""
        if child.tag in NOTHING or not DROPPED.isdisjoint(found) or (self.without_tag and "ltx_tag" in found):
            return ""
        if child.tag == "br":
            return " "
        if child.tag == "cite":
            return self._cited(child, depth, before)
        if "ltx_note" in found:
            return self._note(child, depth) if "ltx_role_footnote" in found else ""
        return self._emphasised(self.inside(child, depth), found)

    def _cited(self, child: etree._Element, depth: int, before: str) -> str:
        is_textual = TEXTUAL.search(child.get("class") or "") or PART_OF_THE_SENTENCE.search(before)
        return self.inside(child, depth) if is_textual else ""

    def _note(self, child: etree._Element, depth: int) -> str:
        content = next((one for one in child.iter("span") if "ltx_note_content" in classes(one)), None)
        text = "" if content is None else " ".join(self.inside(content, depth).split())
        return f" ({text})" if text else ""

    def _emphasised(self, text: str, found: frozenset[str]) -> str:
        mark = next((EMPHASIS[name] for name in EMPHASIS if name in found), "")
        core = text.strip()
        if self.plain or not mark or not re.search(r"\w", core) or set("*`$") & set(core):
            return text
        start = len(text) - len(text.lstrip())
        return f"{text[:start]}{mark}{core}{mark}{text[start + len(core) :]}"
