import gzip
import json

import pyarrow as pa
import pytest

from processors.language import SAMPLE_CHARS, Language

ENGLISH = "The mash turns starch into sugar, and the brewer keeps the water warm for an hour. "
GERMAN = "Die Maische verwandelt Stärke in Zucker, und der Brauer hält das Wasser eine Stunde warm. "


def told(*texts, text_type=None):
    return Language()(pa.table({"text": pa.array(texts, text_type or pa.large_string())}))


def test_each_document_gets_a_language_and_a_score():
    made = told(ENGLISH, GERMAN)
    assert made["language"].to_pylist() == ["en", "de"]
    assert min(made["language_score"].to_pylist()) > 0.9
    assert made.schema.field("language").type == pa.string()
    assert made.schema.field("language_score").type == pa.float32()


@pytest.mark.parametrize("nothing", [None, "", " \n\t \u00a0"])
def test_nothing_has_no_language(nothing):
    made = told(ENGLISH, nothing, GERMAN)
    assert made["language"].to_pylist() == ["en", None, "de"]
    assert made["language_score"].to_pylist()[1] == 0


def test_the_opening_decides_and_blank_lines_before_it_do_not():
    opening = (ENGLISH * 30)[:SAMPLE_CHARS]
    (with_more, alone) = told("\n" * 3000 + opening + GERMAN * 500, opening).select(Language.writes).to_pylist()
    assert with_more == alone
    assert alone["language"] == "en"


def test_columns_of_an_earlier_run_are_replaced():
    again = Language()(told(ENGLISH))
    assert again.column_names == ["text", "language", "language_score"]


def test_chunks_and_narrow_strings():
    table = pa.concat_tables([told(ENGLISH, text_type=pa.string()), told(GERMAN, text_type=pa.string())])
    assert Language()(table.select(["text"]))["language"].to_pylist() == ["en", "de"]


def test_english_prose_is_english(shared_data):
    with gzip.open(shared_data / "corpora" / "english_documents.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(500), strict=False)]
    made = told(*texts)
    assert set(made["language"].to_pylist()) == {"en"}
    assert min(made["language_score"].to_pylist()) >= 0.65
