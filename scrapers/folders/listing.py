"""The files of a folder or bucket that path patterns choose, in order."""

import logging
import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from corpus.errors import SourceError, StoreError
from corpus.store import Entry, Store, open_store
from scrapers.clients.patterns import compiled

CAUTION = ("**/.*", "**/.*/**", "**/~$*", "**/Thumbs.db", "**/desktop.ini", "**/__MACOSX/**")  # never documents
CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # in no path of a store; a surrogate is a byte not in UTF-8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found: files to read, paths no store can name, and paths of which nobody can say what is there."""

    entries: list[Entry]
    unnameable: list[str]
    unreachable: list[str]


def opened(name: str, folder: str) -> Store:
    """Open the ``folder`` of the source ``name``, a local one or a URL; a local one is never made.

    Raises:
        SourceError: the local folder is not there.
    """
    if "://" not in folder and not Path(folder).is_dir():
        raise SourceError(f"{name}: there is no folder {folder}; correct `folder` in the recipe")
    return open_store(folder)


def listing(store: Store, include: Iterable[str], exclude: Iterable[str]) -> Listing:
    """Return the files that match a pattern of ``include`` and none of ``exclude``, sorted by path.

    ``*`` and ``?`` stay in a folder, ``**/`` is any folders or none. Hidden and lock files are left out, and in a local
    folder what is no file, and links to folders or out of it. ``unreachable`` names files and, with a slash at the
    end, whole folders.

    Raises:
        StoreError: nothing can be listed at all.
    """
    wanted, unwanted = compiled(tuple(include)), compiled((*CAUTION, *exclude))

    def is_chosen(path: str) -> bool:
        return bool(wanted.fullmatch(path)) and not unwanted.fullmatch(path)

    if "://" in store.location:
        return Listing([entry for entry in store.entries("") if is_chosen(entry.path)], [], [])
    return _local(Path(store.location), is_chosen)


def _local(folder: Path, is_chosen: Callable[[str], bool]) -> Listing:
    """List ``folder`` file by file: one that cannot be looked at must not hide all others, as it does for a store."""
    found = Listing([], [], [])
    for parent, names, files in os.walk(folder, onerror=partial(_unlisted, folder, found)):
        names[:] = [name for name in names if not name.startswith(".")]
        inside = Path(parent).relative_to(folder)
        for path in (str(inside / name) for name in files):
            if is_chosen(path):
                _look(folder, path, found)
    return Listing(sorted(found.entries, key=lambda entry: entry.path), sorted(found.unnameable), found.unreachable)


def _unlisted(folder: Path, found: Listing, error: OSError) -> None:
    if Path(error.filename) == folder:
        raise StoreError(f"{folder} cannot be listed: {error.strerror}") from error
    path = f"{Path(error.filename).relative_to(folder)}/"
    found.unreachable.append(path)
    logger.warning("the folder %s cannot be listed (%s): what was read of it stays", ascii(path), error.strerror)


def _look(folder: Path, path: str, found: Listing) -> None:
    try:
        facts = (folder / path).stat()
        if not (stat.S_ISREG(facts.st_mode) and (folder / path).resolve().is_relative_to(folder)):
            return
    except FileNotFoundError:
        return  # it left just now, or a link leads nowhere
    except (OSError, RuntimeError):  # also a ring of links
        found.unreachable.append(path)
        return
    if CONTROL.search(path):
        found.unnameable.append(path)
        return
    micros = facts.st_mtime_ns // 1000
    mark = f'"{facts.st_ino:x}-{micros:x}-{facts.st_size:x}"'  # as a local store says it
    found.entries.append(Entry(path, facts.st_size, mark, EPOCH + timedelta(microseconds=micros)))
