"""The chain keeps exactly what an all-knowing judge would keep, and spends dear steps on winners only."""

from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.params import Params
from processors.chain import judge, run_steps, split_at_near
from processors.near import Near
from processors.select import Rule, Select

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
        }
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=14))
def test_a_document_loses_only_to_one_that_is_kept(rows):
    seen.clear()
    table = documents(rows)
    curated = judge([Near(), DUPLICATES, Grade(), LATE], table)
    best: dict[int, str] = {}
    for place, (group, _variant, grade) in enumerate(rows):
        if grade:
            best.setdefault(group, f"s/{place:02d}")
    assert sorted(curated.kept["id"].to_pylist()) == sorted(best.values())
    assert sorted(curated.kept["id"].to_pylist() + curated.dropped["id"].to_pylist()) == table["id"].to_pylist()
    assert sorted(curated.scored["id"].to_pylist()) == table["id"].to_pylist()
    assert len(seen) == len(set(seen)), "a dear step saw a row twice"


def test_a_winner_that_a_later_rule_drops_releases_its_losers():
    curated = judge([Near(), DUPLICATES, Grade(), LATE], documents([(0, 0, False), (0, 1, True), (0, 2, True)]))
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
    before, after = split_at_near([Grade(), Near(), DUPLICATES])
    assert ([type(step).__name__ for step in before], [type(step).__name__ for step in after]) == (
        ["Grade"],
        ["Near", "Select"],
    )
    assert split_at_near([Grade()])[1] == []
