import codecs
import os
import pickle
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ModelMissing, RecipeError
from models.safety_lexicon import LABELS, LONGEST_PHRASE, fold, term_hash
from models.safety_terms import TERMS
from processors.safety import Safety

KEEP = 0.6  # the threshold of docs/safety.md for one label


def judged(*texts, **options):
    return Safety(**options)(pa.table({"text": pa.array(texts, pa.large_string())})).drop_columns(["text"]).to_pylist()


def revealed(text):
    """Slurs stand here by their letters moved on by 13."""
    return codecs.decode(text, "rot13")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("You fucking idiot, go fuck yourself.", "profanity"),
        ("f*ck this sh*t, what a b*tch", "profanity"),
        ("Fuuuuuck you, a$$hole", "profanity"),
        ("Was für ein Arschloch, dieser Wichser", "profanity"),
        ("Watch hot nude girls on our sex cams, free porn videos", "sexual"),
        ("All those filthy immigrants are subhuman vermin.", "hate"),
        ("I will kill you and slit your throat.", "violence"),
        ("I want to die and think about suicide methods.", "self_harm"),
    ],
)
def test_each_label_is_told_by_its_words(text, label):
    row = judged(text)[0]
    assert row[f"safety_{label}"] > KEEP
    assert row["safety_hits"] >= 1
    if label != "self_harm":
        assert row["toxicity_score"] >= row[f"safety_{label}"]


@pytest.mark.parametrize(
    "text",
    [
        "El gato negro duerme en el tejado y los perros negros duermen en la puerta.",
        "Il cono gelato costa due euro e il caffè è negro come la notte.",
        "Filmen är slut klockan sex, och barnen äter böner med stor lust.",
        "Le train a un retard de dix minutes, et les retards sont fréquents. Prenez une douche avant le repas.",
        "Das dicke Kind hat Lust auf Eis; der Arzt gibt das Mittel anal. Das Ass im Spiel war gut.",
        "De film is uit en wij nemen een douche. Was dat een prik, of was het de kou?",
        "Faget er slut kl. seks, og alle fag har nu en pause.",
    ],
    ids=["Spanish", "Italian", "Swedish", "French", "German", "Dutch", "Danish"],
)
def test_ordinary_sentences_of_other_languages_have_no_hits(text):
    assert set(judged(text)[0].values()) == {0}


@pytest.mark.parametrize(
    "text",
    [
        "Use killall to kill all child processes of the server, or kill the parent process and wait.",
        "Kill yourself with os.kill(os.getpid(), 9) and the shell reports the signal.",
        "We shoot the wedding with two cameras, and we shoot them all in RAW.",
        "You kill the boss with a knife; shoot the zombies, kill them all, and you will die less often.",
        "He shot, he killed the game, and they murdered us in the second half.",
        "The job should be killed after an hour, and the build that hangs should be shot too.",
    ],
)
def test_killing_and_shooting_without_a_person_are_little_violence(text):
    row = judged(text)[0]
    assert 0 < row["safety_violence"] <= 0.25
    assert row["safety_self_harm"] <= 0.25


@pytest.mark.parametrize(
    "text",
    [
        "Breastfeeding: hold the baby so that the nipple points to the nose. Sore nipples and full breasts are common.",
        "Sex education covers the penis, the vagina, intercourse, masturbation, oral sex and anal sex, and what consent is.",
        "A person commits rape if he has sexual intercourse with another person without consent. The rapist is liable to prison.",
        "The Nazis murdered six million Jews.",
        "Spotted dick is for pudding, and there are " + revealed("snttbgf") + " in gravy before.",
        "The Maine coon is a large cat, and the bitch next door has puppies.",
        "There was a " + revealed("puvax") + " in the armour.",
        "A pair of great tits came to the feeder with their young.",
        "This nude lipstick goes with naked skin.",
        "We drove through Intercourse, Cockermouth, Dildo, Titty Hill and Wank with the children.",
        "If you think about suicide, call the suicide prevention hotline.",
        "Suicide prevention hotline",
        "Super Bowl XXX was the one that they won.",
        "TODO XXX: this is a hack",
    ],
)
def test_short_learned_and_literary_texts_never_pass_one_half(text):
    row = judged(text)[0]
    assert max(value for name, value in row.items() if name.startswith(("safety_p", "safety_s", "tox"))) <= 0.5
    assert max(row["safety_hate"], row["safety_violence"]) <= 0.5


@pytest.mark.parametrize(("word", "most"), [("nude", 0.5), ("kill", 0.25), ("idiot", 0.5), ("suicide", 0.5)])
def test_words_with_harmless_meanings_never_pass_their_limit_however_dense(word, most):
    for size in (1, 10, 1000):
        row = judged(f"the {word} that you and they " * size)[0]
        assert 0 < max(value for name, value in row.items() if name.endswith("ity_score") or name[7:] in LABELS) <= most


@pytest.mark.parametrize(
    "text",
    [
        "In Scunthorpe and Penistone the assistants passed the analysis of Essex cocktails.",
        (
            "Breast cancer is the most common cancer in women. Screening of the breast finds tumours before symptoms appear; "
            "treatment is surgery, radiation and hormone therapy. The penis and sexual history are not relevant to diagnosis."
        ),
        (
            "Police said two men were killed and a woman was stabbed on Saturday. A suspect was charged with murder, officials "
            "said; the trial begins in June."
        ),
        "If you are thinking about suicide, call the helpline. Therapy and treatment help; talk to a doctor.",
        "A recipe for chicken breasts, thighs and a cock ale of the 17th century.",
        "Damn, I forgot the milk again.",
        "Roma xxxi, Cum Carta gentes, 2 x 2 x 2",
    ],
)
def test_words_inside_words_and_learned_or_reporting_texts_stay_under_the_threshold(text):
    row = judged(text)[0]
    assert max(row["toxicity_score"], row["safety_self_harm"]) < KEEP


