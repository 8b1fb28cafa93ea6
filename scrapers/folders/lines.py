"""The lines of a file of any size, plain or gzip, a block in memory at a time."""

import zlib
from collections.abc import Iterator

from scrapers.captures.members import BLOCK_BYTES, GZIP, MAGIC, ReadAt

MAX_LINE_BYTES = 64 * 1024 * 1024  # of a record; a longer one is cut there and its rest skipped
OUT_BYTES = 4 * 1024 * 1024
BOMB_BYTES = 1 << 30  # more than this, and more than a hundred times its packed size, no mail or record unpacks to
BOMB_RATIO = 100


class Unreadable(Exception):
    """The file itself cannot be read, however often it is tried; ``reason`` is its refusal, the message says why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def lines(read_at: ReadAt) -> Iterator[bytes]:
    """Yield each line with its line feed, at most ``MAX_LINE_BYTES`` of it.

    Raises:
        Unreadable: its gzip is damaged or a bomb. What ``read_at`` raises comes through as it is.
    """
    kept: list[bytes] = []
    size = 0
    for block in unpacked(read_at):
        for line in block.splitlines(keepends=True):
            if size < MAX_LINE_BYTES:
                kept.append(line[: MAX_LINE_BYTES - size])
            size += len(line)
            if line.endswith(b"\n"):
                yield b"".join(kept)
                kept, size = [], 0
    if kept:
        yield b"".join(kept)


def unpacked(read_at: ReadAt) -> Iterator[bytes]:
    """Yield the bytes of a file in blocks, unpacked where it is gzip; raises as ``lines`` does."""
    if not read_at(0, len(MAGIC)).startswith(MAGIC):
        yield from _blocks(read_at)
        return
    unpacker, packed_bytes, unpacked_bytes, is_between = zlib.decompressobj(GZIP), 0, 0, True
    for packed in _blocks(read_at):
        rest = packed
        packed_bytes += len(packed)
        while rest:
            block = _more(unpacker, rest)
            unpacked_bytes += len(block)
            if unpacked_bytes > max(BOMB_BYTES, BOMB_RATIO * packed_bytes):
                raise Unreadable("broken", f"the gzip unpacks to more than {BOMB_RATIO} times its size")
            yield block
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            is_between = unpacker.eof and not rest
            if unpacker.eof:
                unpacker = zlib.decompressobj(GZIP)
    if not is_between:
        raise Unreadable("broken", "the gzip ends too early")


def _more(unpacker: "zlib._Decompress", packed: bytes) -> bytes:
    try:
        return unpacker.decompress(packed, OUT_BYTES)
    except zlib.error as error:
        raise Unreadable("broken", f"the gzip is damaged: {error}") from error


def _blocks(read_at: ReadAt) -> Iterator[bytes]:
    place = 0
    while block := read_at(place, BLOCK_BYTES):
        yield block
        place += len(block)
