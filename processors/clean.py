"""Characters nobody reads: one normal form, no mojibake, no invisible or control characters, no ragged white space."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any, ClassVar, Literal, NamedTuple

import pyarrow as pa
from ftfy import TextFixerConfig, fix_encoding
from ftfy.badness import badness, is_bad
from ftfy.chardata import UTF8_CLUES

from corpus.params import Params
from processors.lines import FENCED, LIST_ITEM, holds_fences, parts, set_apart

COUNTS = ("clean_encoding_repairs", "clean_invisible", "clean_whitespace", "clean_changes")

# Line ends of other systems, pages and records (as str.splitlines has them), and the two separators of Unicode.
_LINE_ENDS = re.compile("[\r\x0b\x0c\x1c-\x1e\u2028\u2029](?:(?<=\r)\n)?")
_CODE_LINE_ENDS = re.compile("\r\n?")  # a form feed parts the pages of a source file
_CJK = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MONGOLIAN = "\u1800-\u18af"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\ua9e0-\ua9ff\uaa60-\uaadf"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Never meaningful in running text: controls (but tab and newline), soft hyphen, word joiner, byte-order mark,
# bidirectional marks and overrides (hide text from readers, UAX #9), interlinear annotation. Meaningful in one place:
# tags in the flag of a region (UTS #51, section C.1; elsewhere they spell invisible text), zero-width space between
# words of scripts without spaces, the vowel separator in Mongolian, a selector of the supplement after an ideograph
# (UTS #37). Two selectors in a row select nothing: they hide bytes.
_INVISIBLE = re.compile(
    "(?P<kept>\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    "|[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u00ad\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
    f"|(?<![{_UNSPACED}])\u200b|\u200b(?![{_UNSPACED}])|(?<![{_MONGOLIAN}])\u180e|\u180e(?![{_MONGOLIAN}])"
    f"|(?<![{_CJK}])[\U000e0100-\U000e01ef]|[{_SELECTORS}](?=[{_SELECTORS}])|(?<=[{_SELECTORS}])[{_SELECTORS}]"
)
_ODD = re.compile(  # a cheap look: all that the pattern above begins with
    f"[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    f"{_SELECTORS}\U000e0000-\U000e007f]"
)
# Joiners are orthography after a virama or a letter of the Arabic script (the Unicode Standard 15, sections 9.2 and
# 12.1), between two letters of such scripts and inside emoji; elsewhere they hide things.
_JOINING = (
    "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0f84\u1039\u103a\u1714\u17d2\u1a60"
    "\u1b44\ua8c4\ua9c0\uabed\U00011046\U000110b9\U000111c0\u0620-\u065f\u066e-\u06d3\u06d5\u06fa-\u06ff"
    "\u0750-\u077f\u08a0-\u08ff"
)
_INSIDE = r"[^\x00-\x7f\s\u200c\u200d]"
_JOINERS = re.compile(f"(?<![{_JOINING}])(?:(?<!{_INSIDE})[\u200c\u200d]|[\u200c\u200d](?!{_INSIDE}))")
# The look-behind keeps long runs linear; fenced code is found first and put back as it is.
_TRAILING = r"(?<![^\S\n])[^\S\n]+$"
_TRAILING_SPACES = re.compile(_TRAILING, re.MULTILINE)
_TOLD_BELOW = re.compile(r"\n[^\S\n]*\S")
_HARD_BREAK = "  "  # CommonMark 0.31.2, section 6.7: at the end of a line that another follows
_BLANK_LINES = re.compile(r"\n{4,}")
_TRAILING_SPACES_BUT_CODE = re.compile(f"{FENCED}|{_TRAILING}", re.MULTILINE)
_BLANK_LINES_BUT_CODE = re.compile(rf"{FENCED}|\n{{4,}}", re.MULTILINE)

_INLINE_CODE = re.compile(r"(`[^`\n]+`)")  # text about mojibake shows it there
_FIRST = "".join(UTF8_CLUES[f"utf8_first_of_{width}"] for width in (2, 3, 4))
# Eight first bytes before four continuations are nothing that UTF-8 writes, and ftfy takes a turn for each of them.
_NO_UTF8 = re.compile(f"[{_FIRST}]{{8}}[{UTF8_CLUES['utf8_continuation']}]{{4}}")
_QUOTED = re.compile(r"[ \t]*>")
_ENCODING_ONLY = TextFixerConfig(unescape_html=False)
# A true repair leaves next to nothing odd. Of 23,744 lines of other encodings read as Windows-1252 or 1251, ftfy alone
# changes 5,608, a repair that must take away half of what is odd 739, one that must take three quarters 206.
_SURE = 4
_MAX_ROUNDS = 8  # what is taken away may bring two halves of a broken character together; each round mends a layer


class Cleaned(NamedTuple):
    """A text and how many places were changed in it, by kind.

    ``encoding_repairs`` counts stretches of mojibake (at most one a line outside inline code), ``invisible``
    characters taken out, ``whitespace`` runs of it, ``composed`` is 1 where letters and accents were joined to NFC.
    """

    text: str
    encoding_repairs: int
    invisible: int
    whitespace: int
    composed: int

    @property
    def changes(self) -> int:
        """All changed places."""
        return self.encoding_repairs + self.invisible + self.whitespace + self.composed


class Clean(Params):
    """Rewrite ``text`` and ``messages``: mojibake repaired, NFC, nothing invisible, no ragged white space.

    ``clean_encoding_repairs``, ``clean_invisible`` and ``clean_whitespace`` (int32) count what was done to ``text``,
    ``clean_changes`` all of it and the composing to NFC; the messages of a conversation repeat the text. Encoding is
    repaired where it is surely broken and outside code and tables; runs of more than two blank lines become two;
    blank lines at both ends of the text go, and so do spaces at line ends but the two of a hard break. Fenced code
    keeps its spaces and blank lines. Of rows of ``kind`` "code" only invisible characters go and line ends change.
    """

    kind: Literal["clean"] = "clean"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = ("text", "kind", "messages")
    writes: ClassVar[tuple[str, ...]] = ("text", "messages", *COUNTS)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``text`` (large_string) and ``messages`` cleaned; a null text is an empty one."""
        table = _with_clean_messages(table)
        rows = zip(table["text"].to_pylist(), table["kind"].to_pylist(), strict=True)
        cleaned = [clean_code(text or "") if kind == "code" else clean(text or "") for text, kind in rows]
        texts = pa.array([one.text for one in cleaned], pa.large_string())
        made = table.drop_columns([name for name in COUNTS if name in table.column_names])
        made = made.set_column(made.column_names.index("text"), "text", texts)
        for name in COUNTS:
            counts = [getattr(one, name.removeprefix("clean_")) for one in cleaned]
            made = made.append_column(name, pa.array(counts, pa.int32()))
        return made


