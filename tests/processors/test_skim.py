"""The first pass drops nothing that the careful extraction might keep."""

import pyarrow as pa
import pytest
from pydantic import ValidationError

from corpus.errors import ModelMissing
from models import lid
from processors import reader
from processors.reader import Reader
from processors.select import Rule, Select
from processors.skim import Skim

ENGLISH = (
    "The mash turns starch into sugar, and the brewer keeps the water warm for an hour or more. After that the wort is "
    "drained from the grain, boiled with hops, which add a bitter taste, and cooled before the yeast is thrown in. "
)
GERMAN = (
    "Die Maische macht aus der Stärke Zucker, und der Brauer hält das Wasser eine Stunde lang oder länger warm. Danach "
    "wird die Würze vom Treber getrennt, mit Hopfen gekocht, der sie bitter macht, und vor der Hefe wieder gekühlt. "
)
FRENCH = (
    "Le brassin change l'amidon en sucre, et le brasseur garde l'eau chaude pendant une heure ou plus. Ensuite le moût "
    "est séparé de la drêche, bouilli avec du houblon, qui le rend amer, et refroidi avant qu'on y jette la levure. "
)


@pytest.fixture(autouse=True)
def _weights():
    try:
        lid.predict([ENGLISH])
    except ModelMissing as error:
        pytest.skip(str(error))


def page(*paragraphs):
    return "".join(
        ["<html><body><article>", *(f"<p>{one}</p>" for one in paragraphs), "</article></body></html>"]
    ).encode()


def table(*bodies, media_type="text/html"):
    return pa.table(
        {
            "id": [str(place) for place in range(len(bodies))],
            "body": pa.array(bodies, pa.large_binary()),
            "media_type": pa.array([media_type] * len(bodies), pa.string()),
        }
    )


def verdicts(*bodies, media_type="text/html", **options):
    return Skim(**options)(table(*bodies, media_type=media_type))["skim_verdict"].to_pylist()


def test_a_page_in_another_language_is_told_and_one_in_a_wanted_language_is_read():
    bodies = page(*[ENGLISH] * 5), page(*[GERMAN] * 5), page(*[FRENCH] * 5)
    assert verdicts(*bodies, languages=("en",)) == ["read", "wrong-language", "wrong-language"]
    assert verdicts(*bodies, languages=("fr", "de")) == ["wrong-language", "read", "read"]
    assert verdicts(*bodies) == ["read"] * 3


def test_language_and_score_are_columns_where_languages_are_asked_for():
    row = Skim(languages=("en",))(table(page(*[GERMAN] * 5))).to_pylist()[0]
    assert row["skim_language"] == "de"
    assert row["skim_language_score"] > 0.9
    assert Skim()(table(page(*[GERMAN] * 5))).to_pylist()[0]["skim_language"] is None


@pytest.mark.parametrize(
    "paragraphs",
    [[GERMAN] * 4 + [ENGLISH] * 4, [ENGLISH] * 3 + [GERMAN] * 6, [GERMAN] * 3 + [ENGLISH] * 3 + [FRENCH] * 3],
    ids=["half", "a third", "between two others"],
)
def test_a_page_partly_in_a_wanted_language_is_read(paragraphs):
    assert verdicts(page(*paragraphs), languages=("en",)) == ["read"]


def test_a_page_in_several_languages_is_left_to_the_careful_extraction():
    assert verdicts(page(*[GERMAN] * 6, *[FRENCH] * 6), languages=("en",)) == ["read"]


def test_too_little_text_says_nothing_about_the_language():
    assert verdicts(page(GERMAN), languages=("en",)) == ["read"]


@pytest.mark.parametrize("option", [{"min_score": 0.3}, {"min_chars": 5_000}])
def test_a_bound_without_a_margin_is_refused(option):
    with pytest.raises(ValidationError):
        Skim(**option)


def test_a_page_that_shows_fewer_characters_than_asked_is_too_short():
    body = page("A short note.")
    assert verdicts(body) == ["too-short"]
    assert verdicts(body, min_chars=13) == ["read"]
    assert Skim()(table(body))["skim_length_chars"].to_pylist() == [13]


