"""What one record captured of a page, and its body without what the transfer added."""

import base64
import hashlib
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa

from scrapers.captures.records import Record, matches
from scrapers.crawl.address import canonical, host_of
from scrapers.crawl.answers import Refusal, joined
from scrapers.crawl.archive import OF_THE_TRANSFER
from scrapers.crawl.settings import MAX_BODY_BYTES

WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
ENCODINGS = dict.fromkeys(WINDOWS, "") | {"br": "brotli", "zstd": "zstd"}  # all of RFC 9110, 7932 and 8878
MAX_ENCODINGS = 3
CAPTURES = ("response", "resource", "conversion", "revisit")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
CHUNK = re.compile(rb"\s*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,999})?\r?\n")  # RFC 9112, 7.1


@dataclass(frozen=True, slots=True)
class Capture:
    """What one record captured of ``url``: status and HTTP headers where there are any, and the body as it was sent."""

    url: str
    at: datetime
    record: Record
    status: int | None
    headers: tuple[tuple[str, str], ...]
    payload: bytes

    @property
    def fields(self) -> dict[str, str]:
        """The headers by lower-cased name, joined where they repeat."""
        return joined(self.headers)

    @property
    def names(self) -> set[str]:
        """What a revisit may call this capture by."""
        digest = self.record.headers.get("warc-payload-digest", "")
        sha1 = base64.b32encode(hashlib.sha1(self.payload, usedforsecurity=False).digest()).decode()
        return {digest.lower(), f"sha1:{sha1}".lower(), f"{canonical(self.url)} {self.at.isoformat()}"} - {""}

    @property
    def refers_to(self) -> str:
        """What a revisit calls the capture it repeats (ISO 28500, 6.7): its payload digest, else its URL and date."""
        headers = self.record.headers
        url, at = headers.get("warc-refers-to-target-uri", self.url), date_of(headers.get("warc-refers-to-date", ""))
        named = f"{canonical(url)} {at.isoformat()}" if at and host_of(url) else ""
        return headers.get("warc-payload-digest", "").lower() or named

    def seen_again(self, revisit: "Capture") -> "Capture":
        """Return this capture as ``revisit`` saw it: its URL, date and headers, this one's payload and its encoding."""
        coded = [line for line in self.headers if line[0].lower() in OF_THE_TRANSFER]
        newer = [line for line in revisit.headers if line[0].lower() not in OF_THE_TRANSFER and line[1]]
        names = {name.lower() for name, _ in (*coded, *newer)}
        older = [line for line in self.headers if line[0].lower() not in names]
        return replace(self, url=revisit.url, at=revisit.at, headers=(*newer, *older, *coded))


def date_of(value: str) -> datetime | None:
    """Return a WARC-Date (W3C date) or an ARC date (14 digits) in UTC; ``None`` where it is neither."""
    with suppress(ValueError, OverflowError):
        if re.fullmatch(r"[0-9]{14}", value):
            return datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None


def capture_of(record: Record) -> Capture | str | None:
    """Return what ``record`` captured of a page, a sentence for a damaged one, ``None`` where it captured none."""
    url, at = record.headers.get("warc-target-uri", ""), date_of(record.headers.get("warc-date", ""))
    if record.damage:
        return record.damage
    if record.type not in CAPTURES or host_of(url) is None:
        return None
    if at is None:
        return "the record's date cannot be read"
    is_http = record.headers.get("content-type", "").lower().startswith("application/http")
    if not is_http or not record.block:
        media_type = record.headers.get("content-type", "") if record.block else ""
        return Capture(url, at, record, None, (("Content-Type", media_type),), record.block)
    blank = BLANK_LINE.search(record.block)
    head, payload = (record.block[: blank.start()], record.block[blank.end() :]) if blank else (record.block, b"")
    status = re.match(rb"HTTP/[0-9.]+ +([0-9]{3})\b", head)
    if not status:
        return "the record holds no HTTP answer"
    return Capture(url, at, record, int(status.group(1)), _lines(head), payload)


