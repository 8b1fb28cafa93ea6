"""OpenDocument texts (ODF 1.3 part 3) as blocks: headings, lists, tables, notes, text boxes.

What is hidden, tracked deletions, comments, headers and footers are left out; formulas, which are objects of their
own, are not read.
"""

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from processors.office.blocks import MAX_SPAN, Block, Cell, grid, one_line
from processors.office.numbering import formatted
from processors.office.package import attribute, child, children, name_of, number
from processors.office.runs import Run, emphasised, is_monospaced, plain, scripted
from processors.office.styles import Look

MAX_DEPTH = 40  # of lists, cells and boxes in one another; what lies deeper gives its words in one paragraph
MAX_SPACES = 100  # that one text:s stands for
_SPACE = re.compile(r"[ \t\r\n]+")
_CODE_STYLE = re.compile(r"preformatted.*|source.*code|.*\bcode", re.IGNORECASE)
_LEFT_OUT = frozenset(
    ["annotation", "tracked-changes", "sequence-decls", "forms", "table-of-content-source", "ruby-text"]
)
_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_ROW_GROUPS = frozenset(["table-header-rows", "table-rows", "table-row-group"])
_BOXES = frozenset(["frame", "custom-shape", "text-box", "g", "rect"])
_CHARACTERS = {"tab": "\t", "line-break": "\n", "s": " ", "note": ""}


