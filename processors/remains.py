# ruff: noqa: RUF001 - the marks of menus are what is looked for
"""Lines of a site that stand in the text of its pages: consent and rights, menus, sharing, newsletters, comment forms.

A line goes when the whole of it is such a phrase (``processors.remains_phrases``). At the beginning and the end of a
document, where menus and footers were, more phrases count than in its middle, and a run of very short lines goes when
enough of them are known from menus, whatever the language of the others. Code, tables, quotations and headings with
text below them stay.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from corpus.params import Params
from processors.lines import is_set_apart, parts, with_text_and_counts, without
from processors.remains_phrases import ANYWHERE, CALLS, CONSENT, EDGE, RIGHTS, TOPICS

_WRAPPED_CHARS = 55  # the width of the narrowest text with hard line ends
MAX_LINE_CHARS = 400  # the longest consent notices that stand in one line
_MAX_ROUNDS = 4  # what goes may leave a line alone that had text before it
_MENU_LINES = 400  # of one menu, blank lines among them
_SENTENCE_CHARS = 160  # other phrases are shorter
_MARKS = re.compile(
    r"^(?:[\s>]*(?:[-+•·*‣▪»›→▶«‹←]|\d{1,2}\.(?= )|#{1,6}(?= )))+\s*|[*_`\\]+|!?\[(?=[^\]]*\]\()|\]\([^)\s]*\)"
)
_LIST_ITEM = re.compile(r"\s*(?:[-+•·*‣▪]|\d{1,2}\.) (?!.*[-*]\s*$)")
_RULE = re.compile(r"[\s\W_]+")
_UNDERLINE = re.compile(r"\s{0,3}(?:=+|-+)\s*")
_SENTENCE_END = (".", "!", "?", ":", ",", ";", "。", "！", "？")
_PIECES = re.compile(r" ?[|•·»›] ?| [/>–-] ")
_BLANK = ""


class Remains(Params):
    """Take lines out of ``text`` that belong to the site around it, English and German first.

    ``remains_lines`` and ``remains_chars`` (int32) count what went. Rows with ``messages`` stay as they are, since
    what people say to each other is all text, and so does ``kind`` "code", where every line has its purpose.
    """

    kind: Literal["remains"] = "remains"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("text", "kind", "messages")
    writes: ClassVar[tuple[str, ...]] = ("text", "remains_lines", "remains_chars")
    edge_menu_lines: int = Field(default=5, ge=2, description="shortest run of short lines at an edge that is a menu")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``text`` (large_string) less its remains; a null text is an empty one."""
        told = table["messages"].is_valid().to_pylist()
        rows = zip(table["text"].to_pylist(), table["kind"].to_pylist(), told, strict=True)
        found = [
            (text or "", 0) if spoken or kind == "code" else take_remains(text or "", self.edge_menu_lines)
            for text, kind, spoken in rows
        ]
        return with_text_and_counts(table, "remains", found)


@dataclass(slots=True)
class _Line:
    """One line: as written, as compared (empty where nothing may be compared), and what it may be taken for."""

    written: str
    plain: str = ""
    kept: bool = False  # code, tables and quotations, whatever they say
    heading: bool = False
    item: bool = False
    ends: bool = False  # like a sentence
    site: bool = False  # never text
    edge: bool = False  # no text at an edge


def take_remains(text: str, edge_menu_lines: int = 5) -> tuple[str, int]:
    """Return ``text`` without the lines that are remains of its site, and how many went.

    ``edge_menu_lines`` is the shortest run of short lines at an edge that may be a menu. Blank lines that
    parted lines taken from others go with them.
    """
    total = 0
    for _ in range(_MAX_ROUNDS):
        text, count = _take_once(text, edge_menu_lines)
        total += count
        if not count:
            break
    return text, total


def _take_once(text: str, edge_menu_lines: int) -> tuple[str, int]:
    lines = _read(text)
    _judge(lines)
    gone = {place for place, line in enumerate(lines) if line.site and not line.heading and _in_company(lines, place)}
    gone |= _peel([(p, one) for p, one in reversed(list(enumerate(lines))) if p not in gone], edge_menu_lines, 1)
    gone |= _peel([(p, one) for p, one in enumerate(lines) if p not in gone], edge_menu_lines, 2)
    return (without([line.written for line in lines], gone), len(gone)) if gone else (text, 0)


