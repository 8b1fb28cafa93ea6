"""Files: what stands in a folder or bucket, one document a file, mail or conversation.

Nobody is asked anything; whoever puts files there says under what licence. A file is read when its storage says that
it changed, and a document whose file left is gone on the next night.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from urllib.parse import quote

from pydantic import Field

from corpus.errors import SourceError, StoreError
from corpus.params import Params
from corpus.store import Entry, Store
from scrapers.clients.intake import Cursor, Unchanged, take_in
from scrapers.clients.memory import Memory, remembered
from scrapers.crawl import consent
from scrapers.crawl.answers import opted_out
from scrapers.crawl.markup import read_markup
from scrapers.folders import contents
from scrapers.folders.contents import Content
from scrapers.folders.lines import lines
from scrapers.folders.listing import listing, opened
from scrapers.folders.media import HEAD_BYTES, MAILBOX, RECORDS, is_container, media_type_of
from scrapers.folders.reservation import reservations
from scrapers.page import Desk, Kind, Progress, Scraped, Signal, Verdict

MIB = 1 << 20
INSIDE = "#"  # between the path of a file and the key of a document in it


class Files(Params):
    """PDF, DOCX, PPTX, EPUB, HTML, Markdown, text, mail, conversations, subtitles and LaTeX of one folder or bucket."""

    kind: Literal["files"] = "files"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    folder: str = Field(description="a local folder, or a store URL such as s3://bucket/prefix")
    include: tuple[str, ...] = Field(
        default=("**/*",), description="take files whose path matches: `*` in a folder, `**/` across folders"
    )
    exclude: tuple[str, ...] = Field(default=(), description="leave out files whose path matches; hidden ones always")
    licence: str | None = Field(default=None, description="SPDX identifier of the licence all these files are under")
    licence_evidence: str | None = Field(default=None, description="who says so, and where")
    attribution: str | None = Field(default=None, description="the line that names whom the texts are from")
    consent: Literal["allow", "unknown"] = Field(
        default="unknown", description="allow where whoever holds the rights agreed to training"
    )
    base_url: str = Field(default="", description="where the files are published, put before each path")
    document_kind: Kind = Field(default="article", description="the kind of documents that are no conversations")
    max_file_mib: float = Field(default=64.0, gt=0, description="larger files are refused; mailboxes and lines are not")
    max_documents: int = Field(default=1_000_000, ge=1, description="at most this many new documents a night")

    def collect(self, desk: Desk) -> Progress:
        """Store every document that is new or changed; see ``Scraper.collect``."""
        store = opened(self.name, self.folder)
        with remembered(desk) as memory:
            return take_in(desk, memory, _Reading(self, desk, store, memory).documents())


@dataclass(slots=True)
class _Reading:
    source: Files
    desk: Desk
    store: Store
    memory: Memory
    taken: int = 0

    def documents(self) -> Iterator[Scraped | Cursor | Unchanged]:
        entries = list(listing(self.store, self.source.include, self.source.exclude))
        if not entries:
            raise SourceError(
                f"{self.source.name}: no file in {self.source.folder} matches `include`; nothing is taken as gone"
            )
        for entry in entries:
            if self.taken >= self.source.max_documents:
                return
            yield from self._file(entry)
        paths = {_escaped(entry.path) for entry in entries}
        stored = self.memory.keys()
        yield from self._gone(key for key in stored if key.partition(INSIDE)[0] not in paths)

    def _file(self, entry: Entry) -> Iterator[Scraped | Cursor | Unchanged]:
        key, mark = _escaped(entry.path), _mark(self.source, entry)
        known = self.memory.known(key)
        if self.memory.cursors.get(key) == mark or (known is not None and known.etag == mark):
            yield Unchanged()
            return
        media_type = media_type_of(entry.path, _read(self.store, entry, 0, HEAD_BYTES))
        if media_type and is_container(media_type):
            yield from self._inside(entry, media_type)
            yield Cursor(key, mark)
        else:
            self.taken += 1
            yield self._whole(entry, media_type, mark)

    def _whole(self, entry: Entry, media_type: str | None, mark: str) -> Scraped:
        row = self._row(entry, _escaped(entry.path), media_type or "", mark)
        if media_type is None:
            return replace(row, refusal="unsupported-type", refusal_detail=f"{entry.path} is of no type that is read")
        if entry.size_bytes > self.source.max_file_mib * MIB:
            return replace(row, refusal="too-large", refusal_detail=_too_large(self.source, entry))
        return self._consented(replace(row, body=self.store.get(entry.path)))

    def _consented(self, row: Scraped) -> Scraped:
        markup = read_markup(row.body, row.url, row.media_type)
        signals = (*consent.from_markup(markup, row.url, row.fetched_at), *reservations(row))
        verdict, decisive = consent.decide(signals)
        said: Verdict = row.consent if verdict == "unknown" else verdict
        row = replace(row, consent=said, consent_evidence=(*row.consent_evidence, *signals))
        if verdict == "deny" and decisive:
            refusal = opted_out(decisive)
            return replace(row, body=b"", refusal=refusal.reason, refusal_detail=refusal.detail)
        if row.licence is None and markup.licence:
            return replace(row, licence=markup.licence, licence_evidence=markup.licence_evidence)
        return row

    def _inside(self, entry: Entry, media_type: str) -> Iterator[Scraped]:
        """Yield the documents in one file, and those gone that stood in it before."""
        path, seen = _escaped(entry.path), set[str]()
        try:
            for content in self._contents(entry, media_type):
                key = _free(f"{path}{INSIDE}{content.key}", content, seen)
                if key:
                    self.taken += content.refusal is None
                    yield self._content(entry, key, content)
        except StoreError as error:
            row = self._row(entry, path, media_type, _mark(self.source, entry))
            yield replace(row, refusal="broken", refusal_detail=f"{entry.path}: {error}")
            return
        yield from self._gone(key for key in self.memory.keys(path + INSIDE) if key not in seen)

    def _contents(self, entry: Entry, media_type: str) -> Iterator[Content]:
        read_at = partial(_read, self.store, entry)
        if media_type == MAILBOX:
            return contents.mails(lines(read_at))
        if media_type == RECORDS:
            return contents.records(lines(read_at))
        if entry.size_bytes > self.source.max_file_mib * MIB:
            raise StoreError(_too_large(self.source, entry))
        return contents.whole(b"".join(lines(read_at)))

    def _content(self, entry: Entry, key: str, content: Content) -> Scraped:
        is_text = content.media_type.startswith("text/")
        row = self._row(entry, key, content.media_type, None)
        row = replace(row, body=content.body, title=content.title, created_at=content.created_at)
        row = replace(row, kind=self.source.document_kind if is_text else "conversation", url=content.url or row.url)
        if content.refusal:
            detail = f"{entry.path}, {content.title}: nothing that is read"
            return replace(row, title=None, refusal=content.refusal, refusal_detail=detail)
        return row

    def _row(self, entry: Entry, key: str, media_type: str, mark: str | None) -> Scraped:
        return Scraped(
            key=key,
            url=(self.source.base_url or f"file:{self.source.name}/") + quote(key, safe="/#%"),
            kind=self.source.document_kind,
            fetched_at=self.desk.now(),
            media_type=media_type,
            updated_at=entry.modified_at,
            licence=self.source.licence,
            licence_evidence=self.source.licence_evidence,
            attribution=self.source.attribution,
            consent=self.source.consent,
            consent_evidence=self._statement(),
            etag=mark,
        )

    def _statement(self) -> tuple[Signal, ...]:
        if self.source.consent == "unknown":
            return ()
        return (Signal("recipe", f"consent = {self.source.consent}", "/", self.desk.now()),)

    def _gone(self, keys: Iterator[str]) -> Iterator[Scraped]:
        for key in list(keys):
            known = self.memory.known(key)
            url = known.url if known else key
            row = Scraped(key, url, self.source.document_kind, self.desk.now(), refusal="gone")
            yield replace(row, refusal_detail=f"it is no longer in {self.source.folder}")


def _mark(source: Files, entry: Entry) -> str:
    """Return what changes when a file must be read anew: its storage's mark, and what the recipe says of it."""
    return f"{entry.etag or entry.modified_at.isoformat()} {entry.size_bytes} {source.fingerprint}"


def _read(store: Store, entry: Entry, offset: int, length: int) -> bytes:
    length = min(length, entry.size_bytes - offset)
    return store.get_range(entry.path, offset, length) if length > 0 else b""


def _escaped(path: str) -> str:
    return path.replace("%", "%25").replace(INSIDE, "%23")


def _free(key: str, content: Content, seen: set[str]) -> str | None:
    """Return ``key``, with a hash where another document has it, None where that stood in the file already."""
    digest = contents.digest(content.body or content.key.encode())
    for name in (key, f"{key}-{digest}"):
        if name not in seen:
            seen.update((name, f"{key}-{digest}"))
            return name
    return None


def _too_large(source: Files, entry: Entry) -> str:
    return f"{entry.path} has {entry.size_bytes / MIB:.0f} MiB and max_file_mib is {source.max_file_mib:g}"
