"""WARC and ARC files of others, record by record, damaged ones included.

Formats: WARC 1.0 and 1.1 (ISO 28500:2017) and ARC 1 and 2, plain, one gzip member a record (ISO 28500:2017, annex D)
or one gzip over everything. A bad member is left for the next that begins a record; a record that does not end where
it says is left for the next that begins inside or after it. What is lost is told, never passed over.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scrapers.captures.members import BLANKS, HEAD_BYTES, OUT_BYTES, START, Blocks, Piece, ReadAt, unpacked

MAX_BLOCK_BYTES = 33 * 1024 * 1024  # a body of 32 MiB with its HTTP headers; a longer block is skipped
REWOUND_BYTES = 1 << 30  # of one file at most, or lengths that lie could have it read over and over
# `URL IP date ... length`: the fields of ARC 1 and 2 (Internet Archive, Arc File Format, 1996); WARC: 4 of ISO 28500.
ARC_LINE = re.compile(rb"([a-z][a-z0-9+.-]*:\S*) \S+ (\d{14}) (?:(\S*) )?(?:.* )?(\d{1,18})\s*$", re.IGNORECASE)
INNER_START = re.compile(rb"(?<=\n)WARC/\d\.\d{1,2}\r?\n")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its place, type, lower-cased headers and block; ``damage`` says in a sentence why it is not whole.

    Where ``is_too_large`` the block holds its first 64 KiB only. Bytes that are no record have the type ``""``.
    """

    place: str
    type: str
    headers: dict[str, str]
    block: bytes
    damage: str | None = None
    is_too_large: bool = False


def records(read_at: ReadAt) -> Iterator[Record]:
    """Yield every record that can be read, in order, and a damaged one for everything that cannot."""
    tape = _Tape(unpacked(Blocks(read_at)))
    while True:
        tape.skip_blanks()
        place = tape.place
        if not tape.is_empty:
            yield _record(tape, place)
        elif broken := tape.cross():
            yield Record(place, "", {}, b"", broken)
        elif tape.is_over and tape.is_empty:
            return


def _record(tape: "_Tape", place: str) -> Record:
    line = tape.line(HEAD_BYTES)
    if not START.match(line):
        tape.seek_start()
        return Record(place, "", {}, b"", "there are bytes that are no record")
    headers = _warc_headers(tape) if line[:5].upper() == b"WARC/" else _arc_headers(line)
    length = headers.get("content-length", "")
    if not re.fullmatch(r"[0-9]{1,18}", length):
        tape.seek_start()
        return Record(place, "", headers, b"", "a record does not say how long it is")
    is_too_large = int(length) > MAX_BLOCK_BYTES
    block = tape.take(HEAD_BYTES if is_too_large else int(length))
    missing = int(length) - len(block)
    missing -= tape.skip(missing)
    damage = _damage(tape, headers, block, missing)
    return Record(place, headers.get("warc-type", "").lower(), headers, block, damage, is_too_large)


def _damage(tape: "_Tape", headers: dict[str, str], block: bytes, missing: int) -> str | None:
    """Return what is wrong with the record just read, and go to where the next one begins."""
    if missing:
        tape.give_back_from(block)
        return tape.cross() if tape.is_empty and tape.broken else f"the record lacks its last {missing} bytes"
    blanks = tape.skip_blanks()
    if tape.is_empty and tape.broken:
        return tape.cross()
    verified = _verified(headers, block)
    is_followed = tape.is_empty or tape.is_at_start
    if verified or (verified is None and is_followed):
        return None
    if not is_followed:
        tape.give_back_from(block + blanks)
    return "the record is not what its digest or its length says"


def _verified(headers: dict[str, str], block: bytes) -> bool | None:
    """Return whether a digest holds; a payload's may be meant of decoded bytes, so it alone does not deny."""
    if matches(headers.get("warc-payload-digest", ""), block.partition(b"\r\n\r\n")[2]):
        return True
    return None if "warc-truncated" in headers else matches(headers.get("warc-block-digest", ""), block)


def _warc_headers(tape: "_Tape") -> dict[str, str]:
    headers: dict[str, str] = {}
    room, name = HEAD_BYTES, ""
    while room > 0 and (line := tape.line(room)).strip():
        room -= len(line)
        text = line.decode("utf-8", errors="replace")
        if text[0] in " \t" and name:  # folded
            headers[name] += " " + text.strip()
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        headers.setdefault(name, value.strip())
    if "warc-target-uri" in headers:  # WARC 1.0 had its grammar write <...>, and wget did
        headers["warc-target-uri"] = headers["warc-target-uri"].removeprefix("<").removesuffix(">")
    return headers


