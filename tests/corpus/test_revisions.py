"""``current`` against an obvious slow version, and the stories that matter told one by one."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.revisions import NIGHTS, current
from corpus.schema import RAW

SCHEMA = RAW.append(pa.field("night", pa.string()))
PASSING = {"robots-unreachable", "unreachable", "http-429", "http-500", "http-503"}


def seen(night: int, payload: str | None = None, refusal: str | None = None, **other: object) -> dict[str, object]:
    """Return one raw row of the document ``web/a`` on a night of November."""
    row = {
        "id": "web/a",
        "source": "web",
        "kind": "article",
        "url": "http://a.test/",
        "fetched_at": datetime(2026, 11, night, 3, tzinfo=UTC),
        "payload_sha256": payload,
        "refusal": refusal,
        "consent": "unknown",
        "consent_evidence": [],
        "night": f"2026-11-{night:02d}",
    }
    return row | other


def story(*rows: dict[str, object]) -> dict[str, object]:
    """Return the one row that ``rows`` of one document come to."""
    (row,) = current(pa.Table.from_pylist(list(rows), schema=SCHEMA)).to_pylist()
    return row


def nights(row: dict[str, object]) -> list[int]:
    return [int(str(row[name])[-2:]) for name in ("first_seen", "revision_seen", "last_seen")]


def test_a_run_keeps_its_first_row() -> None:
    row = story(seen(1, "old"), seen(2, "new", archive="first"), seen(3, "new", archive="second"))
    assert (row["payload_sha256"], row["archive"], row["fetched_at"].day) == ("new", "first", 2)
    assert nights(row) == [1, 2, 3]


def test_a_text_that_comes_back_is_a_new_revision() -> None:
    assert nights(story(seen(1, "a"), seen(2, "b"), seen(3, "a"))) == [1, 3, 3]


def test_an_unseen_night_does_not_break_a_run() -> None:
    assert nights(story(seen(1, "a"), seen(9, "a"))) == [1, 1, 9]


@pytest.mark.parametrize("refusal", sorted(PASSING))
def test_a_refusal_that_may_pass_changes_nothing_but_last_seen(refusal: str) -> None:
    row = story(seen(1, "a"), seen(2, refusal=refusal), seen(3, "a"), seen(4, refusal=refusal))
    assert (row["payload_sha256"], row["refusal"], nights(row)) == ("a", None, [1, 1, 4])


@pytest.mark.parametrize(
    "refusal",
    ["gone", "ai-opt-out", "robots-disallowed", "redirected", "unsupported-type", "http-403", "http-451", "too-large"],
)
def test_a_refusal_that_will_not_pass_replaces_the_document(refusal: str) -> None:
    row = story(seen(1, "a"), seen(2, refusal=refusal), seen(3, refusal=refusal), seen(4, refusal="unreachable"))
    assert (row["payload_sha256"], row["refusal"], nights(row)) == (None, refusal, [1, 2, 4])


def test_a_document_that_comes_back_after_a_refusal_is_a_new_revision() -> None:
    assert nights(story(seen(1, "a"), seen(2, refusal="gone"), seen(3, "a"))) == [1, 3, 3]


def test_a_document_never_reached_keeps_its_newest_refusal() -> None:
    row = story(seen(1, refusal="unreachable"), seen(2, refusal="http-503"), seen(3, refusal="http-503"))
    assert (row["refusal"], nights(row)) == ("http-503", [1, 2, 3])


def test_not_modified_confirms_the_row_before_it() -> None:
    row = story(seen(1, "a", archive="x"), seen(2, status=304))
    assert (row["payload_sha256"], row["archive"], nights(row)) == ("a", "x", [1, 1, 2])


def test_within_a_night_the_last_body_counts_even_before_a_failure() -> None:
    late = datetime(2026, 11, 1, 5, tzinfo=UTC)
    row = story(seen(1, refusal="unreachable", fetched_at=late), seen(1, "a"))
    assert row["payload_sha256"] == "a"


def test_a_changed_verdict_is_taken_from_the_night_it_changed() -> None:
    signal = [
        {"source": "robots.txt", "value": "ai-train=n", "path": "/", "fetched_at": datetime(2026, 11, 2, tzinfo=UTC)}
    ]
    row = story(
        seen(1, "a", archive="x", licence="MIT", attribution="then"),
        seen(2, "a", archive="y", licence="MIT", consent="deny", consent_evidence=signal),
        seen(3, "a", archive="z", licence="MIT", consent="deny"),
    )
    assert (row["archive"], row["consent"], row["consent_evidence"], nights(row)) == ("x", "deny", signal, [1, 1, 3])


def test_an_empty_table_stays_empty_with_all_columns() -> None:
    empty = current(SCHEMA.empty_table())
    assert empty.num_rows == 0
    assert empty.schema == pa.schema([*RAW, *NIGHTS])


def test_a_column_it_does_not_know_is_kept() -> None:
    table = pa.Table.from_pylist([seen(1, "a")], schema=SCHEMA).append_column("later_column", pa.array(["x"]))
    assert current(table)["later_column"].to_pylist() == ["x"]


def slow(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Tell each document's story night by night, as a person would."""
    return [_slow_one([row for row in rows if row["id"] == name]) for name in sorted({str(row["id"]) for row in rows})]


