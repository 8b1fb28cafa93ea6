"""What arXiv serves as the source of a paper (tar, gzip or plain TeX) to the files a reader of TeX needs, in memory.

Nothing is written to disk and no name in an archive is a path: it is only a key. Figures are skipped unread.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping

# Bounds far over real papers: arXiv takes submissions up to 50 MB (https://info.arxiv.org/help/sizes.html).
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_RATIO = 200  # deflate's own bound is 1032; TeX and figures as text stay under 20
FREE_BYTES = 16 * 1024 * 1024  # a small archive may have any ratio
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_KEPT_BYTES = 32 * 1024 * 1024
MAX_MEMBERS = 20_000
MAX_NAME_BYTES = 64 * 1024

READ = (".tex", ".ltx", ".latex", ".bbl", ".sty", ".txt")
MANIFESTS = ("00readme.json", "00readme.xxx", "00readme")
BLOCK = tarfile.BLOCKSIZE
PLAIN = "main.tex"
Stream = gzip.GzipFile | io.BytesIO


class UnpacksTooFar(Exception):
    """The archive unpacks to far more than it is."""


def unpacked(body: bytes) -> Mapping[str, bytes]:
    """Return the TeX files of ``body`` by name; a single file, compressed or not, is ``main.tex``.

    Of a damaged archive the files before the damage are returned; where there are none, the mapping is empty.

    Raises:
        UnpacksTooFar: the archive is larger inside than any paper.
    """
    packed = io.BytesIO(body)
    stream: Stream = gzip.GzipFile(fileobj=packed) if body.startswith(b"\x1f\x8b") else packed
    limit = max(FREE_BYTES, min(MAX_UNPACKED_BYTES, MAX_RATIO * len(body)))
    head = _read(stream, BLOCK)
    if _header(head) is None:
        if len(head) == BLOCK:
            head += _read(stream, MAX_FILE_BYTES + 1)
        if len(head) > MAX_FILE_BYTES + BLOCK:
            raise UnpacksTooFar
        return {PLAIN: head} if head.strip(b"\0 \t\r\n") else {}
    files: dict[str, bytes] = {}
    kept_bytes = 0
    for name, content in _members(stream, head, limit):
        kept_bytes += len(content) - len(files.get(name, b""))
        files[name] = content
        if kept_bytes > MAX_KEPT_BYTES:
            raise UnpacksTooFar
    return files


def _members(stream: Stream, head: bytes, limit: int) -> Iterator[tuple[str, bytes]]:
    long_name, position = "", 0
    for _ in range(MAX_MEMBERS):
        member = _header(head)
        if member is None:
            return
        padded = -(-member.size // BLOCK) * BLOCK
        position += BLOCK + padded
        if position > limit:
            raise UnpacksTooFar
        content = _content(stream, member, long_name, padded)
        if member.type in {tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE}:
            long_name = _long_name(member.type, content)
        elif member.isreg():
            if content:
                yield _plain(long_name or member.name), content[: member.size]
            long_name = ""
        head = _read(stream, BLOCK)
    raise UnpacksTooFar


def _content(stream: Stream, member: tarfile.TarInfo, long_name: str, padded: int) -> bytes:
    """Return the bytes of a member that is read, and pass over any other."""
    if member.type in {tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE}:
        wanted = member.size <= MAX_NAME_BYTES
    else:
        wanted = member.isreg() and _is_read(_plain(long_name or member.name))
    if wanted and member.size > MAX_FILE_BYTES:
        raise UnpacksTooFar
    if wanted:
        return _read(stream, padded)
    while padded > 0 and (skipped := _read(stream, min(padded, 1 << 20))):
        padded -= len(skipped)
    return b""


def _is_read(name: str) -> bool:
    return name.lower().endswith(READ) or name.rpartition("/")[2].lower() in MANIFESTS


def _plain(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in {"", "."})


def _long_name(kind: bytes, content: bytes) -> str:
    if kind == tarfile.GNUTYPE_LONGNAME:
        return content.partition(b"\0")[0].decode("utf-8", "replace")
    value = content.partition(b" path=")[2].partition(b"\n")[0]  # POSIX.1-2001 pax: "LENGTH path=VALUE\n"
    return value.decode("utf-8", "replace")


def _header(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except (tarfile.HeaderError, ValueError):
        return None


def _read(stream: Stream, size: int) -> bytes:
    """Return at most ``size`` bytes; those before the damage where the stream is damaged."""
    parts: list[bytes] = []
    try:
        while size > 0 and (part := stream.read(min(size, 1 << 16))):
            parts.append(part)
            size -= len(part)
    except (OSError, EOFError, zlib.error):
        pass
    return b"".join(parts)
