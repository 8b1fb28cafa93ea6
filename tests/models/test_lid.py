import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models import lid

ENGLISH = "The mash turns starch into sugar, and the brewer keeps the water warm for an hour."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ENGLISH, "en"),
        (ENGLISH.upper(), "en"),
        (ENGLISH.replace(" ", "\n"), "en"),
        ("Die Maische verwandelt Stärke in Zucker.", "de"),
        ("Le brassin transforme l'amidon en sucre pendant une heure.", "fr"),
        ("Пивовар греет воду, чтобы крахмал стал сладким.", "ru"),
        ("麦芽汁は一時間温かく保たれます。", "ja"),
        ("S Elsass isch e Landschaft im Weschte vom Oberrhii, un d Lüt rede do Elsässisch.", "gsw"),
    ],
)
def test_languages_are_told(text, code):
    codes, scores = lid.predict([text])
    assert codes == [code]
    assert scores[0] > 0.6


def test_the_shapes_and_types():
    codes, scores = lid.predict([ENGLISH, "", "Bonjour tout le monde"])
    assert [codes[0], codes[2]] == ["en", "fr"]
    assert scores.dtype == np.float32
    assert scores.shape == (3,)
    assert ((scores > 0) & (scores <= 1)).all()
    codes, scores = lid.predict([])
    assert codes == []
    assert scores.shape == (0,)
    assert scores.dtype == np.float32


def test_no_word_of_a_text_hides_the_rest():
    german = "Die Maische verwandelt die Stärke des Malzes in Zucker. " * 20
    assert lid.predict([f"the end </s> {german}"])[0] == ["de"]


def test_neighbours_change_nothing():
    texts = [ENGLISH, "", "Hallo Welt\nund guten Tag", "</s>", "\0", "💧"]
    codes, scores = lid.predict(texts)
    alone = [lid.predict([text]) for text in texts]
    assert codes == [one[0][0] for one in alone]
    assert scores.tolist() == [float(one[1][0]) for one in alone]


def test_the_codes_are_bare():
    known = lid.languages()
    assert len(known) == 176
    assert {"en", "zh", "gsw"} <= known
    assert "als" not in known
    assert not any("_" in code for code in known)


def test_loading_prints_nothing():
    code = "from models import lid; lid.predict(['Hello'])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=Path(lid.__file__).parents[1], capture_output=True, check=True)  # fmt: skip
    assert (done.stdout, done.stderr) == (b"", b"")
