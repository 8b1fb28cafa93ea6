"""The plain text of a mail to what its writer wrote: without signature, PGP, and the mails quoted or forwarded."""

import re
from collections.abc import Iterator
from itertools import groupby, takewhile
from typing import NamedTuple

MAX_SIGNATURE_LINES = 20
MAX_UNMARKED_SIGNATURE_LINES = 4
MAX_DEPTH_OF_QUOTES = 10

WROTE = re.compile(
    r"wrote|writes|said|schrieb|écrit|escribi|scritto|scrive|escreveu|skrev|schreef|kirjoitti|napisa|napsal|írta|yazd\u0131|"
    r"пишет|писал|έγραψε|כתב|كتب|写道|寫道|書きました|작성|viết|@|\d{1,2}[:.h]\d{2}",
    re.IGNORECASE,
)
DIVIDER = re.compile(r"[-_=*]{2,}+[^-_=*]++[-_=*]{2,}+\s*|[_=*-]{4,}+\s*")
FIELD = re.compile(r"\*?([^\W\d_][\w .'-]{0,24})\*?\s?[:：]\*?(\s.*)?")  # noqa: RUF001 - the colon of Chinese
# The fields of a mail's header as mail programs of many languages write them above a mail they quote or forward.
FIELD_NAMES = {
    "sender": re.compile(
        "from|von|de|da|fra|från|van|od|lähettäjä|kimden|gönderen|feladó|expéditeur|mittente|remitente|от|от кого|"
        "发件人|寄件者|差出人|보낸 사람|من|מאת|από"
    ),
    "date": re.compile(
        "date|sent|datum|gesendet|envoyé|envoyé le|fecha|enviado|enviado el|enviado em|enviada em|data|inviato|dato|"
        "sendt|skickat|verzonden|wysłano|odesláno|lähetetty|päivämäärä|tarih|gönderildi|elküldve|dátum|дата|отправлено|发送时间|"
        "日期|寄件日期|送信日時|日時|보낸 날짜|날짜|تاريخ|التاريخ|תאריך|נשלח|ημερομηνία|στάλθηκε"
    ),
    "subject": re.compile(
        "subject|betreff|objet|sujet|asunto|assunto|oggetto|emne|ämne|onderwerp|temat|předmět|aihe|konu|tárgy|тема|主题|主旨|"
        "件名|제목|الموضوع|נושא|θέμα"
    ),
}
ADDRESS = re.compile(r"@|://|www\.|\+?\d[\d ()/-]{6,20}")
PGP_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Z][\w-]*:.*\n)*[ \t]*\n?", re.MULTILINE)
PGP_BEGIN = re.compile(r"^-----BEGIN PGP ([A-Z ]{1,40})-----[ \t]*$", re.MULTILINE)
PGP_MARK = re.compile(r"^-----(BEGIN|END) PGP ([A-Z ]{1,40})-----[ \t]*$", re.MULTILINE)
PROSE = re.compile(r"^[^:\s]+[ \t]+\S", re.MULTILINE)  # no line of an armour, but for its headers, has two words
UUENCODED = re.compile(r"^begin [0-7]{3,4} \S.*\n(?:[!-`]{1,61}\n)*+`?\n?end[ \t]*$", re.MULTILINE)


class Line(NamedTuple):
    """One line: how often it is quoted, and its text without the marks."""

    depth: int
    text: str


def written(text: str) -> str:
    """Return a mail's plain ``text`` without signature, PGP and the earlier mail at its end."""
    lines = [_line(line) for line in _without_blocks(text).split("\n")]
    for _ in range(3):  # a signature above the quoted mail, and one below
        lines = _without_signature(_without_last_quote(_without_forwarded(lines)))
    return "\n\n".join(filter(None, (_paragraphs(group) for group in _groups(lines))))


def _without_blocks(text: str) -> str:
    """Return ``text`` without PGP's blocks and files spelled as text; what PGP signed stays (RFC 9580, 7)."""
    if PGP_SIGNED.search(text):
        text = re.sub(r"^- (?=[-\w>])", "", PGP_SIGNED.sub("", text), flags=re.MULTILINE)
    pieces, at = list[str](), 0
    for start, end in _armours(text):
        if start >= at:
            pieces.append(text[at:start])
            at = end
    return UUENCODED.sub("", "".join([*pieces, text[at:]]))


def _armours(text: str) -> list[tuple[int, int]]:
    """Return where each block of PGP begins and ends; a begin without an end, or before prose, is but spoken of."""
    ends: dict[str, re.Match[str]] = {}
    found: list[tuple[int, int]] = []
    for mark in reversed(list(PGP_MARK.finditer(text))):
        if mark[1] == "END":
            ends[mark[2]] = mark
        elif (end := ends.pop(mark[2], None)) and not PROSE.search(text, mark.end(), end.start()):
            found.append((mark.start(), end.end()))
    return found[::-1]


