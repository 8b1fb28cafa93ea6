"""Storage on a real folder: whole or absent, and one sentence whatever the medium says."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from corpus.errors import StoreError
from corpus.store import Store, open_store

# A limit on the size of files is a full disk that every user can have.
FULL = """
import resource, sys
from corpus.errors import StoreError
from corpus.store import open_store
store = open_store(sys.argv[1])
store.put("state/a", b"before")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for write in (store.put, store.create):
    for path in ("state/a", "state/b"):
        try:
            write(path, b"x" * 100_000)
        except StoreError as error:
            print(error)
        else:
            print(write.__name__, path, "kept")
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "dataset")


def test_a_full_disk_leaves_everything_as_it_was(store: Store, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL, store.location]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split(":")[0] for line in told] == [
        f"{store.location}/state/{name} cannot be written" for name in ("a", "b", "a", "b")
    ]
    assert all("File too large" in line for line in told)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == ["dataset/state/a"]
    assert store.get("state/a") == b"before"


def test_create_writes_once(store: Store) -> None:
    assert store.create("published/1.json", b"first")
    assert not store.create("published/1.json", b"second")
    assert store.get("published/1.json") == b"first"


@pytest.mark.parametrize("path", ["no/such", "state"])
def test_what_is_not_there_is_said_in_one_line(store: Store, path: str) -> None:
    store.put("state/a", b"x")
    for read in (lambda: store.get(path), lambda: store.get_range(path, 0, 1), lambda: store.read_table(path)):
        with pytest.raises(StoreError) as caught:
            read()
        assert str(caught.value).startswith(f"{store.location}/{path} cannot be read")
        assert "\n" not in str(caught.value)


def test_a_medium_that_fails_is_not_taken_for_an_absent_file(store: Store) -> None:
    store.put("state/a", b"x")
    with pytest.raises(StoreError, match=r"state/a/b cannot be looked up: .*Not a directory"):
        store.exists("state/a/b")


def test_delete_is_quiet_about_what_is_not_there(store: Store) -> None:
    store.put("state/a", b"x")
    store.delete("state/a")
    store.delete("state/a")
    assert not store.exists("state/a")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_parquet_file_is_named(store: Store, share: float) -> None:
    store.write_table("state/t.parquet", pa.table({"n": list(range(5000))}))
    content = store.get("state/t.parquet")
    store.put("state/t.parquet", content[: int(len(content) * share)])
    with pytest.raises(StoreError, match=r"state/t.parquet is not a whole Parquet file: [^\n]*$"):
        store.read_table("state/t.parquet")


def test_a_damaged_page_is_named(store: Store) -> None:
    store.write_table("state/t.parquet", pa.table({"n": list(range(5000))}))
    content = bytearray(store.get("state/t.parquet"))
    content[40:2000] = bytes(1960)
    store.put("state/t.parquet", bytes(content))
    with pytest.raises(StoreError, match=r"state/t.parquet is not a whole Parquet file"):
        store.read_table("state/t.parquet")


def test_paths_are_sorted_and_stay_below_their_folder(store: Store) -> None:
    for path in ("raw/b", "raw/a/c", "rawer/x"):
        store.put(path, b"")
    assert store.paths("raw") == ["raw/a/c", "raw/b"]
    assert store.paths("none") == []


def test_a_dataset_that_is_a_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file cannot be opened"):
        open_store(tmp_path / "file")
