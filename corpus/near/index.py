"""The index of near-duplicates: every document that was ever judged, on disk, and who covers whom among them.

It answers in bounded memory whatever its size: key files are mapped, searched and unmapped, shingles and facts are
read for the rows that are compared. Its answers depend on the documents alone, not on the batches they came in.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from corpus.errors import StoreError
from corpus.near import compaction, parts
from corpus.near.collection import Collection
from corpus.near.design import ENTRY, Design
from corpus.near.entries import Entries, EntriesWriter, Fact, Places, Rows, take_sets
from corpus.near.groups import Groups
from corpus.near.keys import Keys, batches, keys_of
from corpus.near.overlap import shares
from corpus.near.parts import Part, State, prune
from corpus.near.runs import write_run
from corpus.near.searching import Look, compared
from corpus.near.session import Session
from corpus.near.shingles import Hashes, Sets
from corpus.near.standings import FAILS, NONE, RULES, Standings, write_standings
from corpus.near.sums import check_part

__all__ = ["ENTRY", "Design", "Index", "Neighbour", "open_index", "prune"]

# New documents are judged so many, and so many shingles, at a time: some 200 MB in all.
CHUNK = 1 << 14
_CHUNK_SHINGLES = 1 << 23

STANDING = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("duplicate_of", pa.string()),
        pa.field("duplicate_rule", pa.string()),
        pa.field("duplicate_jaccard", pa.float64()),
        pa.field("duplicate_containment", pa.float64()),
        pa.field("fails", pa.bool_(), nullable=False),
    ]
)


class Neighbour(NamedTuple):
    """A document near a text: how near, the share of the text's shingles in it, and its fate (kept, loser, barred)."""

    id: str
    jaccard: float
    containment: float
    fate: str


def open_index(folder: Path, design: Design, state: str | None) -> "Index":
    """Open the index in ``folder`` as the file ``state`` (a name that ``commit`` gave) says it is; ``None``: empty.

    Raises:
        StoreError: the index was made for another design, a file is missing or not as long as it was written, or
            ``folder`` cannot be one; the sentence names it. Damage within a file is an error where it is met.
    """
    if not folder.is_dir() and (folder.exists() or folder.is_symlink()):
        raise StoreError(f"{folder} is no folder, nor a link to one that is there, so no index can stand in it")
    if state is None:
        return Index(folder, design, State(design.facts, 0, 0, (), ()))
    found = parts.read_state(folder, state)
    if found.design != design.facts:
        others = [name for name in design.facts if found.design.get(name) != design.facts[name]]
        told = ", ".join(f"{name} {found.design.get(name)!r} instead of {design.facts[name]!r}" for name in others)
        raise StoreError(f"{folder / state} is an index of another design ({told})")
    return Index(folder, design, found)


