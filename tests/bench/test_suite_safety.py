import gzip
import json

import numpy as np
import pytest

from bench.measurement import Measurement
from bench.suites.safety import area_under_curve, score

OFFER = "Buy cheap viagra online, no prescription. Best price! Order now, free shipping, 100% guaranteed. " * 3
PROSE = "The mash turns starch into sugar while the brewer keeps it warm, he said on Monday. "


def write(path, lines):
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def test_spam_and_good_texts_are_scored_where_they_are_there(tmp_path):
    mails = [{"label": "spam", "text": OFFER}, {"label": "ham", "text": PROSE}, {"label": "ham", "text": ""}]
    write(tmp_path / "quality" / "spam_ham.jsonl.gz", mails)
    write(
        tmp_path / "dedup" / "articles.jsonl.gz",
        [{"text": PROSE}, {"text": OFFER}, {"text": "Fuck you, you fucking shithead. " * 2}],
    )
    assert score(tmp_path) == [
        Measurement("safety", "spam_ham auc", 1.0, 3),
        Measurement("safety", "articles not spam", pytest.approx(2 / 3), 3),
        Measurement("safety", "articles not harmful", pytest.approx(2 / 3), 3),
    ]


def test_without_sets_there_is_no_score(tmp_path):
    assert score(tmp_path) == []


@pytest.mark.parametrize(
    ("scores", "positive", "area"),
    [
        ([0.9, 0.8, 0.2, 0.1], [True, True, False, False], 1),
        ([0.9, 0.8, 0.2, 0.1], [False, False, True, True], 0),
        ([0.5, 0.5, 0.5, 0.5], [True, False, True, False], 0.5),
        ([0.9, 0.5, 0.5, 0.1], [True, True, False, False], 0.875),
    ],
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(scores, positive, area):
    assert area_under_curve(np.array(scores), np.array(positive)) == pytest.approx(area)


@pytest.mark.slow
def test_good_texts_of_the_public_sets_are_spared(shared_data):
    found = {one.metric: one.value for one in score(shared_data)}
    assert found["spam_ham auc"] >= 0.98
    assert min(value for name, value in found.items() if name.endswith(("not spam", "not harmful"))) >= 0.995
