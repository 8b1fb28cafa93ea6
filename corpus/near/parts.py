"""The files of an index: folders named by their content, and the states that name them.

A part is written under a temporary name, hashed, and renamed to ``<kind>-<hash>``; it never changes after. A state is
one JSON file, named by its own content and written last: until it stands, the state before it is the index. What it
names is brought to the disk before it: a power cut takes no file of a state that stands.
"""

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from corpus.errors import StoreError
from corpus.near import sums

logger = logging.getLogger(__name__)

FORMAT = 2
_NUMBERS = count()
_OURS = re.compile(r"(run|standings)-[0-9a-f]{16}|[0-9a-f]{16}\.json|\.writing-[0-9]+-[0-9]+")


class File(NamedTuple):
    """A file of a part as it was written."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """A folder of files that never change. ``first`` is its smallest row, ``documents`` how many rows it holds.

    ``last`` is the greatest place in the total order of its documents (of a run of documents; else empty).
    """

    name: str
    first: int
    documents: int
    last: tuple[str, int, str] | tuple[()]
    files: dict[str, File]


@dataclass(frozen=True, slots=True)
class State:
    """Everything an index is: the next free row, how many documents live, and the parts that hold them."""

    design: dict[str, Any]
    next_row: int
    documents: int
    runs: tuple[Part, ...]
    standings: tuple[Part, ...]

    @property
    def parts(self) -> set[str]:
        """The names of all parts."""
        return {part.name for part in (*self.runs, *self.standings)}


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give an empty temporary folder inside ``folder``; what is left of it at the end is removed."""
    path = folder / f".writing-{os.getpid()}-{next(_NUMBERS)}"
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def seal(written: Path, kind: str) -> tuple[str, dict[str, File]]:
    """Add the sums of its pages, rename the folder ``written`` to its content's name beside it; return name and files.

    A folder of that name that is there already and whole holds the same bytes and is left; a broken one is replaced.
    """
    digests = sums.write_sums(written)
    digests[sums.NAME] = _sha256(written / sums.NAME)
    files = {name: File((written / name).stat().st_size, sha256) for name, sha256 in sorted(digests.items())}
    name = f"{kind}-{hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]}"
    target = written.with_name(name)
    if target.exists():
        if all(_is_whole(target / file, files[file]) for file in files):
            return name, files
        shutil.rmtree(target)
    written.rename(target)
    return name, files


def write_state(folder: Path, state: State, durable: Container[str]) -> str:
    """Write the state and return its file name; until the name stands, nothing has changed.

    The files of its parts are brought to the disk first, but for parts whose names are ``durable``: they are there.
    """
    for part in (*state.runs, *state.standings):
        if part.name not in durable:
            for path in (*(folder / part.name / file for file in part.files), folder / part.name):
                _to_disk(path)
    content = json.dumps({"format": FORMAT, **asdict(state)}, indent=1, sort_keys=True).encode()
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.json"
    with new_folder(folder) as temporary:
        path = temporary / name
        path.write_bytes(content)
        _to_disk(path)
        _to_disk(folder)  # the names of the parts, before the state that names them
        path.rename(folder / name)
        _to_disk(folder)
    return name


def read_state(folder: Path, name: str) -> State:
    """Return the state called ``name``, every file of which is there and as long as it was written.

    Raises:
        StoreError: the state or a file it names is missing or damaged; the sentence names it.
    """
    state = _state(folder / name)
    for part in (*state.runs, *state.standings):
        for file, (size_bytes, _) in part.files.items():
            path = folder / part.name / file
            found = _size_bytes(path)
            if found is None:
                raise StoreError(f"{path} is missing, which the state {name} names")
            if found != size_bytes:
                raise StoreError(f"{path} has {found} bytes where {size_bytes} were written")
    return state


def verify(folder: Path, state: State) -> None:
    """Read every file of ``state`` and hold it against its SHA-256.

    Raises:
        StoreError: one is damaged; the sentence names it.
    """
    for part in (*state.runs, *state.standings):
        for file, (_, sha256) in part.files.items():
            path = folder / part.name / file
            if _sha256(path) != sha256:
                raise StoreError(f"{path} is damaged: its SHA-256 is not the one that was written")


def prune(folder: Path, states: Iterable[str]) -> None:
    """Delete what an index wrote into ``folder`` and none of ``states`` (names of state files) names.

    What a process that still lives is writing stays, and so does whatever bears no name that an index gives. What
    cannot be deleted is told to the log and stays too. The caller sees to it that no other process commits meanwhile.

    Raises:
        StoreError: one of ``states`` is missing or damaged; nothing was deleted.
    """
    if not folder.is_dir():
        return
    kept = set(states)
    for name in tuple(kept):
        state = _state(folder / name)
        kept |= state.parts
    for path in sorted(folder.iterdir()):
        if path.name not in kept and _OURS.fullmatch(path.name) and not _is_being_written(path):
            _try_to_delete(path)


def delete(path: Path) -> None:
    """Delete a file, a folder, or a link and not what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _try_to_delete(path: Path) -> None:
    try:
        delete(path)
    except OSError as error:
        logger.warning("%s, which nothing needs any more, cannot be deleted (%s)", path, error.strerror)


def _state(path: Path) -> State:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror})") from error
    if path.name != f"{hashlib.sha256(content).hexdigest()[:16]}.json":
        raise StoreError(f"{path} is damaged: its content is not the one it is named by")
    found = json.loads(content)
    if found.pop("format") != FORMAT:
        raise StoreError(f"{path} was written in another format than {FORMAT}")
    runs, standings = ([_part(part) for part in found.pop(kind)] for kind in ("runs", "standings"))
    return State(runs=tuple(runs), standings=tuple(standings), **found)


def _part(found: dict[str, Any]) -> Part:
    files = {name: File(*file) for name, file in found.pop("files").items()}
    return Part(files=files, last=tuple(found.pop("last")), **found)


def _is_being_written(path: Path) -> bool:
    if not path.name.startswith(".writing-"):
        return False
    process = int(path.name.split("-")[1])
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives and is another user's
        return True
    except OverflowError:  # no process has such a number
        return False
    return True


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _is_whole(path: Path, file: File) -> bool:
    """Whether a file holds what was written: one that no state named may have its length and not its content."""
    return _size_bytes(path) == file.size_bytes and _sha256(path) == file.sha256


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
