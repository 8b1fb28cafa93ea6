import json

import pytest

from bench.measurement import Measurement
from bench.suites import documents
from bench.suites.documents import agreement, expected_files, reader, score, words

PROSE = "The mill stands at the river and turns when the water is high enough, which it is from autumn to spring, says"


def html(text):
    return f"<html><body><article><h1>On Milling</h1><p>{text}</p></article></body></html>"


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "documents" / "some" / "html"
    folder.mkdir(parents=True)
    (folder / "whole.html").write_text(html(PROSE), encoding="utf-8")
    (folder / "whole.html.expected.md").write_text(f"# On Milling\n\n{PROSE}\n", encoding="utf-8")
    (folder / "short.html").write_text(html("Nothing."), encoding="utf-8")
    (folder / "short.html.expected.md").write_text("Quite another thing.\n", encoding="utf-8")
    return tmp_path


def test_precision_and_recall_count_words_by_how_often_they_stand():
    assert agreement("the mill the river", "the mill stands") == (2 / 4, 2 / 3)
    assert agreement("", "the mill") == (0.0, 0.0)


def test_what_a_reader_does_not_see_does_not_count():
    assert words("A [Mill](https://example.org/mill) <!-- image --> ![b](c.png)") == {"a": 1, "mill": 1, "b": 1}


def test_files_of_few_words_are_left_out(data):
    assert [path.name for path in expected_files(data / "documents" / "some" / "html")] == ["whole.html"]


def test_every_format_that_is_there_is_scored(data):
    assert score(data) == [
        Measurement("documents", "html precision", 1.0, 1),
        Measurement("documents", "html recall", 1.0, 1),
    ]


def test_a_word_that_is_missing_costs_recall_and_one_too_many_precision(data):
    folder = data / "documents" / "some" / "html"
    (folder / "whole.html.expected.md").write_text(f"# On Milling\n\n{PROSE} she\n".replace("river", "brook"))
    precision, recall = score(data)
    assert precision.value == pytest.approx(23 / 24)
    assert recall.value == pytest.approx(23 / 25)


def test_a_format_whose_reader_is_not_there_is_skipped(monkeypatch):
    monkeypatch.setitem(documents._READERS, "docx", ("processors.no_such_reader", "read"))
    assert reader("docx") is None


def test_pdfs_are_opened_right_when_locked_ones_and_only_those_are_told(tmp_path):
    folder = tmp_path / "documents" / "pdf"
    folder.mkdir(parents=True)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4")
    (folder / "manifest.json").write_text(json.dumps([{"file": "broken.pdf", "pages": 1, "encrypted": True}]))
    assert score(tmp_path) == [Measurement("documents", "pdf opened right", 0.0, 1)]


def test_the_public_sets_are_read_better_than_the_libraries_alone_do(shared_data):
    found = {one.metric: one.value for one in score(shared_data)}
    assert found["pdf recall"] >= 0.985
    assert found["pdf precision"] >= 0.99
    assert found["pdf opened right"] == 1.0
