"""Evaluation sets that training data must not hold: from a file beside the recipe, or fetched by their name on the Hub.

A fetched set is kept in the cache folder of the models, under the SHA-256 of its content, which the recipe pins.
"""

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from corpus.errors import ModelMissing, RecipeError
from corpus.params import Params
from models import weights
from models.evaluation_hub import HUB, NotGiven, Split, download
from models.evaluation_items import Items, check_items, joined, read_items

_BLOCK_BYTES = 1 << 20
_DIGITS = 64
_ABANDONED_S = 24 * 3600  # a fetch takes minutes, so what is older was left by a process that died


def _default_name(options: dict[str, Any]) -> str:
    return options.get("file") or "/".join(options.get(key, "") for key in ("dataset", "config", "split"))


class EvaluationSet(Params):
    """Where one evaluation set is, which of its columns hold what a model is asked, and the hash that it must have."""

    file: str = Field(
        default="", description="a file beside the recipe: .parquet, or .jsonl, .csv or .txt, gzipped (.gz) or not"
    )
    dataset: str = Field(default="", description="instead of a file: a name on the Hugging Face Hub")
    config: str = Field(default="default", description="the configuration on the Hub")
    split: str = Field(default="test", description="the split on the Hub")
    columns: tuple[str, ...] = Field(default=(), description="the columns of an item's text, in the order they stand")
    id_column: str = Field(default="", description="the column that names an item; else it is its number, from 0")
    items: Literal["paragraphs", "lines"] = Field(default="paragraphs", description="what an item is in plain text")
    sha256: str = Field(default="", description="the hash that the set must have")
    name: str = Field(
        default_factory=_default_name,
        min_length=1,
        description="what its hits are reported by; else the file, or name, configuration and split on the Hub",
    )

    @field_validator("file")
    @classmethod
    def _is_beside_the_recipe(cls, file: str) -> str:
        if not file:
            return file
        path = PurePosixPath(file)
        if "://" in file:
            raise ValueError(f"{file!r} is an address; save it beside the recipe, or give a name on the Hub as dataset")
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"the file {file!r} leaves the recipe's folder; put it beside the recipe")
        if path.name.removesuffix(".gz").endswith(".json"):
            raise ValueError(f"{file!r} is JSON; write one object a line and name it .jsonl")
        if not re.search(r"\.(parquet|(jsonl|csv|txt)(\.gz)?)$", path.name):
            raise ValueError(f"{file!r} is none of .parquet, .jsonl, .csv and .txt (the last three also .gz)")
        return str(path)

    @field_validator("dataset")
    @classmethod
    def _is_a_name_on_the_hub(cls, dataset: str) -> str:
        pasted = re.search(r"(?:://[^/]+|^datasets|^hf://datasets)/(?:datasets/)?([\w.-]+(?:/[\w.-]+)?)", dataset)
        if pasted:
            raise ValueError(f"{dataset!r} is an address; give the name alone, dataset = {pasted[1]!r}")
        if not re.fullmatch(r"(\w[\w.-]*(/\w[\w.-]*)?)?", dataset):
            raise ValueError(f"{dataset!r} is no name on the Hub; it is of the form 'owner/name'")
        return dataset

    @field_validator("config", "split")
    @classmethod
    def _is_one_word(cls, given: str) -> str:
        if not re.fullmatch(r"\w[\w.-]*", given):
            raise ValueError(f"{given!r} is no configuration or split; look it up at the dataset's page on the Hub")
        return given

    @field_validator("sha256")
    @classmethod
    def _is_a_hash(cls, given: str) -> str:
        digits = given.lower()
        if not re.fullmatch(rf"([0-9a-f]{{{_DIGITS}}})?", digits):
            raise ValueError(
                f"{given[: _DIGITS + 1]!r} is no sha256 of {_DIGITS} digits (0-9, a-f); leave it out once, and the "
                "message has it"
            )
        return digits

    @model_validator(mode="after")
    def _is_one_set(self) -> Self:
        if bool(self.file) == bool(self.dataset):
            raise ValueError(
                "an evaluation set is a file beside the recipe or a dataset on the Hub; give one of the two"
            )
        plain = self.file.removesuffix(".gz").endswith(".txt")
        if not plain and not self.columns:
            raise ValueError(f"name the columns of {self.name} that hold an item's text, as columns = ['question']")
        if plain and (self.columns or self.id_column):
            raise ValueError(f"{self.name} is plain text and has no columns; leave columns and id_column out")
        if not plain and self.items != "paragraphs":
            raise ValueError(f"{self.name} has columns, and items is for plain text; leave items out")
        if self.file and (self.config, self.split) != ("default", "test"):
            raise ValueError(f"{self.file} is a file; config and split are for a dataset on the Hub, leave them out")
        return self


