"""Read a PDF with pdfium: its lines in the order of the page's content, and what it says of itself.

pdfium is not thread-safe and is written in C++: ``child`` runs this in a process of its own.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

import pypdfium2
from pypdfium2 import raw

from processors.pdf.glyphs import CUT, Sheet, shared_font, sheets
from processors.pdf.letters import SPACE, Glyph, holds_rtl, line_text

MAX_PAGES = 2_000
MAX_PAGE_CHARS = 200_000  # a page of a dense newspaper holds 30,000
MAX_CHARS = 20_000_000
# A gap of this many heights parts two cells of a row.
CELL_GAP = 0.8
MARGIN = 0.1  # share of a page at its edges that holds no text but stamps
FONT_SAMPLES = 6  # letters of a line that are asked for their font


class Cell(NamedTuple):
    """A piece of a line without a wide gap: its text and its edges in points."""

    text: str
    left: float
    right: float


class Line(NamedTuple):
    """One line as it stands: cells in the order they are read, edges in points, and the font.

    ``weight`` (100 to 900) and ``mono`` (fixed pitch) hold for all of the line.
    """

    cells: tuple[Cell, ...]
    left: float
    right: float
    bottom: float
    top: float
    weight: int
    mono: bool

    @property
    def text(self) -> str:
        """The whole line, cells parted by a space."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def height(self) -> float:
        """The height in points, about the size of the font."""
        return self.top - self.bottom


class Page(NamedTuple):
    """The lines of a page in the order of its content, its size in points as it is shown, and its place from 0."""

    lines: list[Line]
    width: float
    height: float
    number: int = 0


def pages(document: pypdfium2.PdfDocument) -> Iterator[Page]:
    """Yield the pages, at most ``MAX_PAGES`` and ``MAX_CHARS``; one that cannot be read is empty.

    Text of a page that is turned another way than most of it comes as a page of its own.
    """
    left = MAX_CHARS
    for number in range(min(len(document), MAX_PAGES)):
        try:
            found, count = _page(document, number, min(left, MAX_PAGE_CHARS))
        except pypdfium2.PdfiumError:
            found, count = [Page([], 0, 0)], 0
        left -= count
        yield from (one._replace(number=number) for one in found)
        if left <= 0:
            return


def _page(document: pypdfium2.PdfDocument, number: int, limit: int) -> tuple[list[Page], int]:
    with closing(document[number]) as page:
        is_form = _flattened(page)
        if not is_form:
            return _read(page, limit)
    # Only a page that is opened anew shows what was flattened into it.
    with closing(document[number]) as page:
        found, count = _read(page, limit)
        return [one._replace(lines=_in_rows(one.lines)) for one in found], count


# Annotations whose text a reader sees on the page itself (ISO 32000-2, 12.5.6).
_VISIBLE = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT)


def _flattened(page: pypdfium2.PdfPage) -> bool:
    """Make filled fields and text notes part of the page, as printing does; whether there were any."""
    for place in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_PAGE_CHARS)):
        note = raw.FPDFPage_GetAnnot(page, place)
        kind = raw.FPDFAnnot_GetSubtype(note)
        raw.FPDFPage_CloseAnnot(note)
        if kind in _VISIBLE:
            return bool(raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS)
    return False


def _in_rows(lines: Sequence[Line]) -> list[Line]:
    """A form's values come last in its content: bring what stands at one height together, from the top."""
    rows: list[Line] = []
    for line in sorted(lines, key=lambda line: (-line.top, line.left)):
        middle = (line.top + line.bottom) / 2
        if rows and rows[-1].bottom < middle < rows[-1].top:
            rows[-1] = _side_by_side(rows[-1], line)
        else:
            rows.append(line)
    return rows


def _side_by_side(one: Line, other: Line) -> Line:
    cells = tuple(sorted(one.cells + other.cells, key=lambda cell: cell.left))
    return one._replace(
        cells=cells[::-1] if holds_rtl(one.text + other.text) else cells,
        left=min(one.left, other.left),
        right=max(one.right, other.right),
        bottom=min(one.bottom, other.bottom),
        top=max(one.top, other.top),
    )


def _rejoined(lines: Iterable[Line]) -> list[Line]:
    """Join a line with the one before where they are one: the reader ends lines at raised letters."""
    whole: list[Line] = []
    for line in lines:
        last = whole[-1] if whole else line
        room = CELL_GAP * max(last.height, line.height)
        is_level = last.bottom < (line.bottom + line.top) / 2 < last.top
        if whole and is_level and line.left >= last.right - room / 2 and not holds_rtl(last.text + line.text):
            whole[-1] = _behind(last, line) if line.left - last.right < room else _side_by_side(last, line)
        else:
            whole.append(line)
    return whole


def _behind(last: Line, line: Line) -> Line:
    between = " " if line.left - last.right > SPACE * line.height else ""
    met = Cell(last.cells[-1].text + between + line.cells[0].text, last.cells[-1].left, line.cells[0].right)
    return last._replace(cells=(*last.cells[:-1], met, *line.cells[1:]), right=line.right)