def _with_clean_messages(table: pa.Table) -> pa.Table:
    place = table.schema.get_field_index("messages")
    field = table.schema.field(place)
    if table.column(place).null_count == table.num_rows:
        return table
    cleaned = [turns and _clean_turns(turns) for turns in table.column(place).to_pylist()]
    return table.set_column(place, field, pa.array(cleaned, field.type))


def _clean_turns(turns: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Return ``turns`` cleaned, or None where one says nothing that can be read: that would teach nothing."""
    cleaned = [turn | {"content": clean(turn["content"] or "").text} for turn in turns]
    return cleaned if all(turn["content"].strip() for turn in cleaned) else None


def clean(text: str) -> Cleaned:
    """Return ``text`` cleaned, with the counts; cleaning twice changes nothing more."""
    repairs, invisible, whitespace, composed = 0, 0, 0, False
    for _ in range(_MAX_ROUNDS):
        text, ends = _LINE_ENDS.subn("\n", text)
        text, repaired = (text, 0) if text.isascii() else repair_encoding(text)
        normal = unicodedata.normalize("NFC", text)
        composed = composed or normal != text
        text, taken = _reveal(normal)
        repairs, invisible, whitespace = repairs + repaired, invisible + taken, whitespace + ends
        if text.isascii() or not (repaired or taken or normal != text):
            break
    text, ragged = _even(text)
    return Cleaned(text, repairs, invisible, whitespace + ragged, int(composed))


def clean_code(text: str) -> Cleaned:
    """Return the source file ``text`` without invisible characters, its lines ended by newlines, all else as it was.

    Bidirectional marks make a source file read otherwise than it runs (CVE-2021-42574); its spaces, letters and
    literals are what it says.
    """
    text, whitespace = _CODE_LINE_ENDS.subn("\n", text)
    invisible = 0
    for _ in range(_MAX_ROUNDS):
        text, taken = _reveal(text)
        invisible += taken
        if not taken:
            break
    return Cleaned(text, 0, invisible, whitespace, 0)


def _reveal(text: str) -> tuple[str, int]:
    text, taken = _substitute(_INVISIBLE, lambda found: found["kept"] or "", text) if _ODD.search(text) else (text, 0)
    text, joiners = _JOINERS.subn("", text)
    return text, taken + joiners


def _even(text: str) -> tuple[str, int]:
    fenced = holds_fences(text)
    text, spaces = _substitute(_TRAILING_SPACES_BUT_CODE if fenced else _TRAILING_SPACES, _line_end, text)
    text, blanks = _substitute(_BLANK_LINES_BUT_CODE if fenced else _BLANK_LINES, _two_blank_lines, text)
    trimmed = text.strip("\n")
    return trimmed, spaces + blanks + int(trimmed != text)


def _line_end(found: re.Match[str]) -> str:
    if found.lastgroup:
        return found.group()
    told = found.start() > 0 and found.string[found.start() - 1] != "\n"
    hard = told and found.group().endswith(_HARD_BREAK) and _TOLD_BELOW.match(found.string, found.end())
    return _HARD_BREAK if hard else ""


def _two_blank_lines(found: re.Match[str]) -> str:
    return found.group() if found.lastgroup else "\n\n\n"


def _substitute(pattern: re.Pattern[str], made: Callable[[re.Match[str]], str], text: str) -> tuple[str, int]:
    """Return ``text`` with what ``made`` gives for each match, and how many it changed."""
    kept = 0

    def put(found: re.Match[str]) -> str:
        nonlocal kept
        one = made(found)
        kept += one == found.group()
        return one

    text, places = pattern.subn(put, text)
    return text, places - kept


def repair_encoding(text: str) -> tuple[str, int]:
    """Return ``text`` with its mojibake decoded, and in how many places; code and tables are left as they are.

    Mojibake is UTF-8 that was read as a single-byte encoding ("Ã©" for "é"), and C1 controls, which were Windows-1252.
    ftfy's heuristic must find a line broken and its repair must mend most of what is odd there: other encodings, read
    wrongly, look like UTF-8 here and there.
    """
    count, made = 0, []
    for part, fenced in parts(text):
        lines = part.split("\n")
        bad = () if fenced or part.isascii() else _broken(lines)
        for place in bad:
            lines[place], repairs = _repair_line(lines[place])
            count += repairs
        made.append("\n".join(lines))
    return "\n".join(made), count


def _broken(lines: list[str]) -> list[int]:
    """Return the places of broken lines in prose, lists and quotations: tables and code show what they show."""
    bad = [place for place, line in enumerate(lines) if not line.isascii() and is_bad(line)]
    apart = set_apart(lines) if bad else ()
    return [place for place in bad if not apart[place] or LIST_ITEM.match(lines[place]) or _QUOTED.match(lines[place])]


def _repair_line(line: str) -> tuple[str, int]:
    pieces = _INLINE_CODE.split(line)
    repaired = [piece if piece.startswith("`") else _repair(piece) for piece in pieces]
    return "".join(repaired), sum(before != after for before, after in zip(pieces, repaired, strict=True))


def _repair(piece: str) -> str:
    if _NO_UTF8.search(piece):
        return piece
    repaired = fix_encoding(piece, _ENCODING_ONLY)
    return repaired if _SURE * badness(repaired) <= badness(piece) else piece
