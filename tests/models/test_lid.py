# ruff: noqa: RUF001 - texts in other scripts
import itertools
import subprocess
import sys
from pathlib import Path

import fasttext
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import ModelMissing
from models import lid, lid_fasttext

ENGLISH = "The mash turns starch into sugar, and the brewer keeps the water warm for an hour."
GERMAN = "Die Maische verwandelt Stärke in Zucker, und der Brauer hält das Wasser eine Stunde warm."
# Own sentences, a few a language, enough for a model of two labels.
TAUGHT = {
    "eng_Latn": (
        "the malt is dry and warm",
        "the water is in the kettle",
        "the yeast eats the sugar",
        "this is the beer",
    ),
    "deu_Latn": (
        "das malz ist trocken und warm",
        "das wasser ist im kessel",
        "die hefe frisst den zucker",
        "das ist das bier",
    ),
    "srp_Cyrl": ("слад је сув и топао", "вода је у казану", "квасац једе шећер", "ово је пиво"),
}


@pytest.mark.parametrize(
    ("text", "code", "script"),
    [
        (ENGLISH, "en", "Latn"),
        (ENGLISH.upper(), "en", "Latn"),
        (ENGLISH.replace(" ", "\n"), "en", "Latn"),
        (GERMAN, "de", "Latn"),
        ("Le brassin transforme l'amidon en sucre pendant une heure.", "fr", "Latn"),
        ("Пивовар греет воду, чтобы крахмал стал сладким.", "ru", "Cyrl"),
        ("Пивар греје воду да би скроб постао сладак, а онда чека један сат.", "sr", "Cyrl"),
        ("麦芽汁は一時間温かく保たれます。", "ja", "Jpan"),
        ("麦芽汁要保温一个小时，然后再加入啤酒花。", "zh", "Hani"),
        ("맥아즙을 한 시간 동안 따뜻하게 둡니다.", "ko", "Hang"),
        ("S Elsass isch e Landschaft im Weschte vom Oberrhii, un d Lüt rede do Elsässisch.", "gsw", "Latn"),
        ("Umenzi wotshwala ugcina amanzi efudumele ihora lonke ukuze isitashi siphenduke ushukela.", "zu", "Latn"),
    ],
)
def test_languages_and_scripts_are_told(text, code, script):
    (told,) = lid.identify([text])
    assert (told.language, told.script) == (code, script)
    assert told.score > (0.3 if code in {"gsw", "zu"} else 0.6)  # only one of the two models knows these


def test_the_shapes_and_types():
    codes, scores = lid.predict([ENGLISH, "", "Bonjour tout le monde"])
    assert codes == ["en", None, "fr"]
    assert scores.dtype == np.float32
    assert scores[1] == 0
    assert ((scores[[0, 2]] > 0) & (scores[[0, 2]] <= 1)).all()
    codes, scores = lid.predict([])
    assert codes == []
    assert scores.shape == (0,)
    assert scores.dtype == np.float32


@pytest.mark.parametrize("text", ["", " \n", "\0\0", "💧🍺 💧", "1234 5678 (90)", "\u200d\u200c", "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ"])
def test_no_letters_or_unknown_ones_have_no_language(text):
    assert lid.identify([text]) == [lid.Answer(None, 0.0, None)]


def test_a_language_of_another_script_is_never_told():
    # fastText alone says `cs` of a short Amharic text and `en` of many a Japanese word.
    for text, scripts in (("ሰላም ለዓለም", {"am"}), ("東京 tokyo タワー", {"ja"}), ("წყალი თბილია", {"ka", "xmf"})):
        assert lid.identify([text])[0].language in scripts


def test_the_retired_code_of_serbo_croatian_is_never_told():
    assert "sh" not in lid.languages()
    text = "Pivar zagrijava vodu kako bi škrob postao šećer, a potom čeka jedan sat i dodaje hmelj."
    assert lid.identify([text])[0].language in {"bs", "hr", "sr"}


def test_a_short_text_scores_less_than_a_long_one():
    short, long = lid.identify(["Stärke Zucker", GERMAN * 3])
    assert (short.language, long.language) == ("de", "de")
    assert short.score < long.score


