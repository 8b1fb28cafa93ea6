"""What an API source stands on: parts, cursors that never run ahead of them, and the memory of earlier nights."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.store import open_store
from scrapers.clients.intake import LONGEST_UNSAVED, Cursor, Unchanged, take_in
from scrapers.clients.memory import CURSORS, FILE, remembered
from scrapers.crawl.archive import PART_ROWS
from scrapers.page import Desk, Network, Scraped

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def document(key, body=b"flour", **facts):
    known = {"url": f"https://mill.test/{key}", "kind": "article", "fetched_at": NOON, "media_type": "text/plain"}
    return Scraped(key, body=b"" if "refusal" in facts else body, **(known | facts))


def collected(desk, *items):
    with remembered(desk) as memory:
        return take_in(desk, memory, items)


def on(desk, night):
    return replace(desk, folder=f"state/raw/{night}/{desk.source}")


def rows(desk):
    parts = [path for path in desk.store.paths("state/raw") if path.endswith(".parquet")]
    return [row for path in parts for row in desk.store.read_table(path).to_pylist()]


def archived(desk):
    paths = [path for path in desk.store.paths("state/raw") if path.endswith(".warc.gz")]
    return b"".join(gzip.decompress(desk.store.get(path)) for path in paths)


def stop(*items):
    yield from items
    raise KeyboardInterrupt


def test_documents_are_stored_and_remembered(api_desk):
    progress = collected(api_desk, document("a", etag="1", updated_at=NOON), document("b", refusal="gone"))
    assert (progress.stored, progress.refused, progress.unchanged) == (1, 1, 0)
    with remembered(api_desk) as memory:
        known = memory.known("a")
        assert (known.etag, known.night, known.updated_at, known.refusal) == ("1", "2026-11-21", NOON, None)
        assert memory.known("b").refusal == "gone"
        assert memory.known("b").place is None
        assert memory.known("c") is None
        assert list(memory.keys()) == ["a"]


def test_what_says_the_same_on_another_night_is_unchanged_and_no_row(api_desk):
    collected(api_desk, document("a", etag="1"))
    progress = collected(on(api_desk, "2026-11-22"), document("a", etag="1"), Unchanged(3))
    assert (progress.stored, progress.unchanged) == (0, 4)
    assert len(rows(api_desk)) == 1


@pytest.mark.parametrize(
    "facts", [{"body": b"meal"}, {"licence": "MIT"}, {"etag": "2"}, {"refusal": "gone"}, {"title": "T"}]
)
def test_what_says_something_else_is_a_new_row(api_desk, facts):
    collected(api_desk, document("a", etag="1"))
    collected(on(api_desk, "2026-11-22"), document("a", **{"etag": "1"} | facts))
    assert len(rows(api_desk)) == 2


def test_an_equal_body_is_not_archived_twice(api_desk):
    collected(api_desk, document("a", b"a long body" * 100))
    collected(on(api_desk, "2026-11-22"), document("a", b"a long body" * 100, licence="MIT"))
    first, second = rows(api_desk)
    assert (second["archive"], second["archive_offset"]) == (first["archive"], first["archive_offset"])


def test_a_document_that_changes_within_a_night_is_stored_again(api_desk):
    collected(api_desk, document("a"))
    collected(api_desk, document("a", b"meal", fetched_at=NOON + timedelta(hours=1)))
    with remembered(api_desk) as memory:
        newest = memory.known("a").place
    assert newest.archive_offset == rows(api_desk)[1]["archive_offset"]
    assert newest.archive == rows(api_desk)[1]["archive"]


def test_a_passing_failure_does_not_replace_what_is_known(api_desk):
    collected(api_desk, document("a"))
    collected(on(api_desk, "2026-11-22"), document("a", refusal="http-503"))
    with remembered(api_desk) as memory:
        assert memory.known("a").refusal is None


def test_a_cursor_counts_once_what_came_before_it_is_durable(api_desk):
    with pytest.raises(KeyboardInterrupt):
        collected_until_stopped(api_desk)
    with remembered(api_desk) as memory:
        assert memory.cursors == {"query": "second"}
        assert {"a", "b", "c"} == set(memory.keys())


def collected_until_stopped(desk):
    items = stop(document("a"), Cursor("query", "first"), document("b"), Cursor("query", "second"), document("c"))
    with remembered(desk) as memory:
        take_in(desk, memory, items)


def test_no_cursor_is_written_where_its_documents_cannot_be(api_desk, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(type(api_desk.store), "write_table", full)
    with pytest.raises(OSError, match="no space"):
        collected(api_desk, document("a"), Cursor("query", 1))
    assert not [path for path in api_desk.store.paths("state/raw") if path.endswith(CURSORS)]


def test_the_newest_night_has_all_cursors(api_desk):
    collected(api_desk, Cursor("beer", 1), Cursor("bread", 1))
    collected(on(api_desk, "2026-11-22"), Cursor("beer", 2))
    with remembered(on(api_desk, "2026-11-23")) as memory:
        assert memory.cursors == {"beer": 2, "bread": 1}
    written = json.loads(api_desk.store.get(f"state/raw/2026-11-22/{api_desk.source}/{CURSORS}"))
    assert written == {"beer": 2, "bread": 1}


def test_a_second_night_of_a_date_is_newer_than_the_first(api_desk):
    collected(api_desk, document("a", etag="1"), Cursor("beer", 1))
    collected(on(api_desk, "2026-11-21.02"), document("a", etag="2"), Cursor("beer", 2))
    with remembered(replace(api_desk, work=api_desk.work / "anew")) as memory:
        assert memory.cursors == {"beer": 2}
        assert memory.known("a").etag == "2"


def test_another_sources_parts_and_cursors_are_not_remembered(api_desk):
    collected(replace(api_desk, source="other", folder="state/raw/2026-11-21/other"), document("a"), Cursor("x", 1))
    with remembered(replace(api_desk, work=api_desk.work / "mine")) as memory:
        assert (memory.known("a"), memory.cursors) == (None, {})


def test_a_full_part_is_written_at_once_with_the_cursors_before_it(api_desk):
    def items():
        yield Cursor("query", 1)
        yield from (document(str(number)) for number in range(PART_ROWS))
        assert len(rows(api_desk)) == PART_ROWS
        assert api_desk.store.exists(f"{api_desk.folder}/{CURSORS}")
        yield document("last")

    assert collected(api_desk, *()).stored == 0
    with remembered(api_desk) as memory:
        assert take_in(api_desk, memory, items()).stored == PART_ROWS + 1


def test_what_is_old_is_written_though_the_part_is_not_full(api_desk):
    moments = iter([NOON, NOON, NOON + LONGEST_UNSAVED, *[NOON + LONGEST_UNSAVED] * 9])
    desk = replace(api_desk, now=lambda: next(moments))

    def items():
        yield document("a")
        assert rows(desk) == []
        yield document("b")
        assert len(rows(desk)) == 2

    with remembered(desk) as memory:
        take_in(desk, memory, items())


@pytest.mark.parametrize("damage", ["lost", "garbage", "ahead"])
def test_a_memory_that_is_lost_damaged_or_ahead_is_made_anew(api_desk, damage):
    collected(api_desk, document("a", etag="1"))
    collected(on(api_desk, "2026-11-22"), document("b"))
    if damage == "ahead":
        api_desk.store.objects.delete([p for p in api_desk.store.paths("state/raw") if "2026-11-22" in p])
    else:
        for file in api_desk.work.glob(FILE + "*"):
            file.unlink() if damage == "lost" else file.write_bytes(b"no database" * 500)
    with remembered(api_desk) as memory:
        assert memory.known("a").etag == "1"
        assert (memory.known("b") is None) == (damage == "ahead")


def test_older_and_deleted_bodies_leave_the_archive_and_the_newest_stay(api_desk):
    collected(
        api_desk, document("a", b"first words"), document("b", b"withdrawn words"), document("c", b"lasting words")
    )
    second = on(api_desk, "2026-11-22")
    collected(second, document("a", b"second words"), document("b", refusal="deleted"))
    with remembered(second) as memory:
        assert memory.erase_outdated() == 2
        assert memory.erase_outdated() == 0
    left = archived(api_desk)
    assert b"second words" in left
    assert b"lasting words" in left
    assert b"first words" not in left
    assert b"withdrawn words" not in left


def test_a_kill_before_the_erasure_leaves_it_to_the_next_run(api_desk):
    collected(api_desk, document("a", b"withdrawn words"))
    collected(on(api_desk, "2026-11-22"), document("a", refusal="deleted"))
    for file in api_desk.work.glob(FILE + "*"):
        file.unlink()
    with remembered(on(api_desk, "2026-11-23")) as memory:
        assert memory.erase_outdated() == 1
    assert b"withdrawn words" not in archived(api_desk)


KEYS = st.sampled_from("abc")
CHANGES = st.lists(st.tuples(KEYS, st.sampled_from([b"x", b"y", b"z", None])), max_size=6)


@given(nights=st.lists(CHANGES, max_size=5), forget=st.booleans())
def test_memory_is_what_the_nights_said_last(tmp_path_factory, nights, forget):
    folder = tmp_path_factory.mktemp("nights")
    desk = Desk("api", open_store(folder / "data"), "", folder / "work", folder, Network("a@b.test"), lambda: NOON)
    expected = {}
    for number, changes in enumerate(nights):
        tonight = dict(changes)  # the source names a document once a night
        collected(
            replace(desk, folder=f"state/raw/2026-11-{number + 1:02d}/api"),
            *(document(key, body) if body else document(key, refusal="gone") for key, body in tonight.items()),
        )
        expected |= tonight
    if forget:
        for file in desk.work.glob(FILE + "*"):
            file.unlink()
    with remembered(desk) as memory:
        assert {key for key, body in expected.items() if body} == set(memory.keys())
        assert all((memory.known(key).place is None) == (body is None) for key, body in expected.items())
