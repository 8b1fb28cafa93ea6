"""Quality scores after Gopher and FineWeb: columns a recipe can judge, no verdict of its own.

Definitions are those of Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from Training Gopher",
section A.1.1 and Table A1, and of Penedo et al. 2024, "The FineWeb Datasets", section 3.6; ``processors.rule_sets``
holds the papers' numbers. Words are those of spaCy's English tokenizer, punctuation marks among them, as other
implementations of these rules count. An empty text has zeros.
"""

from functools import cache
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from corpus.params import Params
from processors.scores import fineweb, gopher, repetition, texts, words
from processors.scores.gopher import Scores


class Quality(Params):
    """Add length, words, Gopher's and FineWeb's scores of ``text``; the rules of ``select`` hold the thresholds."""

    kind: Literal["quality"] = "quality"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = (
        "length_chars",
        "unspaced_ratio",
        "word_count",
        "token_count",
        "line_count",
        "gopher_mean_word_length",
        "gopher_symbol_ratio",
        "gopher_hash_ratio",
        "gopher_ellipsis_ratio",
        "gopher_bullet_lines",
        "gopher_ellipsis_lines",
        "gopher_alphabetic_words",
        "gopher_stop_words",
        "gopher_duplicate_paragraphs",
        "gopher_duplicate_paragraph_chars",
        "gopher_duplicate_lines",
        "gopher_duplicate_line_chars",
        *(f"gopher_top_{n}gram" for n in repetition.TOP),
        *(f"gopher_duplicate_{n}gram" for n in repetition.DUPLICATE),
        "fineweb_punctuated_lines",
        "fineweb_short_lines",
        "fineweb_duplicate_line_chars",
        "fineweb_newline_ratio",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``: counts int64, stop words int32, the others float64."""
        measured = [scores(batch, _known()) for batch in texts.batches(table["text"])]
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        for name in self.writes:
            values = np.concatenate([one[name] for one in measured]) if measured else np.zeros(0)
            others = others.append_column(name, pa.array(values, _type_of(name)))
        return others


def scores(batch: pa.Array, known: words.Known) -> Scores:
    """Return every score of a large_string array without nulls, by column; ``known`` are the runs cut so far."""
    characters = texts.read(batch)
    tokens = words.read(characters, known)
    found = {**gopher.character_scores(characters), **gopher.word_scores(tokens)}
    return {
        **found,
        **gopher.symbol_scores(characters, found["token_count"]),
        **gopher.line_scores(characters),
        **repetition.piece_scores(characters),
        **repetition.ngram_scores(tokens, found["length_chars"]),
        **fineweb.line_scores(characters, found["token_count"]),
    }


@cache
def _known() -> words.Known:
    """Return the cuts that this process remembers from table to table: they save work and decide nothing."""
    return {}


def _type_of(name: str) -> pa.DataType:
    if name.endswith("_count") or name == "length_chars":
        return pa.int64()
    return pa.int32() if name == "gopher_stop_words" else pa.float64()