class OpenDocument:
    """One text document while it is read: its styles and its notes in order."""

    def __init__(self, content: etree._Element, styles: etree._Element | None) -> None:
        """Take the root of ``content.xml`` and that of ``styles.xml``."""
        self._content = content
        roots = [root for root in (styles, content) if root is not None]
        self._styles = {attribute(one, "name"): one for root in roots for one in root.iter("{*}style")}
        lists = {attribute(one, "name"): one for root in roots for one in root.iter("{*}list-style")}
        self._lists = {name: {number(one, "level"): one for one in levels} for name, levels in lists.items()}
        self._notes: list[etree._Element] = []
        self._boxes: list[etree._Element] = []

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the document, then its notes."""
        text = child(self._content, "body", "text")
        if text is not None:
            yield from self._flow(text, 0)
        for count, note in enumerate(self._notes, start=1):  # a note within a note joins the end of the list
            yield Block("paragraph", f"[^{count}]: {one_line(self._flow(note, 1))}")

    def _flow(self, element: etree._Element, depth: int) -> Iterator[Block]:
        if depth > MAX_DEPTH:
            yield Block("paragraph", _SPACE.sub(" ", "".join(element.itertext())))
            return
        for part in element:
            match name_of(part):
                case _ if _is_hidden(part):
                    pass
                case "p" | "h":
                    yield from self._paragraph(part, depth)
                case "list":
                    yield from self._list(part, depth, (), {})
                case "table":
                    yield self._table(part, depth)
                case name if name and name not in _LEFT_OUT:
                    yield from self._flow(part, depth + 1)

    def _paragraph(self, paragraph: etree._Element, depth: int) -> Iterator[Block]:
        if _hides_itself(paragraph):
            return
        look = self._look(attribute(paragraph, "style-name"))
        runs = list(self._runs(paragraph, look._replace(bold=None, italic=None), ""))
        boxes, self._boxes = self._boxes, []
        level = number(paragraph, "outline-level") if name_of(paragraph) == "h" else None
        names = [attribute(one, "name") or "" for one in self._with_parents(attribute(paragraph, "style-name"))]
        if any(_CODE_STYLE.fullmatch(name.replace("_20_", " ")) for name in names):
            yield Block("code", plain(runs).strip("\n"))
        elif "Title" in names:
            yield Block("title", plain(runs))
        elif name_of(paragraph) == "h":
            yield Block("heading", plain(runs), max(1, level or 1))
        elif is_monospaced(runs):
            yield Block("paragraph", plain(runs))
        else:
            yield Block("paragraph", emphasised(runs))
        for box in boxes:
            yield from self._flow(box, depth + 1)

    def _runs(self, element: etree._Element, look: Look, url: str) -> Iterator[Run]:
        yield _run(element.text, look, url)
        for part in element:
            match name_of(part):
                case _ if _is_hidden(part):
                    pass
                case "span":
                    yield from self._runs(part, self._look(attribute(part, "style-name")).over(look), url)
                case "a":
                    yield from self._runs(part, look, attribute(part, "href") or "")
                case name if name in _BOXES:
                    self._boxes.append(part)
                case name if name in _CHARACTERS:
                    yield Run(self._character(part))
                case name if name and name not in _LEFT_OUT:
                    yield from self._runs(part, look, url)
            yield _run(part.tail, look, url)

    def _character(self, element: etree._Element) -> str:
        match name_of(element):
            case "note":
                self._notes += children(element, "note-body")
                return f"[^{len(self._notes)}]"
            case "s":
                return " " * min(MAX_SPACES, max(1, number(element, "c") or 1))
            case name:
                return _CHARACTERS[name]

    def _list(
        self, element: etree._Element, depth: int, above: tuple[int, ...], style: Mapping[int | None, etree._Element]
    ) -> Iterator[Block]:
        style = self._lists.get(attribute(element, "style-name"), style)
        count = (number(style.get(len(above) + 1), "start-value") or 1) - 1
        for item in element:
            count = (number(item, "start-value") or count + 1) if name_of(item) == "list-item" else count
            counts = (*above, count)
            is_first = name_of(item) == "list-item"
            for part in item:
                if name_of(part) == "list" and depth < MAX_DEPTH:
                    yield from self._list(part, depth + 1, counts, style)
                    continue
                for block in self._flow_of(part, depth + 1):
                    if is_first and block.kind == "paragraph" and block.text.strip():
                        block = Block("item", block.text, len(above), _label(style, counts))  # noqa: PLW2901 - as listed
                        is_first = False
                    yield block

    def _flow_of(self, part: etree._Element, depth: int) -> Iterator[Block]:
        if name_of(part) in {"p", "h"}:
            yield from self._paragraph(part, depth)
        else:
            yield from self._flow(part, depth)

    def _table(self, table: etree._Element, depth: int) -> Block:
        return Block("table", rows=grid([list(self._cells(row, depth)) for row in _rows(table)]))

    def _cells(self, row: etree._Element, depth: int) -> Iterator[Cell]:
        covered = 0  # by the cell to the left, which has been counted with its columns
        for cell in row:
            if name_of(cell) == "table-cell":
                columns = number(cell, "number-columns-spanned") or 1
                covered = columns - 1
                yield Cell(one_line(self._flow(cell, depth + 1)), columns)
            elif name_of(cell) == "covered-table-cell":
                repeated = min(MAX_SPAN, max(1, number(cell, "number-columns-repeated") or 1))
                above, covered = max(0, repeated - covered), max(0, covered - repeated)
                yield from [Cell("", goes_on=True)] * above

    def _with_parents(self, name: str | None) -> Iterator[etree._Element]:
        for _ in range(20):
            style = self._styles.get(name)
            if style is None:
                return
            yield style
            name = attribute(style, "parent-style-name")

    def _look(self, name: str | None) -> Look:
        look = Look()
        for style in self._with_parents(name):
            look = look.over(_look_of(child(style, "text-properties")))
        return look


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    """Yield the rows of ``table`` that are shown, in whatever groups they are."""
    waiting = list(reversed(table))
    while waiting:
        part = waiting.pop()
        if name_of(part) == "table-row" and attribute(part, "visibility") not in {"collapse", "filter"}:
            yield part
        elif name_of(part) in _ROW_GROUPS and attribute(part, "display") != "false":
            waiting += reversed(part)


def _is_hidden(part: etree._Element) -> bool:
    """Return whether a section, shape or passage is not shown (ODF 1.3 part 3, sections 19.195 and 19.801)."""
    return attribute(part, "display") == "none" or (
        attribute(part, "is-hidden") == "true" and name_of(part) != "hidden-paragraph"
    )


def _hides_itself(paragraph: etree._Element) -> bool:
    """Return whether a field of ``paragraph``, not of a box in it, hides the whole of it."""
    fields = (one for one in paragraph.iter("{*}hidden-paragraph") if attribute(one, "is-hidden") == "true")
    return any(next(one.iterancestors("{*}p", "{*}h"), None) is paragraph for one in fields)


def _run(text: str | None, look: Look, url: str) -> Run:
    written = "" if look.hidden else scripted(_SPACE.sub(" ", text or ""), look.raised)
    return Run(written, bool(look.bold), bool(look.italic), bool(look.struck), look.monospaced, url)


def _look_of(properties: etree._Element | None) -> Look:
    weight, slant = attribute(properties, "font-weight"), attribute(properties, "font-style")
    struck, shown = attribute(properties, "text-line-through-style"), attribute(properties, "display")
    position = (attribute(properties, "text-position") or "").partition(" ")[0]
    return Look(
        None if weight is None else weight == "bold" or weight in {"600", "700", "800", "900"},
        None if slant is None else slant == "italic",
        None if struck is None else struck != "none",
        None if shown is None else shown == "none",
        attribute(properties, "font-name") or attribute(properties, "font-family"),
        {"super": "superscript", "sub": "subscript"}.get(position),
    )


def _label(style: Mapping[int | None, etree._Element], counts: tuple[int, ...]) -> str:
    """Return the number of an item as its list style writes it, empty for a bullet (ODF 1.3 part 3, section 16.33)."""
    level = style.get(len(counts))
    form = attribute(level, "num-format")
    if level is None or name_of(level) != "list-level-style-number" or not form:
        return ""
    shown = max(1, number(level, "display-levels") or 1)
    written = ".".join(formatted(count, _FORMS.get(form, "decimal")) for count in counts[-shown:])
    return f"{attribute(level, 'num-prefix') or ''}{written}{attribute(level, 'num-suffix') or ''}".strip()
