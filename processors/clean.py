"""Characters nobody reads: one normal form, no mojibake, no invisible or control characters, no ragged white space."""

import re
import unicodedata
from typing import Any, ClassVar, Literal, NamedTuple

import pyarrow as pa
from ftfy import TextFixerConfig, fix_encoding
from ftfy.badness import badness, is_bad
from ftfy.chardata import UTF8_CLUES

from corpus.params import Params
from processors.lines import FENCED, holds_fences, parts

COUNTS = ("clean_encoding_repairs", "clean_invisible", "clean_whitespace", "clean_changes")

# Line ends of other systems, and the two Unicode separators that mean the same.
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
# Never meaningful in running text: controls (but tab and newline), soft hyphen, zero-width space and word joiner,
# byte-order mark, bidirectional marks and overrides (hide text from readers, UAX #9), interlinear annotation, and the
# tag block (spells invisible text).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
# Joiners are orthography between two letters of Persian or Indic scripts and inside emoji; elsewhere they hide things.
_INSIDE = r"[^\x00-\x7f\s\u200c\u200d]"
_JOINERS = re.compile(f"(?<!{_INSIDE})[\u200c\u200d]|[\u200c\u200d](?!{_INSIDE})")
# The look-behind keeps long runs linear; fenced code is found first and put back as it is.
_TRAILING = r"(?<![^\S\n])[^\S\n]+$"
_TRAILING_SPACES = re.compile(_TRAILING, re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{4,}")
_TRAILING_SPACES_BUT_CODE = re.compile(f"{FENCED}|{_TRAILING}", re.MULTILINE)
_BLANK_LINES_BUT_CODE = re.compile(rf"{FENCED}|\n{{4,}}", re.MULTILINE)

_INLINE_CODE = re.compile(r"(`[^`\n]+`)")  # text about mojibake shows it there
_FIRST = "".join(UTF8_CLUES[f"utf8_first_of_{width}"] for width in (2, 3, 4))
# Eight first bytes before four continuations are nothing that UTF-8 writes, and ftfy takes a turn for each of them.
_NO_UTF8 = re.compile(f"[{_FIRST}]{{8}}[{UTF8_CLUES['utf8_continuation']}]{{4}}")
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
    repaired where it is surely broken and outside code; runs of more than two blank lines become two; spaces at line
    ends and blank lines at both ends of the text go. Fenced code keeps its spaces and blank lines.
    """

    kind: Literal["clean"] = "clean"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = ("text", "messages")
    writes: ClassVar[tuple[str, ...]] = ("text", "messages", *COUNTS)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``text`` (large_string) and ``messages`` cleaned; a null text is an empty one."""
        table = _with_clean_messages(table)
        cleaned = [clean(text or "") for text in table["text"].to_pylist()]
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
    repairs, invisible, composed = 0, 0, False
    text, whitespace = _LINE_ENDS.subn("\n", text)
    for _ in range(_MAX_ROUNDS):
        text, repaired = (text, 0) if text.isascii() else repair_encoding(text)
        normal = unicodedata.normalize("NFC", text)
        composed = composed or normal != text
        text, taken = _INVISIBLE.subn("", normal)
        text, joiners = _JOINERS.subn("", text)
        repairs, invisible = repairs + repaired, invisible + taken + joiners
        if text.isascii() or not (repaired or taken or joiners or normal != text):
            break
    text, ragged = _even(text)
    return Cleaned(text, repairs, invisible, whitespace + ragged, int(composed))


def _even(text: str) -> tuple[str, int]:
    if holds_fences(text):
        text, spaces = _but_code(_TRAILING_SPACES_BUT_CODE, "", text)
        text, blanks = _but_code(_BLANK_LINES_BUT_CODE, "\n\n\n", text)
    else:
        text, spaces = _TRAILING_SPACES.subn("", text)
        text, blanks = _BLANK_LINES.subn("\n\n\n", text)
    trimmed = text.strip("\n")
    return trimmed, spaces + blanks + int(trimmed != text)


def _but_code(pattern: re.Pattern[str], replacement: str, text: str) -> tuple[str, int]:
    kept = 0

    def put(found: re.Match[str]) -> str:
        nonlocal kept
        if found["fence"] is None:
            return replacement
        kept += 1
        return found.group()

    made, places = pattern.subn(put, text)
    return made, places - kept


def repair_encoding(text: str) -> tuple[str, int]:
    """Return ``text`` with its mojibake decoded, and in how many places; code is left as it is.

    Mojibake is UTF-8 that was read as a single-byte encoding ("Ã©" for "é"), and C1 controls, which were Windows-1252.
    ftfy's heuristic must find a line broken and its repair must mend most of what is odd there: other encodings, read
    wrongly, look like UTF-8 here and there.
    """
    count, made = 0, []
    for part, fenced in parts(text):
        if fenced or part.isascii():
            made.append(part)
            continue
        lines = part.split("\n")
        for place, line in enumerate(lines):
            if not line.isascii() and is_bad(line):
                lines[place], repairs = _repair_line(line)
                count += repairs
        made.append("\n".join(lines))
    return "\n".join(made), count


def _repair_line(line: str) -> tuple[str, int]:
    pieces = _INLINE_CODE.split(line)
    repaired = [piece if piece.startswith("`") else _repair(piece) for piece in pieces]
    return "".join(repaired), sum(before != after for before, after in zip(pieces, repaired, strict=True))


def _repair(piece: str) -> str:
    if _NO_UTF8.search(piece):
        return piece
    repaired = fix_encoding(piece, _ENCODING_ONLY)
    return repaired if _SURE * badness(repaired) <= badness(piece) else piece
