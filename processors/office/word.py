"""Word documents (WordprocessingML, ECMA-376 part 1, section 17) as blocks.

Body text in order: headings and lists with the numbers that Word shows, tables, text boxes after the paragraph they
hang on, notes at the end. Insertions are read and deletions are not; of a field the result, not the instruction;
headers, footers, comments and what is hidden (text, rows of tables) are left out.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from lxml import etree

from processors.office.blocks import Block, Cell, grid, one_line
from processors.office.chunks import chunk_blocks
from processors.office.drawing import contents, figures, found_in, shape_paragraphs
from processors.office.math import latex
from processors.office.numbering import Numbering
from processors.office.package import (
    Package,
    Relationship,
    attribute,
    child,
    children,
    is_on,
    name_of,
    number,
    related,
    relationship_id,
)
from processors.office.runs import Run, emphasised, is_monospaced, plain, scripted
from processors.office.styles import Style, Styles, heading_level

_LOOKED_THROUGH = frozenset(
    [
        "w:sdt",
        "w:sdtContent",
        "w:customXml",
        "w:ins",
        "w:moveTo",
        "w:smartTag",
        "w:bdo",
        "w:dir",
        "w:fldSimple",
        "w:ruby",
        "w:rubyBase",
    ]
)
_CHARACTERS = {
    "w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "\u2011", "w:softHyphen": "",
}  # fmt: skip
_DRAWINGS = frozenset({"w:drawing", "w:pict", "w:object"})
_BOXES = frozenset({"w:txbxContent", "a:txBody"})
_NOTES = {"w:footnoteReference": "footnotes", "w:endnoteReference": "endnotes"}
_LIKE_CODE = re.compile(r"[{};=<>|]|\w\(|^[ \t]*(?:[#$]|//|--)[ \t]?\w", re.MULTILINE)
MAX_DEPTH = 20  # of cells and boxes in one another; deeper ones give their words alone
_PRIVATE_USE = range(0xE000, 0xF900)


def parts(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the children of ``element``, those of content controls, insertions and the like in place of them."""
    return contents(element, _LOOKED_THROUGH)


class WordDocument:
    """One document while it is read: its styles, how far its lists have counted, its notes in order."""

    def __init__(self, package: Package, part: str) -> None:
        """Read the definitions that the main ``part`` refers to."""
        self.package = package
        self.relationships = package.relationships(part)
        self.styles = Styles(self._root("styles"))
        self.numbering = Numbering(self._root("numbering"))
        self.notes: dict[tuple[str, str], int] = {}
        self.chunks: set[str] = set()  # read already

    def _root(self, kind: str) -> etree._Element | None:
        return next((self.package.xml(name) for name in related(self.relationships, kind)), None)

    def blocks(self, root: etree._Element) -> Iterator[Block]:
        """Yield the blocks of the main part ``root``, then its notes."""
        body = child(root, "w:body")
        if body is not None:
            yield from Story(self, self.relationships, body).blocks()
        yield from self._notes()

    def _notes(self) -> Iterator[Block]:
        texts = {kind: self._note_texts(kind) for kind in {kind for kind, _ in self.notes}}
        for (kind, note_id), count in self.notes.items():
            text = texts[kind].get(note_id, "")
            if text:
                yield Block("paragraph", f"[^{count}]: {text}")

    def _note_texts(self, kind: str) -> dict[str, str]:
        part = next(iter(related(self.relationships, kind)), None)
        root = self.package.xml(part) if part else None
        if root is None or part is None:
            return {}
        relationships = self.package.relationships(part)
        referred = {note_id for of, note_id in self.notes if of == kind}
        return {
            attribute(note, "id") or "": one_line(Story(self, relationships, note).blocks())
            for note in children(root, kind.removesuffix("s").join(("w:", "")))
            if attribute(note, "id") in referred
        }