def test_half_of_another_language_halves_the_score():
    english, half, quarter = lid.identify([ENGLISH * 40, ENGLISH * 40 + GERMAN * 37, ENGLISH * 60 + GERMAN * 18])
    assert english.score > 0.9
    assert 0.4 < half.score < 0.65
    assert quarter.language == "en"
    assert half.score < quarter.score < english.score


EN_TURNS = (
    "The mash rests for an hour before the wort is drained.",
    "It is boiled with hops in the copper kettle.",
    "The yeast is added when it has cooled down.",
    "Fermentation takes about a week in the cellar.",
)
TURNS = {
    "de": (
        "Vor dem Läutern ruht die Maische eine gute Stunde.",
        "Danach kocht sie mit Hopfen im großen Kessel.",
        "Die Hefe kommt erst dazu, wenn alles abgekühlt ist.",
        "Im Keller gärt das Bier ungefähr eine Woche.",
    ),
    "fr": (
        "Le moût bout longuement avec le houblon.",
        "On le refroidit ensuite avant d'ajouter la levure.",
        "La fermentation dure une semaine environ dans la cave.",
        "La bière est mise en bouteille au printemps.",
    ),
    "ru": (
        "Пивовар греет воду, чтобы крахмал стал сладким.",
        "Потом сусло кипит с хмелем целый час.",
        "Дрожжи добавляют, когда всё остынет.",
        "Пиво бродит в подвале около недели.",
    ),
}


@pytest.mark.parametrize("other", TURNS)
@pytest.mark.parametrize("times", [2, 5, 20])
@pytest.mark.parametrize("between", [" ", "\n\n"])
def test_two_languages_by_turns_score_no_more_than_the_share_of_one(other, times, between):
    turns = [turn for pair in zip(EN_TURNS, TURNS[other], strict=True) for turn in pair]
    (told,) = lid.identify([between.join(turns * times)])
    assert 0 < told.score < 0.65
    for alone in (EN_TURNS, TURNS[other]):
        assert lid.identify([between.join(alone * times)])[0].score > 0.9


def test_two_scripts_in_every_line_lower_the_score():
    russian = "Пивовар греет воду, чтобы крахмал стал сладким."
    latin = "Pivovar greet vodu, chtoby krakhmal stal sladkim."
    mixed = " ".join(itertools.chain.from_iterable(zip(russian.split(), latin.split(), strict=True)))
    pure, terms, half = lid.identify([russian, f"{russian} Starter, wort", mixed])
    assert (pure.language, terms.language) == ("ru", "ru")
    assert min(pure.score, terms.score) > 0.9
    assert half.score < 0.65


def test_samples_say_what_the_whole_says():
    texts = [ENGLISH * 50, GERMAN * 50, ENGLISH * 25 + GERMAN * 25, ENGLISH, "Stärke Zucker"]
    sampled, whole = lid.identify(texts), lid.identify_whole(texts)
    assert [one.language for one in sampled] == [one.language for one in whole]
    assert [one.score >= 0.65 for one in sampled] == [one.score >= 0.65 for one in whole]


def test_no_word_of_a_text_hides_the_rest():
    assert lid.predict([f"the end </s> {GERMAN * 20}"])[0] == ["de"]
    assert lid.predict([f"__label__fr __label__fr {GERMAN * 20}"])[0] == ["de"]


def test_neighbours_change_nothing():
    texts = [
        ENGLISH,
        "",
        "Hallo Welt\nund guten Tag",
        "</s>",
        "\0",
        "💧",
        ENGLISH * 90 + GERMAN * 90,
        "\ud800 half a pair",
    ]
    together = lid.identify(texts)
    assert together == [lid.identify([text])[0] for text in texts]
    assert together == lid.identify(texts[::-1])[::-1]


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(), max_size=400))
def test_any_text_gets_an_answer_in_range(text):
    (told,) = lid.identify([text])
    assert 0 <= told.score <= 1
    assert (told.language is None) == (told.script is None) == (told.score == 0)
    assert told.language is None or told.language in lid.languages()


@pytest.mark.parametrize("unit", ["a", "😀", "\u200d", "語", "__label__en ", "</s> ", "\n", "aé"])
def test_a_long_text_costs_no_more_than_a_longer_one(unit):
    # All that is read of a text is its pieces: the cost of reading is bounded by their number and length.
    text = unit * 100_000
    pieces = lid._pieces(text)
    assert len(pieces) <= lid.PIECES
    assert max(map(len, pieces)) <= lid.PIECE_CHARS
    assert lid.identify([text]) == lid.identify([text])


