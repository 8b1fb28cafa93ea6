"""The process that reads PDFs for ``extract_pdf``: bytes in, JSON out, and an end to what takes too much.

A form that shows ten forms that each show ten others makes 2 kB take hours and all memory inside one call of pdfium,
which cannot be interrupted; the system ends this process instead.
"""

import json
import os
import resource
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
# CPU seconds for one page, and for the layout of all: a dense page takes 0.02, a page of 200,000 characters about 1.
PAGE_LIMIT_S = 60.0


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
        signal.setitimer(signal.ITIMER_PROF, page_limit_s)
        return time.process_time()

    try:
        clock()
        return read_document(body, clock)
    except (MemoryError, RecursionError):
        return Extracted(problem="bomb")
    except Exception:  # noqa: BLE001 - whatever one document does, the next one is read
        return Extracted(problem="broken")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def send(sink: BinaryIO, message: bytes) -> None:
    """Write ``message`` behind its length."""
    sink.write(LENGTH.pack(len(message)))
    sink.write(message)
    sink.flush()


def receive(source: BinaryIO) -> bytes:
    """Return the next message; empty where the other side has ended."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return b""
    length = LENGTH.unpack(head)[0]
    message = source.read(length)
    return message if len(message) == length else b""


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
    if status.exists():  # other systems do not keep such a limit
        taken = int(status.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MAX_MEMORY_BYTES, taken + MAX_MEMORY_BYTES))
