import hashlib
import hmac

import pyarrow as pa
import pytest

from corpus.errors import RecipeError
from corpus.pseudonym import SALT_FILE, AuthorOptions, Authors, authors_of
from corpus.store import open_store


def test_a_pseudonym_is_a_keyed_hash_of_source_and_name():
    expected = hmac.new(b"secret", b"reddit\0ada", hashlib.sha256).hexdigest()[:16]
    assert Authors("pseudonym", b"secret").shown("reddit", "ada") == expected


def test_one_name_is_two_people_on_two_sources_and_under_two_secrets():
    shown = {
        Authors("pseudonym", salt).shown(source, "ada") for salt in (b"a", b"b") for source in ("reddit", "github")
    }
    assert len(shown) == 4


@pytest.mark.parametrize("name", [None, ""])
def test_nobody_has_no_pseudonym(name):
    assert Authors("pseudonym", b"secret").shown("reddit", name) is None


def test_names_are_shown_or_left_out_where_the_recipe_says_so():
    assert Authors("name").shown("reddit", "ada") == "ada"
    assert Authors("nothing").shown("reddit", "ada") is None


def test_a_name_with_half_a_character_still_has_a_pseudonym():
    assert len(Authors("pseudonym", b"secret").shown("web", "ada\ud800")) == 16


def test_the_source_names_the_author_else_the_byline_and_each_is_shown_as_asked():
    table = pa.table({"source": ["web"] * 3, "author": [None, "Cy", None], "byline": ["Ada", "Bo", None]})
    assert Authors("name").fill(table).to_pydict() == {"source": ["web"] * 3, "author": ["Ada", "Cy", None]}
    assert Authors("nothing").fill(table)["author"].to_pylist() == [None] * 3
    keyed = Authors("pseudonym", b"secret")
    assert keyed.fill(table)["author"].to_pylist() == [keyed.shown("web", "Ada"), keyed.shown("web", "Cy"), None]
    assert Authors("name").fill(table.drop_columns("byline"))["author"].to_pylist() == [None, "Cy", None]


def test_the_secret_stands_in_no_description():
    assert "secret" not in repr(Authors("pseudonym", b"secret"))


def test_the_secret_is_made_once_and_kept_with_the_dataset(tmp_path):
    store = open_store(tmp_path)
    first, second = (authors_of(AuthorOptions(), store) for _ in range(2))
    assert first == second
    assert first.salt == store.get(SALT_FILE)
    assert len(first.salt) == 64
    assert first.kind == f"pseudonym {hashlib.sha256(first.salt).hexdigest()}"
    assert authors_of(AuthorOptions(), open_store(tmp_path / "other")) != first


def test_a_secret_that_the_recipe_names_is_read_and_not_written(tmp_path, monkeypatch):
    monkeypatch.setenv("MILL_SALT", "0123456789abcdef")
    store = open_store(tmp_path)
    assert authors_of(AuthorOptions(salt_env="MILL_SALT"), store).salt == b"0123456789abcdef"
    assert not store.exists(SALT_FILE)


@pytest.mark.parametrize("value", [None, "short"])
def test_a_missing_or_short_secret_is_one_sentence_that_names_the_variable(tmp_path, monkeypatch, value):
    monkeypatch.delenv("MILL_SALT", raising=False)
    if value:
        monkeypatch.setenv("MILL_SALT", value)
    with pytest.raises(RecipeError, match="the environment variable MILL_SALT must hold the secret"):
        authors_of(AuthorOptions(salt_env="MILL_SALT"), open_store(tmp_path))
