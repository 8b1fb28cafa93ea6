"""The process that reads PDFs for ``extract_pdf``: bytes in, JSON out, and an end to what takes too much.

A form that shows ten forms that each show ten others makes 2 kB take hours and all memory inside one call of pdfium,
which cannot be interrupted; the system ends this process instead. Linux bounds its memory (macOS has no /proc to tell
what it has taken at the start), and every system with ``setitimer`` its CPU time, so Windows has neither bound.
"""

import json
import os
import signal
import struct
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from processors.extracted import Extracted

LENGTH = struct.Struct("!Q")
# What one document may take beyond what the process has when it starts.
MAX_MEMORY_BYTES = 1 << 30
# CPU seconds for one page, and for the layout of all: a dense page takes 0.05, one of 200,000 characters about 1, the
# layout of 2,000 dense pages 7. It is for what would go on for ever, and must not tell a slow machine from a fast one.
PAGE_LIMIT_S = 120.0
PIECE_BYTES = 1 << 20


def main(page_limit_s: float) -> None:
    """Answer every length and body on standard input by a length and a JSON object, until there are no more.

    ``page_limit_s`` are the CPU seconds for one page; whoever needs more is ended by SIGPROF.
    """
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    _limit_memory()
    while body := receive(source):
        send(sink, dump(_read(body, page_limit_s)))


def _read(body: bytes, page_limit_s: float) -> Extracted:
    from processors.pdf.document import read_document  # noqa: PLC0415 - only the child needs pdfium

    def clock() -> float:
        # It is asked after each page, whose time it thus renews; a signal that nobody handles ends the process.
        _allow(page_limit_s)
        return time.process_time()

    try:
        clock()
        return read_document(body, clock)
    except (MemoryError, RecursionError):
        return Extracted(problem="bomb")
    except Exception:  # noqa: BLE001 - whatever one document does, the next one is read
        return Extracted(problem="broken")
    finally:
        _allow(0)


def _allow(limit_s: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, limit_s)


def send(sink: BinaryIO, message: bytes) -> None:
    """Write ``message`` behind its length; ``sink`` may be a bare pipe, which takes a part at a time."""
    for part in (LENGTH.pack(len(message)), message):
        left = memoryview(part)
        while left:
            left = left[sink.write(left) :]
    sink.flush()


def receive(source: BinaryIO) -> bytes:
    """Return the next message; empty where the other side has ended."""
    head = _exactly(source, LENGTH.size)
    return _exactly(source, LENGTH.unpack(head)[0]) if head else b""


def _exactly(source: BinaryIO, length: int) -> bytes:
    """Return ``length`` bytes, or none where they do not come."""
    message = bytearray()
    while piece := source.read(min(PIECE_BYTES, length - len(message))):
        message += piece
    return bytes(message) if len(message) == length else b""


def dump(found: Extracted) -> bytes:
    """Return ``found`` as JSON, the date in ISO 8601."""
    made = found.created_at.isoformat() if found.created_at else None
    return json.dumps(found._replace(created_at=None)._asdict() | {"created_at": made}).encode()


def load(answer: bytes) -> Extracted:
    """Return what ``dump`` wrote."""
    found = json.loads(answer)
    made = found.pop("created_at")
    return Extracted(**found, created_at=datetime.fromisoformat(made) if made else None)


def _limit_memory() -> None:
    status = Path("/proc/self/statm")
    if status.exists():
        import resource  # noqa: PLC0415 - only systems of this kind have it

        taken = int(status.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MAX_MEMORY_BYTES, taken + MAX_MEMORY_BYTES))
