import hashlib
import pickle

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.calibration import Calibration, CommonLines, calibrate, line_hash
from corpus.calibration_paragraphs import CommonParagraphs, repeats
from corpus.errors import RecipeError
from corpus.schema import MESSAGES
from processors.boilerplate import Boilerplate, page_lines, page_repeats, take_boilerplate
from processors.lines import normal

TEXT = "The mash rests for an hour."
MORE = "Then the wort is drained."
FOOTER = "The mill is open from nine to five."
OWN = (
    FOOTER,
    f"- {FOOTER}",
    f"{FOOTER} | Home",
    "Home | Malt",
    "Home",
    "Malt",
    "Hops",
    "## About the mill",
    "Ingredients",
    "Print",
)
HASHES = frozenset(line_hash(normal(line)) for line in OWN)


def without(text):
    return take_boilerplate(text, HASHES)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"{TEXT}\n\n{FOOTER}\n\n{MORE}", f"{TEXT}\n\n{MORE}"),
        (f"{TEXT}\n{FOOTER.upper()}  \n{MORE}", f"{TEXT}\n{MORE}"),
        (f"Home\n\n{TEXT}\n\nMalt", TEXT),
        (f"{TEXT}\n\nHome\n|\nMalt\n\n* * *\n\nHops\n\n{MORE}", f"{TEXT}\n\n{MORE}"),
        (f"{TEXT}\n\n## About the mill\n\n{FOOTER}\n", TEXT),
        (f"{FOOTER}\n\n{FOOTER}", ""),
        (f"{TEXT}\n\n{FOOTER}\n====", TEXT),
        (f"{TEXT}\n\n{FOOTER}\n\n---\n\n{MORE}", f"{TEXT}\n\n---\n\n{MORE}"),
        (f"{TEXT}\n- {FOOTER}\n---\n\n{MORE}", f"{TEXT}\n\n---\n\n{MORE}"),
    ],
)
def test_lines_of_the_site_go_wherever_they_stand(text, left):
    assert without(text)[0] == left


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "",
        f"{TEXT}\n\nIngredients\n\n{MORE}",
        f"{TEXT}\n\nIngredients\n\nPrint\n\n{MORE}",
        f"{TEXT}\n\n## About the mill\n\n{MORE}",
        f"{TEXT}\n\n```\n{FOOTER}\n```\n\n{MORE}",
        f"{TEXT}\n\n> {FOOTER}\n\n{MORE}",
        f"{TEXT}\n\n    {FOOTER}\n\n{MORE}",
        f"{TEXT} {FOOTER}",
        f"{FOOTER}\n====\n\n{MORE}",
        f"{TEXT}\n{FOOTER}\n---\n\n{MORE}",
        f"{FOOTER} | Home\n--- | ---\nHome | Malt\n{FOOTER} | x\n\n{MORE}",
        f"{TEXT}\n\nHome\n\n```\n1 2\n```\n\nMalt\n\n|---|---|\n\nHops\n\n{MORE}",
    ],
)
def test_short_words_headings_code_and_quotations_stay(text):
    assert without(text) == (text, 0)


lines = st.sampled_from([*OWN, TEXT, MORE, "", "|", "---", "====", "```", "> Home", "# Malt", "    Home", "x"])


@given(st.lists(lines, max_size=30))
def test_only_lines_of_the_site_and_signs_between_them_go(chosen):
    text = "\n".join(chosen)
    left, count = without(text)
    written = iter(line for line in chosen if line.strip())
    assert all(line in written for line in left.split("\n") if line.strip())
    assert count == sum(1 for line in chosen if line.strip()) - sum(1 for line in left.split("\n") if line.strip())
    for kept in (TEXT, MORE, "> Home", "# Malt", "    Home", "x"):
        assert left.split("\n").count(kept) == chosen.count(kept)


def rows(*texts, kind="article", messages=None):
    return pa.table(
        {
            "id": [f"web/{number}" for number in range(len(texts))],
            "text": pa.array(texts, pa.large_string()),
            "url": ["https://mill.example/malt"] * len(texts),
            "kind": [kind] * len(texts),
            "messages": pa.array([messages] * len(texts), MESSAGES),
        }
    )


@pytest.fixture
def step(tmp_path):
    pages = page_lines(rows(*(f"Story number {'i' * number} of the mill.\n\n{FOOTER}" for number in range(12))))
    content = calibrate(pages, CommonLines(), "2026-11-21").encoded()
    (tmp_path / "boilerplate.json").write_bytes(content)
    return Boilerplate(sha256=hashlib.sha256(content).hexdigest()).beside(tmp_path)


