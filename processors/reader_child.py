"""The process that reads bodies for ``processors.reader``: bytes in, JSON out, and an end to what takes too much.

A PDF of 2 kB whose forms each show ten others, or a page of 1 MB that is one tag with 200,000 attributes, takes hours
inside one call of a library written in C, which cannot be interrupted; a tree deep enough breaks its stack. The
system ends this process instead. Linux bounds its memory (macOS has no /proc to tell what it has taken at the start),
and every system with ``setitimer`` its time, so Windows has neither bound.
"""

import json
import os
import re
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from processors.extracted import Extracted

LENGTH = struct.Struct("!Q")
PIECE_BYTES = 1 << 20
READY = b"ready"
# A child that waits for something gets no CPU time to use up: this many times its CPU time is the end by the clock,
# more than what a machine of two cores takes that sixteen such processes share.
WALL_FACTOR = 10
# Memory that stays taken after a document would count against the next one: beyond this share of the bound the child
# has itself replaced, so that what becomes of a document hardly depends on those before it.
KEPT_SHARE = 0.25
# Libraries tell a lack of memory as they like, or make do with half a tree: a document that took this share of the
# bound at its peak and gave nothing had too little.
PEAK_SHARE = 0.75


class Question(NamedTuple):
    """What is asked of a body: ``task`` is ``read`` or ``skim``, ``limit_s`` the CPU seconds for it."""

    task: str
    media_type: str
    url: str | None
    limit_s: float


class Answer(NamedTuple):
    """What became of a body; ``error`` names the exception it raised, ``is_last`` says that the child is used up."""

    found: Extracted
    error: str = ""
    is_last: bool = False


def main(memory_bytes: int) -> None:
    """Say that all is loaded, then answer each question and body on standard input by an ``Answer``.

    ``memory_bytes`` bound what one document may take beyond what the process has when all is loaded. Whoever needs more
    CPU time than the question gives is ended by SIGPROF; a PDF has so much for each page.
    """
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    tasks = _tasks()
    _heed_signals()
    _end_with_parent()
    bound = _bound_memory(memory_bytes)
    send(sink, READY)
    while asked := receive(source):
        answer = _answer(tasks, Question(**json.loads(asked)), receive(source))
        send(sink, dump(bound.judged(answer) if bound else answer))


_Task = Callable[[bytes, Question], Extracted]


def _tasks() -> dict[str, _Task]:
    # Imported by the child alone: these are the libraries that read, 0.3 s and 60 MB.
    from processors.first_pass import skim_page  # noqa: PLC0415
    from processors.formats import read  # noqa: PLC0415

    _use_plain_elements()

    def read_all(body: bytes, question: Question) -> Extracted:
        def clock() -> float:
            _allow(question.limit_s)  # who asks has finished a page, and gets its time anew
            return time.process_time()

        return read(body, question.media_type, question.url, clock)

    return {"read": read_all, "skim": lambda body, question: skim_page(body, question.media_type)}


def _use_plain_elements() -> None:
    """Have trees of pages made without a call of Python for each element, which tells forms and fields from others.

    Nothing here asks for those. It takes a sixth off a page's time: 20.1 to 21.3 ms where it was 25.2 to 26.4.
    """
    from lxml.etree import ElementDefaultClassLookup  # noqa: PLC0415
    from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HtmlProcessingInstruction  # noqa: PLC0415
    from trafilatura.utils import HTML_PARSER  # noqa: PLC0415

    plain = ElementDefaultClassLookup(
        element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
    )
    HTML_PARSER.set_element_class_lookup(plain)


def _answer(tasks: dict[str, _Task], question: Question, body: bytes) -> Answer:
    _allow(question.limit_s)
    try:
        return Answer(tasks[question.task](body, question))
    except (MemoryError, RecursionError) as error:
        return Answer(Extracted(problem="bomb"), type(error).__name__, is_last=True)
    except Exception as error:  # noqa: BLE001 - whatever one document does, the next one is read
        return Answer(Extracted(problem="broken"), type(error).__name__)
    finally:
        _allow(0)


def _allow(limit_s: float) -> None:
    """Let the system end this process after so much time; 0 takes the limit away."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, limit_s)
        signal.setitimer(signal.ITIMER_REAL, limit_s * WALL_FACTOR)


def _heed_signals() -> None:
    """Have the two signals of the limits end this process, whatever the one that started it does about them."""
    for name in ("SIGPROF", "SIGALRM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {getattr(signal, name)})


def _end_with_parent() -> None:
    """End this process, at whatever it is, when nobody is left that could ask it."""
    if not hasattr(select, "poll"):
        return
    asked = select.poll()
    asked.register(0, 0)  # no event but the one that cannot be masked: the other end is closed

    def watch() -> None:
        asked.poll()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


class _Bound(NamedTuple):
    """What this process had when all was loaded, and what a document may take beyond it."""

    at_start_bytes: int
    memory_bytes: int

    def judged(self, answer: Answer) -> Answer:
        """Return ``answer`` with what the memory taken for it says: too much for the document, or for the next one."""
        if not answer.found.text and answer.found.problem in (None, "broken") and self._is_starved():
            return Answer(answer.found._replace(problem="bomb"), answer.error, is_last=True)
        kept_bytes = _taken_bytes() - self.at_start_bytes
        is_full = kept_bytes > self.memory_bytes * KEPT_SHARE or self._is_starved()  # its peak would be the next one's
        return answer._replace(is_last=answer.is_last or is_full)

    def _is_starved(self) -> bool:
        return _peak_bytes() - self.at_start_bytes > self.memory_bytes * PEAK_SHARE


def _bound_memory(memory_bytes: int) -> _Bound | None:
    """Bound this process's memory, where the system has a way to tell how much it is."""
    if not Path("/proc/self/statm").exists():
        return None
    import resource  # noqa: PLC0415 - only systems of this kind have it

    bound = _Bound(_taken_bytes(), memory_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (bound.at_start_bytes + memory_bytes,) * 2)
    return bound


def _taken_bytes() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _peak_bytes() -> int:
    found = re.search(rb"^VmPeak:\s+(\d+) kB", Path("/proc/self/status").read_bytes(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


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
        if len(piece) == length:
            return piece
        message += piece
    return bytes(message) if len(message) == length else b""


def dump(answer: Answer) -> bytes:
    """Return ``answer`` as JSON, the date in ISO 8601."""
    found = answer.found
    made = found.created_at.isoformat() if found.created_at else None
    said = found._replace(created_at=None)._asdict() | {"created_at": made}
    return json.dumps(answer._asdict() | {"found": said}).encode()


def load(message: bytes) -> Answer:
    """Return what ``dump`` wrote."""
    said: dict[str, Any] = json.loads(message)
    made = said["found"].pop("created_at")
    found = Extracted(**said.pop("found"), created_at=datetime.fromisoformat(made) if made else None)
    return Answer(found, **said)
