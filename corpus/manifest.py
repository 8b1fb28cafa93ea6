"""The commit of a night: numbered, immutable, written last by create-if-absent.

A manifest names the data shards *and* the state segments, so a night is all or nothing: files that no manifest
names are garbage. ``published/latest`` is only a hint; the highest number counts.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from corpus.errors import StoreError
from corpus.store import Store

FOLDER = "published/manifests"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shard(_Record):
    """One immutable Parquet file of rows, named by its content; ``path`` is relative to ``published/``."""

    path: str
    split: Literal["train", "validation"]
    rows: int
    size_bytes: int
    sha256: str


class Segment(_Record):
    """One immutable file of state (raw rows, ledger, near-duplicate index), relative to the dataset's root.

    That of an index is the list of its files, with their sizes and hashes; ``rows`` counts its documents.
    """

    kind: Literal["raw", "ledger", "near"]
    night: str
    path: str
    rows: int
    sha256: str


class FunnelRow(_Record):
    """How many documents left at one place, and why; ``reason`` is ``kept`` for those that stayed to the end."""

    step: str
    reason: str
    documents: int


class Manifest(_Record):
    """Everything a reader needs to trust one version of a dataset."""

    number: int
    dataset: str
    version: str  # "v" and the night
    night: str
    created_at: str  # ISO 8601, UTC
    recipe_fingerprint: str
    code_version: str
    environment: dict[str, str]
    tokenizer: str
    tokenizer_sha256: str
    template_sha256: str
    authors: str = ""  # how they are shown; equal where the pseudonyms of two versions mean the same people
    columns: dict[str, str]
    shards: list[Shard]
    segments: list[Segment]
    funnel: list[FunnelRow]
    sources: dict[str, int]
    licences: dict[str, int]
    languages: dict[str, int]
    n_tokens: int
    versions: dict[str, list[Shard]]  # every kept version with its files, this one included

    def index_state(self) -> str | None:
        """Return the name of the state of the near-duplicate index, ``None`` where the recipe has no ``near``."""
        return next((segment.path.rpartition("/")[2] for segment in self.segments if segment.kind == "near"), None)

    def rows(self, split: str) -> int:
        """Return the number of rows of ``split`` in this version."""
        return sum(shard.rows for shard in self.shards if shard.split == split)


def latest(store: Store) -> Manifest | None:
    """Return the newest manifest, or ``None`` when nothing was ever published."""
    names = [path for path in store.paths(FOLDER) if path.endswith(".json")]
    if not names:
        return None
    try:
        return Manifest.model_validate_json(store.get(names[-1]))
    except ValueError as error:
        reason = "; ".join(str(error).splitlines()[:2])
        raise StoreError(f"{store.location}/{names[-1]} is damaged: {reason}") from error


def commit(store: Store, manifest: Manifest) -> str:
    """Write ``manifest`` under its number and return its path.

    Raises:
        StoreError: another run has published that number; nothing was overwritten.
    """
    path = f"{FOLDER}/{manifest.number:012d}.json"
    if not store.create(path, manifest.model_dump_json(indent=1).encode()):
        raise StoreError(f"{path} was published by another run in the meantime; run the refresh again")
    store.put("published/latest", f"{manifest.number:012d}\n".encode())
    return path
