"""The raw store of one source and night: answers in gzipped WARC files, facts in Parquet beside them.

``part-NNNNN.warc.gz`` is written first, so a Parquet part that exists has its bodies; a WARC without its Parquet is
the trace of a crash and is written over by the next part.
"""

import hashlib
import io
import uuid
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pyarrow as pa
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from corpus.errors import StoreError
from corpus.revisions import is_transient
from corpus.schema import RAW, document_id
from corpus.store import Store, Written
from scrapers.crawl.address import host_of
from scrapers.page import CONTAINER, Scraped

PART_ROWS = 512
PART_BYTES = 16 * 1024 * 1024  # of compressed bodies held in memory until a part is written
GZIP = 16 + zlib.MAX_WBITS
GZIP_LEVEL = 6  # the writer's own 9 takes twice the time for a hundredth of the size
GZIP_HEAD = b"\x1f\x8b\x08\x10\0\0\0\0\x02\xff"  # RFC 1952, 2.3: deflate, a comment follows, no date
BLANK_LINE = b"\r\n\r\n"
NOT_MODIFIED = 304
HTTP_RESPONSE = "application/http; msgtype=response"
OF_THE_TRANSFER = ("content-encoding", "transfer-encoding", "content-length")
OF_THE_PAYLOAD = (b"content-length:", b"warc-block-digest:", b"warc-payload-digest:", b"warc-truncated:")
ROW_FIELDS = tuple(name for name in RAW.names if name in {field.name for field in fields(Scraped)})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands; ``payload_sha256`` is ``None`` where it has headers alone. Named as in ``RAW``."""

    payload_sha256: str | None
    archive: str
    archive_offset: int
    archive_length: int


class Parts:
    """Collects ``Scraped`` and writes them as numbered parts below ``folder``; what is there already counts.

    Bodies are compressed as they come. ``stored``, ``refused``, ``unchanged``, ``asked`` (rows with an HTTP status) and
    ``asked_of`` (the same by host) count the whole night, earlier runs included.
    """

    def __init__(self, store: Store, folder: str, source: str, part_rows: int = PART_ROWS) -> None:
        self.store, self._folder, self._source, self._part_rows = store, folder, source, part_rows
        self._ids: dict[str, bool] = {}  # whether a body was stored
        self.asked_of: Counter[str] = Counter()
        self.stored = self.refused = self.unchanged = self.asked = 0
        paths = [path for path in store.paths(folder) if path.endswith(".parquet")]
        self._number = 1 + max((int(path[-13:-8]) for path in paths), default=-1)
        for path in paths:
            for row in store.read_table(path, ["id", "url", "refusal", "status", "payload_sha256"]).to_pylist():
                self._count(row)
        self._begin()

    @property
    def is_full(self) -> bool:
        """Whether the rows in memory should be written now."""
        return len(self._rows) >= self._part_rows or self._sink.tell() >= PART_BYTES

    def add(self, scraped: Scraped, before: Place | None = None) -> bool:
        """Take one document; return ``False`` where its id was taken this night already.

        What was stored tonight may still be refused for good: the host may have changed its mind since.
        ``before`` is where an earlier night stored it: the same body is not stored again, its row points there.
        """
        name = document_id(self._source, scraped.key)
        is_withdrawn = scraped.refusal is not None and not is_transient(scraped.refusal)
        if name in self._ids and not (self._ids[name] and is_withdrawn):
            return False
        self.renew(scraped, before)
        return True

    def renew(self, scraped: Scraped, before: Place | None = None) -> None:
        """Take one document even where its id was taken this night already: the later ``fetched_at`` counts."""
        name = document_id(self._source, scraped.key)
        row = self._row(scraped, name) | self._archived(scraped, name, before)
        self._count(row)
        self._rows.append(row)

    def flush(self) -> tuple[Written, list[dict[str, Any]]] | None:
        """Write what is in memory as one durable part; return its Parquet file and rows, ``None`` without any."""
        if not self._rows:
            return None
        if self._sink.tell():
            self.store.put(f"{self._stem}.warc.gz", self._sink.getvalue())
        written = self.store.write_table(f"{self._stem}.parquet", pa.Table.from_pylist(self._rows, schema=RAW))
        rows, self._number = self._rows, self._number + 1
        self._begin()
        return written, rows

    def _begin(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._stem = f"{self._folder}/part-{self._number:05d}"
        self._sink = io.BytesIO()

    def _row(self, scraped: Scraped, name: str) -> dict[str, Any]:
        row = {field: getattr(scraped, field) for field in ROW_FIELDS}
        evidence = [asdict(signal) for signal in scraped.consent_evidence]
        named = {"id": name, "source": self._source, "media_type": scraped.media_type or None}
        return dict.fromkeys(RAW.names) | row | named | {"consent_evidence": evidence}

    def _archived(self, scraped: Scraped, name: str, before: Place | None) -> dict[str, Any]:
        """Write what the archive keeps of ``scraped`` and return the columns that say where."""
        if scraped.status == NOT_MODIFIED or (scraped.refusal and not scraped.headers):
            return {}
        sha256 = None if scraped.refusal else hashlib.sha256(scraped.body).hexdigest()
        if before and before.payload_sha256 == sha256:
            return asdict(before)
        offset = self._sink.tell()
        self._sink.write(_record(scraped, name, sha256))
        return asdict(Place(sha256, f"{self._stem}.warc.gz", offset, self._sink.tell() - offset))

    def _count(self, row: dict[str, Any]) -> None:
        self._ids[row["id"]] = row["payload_sha256"] is not None
        self.refused += row["refusal"] not in {None, CONTAINER}
        self.stored += row["payload_sha256"] is not None
        self.unchanged += row["status"] == NOT_MODIFIED and row["refusal"] is None
        if row["status"] is not None:
            self.asked += 1
            self.asked_of[host_of(row["url"]) or ""] += 1


def bodies(store: Store, raw: pa.Table) -> pa.LargeBinaryArray:
    """Return the body of every row of ``raw`` (``RAW``), in its order; null where the row was refused.

    Raises:
        StoreError: an archive is missing, or a record is not the one the row names.
    """
    columns = ("archive", "archive_offset", "archive_length", "payload_sha256")
    records = zip(*(raw.column(name).to_pylist() for name in columns), strict=True)
    found = [None if record[-1] is None else _body(store, *record) for record in records]
    return pa.array(found, pa.large_binary())


def _body(store: Store, archive: str, offset: int, length: int, sha256: str) -> bytes:
    try:
        record = zlib.decompress(store.get_range(archive, offset, length), GZIP)
    except zlib.error as error:
        raise StoreError(f"{store.location}/{archive} is damaged at byte {offset}: {error}") from error
    head, _, block = record.partition(BLANK_LINE)
    body = block.removesuffix(BLANK_LINE)
    if b"WARC-Type: response" in head:
        body = body.partition(BLANK_LINE)[2]
    if hashlib.sha256(body).hexdigest() != sha256:
        raise StoreError(f"{store.location}/{archive} holds another document at byte {offset} than its row says")
    return body


def scrub(store: Store, archive: str, places: Iterable[tuple[int, int]]) -> None:
    """Take the payloads of the records at ``places`` (offset, length) out of ``archive``; all else stays where it was.

    A record keeps its URL and date. Raises ``StoreError`` when the archive cannot be read or written.
    """
    before = content = store.get(archive)
    for offset, length in places:
        try:
            head = zlib.decompress(content[offset : offset + length], GZIP).partition(BLANK_LINE)[0]
        except zlib.error as error:
            raise StoreError(f"{store.location}/{archive} is damaged at byte {offset}: {error}") from error
        if b"Content-Length: 0" not in head:
            content = content[:offset] + _emptied(head, length) + content[offset + length :]
    if content != before:
        store.put(archive, content)


def _emptied(head: bytes, length: int) -> bytes:
    """Return a gzip member of ``length`` bytes: the headers in ``head``, no payload, filled up by a comment."""
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(OF_THE_PAYLOAD)]
    lines = [*kept, b"WARC-Truncated: unspecified", b"Content-Length: 0"]
    block = b"\r\n".join(lines).replace(b"WARC-Type: response", b"WARC-Type: resource") + BLANK_LINE + BLANK_LINE
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush()
    tail = zlib.crc32(block).to_bytes(4, "little") + len(block).to_bytes(4, "little")
    filling = length - len(GZIP_HEAD) - len(packed) - len(tail) - 1
    if filling < 0:
        raise StoreError(f"a record of {length} bytes cannot be emptied in its place")
    return GZIP_HEAD + b" " * filling + b"\0" + packed + tail


def _record(scraped: Scraped, name: str, sha256: str | None) -> bytes:
    """Return an answer (WARC 1.1, 6.3 ``response``) or a body as such (6.7 ``resource``), unzipped, as gzip."""
    facts = f"{name} {_iso(scraped.fetched_at)} {sha256}"
    headers = {
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, facts)}>",
        "WARC-Date": _iso(scraped.fetched_at),
    }
    if sha256 is None:
        headers["WARC-Truncated"] = "unspecified"  # 5.13; the row says why the payload was not kept
    body = scraped.body if sha256 else b""
    plain = io.BytesIO()
    writer = WARCWriter(plain, gzip=False, warc_version="1.1")
    record = writer.create_warc_record(
        scraped.url,
        "response" if scraped.headers else "resource",
        payload=io.BytesIO(body),
        length=len(body),
        warc_content_type=HTTP_RESPONSE if scraped.headers else scraped.media_type or "application/octet-stream",
        warc_headers_dict=headers,
        http_headers=_http(scraped, len(body)) if scraped.headers else None,
    )
    writer.write_record(record)
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP)
    return packer.compress(plain.getbuffer()) + packer.flush()


def _http(scraped: Scraped, length: int) -> StatusAndHeaders:
    """Return status line and headers as they came, less cookies; those of the transfer, which is undone, renamed."""
    lines = [
        (f"X-Crawler-{name}" if name.lower() in OF_THE_TRANSFER else name, value)
        for name, value in scraped.headers
        if name.lower() != "set-cookie"
    ]
    status = scraped.status or 0
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    return StatusAndHeaders(f"{status} {reason}", [*lines, ("Content-Length", str(length))], protocol="HTTP/1.1")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
