import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.suites import quality as suite
from processors.quality import Quality
from processors.scores import texts as texts_module
from processors.scores.english import by_spacy
from processors.scores.gopher import STOP_WORDS


def scores(*texts):
    return Quality()(pa.table({"text": pa.array(texts, pa.large_string())})).to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three", {"length_chars": 13, "word_count": 3, "gopher_mean_word_length": 11 / 3}),
        ("größe, 12 3a!", {"length_chars": 13, "word_count": 3, "token_count": 5, "gopher_mean_word_length": 3}),
        ("größe, 12 3a!", {"gopher_alphabetic_words": 2 / 5}),
        ("I can't.", {"word_count": 3, "token_count": 4}),
        ("a # b ## c", {"gopher_hash_ratio": 3 / 6, "gopher_symbol_ratio": 3 / 6}),
        ("wait ... for … it.......", {"gopher_ellipsis_ratio": 4 / 6, "gopher_symbol_ratio": 4 / 6}),
        ("- one\n* two\n\n• three\nfour\n -5 degrees", {"gopher_bullet_lines": 3 / 6}),
        ("- one\r\nb\r• c\u2028d\n", {"gopher_bullet_lines": 2 / 4}),
        ("read more... \nmore…\n... all\n..", {"gopher_ellipsis_lines": 2 / 4}),
        ("The the the to of", {"gopher_stop_words": 3}),
        (" ".join(STOP_WORDS), {"gopher_stop_words": 8}),
        ("buy\n\nbuy\nbuy\nsell", {"gopher_duplicate_lines": 2 / 4, "gopher_duplicate_line_chars": 6 / 17}),
        ("\nbuy\n\nsell\n", {"gopher_duplicate_lines": 1 / 4, "gopher_duplicate_line_chars": 0}),
        ("a\n\nb\n", {"gopher_duplicate_lines": 0}),
        (
            " a b\n\n\na b\n\na b \n\n",
            {"gopher_duplicate_paragraphs": 2 / 3, "gopher_duplicate_paragraph_chars": 6 / 18},
        ),
        ("a b\na b", {"gopher_top_2gram": 6 / 7}),
        ("every word is another", {"gopher_top_2gram": 10 / 21, "gopher_top_4gram": 1}),
        ("a b", {"gopher_top_3gram": 0}),
        ("a b c d e a b c d e", {"gopher_duplicate_5gram": 5 / 19, "gopher_duplicate_6gram": 0}),
        ("A long line without an end of its own\nEnd.\n \nshort", {"fineweb_punctuated_lines": 1 / 3, "line_count": 3}),
        ("A long line without an end of its own\nEnd.\n \nshort", {"fineweb_short_lines": 2 / 3}),
        ("Ende。\nend. ", {"fineweb_punctuated_lines": 1 / 2}),
        ("one\ntwo\none", {"fineweb_duplicate_line_chars": 3 / 9, "fineweb_newline_ratio": 2 / 3}),
        ("ab漢字かな", {"unspaced_ratio": 4 / 6}),
        ("", dict.fromkeys(Quality.writes, 0)),
        (" \n\t ", {"word_count": 0, "length_chars": 4, "line_count": 0, "gopher_duplicate_line_chars": 0}),
        (None, dict.fromkeys(Quality.writes, 0)),
    ],
)
def test_scores(text, expected):
    found = scores("neighbour before the text...", text, "- neighbour after the text")[1]
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def _repeated(parts):
    seen, chars = set(), 0
    for part in parts:
        chars += len(part) if part in seen else 0
        seen.add(part)
    return len(parts) - len(seen), chars


def _read_before(words, n):
    seen, chars, place = set(), 0, 0
    while place <= len(words) - n:
        gram = tuple(words[place : place + n])
        chars, place = (chars + len("".join(gram)), place + n) if gram in seen else (chars, place + 1)
        seen.add(gram)
    return chars


def _top(words, n):
    grams = Counter(" ".join(words[place : place + n]) for place in range(len(words) - n + 1))
    return max((count * len(gram) for gram, count in grams.most_common(1)), default=0)


