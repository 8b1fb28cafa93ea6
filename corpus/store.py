"""Storage: one folder or bucket per dataset, the same calls for a local disk, S3, GCS, Azure and memory.

Every write is whole or absent (temporary name and rename, or one PUT). Paths are relative, with forward slashes.
"""

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import obstore
import pyarrow as pa
import pyarrow.parquet as pq
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from corpus.errors import StoreError

ROW_GROUP_ROWS = 8192  # readers seek well and zstd compresses well at 8k-16k rows


@dataclass(frozen=True, slots=True)
class Written:
    """A file that stands in the store: its path, size in bytes, SHA-256 and, for Parquet, its rows."""

    path: str
    size_bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as its storage lists it; ``etag`` changes with its content (on a local disk: inode, time and size)."""

    path: str
    size_bytes: int
    etag: str | None
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Store:
    """A dataset's storage. Raises ``StoreError`` with one sentence whatever the medium says."""

    objects: ObjectStore
    location: str

    def get(self, path: str) -> bytes:
        """Return the whole content of ``path``."""
        try:
            return bytes(obstore.get(self.objects, path).bytes())
        except (BaseError, FileNotFoundError, OSError) as error:
            raise StoreError(f"{self.location}/{path} cannot be read: {_brief(error)}") from error

    def get_range(self, path: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes of ``path`` from ``offset``."""
        try:
            return bytes(obstore.get_range(self.objects, path, start=offset, length=length))
        except (BaseError, FileNotFoundError, OSError) as error:
            raise StoreError(f"{self.location}/{path} cannot be read at byte {offset}: {_brief(error)}") from error

    def put(self, path: str, content: bytes) -> Written:
        """Write ``content`` so that ``path`` is either the whole of it or as it was before."""
        try:
            obstore.put(self.objects, path, content)
        except (BaseError, OSError) as error:
            raise _refused(self.location, path, error) from error
        return Written(path, len(content), hashlib.sha256(content).hexdigest(), 0)

    def create(self, path: str, content: bytes) -> bool:
        """Write ``content`` only where ``path`` does not exist; return whether it was written."""
        try:
            obstore.put(self.objects, path, content, mode="create")
        except AlreadyExistsError:
            return False
        except (BaseError, OSError) as error:
            raise _refused(self.location, path, error) from error
        return True

    def size_bytes(self, path: str) -> int | None:
        """Return the size of ``path``, ``None`` where it is not there."""
        try:
            return int(obstore.head(self.objects, path)["size"])
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise StoreError(f"{self.location}/{path} cannot be looked up: {_brief(error)}") from error

    def exists(self, path: str) -> bool:
        """Return whether ``path`` is there."""
        return self.size_bytes(path) is not None

    def paths(self, prefix: str) -> list[str]:
        """Return every path below the folder ``prefix``, sorted."""
        return [entry.path for entry in self.entries(prefix)]

    def entries(self, prefix: str) -> list[Entry]:
        """Return every file below the folder ``prefix``, sorted by path."""
        try:
            found = obstore.list(self.objects, prefix=prefix).collect()
        except (BaseError, OSError) as error:
            raise StoreError(f"{self.location}/{prefix} cannot be listed: {_brief(error)}") from error
        entries = (Entry(item["path"], item["size"], item["e_tag"], item["last_modified"]) for item in found)
        return sorted(entries, key=lambda entry: entry.path)

    def delete(self, path: str) -> None:
        """Remove ``path``; one that is not there is no error."""
        try:
            obstore.delete(self.objects, path)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StoreError(f"{self.location}/{path} cannot be deleted: {_brief(error)}") from error

    def write_table(self, path: str, table: pa.Table) -> Written:
        """Write ``table`` as Parquet under ``path``."""
        content = parquet_bytes(table)
        written = self.put(path, content)
        return Written(path, written.size_bytes, written.sha256, table.num_rows)

    def read_table(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """Return the Parquet file at ``path``; raises ``StoreError`` when it is damaged."""
        try:
            return pq.read_table(io.BytesIO(self.get(path)), columns=columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise StoreError(f"{self.location}/{path} is not a whole Parquet file: {_brief(error)}") from error


def open_store(location: str | Path) -> Store:
    """Open a folder (made when missing) or an object-store URL such as ``s3://bucket/prefix``."""
    text = str(location)
    if "://" in text and not text.startswith("memory://"):
        return Store(_at(text), text.rstrip("/"))
    if text.startswith("memory://"):
        return Store(MemoryStore(), text)
    folder = Path(text).resolve()
    try:
        return Store(LocalStore(folder, mkdir=True), str(folder))
    except (BaseError, OSError) as error:
        raise StoreError(f"the folder {folder} cannot be opened: {_brief(error)}") from error


def _at(url: str) -> ObjectStore:
    try:
        return from_url(url)
    except (BaseError, ValueError, TypeError) as error:
        raise StoreError(
            f"{url} names no storage that can be opened; write a folder, or s3://, gs:// or az:// with bucket and "
            f"prefix: {_brief(error)[:200]}"
        ) from error


def parquet_bytes(table: pa.Table) -> bytes:
    """Return ``table`` as Parquet: zstd 3, page index, and no dictionary (on text it costs time and gains nothing)."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=3,
        use_dictionary=False,
        write_page_index=True,
        row_group_size=ROW_GROUP_ROWS,
    )
    return cast("bytes", sink.getvalue().to_pybytes())


def _refused(location: str, path: str, error: Exception) -> StoreError:
    if "No space left" in str(error):
        return StoreError(f"the disk is full: {location}/{path} was not written; free some space and run again")
    return StoreError(f"{location}/{path} cannot be written: {_brief(error)}")


def _brief(error: Exception) -> str:
    # The storage library adds a dump of its own structures after the first line.
    return (str(error).splitlines() or [type(error).__name__])[0]
