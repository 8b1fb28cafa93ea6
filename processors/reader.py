"""Bodies to text in a process of its own, which hostile ones may bring down: the way every body is read.

One child a process is started when first needed and again after a body that it did not survive. What it runs is in
``processors.reader_child``; the same body gives the same answer, whichever bodies came before.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Lock
from typing import BinaryIO, cast

from corpus.errors import CorpusError
from processors.extracted import Extracted
from processors.reader_child import READY, Answer, Question, load, receive, send

# CPU seconds for one body, and for each page of a PDF: it is for what would go on for ever, and must not tell a slow
# machine from a fast one. A page of 8 MiB takes 15, a dense page of PDF 0.05, the layout of 2,000 of them 7.
LIMIT_S = 120.0
# The quick look at a page of 8 MiB takes 0.2. What takes this long is left to the careful one.
SKIM_LIMIT_S = 5.0
# What one body may take beyond what the process has when it starts.
MAX_MEMORY_BYTES = 1 << 30
MAX_BODY_BYTES = 256 << 20
PIPE_BYTES = 512 << 10
# A child that has closed its answers is about to end.
GRACE_S = 10.0


class Reader:
    """The child process. Threads take turns; a forked process has a child of its own, and so has a spawned one.

    ``limit_s`` are the CPU seconds for one body (for each page of a PDF; ten times as many by the clock), and
    ``memory_bytes`` what it may take. Memory is bound on Linux alone, and time not on Windows.
    """

    def __init__(self, limit_s: float = LIMIT_S, memory_bytes: int = MAX_MEMORY_BYTES) -> None:
        self._limit_s = limit_s
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._is_idle = False
        self._registered_in: int | None = None
        self._closings = 0
        self._lock = Lock()

    def read(self, body: bytes, media_type: str, url: str | None) -> Answer:
        """Return all that ``body`` says, or what is wrong with it."""
        return self._ask(body, Question("read", media_type, url, self._limit_s))

    def skim(self, body: bytes, media_type: str) -> Answer:
        """Return the plain text that a quick look at a page gives, or what is wrong with it."""
        return self._ask(body, Question("skim", media_type, None, min(self._limit_s, SKIM_LIMIT_S)))

    def close(self) -> None:
        """End the child, if this process has one, and not only when it has read what it is at."""
        self._closings += 1
        if (process := self._process) is not None:
            process.kill()  # whoever waits for its answer has the lock
        with self._lock:
            self._end()

    def _ask(self, body: bytes, question: Question) -> Answer:
        """Return what a child makes of ``body``, or why it died of it.

        Where someone else ended it, as a system does that is short of memory, a second one is asked; what ends that
        too is a ``bomb``.
        """
        if len(body) > MAX_BODY_BYTES:
            return Answer(Extracted(problem="bomb"))
        self._register()
        closings = self._closings
        with self._lock:
            answer = self._asked(body, question, closings) or self._obituary(closings)
            if answer.error in _FOREIGN:
                return self._asked(body, question, closings) or self._obituary(closings)
            return answer

    def _register(self) -> None:
        """Have the child ended with this process, and forgotten in one that is forked while a thread holds the lock."""
        if self._registered_in is None and hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)
        if self._registered_in != os.getpid():
            self._registered_in = os.getpid()
            Finalize(None, self.close, exitpriority=0)  # workers of a pool end without what ``atexit`` knows

    def _forget(self) -> None:
        process, self._process = self._process, None
        self._lock = Lock()
        if process is not None:
            process.returncode = 0  # it is the other process's to wait for
            for pipe in _pipes(process):
                pipe.close()

    def _asked(self, body: bytes, question: Question, closings: int) -> Answer | None:
        """Return the child's answer; none where it died. What interrupts this ends the child and its late answer."""
        process = self._ready()
        self._heed_closing(closings)
        self._is_idle = False  # an interrupt may come before the next line, or while the child is ended
        try:
            source, sink = _pipes(process)
            send(sink, json.dumps(question._asdict()).encode())
            send(sink, body)
            message = receive(source)
        except BrokenPipeError:
            return None
        except BaseException:
            self._end()
            raise
        answer = load(message) if message else None
        self._is_idle = answer is not None and not answer.is_last
        return answer

    def _heed_closing(self, closings: int) -> None:
        """End the child where this was closed since it had been closed so many times."""
        if self._closings != closings:
            self._end()
            raise CorpusError("a document was not read, since its reader was closed; read it again")

    def _ready(self) -> subprocess.Popen[bytes]:
        """Return a child that waits for a body; one that dies while it starts has a second try."""
        if self._process is not None and self._is_idle and self._process.poll() is None:
            return self._process
        self._end()
        self._is_idle = False
        process = self._started()
        if process is None:
            self._waited()
            process = self._started()
        if process is None:
            raise CorpusError(_complaint(self._memory_bytes, self._waited()))
        return process

    def _started(self) -> subprocess.Popen[bytes] | None:
        self._process = process = subprocess.Popen(  # noqa: S603 - our own module
            _command(self._memory_bytes),
            bufsize=0,  # a buffer that a fork inherits would be written twice
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # an interrupt is for us
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # what Windows has for that
            env=os.environ | _ENVIRONMENT,
        )
        _widen(_pipes(process)[1])
        return process if receive(_pipes(process)[0]) == READY else None

    def _obituary(self, closings: int) -> Answer:
        """Wait for a child that has stopped answering, and return what the signal that ended it says of the body."""
        self._heed_closing(closings)
        ended_by = self._waited()
        return Answer(Extracted(problem="bomb" if ended_by in _TOO_MUCH else "broken"), ended_by)

    def _waited(self) -> str:
        """Wait for a child that is about to end, and return the name of the signal or the exit status it ended by."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
        code = self._end()
        return next((one.name for one in signal.Signals if one == -code), f"exit status {code}")

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


# How a process dies that gets no more memory (by itself where not even the answer has room), that used up its time, or
# that the system ends to save the others; by name, since not every system knows each.
_FOREIGN = frozenset({"SIGKILL", "SIGTERM"})
_TOO_MUCH = frozenset({"SIGABRT", "SIGTRAP", "SIGPROF", "SIGALRM", "exit status 1"}) | _FOREIGN
_READER = Reader()


def read(body: bytes, media_type: str, url: str | None) -> Answer:
    """Return what ``body`` says by its ``media_type``, read by this process's child.

    Its ``found.problem`` is ``bomb`` where the body takes more memory or time than a body may (or is larger than 256
    MiB), ``broken`` where its reader fails, whether by an exception, which ``error`` names, or by breaking down.

    Raises:
        CorpusError: the child does not start, or is closed meanwhile.
    """
    return _READER.read(body, media_type, url)


def skim(body: bytes, media_type: str) -> Answer:
    """Return the plain text of a page of HTML at a quick look, with ``found.problem`` as ``read`` has it.

    Raises:
        CorpusError: the child does not start, or is closed meanwhile.
    """
    return _READER.skim(body, media_type)


def close() -> None:
    """End this process's child, if it has one; the next body starts another."""
    _READER.close()


