"""Near-duplicates over nights: the index of one night serves the next, and any loss of it costs time alone."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpus import ledger
from corpus.errors import GateRefused, RecipeError
from corpus.manifest import latest
from corpus.near.index import Neighbour
from corpus.store import open_store
from flows.curate import curate_stage
from flows.neighbours import neighbours, told
from flows.refresh import PLAIN, night
from flows.tonight import Tonight

RECIPE = """
name = "mill"
contact = "miller@brewnet.test"

[[sources]]
kind = "files"
name = "shelf"
folder = "{folder}"
licence = "CC-BY-4.0"

[[steps]]
kind = "extract"

{steps}

[[steps]]
kind = "quality"

[[steps]]
kind = "select"
rules = [{{ column = "word_count", min = 20, reason = "too-short" }}]

[[steps]]
kind = "chat"

[publish.gates]
max_fall = {max_fall}
"""


NEAR = """
[[steps]]
kind = "near"

[[steps]]
kind = "select"
rules = [
    { column = "duplicate_rule", none_of = ["exact"], reason = "exact-duplicate" },
    { column = "duplicate_rule", none_of = ["near"], reason = "near-duplicate" },
]
"""


def essay(topic: str, words: int = 60, changed: int = 0) -> str:
    """A text of its own; ``changed`` of its last words are another text's."""
    told = [f"{topic}{number}" for number in range(words - changed)]
    return " ".join(told + [f"{topic}changed{number}" for number in range(changed)]) + "."


class Shelf:
    """A folder of texts, and the dataset made of it night by night."""

    def __init__(self, folder: Path, max_fall: float = 1.0) -> None:
        self.texts, self.dataset = folder / "shelf", folder / "mill"
        self.texts.mkdir(parents=True)
        self.dataset.mkdir()
        self.max_fall, self.steps = max_fall, NEAR
        self.clock = datetime(2026, 11, 1, 2, tzinfo=UTC)

    def put(self, **texts: str | None) -> None:
        for name, text in texts.items():
            file = self.texts / f"{name}.txt"
            file.unlink() if text is None else file.write_text(text, encoding="utf-8")

    def refresh(self) -> dict[str, str]:
        """Run a night and return each document's reason, ``kept`` where it stayed."""
        recipe = RECIPE.format(folder=self.texts, max_fall=self.max_fall, steps=self.steps)
        (self.dataset / "recipe.toml").write_text(recipe, encoding="utf-8")
        self.clock += timedelta(days=1)
        night(Tonight(dataset=str(self.dataset), workers=1), PLAIN, lambda: self.clock)
        return self.fates()

    def fates(self) -> dict[str, str]:
        store = open_store(self.dataset)
        rows = ledger.newest(store, latest(store)).select(["id", "reason"]).to_pylist()
        return {Path(row["id"]).stem: row["reason"] or "kept" for row in rows}

    def neighbours(self, text: str) -> list[Neighbour]:
        return neighbours(str(self.dataset), text, "article", 5)

    def state(self) -> Path:
        return self.dataset / "state" / "near" / latest(open_store(self.dataset)).index_state()


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
    made = Shelf(tmp_path)
    made.put(a=essay("ale"), b=essay("ale", changed=5), c=essay("cider"))
    assert made.refresh() == {"a": "kept", "b": "near-duplicate", "c": "kept"}
    return made


def test_the_next_night_is_judged_against_the_index(shelf):
    shelf.put(d=essay("cider", changed=4), e=essay("ale"))
    assert shelf.refresh() == {
        "a": "kept",
        "b": "near-duplicate",
        "c": "kept",
        "d": "near-duplicate",
        "e": "exact-duplicate",
    }


def test_a_winner_that_changes_releases_its_losers(shelf):
    shelf.put(a=essay("stout"))
    assert shelf.refresh() == {"a": "kept", "b": "kept", "c": "kept"}


def test_a_winner_that_is_gone_releases_its_losers(shelf):
    shelf.put(a=None)
    fates = shelf.refresh()
    assert (fates["b"], fates["c"]) == ("kept", "kept")
    assert fates["a"] != "kept"


def test_a_winner_that_a_later_step_drops_covers_nobody(shelf):
    shelf.put(f=essay("porter", words=18), g=essay("porter", words=18) + " porter18 porter19.")
    fates = shelf.refresh()
    assert (fates["f"], fates["g"]) == ("too-short", "kept")
    (judged,) = [one for one in shelf.neighbours(essay("porter", words=18)) if Path(one.id).stem == "g"]
    assert judged.jaccard > 0.8, "g would have lost to f"


def curated(dataset: Path, workers: int = 1) -> tuple[list, list]:
    curate_stage(Tonight(dataset=str(dataset), night="2027-01-01", workers=workers))
    folder = dataset / "work" / "2027-01-01" / "curated"
    return tuple(pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("rows", "ledger"))


def zeroed(content: bytes) -> bytes:
    return bytes(len(content))


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :]