def _plainly(text):
    """The same figures, one document at a time, with the tokenizer itself."""
    words = [word for run in text.split() for word in by_spacy(run)]
    lines, filled = re.split("\n+", text), [line for line in text.split("\n") if line.strip()]
    broken = text.splitlines()
    chars = max(1, len(text))
    return {
        "token_count": len(words),
        "gopher_alphabetic_words": sum(any(map(str.isalpha, word)) for word in words) / max(1, len(words)),
        "gopher_stop_words": len(set(words) & set(STOP_WORDS)),
        "gopher_ellipsis_ratio": (text.count("...") + text.count("…")) / max(1, len(words)),
        "gopher_bullet_lines": sum(line.lstrip().startswith(("•", "-")) for line in broken) / max(1, len(broken)),
        "gopher_ellipsis_lines": sum(line.rstrip().endswith(("...", "…")) for line in broken) / max(1, len(broken)),
        "gopher_duplicate_lines": _repeated(lines)[0] / len(lines),
        "gopher_duplicate_line_chars": _repeated(lines)[1] / chars,
        "gopher_duplicate_paragraph_chars": _repeated(re.split(r"\n{2,}", text.strip()))[1] / chars,
        **{f"gopher_top_{n}gram": _top(words, n) / chars for n in (2, 3, 4)},
        **{f"gopher_duplicate_{n}gram": _read_before(words, n) / chars for n in range(5, 11)},
        "fineweb_duplicate_line_chars": _repeated(filled)[1] / max(1, len(text.replace("\n", ""))),
        "fineweb_short_lines": sum(len(line) <= 30 for line in filled) / max(1, len(filled)),
    }


PIECES = st.sampled_from(["a", "b", "the", " ", " ", "\n", "\n\n", "\r\n", "…", "...", "-", "• ", "é", "漢", "\u2028", "\xa0", "#", ".", "can't", "x\0"])  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(PIECES, max_size=60).map("".join), max_size=6))
def test_the_batch_gives_what_each_document_gives_alone(texts):
    for found, text in zip(scores(*texts), texts, strict=True):
        expected = _plainly(text)
        assert {name: found[name] for name in expected} == pytest.approx(expected)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_text_is_scored_alone_as_among_others(texts):
    assert scores(*texts) == [score for text in texts for score in scores(text)]


def test_small_batches_give_what_one_gives(monkeypatch):
    texts = ["To be or not to be.\n\nTo be or not to be.", "", "• x…\n" * 9, "Ende gut, alles gut. " * 20, "漢字" * 40]
    whole = scores(*texts)
    monkeypatch.setattr(texts_module, "BATCH_BYTES", 50)
    assert scores(*texts) == whole


HOSTILE = {
    "one character": lambda size: "a" * size,
    "one mark": lambda size: "(" * size,
    "marks": lambda size: "".join("!?()[]{}\"'"[place * place % 10] for place in range(size)),
    "repeated words": lambda size: "ab " * (size // 3),
    "lines": lambda size: "a\n" * (size // 2),
    "blank lines": lambda size: "\n" * size,
    "NULs": lambda size: "\0" * size,
    "joiners": lambda size: "\u200d" * (size // 3),
    "ideographs": lambda size: "漢字かな" * (size // 12),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_hostile_texts_take_linear_time(shape, growth):
    assert growth(scores, HOSTILE[shape], 300_000) < 8


def test_ten_million_characters_without_a_space_are_one_word():
    (found,) = scores("a" * 10_000_000)
    assert (found["word_count"], found["gopher_mean_word_length"]) == (1, 10_000_000)


def test_a_run_that_is_too_long_for_a_word_counts_by_its_length():
    (found,) = scores("QUJD+" * 300)
    assert (found["word_count"], found["gopher_mean_word_length"]) == (3, 500)


def test_verdicts_reasons_and_texts_agree_with_another_implementation(shared_data):
    values = {one.metric: one.value for one in suite.score(shared_data)}
    assert len(values) == 9
    assert {name: value for name, value in values.items() if value < (0.99 if "reasons" in name else 0.995)} == {}


def test_shares_at_a_threshold_are_not_rounded_over_it():
    (found,) = scores("\n".join(["- a"] * 9 + ["a"]))
    assert np.float64(found["gopher_bullet_lines"]) == 0.9
