"""WARC files made by others (Common Crawl, Heritrix, wget, browsertrix): the pages that were captured in them.

Nobody is asked anything: the newest capture of each page is taken, under the consent that the capture itself and a
robots.txt captured beside it state. Files are read twice, one record in memory at a time: first for which capture of
a page is the newest, then for its body.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

from pydantic import Field

from corpus.errors import SourceError, StoreError
from corpus.params import Params
from corpus.schema import Kind
from corpus.store import Store, open_store
from scrapers.captures.capture import Capture, capture_of, date_of, decoded
from scrapers.captures.members import ReadAt
from scrapers.captures.records import Record, records
from scrapers.clients.intake import take_in
from scrapers.clients.memory import remembered
from scrapers.crawl import consent, robots
from scrapers.crawl.address import authority, canonical, host_of
from scrapers.crawl.answers import REDIRECTS, Refusal, opted_out, status_refusal
from scrapers.crawl.markup import HTML_TYPES, read_markup
from scrapers.crawl.robots import Rules
from scrapers.crawl.settings import MAX_BODY_BYTES
from scrapers.page import Desk, Progress, Scraped, Signal
from scrapers.web import Pattern

ARCHIVES = re.compile(r"\.(warc|arc|wet)(\.gz)?$", re.IGNORECASE)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE_BITS = 64  # of a record: the number of its file and its own number in it


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
        with remembered(desk) as memory:
            return take_in(desk, memory, documents(self, files_of(self)))

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
    length = min(length, (store.size_bytes(name) or 0) - offset)
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
    rules = _rules(*held)
    forbidden = rules.refused(url)
    return consent.from_robots(rules.text, url, rules.fetched_at), Refusal(*forbidden) if forbidden else None


@lru_cache(maxsize=256)
def _rules(stamp: int, status: int, packed: bytes) -> Rules:
    at = EPOCH + timedelta(microseconds=stamp >> PLACE_BITS)
    return robots.read(status, zlib.decompress(packed), at)


def _refusal(source: Warc, capture: Capture) -> Refusal | None:
    status, fields, headers = capture.status, capture.fields, capture.record.headers
    if status is not None and not 200 <= status < 300:
        return status_refusal(status, fields.get("location") if status in REDIRECTS else None)
    media_type = fields.get("content-type", "")
    if media_type.partition(";")[0].strip().lower() not in source.media_types:
        return Refusal("unsupported-type", f"the media type is {media_type or 'not given'}")
    if capture.record.is_too_large:
        return Refusal("too-large", f"the record is longer than {MAX_BODY_BYTES} bytes")
    if "warc-truncated" in headers and capture.record.type != "revisit":
        return Refusal("truncated", f"the archive holds the beginning alone: {headers['warc-truncated']}")
    return None
