"""The crawl that the two passes are measured on."""

import pytest

from bench.extraction_speed import Cost, crawl, language
from corpus.errors import ModelMissing

ENGLISH = "The mash turns starch into sugar, and the brewer keeps the water warm for an hour or more. " * 5
GERMAN = "Die Maische macht aus der Stärke Zucker, und der Brauer hält das Wasser eine Stunde lang warm. " * 5


@pytest.fixture(autouse=True)
def _weights():
    try:
        language(ENGLISH)
    except ModelMissing as error:
        pytest.skip(str(error))


def page(text):
    return f"<html><body><article><p>{text}</p></article></body></html>".encode()


def test_a_third_of_the_crawl_survives_the_first_pass():
    texts = [ENGLISH * place for place in range(2, 22)] + [GERMAN * place for place in range(2, 14)] + ["Short."] * 3
    night = crawl([page(text) for text in texts], texts)
    english = [one for one in night if b"mash" in one]
    assert len(english) * 3 == len(night) == 18
    assert crawl([page(text) for text in texts], texts) == night


def test_a_ratio_is_the_median_of_the_pairs():
    assert Cost([1.0, 1.0, 4.0], [5.0, 3.0, 4.0]).ratio == 3.0