def _read(page: pypdfium2.PdfPage, limit: int) -> tuple[list[Page], int]:
    with closing(page.get_textpage()) as textpage:
        count = min(textpage.count_chars(), limit)
        found = [_laid_out(textpage, sheet) for sheet in sheets(page, textpage, count)]
    aside = [one._replace(lines=[line for line in one.lines if not _is_stamp(line, one)]) for one in found[1:]]
    return [*(found[:1] or [Page([], *page.get_size())]), *(one for one in aside if one.lines)], count


def _is_stamp(line: Line, page: Page) -> bool:
    """Whether a line that is turned stands in the margin, as the date that an archive stamps on a paper does."""
    return not MARGIN < (line.bottom + line.top) / 2 / max(1, page.height) < 1 - MARGIN


def _laid_out(textpage: pypdfium2.PdfTextPage, sheet: Sheet) -> Page:
    spans = (sheet.glyphs[start:end] for start, end in _spans(sheet.glyphs))
    lines = [_line(textpage, glyphs) for glyphs in spans if _is_inked(glyphs)]
    return Page(_rejoined(line for line in lines if line.cells), sheet.width, sheet.height)


def _spans(glyphs: Sequence[Glyph]) -> Iterator[tuple[int, int]]:
    start = 0
    for place, glyph in enumerate(glyphs):
        if glyph.text in {"\r", "\n"}:
            yield start, place
            start = place + 1
        elif glyph.text == CUT:
            yield start, place + 1
            start = place + 1
        elif place > start and _is_elsewhere(glyphs[start], glyph):
            yield start, place
            start = place
    yield start, len(glyphs)


def _is_elsewhere(first: Glyph, glyph: Glyph) -> bool:
    """Whether the glyph stands wholly over or under the first of its line: the content does not end every line."""
    apart = glyph.bottom > first.top or glyph.top < first.bottom
    return apart and glyph.top > glyph.bottom and first.top > first.bottom


def _is_inked(glyphs: Sequence[Glyph]) -> bool:
    return any(not glyph.text.isspace() for glyph in glyphs)


def _line(textpage: pypdfium2.PdfTextPage, own: Sequence[Glyph]) -> Line:
    if own[-1].text == CUT:
        own = [*own[:-1], own[-1]._replace(text="-")]
    inked = [glyph for glyph in own if glyph.right > glyph.left and not glyph.text.isspace()]
    letters = [glyph.number for glyph in own if glyph.text.isalnum()] or [own[0].number]
    cells = [Cell(_spaced(line_text(_from_left(part))), *_edges(part)) for part in _parted(own)]
    return Line(
        tuple(cell for cell in cells if cell.text),
        min((glyph.left for glyph in inked), default=own[0].left),
        max((glyph.right for glyph in inked), default=own[0].right),
        *_rise(inked or own),
        *shared_font(textpage, [*letters[:: len(letters) // FONT_SAMPLES + 1], letters[-1]]),
    )


_LEADER = re.compile(r"(?:\s?[.\u2024\u00b7_]){5,}")


def _spaced(text: str) -> str:
    """Return ``text`` with single spaces, and three dots for those that lead to a page number or a field."""
    return " ".join(_LEADER.sub(" ... ", text).split())


def _from_left(part: list[Glyph]) -> list[Glyph]:
    """A cell without a right-to-left letter, such as a number, is read from the left although its row is not."""
    is_turned = part[0].right > part[-1].right and not holds_rtl("".join(glyph.text for glyph in part))
    return sorted(part, key=lambda glyph: glyph.left) if is_turned else part


def _rise(glyphs: Sequence[Glyph]) -> tuple[float, float]:
    """Return foot and head of the line: those most of its glyphs have."""
    (bottom, top), _ = Counter((one.bottom, one.top) for one in glyphs).most_common(1)[0]
    return bottom, top


def _edges(glyphs: Sequence[Glyph]) -> tuple[float, float]:
    inked = [glyph for glyph in glyphs if not glyph.text.isspace()] or glyphs
    return min(glyph.left for glyph in inked), max(glyph.right for glyph in inked)


def _parted(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Yield the glyphs between wide gaps, from where reading starts."""
    from_right = holds_rtl("".join(glyph.text for glyph in glyphs))
    ordered = sorted(glyphs, key=lambda one: -one.right) if from_right else glyphs
    part: list[Glyph] = []
    edge: Glyph | None = None
    for glyph in ordered:
        if glyph.text.isspace() or glyph.right <= glyph.left:
            part.append(glyph)
            continue
        gap = 0.0 if edge is None else (edge.left - glyph.right if from_right else glyph.left - edge.right)
        if edge is not None and gap > CELL_GAP * max(glyph.top - glyph.bottom, edge.top - edge.bottom):
            yield part
            part = []
        part.append(glyph)
        edge = glyph
    yield part
