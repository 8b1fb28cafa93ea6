"""Count which lines and paragraphs sites repeat, and freeze them in the file that the ``boilerplate`` step reads."""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from corpus.calibration import PAGE_LINES, Calibration, CommonLines, calibrate, calibration_at
from corpus.calibration_paragraphs import PAGE_PARAGRAPHS, CommonParagraphs, Repeats, repeats
from corpus.errors import RecipeError, StoreError
from corpus.executor import map_tables
from corpus.manifest import latest
from corpus.pseudonym import Authors
from corpus.store import open_store
from flows.curate import BATCH_ROWS, curate_batch, load_documents
from flows.progress import announce
from flows.recipe import read_recipe, steps_beside
from flows.tonight import Tonight, Workspace, raw_nights
from processors import Boilerplate, Clean, Extract, Near
from processors.boilerplate import page_lines, page_repeats
from processors.chain import Step

_SHOWN = 5  # of the commonest paragraphs


class Rules(NamedTuple):
    """When a line and when a paragraph is a repeat; None: the unit is not counted."""

    lines: CommonLines | None = CommonLines()
    paragraphs: CommonParagraphs | None = None


class Calibrated(NamedTuple):
    """What was written where, the units that the file held before and holds no longer, and what pins it."""

    path: Path
    calibration: Calibration
    sha256: str
    no_longer: tuple[str, ...] = ()

    @property
    def toml(self) -> str:
        """The step as a recipe names it."""
        return f'[[steps]]\nkind = "boilerplate"\ncalibration = "{self.path.name}"\nsha256 = "{self.sha256}"'

    def told(self) -> str:
        """Return what a person should read, and the lines to paste."""
        found = self.calibration
        units = [_told_lines(found, found.rule)] if found.rule else []
        units += [_told_paragraphs(found.paragraphs)] if found.paragraphs else []
        units += [
            f"\nThe {unit} of the earlier file are no longer in it; --unit both keeps both." for unit in self.no_longer
        ]
        return (
            f"{self.path}: {found.documents:,} documents up to the night {found.night}; {' '.join(units)}\n"
            f"Put this into the recipe, right after the last of `extract` and `clean` (it replaces an older one):\n\n"
            f"{self.toml}"
        )


def _told_lines(found: Calibration, rule: CommonLines) -> str:
    lines = sum(len(place.lines) for place in found.places.values())
    if not lines:
        return (
            f"no line stands on {rule.min_documents} documents and {rule.min_share:.0%} of those of a site, "
            "so the step would take nothing out; scrape more, or ask for less (--min-documents, --min-share)."
        )
    return f"repeated lines: {lines:,}; sites and parts of sites that repeat them: {len(found.places):,}."


def _told_paragraphs(found: Repeats) -> str:
    held = {told: spread.documents for told, spread in found.everywhere.items()}
    for place in found.places.values():
        held |= {told: max(count, held.get(told, 0)) for told, count in place.lines.items()}
    distinct = f"distinct documents (copies count once): {found.documents:,}"
    if not held:
        return f"{distinct}; no paragraph stands in {found.rule.min_documents} of them, on one site or on several."
    commonest = sorted(held, key=lambda told: (-held[told], told))[:_SHOWN]
    shown = "".join(f"\n  {told} in {held[told]:,} documents, as in {found.examples[told]}" for told in commonest)
    return f"{distinct}; repeated paragraphs: {len(held):,}, on many sites: {len(found.everywhere):,}.{shown}"


