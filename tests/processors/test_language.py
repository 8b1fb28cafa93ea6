import gzip
import hashlib
import json

import fasttext
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.errors import ModelMissing
from processors.language import Language, prose

ENGLISH = "The mash turns starch into sugar, and the brewer keeps the water warm for an hour. "
GERMAN = "Die Maische verwandelt Stärke in Zucker, und der Brauer hält das Wasser eine Stunde warm. "
CODE = 'for (int i = 0; i < n; i++) { printf("%d\\n", die[i]); return der_wert; }\n'


def told(*texts, text_type=None, **options):
    return Language(**options)(pa.table({"text": pa.array(texts, text_type or pa.large_string())}))


def test_each_document_gets_a_language_a_score_and_a_script():
    made = told(ENGLISH, GERMAN, "Пивовар греет воду, чтобы крахмал стал сладким.")
    assert made["language"].to_pylist() == ["en", "de", "ru"]
    assert made["language_script"].to_pylist() == ["Latn", "Latn", "Cyrl"]
    assert min(made["language_score"].to_pylist()) > 0.9
    assert made.schema.field("language").type == pa.string()
    assert made.schema.field("language_score").type == pa.float32()
    assert made.schema.field("language_script").type == pa.string()


@pytest.mark.parametrize("nothing", [None, "", " \n\t \u00a0", "12 + 3", "🍺" * 50])
def test_nothing_to_read_has_no_language(nothing):
    made = told(ENGLISH, nothing, GERMAN)
    assert made["language"].to_pylist() == ["en", None, "de"]
    assert made["language_script"].to_pylist()[1] is None
    assert made["language_score"].to_pylist()[1] == 0


def test_blank_lines_before_a_text_change_nothing():
    (after_blanks, alone) = told("\n" * 3000 + ENGLISH * 30, ENGLISH * 30).select(Language.writes).to_pylist()
    assert after_blanks["language"] == alone["language"] == "en"
    assert min(after_blanks["language_score"], alone["language_score"]) > 0.9


def test_the_end_counts_as_much_as_the_opening():
    (one, other) = told(ENGLISH * 20 + GERMAN * 80, GERMAN * 80 + ENGLISH * 20).select(Language.writes).to_pylist()
    assert one["language"] == other["language"] == "de"
    assert max(one["language_score"], other["language_score"]) < 0.95


@pytest.mark.parametrize(
    "aside",
    [
        "```c\n" + CODE * 30 + "```\n",
        "~~~\n" + CODE * 30,  # a fence that is never closed runs to the end
        "`der_wert die_zahl das_bild` " * 60,
        "https://example.test/die/der/das/und/nicht/ein/werden?aus=bei&nach=wie " * 30,
        "[1](/die/der/das/und/nicht/ein/werden-aus-bei-nach-wie) " * 30,
        "kundendienst-und-verkauf@bierbrauerei-am-markt.test " * 30,
    ],
)
def test_code_and_addresses_do_not_decide(aside):
    alone, beside = told(ENGLISH * 3, ENGLISH * 3 + "\n" + aside).select(["language", "language_score"]).to_pylist()
    assert beside["language"] == "en"
    assert beside["language_score"] == pytest.approx(alone["language_score"], abs=0.06)


def test_where_code_is_all_there_is_the_whole_text_counts():
    assert prose("```\n" + CODE + "```") == "```\n" + CODE + "```"
    assert prose(ENGLISH + "`code`") == ENGLISH + " "
    assert prose(ENGLISH) == ENGLISH


def test_the_middle_of_prose_between_two_fences_stays():
    assert prose(f"```\na\n```\n{ENGLISH}\n```\nb\n```\n").strip() == ENGLISH.strip()


def test_a_long_text_is_cut_at_three_places():
    text = ENGLISH * 2_000 + GERMAN * 2_000
    assert len(prose(text)) == 60_002
    assert prose(text).startswith(ENGLISH)
    assert prose(text).endswith(GERMAN)


@pytest.mark.parametrize("blocks", range(60, 90, 3))
def test_a_window_that_ends_inside_a_fence_keeps_prose_and_sets_code_aside(blocks):
    # 800 characters a block, so that the three windows end at all places of one.
    english = "# the function returns the temperature of the kettle, which is then printed for the brewer\n"
    block = GERMAN * 3 + "\n\n```python\n" + english * 12 + "```\n\n"
    assert len(block) * blocks > 60_000
    assert "kettle" not in prose(block * blocks)
    (row,) = told(block * blocks).select(Language.writes).to_pylist()
    assert row["language"] == "de"
    assert row["language_score"] > 0.9


@pytest.mark.parametrize("fence", ["> ```\n> {}\n> ```\n", "- ```\n  {}\n  ```\n", "````\n```\n{}\n```\n````\n"])
def test_a_fence_is_what_it_is_to_the_other_steps(fence):
    assert "der_wert" not in prose(ENGLISH + "\n" + fence.format("der_wert") + "\n" + ENGLISH)