class Found(NamedTuple):
    """The files of a set in their order, and the SHA-256 of their bytes, one behind the other."""

    paths: tuple[Path, ...]
    sha256: str


def locate(one: EvaluationSet, folder: Path, *, hub: str = "") -> Found:
    """Return the files of the set ``one`` of a recipe in ``folder``, as pinned; a set of the Hub is fetched once.

    What is damaged in the cache is fetched again.

    Raises:
        RecipeError: the file cannot be read, or the set has another hash than pinned; the message has the hash found.
        ModelMissing: the Hub is out of reach or has no such set, or the set cannot be kept.
    """
    kept = _shelf() / one.sha256
    if one.file:
        found = _beside(folder / one.file, one.name)
    elif one.sha256 and _is_whole(kept):
        found = Found(_shards(kept), one.sha256)
    else:
        found = fetch(one, hub=hub)
    if not one.sha256:
        check(one, found)  # before anyone is told to pin it
    if found.sha256 != one.sha256:
        pinned = f"pins {one.sha256[:12]}..." if one.sha256 else "pins none"
        raise RecipeError(
            f"the evaluation set {one.name} has the sha256 {found.sha256[:12]}... and the recipe {pinned}; "
            f'look at the set and write sha256 = "{found.sha256}" beside its name'
        )
    return found


def fetch(one: EvaluationSet, *, hub: str = "") -> Found:
    """Fetch the Parquet files of the set from ``hub`` (else HF_ENDPOINT, else the Hugging Face Hub) into the cache.

    With HF_TOKEN set, it is shown to that address, for sets that are behind a form. Several processes may do so at
    once: each fetches into a folder of its own and renames it.

    Raises:
        ModelMissing: the set did not come or cannot be kept.
    """
    address = (hub or os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    shelf = _shelf()
    damaged = bool(one.sha256) and (shelf / one.sha256).is_dir()
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".fetch-", dir=shelf) as work:
            _sweep(shelf, Path(work).stat().st_mtime)
            ready = Path(work, "set")
            ready.mkdir()
            download(Split(one.dataset, one.config, one.split), address, ready)
            return _shelved(ready, shelf)
    except NotGiven as error:
        state = f"is damaged in {shelf / one.sha256}" if damaged else "is not here"
        raise ModelMissing(f"the evaluation set {one.name} {state} and {error}; {error.advice}") from None
    except OSError as error:
        raise ModelMissing(
            f"the evaluation set {one.name} cannot be kept in {shelf} ({error.strerror or error}); "
            "set GRISTMILL_MODELS to a folder that can be written"
        ) from error


def check(one: EvaluationSet, found: Found) -> None:
    """See that the files of the set have their format, its columns and an item, before a night relies on them.

    Raises:
        RecipeError: a file has not, or no file has an item; the message names it.
    """
    holds = [check_items(path, one.columns, one.id_column, one.items) for path in found.paths]
    if not any(holds):
        asked = f"in {', '.join(one.columns)} " if one.columns else ""
        raise RecipeError(f"the evaluation set {one.name} holds no item {asked}to look for; export it again")


def read(one: EvaluationSet, found: Found) -> Items:
    """Return the items of the set, in the order of its files.

    Raises:
        RecipeError: a file is damaged or lacks a column; the message names the file and, where there is one, the line.
    """
    return joined([read_items(path, one.columns, one.id_column, one.items) for path in found.paths])


def _shelf() -> Path:
    return weights.cache_folder() / "evaluation-sets"


def _beside(path: Path, name: str) -> Found:
    try:
        return Found((path,), _sha256([path]))
    except OSError as error:
        raise RecipeError(
            f"the evaluation set {name} cannot be read at {path} ({error.strerror}); put the file there"
        ) from error


def _sha256(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()


def _shards(kept: Path) -> tuple[Path, ...]:
    return tuple(sorted(kept.glob("*.parquet")))


def _is_whole(kept: Path) -> bool:
    """Return whether the folder ``kept`` holds what it is named after."""
    try:
        return _sha256(_shards(kept)) == kept.name
    except OSError:
        return False


def _shelved(ready: Path, shelf: Path) -> Found:
    """Move the folder ``ready`` to its place; what is damaged there leaves with the folder of this fetch."""
    sha256 = _sha256(_shards(ready))
    kept = shelf / sha256
    if kept.exists() and not _is_whole(kept):
        kept.rename(ready.with_name("damaged"))
    try:
        ready.rename(kept)
    except OSError as error:
        if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:  # then another process was first, with the same
            raise
    return Found(_shards(kept), sha256)


def _sweep(shelf: Path, now_s: float) -> None:
    """Delete what fetches left that were killed."""
    for left in shelf.glob(".fetch-*"):
        if now_s - left.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)
