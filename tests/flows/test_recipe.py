"""Recipes are strict, and say in one sentence what is wrong with them."""

import hashlib
from pathlib import Path

import pytest

from corpus.errors import ModelMissing, RecipeError
from flows.recipe import load_recipe, with_proxy
from models import lid_fasttext

GOOD = """
name = "tiny"
[[sources]]
kind = "web"
name = "site"
start_urls = ["http://example.org/"]
[[steps]]
kind = "extract"
[[steps]]
kind = "select"
rules = [{ column = "text", any_of = ["x"], reason = "other" }]
[[steps]]
kind = "chat"
"""


def recipe(tmp_path: Path, text: str):
    (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
    return load_recipe(tmp_path)


def test_a_good_recipe_loads(tmp_path):
    assert [source.name for source in recipe(tmp_path, GOOD).sources] == ["site"]


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        (
            'start_url = ["http://example.org/"]',
            'start_urls = ["http://example.org/"]',
            "sources.0.start_url is no option; did you mean 'start_urls'",
        ),
        ('nam = "tiny"', 'name = "tiny"', "did you mean 'name'"),
        ('kind = "extrct"', 'kind = "extract"', "steps.0"),
        ("rules = []", 'rules = [{ column = "text", any_of = ["x"], reason = "other" }]', "steps.1.rules"),
        (
            'rules = [{ column = "text", reason = "other" }]',
            'rules = [{ column = "text", any_of = ["x"], reason = "other" }]',
            "needs one of",
        ),
        ("name = ", 'name = "tiny"', "not readable TOML"),
        (
            'column = "txet"',
            'column = "text"',
            "judges the column 'txet', which no step before it writes; did you mean 'text'?",
        ),
        ('kind = "clean"', 'kind = "chat"', "no step makes rows to publish"),
        ('rules = [{ colum = "text"', 'rules = [{ column = "text"', "steps.1.rules.0.colum is no option; did you mean"),
        ("rules = 5 #", "rules = [", "steps.1.rules: "),
        ('sets = [["code"]] #', "rules = [", "steps.1.sets.0: "),
        ('sets = ["code"] #', "rules = [", 'no step before it writes; add the step kind = "code-quality" before it'),
        ('column = "spam_score"', 'column = "text"', 'add the step kind = "spam" before it'),
        ('kind = "language"\nmodel = "lid176.bin"', 'kind = "extract"', "is none of lid.176.ftz, lid.176.bin, glotlid"),
        ('kind = "boilerplate"', 'kind = "extract"', "steps.0, boilerplate, finds no text yet; put it after extract"),
        (
            'kind = "boilerplate"\n[[steps]]\nkind = "extract"',
            'kind = "extract"',
            "steps.0, boilerplate, finds no text yet",
        ),
        (
            'kind = "extract"\n[[steps]]\nkind = "boilerplate"\n[[steps]]\nkind = "boilerplate"',
            'kind = "extract"',
            "steps.2 is a second boilerplate",
        ),
        (
            'kind = "extract"\n[[steps]]\nkind = "boilerplate"\ncalibration = "recipe.toml"',
            'kind = "extract"',
            "steps.1.calibration: ",
        ),
        (
            'kind = "decontaminate"',
            'kind = "extract"',
            "steps.0, decontaminate, finds no text yet; put it after extract",
        ),
        (
            'kind = "decontaminate"\nsets = [{ file = "exam.txt" }]\n[[steps]]\nkind = "extract"',
            'kind = "extract"',
            "steps.0, decontaminate, finds no text yet; put it after extract",
        ),
        (
            'kind = "chat"\n[[steps]]\nkind = "decontaminate"\nsets = [{ file = "exam.txt" }]',
            'kind = "chat"',
            "steps.3, decontaminate, stands after chat; put it before, where",
        ),
        (
            'kind = "extract"\n[[steps]]\nkind = "decontaminate"\nsets = []',
            'kind = "extract"',
            "steps.1, decontaminate, looks for nothing; name its sets as [[steps.sets]]",
        ),
        (
            'kind = "extract"\n[[steps]]\nkind = "decontaminate"\nsets = [{ file = "exam.txt" }, { file = "./exam.txt" }]',
            'kind = "extract"',
            "steps.1 has two sets named 'exam.txt'; give one a name = of its own",
        ),
        (
            'kind = "extract"\n[[steps]]\nkind = "decontaminate"\nsets = [{ file = "exam.csv", column = ["q"] }]',
            'kind = "extract"',
            "steps.1.sets.0.column is no option; did you mean 'columns'?",
        ),
        (
            'kind = "extract"\nstart_urls = []',
            'kind = "extract"',
            "steps.0.start_urls is no option",
        ),
        (
            '[publish]\nkeep_version = 1\n[[steps]]\nkind = "chat"',
            '[[steps]]\nkind = "chat"',
            "did you mean 'keep_versions'?",
        ),
        (
            '[publish.gates]\nmax_fal = 1\n[[steps]]\nkind = "chat"',
            '[[steps]]\nkind = "chat"',
            "did you mean 'max_fall'?",
        ),
    ],
)
def test_a_mistake_is_named_with_its_path(tmp_path, wrong, right, sentence):
    with pytest.raises(RecipeError) as caught:
        recipe(tmp_path, GOOD.replace(right, wrong, 1))
    assert sentence in str(caught.value)
    assert "recipe.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "right", "key"),
    [
        ('kind = "extract"\nstart_urls = []', 'kind = "extract"', "steps.0.start_urls"),
        (
            'kind = "extract"\n[[steps]]\nkind = "decontaminate"\nsets = [{ file = "a.txt", paths = [] }]',
            'kind = "extract"',
            "steps.1.sets.0.paths",
        ),
        ("sources = { 5 = 1 }", GOOD[GOOD.index("[[sources]]") : GOOD.index("[[steps]]")], "sources"),
    ],
)
def test_a_key_of_another_place_is_not_proposed(tmp_path, wrong, right, key):
    with pytest.raises(RecipeError, match=rf"{key}") as caught:
        recipe(tmp_path, GOOD.replace(right, wrong + "\n", 1))
    assert "did you mean" not in str(caught.value)


