"""The files of a folder or bucket that path patterns choose, in order."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpus.errors import SourceError
from corpus.store import Entry, Store, open_store

CAUTION = ("**/.*", "**/.*/**", "**/~$*", "**/Thumbs.db", "**/desktop.ini", "**/__MACOSX/**")  # never documents
PIECE = re.compile(r"(\*\*/|\*\*|\*|\?)")
MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def opened(name: str, folder: str) -> Store:
    """Open the ``folder`` of the source ``name``, a local one or a URL; a local one is never made.

    Raises:
        SourceError: the local folder is not there.
    """
    if "://" not in folder and not Path(folder).is_dir():
        raise SourceError(f"{name}: there is no folder {folder}; correct `folder` in the recipe")
    return open_store(folder)


def listing(store: Store, include: Iterable[str], exclude: Iterable[str]) -> Iterator[Entry]:
    """Yield the files that match a pattern of ``include`` and none of ``exclude``, sorted by path.

    ``*`` and ``?`` stay in a folder, ``**/`` is any folders or none. Hidden and lock files are left out, and links
    that lead out of a local folder.
    """
    wanted, unwanted = _pattern(include), _pattern((*CAUTION, *exclude))
    for entry in store.entries(""):
        if wanted.fullmatch(entry.path) and not unwanted.fullmatch(entry.path) and _is_inside(store, entry.path):
            yield entry


def _pattern(globs: Iterable[str]) -> re.Pattern[str]:
    regexes = ("".join(MEANING.get(piece, re.escape(piece)) for piece in PIECE.split(glob)) for glob in globs)
    return re.compile("|".join(f"(?:{regex})" for regex in regexes), re.DOTALL)


def _is_inside(store: Store, path: str) -> bool:
    if "://" in store.location:
        return True
    folder = Path(store.location)
    return (folder / path).resolve().is_relative_to(folder)
