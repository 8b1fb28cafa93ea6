"""One mail (RFC 5322, MIME) to the words its writer wrote.

Decisions: of alternatives the plain one is read, else the HTML; attachments, enclosed mails and PGP blocks go. The
earlier mail quoted whole at the end goes with the line that introduces it ("On ... wrote:"), so does a mail forwarded
or answered below its header; where nothing else was written, what was forwarded is kept. A quote that is answered in
between stays, as a quote of Markdown, without the line that introduces it. A signature (below ``-- ``) goes. No header
is part of the text; ``From`` gives the author's name only.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from itertools import groupby
from typing import NamedTuple

from corpus.charset import codecs_of, decode_html, decode_text
from processors import extract_html
from processors.extracted import Extracted

MAX_PARSED_BYTES = 4 * 1024 * 1024  # text comes before attachments; the rest is left unread
MAX_DEPTH = 20  # of parts in parts
MAX_SIGNATURE_LINES = 20
MAX_DEPTH_OF_QUOTES = 10
MAX_HEADER_CHARS = 2_000  # twice the longest line of RFC 5322, 2.1.1
HEADERS = ("From", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version", "Received")
ENCRYPTED = frozenset(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"))
QUOTED_HTML = frozenset(("gmail_quote", "gmail_signature", "moz-signature", "moz-cite-prefix", "yahoo_quoted"))

# How mail programs of many languages mark an answer and a forwarded mail before the subject.
PREFIX = re.compile(
    r"\s*(?:re|aw|sv|vs|antw|odp|ynt|rif|res|r|fwd?|fw|wg|tr|rv|enc|i|vl|doorst|yml|pd|回复|答复|转发|回覆|轉寄)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:：]\s*",  # noqa: RUF001 - the colon of Chinese
    re.IGNORECASE,
)
WROTE = re.compile(
    r"wrote|writes|said|schrieb|écrit|escribi|scritto|scrive|escreveu|skrev|schreef|kirjoitti|napisa|napsal|írta|yazd\u0131|"
    r"пишет|писал|έγραψε|כתב|كتب|写道|寫道|書きました|작성|viết|@|\d{1,2}[:.h]\d{2}",
    re.IGNORECASE,
)
DIVIDER = re.compile(r"[-_=*]{2,}[^-_=*]*[-_=*]{2,}\s*|[_=*-]{10,}\s*")
FIELD = re.compile(r"\*?[^\W\d_][\w .'-]{0,24}\*?\s?[:：]\*?(?:\s.*)?")  # noqa: RUF001 - likewise
PGP_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Z][\w-]*:.*\n)*[ \t]*\n?", re.MULTILINE)
PGP_BEGIN = re.compile(r"^-----BEGIN PGP ([A-Z ]{1,40})-----[ \t]*$", re.MULTILINE)
UUENCODED = re.compile(r"^begin [0-7]{3,4} \S.*\n(?:[!-`]{1,61}\n)*`?\n?end[ \t]*$", re.MULTILINE)


class Line(NamedTuple):
    """One line: how often it is quoted, and its text without the marks."""

    depth: int
    text: str


def read_mail(body: bytes, media_type: str) -> Extracted:
    """Return what one mail says, its subject, its writer's name and its date in UTC.

    ``media_type`` (``message/rfc822``) is not asked: a mail says itself how it is written. What has none of a mail's
    headers is "broken", a mail only its receiver can read is "encrypted". At most the first 4 MiB are read.
    """
    del media_type
    try:
        mail = message_from_bytes(body[:MAX_PARSED_BYTES], policy=policy.compat32)
    except RecursionError:
        return Extracted(problem="broken")
    if not any(name in mail for name in HEADERS):
        return Extracted(problem="broken")
    plain, html, is_encrypted = _bodies(mail)
    text = written("\n\n".join(plain)) if any(part.strip() for part in plain) else _from_html(html)
    if not text and not html and (is_encrypted or any(PGP_BEGIN.search(part) for part in plain)):
        return Extracted(problem="encrypted")
    return Extracted(text, _subject(mail), _name(mail), _date(mail))


def written(text: str) -> str:
    """Return a mail's plain ``text`` without signature, PGP and the earlier mail at its end."""
    lines = [_line(line) for line in _without_blocks(text).split("\n")]
    for _ in range(3):  # a signature above the quoted mail, and one below
        lines = _without_signature(_without_last_quote(_without_forwarded(lines)))
    return "\n\n".join(filter(None, (_paragraphs(group) for group in _groups(lines))))


def _bodies(mail: Message) -> tuple[list[str], list[str], bool]:
    plain: list[str] = []
    html: list[str] = []
    is_encrypted = False
    for part in _leaves(mail, MAX_DEPTH):
        kind = part.get_content_type()
        is_encrypted |= kind in ENCRYPTED
        if part.is_multipart() or part.get_content_disposition() == "attachment" or part.get_filename():
            continue
        if kind == "text/plain":
            plain.append(_plain(part))
        elif kind == "text/html":
            html.append(decode_html(_bytes(part)[: extract_html.MAX_PARSED_BYTES], _kind(part)))
    return plain, html, is_encrypted


def _leaves(part: Message, depth: int) -> Iterator[Message]:
    if part.get_content_maintype() != "multipart" or not part.is_multipart() or part.get_content_type() in ENCRYPTED:
        yield part
    elif depth:
        for inner in part.get_payload():
            if isinstance(inner, Message):
                yield from _leaves(inner, depth - 1)