def test_columns_of_an_earlier_run_are_replaced():
    again = Language()(told(ENGLISH))
    assert again.column_names == ["text", "language", "language_score", "language_script"]


def test_chunks_and_narrow_strings():
    table = pa.concat_tables([told(ENGLISH, text_type=pa.string()), told(GERMAN, text_type=pa.string())])
    assert Language()(table.select(["text"]))["language"].to_pylist() == ["en", "de"]


def test_neighbours_change_nothing():
    texts = [ENGLISH, "", "kort", None, "```\n", GERMAN * 90, ENGLISH * 50 + GERMAN * 50]
    together = told(*texts).select(Language.writes).to_pylist()
    assert together == [told(text).select(Language.writes).to_pylist()[0] for text in texts]


HOSTILE = (
    "a",
    "😀",
    "\0",
    "\u200d",
    "</s> ",
    "__label__en ",
    "`",
    "`a",
    "```\n",
    "~~~ ``` \n",
    "@",
    "a@",
    "a.",
    "http://",
    "](",
    "語",
    "\u202e",
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_no_faster_than_the_text(unit, growth):
    assert growth(told, lambda size: unit * (size // len(unit)), 1_000_000) < 8


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*HOSTILE, ENGLISH, GERMAN, "\n", "[x](y)", "a@b.test", "水"]), max_size=60))
def test_any_text_gets_an_answer(parts):
    (row,) = told("".join(parts)).select(Language.writes).to_pylist()
    assert 0 <= row["language_score"] <= 1
    assert (row["language"] is None) == (row["language_script"] is None) == (row["language_score"] == 0)


def test_another_model_can_be_named(tmp_path):
    lines = [f"__label__eng_Latn {ENGLISH.lower()}", f"__label__deu_Latn {GERMAN.lower()}"] * 20
    (tmp_path / "lines.txt").write_text("\n".join(lines), encoding="utf-8")
    options = {"dim": 8, "minn": 2, "maxn": 4, "bucket": 2_000, "epoch": 30, "lr": 0.5, "thread": 1, "verbose": 0}
    trained = fasttext.train_supervised(str(tmp_path / "lines.txt"), **options)
    trained.save_model(str(tmp_path / "own.bin"))
    sha256 = hashlib.sha256((tmp_path / "own.bin").read_bytes()).hexdigest()
    made = Language(model="own.bin", sha256=sha256).beside(tmp_path)(pa.table({"text": [ENGLISH, GERMAN]}))
    assert made["language"].to_pylist() == ["en", "de"]
    assert told(ENGLISH, model=str(tmp_path / "own.bin"), sha256=sha256)["language"].to_pylist() == ["en"]


def test_what_a_model_of_ones_own_is_decides_the_fingerprint_and_not_where_the_recipe_lies(tmp_path):
    (tmp_path / "own.bin").write_bytes(b"one")
    one, other = (hashlib.sha256(content).hexdigest() for content in (b"one", b"other"))
    step = Language(model="own.bin", sha256=one)
    assert step.beside(tmp_path).fingerprint == step.fingerprint
    assert Language(model="own.bin", sha256=other).fingerprint != step.fingerprint


def test_a_model_that_is_no_known_one_or_not_as_pinned_is_one_clear_sentence(tmp_path):
    with pytest.raises(ValidationError, match=r"'lid176\.bin' is none of lid\.176\.ftz, lid\.176\.bin, glotlid-v3"):
        Language(model="lid176.bin")
    with pytest.raises(ValidationError, match="pinned already"):
        Language(sha256="0" * 64)
    with pytest.raises(ModelMissing, match=r"own\.bin cannot be read \(No such file"):
        Language(model="own.bin", sha256="0" * 64).beside(tmp_path)
    (tmp_path / "changed.bin").write_bytes(b"another")
    with pytest.raises(ModelMissing, match=r"changed\.bin has the sha256 .*, the recipe pins 000000000000"):
        Language(model="changed.bin", sha256="0" * 64).beside(tmp_path)


def documents(shared_data):
    with gzip.open(shared_data / "corpora" / "english_documents.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def test_english_prose_is_english(shared_data):
    made = told(*documents(shared_data)[::4])
    assert set(made["language"].to_pylist()) == {"en"}
    assert min(made["language_score"].to_pylist()) >= 0.65


def test_a_paragraph_of_english_prose_is_nearly_always_english(shared_data):
    made = told(*(text[:150] for text in documents(shared_data)[::4]))
    kept = [row["language"] == "en" and row["language_score"] >= 0.65 for row in made.to_pylist()]
    assert sum(kept) / len(kept) >= 0.995
