"""One night of one dataset: what the stages hand to each other, and where its files lie."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from corpus.errors import RecipeError
from corpus.lock import hold
from corpus.manifest import Manifest, latest
from corpus.pseudonym import Authors, authors_of
from corpus.revisions import night_of
from corpus.store import Store, open_store
from flows.recipe import Recipe, load_recipe, with_proxy

Clock = Callable[[], datetime]
NEAR = "state/near"  # where the near-duplicate index lies in the dataset's folder


class Tonight(BaseModel):
    """What every stage of a night is given: a form in the Prefect UI, options on the command line."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Night")

    dataset: str = Field(default="datasets/demo", description="folder of the dataset, the one that holds recipe.toml")
    night: str = Field(
        default="",
        pattern=r"^(\d{4}-\d{2}-\d{2}(\.\d{2})?)?$",
        description="the unfinished night to continue, like 2026-11-21; empty starts or continues tonight's",
    )
    sources: list[str] = Field(default_factory=list, description="names of the sources to ask; empty asks all")
    proxy: str | None = Field(
        default=None, description="HTTP proxy instead of the recipe's, for a demo world elsewhere"
    )
    workers: int = Field(default=2, ge=1, le=256, description="processes for extraction and the row-wise steps")


@dataclass(frozen=True, slots=True)
class Workspace:
    """A dataset opened for one night."""

    tonight: Tonight
    recipe: Recipe
    store: Store
    folder: Path
    previous: Manifest | None
    authors: Authors

    @property
    def night(self) -> str:
        """The night's name: its date, and a number when it is not the first of that date."""
        return self.tonight.night

    @property
    def curated(self) -> Path:
        """The local folder of what the curate stage hands to the publish stage."""
        return self.folder / "work" / self.night / "curated"

    def raw_folder(self, source: str) -> str:
        """Return where ``source`` stores its parts tonight."""
        return f"state/raw/{self.night}/{source}"


def open_workspace(tonight: Tonight) -> Workspace:
    """Open the dataset of ``tonight``, whose night must be named."""
    folder = Path(tonight.dataset)
    recipe = load_recipe(folder)
    if tonight.proxy:
        recipe = with_proxy(recipe, tonight.proxy)
    store = open_store(folder)
    return Workspace(tonight, recipe, store, folder.resolve(), latest(store), authors_of(recipe.authors, store))


@contextmanager
def begin(tonight: Tonight, clock: Clock) -> Iterator[Tonight]:
    """Hold the dataset for one night and name it.

    An unfinished night of the same date goes on; parts of older unfinished nights are adopted under their own name,
    because every raw part counts. Raises ``StoreError`` when another refresh holds the dataset.
    """
    folder = Path(tonight.dataset)
    load_recipe(folder)
    (folder / "work").mkdir(exist_ok=True)
    with hold(folder / "work" / "refresh.lock"):
        yield name_night(tonight, clock)


def name_night(tonight: Tonight, clock: Clock) -> Tonight:
    """Return ``tonight`` with the night to continue or to start.

    Raises:
        RecipeError: the night asked for is published already; a version never changes.
    """
    store = open_store(tonight.dataset)
    published = latest(store)
    if tonight.night and published and tonight.night <= published.night:
        raise RecipeError(
            f"the night {tonight.night} is not open: {published.version} is published; leave the night empty"
        )
    if tonight.night:
        return tonight
    date = clock().astimezone(UTC).date().isoformat()
    return tonight.model_copy(update={"night": next_night(date, raw_nights(store), published)})


def next_night(date: str, nights: list[str], published: Manifest | None) -> str:
    """Return the night of ``date`` that is not published yet: an unfinished one of ``nights``, else a new one."""
    done = published.night if published else ""
    unfinished = [night for night in nights if night > done and night.split(".")[0] == date]
    if unfinished:
        return unfinished[-1]
    if date > done:
        return date
    last_date, _, number = done.partition(".")
    return f"{last_date}.{int(number or 1) + 1:02d}"


def raw_nights(store: Store) -> list[str]:
    """Return the names of the nights that stored raw parts, in order."""
    return sorted({night_of(path) for path in store.paths("state/raw")})


def machine_folder() -> Path:
    """Return the local folder for what all datasets of this user share (pace of hosts): GRISTMILL_STATE or XDG's."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(os.environ.get("GRISTMILL_STATE") or Path(base) / "gristmill")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)
