"""The chain keeps exactly what an all-knowing judge would keep, and spends dear steps on winners only."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.near.index import open_index
from corpus.params import Params
from corpus.schema import DOCUMENT
from processors.chain import Cut, cut_at_near, judge, run_steps
from processors.near import Near
from processors.select import Rule, Select

pytestmark = pytest.mark.usefixtures("small_files_in_memory")

DUPLICATES = Select(
    rules=(
        Rule(column="duplicate_rule", none_of=("exact",), reason="exact-duplicate"),
        Rule(column="duplicate_rule", none_of=("near",), reason="near-duplicate"),
    )
)
LATE = Select(rules=(Rule(column="grade", min=1, reason="bad-grade"),))
SENTENCES = [" ".join(f"word{place * 7 + group * 1000}" for place in range(40)) for group in range(4)]
seen: list[str] = []


class Grade(Params):
    """A dear step: the grade stands in the title; it notes which rows it was asked for."""

    kind: Literal["grade"] = "grade"
    reads: ClassVar[tuple[str, ...]] = ("id", "title")
    writes: ClassVar[tuple[str, ...]] = ("grade",)

    def __call__(self, table: pa.Table) -> pa.Table:
        seen.extend(table["id"].to_pylist())
        return table.append_column("grade", pc.cast(table["title"], pa.int32()))


def judged(table, folder=None, state=None):
    """Run the chain over ``table`` with the index in ``folder`` as ``state`` left it, or with an empty one."""
    with TemporaryDirectory() as empty:
        index = open_index(Path(folder or empty), Near().design, state)
        curated = judge(Near(), [DUPLICATES, Grade(), LATE], table, index)
        return curated, index.commit()


def documents(rows):
    return pa.table(
        {
            "id": pa.array([f"s/{place:02d}" for place in range(len(rows))], pa.string()),
            "text": pa.array(
                [SENTENCES[group] + (f" tail{variant}" if variant else "") for group, variant, _ in rows],
                pa.large_string(),
            ),
            "title": pa.array([str(int(grade)) for *_, grade in rows], pa.large_string()),
            "revision_seen": pa.array(["2026-01-01"] * len(rows), pa.string()),
            "source_priority": pa.array([0] * len(rows), pa.int32()),
            "kind": pa.array(["article"] * len(rows), pa.string()),
            "messages": pa.nulls(len(rows), DOCUMENT.field("messages").type),
        }
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=14))
def test_a_document_loses_only_to_one_that_is_kept(rows):
    seen.clear()
    table = documents(rows)
    curated, _ = judged(table)
    best: dict[int, str] = {}
    for place, (group, _variant, grade) in enumerate(rows):
        if grade:
            best.setdefault(group, f"s/{place:02d}")
    assert sorted(curated.kept["id"].to_pylist()) == sorted(best.values())
    assert sorted(curated.kept["id"].to_pylist() + curated.dropped["id"].to_pylist()) == table["id"].to_pylist()
    assert sorted(curated.scored["id"].to_pylist()) == table["id"].to_pylist()
    assert len(seen) == len(set(seen)), "a dear step saw a row twice"


def test_a_winner_that_a_later_rule_drops_releases_its_losers():
    curated, _ = judged(documents([(0, 0, False), (0, 1, True), (0, 2, True)]))
    fates = {row["id"]: row["reason"] for row in curated.dropped.to_pylist()}
    assert curated.kept["id"].to_pylist() == ["s/01"]
    assert fates == {"s/00": "bad-grade", "s/02": "near-duplicate"}


def test_scores_of_rows_that_left_are_kept():
    table = documents([(0, 0, True), (1, 0, False)])
    curated = run_steps([Grade(), LATE], table)
    assert dict(zip(curated.scored["id"].to_pylist(), curated.scored["grade"].to_pylist(), strict=True)) == {
        "s/00": 1,
        "s/01": 0,
    }


def test_the_chain_is_cut_at_near():
    assert cut_at_near([Grade(), Near(), DUPLICATES]) == Cut([Grade()], Near(), [DUPLICATES])
    assert cut_at_near([Grade()]) == Cut([Grade()], None, [])


def told(curated):
    """Everything a night leaves behind, in an order of its own."""
    return [sorted(table.to_pylist(), key=lambda row: row["id"]) for table in curated]


document = st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans(), st.sampled_from(["2026-01-01", "2026-01-02"]))
history = st.lists(st.dictionaries(st.integers(0, 7), document, max_size=8), min_size=2, max_size=4)


def world(documents_of_a_night):
    """A table of the documents that stand on one night; each may have another text, grade or night than before."""
    rows = sorted(documents_of_a_night.items())
    table = documents([values[:3] for _, values in rows])
    ids = pa.array([f"s/{number:02d}" for number, _ in rows], pa.string())
    nights = pa.array([values[3] for _, values in rows], pa.string())
    table = table.set_column(0, "id", ids)
    return table.set_column(table.column_names.index("revision_seen"), "revision_seen", nights)


@settings(max_examples=12, deadline=None)
@given(history)
def test_every_night_ends_as_if_all_documents_had_come_at_once(nights):
    with TemporaryDirectory() as folder:
        state = None
        for documents_of_a_night in nights:
            table = world(documents_of_a_night)
            refreshed, state = judged(table, folder, state)
            assert told(refreshed) == told(judged(table)[0])


def test_a_night_without_news_judges_nothing(tmp_path):
    table = documents([(group, variant, True) for group in range(4) for variant in range(3)])
    _, state = judged(table, tmp_path)
    index = open_index(tmp_path, Near().design, state)
    judge(Near(), [DUPLICATES, Grade(), LATE], table, index)
    assert index.rejudged == 0
