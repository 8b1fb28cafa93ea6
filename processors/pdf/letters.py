"""The letters of one PDF line: ligatures, right-to-left order, raised digits, and which characters are none."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple

# Gaps in heights of a line: at SPACE a word ends in right-to-left text, whose spaces may be missing.
SPACE = 0.15
# A raised glyph is at most this high, measured in heights of its line, and stands at least RAISED above its foot.
SMALL, RAISED = 0.85, 0.12


class Glyph(NamedTuple):
    """What one character code showed: its text, its box in points from the page's lower left, and its place in it."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    number: int = 0


@cache
def _presentation() -> dict[int, str]:
    """Return what ligatures (U+FB00 to FB06) and Hebrew and Arabic presentation forms stand for (Unicode ch. 9)."""
    blocks = (range(0xFB00, 0xFB07), range(0xFB1D, 0xFDFE), range(0xFE70, 0xFF00))
    folded = {code: unicodedata.normalize("NFKC", chr(code)).strip() for block in blocks for code in block}
    return {code: text for code, text in folded.items() if text != chr(code)}


# Soft hyphen, the marks of direction and width, the byte order mark, and what a font calls no character at all.
_NOTHING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_RTL_NEXT_TO_LATIN = re.compile("(?<=[\u05d0-\u05ea\u0620-\u063f\u0641-\u064a\u066e-\u06d3])(?=[A-Za-z0-9])")
_LATIN_NEXT_TO_RTL = re.compile("(?<=[A-Za-z])(?=[\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3])")


def folded(text: str) -> str:
    """Return ``text`` with ligatures and presentation forms as plain letters, composed (NFC), without control marks."""
    text = _NOTHING.sub("", text.translate(_presentation()))
    return unicodedata.normalize("NFC", text.replace("\u00a0", " "))


def is_rtl(text: str) -> bool:
    """Whether most letters of ``text`` are written from right to left."""
    count = len(_RTL.findall(text))
    return count > 0 and 2 * count >= sum(character.isalpha() for character in text)


def holds_rtl(text: str) -> bool:
    """Whether any letter of ``text`` is written from right to left."""
    return _RTL.search(text) is not None


def line_text(glyphs: Sequence[Glyph]) -> str:
    """Return the text of glyphs that stand on one line, in reading order."""
    if holds_rtl("".join(glyph.text for glyph in glyphs)):
        return _spaced_scripts(folded("".join(_read_from_right(glyphs))))
    return folded("".join(_with_raised(_accented(glyphs))))


def _spaced_scripts(text: str) -> str:
    """A word is of one script: producers leave out the space where the direction turns."""
    return _LATIN_NEXT_TO_RTL.sub(" ", _RTL_NEXT_TO_LATIN.sub(" ", text))


# Accents that stand for themselves, and the combining marks that they are over a letter.
_ACCENTS = dict(
    zip("\u00b4\u0060\u00a8\u02c6\u005e\u02dc\u00af\u02d8\u02d9\u02c7\u02da\u00b8\u02dd",
        "\u0301\u0300\u0308\u0302\u0302\u0303\u0304\u0306\u0307\u030c\u030a\u0327\u030b", strict=True)
)  # fmt: skip


def _accented(glyphs: Sequence[Glyph]) -> Sequence[Glyph]:
    """Put accents on the letters over which they are printed: some fonts have no accented letters."""
    if not any(glyph.text in _ACCENTS for glyph in glyphs):
        return glyphs
    whole: list[Glyph] = []
    for glyph in glyphs:
        accent = whole[-1] if whole else glyph
        letter = unicodedata.normalize("NFC", glyph.text.replace("\u0131", "i") + _ACCENTS.get(accent.text, ""))
        if len(letter) == 1 and letter.isalpha() and accent.text in _ACCENTS and _is_over(accent, glyph):
            whole[-1] = glyph._replace(text=letter)
        else:
            whole.append(glyph)
    return whole


def _is_over(accent: Glyph, letter: Glyph) -> bool:
    middle = (accent.left + accent.right) / 2
    return letter.left < middle < letter.right


