"""Judging until nothing changes, against judging everybody in order, on relations that no text could have."""

import bisect

from hypothesis import given
from hypothesis import strategies as st

from corpus.near.judging import Cover, settle
from corpus.near.overlap import Evidence
from corpus.near.standings import Standing


class World:
    """Documents whose row is their place in the order, and who could cover whom, as a set of (earlier, later)."""

    def __init__(self, covering):
        self.covering = covering
        self.living: list[int] = []
        self.failing: set[int] = set()
        self.standings: dict[int, Standing] = {}
        self.asked: list[int] = []

    def order(self, row):
        return row

    def standing(self, row):
        return self.standings[row]

    def fails(self, row):
        return row in self.failing

    def change(self, row, standing):
        self.standings[row] = standing

    def first_cover(self, row):
        self.asked.append(row)
        found = (other for other in self.living if other < row and (other, row) in self.covering)
        kept = (other for other in found if self.standings[other].kept)
        return next((Cover(other, other, Evidence(2, 0.9, 0.9)) for other in kept), None)

    def lost(self, rows):
        return [row for row in self.living if self.standings[row].winner in rows]

    def gained(self, row):
        later = [other for other in self.living if (row, other) in self.covering]
        return [other for other in later if not 0 <= self.standings[other].winner < row]

    def insert(self, rows):
        for row in rows:
            bisect.insort(self.living, row)
            self.standings[row] = Standing(judged=False)
        return settle(self, rows)

    def delete(self, rows):
        kept = [row for row in rows if self.standings[row].kept]
        for row in rows:
            self.living.remove(row)
            self.standings[row] = self.standings[row]._replace(deleted=True)
            self.failing.discard(row)
        return settle(self, self.lost(kept))

    def fates(self):
        return {row: (self.standings[row].winner, self.standings[row].fails) for row in self.living}

    def fates_anew(self):
        kept, fates = [], {}
        for row in self.living:
            winner = next((other for other in kept if (other, row) in self.covering), -1)
            fates[row] = (winner, row in self.failing)
            if fates[row] == (-1, False):
                kept.append(row)
        return fates


ROWS = 12
relations = st.sets(
    st.tuples(st.integers(0, ROWS - 1), st.integers(0, ROWS - 1)).filter(lambda pair: pair[0] < pair[1])
)
nights = st.lists(
    st.tuples(st.sampled_from(["insert", "delete", "fail", "pass"]), st.sets(st.integers(0, ROWS - 1))), max_size=12
)


@given(relations, nights)
def test_whatever_the_nights_every_fate_is_that_of_judging_all_in_order(covering, nights):
    world = World(covering)
    for what, rows in nights:
        living = sorted(rows & set(world.living))
        if what == "insert":
            world.insert(sorted(rows - set(world.living)))
        elif what == "delete":
            world.delete(living)
        else:
            world.failing = world.failing | set(living) if what == "fail" else world.failing - set(living)
            settle(world, living)
        assert world.fates() == world.fates_anew()


@given(relations, st.sets(st.integers(0, ROWS - 1)))
def test_nobody_is_judged_twice_in_one_session(covering, fall):
    world = World(covering)
    world.insert(range(ROWS))
    world.asked.clear()
    judged = world.delete(sorted(fall))
    assert len(set(world.asked)) == len(world.asked) == judged


def test_a_loser_covers_nobody_so_duplicates_never_chain():
    world = World({(0, 1), (1, 2)})
    world.insert([0, 1, 2])
    assert world.fates() == {0: (-1, False), 1: (0, False), 2: (-1, False)}


def test_the_release_of_one_loser_takes_a_later_one_in():
    world = World({(0, 1), (1, 2)})
    world.insert([0, 1, 2])
    assert world.delete([0]) == 2
    assert world.fates() == {1: (-1, False), 2: (1, False)}


def test_only_what_hangs_on_a_deleted_document_is_judged_anew():
    world = World({(0, 1), (2, 3), (2, 4)})
    world.insert(range(6))
    assert world.delete([0]) == 1


def test_an_earlier_winner_takes_over_the_losers_of_a_later_one():
    world = World({(0, 5), (3, 5)})
    world.insert([3, 5])
    assert world.fates()[5] == (3, False)
    world.insert([0])
    assert world.fates() == {0: (-1, False), 3: (-1, False), 5: (0, False)}