def _lines(head: bytes) -> tuple[tuple[str, str], ...]:
    text = re.sub(r"\r?\n[ \t]+", " ", head.decode("utf-8", errors="replace"))
    pairs = (line.partition(":") for line in re.split(r"\r\n|[\r\n]", text)[1:])
    return tuple(
        (name.strip(), value.strip()) for name, colon, value in pairs if colon and TOKEN.fullmatch(name.strip())
    )


def decoded(capture: Capture) -> bytes | Refusal:
    """Return the body without transfer and content encodings, or why it cannot be had."""
    fields, headers = capture.fields, capture.record.headers
    stages = [capture.payload]
    try:
        if capture.status is not None:
            if "chunked" in fields.get("transfer-encoding", "").lower():
                stages.append(unchunked(stages[-1]))
            for name in reversed(fields.get("content-encoding", "").lower().split(",")[-MAX_ENCODINGS:]):
                stages.append(unpacked(stages[-1], name.strip()))
    except (zlib.error, OSError, EOFError, ValueError) as error:
        return Refusal("damaged-record", f"the body cannot be decoded: {error}")
    except LookupError as error:
        return Refusal("unsupported-encoding", f"the content encoding {error.args[0]!r} is not known")
    if max(map(len, stages)) > MAX_BODY_BYTES:
        return Refusal("too-large", f"the body is longer than {MAX_BODY_BYTES} bytes")
    block, payload = headers.get("warc-block-digest", ""), headers.get("warc-payload-digest", "")
    if not matches(block, capture.record.block) and {matches(payload, stage) for stage in stages} == {False}:
        return Refusal("damaged-record", "the body is not the one of its digest")
    return stages[-1]


def unchunked(body: bytes) -> bytes:
    """Return ``body`` without chunks (RFC 9112, 7.1), as it is where it has none; ``ValueError`` if they break off."""
    pieces: list[bytes] = []
    at = 0
    while head := CHUNK.match(body, at):
        size, at = int(head.group(1), 16), head.end()
        if size == 0:
            return b"".join(pieces)
        pieces.append(body[at : at + size])
        at += size
        if body[at : at + 1] not in (b"\r", b"\n"):
            break
    if not pieces:
        return body
    raise ValueError("the chunks break off")


def unpacked(body: bytes, encoding: str) -> bytes:
    """Return up to 32 MiB and a byte of ``body`` unpacked; as it is where it was unpacked before it was archived.

    Raises:
        LookupError: the encoding is not known.
        zlib.error, OSError, ValueError: the body is damaged.
    """
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ENCODINGS:
        raise LookupError(encoding)
    try:
        return _inflated(body, encoding) if encoding in WINDOWS else _streamed(body, encoding)
    except (zlib.error, OSError):
        if body.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
            raise
        body.decode("utf-8")
        return body


def _inflated(body: bytes, encoding: str) -> bytes:
    try:
        return _inflate(body, WINDOWS[encoding])
    except zlib.error:
        if encoding != "deflate":
            raise
        return _inflate(body, -zlib.MAX_WBITS)  # many servers leave out the zlib header (RFC 9110, 8.4.1.2)


def _inflate(body: bytes, window: int) -> bytes:
    found = b""
    while body and len(found) <= MAX_BODY_BYTES:
        unpack = zlib.decompressobj(window)
        found += unpack.decompress(body, MAX_BODY_BYTES + 1 - len(found))
        if not unpack.eof and len(found) <= MAX_BODY_BYTES:
            raise zlib.error("it ends too early")
        body = unpack.unused_data if unpack.unused_data.startswith(b"\x1f\x8b") else b""
    return found


def _streamed(body: bytes, encoding: str) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(body), ENCODINGS[encoding]) as stream:
        return bytes(stream.read(MAX_BODY_BYTES + 1))
