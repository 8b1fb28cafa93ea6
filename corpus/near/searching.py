"""Finding in an index, by keys and then exactly, who covers the groups of a session and whom they cover."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from corpus.near.collection import Collection, Relevant
from corpus.near.design import Design
from corpus.near.entries import Fact, Rows
from corpus.near.groups import Groups
from corpus.near.keys import SURE, Counts, Pairs, batches
from corpus.near.overlap import Evidence, evidence, likely, pairs_by_text, possible, selected, shared, shares
from corpus.near.samples import enough_shared, sample_keys
from corpus.near.shingles import Sets

_VALUES = 1 << 21  # shingles read at a time: 8 MB, and some 40 MB while they are gathered


class Match(NamedTuple):
    """A row of the index and a group of the session that share a key and enough else to be looked at."""

    group: int
    row: int
    fact: Fact
    size: int
    common: int


class Look(NamedTuple):
    """What is looked for: rows that ``counts`` names, pairs that are ``relevant``, in runs ``behind`` a place."""

    counts: Counts
    relevant: Relevant
    behind: tuple[str, int, str] | None


def copies(held: Collection, groups: Groups, wanted: Sequence[int], look: Look) -> Iterator[Match]:
    """Yield the rows that have the same text hash as one of the groups ``wanted``."""
    for found in held.pairs(groups.columns(wanted, ("text",)), look.counts, look.behind):
        pairs = found.only(look.relevant(found))
        facts = held.facts(pairs.rows.tolist())
        hashes = zip(facts, pairs.texts.tolist(), strict=True)
        same = np.array([fact.text_hash == groups.text_hashes[group] for fact, group in hashes], bool)
        named = dict(zip(pairs.rows.tolist(), facts, strict=True))
        for group, row, size, common in _counted(held, groups, pairs.only(same)):
            yield Match(group, row, named[row], size, common)


def alike(held: Collection, groups: Groups, wanted: Sequence[int], look: Look) -> Iterator[Match]:
    """Yield the rows whose shingles might make them cover one of the groups ``wanted``, or be covered by it."""
    columns = groups.columns(wanted, held.design.columns[1:])
    for found in held.pairs(columns, look.counts, look.behind):
        pairs = _of_like_size(held, groups, found.only(look.relevant(found)))
        matches = list(_likely(held, groups, pairs))
        facts = held.facts([row for _, row, _, _ in matches])
        for fact, (group, row, size, common) in zip(facts, matches, strict=True):
            yield Match(group, row, fact, size, common)


def compared(
    held: Collection, groups: Groups, wanted: Sequence[int], look: Look
) -> Iterator[tuple[int, int, int, int]]:
    """Yield (group, row, its size, shingles in common) of all rows that share a key with ``wanted``, few or many."""
    for found in held.pairs(groups.columns(wanted, held.design.columns[1:]), look.counts, look.behind):
        yield from _counted(held, groups, found.only(look.relevant(found)))


def covering(held: Collection, groups: Groups, match: Match) -> Evidence | None:
    """Return how the match's row covers its group, were it earlier and kept."""
    return _judged(held, groups, match, (len(groups.sets[match.group]), match.size))


def covered(held: Collection, groups: Groups, match: Match) -> Evidence | None:
    """Return how the match's group covers its row, were it earlier and kept."""
    return _judged(held, groups, match, (match.size, len(groups.sets[match.group])))


def among(design: Design, groups: Groups, group: int, others: Sequence[int]) -> Iterator[tuple[int, Evidence]]:
    """Yield those of the ``others`` that ``group`` covers, were it earlier and kept, and how."""
    if not others:
        return
    mine, text_hash = groups.sets[group], groups.text_hashes[group]
    same = [other for other in others if groups.text_hashes[other] == text_hash]
    for other, common in zip(same, shared(mine, groups.gathered(same)).tolist(), strict=True):
        yield other, shares(len(groups.sets[other]), len(mine), common)
    different = [other for other in others if groups.text_hashes[other] != text_hash]
    places, commons = likely(design, mine, groups.gathered(different))
    for place, common in zip(places.tolist(), commons.tolist(), strict=True):
        other = different[place]
        found = evidence(design, len(groups.sets[other]), len(mine), common)
        if found and (design.containment is None or _meet(groups, (group, other), design.containment)):
            yield other, found


def _meet(groups: Groups, pair: tuple[int, int], containment: float) -> bool:
    """Whether two groups that share keys are candidates: by other keys than of their samples, or by enough of those.

    The same that ``_of_like_size`` says of a group and a row.
    """
    one, other = (groups.sets[group] for group in pair)
    sampled = len(
        sample_keys(Sets(both := np.intersect1d(one, other, assume_unique=True), np.array([0, len(both)])))[0]
    )
    shared = SURE if groups.shared_keys(*pair) > sampled else sampled
    return bool(enough_shared(np.array([shared]), np.array([min(len(one), len(other))]), containment)[0])


def _judged(held: Collection, groups: Groups, match: Match, sizes: tuple[int, int]) -> Evidence | None:
    if match.fact.text_hash is not None and match.fact.text_hash == groups.text_hashes[match.group]:
        return shares(*sizes, match.common)
    return evidence(held.design, *sizes, match.common)


def _of_like_size(held: Collection, groups: Groups, pairs: Pairs) -> Pairs:
    distinct, inverse = np.unique(pairs.rows, return_inverse=True)
    theirs = held.sizes(distinct)[inverse]
    mine = np.array([len(groups.sets[group]) for group in pairs.texts.tolist()], np.int64)
    stay = possible(held.design, mine, theirs, np.minimum(mine, theirs))
    if held.design.containment is not None:
        stay &= enough_shared(pairs.shared, np.minimum(mine, theirs), held.design.containment)
    return pairs.only(stay)


def _likely(held: Collection, groups: Groups, pairs: Pairs) -> Iterator[tuple[int, int, int, int]]:
    for group, rows, theirs in _read(held, pairs):
        places, commons = likely(held.design, groups.sets[group], theirs)
        sizes = np.diff(theirs.offsets)[places].tolist()
        for row, size, common in zip(rows[places].tolist(), sizes, commons.tolist(), strict=True):
            mine = len(groups.sets[group])
            if evidence(held.design, min(size, mine), max(size, mine), common):
                yield group, row, size, common


def _counted(held: Collection, groups: Groups, pairs: Pairs) -> Iterator[tuple[int, int, int, int]]:
    """Yield (group, row, the row's size, shingles in common) of all pairs."""
    for group, rows, theirs in _read(held, pairs):
        commons, sizes = shared(groups.sets[group], theirs), np.diff(theirs.offsets)
        yield from zip([group] * len(rows), rows.tolist(), sizes.tolist(), commons.tolist(), strict=True)


def _read(held: Collection, pairs: Pairs) -> Iterator[tuple[int, Rows, Sets]]:
    """Yield (group, rows, their shingle sets), some of each group's rows at a time."""
    for start, behind in batches(held.sizes(pairs.rows), _VALUES):
        texts, rows = pairs.texts[start:behind], pairs.rows[start:behind]
        distinct, inverse = np.unique(rows, return_inverse=True)
        sets = held.sets(distinct)
        for group, first, end in pairs_by_text(texts):
            yield group, rows[first:end], selected(sets, inverse[first:end])
