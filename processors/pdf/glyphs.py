"""The characters of a PDF page, upright, and their fonts, as pdfium tells them."""

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pypdfium2
from pypdfium2 import raw

from processors.pdf.letters import Glyph

# What pdfium gives for a hyphen at the end of a line, whose end it then does not show.
CUT = "\x02"


class Sheet(NamedTuple):
    """Glyphs of a page that are turned alike, as one reads them, and the size of the page then, in points."""

    glyphs: list[Glyph]
    width: float
    height: float


def sheets(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, count: int) -> list[Sheet]:
    """Return the first ``count`` glyphs of a page, those of the commonest direction first."""
    turned: dict[int, list[Glyph]] = {}
    for line in _written_lines(_glyphs(textpage, count)):
        first = next((glyph.number for glyph in line if not glyph.text.isspace()), None)
        if first is not None:
            turned.setdefault(_quarters(textpage, first), []).extend(line)
    by_size = sorted(turned.items(), key=lambda item: -len(item[1]))
    return [_upright(glyphs, page.get_bbox(), quarters) for quarters, glyphs in by_size]


def _written_lines(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    line: list[Glyph] = []
    for glyph in glyphs:
        line.append(glyph)
        if glyph.text in {"\n", CUT}:
            yield line
            line = []
    yield line


def _upright(glyphs: list[Glyph], shown: tuple[float, float, float, float], quarters: int) -> Sheet:
    start, foot, end, head = shown
    width, height = end - start, head - foot
    if quarters or start or foot:
        glyphs = [
            Glyph(text, left - start, right - start, bottom - foot, top - foot, number)
            for text, left, right, bottom, top, number in glyphs
        ]
    for _ in range(quarters):  # a quarter back, clockwise: (x, y) becomes (y, width - x)
        glyphs = [
            Glyph(text, bottom, top, width - right, width - left, number)
            for text, left, right, bottom, top, number in glyphs
        ]
        width, height = height, width
    return Sheet(glyphs, width, height)


def _glyphs(textpage: pypdfium2.PdfTextPage, count: int) -> list[Glyph]:
    handle, box = textpage.raw, raw.FS_RECTF()
    where = ctypes.byref(box)
    code_of, place = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
    glyphs = []
    for number in range(count):
        code = code_of(handle, number)
        place(handle, number, where)
        text = chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if text == CUT and not raw.FPDFText_IsHyphen(handle, number):
            text = ""
        glyphs.append(Glyph(text, box.left, box.right, box.bottom, box.top, number))
    return glyphs


def _quarters(textpage: pypdfium2.PdfTextPage, number: int) -> int:
    """Return by how many quarters a character is turned anticlockwise, 0 to 3."""
    clockwise: float = raw.FPDFText_GetCharAngle(textpage, number)
    return round(-clockwise / (math.pi / 2)) % 4


_FIXED_PITCH = 1  # ISO 32000-2, table 121, bit 1
_BOLD, _BOLD_WEIGHT = re.compile("bold|black|heavy|medi(?!um)|cmbx|sfbx|cmb1", re.IGNORECASE), 700
_MONO = re.compile("mono|courier|consola|typewriter|cmtt|menlo|code", re.IGNORECASE)


def shared_font(textpage: pypdfium2.PdfTextPage, numbers: Sequence[int]) -> tuple[int, bool]:
    """Return the weight that all these characters have at least, 100 to 900, and whether all are of fixed pitch."""
    fonts = [_font(textpage, number) for number in numbers]
    return min(weight for weight, _ in fonts), all(is_mono for _, is_mono in fonts)


def _font(textpage: pypdfium2.PdfTextPage, number: int) -> tuple[int, bool]:
    """Return weight and pitch of one character's font, also by its name: many say nothing else."""
    flags, name = ctypes.c_int(), ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(textpage, number, name, len(name), ctypes.byref(flags))
    called = name.raw.partition(b"\0")[0].decode("latin-1")
    weight = raw.FPDFText_GetFontWeight(textpage, number)
    is_mono = bool(flags.value & _FIXED_PITCH) or _MONO.search(called) is not None
    return max(weight, _BOLD_WEIGHT) if _BOLD.search(called) else weight, is_mono