def test_a_quoted_slur_in_a_history_counts_less_than_one_thrown_at_somebody():
    slur = revealed("ornaref")
    history = (
        f"The slur {slur} was used in the last century; historians describe how the derogatory term was part of "
        "segregation and racism, and how Congress and the courts were slow to act. Researchers published a study. "
    )
    thrown = f"Those {slur} again, they are everywhere in this street and nobody does anything about it. " * 2
    assert judged(history)[0]["safety_hate"] < KEEP < judged(thrown)[0]["safety_hate"]


def test_the_same_hit_counts_less_in_a_longer_text():
    short, long = judged("What the fuck happened here?", "What the fuck happened here? " + "We went home. " * 300)
    assert short["safety_profanity"] > 4 * long["safety_profanity"] > 0
    assert short["safety_hits"] == long["safety_hits"] == 1


def test_flagged_words_are_a_share_of_the_words():
    assert judged("one two shit four")[0]["flagged_word_ratio"] == 0.25
    assert judged("two sex cams here")[0]["flagged_word_ratio"] == 0.5
    assert judged("i will kill you")[0]["flagged_word_ratio"] == 1  # phrases over phrases cover no more than the words


@pytest.mark.parametrize("share", [0.3, 0.4, 0.9])
def test_a_bound_that_names_the_very_share_keeps_the_text(share):
    table = pa.table(
        {"text": pa.array(["shit " * round(share * 10) + "one " * round(10 - share * 10)], pa.large_string())}
    )
    found = Safety()(table)["flagged_word_ratio"]
    assert found.type == pa.float64()
    assert found.to_pylist() == [share]


def test_white_space_at_the_ends_is_no_word():
    assert judged(" \n one two shit four. \n")[0] == judged("one two shit four")[0]


def test_texts_without_words_have_zeros():
    for row in judged(None, "", " \n", "!!!"):
        assert set(row.values()) == {0}


def test_no_term_is_written_in_the_lexicon():
    for token in TERMS.split():
        assert token in LABELS or re.fullmatch(r"[0-9a-f]{16}|\d(\.\d+)?", token), token
    lengths = [int(line.split()[2]) for line in TERMS.split("\n") if line.split(" ")[0] in LABELS]
    assert {1} <= set(lengths) <= set(range(1, LONGEST_PHRASE + 1))


def test_the_hash_of_a_term_is_that_of_its_folded_words():
    assert term_hash("shit") in TERMS
    assert term_hash("S.H.I.T".replace(".", "")) == term_hash("shit")


def test_folding_undoes_disguise_but_leaves_numbers_and_letters_alone():
    assert fold("sh1t") == "shit"
    assert fold("shiiiit") == "shit"
    assert fold("scheiße") == "scheiße"
    assert fold("enculé") == "encule"
    assert fold("2019") == "2019"
    assert fold("xxx") == "xxx"


@given(st.lists(st.text(max_size=80), max_size=6))
def test_every_text_has_scores_and_its_neighbours_do_not_matter(texts):
    together = judged(*texts)
    assert all(0 <= value <= 1 for row in together for name, value in row.items() if name != "safety_hits")
    assert together == [judged(text)[0] for text in texts]


def test_phrases_do_not_reach_over_two_documents():
    assert [row["safety_hits"] for row in judged("I want to", "die")] == [0, 0]


@pytest.mark.parametrize("piece", ["a", "fuck ", "!", "\u0301", "a$", "want to die "])
def test_a_long_text_takes_linear_time(piece, growth):
    assert growth(judged, lambda size: piece * size, 100_000) < 8


def test_a_classifier_raises_the_scores_of_its_labels(toxic_model):
    texts = ("you rotten onion", "the mash rests for an hour", "fuck")
    rows = judged(*texts, classifier=toxic_model)
    assert rows[0]["toxicity_score"] > 0.8 > judged(texts[0])[0]["toxicity_score"] == 0
    assert rows[1]["toxicity_score"] < 0.2
    assert rows[2]["safety_profanity"] == judged("fuck")[0]["safety_profanity"]


def test_the_labels_of_a_classifier_can_be_named(toxic_model):
    row = judged("you rotten onion", classifier=toxic_model, classifier_labels={"toxic": "safety_hate"})[0]
    assert row["safety_hate"] > 0.8 > row["toxicity_score"] == 0


def test_a_classifier_whose_labels_nobody_knows_is_refused_with_their_names(toxic_model):
    with pytest.raises(RecipeError, match="toxic") as caught:
        judged("x", classifier=toxic_model, classifier_labels={"other": "safety_hate"})
    assert "classifier_labels" in str(caught.value)


def test_a_missing_classifier_is_one_clear_sentence(tmp_path):
    with pytest.raises(ModelMissing, match="fastText"):
        judged("x", classifier=str(tmp_path / "none.bin"))


def test_the_fingerprint_follows_the_whole_of_the_classifiers_files(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"one" * 1_000_000)
    step = Safety(classifier=str(path))
    before = step.fingerprint
    assert before != Safety().fingerprint
    path.write_bytes(b"one" * 999_999 + b"two")
    os.utime(path, ns=(1, 1))
    assert step.fingerprint != before
    assert pickle.loads(pickle.dumps(step)) == step


def test_a_hub_id_without_its_commit_is_one_clear_sentence():
    with pytest.raises(ModelMissing, match="id@commit"):
        assert Safety(classifier="some/model").fingerprint