def _kind(part: Message) -> str:
    return " ".join(str(part.get("Content-Type", "")).split())


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _plain(part: Message) -> str:
    text = re.sub(r"\r\n?", "\n", decode_text(_bytes(part), _kind(part))).replace("\0", "")
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    return _unfolded(text, "" if str(part.get_param("delsp", "")).lower() == "yes" else " ")


def _unfolded(text: str, gap: str) -> str:
    """Return text of ``format=flowed`` (RFC 3676, 4.1 to 4.5) with each paragraph on one line."""
    whole: list[str] = []
    depth, parts = 0, list[str]()
    for line in [*text.split("\n"), ""]:
        content = line.lstrip(">")
        quoted = len(line) - len(content)
        content = content.removeprefix(" ")
        if parts and (quoted != depth or content == "-- "):
            whole.append(">" * depth + " " * bool(depth) + "".join(parts).rstrip())
            parts = []
        depth = quoted
        is_flowed = content.endswith(" ") and content != "-- "
        parts.append(content[:-1] + gap if is_flowed else content)
        if not is_flowed:
            whole.append(">" * depth + " " * bool(depth) + "".join(parts))
            parts = []
    return "\n".join(whole)


def _from_html(pages: list[str]) -> str:
    for page in pages:
        tree = extract_html.parse(page)
        if tree is None:
            continue
        for element in list(tree.iter("blockquote", "div")):
            classes = set((element.get("class") or "").split())
            if element.getparent() is not None and (classes & QUOTED_HTML or element.get("type") == "cite"):
                element.drop_tree()
        plain = "\n".join(filter(None, (" ".join(text.split()) for text in tree.itertext("p", "div", "td", "li"))))
        if text := written(extract_html.markdown(tree) or plain):
            return text
    return ""


def _without_blocks(text: str) -> str:
    """Return ``text`` without PGP's blocks and files spelled as text; what PGP signed stays (RFC 9580, 7)."""
    if PGP_SIGNED.search(text):
        text = re.sub(r"^- (?=[-\w>])", "", PGP_SIGNED.sub("", text), flags=re.MULTILINE)
    pieces, at = list[str](), 0
    for begin in PGP_BEGIN.finditer(text):
        if begin.start() >= at:
            pieces.append(text[at : begin.start()])
            ending = f"-----END PGP {begin[1]}-----"
            end = text.find(ending, begin.end())
            at = end + len(ending) if end >= 0 else len(text)
    return UUENCODED.sub("", "".join([*pieces, text[at:]]))


def _line(line: str) -> Line:
    marks = re.match(r"(?:>[ \t]?)*", line)
    start = marks.end() if marks else 0
    return Line(line.count(">", 0, start), line[start:].rstrip() if line[start:] != "-- " else "-- ")


def _without_forwarded(lines: list[Line]) -> list[Line]:
    """Cut where another mail's header begins; where nothing was written above it, return what stands below."""
    for at, line in enumerate(lines):
        if line.depth or not (FIELD.fullmatch(line.text) or DIVIDER.fullmatch(line.text)):
            continue
        is_divided = bool(DIVIDER.fullmatch(line.text))
        end = _after_header(lines, at + is_divided, is_divided=is_divided)
        if end is not None:
            above = lines[:at]
            return above if any(one.text.strip() for one in above) else lines[end:]
    return lines


def _after_header(lines: list[Line], at: int, *, is_divided: bool) -> int | None:
    """Return where a mail's header that begins at ``at`` ends: three fields, or two below a divider, and an address."""
    while is_divided and at < len(lines) and not lines[at].text.strip():
        at += 1
    end = at
    while end < len(lines) and end < at + 12 and FIELD.fullmatch(lines[end].text):
        end += 1
    has_address = any("@" in line.text or re.search(r"\d{4}", line.text) for line in lines[at:end])
    return end if end - at >= (2 if is_divided else 3) and has_address else None


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
    for at in range(len(lines) - 1, max(-1, len(lines) - MAX_SIGNATURE_LINES - 2), -1):
        if not lines[at].depth and lines[at].text in {"-- ", "--"}:
            return lines[:at]
    return lines


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


def _header(mail: Message, name: str) -> str:
    """Return the value of a header as it was sent, bytes beyond ASCII decoded."""
    raw = next((str(value) for key, value in mail.raw_items() if key.lower() == name), "")[:MAX_HEADER_CHARS]
    return raw if raw.isascii() else decode_text(raw.encode("utf-8", "surrogateescape"), "")


def _decoded(value: str) -> str:
    """Return a header's value with its encoded words (RFC 2047) decoded and its folds undone."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        parts = [(value, None)]
    words = (part if isinstance(part, str) else _word(part, charset) for part, charset in parts)
    return " ".join("".join(words).encode("utf-8", "replace").decode().replace("\0", "").split())


def _word(part: bytes, charset: str | None) -> str:
    label = (charset or "").partition("*")[0]  # RFC 2231, 5: the language
    return decode_text(part, f"text/plain; charset={label}" if codecs_of(label) else "text/plain")


def _subject(mail: Message) -> str | None:
    subject = _decoded(_header(mail, "subject"))
    while (prefix := PREFIX.match(subject)) is not None:
        subject = subject[prefix.end() :]
    return subject.strip() or None


def _name(mail: Message) -> str | None:
    sender = _header(mail, "from")
    found = re.match(r"([^<]*)<", sender) or re.search(r"\(([^()]*)\)", sender)  # the second is RFC 822's
    name = _decoded(re.sub(r"\\(.)", r"\1", found[1])).strip("\"' ") if found else ""
    return name if name and "@" not in name else None


def _date(mail: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(_header(mail, "date"))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
