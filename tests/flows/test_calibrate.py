"""The calibration of a dataset: counted from what was scraped, frozen beside the recipe, pinned, read every night."""

import hashlib
import json
import tomllib
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from corpus.calibration import CommonLines, line_hash
from corpus.calibration_paragraphs import CommonParagraphs
from corpus.errors import RecipeError, StoreError
from corpus.manifest import latest
from corpus.store import open_store
from flows import cli
from flows.calibrate import Rules, _counted, calibrate_stage
from flows.recipe import load_recipe
from flows.refresh import PLAIN, night
from flows.tonight import Tonight

FOOTER = "The mill is open from nine to five, except on holidays."
STORIES = ("malt", "hops", "yeast", "water", "barley", "wheat", "mash", "wort", "boil", "kiln", "cask", "keg")
RECIPE = """
name = "mill"
contact = "miller@mill.test"

[[sources]]
kind = "files"
name = "mill"
folder = "{folder}"
licence = "CC-BY-4.0"
base_url = "https://www.mill.example/stories/"

[[steps]]
kind = "extract"

[[steps]]
kind = "clean"
{pinned}
[[steps]]
kind = "select"
rules = [{{ column = "clean_changes", max = 1000, reason = "odd" }}]

[[steps]]
kind = "chat"

[publish.gates]
max_fall = 1.0
"""


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in STORIES:
        story = f"# On {name}\n\nA long story of how the miller came to love {name} and all that is made of it."
        (folder / f"{name}.md").write_text(f"{story}\n\n{FOOTER}\n")
    made = tmp_path / "mill"
    made.mkdir()
    pin(made, "")
    return made


def pin(dataset, toml):
    (dataset / "recipe.toml").write_text(RECIPE.format(folder=dataset.parent / "folder", pinned=toml))


def run(dataset, day):
    night(Tonight(dataset=str(dataset), workers=1), PLAIN, lambda: datetime(2026, 11, day, 2, tzinfo=UTC))
    store = open_store(dataset)
    tables = [store.read_table(f"published/{shard.path}") for shard in latest(store).shards]
    return [turn["content"] for table in tables for row in table["messages"].to_pylist() for turn in row]


def test_what_every_page_repeats_is_frozen_pinned_and_gone_the_next_night(dataset):
    assert any(FOOTER in said for said in run(dataset, 20))
    made = calibrate_stage(str(dataset), Rules(CommonLines()), workers=1)
    assert made.calibration.documents == len(STORIES)
    assert made.calibration.night == "2026-11-20"
    (place,) = made.calibration.places.values()
    assert list(place.lines.values()) == [len(STORIES)]
    pin(dataset, made.toml)
    said = run(dataset, 21)
    assert not any(FOOTER in text for text in said)
    assert sum("came to love" in text for text in said) >= len(STORIES)


PITCH = "Get the miller's letter every Friday: one recipe, one malt and one story, free of charge and easy to leave."


def test_a_paragraph_that_pages_repeat_is_frozen_pinned_and_gone_the_next_night(dataset):
    for path in (dataset.parent / "folder").glob("*.md"):
        name, told = path.stem, path.read_text().replace(FOOTER, "")
        more = f"No {name} was ever as good as the {name} of that year, said the {name} man and drank to all {name}."
        path.write_text(f"{told}\n\n{more}\n\n## The letter\n\n{PITCH}\n")
    assert any(PITCH in text for text in run(dataset, 20))
    made = calibrate_stage(str(dataset), Rules(None, CommonParagraphs()), workers=1)
    assert (made.calibration.rule, made.calibration.places) == (None, {})
    assert made.calibration.documents == len(STORIES)
    (place,) = made.calibration.paragraphs.places.values()
    ((repeated, held),) = place.lines.items()
    assert held == len(STORIES)
    assert f"{repeated} in 12 documents, as in mill/barley.md" in made.told()
    assert calibrate_stage(str(dataset), Rules(None, CommonParagraphs()), workers=2) == made
    pin(dataset, made.toml)
    said = run(dataset, 21)
    assert not any("letter" in text for text in said)
    assert sum("was ever as good" in text for text in said) >= len(STORIES)


def test_a_calibration_of_the_older_format_is_read_as_it_was(dataset):
    line = line_hash(FOOTER.lower())
    old = {"format": 1, "documents": 12, "night": "2026-11-20", "rule": CommonLines().model_dump()}
    old["places"] = {"www.mill.example": {"documents": 12, "lines": {f"{line:016x}": 12}}}
    content = json.dumps(old).encode()
    (dataset / "boilerplate.json").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    pin(dataset, f'[[steps]]\nkind = "boilerplate"\nsha256 = "{sha256}"\n')
    assert not any(FOOTER in text for text in run(dataset, 20))


def test_where_no_paragraph_is_repeated_it_says_so(dataset):
    run(dataset, 20)
    told = calibrate_stage(str(dataset), Rules(None, CommonParagraphs(min_documents=13)), workers=1).told()
    assert "distinct documents (copies count once): 12; no paragraph stands in 13 of them, on one site or on" in told


