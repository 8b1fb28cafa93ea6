# ruff: noqa: RUF001 - the marks of menus are what is looked for
"""What each line of a text may be taken for by ``remains``: a phrase of the site, a heading, a line that stays."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from processors.lines import LIST_ITEM, is_heading, underlined, written_lines
from processors.remains_notices import CONSENT, CONSENT_LABEL_WORDS, RIGHTS, TOPICS
from processors.remains_phrases import ADVERTISEMENT, ANYWHERE, CALLS, CRUMBS, EDGE, KEYWORDS, RELATED, START_CRUMBS

MAX_LINE_CHARS = 400  # the longest consent notices that stand in one line
_WRAPPED_CHARS = 55  # the width of the narrowest text with hard line ends
_SENTENCE_CHARS = 160  # other phrases are shorter
_MENU_CHARS = 40
_MENU_WORDS = 4
_TOLD_CHARS = 20  # the shortest line that is running text, where it ends like a sentence
_BEGUN_WORDS = 3  # of a sentence that may go on below
_MARKS = re.compile(r"^(?:[\s>]*(?:[-+•·*‣▪»›→▶«‹←]|#{1,6}(?= )))+\s*|[*_`\\]+|!?\[(?=[^\]]*\]\()|\]\([^)\s]*\)")
_NUMBERED = re.compile(r"\s*\(?\d{1,9}[.)] ")
_SENTENCE_END = (".", "!", "?", ":", ",", ";", "…", "。", "！", "？", "।", "؟", "。」", ".”", '."', "?”", "!”")
_PIECES = re.compile(r" ?[|•·] ?| [/–-] ")
_LINK = "]("


@dataclass(slots=True)
class Line:
    """One line: as written, as compared (empty where nothing may be compared), and what it may be taken for."""

    written: str
    plain: str = ""
    kept: bool = False  # code, tables and quotations, whatever they say
    heading: bool = False
    underline: bool = False  # of the heading above
    item: bool = False
    ends: bool = False  # like a sentence
    site: bool = False  # never text
    edge: bool = False  # no text at an edge
    mate: bool = False  # no text beside another line that is none
    crumbs: bool = False  # the way to the page, which stands above it
    notice: re.Pattern[str] | None = None  # that it matches

    @property
    def blank(self) -> bool:
        """Nothing is written there."""
        return not self.written.strip()

    @property
    def known(self) -> bool:
        """It says what sites say."""
        return self.site or self.edge or self.mate or self.crumbs

    @property
    def short(self) -> bool:
        """It may be an entry of a menu."""
        few = len(self.plain) <= _MENU_CHARS and len(self.plain.split()) <= _MENU_WORDS
        return self.plain != "" and few and not (self.ends or self.heading)

    def spare(self) -> None:
        """Let it be text, whatever it says."""
        self.plain, self.site, self.edge, self.mate, self.crumbs = "", False, False, False, False


def read_lines(text: str, kind: str | None) -> list[Line]:
    """Return the lines of ``text``, of a document of ``kind``, judged each by itself and by its neighbours."""
    lines = _read(text)
    for line in lines:
        if line.plain:
            _judge(line, of_paper=kind == "paper")
    _spare_what_they_are_about(lines)
    told = [line for line in lines if not line.blank]
    _spare_sentences_that_go_on(told)
    _spare_lists_with_a_lead(lines)
    return lines


def is_running_text(line: Line) -> bool:
    """Tell whether ``line`` is a sentence or so, or code or a table: something that menus stand around."""
    if line.known or line.heading:
        return False
    written = line.written.strip()
    ends = written.endswith(_SENTENCE_END) and not written.endswith((":", ","))
    return (line.kept and written != "") or len(written) >= _WRAPPED_CHARS or (ends and len(written) >= _TOLD_CHARS)


def plain(line: str) -> str:
    """Return ``line`` as it is compared: lower case, single spaces, without Markdown marks and arrows."""
    return " ".join(_MARKS.sub("", line).lower().split()).strip(" »›→▶|")


def _read(text: str) -> list[Line]:
    lines = [Line(written, kept=kept) for written, kept in written_lines(text)]
    for line in lines:
        comparable = not line.kept and not line.blank and len(line.written) <= MAX_LINE_CHARS
        if comparable and not _NUMBERED.match(line.written):
            line.plain = plain(line.written)
            line.heading = is_heading(line.written)
            line.item = LIST_ITEM.match(line.written) is not None
            line.ends = line.plain.endswith(_SENTENCE_END)
    for place in underlined([line.written for line in lines], [line.kept for line in lines]):
        lines[place].heading = lines[place + 1].underline = True
    for line, below in pairwise(lines):
        if len(line.written) >= _WRAPPED_CHARS and not line.written.rstrip().endswith(_SENTENCE_END):
            below.plain = ""  # the same sentence goes on in a text with hard line ends
    return lines


def _judge(line: Line, *, of_paper: bool) -> None:
    phrase = line.plain.rstrip(".!:… ")
    _judge_notice(line, phrase)
    if len(phrase) > _SENTENCE_CHARS:
        return
    full_stop = line.plain.endswith(".") and not line.plain.endswith("..")
    linked = _LINK in line.written
    way = CRUMBS.fullmatch(phrase) is not None
    line.crumbs = way or START_CRUMBS.fullmatch(phrase) is not None
    pointer = way or RELATED.fullmatch(phrase) is not None
    line.site |= CALLS.fullmatch(phrase) is not None or (not full_stop and (_is_site(phrase) or (pointer and linked)))
    named = EDGE.fullmatch(phrase) is not None or (not of_paper and KEYWORDS.fullmatch(phrase) is not None)
    line.edge |= line.site or (pointer and not full_stop) or (named and not line.ends)


def _judge_notice(line: Line, phrase: str) -> None:
    line.notice = next((notice for notice in TOPICS if notice.fullmatch(phrase)), None)
    if line.notice is RIGHTS:
        line.site = line.edge = True
    elif line.notice is CONSENT:
        line.site = len(phrase.split()) <= CONSENT_LABEL_WORDS
        line.edge = line.mate = True
    elif line.notice:
        line.mate = True


def _is_site(phrase: str) -> bool:
    """Tell whether ``phrase`` is never text: known, or a menu in one line, three entries of few words, half known."""
    if ANYWHERE.fullmatch(phrase):
        return True
    entries = _PIECES.split(phrase)
    if len(entries) < 3 or any(len(entry.split()) > _MENU_WORDS for entry in entries):
        return False
    return 2 * sum(EDGE.fullmatch(entry) is not None for entry in entries) >= len(entries)


def _spare_what_they_are_about(lines: Sequence[Line]) -> None:
    """Spare the notices of a document whose other lines speak of the same."""
    for notice, topic in TOPICS.items():
        found = [line for line in lines if line.notice is notice]
        if found and sum(len(topic.findall(line.written.lower())) for line in lines if not line.known) >= 2:
            for line in found:
                line.spare()


def _spare_sentences_that_go_on(told: Sequence[Line]) -> None:
    """Spare what stands inside a sentence: begun above, or going on below in lower case."""
    for above, line in pairwise(told):
        if line.known and _is_open(above) and _goes_on(above, line):
            line.spare()
    for line, below in pairwise(told):
        if line.known and not line.ends and not below.known and below.written.lstrip()[:1].islower():
            line.spare()


def _is_open(line: Line) -> bool:
    return not (line.known or line.heading or line.kept or line.item or line.written.rstrip().endswith(_SENTENCE_END))


def _goes_on(above: Line, line: Line) -> bool:
    if line.written.strip()[:1].islower():
        return True
    last_word = ADVERTISEMENT.fullmatch(line.written.strip().lower()) and not line.written.isupper()
    return bool(last_word) and line.written.strip().isalpha() and len(above.written.split()) >= _BEGUN_WORDS


def _spare_lists_with_a_lead(lines: Sequence[Line]) -> None:
    """Spare the short lines below one that ends in a colon: they are what it speaks of."""
    for place, line in enumerate(lines):
        if not line.known and not line.kept and line.written.rstrip().endswith((":", "：")):
            names = EDGE.fullmatch(line.plain.rstrip(": ")) if line.plain else None
            for one in () if names else _listed(lines, place + 1):
                one.spare()


def _listed(lines: Sequence[Line], start: int) -> Iterator[Line]:
    """Yield the entries of the list that begins at ``start``: short lines, all items or none, evenly spaced."""
    first: Line | None = None
    gap, usual = 0, None
    for place in range(start, len(lines)):
        line = lines[place]
        if line.blank:
            gap += 1
            continue
        if not (line.short or line.known) or line.heading or (first is not None and line.item != first.item):
            return
        if first is not None:
            usual = gap if usual is None else usual
            if gap != usual:
                return
        first, gap = first or line, 0
        yield line
