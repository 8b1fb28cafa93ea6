"""Files: what stands in a folder or bucket, one document a file, mail or conversation.

Nobody is asked anything; whoever puts files there says under what licence. A file is read when its storage says that
it changed, and a document whose file left is gone on the next night. What a file was when it was read to its end is
the ``etag`` of its row: of its document, its refusal, or, where it holds documents of their own, the refusal
``container``.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal
from urllib.parse import quote

from obstore.exceptions import PermissionDeniedError
from pydantic import Field

from corpus.conversations import CONVERSATION_TYPE
from corpus.errors import SourceError, StoreError
from corpus.params import Params
from corpus.schema import Kind
from corpus.store import Entry, Store
from scrapers.captures.members import ReadAt
from scrapers.clients.intake import Unchanged, take_in
from scrapers.clients.memory import Memory, remembered
from scrapers.crawl import consent
from scrapers.crawl.answers import opted_out
from scrapers.crawl.markup import read_markup
from scrapers.folders import contents
from scrapers.folders.contents import Content
from scrapers.folders.lines import Unreadable, lines, unpacked
from scrapers.folders.listing import Listing, listing, opened
from scrapers.folders.media import HEAD_BYTES, MAILBOX, RECORDS, is_container, media_type_of
from scrapers.folders.reservation import reservations
from scrapers.page import CONTAINER, Desk, Progress, Scraped, Signal, Verdict

MIB = 1 << 20
INSIDE = "#"  # between the path of a file and the key of a document in it
NOT_IN_A_KEY = re.compile("[%#\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
MAX_PATH_CHARS = 1024  # of a key; the longest path that S3, GCS and Azure know
FAILURES = 3  # in a row end the night of a bucket, which is away
OF_ONE_FILE = (FileNotFoundError, PermissionDeniedError)
WHY = {"too-large": f"more than {contents.MAX_MAIL_BYTES / MIB:.0f} MiB"}  # else nothing that is read
Item = Scraped | Unchanged


class Files(Params):
    """PDF, DOCX, PPTX, EPUB, HTML, Markdown, text, mail, conversations, subtitles and LaTeX of one folder or bucket."""

    kind: Literal["files"] = "files"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    folder: str = Field(min_length=1, description="a local folder, or a store URL such as s3://bucket/prefix")
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
    base_url: str = Field(
        default="", pattern=r"^(https?://\S+)?$", description="where the files are published, put before each path"
    )
    document_kind: Kind = Field(default="article", description="the kind of documents that are no conversations")
    max_file_mib: float = Field(default=64.0, gt=0, description="larger files are refused; mailboxes and lines are not")
    max_documents: int = Field(
        default=1_000_000, ge=1, description="at most this many new documents a night; the rest later"
    )

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
    failures: int = 0

    def documents(self) -> Iterator[Item]:
        found = listing(self.store, self.source.include, self.source.exclude)
        if not found.entries:
            raise SourceError(
                f"{self.source.name}: no file in {self.source.folder} matches `include`; nothing is taken as gone"
            )
        self.taken = self.memory.stored_on(self.desk.night)
        yield from self._left(found)
        yield from self._unread(found)
        for entry in found.entries:
            if self._is_full():
                return
            yield from self._tried(entry)

    def _is_full(self) -> bool:
        return self.taken >= self.source.max_documents

    def _left(self, found: Listing) -> Iterator[Scraped]:
        """Refuse as gone what stood in files that are no longer there, and forget those files."""
        paths = {_key(entry.path) for entry in found.entries}
        unreachable = tuple(_key(path) if path.endswith("/") else f"{_key(path)}/" for path in found.unreachable)
        stored = self.memory.keys()
        by_file = ((key.partition(INSIDE)[0], key) for key in stored)
        gone = [(path, key) for path, key in by_file if path not in paths and not f"{path}/".startswith(unreachable)]
        # A file's mark is forgotten before its documents are: else a run that ended between them would never do it.
        yield from self._gone(dict.fromkeys([*(path for path, _ in gone), *(key for _, key in gone)]))

    def _unread(self, found: Listing) -> Iterator[Scraped]:
        """Refuse the files that cannot even be opened."""
        why = "its name holds control characters or is not UTF-8; rename it"
        yield from (self._unopened(path, "unsupported-name", why) for path in found.unnameable)
        files = (path for path in found.unreachable if not path.endswith("/"))
        yield from (self._unopened(path, "unreachable", "it cannot be looked at") for path in files)

    def _tried(self, entry: Entry) -> Iterator[Item]:
        """Yield what one file gives; that it cannot be had now is its own matter, and passes."""
        try:
            yield from self._file(entry)
            self.failures = 0
        except StoreError as error:
            is_its_own = "://" not in self.store.location or isinstance(error.__cause__, OF_ONE_FILE)
            self.failures += not is_its_own
            if self.failures == FAILURES:
                raise
            yield self._unopened(entry.path, "unreachable", str(error))

    def _file(self, entry: Entry) -> Iterator[Item]:
        key, mark = _key(entry.path), _mark(self.source, entry)
        known = self.memory.known(key)
        if known is not None and known.etag == mark:
            yield Unchanged()
            return
        media_type = media_type_of(entry.path, _read(self.store, entry, 0, HEAD_BYTES))
        row = self._row(entry, key, media_type or "", mark)
        if media_type and is_container(media_type):
            yield from self._container(entry, row)
        else:
            whole = self._whole(entry, row)
            yield from self._gone(list(self.memory.keys(key + INSIDE)))  # it may have been a container before
            yield self._counted(whole)

    def _whole(self, entry: Entry, row: Scraped) -> Scraped:
        if not row.media_type:
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

    def _container(self, entry: Entry, row: Scraped) -> Iterator[Scraped]:
        """Yield the documents in one file, those gone that stood in it before, and last its own ``row`` with its mark.

        Where the night is full before its end, it has no mark and is read again: what is stored of it is unchanged.
        """
        seen = set[str]()
        try:
            for content in self._contents(entry, row.media_type):
                key = _free(f"{row.key}{INSIDE}{content.key}", content, seen)
                if key and self._is_full():
                    return
                if key:
                    yield self._counted(self._content(entry, key, content))
        except Unreadable as error:
            yield replace(row, refusal=error.reason, refusal_detail=f"{entry.path}: {error}")
            return
        yield from self._gone([key for key in self.memory.keys(row.key + INSIDE) if key not in seen])
        yield replace(row, refusal=CONTAINER, refusal_detail=f"what {entry.path} holds has rows of its own")

    def _contents(self, entry: Entry, media_type: str) -> Iterator[Content]:
        read_at = partial(_read, self.store, entry)
        if media_type == MAILBOX:
            return contents.mails(lines(read_at))
        if media_type == RECORDS:
            return contents.records(lines(read_at))
        return contents.whole(self._at_once(entry, read_at))

    def _at_once(self, entry: Entry, read_at: ReadAt) -> bytes:
        """Return the whole of a file, unpacked; raise ``Unreadable`` where that is more than ``max_file_mib``."""
        content = bytearray()
        for block in unpacked(read_at):
            content += block
            if max(entry.size_bytes, len(content)) > self.source.max_file_mib * MIB:
                raise Unreadable("too-large", _too_large(self.source, entry))
        return bytes(content)

    def _counted(self, row: Scraped) -> Scraped:
        """Return ``row``; it counts where its body is not the one that is stored."""
        known = self.memory.known(row.key)
        stored = known.place.payload_sha256 if known and known.place else None
        self.taken += row.refusal is None and stored != hashlib.sha256(row.body).hexdigest()
        return row

    def _content(self, entry: Entry, key: str, content: Content) -> Scraped:
        is_talk = content.media_type == CONVERSATION_TYPE
        row = self._row(entry, key, content.media_type, None)
        row = replace(row, body=content.body, title=content.title, created_at=content.created_at)
        row = replace(row, kind="conversation" if is_talk else self.source.document_kind, url=content.url or row.url)
        if content.refusal:
            detail = f"{entry.path}, {content.title}: {WHY.get(content.refusal, 'nothing that is read')}"
            return replace(row, title=None, refusal=content.refusal, refusal_detail=detail)
        return row

    def _row(self, entry: Entry, key: str, media_type: str, mark: str | None) -> Scraped:
        return Scraped(
            key=key,
            url=self._url(key),
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

    def _url(self, key: str) -> str:
        return (self.source.base_url or f"file:{self.source.name}/") + quote(key, safe="/#%")

    def _statement(self) -> tuple[Signal, ...]:
        if self.source.consent == "unknown":
            return ()
        return (Signal("recipe", f"consent = {self.source.consent}", "/", self.desk.now()),)

    def _unopened(self, path: str, reason: str, why: str) -> Scraped:
        key = _key(path)
        known = self.memory.known(key)
        row = Scraped(key, known.url if known else self._url(key), self.source.document_kind, self.desk.now())
        return replace(row, refusal=reason, refusal_detail=f"{key}: {why}")

    def _gone(self, keys: Iterable[str]) -> Iterator[Scraped]:
        for key in keys:
            known = self.memory.known(key)
            if known:
                row = Scraped(key, known.url, self.source.document_kind, self.desk.now(), refusal="gone")
                yield replace(row, refusal_detail=f"it is no longer in {self.source.folder}")


def _mark(source: Files, entry: Entry) -> str:
    """Return what changes when a file must be read anew: its storage's mark, and what the recipe says of it."""
    return f"{entry.etag or entry.modified_at.isoformat()} {entry.size_bytes} {source.fingerprint}"


def _read(store: Store, entry: Entry, offset: int, length: int) -> bytes:
    length = min(length, entry.size_bytes - offset)
    return store.get_range(entry.path, offset, length) if length > 0 else b""


def _key(path: str) -> str:
    """Return the key of the file at ``path``: it in one line, its end a hash where it is longer than any store's."""
    key = NOT_IN_A_KEY.sub(_percent, path)
    if len(key) <= MAX_PATH_CHARS:
        return key
    return f"{key[: MAX_PATH_CHARS - contents.DIGITS - 1]}-{contents.digest(key.encode())}"


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode(errors="surrogateescape"))


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
