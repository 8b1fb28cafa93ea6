"""Checksums of every page of an index's files: whatever is read of a part is held against them where it is read.

A sealed part holds the file ``sums``: the number of its other files (u64), the xxh3_64 of each one's name with the
place of its first sum (two u64), then the xxh3_64 of every 4096 bytes of each, file by file. The sums need no sum of
their own: damage to them makes whole pages look damaged, never damaged pages look whole but once in 2^64.
"""

import hashlib
import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xxhash
from numpy.typing import NDArray

from corpus.errors import StoreError

PAGE = 4096
NAME = "sums"
_SUM = np.dtype("<u8")
_PIECE = 1 << 20  # bytes read at a time

Places = NDArray[np.int64]


def write_sums(folder: Path) -> dict[str, str]:
    """Write the sums of all files in ``folder`` beside them; return the SHA-256 of each of these files."""
    files = sorted(path for path in folder.iterdir() if path.name != NAME)
    digests, found = {}, []
    for path in files:
        digests[path.name], sums = _summed(path)
        found.append(sums)
    first = np.cumsum([1 + 2 * len(files), *(len(sums) for sums in found)])[:-1]
    head = [[_name_sum(path.name), place] for path, place in zip(files, first.tolist(), strict=True)]
    flat = np.array([len(files), *(value for pair in head for value in pair)], _SUM)
    (folder / NAME).write_bytes(np.concatenate([flat, *found]).astype(_SUM).tobytes())
    return digests


class Guard:
    """What the pages of one file must be. A file that lies in no sealed part has no sums, and nothing is held to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sums, self._first = _sums_of(path)

    def pages(self, content: mmap.mmap | memoryview, pages: Places, *, at: int = 0) -> None:
        """Check ``pages`` (numbers in the file) of ``content``, which begins with page ``at`` of the file.

        Raises:
            StoreError: one of them is not what was written.
        """
        if self._sums is None or not len(pages):
            return
        known = len(self._sums) - self._first
        if int(pages.max()) >= known or int(pages.min()) < at:
            raise self._damaged()
        expected = self._sums[self._first + pages].tolist()
        with memoryview(content) as view:
            for start, sum_ in zip(((pages - at) * PAGE).tolist(), expected, strict=True):
                if xxhash.xxh3_64_intdigest(view[start : start + PAGE]) != sum_:
                    raise self._damaged()

    def ranges(self, content: mmap.mmap | memoryview, first: Places, behind: Places) -> None:
        """Check the pages of the whole file ``content`` that hold the bytes from ``first`` to before ``behind``."""
        if self._sums is None:
            return
        if len(first) and (int(first.min()) < 0 or int(behind.max()) > len(content)):
            raise self._damaged()
        filled = behind > first
        lowest, highest = first[filled] // PAGE, (behind[filled] - 1) // PAGE
        lengths = highest - lowest + 1
        ends = np.cumsum(lengths)
        self.pages(content, np.unique(np.arange(lengths.sum()) + np.repeat(lowest - ends + lengths, lengths)))

    def _damaged(self) -> StoreError:
        return StoreError(f"{self._path} is damaged: a page of it is not what was written")


def check_part(folder: Path) -> None:
    """Read every file of a part and hold it against its sums; 0.2 seconds a gigabyte in memory.

    Raises:
        StoreError: one is damaged.
    """
    for path in sorted(path for path in folder.iterdir() if path.name != NAME):
        check_file(path)


def check_file(path: Path) -> None:
    """Read one file of a part and hold it against its sums; raises ``StoreError`` where it is damaged."""
    guard = Guard(path)
    for at, piece in _pieces(path):
        guard.pages(memoryview(piece), np.arange(at, at + -(-len(piece) // PAGE)), at=at)


def map_pages(path: Path) -> mmap.mmap:
    """Map a file that is not empty, of which some pages here and there are read: none beside them is."""
    try:
        with path.open("rb", buffering=0) as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read ({error})") from error
    content.madvise(mmap.MADV_RANDOM)
    return content


def _sums_of(path: Path) -> tuple[NDArray[np.uint64] | None, int]:
    sums = path.with_name(NAME)
    if not sums.exists():
        return None, 0
    content = np.frombuffer(map_pages(sums), _SUM) if sums.stat().st_size % _SUM.itemsize == 0 else np.empty(0, _SUM)
    head = content[1 : 1 + 2 * min(int(content[0]), len(content))].tolist() if len(content) else []
    places = dict(zip(head[::2], head[1::2], strict=False))
    first = places.get(_name_sum(path.name), len(content) + 1)
    if first > len(content):
        raise StoreError(f"{sums} is damaged: it says nothing of the file {path.name}")
    return content, first


def _summed(path: Path) -> tuple[str, NDArray[np.uint64]]:
    digest, sums = hashlib.sha256(), []
    for _, piece in _pieces(path):
        digest.update(piece)
        view = memoryview(piece)
        sums += [xxhash.xxh3_64_intdigest(view[start : start + PAGE]) for start in range(0, len(piece), PAGE)]
    return digest.hexdigest(), np.array(sums, _SUM)


def _pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the number of its first page with every piece of a file."""
    try:
        with path.open("rb") as file:
            at = 0
            while piece := file.read(_PIECE):
                yield at, piece
                at += _PIECE // PAGE
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror})") from error


def _name_sum(name: str) -> int:
    return xxhash.xxh3_64_intdigest(name.encode())
