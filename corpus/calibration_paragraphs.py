"""Which paragraphs stand in many documents of a site, or on many sites, that are no copies of each other.

A paragraph of a story that ten sites print is no furniture. So only *distinct* documents count: those of which more
than half the words stand in no longer document. Of a story's copies that is one at most. A *collection*, such as the
page of an archive that repeats whole stories, comes after all others: a story is its own page's, however long that is.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from corpus.calibration_places import Place, by_place, held_often, places_of
from corpus.params import Params

# One row a document: the hash of each of its sentences once, with its words as often as it stands there (also of
# headings, code and tables), and of each paragraph that may count, with whether it stands in the second half.
PAGE_PARAGRAPHS = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("url", pa.string()),
        pa.field("sentences", pa.large_list(pa.uint64())),
        pa.field("words", pa.large_list(pa.int32())),
        pa.field("paragraphs", pa.large_list(pa.uint64())),
        pa.field("late", pa.large_list(pa.bool_())),
    ]
)
_LATE = 0.9  # of the documents that hold a paragraph: nearly all
# The more this is, the more often a story with cut and edited copies is taken for a collection (.84 of what was put in
# is found at a half, .85 at a third, .86 at a quarter: docs/cleaning.md); the less, the more archives are missed.
_MOST_OF_COLLECTION = 1 / 3
_AT_ONCE = 1 << 20  # sentences that are sorted together: some 50 MB


class CommonParagraphs(Params):
    """When a paragraph is of its site, or of many, and not of its page. Defaults as measured (docs/cleaning.md)."""

    min_words: int = Field(default=12, ge=3, description="fewest words of a paragraph")
    min_documents: int = Field(default=10, ge=2, description="fewest distinct documents that hold the paragraph")
    min_share: float = Field(default=0.3, gt=0, le=1, description="least share of a place's distinct documents")
    min_late_share: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="least share of them for one in the second half of nearly all that hold it",
    )
    min_sites: int = Field(default=3, ge=2, description="fewest sites, for one that is taken out everywhere")
    min_site_documents: int = Field(default=2, ge=1, description="fewest distinct documents of each of these sites")


class Spread(Params):
    """How many distinct documents of how many sites hold a paragraph."""

    documents: int = Field(ge=0)
    sites: int = Field(ge=0)


class Repeats(Params):
    """Repeated paragraphs (16 hex digits): those of each place, those of many sites, and a document that holds each.

    ``documents`` is the number of the distinct ones.
    """

    rule: CommonParagraphs = CommonParagraphs()
    documents: int = Field(default=0, ge=0)
    places: dict[str, Place] = Field(default_factory=dict)
    everywhere: dict[str, Spread] = Field(default_factory=dict)
    examples: dict[str, str] = Field(default_factory=dict)


def repeats(pages: pa.Table, rule: CommonParagraphs) -> Repeats:
    """Return the paragraphs that are common by ``rule`` among ``pages`` (schema ``PAGE_PARAGRAPHS``, any order)."""
    kept = pages.drop_columns(["sentences", "words"]).append_column("distinct", pa.array(distinct(pages)))
    own = kept.filter(kept["distinct"])
    places = by_place(own, partial(_common, rule=rule))
    everywhere = _everywhere(kept, rule)
    found = everywhere.keys() | {told for place in places.values() for told in place.lines}
    return Repeats(
        rule=rule,
        documents=own.num_rows,
        places=places,
        everywhere=everywhere,
        examples=_examples(own, found, rule.min_documents),
    )


class _Held(NamedTuple):
    """The sentences of all pages one behind the other: hash, words, the page of each; and the words of every page."""

    sentences: NDArray[np.uint64]
    words: NDArray[np.int32]
    parents: NDArray[np.int32]
    whole: NDArray[np.float64]


def distinct(pages: pa.Table) -> NDArray[np.bool_]:
    """Return which of ``pages`` have more than half of their words in sentences that stand in no longer page.

    Collections count as shorter than all others: pages that are made of several shorter ones, none of them more than a
    third of it. Of two pages of one length the one with the smaller id comes first. The order of ``pages`` does not
    matter.
    """
    held, ids = _sentences(pages.combine_chunks()), _places_by_id(pages)
    collections = _collections(held, np.lexsort((ids, held.whole)))
    own = np.zeros(pages.num_rows)
    for page, owner, words in _owned(held, np.lexsort((ids, -held.whole, collections))):
        own += np.bincount(page, words * (page == owner), len(own))
    return own * 2 > held.whole


def _sentences(pages: pa.Table) -> _Held:
    rows = pages.num_rows
    sentences, words = (pc.list_flatten(pages[name]).to_numpy() for name in ("sentences", "words"))
    parents = np.repeat(np.arange(rows, dtype=np.int32), pc.list_value_length(pages["sentences"]))
    whole = np.zeros(rows)
    for start in range(0, len(sentences), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        whole += np.bincount(parents[part], words[part], rows)
    return _Held(sentences, words, parents, whole)


def _collections(held: _Held, order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the pages of whose words no page owns more than a third in this ``order``, neither they nor another."""
    rows = len(held.whole)
    own = np.zeros(rows)
    found, sums = [np.empty(0, np.int64)], [np.empty(0)]
    for page, owner, words in _owned(held, order):
        own += np.bincount(page, words * (page == owner), rows)
        other = page != owner
        pairs, which = np.unique(page[other].astype(np.int64) * rows + owner[other], return_inverse=True)
        found.append(pairs)
        sums.append(np.bincount(which, words[other], len(pairs)).astype(np.float64))
    pairs, which = np.unique(np.concatenate(found), return_inverse=True)
    np.maximum.at(own, pairs // max(rows, 1), np.bincount(which, np.concatenate(sums), len(pairs)))
    return own <= _MOST_OF_COLLECTION * held.whole


def _owned(held: _Held, order: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int32], ...]]:
    """Yield for some sentences at a time the page of each, the first page in ``order`` that holds it, and its words."""
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    for places in _parts(held.sentences):
        at = places[np.lexsort((rank[held.parents[places]], held.sentences[places]))]
        first = np.flatnonzero(np.diff(held.sentences[at], prepend=~held.sentences[at[:1]]))
        owner = np.repeat(held.parents[at[first]], np.diff(first, append=len(at)))
        yield held.parents[at], owner, held.words[at]