def _line(line: str) -> Line:
    marks = re.match(r"(?:>[ \t]?)*", line)
    start = marks.end() if marks else 0
    return Line(line.count(">", 0, start), line[start:].rstrip() if line[start:] != "-- " else "-- ")


def _without_forwarded(lines: list[Line]) -> list[Line]:
    """Cut where another mail's header begins; where nothing was written above it, return what stands below."""
    fields = [None if line.depth else _field(line.text) for line in lines]
    for at, line in enumerate(lines):
        is_divided = not line.depth and DIVIDER.fullmatch(line.text) is not None
        if fields[at] is None and not is_divided:
            continue
        begin = at + is_divided
        while is_divided and begin < len(lines) and not lines[begin].text.strip():
            begin += 1
        header = [field for field in takewhile(lambda field: field is not None, fields[begin : begin + 12]) if field]
        if _is_header(header, is_divided=is_divided):
            above = lines[:at]
            return above if any(one.text.strip() for one in above) else lines[begin + len(header) :]
    return lines


def _field(text: str) -> frozenset[str] | None:
    """Return what a line that is a field of a header tells, as far as it is known, None for any other line."""
    field = FIELD.fullmatch(text)
    if field is None:
        return None
    name = field[1].strip().lower()
    told = {"field", *(kind for kind, names in FIELD_NAMES.items() if names.fullmatch(name))}
    return frozenset(told | {"address"} if "sender" in told and "@" in (field[2] or "") else told)


def _is_header(fields: list[frozenset[str]], *, is_divided: bool) -> bool:
    """Tell a mail's header from other lists of fields.

    It names who sent the mail, and when or about what; without a divider above all three, or an address and a third
    field, since other lists have such names, too.
    """
    told = frozenset().union(*fields)
    is_sure = is_divided or (len(fields) >= 3 and ("address" in told or {"date", "subject"} <= told))
    return is_sure and "sender" in told and not told.isdisjoint(("date", "subject"))


def _without_last_quote(lines: list[Line]) -> list[Line]:
    end = len(lines)
    while end and (lines[end - 1].depth or not lines[end - 1].text.strip()):
        end -= 1
    if not any(line.depth for line in lines[end:]):
        return lines[:end]
    return lines[: end - _introduction(lines, end)]


def _introduction(lines: list[Line], end: int) -> int:
    """Return how many lines before ``end`` say who wrote what follows, and when: several where they were folded."""
    if not end or lines[end - 1].depth or not lines[end - 1].text.endswith((":", "：")):  # noqa: RUF001 - likewise
        return 0
    for count in (1, 2, 3):
        above = lines[max(0, end - count) : end]
        if any(line.depth or not line.text.strip() for line in above) or len(above) < count:
            break
        if re.search(r"\d{4}|\d[:.h]\d{2}", above[0].text):
            return count if WROTE.search(" ".join(line.text for line in above)) else 0
    return 1 if WROTE.search(lines[end - 1].text) else 0


def _without_signature(lines: list[Line]) -> list[Line]:
    """Cut at the mark of RFC 3676, 4.3; without its space only above a few lines that hold an address or a number."""
    for at in range(len(lines) - 1, max(-1, len(lines) - MAX_SIGNATURE_LINES - 2), -1):
        if not lines[at].depth and (lines[at].text == "-- " or (lines[at].text == "--" and _is_card(lines[at + 1 :]))):
            return lines[:at]
    return lines


def _is_card(lines: list[Line]) -> bool:
    if len(lines) > MAX_UNMARKED_SIGNATURE_LINES or not all(line.text.strip() for line in lines):
        return False
    return any(ADDRESS.search(line.text) for line in lines)


def _groups(lines: list[Line]) -> Iterator[list[Line]]:
    """Yield runs of lines of one depth; the line that introduces a quote goes."""
    at = 0
    for depth, run in groupby(lines, key=lambda line: line.depth):
        group = list(run)
        at += len(group)
        if depth == 0 and at < len(lines):
            stripped = len(group)
            while stripped and not group[stripped - 1].text.strip():
                stripped -= 1
            group = group[: stripped - _introduction(group, stripped)]
        yield group


def _paragraphs(group: list[Line]) -> str:
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.text for line in group).rstrip())
    text = re.sub(r"\A\n+", "", text)
    if not text.strip():
        return ""
    mark = "> " * min(group[0].depth, MAX_DEPTH_OF_QUOTES)
    return "\n".join((mark + line).rstrip() for line in text.split("\n"))