def test_two_sets_of_one_file_are_told_apart_by_name(tmp_path):
    content = b'{"q": "Which mill grinds rye?", "a": "The mill of the upper town."}'
    (tmp_path / "exam.jsonl").write_bytes(content)
    pinned = f'file = "exam.jsonl", sha256 = "{hashlib.sha256(content).hexdigest()}"'
    sets = f'sets = [{{ {pinned}, columns = ["q"] }}, {{ {pinned}, columns = ["a"], name = "answers" }}]'
    loaded = recipe(tmp_path, GOOD.replace('"extract"', f'"extract"\n[[steps]]\nkind = "decontaminate"\n{sets}', 1))
    assert [one.name for one in loaded.steps[1].sets] == ["exam.jsonl", "answers"]


def test_a_missing_recipe_says_where_one_was_expected(tmp_path):
    with pytest.raises(RecipeError, match=r"there is no recipe at .*recipe\.toml"):
        load_recipe(tmp_path)


def test_the_recipe_given_for_its_folder_says_so(tmp_path):
    recipe(tmp_path, GOOD)
    with pytest.raises(RecipeError, match=f"recipe.toml is a file; give the folder of the dataset, {tmp_path}$"):
        load_recipe(tmp_path / "recipe.toml")


def test_a_model_of_ones_own_is_found_beside_the_recipe_as_it_is_pinned(tmp_path):
    (tmp_path / "own.bin").write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    pinned = GOOD.replace(
        '"extract"', f'"extract"\n[[steps]]\nkind = "language"\nmodel = "own.bin"\nsha256 = "{sha256}"'
    )
    assert recipe(tmp_path, pinned).steps[1].sha256 == sha256
    (tmp_path / "own.bin").unlink()
    lid_fasttext.pinned.cache_clear()
    with pytest.raises(ModelMissing, match=r"own\.bin cannot be read"):
        load_recipe(tmp_path)


