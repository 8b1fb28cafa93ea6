"""The bytes of a WARC or ARC file of others, unpacked: plain, gzip in members, or one gzip over everything.

A member that is damaged is left for the next one that begins a record.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

ReadAt = Callable[[int, int], bytes]  # (offset, length) -> that many bytes, fewer only at the end of the file

BLOCK_BYTES = 4 * 1024 * 1024  # asked of a file or an object store at once
FED_BYTES = 16 * 1024  # most members of a crawl are smaller than this
OUT_BYTES = 1024 * 1024
HEAD_BYTES = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS
MAGIC = b"\x1f\x8b\x08"  # RFC 1952, 2.3.1: gzip, deflate
MEMBER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")  # and no reserved flag
BLANKS = b"\r\n"
START = re.compile(rb"WARC/\d\.\d{1,2}\s*$|[a-z][a-z0-9+.-]*:\S* \S+ \d{14} .*\d\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Blocks:
    """A file read in blocks of 4 MiB, the last one kept."""

    read_at: ReadAt
    _number: int = -1
    _block: bytes = b""

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; none only at the end of the file."""
        number, inside = divmod(offset, BLOCK_BYTES)
        if number != self._number:
            self._number, self._block = number, self.read_at(number * BLOCK_BYTES, BLOCK_BYTES)
        return self._block[inside : inside + length]


@dataclass(frozen=True, slots=True)
class Piece:
    """Unpacked bytes; ``begins`` is the offset of a gzip member whose first bytes they are, ``broken`` what was bad."""

    data: bytes = b""
    begins: int | None = None
    broken: str | None = None


def unpacked(blocks: Blocks) -> Iterator[Piece]:
    """Yield the bytes of a file, unpacked where it is gzip."""
    head = blocks.read(0, HEAD_BYTES)
    if head.startswith(MAGIC):
        yield from _members(blocks, 0)
        return
    first = None if START.match(head.lstrip(BLANKS)) else _next_member(blocks, 0)
    if first is not None:
        yield Piece(broken="there are bytes before the first gzip member")
        yield from _members(blocks, first)
        return
    at = 0
    while data := blocks.read(at, OUT_BYTES):
        yield Piece(data)
        at += len(data)


def _members(blocks: Blocks, start: int) -> Iterator[Piece]:
    at: int | None = start
    while at is not None and blocks.read(at, 1):
        unpack, fed, begins = zlib.decompressobj(GZIP), at, at
        try:
            while not unpack.eof:
                packed = unpack.unconsumed_tail or blocks.read(fed, FED_BYTES)
                fed += 0 if unpack.unconsumed_tail else len(packed)
                data = unpack.decompress(packed, OUT_BYTES)
                if not data and not packed:
                    raise zlib.error("the file ends inside a member")  # noqa: TRY301 - told as every other damage
                yield Piece(data, begins if begins == at else None)
                begins = begins if not data else -1
            at = fed - len(unpack.unused_data)
        except zlib.error as error:
            broken = f"gzip cannot be unpacked at byte {at} and after: {error}"
            yield Piece(begins=begins if begins == at else None, broken=broken)
            at = _next_member(blocks, at + 1)


def _next_member(blocks: Blocks, start: int) -> int | None:
    """Return the offset of the first gzip member from ``start`` on that begins a record."""
    at = start
    while len(window := blocks.read(at, HEAD_BYTES)) >= len(MAGIC):
        for found in MEMBER.finditer(window):
            with suppress(zlib.error):
                packed = blocks.read(at + found.start(), FED_BYTES)
                if START.match(zlib.decompressobj(GZIP).decompress(packed, HEAD_BYTES).lstrip(BLANKS)):
                    return at + found.start()
        at += max(1, len(window) - len(MAGIC))
    return None
