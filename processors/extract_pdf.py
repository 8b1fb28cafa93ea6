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

from processors.extracted import Extracted
from processors.pdf.child import PAGE_LIMIT_S, load, receive, send

# A file of which this much holds no PDF header is none (pdfium asks for it in the first 1,024 bytes).
HEADER_BYTES = 1024
MAX_BODY_BYTES = 256 << 20
# A child that has closed its answers is about to end.
GRACE_S = 10.0


def read_pdf(body: bytes, media_type: str) -> Extracted:  # noqa: ARG001 - every reader is called alike
    """Return the text of a PDF as Markdown, with title, author (as written) and date where the file says so.

    ``problem`` is ``encrypted`` where it needs a password, ``broken`` where nothing can be read, ``bomb`` where it
    takes more memory or time than a document may. At most 2,000 pages are read and 20 million characters, of a longer
    one the beginning. Memory is bound on Linux alone, and CPU time not on Windows.
    """
    if b"%PDF" not in body[:HEADER_BYTES]:
        return Extracted(problem="broken")
    if len(body) > MAX_BODY_BYTES:
        return Extracted(problem="bomb")
    return _READER.ask(body)


class Reader:
    """The child process, started when first needed and again after a document that it did not survive.

    ``page_limit_s`` are the CPU seconds that it has for one page. Threads take turns: pdfium knows no others. A forked
    process has a child of its own.
    """

    def __init__(self, page_limit_s: float = PAGE_LIMIT_S) -> None:
        self._page_limit_s = page_limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._is_idle = False
        self._is_registered = False
        self._lock = Lock()

    def ask(self, body: bytes) -> Extracted:
        """Return what a child makes of ``body``, or why it died of it.

        Where someone else ended it, as a system does that is short of memory, a second one is asked; what ends that
        too is a ``bomb``.
        """
        self._register()
        with self._lock:
            answer = self._asked(body)
            ended_by = "" if answer else self._ended_by()
            if ended_by in _FOREIGN:
                answer = self._asked(body)
                ended_by = "" if answer else self._ended_by()
        return load(answer) if answer else Extracted(problem="bomb" if ended_by in _TOO_MUCH else "broken")

    def close(self) -> None:
        """End the child, if this process has one."""
        with self._lock:
            self._end()

    def _register(self) -> None:
        """Have the child ended with this process, and forgotten in one that is forked while a thread holds the lock."""
        if not self._is_registered:
            self._is_registered = True
            atexit.register(self.close)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        process, self._process = self._process, None
        self._lock = Lock()
        if process is not None:
            process.returncode = 0  # it is the other process's to wait for
            for pipe in _pipes(process):
                pipe.close()

    def _asked(self, body: bytes) -> bytes:
        """Return the child's answer; empty where it died. What interrupts this ends the child and its late answer."""
        process = self._ready()
        self._is_idle = False  # an interrupt may come before the next line, or while the child is ended
        try:
            source, sink = _pipes(process)
            send(sink, body)
            answer = receive(source)
        except BrokenPipeError:
            return b""
        except BaseException:
            self._end()
            raise
        self._is_idle = bool(answer)
        return answer

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._is_idle and self._process.poll() is None:
            return self._process
        self._end()
        self._process = _started(self._page_limit_s)
        return self._process

    def _ended_by(self) -> str:
        """Wait for a child that has stopped answering, and return the name of the signal that ended it."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
        code = self._end()
        return next((one.name for one in signal.Signals if one == -code), "")

    def _end(self) -> int:
        """End the child now, whatever it is at, and return its exit status."""
        process = self._process
        if process is None:
            return 0
        process.kill()
        for pipe in _pipes(process):
            pipe.close()
        code = process.wait()
        self._process = None
        return code


# How a process dies that gets no more memory, that used up its time, or that the system ends to save the others; by
# name, since not every system knows each.
_FOREIGN = frozenset({"SIGKILL", "SIGTERM"})
_TOO_MUCH = frozenset({"SIGABRT", "SIGTRAP", "SIGPROF"}) | _FOREIGN
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
        bufsize=0,  # a buffer that a fork inherits would be written twice
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # an interrupt is for us
    )


def _pipes(process: subprocess.Popen[bytes]) -> tuple[BinaryIO, BinaryIO]:
    """Return where the child answers, and where it is asked."""
    # Both are pipes, and Popen types them as such or None.
    return cast("BinaryIO", process.stdout), cast("BinaryIO", process.stdin)
