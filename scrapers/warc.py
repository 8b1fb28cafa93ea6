"""WARC files made by others (Common Crawl, Heritrix, wget, browsertrix): the pages that were captured in them.

Nobody is asked anything: the newest capture of each page is taken, under the consent that the capture itself and a
robots.txt captured beside it state. Files are read twice, one record in memory at a time: first for which capture of
a page is the newest, then for its body.
"""

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

import obstore
import pyarrow as pa
from obstore.exceptions import BaseError
from pydantic import Field

from corpus.errors import SourceError, StoreError
from corpus.params import Params
from corpus.store import Store, open_store
from scrapers.crawl import consent, robots
from scrapers.crawl.address import authority, canonical, host_of
from scrapers.crawl.answers import Refusal, opted_out
from scrapers.crawl.intake import take_in
from scrapers.crawl.markup import HTML_TYPES, read_markup
from scrapers.crawl.warc_records import ReadAt, Record, date_of, matches, records
from scrapers.page import Desk, Kind, Progress, Scraped, Signal
from scrapers.web import Pattern

MAX_BODY_BYTES = 32 * 1024 * 1024  # of an unpacked body, as in the crawler
ARCHIVES = re.compile(r"\.(warc|arc|wet)(\.gz)?$", re.IGNORECASE)
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
CHUNK = re.compile(rb"\s*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,999})?\r?\n")  # RFC 9112, 7.1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
ENCODINGS = dict.fromkeys(WINDOWS, "") | {"br": "brotli", "zstd": "zstd"}  # all of RFC 9110, 7932 and 8878
MAX_ENCODINGS = 3
OF_THE_BODY = ("content-encoding", "transfer-encoding", "content-length")
CAPTURES = ("response", "resource", "conversion", "revisit")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
PLACE_BITS = 64  # of a record: the number of its file and its own number in it


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
        found: dict[str, str] = {}
        for name, value in self.headers:
            key = name.lower()
            between = "\n" if key == "x-robots-tag" else ", "
            found[key] = f"{found[key]}{between}{value}" if key in found else value
        return found

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
        coded = [line for line in self.headers if line[0].lower() in OF_THE_BODY]
        newer = [line for line in revisit.headers if line[0].lower() not in OF_THE_BODY and line[1]]
        names = {name.lower() for name, _ in (*coded, *newer)}
        older = [line for line in self.headers if line[0].lower() not in names]
        return replace(self, url=revisit.url, at=revisit.at, headers=(*newer, *older, *coded))


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


class Warc(Params):
    """The pages captured in WARC, ARC and WET files; of a page captured twice the newest capture."""

    kind: Literal["warc"] = "warc"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    paths: tuple[str, ...] = Field(
        min_length=1, description="files, folders, globs, or store URLs of either such as s3://bucket/prefix"
    )
    hosts: tuple[str, ...] = Field(default=(), description="host patterns such as *.example.org; all when empty")
    allow: tuple[Pattern, ...] = Field(
        default=(), description="regular expressions; a URL must hold one if any is given"
    )
    deny: tuple[Pattern, ...] = Field(default=(), description="regular expressions; a URL that holds one is left out")
    media_types: tuple[str, ...] = Field(
        default=(*HTML_TYPES, "text/plain", "text/markdown"), description="media types taken; others are refused"
    )
    max_documents: int = Field(default=1_000_000, ge=1, description="at most this many documents a night")
    document_kind: Kind = Field(default="article", description="the kind of its documents")

    def collect(self, desk: Desk) -> Progress:
        """Store the newest capture of each page; see ``Scraper.collect``."""
        return take_in(desk, documents(self, files_of(self)))

    def admits(self, url: str) -> bool:
        """Return whether hosts and patterns allow ``url``; only http and https are pages."""
        host = host_of(url)
        return (
            host is not None
            and (not self.hosts or any(fnmatchcase(host, pattern.lower()) for pattern in self.hosts))
            and (not self.allow or any(re.search(pattern, url) for pattern in self.allow))
            and not any(re.search(pattern, url) for pattern in self.deny)
        )


@dataclass(slots=True)
class Survey:
    """What the first pass keeps: 16 bytes and a number for a page, the robots.txt of a host, revisits without body."""

    newest: dict[bytes, int] = field(default_factory=dict)
    revisits: dict[bytes, Capture] = field(default_factory=dict)
    robots: dict[str, tuple[int, int, bytes]] = field(default_factory=dict)