class Index:
    """One index as it stands in a folder and, from the first change to ``commit``, as it will stand."""

    def __init__(self, folder: Path, design: Design, state: State) -> None:
        self.rejudged = 0
        self._folder = folder
        self._design = design
        self._state = state
        self._committed = state
        # What stood here before is not ours to delete: another state may name it.
        self._foreign = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        self._standings: Standings | None = None
        self._held = self._collected()

    @property
    def documents(self) -> int:
        """How many documents live in the index, of whatever fate."""
        return self._state.documents

    def apply(self, removed: Sequence[str], entries: pa.Table, sets: Sets) -> None:
        """Remove documents, insert others, and judge anew whatever hangs on them.

        Args:
            removed: ids of the index; a document whose text or facts changed stands here and in ``entries``.
            entries: ``ENTRY`` columns, rows in any order.
            sets: the shingles of the rows' texts, in the order of ``entries``.

        Raises:
            StoreError: an id of ``removed`` is not in the index, one of ``entries`` is already, or the row numbers
                are used up: then nothing changed. A file is damaged: what stands in memory is of no use any more.
            pa.ArrowInvalid: ``entries`` are no ``ENTRY``; nothing changed.
        """
        entries = entries.select(ENTRY.names).cast(ENTRY)
        rows = self._rows(list(dict.fromkeys(removed))).tolist()
        self._refuse_known(entries["id"].to_pylist(), set(removed))
        if self._state.next_row + len(entries) >= NONE:
            raise StoreError(f"{self._folder} is full: its 32-bit row numbers are used up; build it anew")
        for start in range(0, len(rows), CHUNK):
            self._delete(rows[start : start + CHUNK])
        order = np.asarray(pc.sort_indices(entries, [(name, "ascending") for name in Fact._fields[:3]]), np.int64)
        sizes = np.maximum(np.diff(sets.offsets), _CHUNK_SHINGLES // CHUNK)
        for start, behind in batches(sizes[order], _CHUNK_SHINGLES):
            self._insert(entries.take(order[start:behind]), take_sets(sets, order[start:behind]))

    def mark(self, fails: Sequence[str], passes: Sequence[str]) -> list[str]:
        """Take note of what the later steps of the chain said of documents, and judge anew what hangs on it.

        Returns:
            The ids of all documents whose standing is another now, sorted.

        Raises:
            StoreError: an id is not in the index.
        """
        said = [True] * len(fails) + [False] * len(passes)
        told = dict(zip(self._rows([*fails, *passes]).tolist(), said, strict=True))
        rows, changed = sorted(told), set[int]()
        for start in range(0, len(rows), CHUNK):
            session = Session(self._held)
            self.rejudged += session.tell({row: told[row] for row in rows[start : start + CHUNK]})
            changed.update(session.written())
            self._keep(session)
        return sorted(self._held.ids(np.array(sorted(changed), np.uint32)).to_pylist())

    def standings(self, ids: Sequence[str]) -> pa.Table:
        """Return the ``STANDING`` of documents, in the order of ``ids``; nulls where nobody covers one.

        Raises:
            StoreError: an id is not in the index.
        """
        records = self._held.standings.records(self._rows(ids).astype(np.uint32))
        kept = records["winner"] == NONE
        winners = np.full(len(ids), 0, np.int64)
        distinct, winners[~kept] = np.unique(records["winner"][~kept], return_inverse=True)
        columns = [
            pc.take(self._held.ids(distinct), pa.array(winners, mask=kept)),
            pc.take(pa.array(RULES, pa.string()), pa.array(records["rule"], mask=kept)),
            pa.array(records["jaccard"], mask=kept),
            pa.array(records["containment"], mask=kept),
        ]
        fails = (records["flags"] & FAILS) > 0
        return pa.table([pa.array(ids, pa.string()), *columns, fails], schema=STANDING)

    def entries(self) -> Iterator[pa.Table]:
        """Yield the ``ENTRY`` facts of all living documents, some thousands at a time, by age in the index."""
        for run in self._state.runs:
            check_part(self._folder / run.name)
            for rows, documents in Entries(self._folder / run.name).batches():
                living = np.flatnonzero(~self._held.standings.deleted(rows))
                if len(living):
                    yield documents.take(living)

    def near(self, shingles: Hashes, limit: int) -> list[Neighbour]:
        """Return the ``limit`` documents that share most of their joint shingles with a text, best first.

        Only documents at or above the design's thresholds are found with certainty; others may be among them.
        """
        groups = Groups()
        sets = Sets(shingles, np.array([0, len(shingles)], np.int64))
        text = Fact("", 0, "", bytes(16))
        groups.add([0], [text], sets, keys_of(self._design, sets, [text.text_hash]))
        everything = Look(lambda rows: ~self._held.standings.deleted(rows), lambda pairs: pairs.rows >= 0, None)
        found = (
            (*shares(len(shingles), size, common)[1:], row)
            for _, row, size, common in compared(self._held, groups, [0], everything)
        )
        best = heapq.nsmallest(limit, found, key=lambda one: (-one[0], -one[1], one[2]))
        rows = [row for _, _, row in best]
        standings = self._held.standings.standings(np.array(rows, np.uint32))
        told = zip(best, self._held.facts(rows), standings, strict=True)
        return [Neighbour(fact.id, jaccard, share, standing.fate) for (jaccard, share, _), fact, standing in told]

    def compact(self) -> None:
        """Merge everything into one run now, so that no file holds anything of a deleted document."""
        self._replace(compaction.compacted(self._folder, self._design, self._state))

    def verify(self) -> None:
        """Read every file and hold it against its SHA-256; raises ``StoreError`` naming the first damaged one."""
        parts.verify(self._folder, self._state)

    def commit(self) -> str:
        """Write the state and return the name of its file; until then the states before are all there is.

        An index that more than doubled since it was opened or last committed, as a first build does, is merged into
        one run: that copies each document once more, some 5 microseconds. So is one of whose documents more than a
        quarter are deleted: until then, or until its run is merged, the id, the hashes and the shingles of a deleted
        document stay in the files, marked as deleted and told to nobody; ``compact`` takes them out at once.
        """
        if 3 * (sum(run.documents for run in self._state.runs) - self._state.documents) > self._state.documents:
            self.compact()
        if self._state.documents > 2 * self._committed.documents:
            self._replace(compaction.in_one_run(self._folder, self._design, self._state))
        name = parts.write_state(self._folder, self._state, self._committed.parts)
        self._committed = self._state
        self._foreign |= self._state.parts
        return name

    def _rows(self, ids: Sequence[str]) -> Places:
        found = self._held.rows_of(ids)
        missing = np.flatnonzero(found < 0)
        if len(missing):
            name = ids[missing[0]]
            raise StoreError(f"{self._folder} holds no document {name!r}; it must be inserted before it is named")
        return found

    def _refuse_known(self, ids: Sequence[str], removed: set[str]) -> None:
        if len(set(ids)) < len(ids):
            twice = next(name for name, count in Counter(ids).items() if count > 1)
            raise StoreError(f"the document {twice!r} comes twice in what is to be inserted; insert it once")
        known = np.flatnonzero(self._held.rows_of(ids) >= 0)
        for name in sorted(ids[place] for place in known.tolist()):
            if name not in removed:
                raise StoreError(f"{self._folder} already holds the document {name!r}; remove it to insert it anew")

    def _delete(self, rows: Sequence[int]) -> None:
        session = Session(self._held)
        self.rejudged += session.delete(rows)
        self._keep(session)
        self._replace(replace(self._state, documents=self._state.documents - len(rows)))

    def _insert(self, entries: pa.Table, sets: Sets) -> None:
        first, count = self._state.next_row, len(entries)
        facts = [Fact(*values) for values in zip(*(entries[name].to_pylist() for name in Fact._fields), strict=True)]
        keys = keys_of(self._design, sets, [fact.text_hash for fact in facts])
        rows = np.arange(first, first + count, dtype=np.uint32)
        run = self._run(rows, entries, sets, keys)
        session = Session(self._held)
        self.rejudged += session.insert(rows.tolist(), facts, sets, keys)
        self._keep(session)
        state = replace(
            self._state,
            next_row=first + count,
            documents=self._state.documents + count,
            runs=(*self._state.runs, replace(run, last=facts[-1][:3])),
        )
        self._replace(compaction.merged(self._folder, self._design, state))

    def _run(self, rows: Rows, entries: pa.Table, sets: Sets, keys: dict[str, Keys]) -> Part:
        with parts.new_folder(self._folder) as folder:
            with EntriesWriter(folder) as writer:
                writer.append(rows, entries, sets)
            ids = np.array([xxhash.xxh3_64_intdigest(name.encode()) for name in entries["id"].to_pylist()], np.uint64)
            write_run(folder / "id", ids, rows)
            for name, column in keys.items():
                write_run(folder / name, column.keys, rows[column.texts])
            name, files = parts.seal(folder, "run")
        return Part(name, int(rows[0]), len(rows), (), files)

    def _keep(self, session: Session) -> None:
        """Write what a session changed."""
        changed = session.written()
        if not changed:
            return
        with parts.new_folder(self._folder) as folder:
            write_standings(folder, changed)
            name, files = parts.seal(folder, "standings")
        part = Part(name, min(changed), len(changed), (), files)
        state = replace(self._state, standings=(*self._state.standings, part))
        self._replace(compaction.merged(self._folder, self._design, state))

    def _replace(self, state: State) -> None:
        """Go over to another state; the parts that only the one before named, and no file does, are deleted."""
        superfluous = self._state.parts - state.parts - self._foreign
        self._state = state
        self._held = self._collected()
        for name in sorted(superfluous):
            parts.delete(self._folder / name)

    def _collected(self) -> Collection:
        self._standings = Standings([self._folder / part.name for part in self._state.standings], self._standings)
        return Collection(self._folder, self._design, self._state.runs, self._standings)