def _read(text: str) -> list[_Line]:
    lines = []
    for part, fenced in parts(text):
        for written in part.split("\n"):
            start = written.lstrip()[:1]
            line = _Line(written, kept=fenced or is_set_apart(written))
            if not line.kept and start and len(written) <= MAX_LINE_CHARS:
                line.plain = plain(written)
                line.heading = start == "#"
                line.item = _LIST_ITEM.match(written) is not None
                line.ends = line.plain.endswith(_SENTENCE_END)
            lines.append(line)
    for line, below in pairwise(lines):
        if line.plain and not line.item and _UNDERLINE.fullmatch(below.written):
            line.heading = below.kept = True
        if len(line.written) >= _WRAPPED_CHARS and not line.written.rstrip().endswith(_SENTENCE_END):
            below.plain = _BLANK  # the same sentence goes on in a text with hard line ends
    return lines


def plain(line: str) -> str:
    """Return ``line`` as it is compared: lower case, single spaces, without Markdown marks and arrows."""
    return " ".join(_MARKS.sub("", line).lower().split()).strip(" »›→▶|")


def _judge(lines: Sequence[_Line]) -> None:
    asked = [line for line in lines if line.plain]
    about: dict[re.Pattern[str], list[_Line]] = {CONSENT: [], RIGHTS: []}
    for line in asked:
        phrase = line.plain.rstrip(".!:… ")
        full_stop = line.plain.endswith(".") and not line.plain.endswith("..")
        for topic, found in about.items():
            if topic.fullmatch(phrase):
                found.append(line)
        short = len(phrase) <= _SENTENCE_CHARS
        line.site = short and (CALLS.fullmatch(phrase) is not None or (not full_stop and _is_site(phrase)))
        line.edge = line.site or (short and not line.ends and EDGE.fullmatch(phrase) is not None)
    for topic, found in about.items():
        others = (line.written for line in lines if not line.edge and line not in found) if found else ()
        if found and not _is_about(TOPICS[topic], others):
            for line in found:
                line.site = line.edge = True


def _is_about(topic: re.Pattern[str], others: Iterable[str]) -> bool:
    return sum(len(topic.findall(line.lower())) for line in others) >= 2


def _is_site(phrase: str) -> bool:
    """Tell whether ``phrase`` is never text: known, or a menu in one line, three entries of few words, half known."""
    if ANYWHERE.fullmatch(phrase):
        return True
    entries = _PIECES.split(phrase)
    if len(entries) < 3 or any(len(entry.split()) > 4 for entry in entries):
        return False
    return 2 * sum(EDGE.fullmatch(entry) is not None for entry in entries) >= len(entries)


def _in_company(lines: Sequence[_Line], place: int) -> bool:
    """Tell whether the line at ``place`` may go by itself: an item of a list needs a neighbour that goes too."""
    if not lines[place].item:
        return True
    before = next((line for line in reversed(lines[max(0, place - 3) : place]) if line.written.strip()), None)
    after = next((line for line in lines[place + 1 : place + 4] if line.written.strip()), None)
    return any(line is not None and line.site for line in (before, after))


def _peel(lines: Sequence[tuple[int, _Line]], menu_lines: int, least: int) -> set[int]:
    """Return the places of the lines that go from an edge inwards, if at least ``least`` of them do."""
    gone: set[int] = set()
    pending: list[int] = []
    reached = 0
    while reached < len(lines):
        place, line = lines[reached]
        menu = _menu_ahead(lines[reached : reached + _MENU_LINES], menu_lines) if line.plain else 0
        if menu:
            gone.update(pending, (p for p, one in lines[reached : reached + menu] if one.written.strip()))
            reached += menu
            pending = []
            continue
        if not line.edge and not _is_rule(line):
            break
        if line.heading and least > 1:
            break
        if line.edge:
            gone.update(pending, [place])
            pending = []
        elif line.written.strip():
            pending.append(place)
        reached += 1
    return gone.union(pending) if len(gone) >= least else set()  # the rule that parted them from the text, too


def _is_rule(line: _Line) -> bool:
    return not line.kept and _RULE.fullmatch(line.written or " ") is not None


def _menu_ahead(lines: Sequence[tuple[int, _Line]], menu_lines: int) -> int:
    """Return how many of ``lines``, from the first on, are a menu: short lines, three or more and a third known."""
    length = short = known = 0
    for place, (_, line) in enumerate(lines):
        if line.written.strip():
            if not line.plain or line.ends or line.heading or len(line.plain) > 40 or len(line.plain.split()) > 4:
                break
            short, known, length = short + 1, known + line.edge, place + 1
    return length if short >= menu_lines and known >= 3 and 3 * known >= short else 0
