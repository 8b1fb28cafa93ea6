"""The commit: numbered, never overwritten, whole or absent, with several processes at it."""

import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import StoreError
from corpus.manifest import commit, latest
from corpus.store import open_store

RIVAL = """
import sys
from corpus.errors import StoreError
from corpus.manifest import Manifest, commit, latest
from corpus.store import open_store
store = open_store(sys.argv[1])
mine = 0
while mine < 10:
    last = latest(store)
    try:
        commit(store, last.model_copy(update={"number": last.number + 1, "night": f"{sys.argv[2]}-{mine}"}))
        mine += 1
    except StoreError as error:
        assert "was published by another run" in str(error), error
"""


def test_rivals_lose_no_commit_and_overwrite_none(tmp_path: Path, rows_of, manifest_of) -> None:
    store = open_store(tmp_path)
    commit(store, manifest_of(rows_of(1), number=1))
    rivals = [subprocess.Popen([sys.executable, "-c", RIVAL, str(tmp_path), str(name)]) for name in range(3)]
    assert [rival.wait() for rival in rivals] == [0, 0, 0]
    paths = store.paths("published/manifests")
    assert paths == [f"published/manifests/{number:012d}.json" for number in range(1, 32)]
    last = latest(store)
    assert last is not None
    assert last.number == 31


def test_a_number_is_given_once(tmp_path: Path, rows_of, manifest_of) -> None:
    store = open_store(tmp_path)
    commit(store, manifest_of(rows_of(1), number=7))
    with pytest.raises(StoreError, match=r"000000000007.json was published by another run in the meantime"):
        commit(store, manifest_of(rows_of(2), number=7))
    found = latest(store)
    assert found is not None
    assert found == manifest_of(rows_of(1), number=7)


def test_nothing_published_is_no_manifest(tmp_path: Path) -> None:
    assert latest(open_store(tmp_path)) is None


@pytest.mark.parametrize("content", [b"", b'{"number": 2', b'{"number": 2}', b"\xff\xfe"])
def test_a_damaged_manifest_is_named_in_one_line(tmp_path: Path, rows_of, manifest_of, content: bytes) -> None:
    store = open_store(tmp_path)
    commit(store, manifest_of(rows_of(1), number=1))
    store.put("published/manifests/000000000002.json", content)
    with pytest.raises(StoreError, match=r"000000000002.json is damaged: [^\n]+$"):
        latest(store)
