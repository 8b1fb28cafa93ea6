"""What of a dataset is near to a text: the question `gristmill near` asks of the index of the newest version."""

from pathlib import Path

import pyarrow as pa

from corpus.errors import RecipeError, StoreError
from corpus.manifest import latest
from corpus.near.index import Neighbour, open_index
from corpus.schema import MESSAGES, Kind
from corpus.store import open_store
from flows.recipe import read_recipe
from flows.tonight import NEAR
from processors.compared import compared
from processors.near import Near, shingled

FATES = {"kept": "kept", "loser": "duplicate", "barred": "dropped"}


def neighbours(dataset: str, text: str, kind: Kind, limit: int) -> list[Neighbour]:
    """Return the ``limit`` documents of the newest version's index that share most with ``text``, the nearest first.

    Documents that were dropped as duplicates, or later, are among them.

    Raises:
        RecipeError: nothing is published, the recipe has no ``near`` or asks for another index, or it is damaged.
    """
    folder = Path(dataset)
    steps = [step for step in read_recipe(folder).steps if isinstance(step, Near)]
    published = latest(open_store(folder))
    state = published.index_state() if published else None
    if not steps or state is None:
        wanted = "run `gristmill refresh` first" if steps else 'give the recipe a step of kind = "near"'
        raise RecipeError(f"{dataset} has no published near-duplicate index; {wanted}")
    alone = pa.table({"text": [text], "kind": [kind], "messages": pa.nulls(1, MESSAGES)})
    found = shingled(compared(alone)).values
    if not len(found):
        raise RecipeError("the text has no word to compare")
    try:
        return open_index(folder / NEAR, steps[0].design, state).near(found, limit)
    except StoreError as error:
        raise RecipeError(f"{error}; run `gristmill refresh {dataset}`, which builds the index anew") from error


def told(found: list[Neighbour]) -> list[str]:
    """Return one line a neighbour: what is shared, its fate and its id."""
    lines = [f"{one.jaccard:8.3f}  {one.containment:8.1%}  {FATES[one.fate]:9}  {one.id}" for one in found]
    head = f"{'Jaccard':>8}  {'held':>8}  {'fate':9}  document"
    return [head, *lines] if lines else ["no document is near to this text"]
