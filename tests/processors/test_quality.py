import gzip
import json
import time
from collections import Counter
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.quality import STOP_WORDS, Quality


def scores(*texts):
    return Quality()(pa.table({"text": pa.array(texts, pa.large_string())})).to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three", {"length_chars": 13, "word_count": 3, "gopher_mean_word_length": 11 / 3}),
        ("größe 12 3a", {"length_chars": 11, "gopher_mean_word_length": 3, "gopher_alphabetic_words": 2 / 3}),
        ("a # b ## c", {"gopher_symbol_ratio": 3 / 5}),
        ("wait ... for … it...", {"gopher_symbol_ratio": 3 / 5}),
        ("# Heading\n\n## Next\n\nthe text", {"gopher_symbol_ratio": 0}),
        ("- one\n* two\n\n• three\nfour\n-5 degrees", {"gopher_bullet_lines": 3 / 5}),
        ("read more...\nmore…\n... all\nend", {"gopher_ellipsis_lines": 2 / 4}),
        ("The the THE to of", {"gopher_stop_words": 3}),
        (" ".join(STOP_WORDS), {"gopher_stop_words": 8}),
        ("buy\n\nbuy\nbuy\nsell", {"gopher_duplicate_lines": 2 / 4}),
        ("a b\na b", {"gopher_top_2gram": 6 / 7}),
        ("every word is another", {"gopher_top_2gram": 0}),
        ("", dict.fromkeys(Quality.writes, 0)),
        (" \n\t ", {"word_count": 0, "length_chars": 4, "gopher_duplicate_lines": 0}),
        (None, dict.fromkeys(Quality.writes, 0)),
    ],
)
def test_scores(text, expected):
    found = scores("neighbour before the text", text, "neighbour after the text")[1]
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def _plainly(text):
    """The same figures, one document at a time."""
    words, lines = text.split(), [line.strip() for line in text.split("\n") if line.strip()]
    pairs = Counter(pairwise(words))
    most = max(pairs.values(), default=0)
    longest = max((len(a) + 1 + len(b) for (a, b), count in pairs.items() if count == most), default=0)
    return {
        "word_count": len(words),
        "gopher_mean_word_length": sum(map(len, words)) / len(words) if words else 0,
        "gopher_stop_words": len({word.lower() for word in words} & set(STOP_WORDS)),
        "gopher_duplicate_lines": 1 - len(set(lines)) / len(lines) if lines else 0,
        "gopher_top_2gram": most * longest / len(text) if most > 1 else 0,
    }


@given(st.lists(st.text(alphabet="ab the\n…#-", max_size=60), max_size=8))
def test_the_batch_gives_what_each_document_gives_alone(texts):
    for found, text in zip(scores(*texts), texts, strict=True):
        expected = _plainly(text)
        assert {name: found[name] for name in expected} == pytest.approx(expected)


def _keeps(row):
    """Gopher's rules of section A.1.1, as a recipe states them."""
    return (
        50 <= row["word_count"] <= 100_000
        and 3 <= row["gopher_mean_word_length"] <= 10
        and row["gopher_symbol_ratio"] <= 0.1
        and row["gopher_bullet_lines"] <= 0.9
        and row["gopher_ellipsis_lines"] <= 0.3
        and row["gopher_alphabetic_words"] >= 0.8
        and row["gopher_stop_words"] >= 2
    )


def test_verdicts_agree_with_another_implementation_on_real_texts(shared_data):
    with gzip.open(shared_data / "quality" / "datatrove_verdicts.jsonl.gz", "rt", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    # It counts punctuation marks as words, so its share of alphabetic words is another figure: those verdicts are left out.
    told = [case for case in cases if case["verdicts"]["gopher_quality"]["reason"] != "gopher_below_alpha_threshold"]
    assert len(told) > 300
    found = scores(*[case["text"] for case in told])
    agreed = [_keeps(row) == case["verdicts"]["gopher_quality"]["keep"] for row, case in zip(found, told, strict=True)]
    assert sum(agreed) / len(agreed) >= 0.98


def test_a_thousand_documents_take_less_than_a_second(shared_data):
    with gzip.open(shared_data / "corpora" / "english_documents.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"][:2700] for line, _ in zip(lines, range(2000), strict=False)]
    table = pa.table({"text": pa.array(texts, pa.large_string())})
    started = time.process_time()
    Quality()(table)
    assert len(texts) / (time.process_time() - started) >= 1000
