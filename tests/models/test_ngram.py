import math
import random
import string
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import ngram

PROSE = """Anyone who keeps bees learns to read the hive from the outside. On a mild day you can stand beside it and watch the
traffic at the door. If the workers come home with yellow legs, they have found pollen and the queen is laying. If they drift about
without purpose, something is wrong, and it is time to open the lid. My neighbour taught me this when I was a boy, and he also
taught me to move slowly, because a bee that is not surprised has no reason to sting. We never wore gloves in those days."""


def reference():
    return ngram.REFERENCE.read_text(encoding="utf-8")


def bits(*texts):
    return ngram.fit(reference()).bits_per_byte(texts)


def by_hand(reference, text):
    """The definition, one byte at a time: interpolated Witten-Bell without a document's past."""
    seen, data = reference.encode(), text.encode()

    def probability(context, byte):
        followers = [
            seen[at + len(context)] for at in range(len(seen) - len(context)) if seen[at : at + len(context)] == context
        ]
        shorter = probability(context[1:], byte) if context else 1 / 256
        kinds = len(set(followers))
        return (followers.count(byte) + kinds * shorter) / (len(followers) + kinds) if followers else shorter

    each = [probability(data[max(0, at - ngram.ORDER + 1) : at], byte) for at, byte in enumerate(data)]
    return -sum(map(math.log2, each)) / len(data)


@pytest.mark.parametrize("text", ["the cat", "a", "zebra", "the hat of a cat sat", "über", "\n\n\0"])
def test_it_is_witten_bell(text):
    small = "the cat sat on the mat. the hat of the rat sat on that cat."
    assert ngram.fit(small).bits_per_byte([text])[0] == pytest.approx(by_hand(small, text), rel=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.text(min_size=1, max_size=40), st.text(max_size=6))
def test_the_probabilities_of_all_bytes_add_up_to_one(reference, start):
    levels = ngram.fit(reference).levels
    texts = [np.frombuffer(start.encode() + bytes([byte]), np.uint8) for byte in range(256)]
    last = [ngram._probabilities(levels, text, np.arange(len(text)))[-1] for text in texts]
    assert sum(last) == pytest.approx(1)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text("ab é", max_size=60), max_size=6))
def test_a_document_knows_nothing_of_its_neighbours(texts):
    alone = [bits(text)[0] for text in texts]
    assert np.array_equal(bits(*texts), np.array(alone, np.float32), equal_nan=True)


def test_batches_change_nothing(monkeypatch):
    texts = [PROSE[start:] for start in range(50)]
    whole = bits(*texts)
    monkeypatch.setattr(ngram, "_BATCH_BYTES", 1000)
    assert np.array_equal(bits(*texts), whole)


def test_an_empty_text_has_no_score():
    made = bits("", "a", "")
    assert np.isnan(made).tolist() == [True, False, True]
    assert made.dtype == np.float32
    assert bits().shape == (0,)


def test_without_a_reference_every_byte_costs_eight_bits():
    assert ngram.fit("").bits_per_byte(["abcdefg"])[0] == 8


def test_a_sentence_said_sixty_times_gets_cheap_and_a_document_does_not_pay_for_another():
    sentence = "The cellar stays cool all summer. "
    once, often = bits(sentence, sentence * 60)
    assert often < 0.3
    assert once > 2
    assert bits(sentence, sentence)[1] == once


def test_the_past_predicts_only_what_comes_later():
    start = "the quick brown fox jumps. the quick "
    assert bits(start + "brown")[0] < bits("the slow_ brown fox jumps. the quick brown")[0]


def test_prose_noise_and_repetition_lie_apart():
    chance = random.Random(7)
    letters = "".join(chance.choice(string.ascii_lowercase + " ") for _ in range(len(PROSE)))
    prose, random_letters, hexadecimal, repeated = bits(PROSE, letters, chance.randbytes(250).hex(), PROSE[:60] * 60)
    assert 1.5 < prose < 4.3
    assert 6 < random_letters < hexadecimal
    assert repeated < 1


def test_the_packaged_reference_is_prose_of_the_promised_size():
    text = reference()
    assert 25_000 <= len(text.encode()) <= 45_000
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    assert len(set(paragraphs)) == len(paragraphs)
    assert ngram.REFERENCE.parent == Path(ngram.__file__).parent


def test_it_scores_five_hundred_documents_a_cpu_second():
    documents = [(PROSE[start:] + PROSE[:start]) * 3 for start in range(300)]
    documents = [document[:1400] for document in documents]
    bits(PROSE)
    rates = []
    for _ in range(3):
        start = time.process_time()
        bits(*documents)
        rates.append(len(documents) / (time.process_time() - start))
    assert max(rates) >= 500
