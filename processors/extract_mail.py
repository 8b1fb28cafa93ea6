"""One mail (RFC 5322, MIME) to the words its writer wrote.

Decisions: of alternatives the plain one is read, else the HTML; attachments, enclosed mails and PGP blocks go. The
earlier mail quoted whole at the end goes with the line that introduces it ("On ... wrote:"), so does a mail forwarded
or answered below its header; where nothing else was written, what was forwarded is kept. A quote that is answered in
between stays, as a quote of Markdown, without the line that introduces it. A signature (below ``-- ``) goes, and what
HTML does not show. No header is part of the text; ``From`` gives the author's name only.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from itertools import islice

from lxml.html import HtmlElement

from corpus.charset import codecs_of, decode_html, decode_text
from processors import extract_html
from processors.extracted import Extracted
from processors.html import main_text
from processors.mail_text import PGP_BEGIN, written

MAX_PARSED_BYTES = 4 * 1024 * 1024  # text comes before attachments; the rest is left unread
MAX_DEPTH = 20  # of parts in parts
MAX_HEADER_CHARS = 2_000  # twice the longest line of RFC 5322, 2.1.1
MAX_PARTS = 200
# How many lines times boundaries are parsed: the parser holds each line against each boundary it stands within.
MAX_LINES_TIMES_BOUNDARIES = 10_000_000
HEADERS = ("From", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version", "Received")
ENCRYPTED = frozenset(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"))
QUOTED_HTML = frozenset(("gmail_quote", "gmail_signature", "moz-signature", "moz-cite-prefix", "yahoo_quoted"))

# How mail programs of many languages mark an answer and a forwarded mail before the subject. Some marks are words or
# letters of titles, too ("R: A Language"): they count where the mail says that it answers one, or below a sure one.
COLON = r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:：]\s*"  # noqa: RUF001 - the colon of Chinese
PREFIX = re.compile(r"\s*(?:re|aw|antw|odp|ynt|fwd?|fw|wg|doorst|回复|答复|转发|回覆|轉寄)" + COLON, re.IGNORECASE)
DOUBTFUL_PREFIX = re.compile(r"\s*(?:sv|vs|vl|rif|res|r|tr|rv|enc|i|yml|pd)" + COLON, re.IGNORECASE)
# What hides an element: mails begin with words that only the list of mails shows. A font of no size is no sign: layouts
# set it on what holds columns, for the space between.
HIDING = re.compile(
    r"(?:^|;)(?:display:none|visibility:hidden|mso-hide:all|(?:max-height|opacity):0(?:\.0+)?(?:px|pt|em|%)?(?=[;!]|$))"
)


class _ShortHeaders(policy.Compat32):
    """The policy of old with headers cut to ``MAX_HEADER_CHARS``: splitting parameters takes quadratic time."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_HEADER_CHARS]


def read_mail(body: bytes, media_type: str) -> Extracted:
    """Return what one mail says, its subject, its writer's name and its date in UTC.

    ``media_type`` (``message/rfc822``) is not asked: a mail says itself how it is written. What has none of a mail's
    headers is "broken", a mail only its receiver can read is "encrypted". At most the first 4 MiB are read.
    """
    del media_type
    try:
        mail = message_from_bytes(_bounded(body[:MAX_PARSED_BYTES]), policy=_ShortHeaders())
    except (RecursionError, TypeError, ValueError):  # the last two are of a boundary in pieces that cannot be sorted
        return Extracted(problem="broken")
    if not any(name in mail for name in HEADERS):
        return Extracted(problem="broken")
    plain, html, is_encrypted = _bodies(mail)
    text = written("\n\n".join(plain)) if any(part.strip() for part in plain) else _from_html(html)
    if not text and not html and (is_encrypted or any(PGP_BEGIN.search(part) for part in plain)):
        return Extracted(problem="encrypted")
    return Extracted(text, _subject(mail), _name(mail), _date(mail))


def _bounded(body: bytes) -> bytes:
    """Return as much of the start of ``body`` as is parsed in little time, however deep its parts are nested."""
    while body.count(b"\n") * len(re.findall(b"boundary", body, re.IGNORECASE)) > MAX_LINES_TIMES_BOUNDARIES:
        body = body[: len(body) // 2]
    return body


def _bodies(mail: Message) -> tuple[list[str], list[str], bool]:
    plain: list[str] = []
    html: list[str] = []
    is_encrypted = False
    for part in islice(_leaves(mail, MAX_DEPTH), MAX_PARTS):
        kind = part.get_content_type()
        is_encrypted |= kind in ENCRYPTED
        if part.is_multipart() or part.get_content_disposition() == "attachment" or _is_file(part):
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


def _is_file(part: Message) -> bool:
    is_named = bool(_parameter(part, "filename", "Content-Disposition") or _parameter(part, "name"))
    return is_named or part.get_content_disposition() == "attachment"


def _parameter(part: Message, name: str, header: str = "Content-Type") -> str:
    """Return a parameter in lower case, empty where there is none, or its pieces (RFC 2231, 3) are at odds."""
    try:
        value = part.get_param(name, "", header)
    except (TypeError, ValueError):
        return ""
    return str(value[-1] if isinstance(value, tuple) else value).lower()


def _kind(part: Message) -> str:
    return " ".join(str(part.get("Content-Type", "")).split())


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _plain(part: Message) -> str:
    text = re.sub(r"\r\n?", "\n", decode_text(_bytes(part), _kind(part))).replace("\0", "")
    if _parameter(part, "format") != "flowed":
        return text
    return _unfolded(text, "" if _parameter(part, "delsp") == "yes" else " ")


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
        for element in [one for one in tree.iter("*") if _is_left_out(one)]:
            element.clear(keep_tail=True)
        plain = "\n".join(filter(None, (" ".join(text.split()) for text in tree.itertext("p", "div", "td", "li"))))
        if text := written(main_text.markdown(tree) or plain):
            return text
    return ""


def _is_left_out(element: HtmlElement) -> bool:
    """Tell whether an element of a mail quotes another one, is a signature, or is not shown."""
    if element.tag in {"html", "body"}:
        return False
    classes = (element.get("class") or "").split()
    style = "".join((element.get("style") or "").lower().split())
    is_quoted = not QUOTED_HTML.isdisjoint(classes) or element.get("type") == "cite"
    is_hidden = element.get("hidden") is not None or HIDING.search(style) is not None
    return is_hidden or (is_quoted and element.tag in {"blockquote", "div"})


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
    is_answer = "In-Reply-To" in mail or "References" in mail
    while (prefix := PREFIX.match(subject) or (DOUBTFUL_PREFIX.match(subject) if is_answer else None)) is not None:
        subject, is_answer = subject[prefix.end() :], True
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