@pytest.mark.parametrize(
    "body",
    [
        page().replace(b"<article>", b"<nav><p>%s</p></nav>" % ENGLISH.encode()),
        page().replace(b"<article>", b"<noscript><p>%s</p></noscript>" % ENGLISH.encode()),
        page().replace(b"<article>", b'<div class="hidden"><p>%s</p></div>' % ENGLISH.encode()),
        page().replace(b"<article>", b"<template><p>%s</p></template>" % ENGLISH.encode()),
        b'<script type="application/ld+json">{"articleBody": "%s"}</script>' % ENGLISH.encode(),
    ],
    ids=["menu", "noscript", "class", "template", "linked data"],
)
def test_text_that_a_quick_look_takes_for_no_main_text_counts(body):
    assert verdicts(body, min_chars=150) == ["read"]


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title/></head><body><p>%s</p></body></html>" % ENGLISH.encode(),
        b"<html><head><script src='x' /></head><body><p>%s</p></body></html>" % ENGLISH.encode(),
        b"<figure><img src=x><figcaption>%s</figcaption></figure>" % ENGLISH.encode(),
        b"<TEMPLATE><p>%s</p></TEMPLATE>" % ENGLISH.encode(),
        b"<textarea>%s</textarea>" % ENGLISH.encode(),
        f"\ufeff<html><body><textarea>{ENGLISH}</textarea></body></html>".encode("utf-16"),
        b'<script type="application/ld+json">{"acceptedAnswer": {"text": "%s"}}</script>' % ENGLISH.encode(),
    ],
    ids=["title", "script", "caption", "template", "textarea", "utf-16", "answer"],
)
def test_a_page_that_holds_more_than_it_shows_is_left_to_the_careful_extraction(body):
    assert verdicts(body, min_chars=60) == ["read"]


def test_what_scripts_styles_and_comments_hold_is_no_text():
    held = "".join(f"<{tag}>{ENGLISH}</{tag}>" for tag in ("script", "style", "svg")) + f"<!-- {ENGLISH} -->"
    assert verdicts(f"<p>Short.</p>{held}".encode()) == ["too-short"]


@pytest.mark.parametrize("piece", [b"<script ", b"<script>", b"<!--", b"<", b"</script", b"<title"])
def test_what_a_page_holds_is_counted_in_linear_time(growth, piece):
    assert growth(Skim()._holds_more, lambda size: piece * (size // len(piece)), 200_000) < 8


def test_what_is_no_page_has_nulls_which_a_rule_of_the_first_pass_lets_pass():
    bodies = [b"%PDF-1.4", b"", None, b"Short."]
    made = Skim(languages=("en",))(table(*bodies, media_type="application/pdf"))
    assert [made[name].null_count for name in Skim.writes] == [4] * 4
    rule = Rule(column="skim_verdict", none_of=("too-short",), reason="too-short")
    assert len(Select(rules=(rule,))(made).kept) == 4
    assert verdicts(b"Short.", b"<p>x", media_type="text/plain") == [None, None]
    assert verdicts(b"Short.", b"<p>x", media_type=None) == [None, "too-short"]


def test_the_payload_of_a_source_of_ours_is_left_to_its_reader():
    assert verdicts(b"<p>x", media_type="text/html; profile=arxiv-html") == [None]


def test_a_page_that_brings_the_quick_look_down_is_left_to_the_careful_one(monkeypatch):
    one = Reader(limit_s=0.5)
    monkeypatch.setattr(reader, "_READER", one)
    try:
        assert verdicts(b"<div>" * 100_000, page(ENGLISH)) == [None, "read"]
    finally:
        one.close()


def test_it_follows_the_encoding_that_the_page_tells():
    body = f'<html><head><meta charset="windows-1251"></head><body><p>{"Пиво варят из солода, воды и хмеля. " * 30}'
    row = Skim(languages=("ru",))(table(body.encode("windows-1251"))).to_pylist()[0]
    assert (row["skim_language"], row["skim_verdict"]) == ("ru", "read")


def test_no_page_of_the_public_sets_that_a_recipe_keeps_is_dropped(shared_data):
    import gzip

    from processors.extract_html import extract_page

    files = sorted((shared_data / "extraction").glob("*/html/*.html.gz"))[::12]
    bodies = [gzip.decompress(file.read_bytes()) for file in files]
    texts = [extract_page(body, "text/html", None).text for body in bodies]
    languages, scores = lid.predict(texts)
    said = {one: verdicts(*bodies, languages=(one,), min_chars=150) for one in ("en", "de")}
    for text, language, score, place in zip(texts, languages, scores, range(len(texts)), strict=True):
        if len(text) >= 300 and score >= 0.65 and language in said:
            assert said[language][place] == "read", files[place].name
    assert said["en"].count("wrong-language") > 5
