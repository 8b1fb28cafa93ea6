"""How well samples find a text that stands inside a longer one, and how much they propose in vain.

``python -m bench.containment [TRIALS]`` wraps passages of real prose in hosts of 2 to 50 times their length, the copy
in the host shortened and edited until a stated share of the passage's shingles is left, and prints which share of
these pairs is proposed, by the passage's length. Then it counts what is proposed on the standing corpus, against all
pairs that are truly contained. It pins nothing.
"""

import gzip
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.against_datatrove import say
from bench.standing import DATA, standing_texts
from corpus.errors import CorpusError
from corpus.near.samples import enough_shared, sample_keys
from corpus.near.shingles import Hashes, Sets, shingle_sets, shingles
from corpus.near.tokens import tokens

BOUND = 0.8  # the containment that a recipe asks for
SIZES = (25, 50, 100, 200, 500, 2000)  # words of the contained text
CONTAINED = (0.8, 0.9, 0.95, 1.0)  # share of it that stands in the host
HOSTS = (2, 10, 50)  # times as long
RATES = (8, 16, 32)
TRIALS = 30  # pairs of a size, a containment and a host
SEED = 6
BYTES_PER_KEY = 13  # of an entry in a run


class Pair(NamedTuple):
    """A passage and the longer text that its copy stands in."""

    passage: str
    host: str


class Pairs(NamedTuple):
    """Pairs of texts by number, ``first`` < ``second``, with how many keys or shingles they share."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    shared: NDArray[np.int64]


def main(trials: int) -> int:
    """Print all tables; return 0."""
    try:
        words, texts = _words(DATA), standing_texts()
    except (CorpusError, FileNotFoundError) as error:
        say(f"skipped: {error}")
        return 0
    _print_recall(words, trials)
    _print_proposals(shingle_sets(texts))
    return 0


def planted(words: Sequence[str], size: int, contained: float, trials: int) -> Iterator[Pair]:
    """Yield ``trials`` pairs for each of ``HOSTS``, the hosts' own words from elsewhere in ``words``."""
    chance = random.Random(SEED * size)  # noqa: S311 - pairs to measure with, no secret
    for times in HOSTS:
        for _ in range(trials):
            start = chance.randrange(len(words) // 2 - size)
            passage = words[start : start + size]
            around = chance.randrange(len(words) // 2, len(words) - times * size)
            host = list(words[around : around + (times - 1) * size])
            place = chance.randrange(len(host) + 1)
            host[place:place] = _edited(passage, contained)
            yield Pair(" ".join(passage), " ".join(host))


def sharing(keys: NDArray[np.uint64], owners: NDArray[np.int64]) -> Pairs:
    """Return all pairs of owners that share a key, in their order."""
    order = np.lexsort((owners, keys))
    keys, owners, found = keys[order], owners[order], [np.empty(0, np.int64)]
    for lag in range(1, len(keys)):
        same = np.flatnonzero(keys[lag:] == keys[:-lag])
        if not len(same):
            break
        found.append(owners[same] << 32 | owners[same + lag])
    pairs, shared = np.unique(np.concatenate(found), return_counts=True)
    return Pairs(pairs >> 32, pairs & 0xFFFFFFFF, shared.astype(np.int64))


def _words(data: Path) -> list[str]:
    with gzip.open(data / "corpora" / "english_documents.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [word for line in lines for word in tokens(json.loads(line)["text"])]


def _edited(passage: Sequence[str], contained: float) -> list[str]:
    """Return ``passage`` with words replaced and its tail cut, so that ``contained`` of its shingles are left."""
    shingles = len(passage) - 4
    lost = int((1 - contained) * shingles + 1e-9)
    cut = lost if len(passage) < 50 else lost % 5
    copy = list(passage[: len(passage) - cut])
    swaps = (lost - cut) // 5
    for number in range(swaps):
        copy[5 + number * (len(copy) - 10) // max(swaps, 1)] = f"edited{number}"
    return copy


def _print_recall(words: Sequence[str], trials: int) -> None:
    say(f"share proposed of pairs contained at {CONTAINED}, {trials * len(HOSTS)} pairs each")
    for size in SIZES:
        found = [recall(planted(words, size, contained, trials)) for contained in CONTAINED]
        for rate in RATES:
            say(f"  {size:>5} words, 1 of {rate:<2}  " + "  ".join(f"{shares[rate]:.3f}" for shares in found))


def recall(pairs: Iterable[Pair]) -> dict[int, float]:
    """Return for each of ``RATES`` which share is proposed of those ``pairs`` that are contained at ``BOUND``."""
    proposed: dict[int, list[bool]] = {rate: [] for rate in RATES}
    for pair in pairs:
        mine, theirs = shingles(pair.passage), shingles(pair.host)
        if np.isin(mine, theirs).mean() >= BOUND:
            for rate, found in proposed.items():
                found.append(_is_proposed(mine, theirs, rate))
    return {rate: float(np.mean(found)) for rate, found in proposed.items()}


def _is_proposed(mine: Hashes, theirs: Hashes, rate: int) -> bool:
    sampled, others = (sample_keys(Sets(one, np.array([0, len(one)])), rate)[0] for one in (mine, theirs))
    shared = np.array([np.isin(sampled, others).sum()])
    return bool(enough_shared(shared, np.array([len(mine)]), BOUND, rate)[0])


def _print_proposals(sets: Sets) -> None:
    sizes = np.diff(sets.offsets)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    every = sharing(sets.values.astype(np.uint64), owners)
    first, second = sizes[every.first], sizes[every.second]
    is_contained = every.shared >= BOUND * np.minimum(first, second)
    is_near = every.shared >= BOUND * (first + second - every.shared)
    truth, alone = _named(every, is_contained), _named(every, is_contained & ~is_near)
    say(f"standing corpus: {len(sizes):,} texts, {len(truth):,} pairs with one contained in the other at {BOUND},")
    say(f"  {len(alone):,} of them not near, which only samples can find")
    for rate in RATES:
        keys, owned = sample_keys(sets, rate)
        pairs = sharing(keys, owned)
        smaller = np.minimum(sizes[pairs.first], sizes[pairs.second])
        proposed = _named(pairs, enough_shared(pairs.shared, smaller, BOUND, rate))
        bytes_each = len(keys) * BYTES_PER_KEY / len(sizes)
        say(f"  1 of {rate:<2}  {bytes_each:5.0f} bytes a text, {len(pairs.shared):,} pairs share a key,")
        missed = len(alone - proposed)
        say(f"    {len(proposed):,} enough, {len(proposed - truth):,} in vain, {missed:,} of those missed")


def _named(pairs: Pairs, chosen: NDArray[np.bool_]) -> set[tuple[int, int]]:
    return set(zip(pairs.first[chosen].tolist(), pairs.second[chosen].tolist(), strict=True))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS))
