"""The card as its readers use it: Hugging Face, DuckDB and Polars on real files, by the card's own snippets."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus import shards
from corpus.card import render
from corpus.manifest import FunnelRow, Manifest, commit, latest
from corpus.shards import kept_versions, write
from corpus.store import open_store

OLD, NEW = "v2026-11-19", "v2026-11-20"


@pytest.fixture
def manifest(tmp_path: Path, rows_of, manifest_of) -> Manifest:
    """Two versions on disk: 20 rows, then 60."""
    store = open_store(tmp_path)
    versions = {name: write(store, rows_of(count), validation_percent=20) for name, count in ((OLD, 20), (NEW, 60))}
    funnel = [
        FunnelRow(step="select 3", reason="too-short", documents=4),
        FunnelRow(step="kept", reason="kept", documents=60),
    ]
    made = manifest_of(
        rows_of(60),
        versions[NEW],
        versions=versions,
        funnel=funnel,
        licences={"CC-BY-4.0": 59, "unknown": 1, "my|own": 1},
    )
    commit(store, made)
    store.put("published/README.md", render(made, title="Demo: beer", contact="miller@brewnet.test").encode())
    return made


@pytest.fixture
def published(tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder ``published``, with a cache of Hugging Face's library beside it."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.chdir(tmp_path / "published")
    assert Path("data").is_dir() == bool(manifest.shards)
    return str(tmp_path / "published")


def snippet(language: str, holding: str) -> str:
    text = Path("README.md").read_text(encoding="utf-8")
    (found,) = [code for code in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if holding in code]
    return found


def test_hugging_face_loads_every_version_and_streams(published: str, manifest: Manifest, rows_of) -> None:
    import datasets

    names: dict[str, Any] = {}
    exec(snippet("python", "load_dataset"), names)
    assert {split: len(rows) for split, rows in names["newest"].items()} == {
        split: manifest.rows(split) for split in ("train", "validation")
    }
    assert len(list(names["streamed"])) == manifest.rows("train")
    old = datasets.load_dataset(published, OLD)
    assert sum(len(rows) for rows in old.values()) == 20
    first = names["pinned"]["train"][0]
    wanted = rows_of(60).to_pylist()[int(first["id"].split("/")[1])]
    for column in ("messages", "input_ids", "assistant_mask", "consent", "licence"):
        assert first[column] == wanted[column]


def test_a_version_from_before_a_column_was_added_loads_beside_one_with_it(
    tmp_path: Path, rows_of, manifest_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    added = ["spam_score", "toxicity_score"]
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    store = open_store(tmp_path)
    before = pa.schema([field for field in shards.ROW if field.name not in added])
    with monkeypatch.context() as older:
        older.setattr(shards, "ROW", before)
        old = write(store, rows_of(20), validation_percent=20)
    commit(store, manifest_of(rows_of(20).drop_columns(added), old, versions={OLD: old}))
    new = write(store, rows_of(20, spam_score=[0.5] * 20), validation_percent=20)
    kept = kept_versions(latest(store), NEW, new, keep=7)
    night = manifest_of(rows_of(20), new, number=2, versions=kept)
    commit(store, night)
    assert shards.prune(store, night) == []
    store.put("published/README.md", render(night, title="", contact="miller@brewnet.test").encode())
    published = str(tmp_path / "published")
    names = {version: datasets.load_dataset(published, version)["train"].column_names for version in (OLD, NEW)}
    assert names == {OLD: before.names, NEW: shards.ROW.names}
    assert datasets.load_dataset(published)["train"][0]["spam_score"] == 0.5


def test_the_card_names_the_scores_that_a_row_may_hold(manifest: Manifest) -> None:
    card = render(manifest, title="Demo", contact="miller@brewnet.test")
    assert all(f"`{column}`" in card for column in ("spam_score", "toxicity_score", "pii_count", "secrets_count"))


@pytest.mark.usefixtures("published")
def test_duckdb_reads_what_the_manifest_names(manifest: Manifest) -> None:
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(snippet("sql", "DuckDB")).fetchall()
    assert (len(rows), rows[0][1:]) == (manifest.rows("train"), ("CC-BY-4.0", 3))


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.usefixtures("published")
def test_polars_reads_what_the_manifest_names(manifest: Manifest) -> None:
    names: dict[str, Any] = {}
    exec(snippet("python", "polars"), names)
    assert names["rows"].collect().height == manifest.rows("train")


@pytest.mark.usefixtures("published")
def test_the_header_is_what_the_hub_expects(manifest: Manifest) -> None:
    import yaml

    header = yaml.safe_load(Path("README.md").read_text(encoding="utf-8").split("---\n")[1])
    assert header["pretty_name"] == "Demo: beer"
    assert header["license"] == ["cc-by-4.0", "other", "unknown"]
    assert header["size_categories"] == ["n<1K"]
    assert [config["config_name"] for config in header["configs"]] == ["default", NEW, OLD]
    paths = {path for config in header["configs"] for entry in config["data_files"] for path in entry["path"]}
    assert paths == {shard.path for shards in manifest.versions.values() for shard in shards}


def test_languages_are_tags_and_norwegian_is_not_false(manifest: Manifest) -> None:
    import yaml

    card = render(manifest.model_copy(update={"languages": {"no": 2, "unknown": 1}}), title="", contact="a@b.test")
    assert yaml.safe_load(card.split("---\n")[1])["language"] == ["no"]


def test_an_empty_split_is_left_out(manifest: Manifest) -> None:
    train = [shard for shard in manifest.shards if shard.split == "train"]
    card = render(
        manifest.model_copy(update={"shards": train, "versions": {NEW: train, OLD: []}}), title="", contact="a@b.test"
    )
    header = card.split("---\n")[1]
    assert "split: validation" not in header
    assert OLD not in header


@pytest.mark.parametrize(("rows", "size"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M")])
def test_the_size_follows_the_hubs_bounds(manifest: Manifest, rows: int, size: str) -> None:
    shard = manifest.shards[0].model_copy(update={"rows": rows})
    assert f'- "{size}"' in render(manifest.model_copy(update={"shards": [shard]}), title="", contact="a@b.test")


def test_the_body_tells_the_funnel_and_how_to_ask_for_removal(manifest: Manifest) -> None:
    card = render(manifest, title="Demo", contact="miller@brewnet.test")
    assert "| select 3 | too-short | 4 |" in card
    assert r"| my\|own | 1 |" in card
    assert "writes to miller@brewnet.test" in card
    assert card == render(manifest, title="Demo", contact="miller@brewnet.test")