# The package itself imports every step, which costs a second and 130 MB that reading has no use for.
_BARE = """
import sys, types
package = sys.modules["processors"] = types.ModuleType("processors")
package.__path__ = [sys.argv[1]]
sys.path.append(sys.argv[2])
from processors.reader_child import main
main(int(sys.argv[3]))
"""
# Memory set apart for threads that the child does not have would count as taken.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}


def _command(memory_bytes: int) -> list[str]:
    folder = Path(__file__).absolute().parent
    return [sys.executable, "-P", "-c", _BARE, str(folder), str(folder.parent), str(memory_bytes)]


def _complaint(memory_bytes: int, ended_by: str) -> str:
    """Return a sentence with why the child, ended by ``ended_by``, does not start: the last that it says."""
    if not ended_by.startswith("exit status"):
        return (
            f"{ended_by} ended the process that reads documents while it started, twice; free memory and run this again"
        )
    last = _last_words(memory_bytes) or ended_by
    return f"the process that reads documents does not start ({last}); install the project anew and run this again"


def _last_words(memory_bytes: int) -> str:
    """Start the child once more, with nothing to do, and return the last line that it complains by."""
    environment = os.environ | _ENVIRONMENT
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            _command(memory_bytes), check=False, input=b"", capture_output=True, env=environment, timeout=GRACE_S
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stderr.decode(errors="replace").strip().rpartition("\n")[2]


def _widen(sink: BinaryIO) -> None:
    """Let a page pass a pipe in one piece, where the system can: each further one wakes both sides."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl  # noqa: PLC0415 - not every system has it

        fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[BinaryIO, BinaryIO]:
    """Return where the child answers, and where it is asked."""
    # Both are pipes, and Popen types them as such or None.
    return cast("BinaryIO", process.stdout), cast("BinaryIO", process.stdin)
