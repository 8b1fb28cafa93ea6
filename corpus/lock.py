"""One refresh of a dataset at a time: an advisory lock that the kernel releases when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import StoreError


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` (made when missing) for the length of the block.

    The file stays behind and holds the process id of its last holder; only the kernel's lock on it counts, so a
    killed run leaves nothing to clean up.

    Raises:
        StoreError: another process holds it; the sentence names that process. Nothing is waited for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        named = f"process {holder}" if holder else "another process"
        raise StoreError(f"{named} is refreshing this dataset (it holds {path}); wait for it or stop it") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
