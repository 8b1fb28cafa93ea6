"""Near-duplicates: a document is a duplicate if and only if an earlier kept one is verified to cover it."""

from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from pydantic import Field

from corpus.near.design import ENTRY, Design
from corpus.near.index import Index, open_index
from corpus.near.shingles import Sets
from corpus.near.tokens import Form, tokens
from corpus.near.vectorised import SHINGLE_TOKENS
from corpus.params import Params
from processors.compared import Compared, compared, hashes_of, sets_of

SLICE_ROWS = 20_000  # the shingles of so many documents are in memory at once, some 40 MB
ORDER = ("revision_seen", "source_priority", "id")
EVIDENCE = ("duplicate_of", "duplicate_rule", "duplicate_jaccard", "duplicate_containment")


class Near(Params):
    """Say of every document which earlier kept one covers it, if one does.

    Documents are judged in the order (``revision_seen``, ``source_priority``, ``id``), whatever the order of the
    table's rows. One is a duplicate when a document before it that is none itself has the same text but for what
    ``exact_ignores`` names (rule ``exact``), shares at least ``threshold`` of their joint shingles (exact Jaccard:
    rule ``near``) or, where ``containment`` is given, holds at least that share of its shingles (rule ``contained``);
    the first such document is named. Losers cover nobody, so duplicates never chain. A text without any character but
    white space is never a duplicate. What of a document is compared depends on its kind: see ``processors.compared``.
    """

    kind: Literal["near"] = "near"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = ("id", "text", "kind", "messages", "revision_seen", "source_priority")
    writes: ClassVar[tuple[str, ...]] = EVIDENCE
    threshold: float = Field(default=0.8, ge=0.5, le=1, description="smallest exact Jaccard of shingles of a duplicate")
    containment: float | None = Field(
        default=None, ge=0.5, le=1, description="smallest share of a document that a longer one holds; empty: not asked"
    )
    exact_ignores: tuple[Literal["case", "space"], ...] = Field(
        default=("case", "space"), description="what exact copies may differ in; nothing given: in nothing"
    )

    @property
    def rules(self) -> set[str]:
        """The rules by which a document may lose with these options, as ``duplicate_rule`` names them."""
        return {"exact", "near"} | ({"contained"} if self.containment else set())

    @property
    def design(self) -> Design:
        """The design of an index for these options; of another version's index nothing is taken over."""
        settings = f"near {self.version}, exact but for {' and '.join(self.exact_ignores) or 'nothing'}"
        return Design(threshold=self.threshold, containment=self.containment, settings=settings)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``duplicate_of``, ``duplicate_rule``, ``duplicate_jaccard``, ``duplicate_containment``.

        All four are null for a document that is no duplicate. ``duplicate_containment`` is the share of the
        document's shingles that stand in the winner too. The documents are judged among themselves alone, with an
        index in a temporary folder.
        """
        with TemporaryDirectory(prefix="gristmill-near-") as folder:
            index = open_index(Path(folder), self.design, None)
            self.bring_up_to_date(index, table)
            return self.judged(index, table)

    def bring_up_to_date(self, index: Index, table: pa.Table) -> None:
        """Make ``index`` hold the documents of ``table`` and no others; its cost follows those that differ.

        A document that is new, or whose text or place in the order changed, is inserted, and what is no more in
        ``table`` is removed; everything near to those is judged again.
        """
        facts = entries(self, table)
        stay, removed = _differences(index.entries(), facts)
        changed = np.flatnonzero(~stay)
        fresh = pc.sort_indices(facts.take(changed), [(name, "ascending") for name in ORDER]).to_numpy()
        index.apply(removed, ENTRY.empty_table(), shingled(compared(table.slice(0, 0))))
        for start in range(0, len(fresh), SLICE_ROWS):
            rows = changed[fresh[start : start + SLICE_ROWS]]
            index.apply([], facts.take(rows), shingled(compared(table.take(rows))))

    def judged(self, index: Index, table: pa.Table) -> pa.Table:
        """Return ``table``, whose documents ``index`` holds, with the evidence columns."""
        standings = index.standings(table["id"].to_pylist())
        for name in EVIDENCE:
            table = table.drop_columns([name] if name in table.column_names else [])
            table = table.append_column(name, standings[name])
        return table


def entries(near: Near, table: pa.Table) -> pa.Table:
    """Return the ``ENTRY`` facts of every row of ``table``, in its order."""
    hashes = hashes_of(compared(table), near.exact_ignores)
    columns = [*(table[name] for name in ("id", "revision_seen", "source_priority")), hashes]
    return pa.table(dict(zip(ENTRY.names, columns, strict=True))).cast(ENTRY)


def shingled(documents: Compared) -> Sets:
    """Return the shingles of each document; one that has a single shingle gets a second hash of the same words.

    Of 100,000 texts of a few words two share 32 bits by chance, of four billion two share 64. Texts of several shingles
    need no second: that all of theirs are shared by chance is as rare.
    """
    sets = sets_of(documents)
    single = np.flatnonzero(np.diff(sets.offsets) == 1)
    if not len(single):
        return sets
    texts = documents.texts.take(pa.array(single)).to_pylist()
    told = zip(texts, [documents.forms[row] for row in single], strict=True)
    second = np.array([_second_hash(text, form) for text, form in told], np.uint32)
    pairs = np.sort([sets.values[sets.offsets[single]], second], axis=0)
    values = np.insert(sets.values, sets.offsets[single], pairs[0])
    offsets = sets.offsets + np.searchsorted(single, np.arange(len(sets.offsets)), "left")
    values[offsets[single] + 1] = pairs[1]
    return Sets(values, offsets)


def _second_hash(text: str, form: Form) -> int:
    return xxhash.xxh3_64_intdigest("\0".join(tokens(text, form)[:SHINGLE_TOKENS]).encode()) & 0xFFFFFFFF


def _differences(known: Iterable[pa.Table], facts: pa.Table) -> tuple[np.ndarray, list[str]]:
    """Tell which rows of ``facts`` stand in ``known`` as they are, and the ids of ``known`` that do not."""
    before = pa.concat_tables([ENTRY.empty_table(), *known])
    place = pc.index_in(before["id"], facts["id"].combine_chunks())
    same = _same(before, facts.take(place))
    stay = np.zeros(facts.num_rows, dtype=bool)
    stay[place.filter(same).to_numpy()] = True
    return stay, before["id"].filter(pc.invert(same)).to_pylist()


def _same(one: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    """Tell which rows are equal in every column; two nulls are."""
    columns = [(one[name], other[name]) for name in ENTRY.names]
    return reduce(pc.and_, [pc.coalesce(pc.equal(*pair), pc.equal(*map(pc.is_null, pair))) for pair in columns])
