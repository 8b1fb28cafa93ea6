"""One request at a time to a host, and none before its time: for every process, source and dataset of this machine.

A host has one small file. Who holds its lock may ask; the kernel takes the lock back when the process dies. The file
says when the host was last asked and until when it is left alone, and is written before a request leaves, so that
neither a restart nor another dataset ever asks too early.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from scrapers.crawl.pace import MAX_RETRY_AFTER_S

RECORD_BYTES = 80
MAX_NAME_CHARS = 200  # of a file


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a host: moments in seconds since 1970, and its refusals and failures in a row."""

    last_at: float = 0.0
    next_at: float = 0.0
    refusals: int = 0
    failures: int = 0


class Turn:
    """The right to ask one host, from ``attempt`` or ``wait`` until ``close``."""

    def __init__(self, descriptor: int, now: Callable[[], float]) -> None:
        self._descriptor = descriptor
        self._now = now
        self.standing = _read(descriptor)

    def earliest(self, delay_s: float) -> float:
        """Return the moment from which a request may leave: the host's own, and ``delay_s`` after the last one."""
        latest = self._now() + MAX_RETRY_AFTER_S  # a later one was written under a wrong clock
        return min(max(self.standing.next_at, self.standing.last_at + delay_s), latest)

    def begin(self, delay_s: float) -> None:
        """Note, before the request leaves, that the host is asked now and rests for ``delay_s`` from here."""
        now = self._now()
        self._write(replace(self.standing, last_at=now, next_at=max(self.standing.next_at, now + delay_s)))

    def hold(self, seconds: float) -> None:
        """Leave the host alone for ``seconds`` from now; a longer rest stands."""
        self._write(replace(self.standing, next_at=max(self.standing.next_at, self._now() + seconds)))

    def refused(self) -> int:
        """Count one more refusal in a row and return how many there are."""
        self._write(replace(self.standing, refusals=self.standing.refusals + 1))
        return self.standing.refusals

    def failed(self) -> int:
        """Count one more failure in a row (no answer, or 5xx) and return how many there are."""
        self._write(replace(self.standing, failures=self.standing.failures + 1))
        return self.standing.failures

    def welcomed(self) -> None:
        """Forget refusals and failures: the host answered as hosts should."""
        if self.standing.refusals or self.standing.failures:
            self._write(replace(self.standing, refusals=0, failures=0))

    def end(self, delay_s: float) -> None:
        """Let the host rest for ``delay_s`` from the end of its answer, and give the turn back."""
        self.begin(delay_s)
        self.close()

    def close(self) -> None:
        """Give the turn back as it is."""
        os.close(self._descriptor)

    def _write(self, standing: Standing) -> None:
        self.standing = standing
        counts = f"{standing.refusals} {standing.failures}"
        line = f"{standing.last_at:.6f} {standing.next_at:.6f} {counts}".ljust(RECORD_BYTES - 1) + "\n"
        os.pwrite(self._descriptor, line.encode(), 0)


def attempt(folder: Path, host: str, now: Callable[[], float]) -> Turn | None:
    """Return the turn of ``host``, or ``None`` while another process asks it."""
    descriptor = _open(folder, host)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return Turn(descriptor, now)


def wait(folder: Path, host: str, now: Callable[[], float]) -> Turn:
    """Return the turn of ``host`` once no other process asks it."""
    descriptor = _open(folder, host)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return Turn(descriptor, now)


def _open(folder: Path, host: str) -> int:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = quote(host, safe="")
    if len(name) > MAX_NAME_CHARS or not name.strip("."):
        name = hashlib.sha256(host.encode()).hexdigest()
    return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _read(descriptor: int) -> Standing:
    words = os.pread(descriptor, RECORD_BYTES, 0).split()
    try:
        return Standing(float(words[0]), float(words[1]), int(words[2]), int(words[3])) if words else Standing()
    except (ValueError, IndexError):  # a machine that lost power in the middle of a write
        return Standing()
