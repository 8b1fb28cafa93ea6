import pytest

from models import lid, lid_scripts
from models.lid_scripts import Script, script_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("plain", "Latn"),
        ("ünïcödé", "Latn"),
        ("вода", "Cyrl"),
        ("ὕδωρ", "Grek"),
        ("水", "Hani"),
        ("水はきれい", "Jpan"),
        ("ﾐｽﾞ", "Jpan"),
        ("물", "Hang"),
        ("ውሃ", "Ethi"),
        ("\U00020000", "Hani"),
        ("ᏣᎳᎩ", None),
        ("12 + 3 = 🍺", None),
        ("", None),
    ],
)
def test_the_script_of_most_letters(text, code):
    assert script_of(text).code == code


def test_share_and_letters():
    assert script_of("abc") == Script("Latn", 1.0, 3)
    assert script_of("abв1 !") == Script("Latn", pytest.approx(2 / 3), 3)
    assert script_of("é\u0301a") == Script("Latn", 1.0, 2)  # a combining mark is no letter
    assert script_of("ab水") == Script("Hani", pytest.approx(3 / 5), 3)  # one character says as much as three letters


def test_a_little_kana_in_chinese_stays_chinese():
    assert script_of("水" * 20 + "の").code == "Hani"
    assert script_of("水" * 4 + "の").code == "Jpan"


@pytest.mark.parametrize(
    ("language", "script", "does"),
    [
        ("en", "Latn", True),
        ("en", "Cyrl", False),
        ("sr", "Latn", True),
        ("sr", "Cyrl", True),
        ("ru", "Latn", False),
        ("ja", "Hani", True),
        ("zh", "Jpan", False),
        ("xx", "Latn", True),
        ("en", None, False),
    ],
)
def test_who_writes_what(language, script, does):
    assert lid_scripts.writes(language, script) is does


def test_every_script_is_written_by_a_language_the_model_knows():
    for script, languages in lid_scripts._LANGUAGES.items():
        assert set(languages.split()) <= lid.languages() | {"sh"}, script


def test_names_of_east_asian_scripts_are_one():
    assert lid_scripts.same("Hans", "Hani")
    assert lid_scripts.same("Jpan", "Hani")
    assert lid_scripts.same("Latn", "Latn")
    assert not lid_scripts.same("Latn", "Hani")
    assert lid_scripts.same("Cher", None)
