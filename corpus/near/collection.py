"""All runs of an index, read as one: facts, shingle sets and neighbours of documents named by their rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from corpus.errors import StoreError
from corpus.near.design import Design
from corpus.near.entries import Entries, Fact, Places, Rows, take_sets
from corpus.near.keys import Counts, Keys, Pairs, sharing, wanted
from corpus.near.parts import Part
from corpus.near.shingles import Sets
from corpus.near.standings import Standings

Relevant = Callable[[Pairs], NDArray[np.bool_]]


class Collection(NamedTuple):
    """The runs of an index and the standings of their rows."""

    folder: Path
    design: Design
    runs: tuple[Part, ...]
    standings: Standings

    def facts(self, rows: Sequence[int]) -> list[Fact]:
        """Return the facts of the documents in ``rows``, in that order."""
        wanted = np.array(rows, np.uint32)
        found: dict[int, Fact] = {}
        for entries, places in self._by_run(wanted):
            found.update(zip(wanted[places[0]].tolist(), entries.facts(places[1]), strict=True))
        return [found[row] for row in rows]

    def sizes(self, rows: Rows) -> Places:
        """Return how many shingles each of ``rows`` has."""
        sizes = np.zeros(len(rows), np.int64)
        for entries, (at, places) in self._by_run(rows):
            sizes[at] = entries.sizes(places)
        return sizes

    def sets(self, rows: Rows) -> Sets:
        """Return the shingle sets of ``rows``, in that order; the caller bounds their size."""
        order, values, sizes = [np.empty(0, np.int64)], [np.empty(0, np.uint32)], [np.zeros(1, np.int64)]
        for entries, (at, places) in self._by_run(rows):
            found = entries.sets(places)
            order.append(at)
            values.append(found.values)
            sizes.append(np.diff(found.offsets))
        gathered = Sets(np.concatenate(values), np.cumsum(np.concatenate(sizes)))
        return take_sets(gathered, np.argsort(np.concatenate(order)))

    def pairs(
        self, columns: Mapping[str, Keys], counts: Counts, behind: tuple[str, int, str] | None
    ) -> Iterator[Pairs]:
        """Yield the rows that share a key with the texts of ``columns`` and that count, in bounded pieces.

        Runs without a document ``behind`` a place of the total order are not read.
        """
        keys = wanted(columns)
        for run in self.runs:
            if behind is None or run.last > behind:
                yield from sharing(self.folder / run.name, keys, counts)

    def rows_of(self, ids: Sequence[str]) -> Places:
        """Return the row of each of ``ids``, -1 for one that is not in the index or deleted."""
        keys = np.array([xxhash.xxh3_64_intdigest(name.encode()) for name in ids], np.uint64)
        column = {"id": Keys(keys, np.arange(len(ids)))}
        asked, found = pa.array(ids, pa.string()), np.full(len(ids), -1, np.int64)
        for texts, rows, _ in self.pairs(column, lambda rows: ~self.standings.deleted(rows), None):
            same = np.asarray(pc.equal(self.ids(rows), asked.take(pa.array(texts))))
            found[texts[same]] = rows[same]
        return found

    def ids(self, rows: Rows) -> pa.Array:
        """Return the ids of the documents in ``rows``, in that order."""
        order, found = [np.empty(0, np.int64)], [pa.array([], pa.string())]
        for entries, (at, places) in self._by_run(rows):
            order.append(at)
            found += entries.columns(places, ["id"])["id"].chunks
        return pa.concat_arrays(found).take(pa.array(np.argsort(np.concatenate(order))))

    def _by_run(self, rows: Rows) -> Iterator[tuple[Entries, tuple[Places, Places]]]:
        """Yield, of every run that holds some of ``rows``, which of them, and their places in the run."""
        firsts = np.array([run.first for run in self.runs], np.int64)
        runs = np.searchsorted(firsts, rows.astype(np.int64), "right") - 1
        if len(rows) and runs.min() < 0:
            raise StoreError(f"{self.folder} does not hold a document that one of its files names")
        for number in np.unique(runs).tolist():
            entries, at = Entries(self.folder / self.runs[number].name), np.flatnonzero(runs == number)
            yield entries, (at, entries.places(rows[at]))