def test_two_sources_of_one_name_are_refused(tmp_path):
    twice = GOOD.replace(
        "[[steps]]", '[[sources]]\nkind = "web"\nname = "site"\nstart_urls = ["http://example.com/"]\n[[steps]]', 1
    )
    with pytest.raises(RecipeError, match="two sources are named 'site'"):
        recipe(tmp_path, twice)


def test_how_the_outside_is_reached_does_not_change_the_fingerprint(tmp_path):
    plain = recipe(tmp_path, GOOD)
    assert with_proxy(plain, "http://127.0.0.1:9").content_fingerprint == plain.content_fingerprint
    assert (
        recipe(tmp_path, GOOD.replace('any_of = ["x"]', 'any_of = ["y"]')).content_fingerprint
        != plain.content_fingerprint
    )


def test_the_contact_comes_from_the_recipe_else_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_CONTACT", "env@example.org")
    assert recipe(tmp_path, GOOD).reach.contact == "env@example.org"
    assert recipe(tmp_path, 'contact = "own@example.org"\n' + GOOD).reach.contact == "own@example.org"


def test_a_bad_proxy_is_one_sentence(tmp_path):
    with pytest.raises(RecipeError, match="not of the form"):
        with_proxy(recipe(tmp_path, GOOD), "localhost")


def test_a_proxy_with_a_password_is_not_taken_as_a_parameter_and_not_repeated(tmp_path):
    with pytest.raises(RecipeError, match="password would be shown") as caught:
        with_proxy(recipe(tmp_path, GOOD), "http://me:hunter2@proxy.example.org:3128")
    assert "hunter2" not in str(caught.value)


HEAD = GOOD[: GOOD.index("[[steps]]")]
EXTRACT, CHAT, NEAR = (f'[[steps]]\nkind = "{kind}"\n' for kind in ("extract", "chat", "near"))


def losers(*dropped: str) -> str:
    rule = f'{{ column = "duplicate_rule", none_of = {list(dropped)}, reason = "duplicate" }}'
    return f'[[steps]]\nkind = "select"\nrules = [{rule}]\n'


@pytest.mark.parametrize(
    ("near", "dropped", "problem"),
    [
        (NEAR, ("exact",), "that near calls 'near'"),
        (NEAR, ("exakt", "near"), "never says 'exakt'; duplicate_rule is one of exact, near, contained"),
        (NEAR + "containment = 0.9\n", ("exact", "near"), "that near calls 'contained'"),
    ],
)
def test_duplicates_that_no_rule_drops_are_told(tmp_path, near, dropped, problem):
    with pytest.raises(RecipeError) as told:
        recipe(tmp_path, HEAD + EXTRACT + near + losers(*dropped) + CHAT)
    assert problem in str(told.value)


@pytest.mark.parametrize(
    "steps",
    [NEAR, NEAR + losers("near", "exact"), NEAR + "containment = 0.9\n" + losers("near", "exact", "contained")],
)
def test_duplicates_may_all_be_labels_or_all_be_dropped(tmp_path, steps):
    assert recipe(tmp_path, HEAD + EXTRACT + steps + CHAT)


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (NEAR + EXTRACT + CHAT, "steps.0, near, finds no text yet"),
        (EXTRACT + CHAT + NEAR, "steps.2, near, stands after chat"),
        (EXTRACT + NEAR + NEAR + CHAT, "steps.2 is a second near"),
    ],
)
def test_near_stands_once_and_where_the_text_is(tmp_path, steps, problem):
    with pytest.raises(RecipeError) as told:
        recipe(tmp_path, HEAD + steps)
    assert problem in str(told.value)