def files_of(source: Warc) -> dict[str, ReadAt]:
    """Return how to read each file that ``paths`` name, by the name a person knows it by.

    Raises:
        SourceError: a path names nothing; the sentence says which.
    """
    found: dict[str, ReadAt] = {}
    for path in source.paths:
        named = dict(_named(path.rstrip("/")))
        if not named:
            raise SourceError(f"{source.name}: there is no WARC file at {path}; correct `paths` in the recipe")
        found.update(named)
    return found


def _split_glob(path: str) -> tuple[str, str]:
    """Return the folder before the first wildcard, and the rest."""
    parts = path.split("/")
    first = next((place for place, part in enumerate(parts) if re.search(r"[*?\[]", part)), len(parts))
    return "/".join(parts[:first]) or ("/" if path.startswith("/") else "."), "/".join(parts[first:])


def _named(path: str) -> Iterator[tuple[str, ReadAt]]:
    folder, wild = _split_glob(path)
    is_file = not wild and (ARCHIVES.search(path) is not None if "://" in path else Path(path).is_file())
    if is_file:
        folder, _, wild = path.rpartition("/")
    if "://" not in path and not Path(folder or ".").is_dir():
        return
    store = open_store(folder or ".")
    names = [wild] if is_file else store.paths("")
    for name in names:
        if is_file or (fnmatchcase(name, wild) if wild else ARCHIVES.search(name)):
            yield (f"{folder}/{name}" if folder else name), partial(_read, store, name)


def _read(store: Store, name: str, offset: int, length: int) -> bytes:
    try:
        size = int(obstore.head(store.objects, name)["size"])
    except (BaseError, OSError) as error:
        raise StoreError(f"{store.location}/{name} cannot be read: {error}") from error
    length = min(length, size - offset)
    return store.get_range(name, offset, length) if length > 0 else b""


def _records(read_at: ReadAt) -> Iterator[Record]:
    try:
        yield from records(read_at)
    except StoreError as error:
        yield Record("unreadable", "", {}, b"", str(error))


def documents(source: Warc, files: dict[str, ReadAt]) -> Iterator[Scraped]:
    """Yield the newest capture of each page in ``files`` and a refusal for everything that cannot be a document.

    Raises:
        SourceError: no file holds a single record.
    """
    survey, taken = _survey(source, files), 0
    for row in _rows(source, files, survey):
        yield row
        taken += row.refusal is None
        if taken == source.max_documents:
            return


def _survey(source: Warc, files: dict[str, ReadAt]) -> Survey:
    survey, is_archive = Survey(), False
    for number, read_at in enumerate(files.values()):
        for count, record in enumerate(_records(read_at)):
            is_archive = is_archive or bool(record.type)
            capture = capture_of(record)
            if isinstance(capture, Capture):
                _note(source, survey, capture, number << 40 | count)
    if not is_archive:
        raise SourceError(f"{source.name}: {next(iter(files))} is no WARC file; correct `paths` in the recipe")
    return survey


def _note(source: Warc, survey: Survey, capture: Capture, place: int) -> None:
    stamp = (capture.at - EPOCH) // timedelta(microseconds=1) << PLACE_BITS | place
    if is_robots(capture.url):
        held = survey.robots.get(authority(capture.url), (stamp - 1,))
        if stamp > held[0] and capture.record.type != "revisit":
            body = decoded(capture)
            text = b"" if isinstance(body, Refusal) else body[: robots.PARSED_BYTES + 1]
            survey.robots[authority(capture.url)] = (stamp, capture.status or 200, zlib.compress(text))
    elif source.admits(capture.url):
        key = key_of(capture.url)
        if stamp > survey.newest.get(key, stamp - 1):
            survey.newest[key] = stamp
            survey.revisits.pop(key, None)
            if capture.record.type == "revisit":
                survey.revisits[key] = capture


def _rows(source: Warc, files: dict[str, ReadAt], survey: Survey) -> Iterator[Scraped]:
    wanted: dict[str, list[Capture]] = {}
    for revisit in survey.revisits.values():
        wanted.setdefault(revisit.refers_to, []).append(revisit)
    places = {stamp & (1 << PLACE_BITS) - 1 for stamp in survey.newest.values()}
    for number, (label, read_at) in enumerate(files.items()):
        for count, record in enumerate(_records(read_at)):
            capture = capture_of(record)
            if isinstance(capture, str):
                yield damaged(source, record, f"{label}@{record.place}", capture)
            elif capture and record.type != "revisit":
                again = [revisit for name in capture.names for revisit in wanted.pop(name, ())]
                yield from (judged(source, survey, capture.seen_again(revisit)) for revisit in again)
                if number << 40 | count in places:
                    yield judged(source, survey, capture)
    for revisit in (revisit for left in wanted.values() for revisit in left):
        detail = "the capture it repeats is in none of the files"
        yield refused(source, revisit, Refusal("revisit-unresolved", detail))


