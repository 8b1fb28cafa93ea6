"""Where rows stand, what their bytes depend on, and what is deleted."""

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import StoreError
from corpus.manifest import Shard
from corpus.schema import ROW
from corpus.shards import kept_versions, prune, split_of, write
from corpus.store import Store, open_store

NIGHTS = ["2026-11-19", "2026-11-20"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


@pytest.fixture
def rows(rows_of) -> pa.Table:
    return rows_of(60, first_seen=[NIGHTS[place % 2] for place in range(60)], language=[None, "en", "de"] * 20)


def shard(name: str) -> Shard:
    return Shard(path=f"data/{name}.parquet", split="train", rows=1, size_bytes=1, sha256="0" * 64)


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_a_larger_percentage_only_adds_to_validation(document: str, one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert (split_of(document, small), split_of(document, large)) != ("validation", "train")
    assert split_of(document, 0) == "train"


def test_the_split_has_the_asked_size_and_never_moves() -> None:
    drawn = [split_of(f"web/{place}", 5) for place in range(20_000)]
    assert 0.045 < drawn.count("validation") / len(drawn) < 0.055
    assert [place for place in range(100) if drawn[place] == "validation"] == [
        16,
        17,
        28,
        42,
        49,
        64,
        65,
        66,
        70,
        72,
        73,
        93,
        96,
    ]


def test_a_row_is_found_by_split_and_first_night_sorted_by_id(store: Store, rows: pa.Table) -> None:
    shards = write(store, rows, validation_percent=30)
    assert [(shard.split, shard.path[:-25]) for shard in shards] == [
        (split, f"data/{split}-{night}") for split in ("train", "validation") for night in NIGHTS
    ]
    for found in shards:
        table = store.read_table(f"published/{found.path}")
        ids = table["id"].to_pylist()
        assert ids == sorted(ids)
        assert {split_of(document, 30) for document in ids} == {found.split}
        assert {f"data/{found.split}-{night}" for night in table["first_seen"].to_pylist()} == {found.path[:-25]}
        assert (found.rows, found.sha256[:16]) == (len(ids), found.path[-24:-8])
    assert sum(found.rows for found in shards) == rows.num_rows


def test_what_is_read_back_is_what_was_given(store: Store, rows: pa.Table) -> None:
    files = [f"published/{shard.path}" for shard in write(store, rows, validation_percent=30)]
    back = pa.concat_tables([store.read_table(path) for path in files]).sort_by("id")
    assert back.equals(rows.sort_by("id"))
    assert back.schema.equals(ROW)


def test_bytes_depend_on_the_rows_alone(store: Store, rows: pa.Table) -> None:
    order = list(range(60))
    random.Random(7).shuffle(order)
    shuffled = rows.take(order).replace_schema_metadata({"from": "elsewhere"})
    chunked = pa.concat_tables([shuffled.slice(start, 7) for start in range(0, 60, 7)]).select(sorted(ROW.names))
    assert write(store, rows, validation_percent=5) == write(store, chunked, validation_percent=5)


def test_only_the_file_of_a_changed_row_is_new(store: Store, rows: pa.Table) -> None:
    before = write(store, rows, validation_percent=5)
    texts = rows["text"].to_pylist()
    texts[0] = "changed"
    changed = rows.set_column(
        rows.schema.get_field_index("text"), ROW.field("text"), pa.array(texts, pa.large_string())
    )
    after = write(store, changed, validation_percent=5)
    assert len(before) == len(after)
    assert len({shard.path for shard in before} & {shard.path for shard in after}) == len(before) - 1


def test_a_whole_file_is_left_and_a_truncated_one_is_written_again(
    store: Store, rows: pa.Table, tmp_path: Path
) -> None:
    whole, cut = (tmp_path / "published" / shard.path for shard in write(store, rows, validation_percent=0))
    stamp, content = whole.stat().st_mtime_ns, cut.read_bytes()
    cut.write_bytes(content[:100])
    write(store, rows, validation_percent=0)
    assert whole.stat().st_mtime_ns == stamp
    assert cut.read_bytes() == content


def test_files_are_zstd_with_a_page_index_and_no_dictionary(store: Store, rows: pa.Table, tmp_path: Path) -> None:
    (found, _) = write(store, rows, validation_percent=0)
    group = pq.read_metadata(tmp_path / "published" / found.path).row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    assert all(column.compression == "ZSTD" and column.has_offset_index for column in columns)
    assert not any(column.has_dictionary_page for column in columns)


def test_one_id_twice_is_refused(store: Store, rows: pa.Table) -> None:
    with pytest.raises(StoreError, match="the id web/0000003 stands in two rows"):
        write(store, pa.concat_tables([rows, rows.slice(3, 1)]), validation_percent=5)
    assert store.paths("published") == []


def test_no_rows_write_no_file(store: Store) -> None:
    assert write(store, ROW.empty_table(), validation_percent=5) == []


def test_the_newest_versions_are_kept_and_the_new_one_always(rows: pa.Table, manifest_of) -> None:
    old = {f"v2026-11-{day}": [shard(str(day))] for day in (17, 18, 19)}
    previous = manifest_of(rows, versions=old)
    kept = kept_versions(previous, "v2026-11-20", [shard("20")], 2)
    assert list(kept) == ["v2026-11-19", "v2026-11-20"]
    assert kept["v2026-11-19"] == old["v2026-11-19"]
    assert list(kept_versions(previous, "v2026-11-20", [shard("20")], 1)) == ["v2026-11-20"]
    assert list(kept_versions(previous, "v2026-11-01", [shard("1")], 2)) == ["v2026-11-01", "v2026-11-19"]
    assert kept_versions(None, "v2026-11-20", [shard("20")], 7) == {"v2026-11-20": [shard("20")]}


def test_a_night_published_again_replaces_its_version(rows: pa.Table, manifest_of) -> None:
    previous = manifest_of(rows, versions={"v2026-11-20": [shard("old")]})
    assert kept_versions(previous, "v2026-11-20", [shard("new")], 7) == {"v2026-11-20": [shard("new")]}


def test_prune_deletes_what_no_kept_version_names(store: Store, rows: pa.Table, manifest_of) -> None:
    for name in ("now", "kept", "gone"):
        store.put(f"published/data/{name}.parquet", b"rows")
    store.put("published/README.md", b"card")
    manifest = manifest_of(rows, [shard("now")], versions={"v2026-11-19": [shard("kept")]})
    assert prune(store, manifest) == ["published/data/gone.parquet"]
    assert store.paths("published") == [
        "published/README.md",
        "published/data/kept.parquet",
        "published/data/now.parquet",
    ]
    assert prune(store, manifest) == []
