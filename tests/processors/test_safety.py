import pickle

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ModelMissing, RecipeError
from models.safety_lexicon import fold, term_hash
from models.safety_terms import TERMS
from processors.safety import Safety

KEEP = 0.6  # the threshold of docs/safety.md for one label


def judged(*texts, **options):
    return Safety(**options)(pa.table({"text": pa.array(texts, pa.large_string())})).drop_columns(["text"]).to_pylist()


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
    slur = "beaners"
    history = (
        f"The slur {slur} was used in the last century; historians describe how the derogatory term was part of "
        "segregation and racism, and how Congress and the courts were slow to act. Researchers published a study. "
    )
    thrown = f"Those {slur} again, they are everywhere in this street and nobody does anything about it. " * 2
    assert judged(history)[0]["safety_hate"] < KEEP < judged(thrown)[0]["safety_hate"]


def test_the_same_hit_counts_less_in_a_longer_text():
    short, long = judged("What the fuck happened here?", "What the fuck happened here? " + "We went home. " * 300)
    assert short["safety_profanity"] > 0.5 > long["safety_profanity"]
    assert short["safety_hits"] == long["safety_hits"] == 1


def test_flagged_words_are_a_share_of_the_words():
    assert judged("one two shit four")[0]["flagged_word_ratio"] == pytest.approx(0.25)


def test_texts_without_words_have_zeros():
    for row in judged(None, "", " \n", "!!!"):
        assert set(row.values()) == {0}


def test_no_term_is_written_in_the_lexicon():
    assert "shit" not in TERMS
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


@pytest.fixture(scope="module")
def fasttext_model(tmp_path_factory):
    import fasttext

    folder = tmp_path_factory.mktemp("fasttext")
    lines = ["__label__toxic you rotten onion", "__label__fine the mash rests for an hour"] * 60
    (folder / "train.txt").write_text("\n".join(lines), encoding="utf-8")
    model = fasttext.train_supervised(
        str(folder / "train.txt"), dim=8, epoch=40, lr=1.0, minCount=1, bucket=1000, thread=1, seed=3, verbose=0
    )
    model.save_model(str(folder / "toxic.bin"))
    return str(folder / "toxic.bin")


def test_a_classifier_raises_the_scores_of_its_labels(fasttext_model):
    texts = ("you rotten onion", "the mash rests for an hour", "fuck")
    rows = judged(*texts, classifier=fasttext_model)
    assert rows[0]["toxicity_score"] > 0.8 > judged(texts[0])[0]["toxicity_score"] == 0
    assert rows[1]["toxicity_score"] < 0.2
    assert rows[2]["safety_profanity"] == judged("fuck")[0]["safety_profanity"]


def test_the_labels_of_a_classifier_can_be_named(fasttext_model):
    row = judged("you rotten onion", classifier=fasttext_model, classifier_labels={"toxic": "safety_hate"})[0]
    assert row["safety_hate"] > 0.8 > row["toxicity_score"] == 0


def test_a_classifier_whose_labels_nobody_knows_is_refused_with_their_names(fasttext_model):
    with pytest.raises(RecipeError, match="toxic") as caught:
        judged("x", classifier=fasttext_model, classifier_labels={"other": "safety_hate"})
    assert "classifier_labels" in str(caught.value)


def test_a_missing_classifier_is_one_clear_sentence(tmp_path):
    with pytest.raises(ModelMissing, match="fastText"):
        judged("x", classifier=str(tmp_path / "none.bin"))


def test_the_fingerprint_follows_the_classifiers_file(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"one")
    step = Safety(classifier=str(path))
    before = step.fingerprint
    assert before != Safety().fingerprint
    path.write_bytes(b"two")
    assert step.fingerprint != before
    assert pickle.loads(pickle.dumps(step)) == step