def test_pieces_are_the_whole_of_a_short_text():
    for length in (0, 1, 499, 500, 501, 1_700, 4_000):
        text = "".join(itertools.islice(itertools.cycle("abcdefghij"), length))
        pieces = lid._pieces(text)
        assert pieces[0] == text[: len(pieces[0])]
        assert pieces[-1] == text[len(text) - len(pieces[-1]) :]
        assert sum(map(len, pieces)) >= length


def test_the_codes_are_bare():
    known = lid.languages()
    assert len(known) == 175 + 14  # lid.176 without `sh`, and what the second opinion adds
    assert {"en", "zh", "gsw", "zu", "xh"} <= known
    assert "als" not in known
    assert not any("_" in code for code in known)


@pytest.fixture(scope="module")
def own_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lid")
    lines = [f"__label__{label} {sentence}" for label, sentences in TAUGHT.items() for sentence in sentences * 20]
    (folder / "lines.txt").write_text("\n".join(lines), encoding="utf-8")
    trained = fasttext.train_supervised(
        str(folder / "lines.txt"), dim=8, minn=2, maxn=4, bucket=2_000, epoch=30, lr=0.5, thread=1, verbose=0
    )
    trained.save_model(str(folder / "own.bin"))
    return str(folder / "own.bin")


def test_a_model_of_ones_own_is_read_from_its_path(own_model):
    texts = [
        "the water is warm and the beer is in the kettle",
        "das wasser ist warm und das bier ist im kessel",
        "вода је топла",
    ]
    told = lid.identify(texts, own_model)
    assert [(one.language, one.script) for one in told] == [("en", "Latn"), ("de", "Latn"), ("sr", "Cyrl")]
    assert min(one.score for one in told) > 0.5
    assert lid.languages(own_model) == {"en", "de", "sr"}


def test_labels_of_another_script_do_not_count(own_model):
    (told,) = lid.identify(["ovo je вода у казану и квасац једе шећер"], own_model)
    assert told == lid.Answer("sr", told.score, "Cyrl")
    assert lid.identify(["水在锅里"], own_model) == [lid.Answer(None, 0.0, None)]


def test_a_model_that_is_not_there_is_one_clear_sentence(tmp_path):
    with pytest.raises(
        ModelMissing, match=r"there is no language model .*absent\.bin; give the path of a fastText file"
    ):
        lid.identify([ENGLISH], str(tmp_path / "absent.bin"))


def test_a_file_that_is_no_model_is_one_clear_sentence(tmp_path):
    (tmp_path / "text.bin").write_text("not a model")
    with pytest.raises(ModelMissing, match=r"text\.bin is not a fastText model"):
        lid.identify([ENGLISH], str(tmp_path / "text.bin"))


def test_named_weights_come_from_the_cache_folder(own_model, tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_MODELS", str(tmp_path))
    (tmp_path / lid.WEIGHTS).write_bytes(Path(own_model).read_bytes())
    lid_fasttext.model.cache_clear()
    try:
        assert lid.identify(["the water is warm and the beer is in the kettle"], lid.WEIGHTS)[0].language == "en"
    finally:
        lid_fasttext.model.cache_clear()


@pytest.mark.parametrize(
    ("label", "meaning"),
    [
        ("__label__eng_Latn", ("en", "Latn")),
        ("__label__cmn_Hani", ("zh", "Hani")),
        ("__label__als_Latn", ("sq", "Latn")),  # Tosk Albanian in ISO 639-3
        ("__label__als", ("gsw", None)),  # Alemannic as the name of a Wikipedia
        ("__label__nob_Latn", ("no", "Latn")),
        ("__label__swh_Latn", ("sw", "Latn")),
        ("__label__yue_Hani", ("yue", "Hani")),
        ("__label__de", ("de", None)),
        ("zu", ("zu", None)),
    ],
)
def test_labels_become_iso_codes(label, meaning):
    assert lid_fasttext.language_of(label) == meaning


def test_loading_prints_nothing():
    code = "from models import lid; lid.predict(['Hello', 'x' * 50])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=Path(lid.__file__).parents[1], capture_output=True, check=True)  # fmt: skip
    assert (done.stdout, done.stderr) == (b"", b"")
