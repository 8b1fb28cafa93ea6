"""The whole night on the demo world: every document meets its expected fate, and a killed night goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpus import ledger
from corpus.errors import CorpusError, GateRefused
from corpus.manifest import latest
from corpus.store import open_store
from demo import answers
from demo.server import serve
from flows.refresh import PLAIN, night
from flows.tonight import Tonight

ROOT = Path(__file__).parents[2]
FIRST = datetime(2026, 11, 20, 2, tzinfo=UTC)
SECOND = datetime(2026, 11, 21, 2, tzinfo=UTC)


def copy_recipe(folder: Path) -> str:
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "datasets" / "demo" / "recipe.toml", folder)
    return str(folder)


def fates(dataset: str) -> dict[str, tuple[str, str | None]]:
    store = open_store(dataset)
    table = ledger.newest(store, latest(store))
    return {row["id"]: (row["fate"], row["reason"]) for row in table.select(["id", "fate", "reason"]).to_pylist()}


def expected(number: int) -> dict[str, tuple[str, str | None]]:
    return {document: (answer["fate"], answer["reason"]) for document, answer in answers.build()[str(number)].items()}


def planted(number: int) -> set[str]:
    return {value for answer in answers.build()[str(number)].values() for value in answer.get("planted", ())}


def published_rows(dataset: str) -> list[dict]:
    store = open_store(dataset)
    files = [Path(dataset) / "published" / shard.path for shard in latest(store).shards]
    return [row for file in files for row in pq.read_table(file).to_pylist()]


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory):
    """One dataset after two nights, with what the ledger and the rows said after each."""
    os.environ["GRISTMILL_STATE"] = str(tmp_path_factory.mktemp("machine"))
    dataset = copy_recipe(tmp_path_factory.mktemp("night") / "demo")
    seen = {}
    with serve(1, 0) as world:
        for number, clock in ((1, FIRST), (2, SECOND)):
            world.set_night(number)
            manifest = night(Tonight(dataset=dataset, proxy=world.proxy, workers=2), PLAIN, lambda now=clock: now)
            seen[number] = (manifest, fates(dataset), published_rows(dataset))
        seen["log"] = list(world.log)
    os.environ.pop("GRISTMILL_STATE")
    return dataset, seen


def test_the_access_log_shows_no_request_earlier_than_allowed(two_nights):
    _, seen = two_nights
    by_host = {}
    for entry in seen["log"]:
        by_host.setdefault(entry.host, []).append(entry)
    assert len(by_host) > 5
    gaps = [(earlier, later) for entries in by_host.values() for earlier, later in pairwise(entries)]
    early = [gap for gap in gaps if gap[1].at_s - gap[0].at_s < least_s(gap[0])]
    assert early == []
    assert sum(entry.status in (429, 503) for entry in seen["log"]) >= 3


def least_s(entry) -> float:
    """Return the seconds its host must be left alone for after ``entry``."""
    if entry.status in (429, 503):
        return 0.5 if entry.host == "flaky.brewnet.test" else 1.0  # the recipe's back-off; Retry-After
    if entry.host == "cellar.brewnet.test" and entry.path != "/robots.txt":
        return 0.3  # its Crawl-delay
    return 0.1 if entry.host == "export.arxiv.test" else 0.02  # the recipe's


@pytest.mark.parametrize("number", [1, 2])
def test_every_document_meets_its_expected_fate(two_nights, number):
    _, seen = two_nights
    found, wanted = seen[number][1], expected(number)
    wrong = {d: (found.get(d), wanted.get(d)) for d in found.keys() | wanted.keys() if found.get(d) != wanted.get(d)}
    assert not wrong, f"{len(wrong)} wrong: {dict(sorted(wrong.items())[:20])}"


@pytest.mark.parametrize("number", [1, 2])
def test_the_published_rows_are_the_kept_documents_each_once(two_nights, number):
    _, seen = two_nights
    kept = sorted(document for document, (fate, _) in expected(number).items() if fate == "kept")
    assert sorted(row["id"] for row in seen[number][2]) == kept


def test_no_planted_secret_or_personal_value_is_published(two_nights):
    _, seen = two_nights
    assert len(planted(1)) > 20
    texts = "\n".join(json.dumps(row, default=str, ensure_ascii=False) for number in (1, 2) for row in seen[number][2])
    texts += texts.replace("\\", "")  # an escape inside a value must not hide it
    assert {value for value in planted(1) | planted(2) if value in texts} == set()


def test_the_funnel_counts_every_document_once(two_nights):
    _, seen = two_nights
    manifest, found, rows = seen[1]
    assert sum(row.documents for row in manifest.funnel) == len(found)
    assert manifest.funnel[-1].documents == len(rows)


def test_an_unchanged_document_keeps_its_row_to_the_last_value(two_nights):
    _, seen = two_nights
    first, second = ({row["id"]: row for row in seen[number][2]} for number in (1, 2))
    same = [d for d in first.keys() & second.keys() if first[d]["revision_seen"] == second[d]["revision_seen"]]
    assert len(same) > 0.8 * len(first)
    assert all(first[document] == second[document] for document in same)


def test_both_versions_can_be_loaded_by_name(two_nights, tmp_path, monkeypatch):
    import datasets

    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    dataset, seen = two_nights
    for number, version in ((1, "v2026-11-20"), (2, "v2026-11-21")):
        loaded = datasets.load_dataset(f"{dataset}/published", version, cache_dir=str(tmp_path))
        assert sum(split.num_rows for split in loaded.values()) == len(seen[number][2])


def test_a_night_that_would_publish_nonsense_is_refused(two_nights, tmp_path):
    dataset, _ = two_nights
    broken = tmp_path / "demo"
    shutil.copytree(dataset, broken)
    recipe = (broken / "recipe.toml").read_text(encoding="utf-8")
    (broken / "recipe.toml").write_text(recipe.replace("min = 50", "min = 50000", 1), encoding="utf-8")
    before = latest(open_store(broken))
    with serve(2, 0) as world, pytest.raises(GateRefused, match="kept"):
        night(Tonight(dataset=str(broken), proxy=world.proxy), PLAIN, lambda: datetime(2026, 11, 22, 2, tzinfo=UTC))
    assert latest(open_store(broken)) == before


def test_a_night_killed_half_way_goes_on_to_the_same_rows(two_nights, tmp_path, monkeypatch):
    _, seen = two_nights
    dataset = copy_recipe(tmp_path / "demo")
    environment = os.environ | {"GRISTMILL_STATE": str(tmp_path / "machine")}
    with serve(1, 0) as world:
        command = [sys.executable, "-m", "flows.cli", "refresh", dataset, "--no-prefect", "--proxy", world.proxy]
        with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) as process:
            while len(world.log) < 120 and process.poll() is None:
                world.wait_for_request()
            os.killpg(process.pid, signal.SIGKILL)
        monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
        night(Tonight(dataset=dataset, proxy=world.proxy), PLAIN, lambda: datetime.now(UTC))
    ours = {row["id"]: row["input_ids"] for row in published_rows(dataset)}
    assert ours == {row["id"]: row["input_ids"] for row in seen[1][2]}


def test_a_published_night_is_closed(two_nights):
    dataset, _ = two_nights
    with pytest.raises(CorpusError, match="2026-11-20 is not open"):
        night(Tonight(dataset=dataset, night="2026-11-20"), PLAIN, lambda: SECOND)


def test_a_second_refresh_at_once_is_refused(tmp_path):
    from corpus.lock import hold

    dataset = copy_recipe(tmp_path / "demo")
    (tmp_path / "demo" / "work").mkdir()
    with hold(tmp_path / "demo" / "work" / "refresh.lock"), pytest.raises(CorpusError):
        night(Tonight(dataset=dataset), PLAIN, lambda: FIRST)
