"""Whether near-duplicate removal finds every true pair of the standing corpus and removes nothing below the bound.

``python -m bench.near_recall`` judges each corpus as one night, prints a table, and ends with 1 where a corpus finds
fewer than ``RECALL`` of its pairs or removes a document below the bound. The truth is the exact Jaccard of all pairs,
junk and foreign texts among them. A pair is found when its documents are not both kept.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.near_candidates import candidates, unverified
from bench.near_truth import THRESHOLD, Removal, jaccard, removals, shingle_set
from bench.standing import Standing, standing
from corpus.errors import CorpusError
from corpus.near.signatures import Bands, bands_for

CORPORA = ((2_400, 11), (2_400, 12), (400, 12))  # documents, seed
RECALL = 0.998  # of the pairs at the bound or above
BINS = ((0.5, 0.6), (0.6, 0.7))  # of the Jaccard with the best partner: too far to be removed
UNVERIFIED = Bands(14, 8)  # datatrove 0.10.1, the defaults of MinhashConfig
# Removed in these bins by whole chains on 4,000 documents of the same maker, seed 11 (design/performance.md beside the
# public sets, section 4): their quality rules, which remove 5 to 7 % of the rows without partner, are in it.
REFERENCE = (("datatrove 0.10.1", (0.097, 0.26)), ("data-juicer 1.6.1", (0.069, 0.219)))


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one corpus: counts of pairs and documents, and shares between 0 and 1."""

    pairs: int  # at the bound or above
    found: int  # of them, not both kept
    removed: int
    below: int  # removals whose winner is not at the bound
    far: tuple[float, ...]  # the share removed of the documents in each of BINS
    far_unverified: tuple[float, ...]  # the same if whole components of candidates by UNVERIFIED went
    candidates: int  # pairs that share a band
    verified: int  # of them, at the bound or above


def main(arguments: Sequence[str]) -> int:
    """Judge all corpora, print the table and return 0 if the floors hold in each that can be made, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.near_recall")
    parser.add_argument("--corpus", type=int, nargs=2, action="append", metavar=("DOCUMENTS", "SEED"))
    holds = True
    for documents, seed in parser.parse_args(arguments).corpus or CORPORA:
        try:
            corpus = standing(documents, seed)
        except CorpusError as error:
            _say(f"skipped: {error}")
            return 0 if holds else 1
        found = measured(corpus)
        _say(_shown(f"{documents:,} documents, seed {seed}", found, corpus.documents.num_rows))
        holds &= kept(found)
    for name, shares in REFERENCE:
        _say(f"for comparison, {name}, quality rules and all: {_bins(shares)}")
    return 0 if holds else 1


def kept(found: Found) -> bool:
    """Return whether the floors hold: enough pairs found, none removed below the bound or with a far partner only."""
    return found.found >= RECALL * found.pairs and not found.below and not any(found.far)


def measured(corpus: Standing) -> Found:
    """Return what the step ``near`` and its candidates find in ``corpus``."""
    ids, texts = (corpus.documents[name].to_pylist() for name in ("id", "text"))
    gone = removals(ids, texts)
    removed = {one.document for one in gone}
    rows = list(zip(*(corpus.pairs[name].to_pylist() for name in ("a", "b", "jaccard")), strict=True))
    near = [{a, b} for a, b, value in rows if value >= THRESHOLD]
    close = candidates(texts, bands_for(THRESHOLD))
    components = {ids[place] for place in unverified(candidates(texts, UNVERIFIED))}
    sets = [shingle_set(text) for text in texts]
    return Found(
        pairs=len(near),
        found=sum(not pair.isdisjoint(removed) for pair in near),
        removed=len(gone),
        below=_below(gone, dict(zip(ids, sets, strict=True))),
        far=_far(ids, rows, removed),
        far_unverified=_far(ids, rows, components),
        candidates=len(close),
        verified=sum(jaccard(sets[a], sets[b]) >= THRESHOLD for a, b in close),
    )


def _below(gone: Iterable[Removal], sets: dict[str, frozenset[tuple[str, ...]]]) -> int:
    return sum(jaccard(sets[one.document], sets[one.winner]) < THRESHOLD for one in gone)


def _far(ids: Iterable[str], pairs: Iterable[tuple[str, str, float]], removed: set[str]) -> tuple[float, ...]:
    """Return the share removed of the documents whose best partner lies in each of ``BINS``."""
    best = dict.fromkeys(ids, 0.0)
    for a, b, value in pairs:
        best[a], best[b] = max(best[a], value), max(best[b], value)
    return tuple(_mean([one in removed for one, value in best.items() if low <= value < high]) for low, high in BINS)


def _mean(held: Sequence[bool]) -> float:
    return sum(held) / max(len(held), 1)


def _shown(name: str, found: Found, documents: int) -> str:
    return (
        f"{name}\n"
        f"  pair recall at {THRESHOLD}      {found.found / max(found.pairs, 1):8.4f}   ({found.found} of {found.pairs},"
        f" floor {RECALL})\n"
        f"  removed               {found.removed:8}   below the bound {found.below} (floor 0), {_bins(found.far)}\n"
        f"  (unverified components of {UNVERIFIED.count} x {UNVERIFIED.rows} bands: {_bins(found.far_unverified)})\n"
        f"  candidates a document {found.candidates / documents:8.2f}   verified {found.verified / documents:.2f}"
    )


def _bins(shares: Iterable[float]) -> str:
    named = zip(BINS, shares, strict=True)
    return ", ".join(f"{share:.1%} of best partner {low}-{high}" for (low, high), share in named)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
