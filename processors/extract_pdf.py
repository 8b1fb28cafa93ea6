"""PDF to Markdown with pdfium, in a process of its own that hostile files may bring down."""

import atexit
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO, cast

from processors.extracted import Extracted, Problem
from processors.pdf.child import PAGE_LIMIT_S, load, receive, send

# A file of which this much holds no PDF header is none (pdfium asks for it in the first 1,024 bytes).
HEADER_BYTES = 1024
MAX_BODY_BYTES = 256 << 20


def read_pdf(body: bytes, media_type: str) -> Extracted:  # noqa: ARG001 - every reader is called alike
    """Return the text of a PDF as Markdown, with title, author (as written) and date where the file says so.

    ``problem`` is ``encrypted`` where it needs a password, ``broken`` where nothing can be read, ``bomb`` where it
    takes more memory or time than a document may. At most 2,000 pages are read and 20 million characters.
    """
    if b"%PDF" not in body[:HEADER_BYTES]:
        return Extracted(problem="broken")
    if len(body) > MAX_BODY_BYTES:
        return Extracted(problem="bomb")
    return _READER.ask(body)


class Reader:
    """The child process, started when first needed and again after a document that it did not survive.

    ``page_limit_s`` are the CPU seconds that it has for one page. Threads take turns: pdfium knows no others.
    """

    def __init__(self, page_limit_s: float = PAGE_LIMIT_S) -> None:
        self._page_limit_s = page_limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = Lock()

    def ask(self, body: bytes) -> Extracted:
        """Return what the child makes of ``body``, or why it died of it."""
        with self._lock:
            source, sink = self._pipes()
            try:
                send(sink, body)
                answer = receive(source)
            except BrokenPipeError:
                answer = b""
            return load(answer) if answer else Extracted(problem=_blamed(self._ended()))

    def close(self) -> None:
        """End the child, if this process has one."""
        with self._lock:
            self._ended()

    def _pipes(self) -> tuple[BinaryIO, BinaryIO]:
        """Return where the child of this very process answers and asks: one inherited by a fork is another's."""
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            if not self._owner:
                atexit.register(self.close)
            self._ended()
            self._process, self._owner = _started(self._page_limit_s), os.getpid()
        # Both are pipes, and Popen types them as such or None.
        return cast("BinaryIO", self._process.stdout), cast("BinaryIO", self._process.stdin)

    def _ended(self) -> int:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return 0
        with suppress(BrokenPipeError):
            process.communicate()  # closes both pipes and waits: without input the child ends
        return process.returncode


_READER = Reader()


# The package itself imports every step, which costs a second and 130 MB that reading a PDF has no use for.
_BARE = """
import sys, types
package = sys.modules["processors"] = types.ModuleType("processors")
package.__path__ = [sys.argv[1]]
from processors.pdf.child import main
main(float(sys.argv[2]))
"""


def _started(page_limit_s: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-c", _BARE, str(Path(__file__).parent), str(page_limit_s)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # an interrupt is for us; the child ends when its input does
    )


# How a process dies that gets no more memory, that used up its time, or that the system ends to save the others.
_TOO_MUCH = (-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGPROF, -signal.SIGKILL)


def _blamed(exit_code: int) -> Problem:
    return "bomb" if exit_code in _TOO_MUCH else "broken"