class Story:
    """One flow of text, in which fields open and close: the body, a cell, a text box, a note."""

    def __init__(
        self,
        document: WordDocument,
        relationships: dict[str, Relationship],
        container: etree._Element,
        depth: int = 0,
    ) -> None:
        """Read ``container``; ``depth`` counts the cells and boxes it stands in."""
        self._document = document
        self._relationships = relationships
        self._container = container
        self._depth = depth
        self._drawings: list[etree._Element] = []
        self._fields: list[bool] = []  # the open ones, whether still in their instruction
        self._instructions = 0  # how many of them are
        ends = [attribute(one, "fldCharType") for one in container.iter("{*}fldChar")]
        self._fields_close = ends.count("begin") == ends.count("end")

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order; neighbours in a font of equal letters are code when one of them looks like it."""
        if self._depth > MAX_DEPTH:
            yield Block("paragraph", " ".join("".join(self._container.itertext("{*}t")).split()))
            return
        for monospaced, group in groupby(self._contents(), lambda found: found[1]):
            blocks = [block for block, _ in group]
            is_code = monospaced and any(_LIKE_CODE.search(block.text) for block in blocks)
            yield from (Block("code", block.text) for block in blocks) if is_code else blocks

    def _contents(self) -> Iterator[tuple[Block, bool]]:
        """Yield the blocks, and whether each is in such a font; an empty line is in that of the line before."""
        monospaced = False
        for block, font in self._parts():
            monospaced = font if block.text or block.rows else monospaced
            yield block, monospaced

    def _parts(self) -> Iterator[tuple[Block, bool]]:
        for part in parts(self._container):
            match name_of(part):
                case "w:p":
                    yield from self._paragraph(part)
                case "w:tbl":
                    yield from ((block, False) for block in self._table(part))
                case "m:oMathPara" | "m:oMath":
                    yield from ((Block("formula", one), False) for one in _formulas(part))
                case "w:altChunk":
                    yield from ((block, False) for block in self._chunk(part))

    def _chunk(self, reference: etree._Element) -> Iterator[Block]:
        """Yield the blocks of the part that ``reference`` names, the first time it is named."""
        target = self._relationships.get(relationship_id(reference))
        if target is not None and not target.external and target.target not in self._document.chunks:
            self._document.chunks.add(target.target)
            yield from chunk_blocks(self._document.package, target.target)

    def _inside(self, container: etree._Element) -> Iterator[Block]:
        return Story(self._document, self._relationships, container, self._depth + 1).blocks()

    def _paragraph(self, paragraph: etree._Element) -> Iterator[tuple[Block, bool]]:
        properties = child(paragraph, "w:pPr")
        style_id, style = self._document.styles.paragraph(properties)
        runs = [run for run in self._runs(paragraph, style, "") if run.text]
        said = [run for run in runs if run.text.strip()]
        numbered = self._document.numbering.label(properties, style_id, style)
        level = heading_level(properties, style)
        if said and all(run.formula for run in said):
            yield from ((Block("formula", run.text), False) for run in said)
        elif style.code:
            yield Block("code", plain(runs)), False
        elif said and level is not None:
            label = numbered[0] if numbered else ""
            yield Block("heading" if level else "title", plain(runs), level, label), False
        elif said and numbered:
            yield Block("item", emphasised(runs), numbered[1], numbered[0]), False
        elif said and is_monospaced(said):
            yield Block("paragraph", plain(runs)), True
        else:
            yield Block("paragraph", emphasised(runs) if said else ""), False
        yield from ((block, False) for block in self._drawn())

    def _drawn(self) -> Iterator[Block]:
        drawings, self._drawings = self._drawings, []
        for drawing in drawings:
            for box in found_in(drawing, _BOXES):
                yield from self._inside(box) if name_of(box) == "w:txbxContent" else shape_paragraphs(box)
            yield from figures(drawing, self._document.package, self._relationships)

    def _runs(self, container: etree._Element, style: Style, url: str) -> Iterator[Run]:
        for part in parts(container):
            match name_of(part):
                case "w:r":
                    yield from self._run(part, style, url)
                case "w:hyperlink":
                    target = self._relationships.get(relationship_id(part))
                    yield from self._runs(part, style, target.target if target and target.external else url)
                case "m:oMathPara" | "m:oMath":
                    yield from (Run(one, formula=True) for one in _formulas(part))

    def _run(self, run: etree._Element, style: Style, url: str) -> Iterator[Run]:
        look = self._document.styles.look(child(run, "w:rPr"), style)
        for part in parts(run):
            name = name_of(part)
            if name == "w:fldChar":
                self._field(attribute(part, "fldCharType"))
            elif name == "w:r":  # the base of ruby text
                yield from self._run(part, style, url)
            elif look.hidden or (self._fields_close and self._instructions):
                continue
            elif name in _DRAWINGS:
                self._drawings.append(part)
            elif name in _NOTES:
                yield Run(self._note_mark(name, part))
            else:
                text = scripted(_text(part, name), look.raised)
                yield Run(text, bool(look.bold), bool(look.italic), bool(look.struck), look.monospaced, url)

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self._fields.append(True)
            self._instructions += 1
        elif kind == "separate" and self._fields:
            self._instructions -= self._fields[-1]
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._instructions -= self._fields.pop()

    def _note_mark(self, name: str, reference: etree._Element) -> str:
        notes = self._document.notes
        return f"[^{notes.setdefault((_NOTES[name], attribute(reference, 'id') or ''), len(notes) + 1)}]"

    def _table(self, table: etree._Element) -> Iterator[Block]:
        rows = [row for row in parts(table) if name_of(row) == "w:tr" and _is_shown(row)]
        cells = [[one for one in parts(row) if name_of(one) == "w:tc" and not _is_deleted(one)] for row in rows]
        if [len(row) for row in cells] == [1]:  # a frame round text
            yield from self._inside(cells[0][0])
            return
        texts = [_before(row) + [self._cell(one) for one in these] for row, these in zip(rows, cells, strict=True)]
        if any(cell.text.strip() for row in texts for cell in row):
            yield Block("table", rows=grid(texts))

    def _cell(self, cell: etree._Element) -> Cell:
        properties = child(cell, "w:tcPr")
        merged = child(properties, "w:vMerge")
        goes_on = merged is not None and attribute(merged, "val") != "restart"
        columns = number(child(properties, "w:gridSpan"), "val") or 1
        return Cell(one_line(self._inside(cell)), columns, goes_on)


def _is_shown(row: etree._Element) -> bool:
    properties = child(row, "w:trPr")
    return child(properties, "w:del") is None and not is_on(child(properties, "w:hidden"))


def _is_deleted(cell: etree._Element) -> bool:
    return child(cell, "w:tcPr", "w:cellDel") is not None


def _before(row: etree._Element) -> list[Cell]:
    skipped = number(child(row, "w:trPr", "w:gridBefore"), "val") or 0
    return [Cell("", skipped)] if skipped > 0 else []


def _formulas(element: etree._Element) -> list[str]:
    if name_of(element) == "m:oMath":
        return [one for one in [latex(element)] if one]
    return [one for formula in children(element, "m:oMath") for one in [latex(formula)] if one]


def _text(part: etree._Element, name: str) -> str:
    if name == "w:t":
        return "".join(part.itertext())
    if name == "w:sym":
        written = attribute(part, "char") or ""
        code = int(written, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,4}", written) else 0
        return chr(code) if code and code not in _PRIVATE_USE and not 0xD800 <= code < 0xE000 else ""
    return _CHARACTERS.get(name, "")
