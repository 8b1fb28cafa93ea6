"""A night whose recipe names an evaluation set: what holds its items leaves, and the ledger says which."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus import ledger
from corpus.errors import RecipeError
from corpus.manifest import latest
from corpus.store import open_store
from flows.calibrate import Rules, calibrate_stage
from flows.recipe import load_recipe
from flows.refresh import PLAIN, night
from flows.tonight import Tonight

QUESTION = (
    "A miller fills eleven sacks of rye before breakfast and seven more after it, sells four to the baker at the ford "
    "and stores what is left in the loft; how many sacks does the loft hold in the evening?"
)
OTHER = "The brewer of the lower town rinses every barrel twice, since the river brings silt after the autumn rains. "
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

[[steps]]
kind = "decontaminate"

[[steps.sets]]
file = "exam.jsonl"
columns = ["question"]
sha256 = "{sha256}"

[[steps]]
kind = "select"
rules = [{{ column = "contamination", max = 0, reason = "evaluation-overlap" }}]

[[steps]]
kind = "chat"
"""


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
    shelf, mill = tmp_path / "shelf", tmp_path / "mill"
    shelf.mkdir()
    mill.mkdir()
    (shelf / "holds.txt").write_text(OTHER * 3 + QUESTION.replace("; ", ";\n") + OTHER * 2, encoding="utf-8")
    (shelf / "clean.txt").write_text(OTHER * 5 + "The rye of the miller is ground at night.", encoding="utf-8")
    exam = json.dumps({"question": QUESTION}).encode()
    (mill / "exam.jsonl").write_bytes(exam)
    recipe = RECIPE.format(folder=shelf, sha256=hashlib.sha256(exam).hexdigest())
    (mill / "recipe.toml").write_text(recipe, encoding="utf-8")
    return mill


def test_a_document_that_holds_an_item_leaves_and_the_ledger_names_the_item(dataset):
    night(Tonight(dataset=str(dataset), workers=1), PLAIN, lambda: datetime(2026, 11, 1, 2, tzinfo=UTC))
    store = open_store(dataset)
    rows = {Path(row["id"]).stem: row for row in ledger.newest(store, latest(store)).to_pylist()}
    assert {name: row["reason"] for name, row in rows.items()} == {"holds": "evaluation-overlap", "clean": None}
    assert rows["holds"]["evidence"] == "holds 100.0% of exam.jsonl item 0"
    assert dict(rows["clean"]["scores"])["contamination"] == 0


def test_a_set_that_changed_stops_the_night_before_it_begins(dataset):
    (dataset / "exam.jsonl").write_text(json.dumps({"question": OTHER}), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"exam\.jsonl has the sha256"):
        load_recipe(dataset)


def test_a_calibration_is_counted_of_the_text_that_is_left(dataset, monkeypatch, tmp_path):
    night(Tonight(dataset=str(dataset), workers=1), PLAIN, lambda: datetime(2026, 11, 1, 2, tzinfo=UTC))
    plain = (dataset / "recipe.toml").read_text(encoding="utf-8")
    before, behind, chat = plain.rpartition('[[steps]]\nkind = "chat"')
    (dataset / "recipe.toml").write_text(f'{before}[[steps]]\nkind = "boilerplate"\n\n{behind}{chat}', encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"  # has a file of that name too
    elsewhere.mkdir()
    (elsewhere / "exam.jsonl").write_text("other", encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    assert calibrate_stage(str(dataset), Rules(), workers=1).calibration.documents == 1