@pytest.mark.parametrize("harm", ["lost", "truncated", "half of it lost"])
def test_an_index_that_is_harmed_is_built_anew_and_says_the_same(shelf, harm, caplog):
    shelf.put(a=essay("stout"), d=essay("cider", changed=4))
    shelf.refresh()
    before = curated(shelf.dataset)
    files = sorted((shelf.dataset / "state" / "near").rglob("*"), key=str)
    if harm == "lost":
        shutil.rmtree(shelf.dataset / "state" / "near")
    elif harm == "truncated":
        shelf.state().write_bytes(shelf.state().read_bytes()[:40])
    else:
        [file.unlink() for file in files if file.is_file() and file != shelf.state()]
    caplog.clear()
    assert curated(shelf.dataset) == before
    assert "built anew" in caplog.text


RUN = [f"run-*/{name}" for name in ("rows", "offsets", "values", "documents.arrow", "id", "text", "sums", "band-*")]
STANDINGS = [f"standings-*/{name}" for name in ("rows", "records", "losers")]


@pytest.mark.parametrize("harm", [zeroed, flipped])
@pytest.mark.parametrize("files", RUN + STANDINGS)
def test_files_that_are_harmed_at_their_length_never_change_a_fate(shelf, files, harm, caplog):
    shelf.put(a=essay("stout"), d=essay("cider", changed=4))
    assert shelf.refresh() == {"a": "kept", "b": "kept", "c": "kept", "d": "near-duplicate"}
    harmed = list((shelf.dataset / "state" / "near").glob(files))
    assert harmed
    [file.write_bytes(harm(file.read_bytes())) for file in harmed]
    shelf.put(c=essay("porter"), e=essay("stout", changed=3), f=essay("cider"))
    fates = {"a": "kept", "b": "kept", "c": "kept", "d": "kept", "e": "near-duplicate", "f": "near-duplicate"}
    assert shelf.refresh() == fates
    assert "built anew" in caplog.text
    assert shelf.refresh() == fates


def test_a_refused_night_leaves_the_index_of_the_last_version(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
    shelf = Shelf(tmp_path, max_fall=0.3)
    shelf.put(**{f"t{number}": essay(f"topic{number}") for number in range(8)})
    shelf.refresh()
    before = shelf.state(), shelf.state().read_bytes()
    shelf.put(**{f"t{number}": essay("one") for number in range(8)})
    with pytest.raises(GateRefused):
        shelf.refresh()
    assert (shelf.state(), shelf.state().read_bytes()) == before
    shelf.put(**{f"t{number}": essay(f"topic{number}") for number in range(8)})
    assert set(shelf.refresh().values()) == {"kept"}


def test_what_no_version_needs_is_pruned(shelf):
    shelf.put(d=essay("dubbel"))
    shelf.refresh()
    named = json.loads(shelf.state().read_bytes())
    parts = {part["name"] for part in (*named["runs"], *named["standings"])}
    assert {path.name for path in (shelf.dataset / "state" / "near").iterdir()} == {*parts, shelf.state().name}


def test_a_recipe_that_no_longer_asks_leaves_no_index(shelf):
    shelf.steps = ""
    shelf.refresh()
    assert latest(open_store(shelf.dataset)).index_state() is None
    assert list((shelf.dataset / "state" / "near").iterdir()) == []


def test_refused_nights_leave_no_heap_of_indexes(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
    shelf = Shelf(tmp_path, max_fall=0.3)
    shelf.put(**{f"t{number}": essay(f"topic{number}") for number in range(8)})
    shelf.refresh()
    counts = []
    for day in range(3):
        shelf.put(**{f"t{number}": essay(f"day{day}") for number in range(8)})
        with pytest.raises(GateRefused):
            shelf.refresh()
        counts.append(len(list((shelf.dataset / "state" / "near").iterdir())))
    assert counts[1:] == counts[:-1]


def test_the_neighbours_of_a_text_are_told_with_their_fate(shelf):
    found = shelf.neighbours(essay("ale", changed=2))
    assert [Path(one.id).stem for one in found] == ["a", "b"]
    assert [one.fate for one in found] == ["kept", "loser"]
    assert found[0].jaccard == pytest.approx(54 / 58)
    assert [line.split()[2] for line in told(found)[1:]] == ["kept", "duplicate"]
    assert told(shelf.neighbours("nothing of the kind was ever written")) == ["no document is near to this text"]


def test_neighbours_need_an_index_and_a_text(shelf, tmp_path):
    with pytest.raises(RecipeError, match="no word"):
        neighbours(str(shelf.dataset), " ... ", "article", 5)
    (tmp_path / "other").mkdir()
    recipe = (shelf.dataset / "recipe.toml").read_text(encoding="utf-8")
    (tmp_path / "other" / "recipe.toml").write_text(recipe, encoding="utf-8")
    with pytest.raises(RecipeError, match="refresh"):
        neighbours(str(tmp_path / "other"), "a text", "article", 5)
