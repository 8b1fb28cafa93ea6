"""One session of judging: new documents and what hangs on them, against an index that stands in files.

Held in memory are the documents that are judged anew because their winner fell (``orphans``, new documents among
them), their keys and shingles, and the facts and standings of every row that was touched. Everything else is read
when it is needed, for many documents at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.near import searching
from corpus.near.collection import Collection
from corpus.near.entries import Fact, Rows
from corpus.near.groups import Groups
from corpus.near.judging import Cover, settle
from corpus.near.keys import Keys, Pairs, batches, keys_of
from corpus.near.overlap import Evidence, shares
from corpus.near.searching import Look, Match
from corpus.near.shingles import Sets
from corpus.near.standings import DELETED, NONE, Standing

_AHEAD = 512  # groups whose later neighbours are looked up together
_SHINGLES = 1 << 21  # read at a time: 8 MB
_KEPT = Standing()
_NEW = Standing(judged=False)

Order = tuple[str, int, str]


class Session:
    """The neighbourhood that ``judging.settle`` asks; ``changed`` is what came of it."""

    def __init__(self, held: Collection) -> None:
        self.changed: dict[int, Standing] = {}
        self._held = held
        self._last = max((run.last for run in held.runs), default=())
        self._groups = Groups()
        self._facts: dict[int, Fact] = {}
        self._start: dict[int, Standing] = {}
        self._told: dict[int, bool] = {}
        self._orphans: set[int] = set()
        self._won: defaultdict[int, set[int]] = defaultdict(set)
        # What is known to cover a group, and a row that is in no group.
        self._covers: defaultdict[int, list[Cover]] = defaultdict(list)
        self._known: defaultdict[int, list[Cover]] = defaultdict(list)
        # Groups whose later documents all have a final cover.
        self._closed: set[int] = set()
        # Groups of which nothing was looked up, groups of which only copies were; those found; later neighbours.
        self._looked: set[int] = set()
        self._unseen: set[int] = set()
        self._partial: set[int] = set()
        self._copy: dict[int, Cover] = {}
        self._later: dict[int, list[tuple[int, Evidence]]] = {}

    def insert(self, rows: Sequence[int], facts: Sequence[Fact], sets: Sets, keys: Mapping[str, Keys]) -> int:
        """Judge new documents, which no run of the index holds yet; return how many documents were judged."""
        self._facts.update(zip(rows, facts, strict=True))
        self._start.update(dict.fromkeys(rows, _NEW))
        self._groups.add(rows, facts, sets, keys)
        self._orphaned(rows)
        return settle(self, rows)

    def delete(self, rows: Sequence[int]) -> int:
        """Delete documents and judge anew those they covered; return how many documents were judged."""
        self._fetch(rows)
        covering = [row for row in rows if self.standing(row).kept]
        for row in rows:
            self.changed[row] = self.standing(row)._replace(deleted=True)
        return settle(self, self.lost(covering))

    def tell(self, fails: Mapping[int, bool]) -> int:
        """Take note of which rows a later step drops; return how many documents were judged."""
        self._fetch(list(fails))
        self._told = {row: told for row, told in fails.items() if told != self._start[row].fails}
        self._join([row for row, told in self._told.items() if not told])
        return settle(self, self._told)

    def written(self) -> dict[int, Standing]:
        """Return the standings that are others than in the files."""
        before = {row: _KEPT if start is _NEW else start for row, start in self._start.items()}
        return {row: standing for row, standing in self.changed.items() if standing != before[row]}

    def order(self, row: int) -> Order:
        """Return the row's place in the total order."""
        if row not in self._facts:
            self._fetch([row])
        return self._facts[row][:3]

    def standing(self, row: int) -> Standing:
        """Return the row's present standing."""
        if row in self.changed:
            return self.changed[row]
        if row not in self._start:
            self._fetch([row])
        return self._start[row]

    def fails(self, row: int) -> bool:
        """Return whether a later step of the chain drops the row."""
        return self._told.get(row, self.standing(row).fails)

    def change(self, row: int, standing: Standing) -> None:
        """Take note of a new standing."""
        self.changed[row] = standing
        if standing.winner >= 0:
            self._won[standing.winner].add(row)

    def first_cover(self, row: int) -> Cover | None:
        """Return the first kept document before ``row`` that covers it, reading the index only where it must be."""
        found, standing = self._first(row), self.standing(row)
        if standing.winner >= 0 and self.standing(standing.winner).kept:
            return min(filter(None, (found, self._present(standing))))
        if row not in self._orphans:
            return found
        winner = self._start[row].winner
        if found and winner >= 0 and found.order < self.order(winner):
            return found
        self._look_up(self._groups.of[row])
        return self._first(row)

    def lost(self, rows: Sequence[int]) -> Iterable[int]:
        """Return the rows that ``rows`` covered until now; they are orphans from here on."""
        fallen = set(rows)
        found = {*self._losers(rows).tolist(), *(row for winner in rows for row in self._won[winner])}
        self._fetch(found)
        orphans = [row for row in sorted(found) if self.standing(row).winner in fallen]
        orphans = [row for row in orphans if not self.standing(row).deleted]
        self._join(orphans)
        self._orphaned(orphans)
        return orphans

    def _losers(self, winners: Sequence[int]) -> Rows:
        """Return the rows that ``winners`` cover by the files; of others that they once covered no fact may stand."""
        rows = self._held.standings.losers(winners)
        records = self._held.standings.records(rows)
        present: Rows = rows[np.isin(records["winner"], winners) & (records["flags"] & DELETED == 0)]
        return present

    def gained(self, row: int) -> Iterable[int]:
        """Tell every later document that ``row`` covers; return those of the index."""
        group, order = self._groups.of[row], self.order(row)
        size = len(self._groups.sets[group])
        self._covers[group].append(Cover(order, row, shares(size, size, size)))
        self._tell_groups(row, group)
        if not self._last or self._last < order:
            return []
        touched = []
        for other, found in self._later_of(group):
            if self.order(other) > order and not self.standing(other).deleted:
                self._known[other].append(Cover(order, row, found))
                touched.append(other)
        return touched

    def _tell_groups(self, row: int, group: int) -> None:
        neighbours = self._groups.neighbours(group)
        if not neighbours:
            return
        order, fact, last = self.order(row), self._facts[row], self._groups.last
        later = [other for other in neighbours if other not in self._closed and last[other] > fact]
        self._closed.update(other for other in later if self._is_covered(other, order))
        opened = [other for other in later if other not in self._closed]
        for other, evidence in searching.among(self._held.design, self._groups, group, opened):
            self._covers[other].append(Cover(order, row, evidence))

    def _is_covered(self, group: int, order: Order) -> bool:
        """Whether a kept document before ``order`` covers the group.

        When ``order`` is the one that is judged, that is final: nothing before it will change.
        """
        if group not in self._covers:
            return False
        return any(cover.order < order and self.standing(cover.winner).kept for cover in self._covers[group])

    def _first(self, row: int) -> Cover | None:
        order, group = self.order(row), self._groups.of.get(row)
        covers = self._known.get(row, []) + (self._covers[group] if group is not None else [])
        return min(
            (cover for cover in covers if cover.order < order and self.standing(cover.winner).kept), default=None
        )

    def _present(self, standing: Standing) -> Cover:
        evidence = Evidence(standing.rule, standing.jaccard, standing.containment)
        return Cover(self.order(standing.winner), standing.winner, evidence)

    def _look_up(self, group: int) -> None:
        """Find what covers the group, and all others that wait, among the documents kept when the session began."""
        if group in self._unseen:
            self._find_copies()
        if group in self._partial and not self._is_copy(group):
            self._find_alike()

    def _find_copies(self) -> None:
        wanted = sorted(self._unseen)
        self._unseen.clear()
        self._partial.update(wanted)
        for match in searching.copies(self._held, self._groups, wanted, self._among_kept()):
            cover = self._found(match)
            if cover and match.common == match.size == len(self._groups.sets[match.group]):
                self._copy[match.group] = cover

    def _find_alike(self) -> None:
        wanted = [group for group in sorted(self._partial) if not self._is_copy(group)]
        self._partial.difference_update(wanted)
        for match in searching.alike(self._held, self._groups, wanted, self._among_kept()):
            self._found(match)

    def _is_copy(self, group: int) -> bool:
        """Whether a kept document before the whole group has its very text.

        Whoever covered the group from before that one would cover it too, so it is the first that does.
        """
        copy = self._copy.get(group)
        return copy is not None and copy.order < self._groups.first[group][:3] and self.standing(copy.winner).kept

    def _found(self, match: Match) -> Cover | None:
        self._start.setdefault(match.row, _KEPT)
        self._facts.setdefault(match.row, match.fact)
        evidence = searching.covering(self._held, self._groups, match)
        if evidence is None:
            return None
        cover = Cover(match.fact[:3], match.row, evidence)
        self._covers[match.group].append(cover)
        return cover

    def _among_kept(self) -> Look:
        return Look(self._held.standings.kept, lambda pairs: np.ones(len(pairs.rows), bool), None)

    def _later_of(self, group: int) -> list[tuple[int, Evidence]]:
        """Return the rows of the index that a document of ``group`` covers if it is kept and comes before them."""
        if group not in self._later:
            ahead = range(group + 1, min(group + _AHEAD, len(self._groups.sets)))
            doubtful = [other for other in ahead if other not in self._later and not self._is_covered_whole(other)]
            self._find_later([group, *doubtful])
        return self._later[group]

    def _is_covered_whole(self, group: int) -> bool:
        return self._is_covered(group, self._groups.first[group][:3])

    def _find_later(self, wanted: Sequence[int]) -> None:
        self._later.update((group, []) for group in wanted)
        behind = min(self._groups.first[group][:3] for group in wanted)
        look = Look(lambda rows: ~self._held.standings.deleted(rows), self._changeable, behind)
        for search in (searching.copies, searching.alike):
            for match in search(self._held, self._groups, wanted, look):
                evidence = searching.covered(self._held, self._groups, match)
                if evidence:
                    self._facts.setdefault(match.row, match.fact)
                    self._later[match.group].append((match.row, evidence))
        self._fetch({row for group in wanted for row, _ in self._later[group]})

    def _changeable(self, pairs: Pairs) -> NDArray[np.bool_]:
        """Return which rows an earlier document of the group could take over: not those covered from before it."""
        records = self._held.standings.records(pairs.rows)["winner"]
        winners, which = np.unique(records, return_inverse=True)
        groups, whose = np.unique(pairs.texts, return_inverse=True)
        self._fetch([winner for winner in winners.tolist() if winner != NONE])
        orders: list[Order] = [("", 0, "") if winner == NONE else self.order(winner) for winner in winners.tolist()]
        orders += [self._groups.first[group][:3] for group in groups.tolist()]
        ranks = np.empty(len(orders), np.int64)
        ranks[sorted(range(len(orders)), key=orders.__getitem__)] = np.arange(len(orders))
        changeable: NDArray[np.bool_] = (records == NONE) | (ranks[which] > ranks[len(winners) + whose])
        return changeable

    def _join(self, rows: Iterable[int]) -> None:
        """Take documents of the index into memory, which may become kept."""
        missing = sorted((row for row in rows if row not in self._groups.of), key=self.order)
        for start, behind in batches(self._held.sizes(np.array(missing, np.uint32)), _SHINGLES):
            piece = missing[start:behind]
            sets, facts = self._held.sets(np.array(piece, np.uint32)), [self._facts[row] for row in piece]
            keys = keys_of(self._held.design, sets, [fact.text_hash for fact in facts])
            self._groups.add(piece, facts, sets, keys)

    def _orphaned(self, rows: Iterable[int]) -> None:
        self._orphans.update(rows)
        groups = {self._groups.of[row] for row in rows} - self._looked
        self._looked |= groups
        self._unseen |= groups

    def _fetch(self, rows: Iterable[int]) -> None:
        """Read the facts and standings of the rows that were not touched yet."""
        missing = sorted(set(rows) - self._facts.keys())
        self._facts.update(zip(missing, self._held.facts(missing), strict=True))
        missing = sorted(set(rows) - self._start.keys())
        found = self._held.standings.standings(np.array(missing, np.uint32))
        self._start.update(zip(missing, found, strict=True))
