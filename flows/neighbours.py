"""What of a dataset is near to a text: the question `gristmill near` asks of the index of the newest version."""

from pathlib import Path

from corpus.errors import RecipeError
from corpus.manifest import latest
from corpus.near.index import Neighbour, open_index
from corpus.near.shingles import shingles
from corpus.near.tokens import Form
from corpus.store import open_store
from flows.recipe import read_recipe
from flows.tonight import NEAR
from processors.near import Near

FATES = {"kept": "kept", "loser": "duplicate", "barred": "dropped"}


def neighbours(dataset: str, text: str, form: Form, limit: int) -> list[Neighbour]:
    """Return the ``limit`` documents of the newest version's index that share most with ``text``, the nearest first.

    Documents that were dropped as duplicates, or later, are among them. Raises ``RecipeError`` where nothing is
    published or the recipe has no ``near``, ``StoreError`` where the index is damaged or the recipe asks for another.
    """
    folder = Path(dataset)
    steps = [step for step in read_recipe(folder).steps if isinstance(step, Near)]
    published = latest(open_store(folder))
    state = published.index_state() if published else None
    if not steps or state is None:
        wanted = "run `gristmill refresh` first" if steps else 'give the recipe a step of kind = "near"'
        raise RecipeError(f"{dataset} has no published near-duplicate index; {wanted}")
    found = shingles(text, form)
    if not len(found):
        raise RecipeError("the text has no word to compare")
    return open_index(folder / NEAR, steps[0].design, state).near(found, limit)


def told(found: list[Neighbour]) -> list[str]:
    """Return one line a neighbour: what is shared, its fate and its id."""
    lines = [f"{one.jaccard:8.3f}  {one.containment:8.1%}  {FATES[one.fate]:9}  {one.id}" for one in found]
    head = f"{'Jaccard':>8}  {'held':>8}  {'fate':9}  document"
    return [head, *lines] if lines else ["no document is near to this text"]
