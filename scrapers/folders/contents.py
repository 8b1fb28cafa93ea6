"""The documents inside one file: the mails of a mailbox, the conversations and texts of an export."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from corpus.conversations import CONVERSATION_TYPE, Conversation, conversations_in, encode_conversation

MAIL = "message/rfc822"
SEPARATOR = re.compile(rb"From \S.*\d{4}\s*$")  # RFC 4155, appendix A: the sender and a date
QUOTED = re.compile(rb">+From ")
MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
TEXT_NAMES = ("text", "content", "body")
DIGITS = 16  # of a SHA-256, as a key
MAX_ID_CHARS = 200  # of a record's own id; a longer one is no name, and its hash is the key
MAX_URL_CHARS = 2048
MAX_MAIL_BYTES = 64 * 1024 * 1024  # what mail servers take is below this; only so much of one is held in memory


@dataclass(frozen=True, slots=True)
class Content:
    """One document of a file: ``key`` is its own id, else a hash of it; ``refusal`` says why it has no body."""

    key: str
    body: bytes
    media_type: str
    title: str | None = None
    created_at: datetime | None = None
    url: str | None = None
    refusal: str | None = None


def mails(lines: Iterable[bytes]) -> Iterator[Content]:
    """Yield the mails of a mailbox (mboxrd: ``From `` lines separate, ``>From `` ones were quoted)."""
    mail, size_bytes, is_blank = bytearray(), 0, True
    for line in lines:
        if is_blank and SEPARATOR.match(line):
            yield from _mail(bytes(mail), size_bytes)
            mail, size_bytes = bytearray(), 0
        else:
            size_bytes += len(line)
            if size_bytes <= MAX_MAIL_BYTES:
                mail += line[1:] if QUOTED.match(line) else line
        is_blank = not line.strip()
    yield from _mail(bytes(mail), size_bytes)


def records(lines: Iterable[bytes]) -> Iterator[Content]:
    """Yield what each line of JSON holds: its conversations, else its text."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from _read(line, f"line {number}")


def whole(content: bytes) -> Iterator[Content]:
    """Yield what one JSON value holds, or the JSON lines of a file that was only named so."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        yield from records(content.splitlines()) if b"\n{" in content else _read(content, "the file")
        return
    yield from _documents(value, content, "the file")


def _mail(body: bytes, size_bytes: int) -> Iterator[Content]:
    named = MESSAGE_ID.search(body[: 64 * 1024])
    key = digest(named[1] if named else body)
    if size_bytes > MAX_MAIL_BYTES:
        yield Content(key, b"", "", title="a mail", refusal="too-large")
    elif body.strip():
        yield Content(key, body, MAIL)


def _read(line: bytes, place: str) -> Iterator[Content]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        yield Content(digest(line), b"", "", title=place, refusal="broken")
        return
    yield from _documents(value, line, place)


def _documents(value: object, written: bytes, place: str) -> Iterator[Content]:
    found = conversations_in(value)
    if found:
        yield from map(_conversation, found)
        return
    texts = [text for record in (value if isinstance(value, list) else [value]) for text in _text(record)]
    yield from texts or [Content(digest(written), b"", "", title=place, refusal="unsupported-type")]


def _conversation(found: Conversation) -> Content:
    body = encode_conversation(found["messages"], title=found["title"])
    return Content(_key(found["key"]) or digest(body), body, CONVERSATION_TYPE, found["title"], found["created_at"])


def _text(record: object) -> Iterator[Content]:
    """Yield the text of a record of another dataset: ``text`` with ``id``, ``title`` and ``url`` where it has them."""
    if isinstance(record, dict):
        text = next((record[name] for name in TEXT_NAMES if isinstance(record.get(name), str)), None)
        if text:
            body = text.encode(errors="replace")
            key, title, url = (_named(record, name) for name in ("id", "title", "url"))
            url = url if url and url.isprintable() and len(url) <= MAX_URL_CHARS else None
            yield Content(_key(key) or digest(body), body, "text/plain; charset=utf-8", title, url=url)


def _named(record: dict[str, Any], name: str) -> str | None:
    value = record.get(name)
    return str(value).encode(errors="replace").decode() if isinstance(value, (str, int)) and value != "" else None


def _key(name: str | None) -> str | None:
    """Return ``name``, its hash where it is too long for an id or holds what no line of text may hold."""
    if not name or (len(name) <= MAX_ID_CHARS and name.isprintable()):
        return name
    return digest(name.encode(errors="surrogatepass"))


def digest(content: bytes) -> str:
    """Return 16 hex digits of the SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()[:DIGITS]
