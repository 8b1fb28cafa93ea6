"""Evaluation sets that training data must not hold: from a file beside the recipe, or fetched by their name on the Hub.

A fetched set is kept in the cache folder of the models, under the SHA-256 of its content, which the recipe pins.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from corpus.errors import ModelMissing, RecipeError
from corpus.params import Params
from models import weights
from models.evaluation_items import Items, joined, read_items

HUB = "https://huggingface.co"  # unless HF_ENDPOINT, as for the Hub's own client, names a mirror

_TIMEOUT_S = (5, 60)  # to connect, and between two parts
_CHUNK_BYTES = 1 << 20


class EvaluationSet(Params):
    """Where one evaluation set is, which of its columns hold what a model is asked, and the hash that it must have."""

    file: str = Field(
        default="",
        pattern=r"^(\w[\w./-]*\.(parquet|(jsonl|csv|txt)(\.gz)?))?$",
        description="a file beside the recipe: .parquet, or .jsonl, .csv or .txt, gzipped (.gz) or not",
    )
    dataset: str = Field(
        default="", pattern=r"^([\w.-]+(/[\w.-]+)?)?$", description="instead of a file: a name on the Hugging Face Hub"
    )
    config: str = Field(default="default", pattern=r"^[\w.-]+$", description="the configuration on the Hub")
    split: str = Field(default="test", pattern=r"^[\w.-]+$", description="the split on the Hub")
    columns: tuple[str, ...] = Field(default=(), description="the columns of an item's text, in the order they stand")
    id_column: str = Field(default="", description="the column that names an item; else it is its number, from 0")
    items: Literal["paragraphs", "lines"] = Field(default="paragraphs", description="what an item is in plain text")
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="the hash that the set must have")

    @model_validator(mode="after")
    def _is_one_set(self) -> Self:
        if bool(self.file) == bool(self.dataset):
            raise ValueError(
                "an evaluation set is a file beside the recipe or a dataset on the Hub; give one of the two"
            )
        if ".." in Path(self.file).parts:
            raise ValueError(f"the file {self.file!r} leaves the recipe's folder; put it beside the recipe")
        plain = self.file.removesuffix(".gz").endswith(".txt")
        if not plain and not self.columns:
            raise ValueError(f"name the columns of {self.name} that hold an item's text, as columns = ['question']")
        if plain and (self.columns or self.id_column):
            raise ValueError(f"{self.name} is plain text and has no columns; leave columns and id_column out")
        return self

    @property
    def name(self) -> str:
        """What hits are reported by: the file, or name, configuration and split on the Hub."""
        return self.file or f"{self.dataset}/{self.config}/{self.split}"


class Found(NamedTuple):
    """The files of a set in their order, and the SHA-256 of their bytes, one behind the other."""

    paths: tuple[Path, ...]
    sha256: str


class _NotGiven(Exception):
    """The Hub did not give what was asked; the message says why."""


def locate(one: EvaluationSet, folder: Path, *, hub: str = "") -> Found:
    """Return the files of the set ``one`` of a recipe in ``folder``, as pinned; a set of the Hub is fetched once.

    Raises:
        RecipeError: the file cannot be read, or the set has another hash than pinned; the message has the hash found.
        ModelMissing: the Hub is out of reach or has no such set, or the set cannot be kept.
    """
    kept = _shelf() / one.sha256
    if one.file:
        found = _hashed((folder / one.file,), one.name)
    elif one.sha256 and kept.is_dir():
        found = _hashed(sorted(kept.glob("*.parquet")), one.name)
    else:
        found = fetch(one, hub=hub)
    if found.sha256 != one.sha256:
        pinned = f"pins {one.sha256[:12]}..." if one.sha256 else "pins none"
        raise RecipeError(
            f"the evaluation set {one.name} has the sha256 {found.sha256[:12]}... and the recipe {pinned}; "
            f'look at the set and write sha256 = "{found.sha256}" beside its name'
        )
    return found


def fetch(one: EvaluationSet, *, hub: str = "") -> Found:
    """Fetch the Parquet files of the set from ``hub`` (else HF_ENDPOINT, else the Hugging Face Hub) into the cache.

    With HF_TOKEN set, it is shown to that address, for sets that are behind a form.

    Raises:
        ModelMissing: the set did not come or cannot be kept.
    """
    address = (hub or os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    shelf = _shelf()
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".fetch-", dir=shelf) as work:
            return _shelved(_downloaded(one, address, Path(work)), shelf, one.name)
    except _NotGiven as error:
        raise ModelMissing(
            f"the evaluation set {one.name} is not here and {error}; "
            "with a network, load the recipe again, or put the set beside the recipe as a file"
        ) from None
    except OSError as error:
        raise ModelMissing(
            f"the evaluation set {one.name} cannot be kept in {shelf} ({error.strerror or error}); "
            "set GRISTMILL_MODELS to a folder that can be written"
        ) from error


def read(one: EvaluationSet, found: Found) -> Items:
    """Return the items of the set, in the order of its files.

    Raises:
        RecipeError: a file is damaged or lacks a column; the message names the file and, where there is one, the line.
    """
    return joined([read_items(path, one.columns, one.id_column, one.items) for path in found.paths])


def _shelf() -> Path:
    return weights._cache() / "evaluation-sets"  # noqa: SLF001 - there is one cache folder


def _hashed(paths: Sequence[Path], name: str) -> Found:
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as stream:
                while block := stream.read(_CHUNK_BYTES):
                    digest.update(block)
        except OSError as error:
            raise RecipeError(
                f"the evaluation set {name} cannot be read at {path} ({error.strerror}); put the file there"
            ) from error
    return Found(tuple(paths), digest.hexdigest())


def _shelved(paths: Sequence[Path], shelf: Path, name: str) -> Found:
    found = _hashed(paths, name)
    kept = shelf / found.sha256
    ready = paths[0].parent.rename(paths[0].parent.with_name("ready"))
    if not kept.is_dir():
        ready.rename(kept)
    return Found(tuple(kept / path.name for path in paths), found.sha256)


def _downloaded(one: EvaluationSet, address: str, work: Path) -> list[Path]:
    """Return the set's files under ``work``, in the order of the Hub's listing.

    The listing: https://huggingface.co/docs/dataset-viewer/parquet, section "Using the Hugging Face Hub API".
    """
    listing = f"{address}/api/datasets/{one.dataset}/parquet/{one.config}/{one.split}"
    target = work / "listing.json"
    _download(listing, address, target)
    folder = work / "set"
    folder.mkdir()
    paths = []
    for number, url in enumerate(_urls(target, listing)):
        paths.append(folder / f"{number:05d}.parquet")
        _download(url, address, paths[-1])
    return paths


def _urls(target: Path, listing: str) -> list[str]:
    try:
        urls: Any = json.loads(target.read_bytes())
    except (ValueError, RecursionError):
        urls = None
    if not (isinstance(urls, list) and urls and all(isinstance(url, str) for url in urls)):
        raise _NotGiven(f"{listing} lists no Parquet files")
    return urls


def _download(url: str, address: str, target: Path) -> None:
    import requests  # noqa: PLC0415 - only a fetch needs it

    try:
        with _quiet(), requests.get(url, headers=_headers(url, address), timeout=_TIMEOUT_S, stream=True) as response:
            response.raise_for_status()
            with target.open("wb") as file:
                for chunk in response.iter_content(_CHUNK_BYTES):
                    file.write(chunk)
    except requests.HTTPError as error:
        raise _NotGiven(f"{url} answered {error.response.status_code}") from None
    # A blocked socket is a RuntimeError in some sandboxes.
    except (requests.RequestException, RuntimeError):
        raise _NotGiven(f"{address} is out of reach") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep silent: a sandbox that blocks sockets may warn, and leave an open one to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _headers(url: str, address: str) -> Mapping[str, str]:
    token = os.environ.get("HF_TOKEN")
    return {"Authorization": f"Bearer {token}"} if token and url.startswith(f"{address}/") else {}
