"""The documents that a session holds in memory: the new ones, and old ones that are judged anew.

Documents of the same text hash and the same shingles form one group: whatever is found out about one, a look into
the index or a comparison, holds for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from corpus.near.entries import Fact
from corpus.near.keys import Keys
from corpus.near.shingles import Hashes, Sets

_BLOCKS = 8  # more of them are made one
_SALT = np.uint64(0x9E3779B97F4A7C15)  # odd: sets the columns apart in one array of keys


class _Block(NamedTuple):
    """The salted keys of groups, once by group and once by key."""

    groups: NDArray[np.int64]
    keys: NDArray[np.uint64]
    by_key: NDArray[np.uint64]
    groups_by_key: NDArray[np.int64]


class Groups:
    """Groups of documents, numbered in the order in which they came."""

    def __init__(self) -> None:
        self.of: dict[int, int] = {}
        self.sets: list[Hashes] = []
        self.text_hashes: list[bytes | None] = []
        self.first: list[Fact] = []
        self.last: list[Fact] = []
        self._keys: dict[str, list[Keys]] = {}
        self._numbers: dict[bytes, int] = {}
        self._blocks: list[_Block] = []
        self._social: set[int] = set()

    def add(self, rows: Sequence[int], facts: Sequence[Fact], sets: Sets, keys: Mapping[str, Keys]) -> None:
        """Take in documents; ``keys`` names them by their place in ``rows``."""
        made = np.full(len(rows), -1, np.int64)
        ends = sets.offsets.tolist()
        for place, (row, fact) in enumerate(zip(rows, facts, strict=True)):
            before = len(self.sets)
            number = self._number(row, fact, sets.values[ends[place] : ends[place + 1]])
            if number == before:
                made[place] = number
            self.of[row] = number
        self._index(made, keys)

    def neighbours(self, group: int) -> list[int]:
        """Return the other groups that share a key with ``group``."""
        if len(self._blocks) == 1 and group not in self._social:
            return []
        mine = np.concatenate([_keys_of(block, group) for block in self._blocks])
        found = np.concatenate([_with_keys(block, mine) for block in self._blocks])
        return [other for other in np.unique(found).tolist() if other != group]

    def shared_keys(self, one: int, other: int) -> int:
        """Return how many keys two groups share in all columns."""
        mine, theirs = (np.concatenate([_keys_of(block, group) for block in self._blocks]) for group in (one, other))
        return len(np.intersect1d(mine, theirs, assume_unique=True))

    def columns(self, groups: Iterable[int], names: Sequence[str]) -> dict[str, Keys]:
        """Return the keys of ``groups`` in the columns ``names``, each named by its group."""
        wanted = np.zeros(len(self.sets), bool)
        wanted[list(groups)] = True
        found = {}
        for name in names:
            keys = np.concatenate([part.keys for part in self._keys[name]])
            texts = np.concatenate([part.texts for part in self._keys[name]])
            found[name] = Keys(keys[wanted[texts]], texts[wanted[texts]])
        return found

    def gathered(self, groups: Sequence[int]) -> Sets:
        """Return the sets of ``groups``, in that order."""
        sizes = [len(self.sets[group]) for group in groups]
        values = [self.sets[group] for group in groups]
        return Sets(
            np.concatenate([np.empty(0, np.uint32), *values]), np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        )

    def _number(self, row: int, fact: Fact, values: Hashes) -> int:
        name = fact.text_hash + xxhash.xxh3_128_digest(values.tobytes()) if fact.text_hash is not None else b"%d" % row
        number = self._numbers.setdefault(name, len(self.sets))
        if number == len(self.sets):
            self.sets.append(values.copy())
            self.text_hashes.append(fact.text_hash)
            self.first.append(fact)
            self.last.append(fact)
        self.first[number] = min(self.first[number], fact, key=_order)
        self.last[number] = max(self.last[number], fact, key=_order)
        return number

    def _index(self, made: NDArray[np.int64], keys: Mapping[str, Keys]) -> None:
        """Take in the keys of the documents that made a group of their own: ``made`` gives its number, else -1."""
        salted, groups = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
        for number, (name, column) in enumerate(keys.items(), 1):
            stay = made[column.texts] >= 0
            part = Keys(column.keys[stay], made[column.texts[stay]])
            self._keys.setdefault(name, []).append(part)
            salted.append(part.keys ^ np.uint64(number * int(_SALT) & 0xFFFFFFFFFFFFFFFF))
            groups.append(part.texts)
        self._blocks.append(_block(np.concatenate(groups), np.concatenate(salted)))
        if len(self._blocks) > _BLOCKS:
            together = (np.concatenate([block[part] for block in self._blocks]) for part in (0, 1))
            self._blocks = [_block(*together)]
        if len(self._blocks) == 1:
            self._social = _sharing(self._blocks[0])


def _order(fact: Fact) -> tuple[str, int, str]:
    return fact[:3]


def _block(groups: NDArray[np.int64], keys: NDArray[np.uint64]) -> _Block:
    by_group, by_key = np.argsort(groups, kind="stable"), np.argsort(keys, kind="stable")
    return _Block(groups[by_group], keys[by_group], keys[by_key], groups[by_key])


def _sharing(block: _Block) -> set[int]:
    same = (block.by_key[1:] == block.by_key[:-1]) & (block.groups_by_key[1:] != block.groups_by_key[:-1])
    return {*block.groups_by_key[1:][same].tolist(), *block.groups_by_key[:-1][same].tolist()}


def _keys_of(block: _Block, group: int) -> NDArray[np.uint64]:
    first, behind = np.searchsorted(block.groups, [group, group + 1]).tolist()
    return block.keys[first:behind]


def _with_keys(block: _Block, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    first, behind = np.searchsorted(block.by_key, keys, "left"), np.searchsorted(block.by_key, keys, "right")
    parts = [
        block.groups_by_key[start:end]
        for start, end in zip(first.tolist(), behind.tolist(), strict=True)
        if end > start
    ]
    return np.concatenate([np.empty(0, np.int64), *parts])