def test_the_step_takes_what_was_calibrated_and_counts(step):
    made = step(rows(f"{TEXT}\n\n{FOOTER}", FOOTER, TEXT, None))
    assert made["text"].to_pylist() == [TEXT, "", TEXT, ""]
    assert made["boilerplate_lines"].to_pylist() == [1, 1, 0, 0]
    assert made["boilerplate_chars"].to_pylist() == [len(FOOTER) + 2, len(FOOTER), 0, 0]
    assert made.schema.field("boilerplate_lines").type == pa.int32()
    assert made["boilerplate_share"].to_pylist() == pytest.approx([37 / 64, 1, 0, 0])


def test_the_step_takes_paragraphs_and_names_them_as_the_calibration_does(tmp_path):
    notice = "We bake and brew with the water of the river, and nothing that we sell has travelled more than a day."
    stories = (" ".join(f"{word}{number}" for word in TEXT.split() * 9) for number in range(12))
    found = repeats(page_repeats(rows(*(f"{story}\n\n{notice}" for story in stories)), 12), CommonParagraphs())
    (place,) = found.places.values()
    (told,) = place.lines
    content = Calibration(rule=None, paragraphs=found).encoded()
    (tmp_path / "boilerplate.json").write_bytes(content)
    step = Boilerplate(sha256=hashlib.sha256(content).hexdigest()).beside(tmp_path)
    made = step(rows(f"{TEXT * 9}\n\n{notice}", TEXT, None))
    assert made["text"].to_pylist() == [TEXT * 9, TEXT, ""]
    assert made["boilerplate_paragraphs"].to_pylist() == [1, 0, 0]
    assert made["boilerplate_lines"].to_pylist() == [1, 0, 0]
    assert made["boilerplate_evidence"].to_pylist() == [told, "", ""]
    assert step(rows(notice, kind="code"))["boilerplate_share"].to_pylist() == [0]


def test_another_site_a_conversation_and_code_keep_the_same_line(step):
    elsewhere = rows(f"{TEXT}\n\n{FOOTER}").set_column(2, "url", pa.array(["https://other.example/malt"]))
    turns = [{"role": "user", "content": "x"}]
    for table in (elsewhere, rows(FOOTER, kind="code"), rows(FOOTER, messages=turns)):
        assert step(table)["text"].to_pylist() == table["text"].to_pylist()
        assert step(table)["boilerplate_lines"].to_pylist() == [0]


def test_it_travels_to_another_process_and_its_fingerprint_is_that_of_the_hash_alone(step, tmp_path):
    sent = pickle.loads(pickle.dumps(step))
    assert sent(rows(FOOTER))["text"].to_pylist() == [""]
    assert step.fingerprint == Boilerplate(sha256=step.sha256).fingerprint
    assert step.fingerprint != Boilerplate(sha256="0" * 64).fingerprint
    (tmp_path / "moved").mkdir()
    (tmp_path / "boilerplate.json").rename(tmp_path / "moved" / "boilerplate.json")
    assert step.beside(tmp_path / "moved").fingerprint == step.fingerprint


def test_a_calibration_that_was_changed_is_refused(step, tmp_path):
    (tmp_path / "boilerplate.json").write_bytes(Calibration().encoded())
    with pytest.raises(RecipeError, match="gristmill calibrate"):
        step.beside(tmp_path)


def test_a_name_that_leaves_the_folder_is_no_calibration():
    for name in ("../boilerplate.json", "/etc/passwd", ""):
        with pytest.raises(ValueError, match="calibration"):
            Boilerplate(calibration=name)


def test_conversations_and_code_are_not_counted():
    assert page_lines(rows(TEXT, kind="code")).num_rows == 0
    assert page_lines(rows(TEXT, messages=[{"role": "user", "content": "x"}])).num_rows == 0
    (counted,) = page_lines(rows(f"{TEXT}\n{TEXT}\n```\ncode\n```\n| a |\n> b\n123")).to_pylist()
    assert (counted["lines"], counted["times"]) == ([line_hash(normal(TEXT))], [2])


@pytest.mark.parametrize("part", [f"{FOOTER}\n", "Home\n\n", "Home\nx\n", "## About the mill\n", "|\n", "```\n"])
def test_time_grows_with_the_text(growth, part):
    assert growth(without, lambda size: part * size, 8000) < 8
