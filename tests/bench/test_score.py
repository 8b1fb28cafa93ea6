import json

import pytest

from bench import score
from bench.measurement import Measurement
from corpus.errors import CorpusError, RecipeError


@pytest.fixture
def reached(monkeypatch, tmp_path):
    (tmp_path / "extraction").mkdir()
    values = {"pages f1": 0.9567, "pages recall": 0.9}
    found = lambda _data: [Measurement("extraction", name, value, 3) for name, value in values.items()]  # noqa: E731 - a stand-in suite
    monkeypatch.setitem(score.SUITES, "extraction", found)
    return values


def measure(tmp_path):
    return score.run(["extraction"], tmp_path, tmp_path / "floors.json")


def floors(tmp_path):
    return json.loads((tmp_path / "floors.json").read_text())


@pytest.mark.usefixtures("reached")
def test_floors_are_written_rounded_down_and_then_held(tmp_path):
    records, held = measure(tmp_path)
    assert held
    score.raise_floors(records, tmp_path / "floors.json")
    assert floors(tmp_path) == {"extraction": {"pages f1": 0.956, "pages recall": 0.9}}
    assert measure(tmp_path)[1]


def test_a_worse_value_misses_its_floor_and_never_lowers_it(reached, tmp_path):
    score.raise_floors(measure(tmp_path)[0], tmp_path / "floors.json")
    reached["pages f1"] = 0.9
    records, held = measure(tmp_path)
    assert not held
    with pytest.raises(CorpusError, match=r"0\.956 of extraction 'pages f1'"):
        score.raise_floors(records, tmp_path / "floors.json")
    assert floors(tmp_path)["extraction"]["pages f1"] == 0.956


def test_a_metric_that_is_gone_misses_its_floor(reached, tmp_path):
    score.raise_floors(measure(tmp_path)[0], tmp_path / "floors.json")
    del reached["pages recall"]
    records, held = measure(tmp_path)
    assert not held
    with pytest.raises(CorpusError, match="not measured"):
        score.raise_floors(records, tmp_path / "floors.json")


@pytest.mark.usefixtures("reached")
def test_an_absent_set_is_reported_and_keeps_its_floor(tmp_path):
    (tmp_path / "floors.json").write_text('{"extraction": {"other f1": 0.5}}')
    records, held = measure(tmp_path)
    assert held
    assert {"suite": "extraction", "set": "other", "skipped": "extraction/other is not in the data folder"} in records
    score.raise_floors(records, tmp_path / "floors.json")
    assert floors(tmp_path)["extraction"]["other f1"] == 0.5


def test_an_absent_folder_is_reported(tmp_path):
    records, held = score.run(["robots"], tmp_path, tmp_path / "floors.json")
    assert held
    assert records[0]["set"] == "robots"


def test_an_unknown_suite_names_the_known(tmp_path):
    with pytest.raises(RecipeError, match="did you mean extraction"):
        score.run(["extracton"], tmp_path, tmp_path / "floors.json")


def test_a_data_folder_that_is_not_there_is_an_error_and_not_a_green_score(tmp_path):
    with pytest.raises(RecipeError, match="there is no data folder"):
        score.run((), tmp_path / "nowhere", tmp_path / "floors.json")