def test_the_same_documents_give_the_same_bytes_whether_pinned_or_not(dataset):
    run(dataset, 20)
    first = calibrate_stage(str(dataset), Rules(CommonLines()), workers=1)
    content = (dataset / "boilerplate.json").read_bytes()
    pin(dataset, first.toml)
    (dataset / "boilerplate.json").unlink()  # a calibration that is lost can be made again
    assert calibrate_stage(str(dataset), Rules(CommonLines()), workers=1) == first
    assert (dataset / "boilerplate.json").read_bytes() == content
    assert [path.name for path in dataset.glob("boilerplate*")] == ["boilerplate.json"]


def test_the_recipes_fingerprint_follows_the_pinned_hash_and_not_the_folder(dataset, tmp_path):
    run(dataset, 20)
    pin(dataset, calibrate_stage(str(dataset), Rules(CommonLines()), workers=1).toml)
    here = load_recipe(dataset)
    moved = dataset.rename(tmp_path / "elsewhere")
    assert load_recipe(moved).content_fingerprint == here.content_fingerprint


def test_a_recipe_whose_calibration_is_missing_or_unpinned_says_what_to_do(dataset):
    pin(dataset, '[[steps]]\nkind = "boilerplate"\n')
    with pytest.raises(RecipeError, match=f"boilerplate.json cannot be read.*gristmill calibrate {dataset}"):
        load_recipe(dataset)


def test_boilerplate_after_near_is_refused(dataset):
    run(dataset, 20)
    pin(dataset, '[[steps]]\nkind = "near"\n[[steps]]\nkind = "boilerplate"\n')
    with pytest.raises(RecipeError, match="stands after near"):
        calibrate_stage(str(dataset), Rules(CommonLines()), workers=1)


def test_a_file_that_is_no_calibration_is_never_replaced(dataset):
    run(dataset, 20)
    for content in (b"{}", b'{"name": "mill"}', b"own notes"):
        (dataset / "boilerplate.json").write_bytes(content)
        with pytest.raises(StoreError, match=r"boilerplate\.json is no calibration and is left as it is"):
            calibrate_stage(str(dataset), Rules(CommonLines()), workers=1)
        assert (dataset / "boilerplate.json").read_bytes() == content


def test_the_text_that_is_counted_is_the_text_that_the_step_will_see(dataset):
    # Where `remains` follows, it has taken nothing yet: the step belongs before it.
    for path in (dataset.parent / "folder").glob("*.md"):
        path.write_text(path.read_text() + "\nAll rights reserved.\n")
    pin(dataset, '[[steps]]\nkind = "remains"\n')
    run(dataset, 20)
    first = calibrate_stage(str(dataset), Rules(CommonLines()), workers=1)
    (place,) = first.calibration.places.values()
    assert len(place.lines) == 2
    pin(dataset, f'{first.toml}\n[[steps]]\nkind = "remains"\n')
    assert calibrate_stage(str(dataset), Rules(CommonLines()), workers=1) == first


def test_a_unit_that_the_file_holds_no_longer_is_told(dataset):
    run(dataset, 20)
    lines, paragraphs = Rules(CommonLines()), Rules(None, CommonParagraphs(min_words=5))
    both = Rules(*lines[:1], paragraphs.paragraphs)
    told = [calibrate_stage(str(dataset), rules, workers=1).told() for rules in (both, paragraphs, both, lines, both)]
    assert ["no longer" in one for one in told] == [False, True, False, True, False]
    assert "The lines of the earlier file are no longer in it; --unit both keeps both." in told[1]
    assert "The paragraphs of the earlier file are no longer in it; --unit both keeps both." in told[3]


@pytest.mark.parametrize(
    ("rules", "counted"),
    [(Rules(CommonLines()), [len(STORIES), 0]), (Rules(None, CommonParagraphs()), [0, len(STORIES)])],
)
def test_a_unit_that_was_not_asked_for_is_not_counted(dataset, monkeypatch, rules, counted):
    run(dataset, 20)
    held = []
    monkeypatch.setattr("flows.calibrate._counted", lambda pages, *rest: held.extend(pages) or _counted(pages, *rest))
    calibrate_stage(str(dataset), rules, workers=1)
    assert [sum(part.num_rows for part in unit) for unit in zip(*held, strict=True)] == counted


def test_where_no_line_is_repeated_it_says_so(dataset):
    run(dataset, 20)
    told = calibrate_stage(str(dataset), Rules(CommonLines(min_documents=13)), workers=1).told()
    assert "no line stands on 13 documents and 30% of those of a site, so the step would take nothing out" in told


def test_nothing_was_scraped_yet(dataset):
    with pytest.raises(StoreError, match=f"run `gristmill refresh {dataset}`"):
        calibrate_stage(str(dataset), Rules(CommonLines()), workers=1)


def test_the_command_prints_the_lines_to_paste(dataset):
    run(dataset, 20)
    done = CliRunner().invoke(
        cli.app, ["calibrate", str(dataset), "--workers", "1", "--min-steady", "0.9", "--unit", "both"]
    )
    assert done.exit_code == 0, done.output
    assert "repeated lines: 1;" in done.output
    assert "no paragraph stands in 10 of them" in done.output
    assert "12 documents up to the night 2026-11-20" in done.output
    (step,) = tomllib.loads(done.output[done.output.index("[[steps]]") :])["steps"]
    pin(dataset, done.output[done.output.index("[[steps]]") :])
    assert load_recipe(dataset).steps[2].sha256 == step["sha256"]