def _with_raised(glyphs: Sequence[Glyph]) -> Iterator[str]:
    """Yield the texts; ``^`` stands before digits that are set as a superscript, as in 10^6."""
    inked = [glyph for glyph in glyphs if glyph.top > glyph.bottom and not glyph.text.isspace()]
    heights = [glyph.top - glyph.bottom for glyph in inked] or [0.0]
    height = max(heights)
    if min(heights) >= SMALL * height:
        yield from (glyph.text for glyph in glyphs)
        return
    foot = _foot(inked, height)
    was_raised = True
    for glyph in glyphs:
        raised = 0 < glyph.top - glyph.bottom < SMALL * height and glyph.bottom > foot + RAISED * height
        if raised and not was_raised and glyph.text.isdigit():
            yield "^"
        yield glyph.text
        was_raised = raised or glyph.text.isspace()


def _foot(inked: Sequence[Glyph], height: float) -> float:
    """Return the commonest lower edge of the full-size glyphs: the line's own."""
    feet = Counter(glyph.bottom for glyph in inked if glyph.top - glyph.bottom >= SMALL * height)
    return max(feet, key=feet.__getitem__, default=0.0)


def _read_from_right(glyphs: Sequence[Glyph]) -> Iterator[str]:
    """Yield the text of a line that holds right-to-left letters, ordered by where its glyphs stand.

    The glyphs come in the order of the reader, which turns each run; places are what a person sees. Left-to-right
    runs keep their order inside (Unicode Standard Annex 9, rules L1 and L2, backwards).
    """
    clusters = sorted(_clusters(glyphs), key=lambda one: (-round(one.left + one.right), holds_rtl(one.text)))
    for _, run in _runs(_with_spaces(clusters)):
        yield from run


def _clusters(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return one glyph for each place: the letters of a ligature in order, marks behind the letter they stand at."""
    inked = [glyph for glyph in glyphs if glyph.right > glyph.left]
    places = [list(same) for _, same in groupby(inked, key=_place)]
    whole = [same[0]._replace(text=_ligature("".join(one.text for one in same))) for same in places]
    letters = [one for one in whole if not _is_mark(one.text)]
    for mark in (one for one in whole if _is_mark(one.text)):
        _attach(mark, letters)
    return letters


def _place(glyph: Glyph) -> tuple[object, ...]:
    """Letters of one place are one glyph's, but for a font that calls a Latin letter an Arabic word as well."""
    return *glyph[1:5], glyph.text.isalnum() and not holds_rtl(glyph.text)


def _is_mark(text: str) -> bool:
    return bool(text) and all(unicodedata.combining(character) for character in text)


def _attach(mark: Glyph, letters: list[Glyph]) -> None:
    """Put ``mark`` behind the letter that it stands at; a mark without a letter is dropped."""
    middle = (mark.left + mark.right) / 2
    at = min(
        (place for place, letter in enumerate(letters) if not letter.text.isspace()),
        key=lambda place: abs((letters[place].left + letters[place].right) / 2 - middle),
        default=None,
    )
    if at is not None:
        letters[at] = letters[at]._replace(text=letters[at].text + mark.text)


def _ligature(text: str) -> str:
    """The reader turns the letters of one glyph round as if each were a glyph; the lam-alef forms it keeps."""
    if len(text) < 2 or not holds_rtl(text) or re.match("\u0644[\u0622\u0623\u0625\u0627]", text):
        return text
    return text[::-1]


def _with_spaces(clusters: Sequence[Glyph]) -> list[str]:
    """Return the texts from right to left, with a space at every gap that has none."""
    texts: list[str] = []
    for place, one in enumerate(clusters):
        if place and clusters[place - 1].left - one.right > SPACE * (one.top - one.bottom):
            texts.append(" ")
        texts.append(one.text)
    return texts


def _runs(texts: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Yield runs of ``texts`` in reading order: those of left-to-right letters and digits turned back."""
    pending: list[str] = []
    run: list[str] = []
    for text in texts:
        if holds_rtl(text):
            yield True, run[::-1]
            yield False, [*pending, text]
            run, pending = [], []
        elif run and (text.isalnum() or not (pending or text.isspace())):
            run += [*pending, text]
            pending = []
        elif text.isalnum():
            yield False, pending
            run, pending = [text], []
        else:
            pending.append(text)
    yield True, run[::-1]
    yield False, pending