def calibrate_stage(dataset: str, rules: Rules, workers: int) -> Calibrated:
    """Read every document of the raw store, count by ``rules``, and write the calibration beside the recipe.

    The text is that of the recipe's steps before ``boilerplate``; in a recipe without it, of the steps up to the last
    of ``extract`` and ``clean``, right after which it is to stand. The same documents and steps give the same bytes.

    Raises:
        RecipeError: there is no recipe, it has no ``extract``, or ``near`` stands before where the text is counted.
        StoreError: nothing was scraped yet, or another file stands where the calibration is to be written.
    """
    workspace = _workspace(dataset)
    before, name = _steps_before(workspace.recipe.steps)
    steps = steps_beside(before, workspace.folder)
    path = workspace.folder / name
    earlier = calibration_at(path)
    if path.exists() and not earlier:
        raise StoreError(
            f"{path} is no calibration and is left as it is; move it away, or name another file in the step boilerplate"
        )
    nights = raw_nights(workspace.store)
    if not nights:
        raise StoreError(f"{dataset} holds no documents yet; run `gristmill refresh {dataset}` and then calibrate")
    content = _counted(_pages(workspace, steps, rules, workers), rules, nights[-1])
    encoded = content.encoded()
    _write(path, encoded)
    return Calibrated(Path(dataset) / name, content, hashlib.sha256(encoded).hexdigest(), _no_longer(earlier, content))


def _no_longer(earlier: Calibration | None, made: Calibration) -> tuple[str, ...]:
    if not earlier:
        return ()
    lines = ("lines",) if earlier.places and not made.rule else ()
    return (*lines, "paragraphs") if earlier.paragraphs and not made.paragraphs else lines


def _workspace(dataset: str) -> Workspace:
    folder = Path(dataset)
    recipe = read_recipe(folder)  # not loaded whole: the calibration that it pins may be the one to be made
    store = open_store(folder)
    return Workspace(Tonight(dataset=dataset), recipe, store, folder.resolve(), latest(store), Authors())


def _steps_before(steps: Sequence[Step]) -> tuple[list[Step], str]:
    """Return the steps whose text is counted, and the name of the calibration's file."""
    pinned = [(place, step) for place, step in enumerate(steps) if isinstance(step, Boilerplate)]
    makers = [place for place, step in enumerate(steps) if isinstance(step, Extract | Clean)]
    if not any(isinstance(step, Extract) for step in steps):
        raise RecipeError('the recipe makes no text to count lines of; begin its steps with kind = "extract"')
    cut = pinned[0][0] if pinned else makers[-1] + 1
    if any(isinstance(step, Near) for step in steps[:cut]):
        raise RecipeError("clean stands after near; put it before, since near compares what is left")
    return list(steps[:cut]), pinned[0][1].calibration if pinned else Boilerplate().calibration


def _pages(workspace: Workspace, steps: list[Step], rules: Rules, workers: int) -> Sequence[tuple[pa.Table, pa.Table]]:
    documents = load_documents(workspace)
    fetched = documents.filter(pc.is_null(documents["refusal"]))
    batches = [fetched.slice(start, BATCH_ROWS) for start in range(0, fetched.num_rows, BATCH_ROWS)]
    count = partial(_count_batch, str(workspace.store.location), steps, rules)
    return map_tables(count, batches, workers=workers, report=partial(_report, fetched.num_rows))


def _count_batch(location: str, steps: list[Step], rules: Rules, documents: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return what is counted of the lines and of the paragraphs of ``documents``; of a unit without a rule nothing."""
    kept = curate_batch(location, steps, Authors(), documents).kept
    lines = page_lines(kept) if rules.lines else PAGE_LINES.empty_table()
    paragraphs = page_repeats(kept, rules.paragraphs.min_words) if rules.paragraphs else PAGE_PARAGRAPHS.empty_table()
    return lines, paragraphs


def _counted(pages: Sequence[tuple[pa.Table, pa.Table]], rules: Rules, night: str) -> Calibration:
    lines = pa.concat_tables([PAGE_LINES.empty_table(), *(part for part, _ in pages)])
    paragraphs = pa.concat_tables([PAGE_PARAGRAPHS.empty_table(), *(part for _, part in pages)])
    counted = {
        "documents": max(lines.num_rows, paragraphs.num_rows),  # the same ones, of each unit that was counted
        "paragraphs": repeats(paragraphs, rules.paragraphs) if rules.paragraphs else None,
    }
    return calibrate(lines, rules.lines, night).model_copy(update=counted)


def _report(total: int, done: int) -> None:
    announce("extract and count", min(done * BATCH_ROWS, total), total)


def _write(path: Path, content: bytes) -> None:
    staged = path.with_name(f"{path.name}.new")
    try:
        staged.write_bytes(content)
        staged.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
