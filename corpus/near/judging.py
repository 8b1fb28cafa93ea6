"""Judging documents in their total order until nothing changes: the whole rule, without a file.

An earlier kept document covers a later one or does not; a covered document is a loser and its winner is the first in
the order that covers it; else it is barred where a later step dropped it, and kept where none did. A document's fate
depends on earlier ones only, so judging always the first that is in doubt judges each at most once.
"""

import heapq
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from corpus.near.overlap import Evidence
from corpus.near.standings import Standing


class Cover(NamedTuple):
    """An earlier kept document that covers another: its place in the order, its row, and the evidence."""

    order: Any
    winner: int
    evidence: Evidence


class Neighbourhood(Protocol):
    """What judging asks about documents, named by their rows, and what it tells."""

    def order(self, row: int) -> Any:  # noqa: ANN401 - any values that compare
        """Return the document's place in the total order."""

    def standing(self, row: int) -> Standing:
        """Return what the document's standing is at present."""

    def fails(self, row: int) -> bool:
        """Return whether a later step of the chain is known to drop the document."""

    def first_cover(self, row: int) -> Cover | None:
        """Return the first earlier document, among those kept at present, that covers this one."""

    def change(self, row: int, standing: Standing) -> None:
        """Take note of a new standing."""

    def lost(self, rows: Sequence[int]) -> Iterable[int]:
        """Return the later documents that one of ``rows``, which are no longer kept, covered until now."""

    def gained(self, row: int) -> Iterable[int]:
        """Return the later documents that ``row``, which has become kept, covers and whose fate that may change."""


def settle(world: Neighbourhood, doubtful: Iterable[int]) -> int:
    """Judge the ``doubtful`` rows and whatever hangs on them; return how many rows were judged."""
    waiting = set(doubtful)
    heap = [(world.order(row), row) for row in waiting]
    heapq.heapify(heap)
    judged = 0
    while heap:
        row = heapq.heappop(heap)[1]
        waiting.discard(row)
        judged += 1
        for other in _judge(world, row):
            if other not in waiting:
                waiting.add(other)
                heapq.heappush(heap, (world.order(other), other))
    return judged


def _judge(world: Neighbourhood, row: int) -> Iterable[int]:
    before = world.standing(row)
    if before.deleted:
        return ()
    after = _covered(world.first_cover(row), fails=world.fails(row))
    if after == before:
        return ()
    world.change(row, after)
    if before.kept == after.kept:
        return ()
    return world.gained(row) if after.kept else world.lost([row])


def _covered(cover: Cover | None, *, fails: bool) -> Standing:
    if cover is None:
        return Standing(fails=fails)
    return Standing(False, fails, cover.winner, *cover.evidence)  # noqa: FBT003 - a tuple's first place