def is_robots(url: str) -> bool:
    """Return whether ``url`` is where robots.txt stands (RFC 9309, 2.3)."""
    return canonical(url) == urljoin(canonical(url), "/robots.txt")


def key_of(url: str) -> bytes:
    """Return 16 bytes that stand for the page at ``url``."""
    return hashlib.blake2b(canonical(url).encode(errors="replace"), digest_size=16).digest()


def refused(source: Warc, capture: Capture, refusal: Refusal) -> Scraped:
    """Return the row of a capture that is no document."""
    key, lines = canonical(capture.url), capture.headers if capture.status else ()
    row = Scraped(key, capture.url, source.document_kind, capture.at, status=capture.status, headers=lines)
    return replace(row, refusal=refusal.reason, refusal_detail=refusal.detail)


def damaged(source: Warc, record: Record, place: str, detail: str) -> Scraped:
    """Return the row of a record that could not be read, keyed by where it stands: the page may be whole elsewhere."""
    url = record.headers.get("warc-target-uri", "") or place
    at = date_of(record.headers.get("warc-date", "")) or datetime.fromtimestamp(0, UTC)
    row = Scraped(place, url, source.document_kind, at, refusal="damaged-record")
    return replace(row, refusal_detail=f"{place}: {detail}")


def judged(source: Warc, survey: Survey, capture: Capture) -> Scraped:
    """Return the row of a capture: its body where status, type, encoding, robots.txt and consent allow it."""
    body = _refusal(source, capture) or decoded(capture)
    if isinstance(body, Refusal):
        return refused(source, capture, body)
    fields, url = capture.fields, capture.url
    markup = read_markup(body, url, fields.get("content-type", ""))
    said, refusal = _robots(survey, url)
    own = (*consent.from_headers(fields, url, capture.at), *consent.from_markup(markup, url, capture.at))
    verdict, decisive = consent.decide((*said, *own))
    if verdict == "deny" and decisive:
        refusal = opted_out(decisive)
    row = refused(source, capture, refusal or Refusal("", ""))
    row = replace(row, consent=verdict, consent_evidence=(*said, *own))
    if refusal:
        return row
    row = replace(row, body=body, media_type=fields.get("content-type", ""), refusal=None, refusal_detail=None)
    return replace(row, licence=markup.licence, licence_evidence=markup.licence_evidence)


def _robots(survey: Survey, url: str) -> tuple[tuple[Signal, ...], Refusal | None]:
    """Return what the robots.txt captured beside ``url`` says of it."""
    held = survey.robots.get(authority(url))
    if held is None:
        return (), None
    at = EPOCH + timedelta(microseconds=held[0] >> PLACE_BITS)
    rules = robots.read(held[1], zlib.decompress(held[2]), at)
    forbidden = rules.refused(url)
    return consent.from_robots(rules.text, url, at), Refusal(*forbidden) if forbidden else None


def _unhappy(status: int, location: str) -> Refusal:
    if location and status in (301, 302, 303, 307, 308):
        return Refusal("redirected", f"status {status} leads to {location}")
    reason = "gone" if status in (404, 410) else f"http-{status}"
    return Refusal(reason, f"the server answered with status {status}")


def _refusal(source: Warc, capture: Capture) -> Refusal | None:
    status, fields, headers = capture.status, capture.fields, capture.record.headers
    if status is not None and not 200 <= status < 300:
        return _unhappy(status, fields.get("location", ""))
    media_type = fields.get("content-type", "")
    if media_type.partition(";")[0].strip().lower() not in source.media_types:
        return Refusal("unsupported-type", f"the media type is {media_type or 'not given'}")
    if capture.record.is_too_large:
        return Refusal("too-large", f"the record is longer than {MAX_BODY_BYTES} bytes")
    if "warc-truncated" in headers and capture.record.type != "revisit":
        return Refusal("truncated", f"the archive holds the beginning alone: {headers['warc-truncated']}")
    return None
