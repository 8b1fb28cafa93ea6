"""Recipes are strict, and say in one sentence what is wrong with them."""

from pathlib import Path

import pytest

from corpus.errors import RecipeError
from flows.recipe import load_recipe, with_proxy

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
    ],
)
def test_a_mistake_is_named_with_its_path(tmp_path, wrong, right, sentence):
    with pytest.raises(RecipeError) as caught:
        recipe(tmp_path, GOOD.replace(right, wrong, 1))
    assert sentence in str(caught.value)
    assert "recipe.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_recipe_says_where_one_was_expected(tmp_path):
    with pytest.raises(RecipeError, match=r"there is no recipe at .*recipe\.toml"):
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