def _slow_one(rows: list[dict[str, object]]) -> dict[str, object]:
    rows = sorted(rows, key=lambda row: str(row["night"]))
    known: dict[str, object] | None = None
    for row in rows:
        if _lasting(row) or known is None or not _lasting(known):
            same = known is not None and (known["payload_sha256"], known["refusal"]) == (
                row["payload_sha256"],
                row["refusal"],
            )
            if not same or known is None:
                known = row | {"revision_seen": row["night"]}
            elif any(known[name] != row[name] for name in ("consent", "licence", "licence_evidence", "attribution")):
                known = known | {
                    name: row[name]
                    for name in ("consent", "consent_evidence", "licence", "licence_evidence", "attribution")
                }
    assert known is not None
    known = known | {"first_seen": rows[0]["night"], "last_seen": rows[-1]["night"]}
    return {name: known[name] for name in known if name != "night"}


def _lasting(row: dict[str, object]) -> bool:
    return row["payload_sha256"] is not None if row["refusal"] is None else row["refusal"] not in PASSING


ANSWERS = st.sampled_from(
    [{"payload_sha256": "a"}, {"payload_sha256": "b"}, {"status": 304}]
    + [{"refusal": refusal} for refusal in ("gone", "ai-opt-out", "unreachable", "http-503", "http-403")]
)
EVENTS = st.dictionaries(
    st.tuples(st.sampled_from(["web/a", "web/b", "web/ä"]), st.integers(1, 12)),
    st.tuples(ANSWERS, st.sampled_from(["allow", "unknown"]), st.sampled_from([None, "MIT"])),
    min_size=1,
)


@given(events=EVENTS, shuffle=st.randoms(use_true_random=False), chunk=st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_it_tells_the_same_as_the_slow_version(events, shuffle, chunk) -> None:
    rows = [
        seen(
            night,
            id=name,
            consent=consent,
            licence=licence,
            archive=f"{name}{night}",
            attribution=str(night // 2),
            **answer,
        )
        for (name, night), (answer, consent, licence) in events.items()
    ]
    shuffle.shuffle(rows)
    whole = [row | dict.fromkeys(set(SCHEMA.names) - set(row)) for row in rows]
    parts = [pa.Table.from_pylist(rows[at : at + chunk], schema=SCHEMA) for at in range(0, len(rows), chunk)]
    assert current(pa.concat_tables(parts)).to_pylist() == [
        {name: row[name] for name in [*RAW.names, *NIGHTS.names]} for row in slow(whole)
    ]
