"""py3langid in whole arrays says what py3langid says."""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models import lid_bayes

LINES = (
    "the miller grinds the corn",
    "der müller mahlt das korn",
    "пекарь печёт хлеб",
    "粉屋が麦をひく",
    "مطحنة",
    "e\u0301t",
)


@cache
def py3langid():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def told(text):
    found = dict.fromkeys(lid_bayes.labels(), 0.0)
    for label, probability in lid_bayes.probabilities(text):
        found[label] += probability
    return found


@example("")
@example("a")
@example("\x00\x00")
@example("\ud800 half of a pair")
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(LINES), max_size=40).map(" ".join)))
def test_every_probability_is_py3langids_own(text):
    text = text.lower()  # py3langid lowers a text in capitals, ours is given in lower case
    assert told(text) == pytest.approx(dict(py3langid().rank(text)), abs=1e-5)


def test_no_feature_is_longer_than_what_a_state_is_found_from():
    model = lid_bayes._model()
    known = np.zeros(len(model.row_starts), bool)
    known[0], states, depths = True, np.zeros(1, np.int64), 0
    while True:  # the states that a text of so many bytes can lead to, and no shorter one
        met = np.unique(model.follows[(model.row_starts[states][:, None] + np.arange(256)).ravel()])
        states = met[~known[met]]
        if not len(states):
            break
        known[states] = True
        depths += 1
    assert known.all()
    assert depths == lid_bayes._LONGEST


def test_a_text_without_any_feature_may_be_in_any_language():
    assert len({probability for _, probability in lid_bayes.probabilities("")}) == 1
