"""Decontamination: which items of evaluation sets stand in a document, and how much of each."""

import logging
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, PrivateAttr

from corpus.errors import RecipeError
from corpus.params import Params
from corpus.schema import CONTAMINATION_HITS
from models.evaluation_sets import EvaluationSet, check, locate, read
from processors.contamination_evidence import Verifier
from processors.contamination_index import Coverage, Index, build_index
from processors.contamination_words import words

logger = logging.getLogger("processors.decontaminate")

THRESHOLD = 0.65
_SHOWN_CHARS = 200


class Hit(NamedTuple):
    """An item of a set found in a text: the share of its own words, and from where to where, in characters."""

    set: str
    item: str
    share: float
    start_chars: int
    end_chars: int


class Decontaminate(Params):
    """Say of every document which items of the evaluation ``sets`` stand in it, word for word or nearly so.

    ``contamination`` (0 to 1) is the largest share of an item's own words found in order, 0 below ``threshold``;
    ``contamination_set``, ``contamination_item`` and ``contamination_text`` name that item and show what was found;
    ``contamination_hits`` has every hit. A set is a file beside the recipe or a name on the Hugging Face Hub, of a
    known hash, so every night judges by the same items.
    """

    kind: Literal["decontaminate"] = "decontaminate"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = (
        "contamination",
        "contamination_set",
        "contamination_item",
        "contamination_text",
        "contamination_hits",
    )
    sets: tuple[EvaluationSet, ...] = Field(default=(), description="the evaluation sets that no document may hold")
    threshold: float = Field(default=THRESHOLD, gt=0, le=1, description="smallest share of an item that is a hit")
    # Where the recipe lies is no option: the same sets elsewhere give the same rows and fingerprint.
    _folder: str = PrivateAttr(default="")

    def beside(self, folder: Path) -> Self:
        """Return this step reading its sets from ``folder`` or from the cache, once all were found as pinned.

        Raises:
            RecipeError: a set is missing, another than pinned (the message has the hash found) or not to be read.
            ModelMissing: a set of the Hub is not in the cache and cannot be fetched.
        """
        for one in self.sets:
            check(one, locate(one, folder))
        placed = self.model_copy()
        placed._folder = str(folder.resolve())  # noqa: SLF001 - its own, of the copy just made
        return placed

    def coverage(self) -> tuple[Coverage, ...]:
        """Return how many items of each set are looked for, and why the others are not.

        Raises:
            RecipeError: a set is damaged, lacks a column, is not as pinned, or has no item that can be looked for.
            ModelMissing: a set of the Hub cannot be fetched.
        """
        return _verifier(self._folder, self.sets).index.coverage

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``; a null text is an empty one."""
        texts = pc.fill_null(table["text"].cast(pa.large_string()), "")
        found = dict(_hits(_verifier(self._folder, self.sets), texts, self.threshold)) if self.sets else {}
        hits = [found.get(row, []) for row in range(table.num_rows)]
        best = [max(mine, key=lambda hit: hit.share, default=None) for mine in hits]
        columns = (
            pa.array([hit.share if hit else 0.0 for hit in best], pa.float64()),
            pa.array([hit.set if hit else None for hit in best], pa.string()),
            pa.array([hit.item if hit else None for hit in best], pa.string()),
            pa.array([hit and _shown(texts[row].as_py(), hit) for row, hit in enumerate(best)], pa.large_string()),
            pa.array([[hit._asdict() for hit in mine] for mine in hits], CONTAMINATION_HITS),
        )
        made = table.drop_columns([name for name in self.writes if name in table.column_names])
        for name, column in zip(self.writes, columns, strict=True):
            made = made.append_column(name, column)
        return made


@lru_cache(maxsize=2)
def _verifier(folder: str, sets: tuple[EvaluationSet, ...]) -> Verifier:
    index = build_index((one.name, read(one, locate(one, Path(folder)))) for one in sets)
    for told in index.coverage:
        if not told.checked:
            raise RecipeError(
                f"of the evaluation set {told.name} no item can be looked for ({told.short} of {told.items} are too "
                f"short, {told.shared} hold only shared words); add another of its columns, or leave the set out"
            )
        logger.log(
            logging.INFO if told.checked == told.items else logging.WARNING,  # what is not looked for, a person sees
            "evaluation set %s: %d of %d items are looked for (%d copies); %d are too short, %d hold only shared words",
            *(told.name, told.checked, told.items, told.copies, told.short, told.shared),
        )
    return Verifier(index)


def _hits(verifier: Verifier, texts: pa.ChunkedArray, threshold: float) -> Iterator[tuple[int, list[Hit]]]:
    """Yield the rows that have hits, with these by set and item."""
    for row, candidates in groupby(verifier.index.candidates(texts), key=lambda one: one.row):
        text = words(texts[row].as_py())
        found = []
        for candidate in candidates:
            evidence = verifier.verify(candidate, text)
            if evidence.share >= threshold:
                span = (text.starts[evidence.first], text.ends[evidence.last])
                found += [
                    Hit(*name, round(evidence.share, 6), *span) for name in _names(verifier.index, candidate.item)
                ]
        if found:
            yield row, found


def _names(index: Index, item: int) -> Iterator[tuple[str, str]]:
    """Yield set and id of ``item`` and of its copies."""
    for one in (item, *index.copies.get(item, ())):
        yield index.coverage[index.sets[one]].name, index.ids[one].as_py()


def _shown(text: str, hit: Hit) -> str:
    return " ".join(text[hit.start_chars : hit.end_chars][: 4 * _SHOWN_CHARS].split())[:_SHOWN_CHARS]