def _parts(sentences: NDArray[np.uint64]) -> Iterator[NDArray[np.int64]]:
    """Yield the places of ``sentences``, all of equal ones together, some ``_AT_ONCE`` at a time."""
    byte = np.ascontiguousarray(sentences).view(np.uint8)[::8]  # one of each hash, whichever
    parts = min(1 + len(sentences) // _AT_ONCE, 256)
    for part in range(parts):
        yield np.flatnonzero(byte % parts == part)


def _places_by_id(pages: pa.Table) -> NDArray[np.int64]:
    place = np.empty(pages.num_rows, np.int64)
    place[pc.sort_indices(pages["id"]).to_numpy()] = np.arange(pages.num_rows)
    return place


def _held(pages: pa.Table, name: str, least: int) -> pa.Table:
    """Return each paragraph that ``least`` of ``pages`` hold, once for each of them, with the ``name`` of the page."""
    pages = pages.filter(pc.is_valid(pages[name])).combine_chunks()
    paragraphs = pc.list_flatten(pages["paragraphs"])
    at = held_often(paragraphs, least)
    rows = pc.list_parent_indices(pages["paragraphs"]).take(at)
    late = pc.list_flatten(pages["late"]).take(at)
    return pa.table({name: pages[name].take(rows), "paragraph": paragraphs.take(at), "late": late})


def _common(pages: pa.Table, rule: CommonParagraphs) -> dict[str, Place]:
    sizes = {one["values"]: one["counts"] for one in pc.value_counts(pages["place"]).to_pylist()}
    counts = (
        _held(pages, "place", rule.min_documents)
        .group_by(["place", "paragraph"])
        .aggregate([([], "count_all"), ("late", "mean")])
    )
    made: dict[str, Place] = {}
    for row in counts.filter(pc.greater_equal(counts["count_all"], rule.min_documents)).to_pylist():
        held, size = row["count_all"], sizes[row["place"]]
        if held >= size * (rule.min_late_share if row["late_mean"] >= _LATE else rule.min_share):
            place = made.setdefault(row["place"], Place(documents=size, lines={}))
            place.lines[f"{row['paragraph']:016x}"] = held
    return made


def _everywhere(pages: pa.Table, rule: CommonParagraphs) -> dict[str, Spread]:
    """Return the paragraphs of many sites, mirrors left out: sites most of whose pages are not distinct."""
    sites = pa.array([next(iter(places_of(url)), None) for url in pages["url"].to_pylist()], pa.string())
    pages = pages.append_column("site", sites)
    shares = pages.group_by("site").aggregate([("distinct", "mean")])
    own = shares.filter(pc.greater_equal(shares["distinct_mean"], 0.5))["site"].combine_chunks()
    counted = pages.filter(pc.and_(pages["distinct"], pc.is_in(pages["site"], own)))
    counts = _held(counted, "site", rule.min_documents).group_by(["paragraph", "site"]).aggregate([([], "count_all")])
    counts = counts.filter(pc.greater_equal(counts["count_all"], rule.min_site_documents))
    spread = counts.group_by("paragraph").aggregate([("count_all", "sum"), ("count_all", "count")])
    is_wide = pc.greater_equal(spread["count_all_count"], rule.min_sites)
    is_common = pc.greater_equal(spread["count_all_sum"], rule.min_documents)
    return {
        f"{row['paragraph']:016x}": Spread(documents=row["count_all_sum"], sites=row["count_all_count"])
        for row in spread.filter(pc.and_(is_wide, is_common)).to_pylist()
    }


def _examples(pages: pa.Table, found: set[str], least: int) -> Mapping[str, str]:
    """Return for each paragraph of ``found`` the first id of ``pages`` that holds it."""
    held = _held(pages, "id", least)
    held = held.filter(pc.is_in(held["paragraph"], pa.array([int(one, 16) for one in found], pa.uint64())))
    first = held.group_by("paragraph").aggregate([("id", "min")])
    return {f"{row['paragraph']:016x}": row["id_min"] for row in first.to_pylist()}
