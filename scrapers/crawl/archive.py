"""The raw store of one source and night: bodies in gzipped WARC files, facts in Parquet beside them.

``part-NNNNN.warc.gz`` is written first, so a Parquet part that exists has its bodies; a WARC without its Parquet is
the trace of a crash and is written over by the next part.
"""

import hashlib
import io
import uuid
import zlib
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from warcio.warcwriter import WARCWriter

from corpus.errors import StoreError
from corpus.schema import RAW, document_id
from corpus.store import Store, Written
from scrapers.page import Scraped

PART_ROWS = 512
PART_BYTES = 64 * 1024 * 1024  # of bodies held in memory until a part is written
GZIP = 16 + zlib.MAX_WBITS


class Parts:
    """Collects ``Scraped`` and writes them as numbered parts below ``folder``; what is there already counts.

    ``stored``, ``refused`` and ``asked`` (rows with an HTTP status) count the whole night, earlier runs included.
    """

    def __init__(self, store: Store, folder: str, source: str, part_rows: int = PART_ROWS) -> None:
        self._store, self._folder, self._source, self._part_rows = store, folder, source, part_rows
        self._rows: list[Scraped] = []
        self._bytes = 0
        self._ids: set[str] = set()
        self.stored = self.refused = self.asked = 0
        paths = [path for path in store.paths(folder) if path.endswith(".parquet")]
        self._number = 1 + max((int(path[-13:-8]) for path in paths), default=-1)
        for path in paths:
            self._count(store.read_table(path, ["id", "refusal", "status"]).to_pylist())

    @property
    def is_full(self) -> bool:
        """Whether the rows in memory should be written now."""
        return len(self._rows) >= self._part_rows or self._bytes >= PART_BYTES

    def add(self, scraped: Scraped) -> bool:
        """Take one document; return ``False`` where its id was taken this night already."""
        name = document_id(self._source, scraped.key)
        if name in self._ids:
            return False
        self._count([{"id": name, "refusal": scraped.refusal, "status": scraped.status}])
        self._rows.append(scraped)
        self._bytes += len(scraped.body)
        return True

    def flush(self) -> Written | None:
        """Write what is in memory as one durable part and return its Parquet file; ``None`` when there is nothing."""
        if not self._rows:
            return None
        stem = f"{self._folder}/part-{self._number:05d}"
        content, rows = _archived(self._rows, self._source, f"{stem}.warc.gz")
        self._store.put(f"{stem}.warc.gz", content)
        written = self._store.write_table(f"{stem}.parquet", pa.Table.from_pylist(rows, schema=RAW))
        self._rows, self._bytes, self._number = [], 0, self._number + 1
        return written

    def _count(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            self._ids.add(row["id"])
            self.refused += row["refusal"] is not None
            self.stored += row["refusal"] is None
            self.asked += row["status"] is not None


def bodies(store: Store, raw: pa.Table) -> pa.LargeBinaryArray:
    """Return the body of every row of ``raw`` (``RAW``), in its order; null where the row was refused.

    Raises:
        StoreError: an archive is missing, or a record is not the one the row names.
    """
    columns = ("archive", "archive_offset", "archive_length", "payload_sha256")
    records = zip(*(raw.column(name).to_pylist() for name in columns), strict=True)
    found = [None if record[0] is None else _body(store, *record) for record in records]
    return pa.array(found, pa.large_binary())


def _body(store: Store, archive: str, offset: int, length: int, sha256: str) -> bytes:
    try:
        record = zlib.decompress(store.get_range(archive, offset, length), GZIP)
    except zlib.error as error:
        raise StoreError(f"{store.location}/{archive} is damaged at byte {offset}: {error}") from error
    body = record.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n\r\n")
    if hashlib.sha256(body).hexdigest() != sha256:
        raise StoreError(f"{store.location}/{archive} holds another document at byte {offset} than its row says")
    return body


def _archived(rows: list[Scraped], source: str, path: str) -> tuple[bytes, list[dict[str, Any]]]:
    sink = io.BytesIO()
    writer = WARCWriter(sink, gzip=True, warc_version="1.1")
    return_rows = []
    for scraped in rows:
        row = {field: value for field, value in asdict(scraped).items() if field not in ("key", "body")}
        row |= {"id": document_id(source, scraped.key), "source": source, "media_type": scraped.media_type or None}
        if scraped.refusal is None:
            offset = sink.tell()
            row["payload_sha256"] = _write(writer, scraped, row["id"])
            row |= {"archive": path, "archive_offset": offset, "archive_length": sink.tell() - offset}
        return_rows.append(row)
    return sink.getvalue(), return_rows


def _write(writer: WARCWriter, scraped: Scraped, name: str) -> str:
    """Write a ``resource`` record (WARC 1.1, 6.7: the body as such, here unzipped) and return its SHA-256."""
    sha256 = hashlib.sha256(scraped.body).hexdigest()
    headers = {
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{name} {_iso(scraped.fetched_at)} {sha256}')}>",
        "WARC-Date": _iso(scraped.fetched_at),
    }
    record = writer.create_warc_record(
        scraped.url,
        "resource",
        payload=io.BytesIO(scraped.body),
        length=len(scraped.body),
        warc_content_type=scraped.media_type or "application/octet-stream",
        warc_headers_dict=headers,
    )
    writer.write_record(record)
    return sha256


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