def _arc_headers(line: bytes) -> dict[str, str]:
    fields = ARC_LINE.match(line)
    if not fields:
        return {}
    url, date, media_type, length = ((value or b"").decode("utf-8", errors="replace") for value in fields.groups())
    kind = "warcinfo" if url.startswith("filedesc:") else "response"
    return {
        "warc-type": kind,
        "warc-target-uri": url,
        "warc-date": date,
        "content-type": "application/http" if url.startswith("http") else media_type,
        "content-length": length,
    }


def matches(digest: str, content: bytes) -> bool | None:
    """Return whether ``content`` has the labelled ``digest`` (base32, base64 or hex); ``None`` for one unknown."""
    label, _, value = digest.partition(":")
    name = label.strip().lower().replace("-", "")
    if name not in ("sha1", "sha256", "sha512", "md5") or not value:
        return None
    found = hashlib.new(name, content, usedforsecurity=False).digest()
    plain = value.strip().rstrip("=")
    if plain.lower() in (found.hex(), base64.b32encode(found).decode().rstrip("=").lower()):
        return True
    return plain.replace("-", "+").replace("_", "/") == base64.b64encode(found).decode().rstrip("=")


@dataclass(slots=True)
class _Tape:
    """Unpacked bytes in order, up to the next break: a member that begins a record, or damage."""

    pieces: Iterator[Piece]
    is_over: bool = False
    broken: str | None = None
    room_for_rewinds: int = REWOUND_BYTES
    _held: bytearray = field(default_factory=bytearray)
    _waiting: Piece | None = None
    _member: int | None = None
    _passed: int = 0

    @property
    def place(self) -> str:
        """Where the next byte stands: its offset, or that of its gzip member and, inside it, its own."""
        if self._member is None:
            return str(self._passed)
        return f"{self._member}+{self._passed}" if self._passed else str(self._member)

    @property
    def is_empty(self) -> bool:
        return not self._fill(1)

    @property
    def is_at_start(self) -> bool:
        self._fill(HEAD_BYTES)
        return START.match(self._held, 0, HEAD_BYTES) is not None

    def line(self, limit: int) -> bytes:
        self._fill(1)
        end = self._held.find(b"\n", 0, limit)
        while end < 0 and len(self._held) < limit and self._fill(len(self._held) + 1):
            end = self._held.find(b"\n", 0, limit)
        return self.take(end + 1 if end >= 0 else limit)

    def take(self, length: int) -> bytes:
        self._fill(length)
        taken = bytes(self._held[:length])
        del self._held[:length]
        self._passed += len(taken)
        return taken

    def skip(self, length: int) -> int:
        """Leave out ``length`` bytes; return how many there were before a break."""
        left = length
        while left > 0 and (taken := len(self.take(min(left, OUT_BYTES)))):
            left -= taken
        return length - left

    def skip_blanks(self) -> bytes:
        blanks = b""
        while self._fill(1) and self._held[0] in BLANKS and len(blanks) < HEAD_BYTES:
            head = self._held[:HEAD_BYTES]
            blanks += self.take(len(head) - len(head.lstrip(BLANKS)))
        return blanks

    def seek_start(self) -> None:
        while not self.is_empty and not self.is_at_start:
            while (line := self.line(HEAD_BYTES)) and not line.endswith(b"\n"):
                pass
            self.skip_blanks()

    def give_back_from(self, block: bytes) -> None:
        """Go back to the record that begins inside ``block``, which was just taken, or on to the next one."""
        self.room_for_rewinds -= len(block)
        if self.room_for_rewinds < 0:
            self.seek_start()
            return
        self._held[:0] = block
        self._passed -= len(block)
        self._fill(len(block) + HEAD_BYTES)
        inner = INNER_START.search(self._held)
        self.take(inner.start() if inner else len(block))
        self.seek_start()

    def cross(self) -> str | None:
        broken, waiting = self.broken, self._waiting
        self.broken = self._waiting = None
        if waiting:
            self._member, self._passed, self.broken = waiting.begins, 0, waiting.broken
            self._held += waiting.data
        return broken

    def _fill(self, length: int) -> bool:
        """Hold ``length`` bytes if there are so many before the break; return whether there are."""
        while len(self._held) < length and not (self._waiting or self.broken or self.is_over):
            piece = next(self.pieces, None)
            if piece is None:
                self.is_over = True
            elif piece.begins is not None and (piece.broken or START.match(piece.data.lstrip(BLANKS)[:HEAD_BYTES])):
                self._waiting = piece
            elif piece.broken:
                self.broken = piece.broken
            else:
                self._held += piece.data
        return len(self._held) >= length
