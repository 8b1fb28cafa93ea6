"""C4's clean-up of lines (Raffel et al. 2019, section 2.2): the one rule set that cuts texts before it judges them."""

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpus.params import Params
from processors.scores import texts, words
from processors.scores.english import sentence_marks
from processors.scores.texts import Ints, Pieces, Texts

LONGEST_WORD_CHARS = 1000  # of C4's code: https://github.com/tensorflow/datasets, c4_utils.py, _MAX_WORD_LENGTH
FEWEST_WORDS = 3  # section 2.2, "at least 3 words"
ENDS = "[.?!\"']$"  # section 2.2, a terminal punctuation mark; the quotes are those of C4's code
ELLIPSIS = "..."
CITATION = r"\[\p{Nd}*\]|\[edit\]|\[citation needed\]"  # C4's code
POLICY = "terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies"  # C4's code


class C4Lines(Params):
    """Take out of ``text`` the lines that C4 takes out, and count them and what decides about the document.

    A line goes, trimmed, for the first of: a word of more than 1,000 characters; no ``. ? ! " '`` at its end, or an
    ellipsis; fewer than three words; "javascript"; a phrase about terms of use, privacy or cookies. Citations such as
    ``[12]``, ``[edit]``, ``[citation needed]`` go out of the lines that stay. Of these the step counts the sentences,
    and the lines with "lorem ipsum" or ``{``, for which the rules of C4 drop the whole document.
    """

    kind: Literal["c4-lines"] = "c4-lines"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = (
        "text",
        "c4_lines_kept",
        "c4_long_word_lines",
        "c4_unpunctuated_lines",
        "c4_few_word_lines",
        "c4_javascript_lines",
        "c4_policy_lines",
        "c4_lorem_ipsum_lines",
        "c4_curly_bracket_lines",
        "c4_sentences",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``text`` cut and the other columns of ``writes`` as int64."""
        done = [_cut(batch) for batch in texts.batches(table["text"])]
        cut = pa.chunked_array([text for text, _ in done], pa.large_string())
        others = table.set_column(table.column_names.index("text"), "text", cut)
        others = others.drop_columns([name for name in self.writes[1:] if name in table.column_names])
        for name in self.writes[1:]:
            counts = np.concatenate([one[name] for _, one in done]) if done else np.zeros(0)
            others = others.append_column(name, pa.array(counts, pa.int64()))
        return others


class _Lines(NamedTuple):
    """The trimmed lines of a batch without citations; ``words`` and ``longest`` are of the line as it stood."""

    values: pa.Array
    owners: Ints
    words: Ints
    longest: Ints


def _cut(batch: pa.Array) -> tuple[pa.Array, dict[str, Ints]]:
    characters = texts.read(batch)
    lines = _lines(characters)
    fates = _fates(lines)
    counts = {name: np.bincount(lines.owners[chosen], minlength=len(batch)) for name, chosen in fates.items()}
    kept = fates["c4_lines_kept"]
    values, owners = lines.values.filter(pa.array(kept)), lines.owners[kept]
    sentences = np.bincount(owners, _sentences(values), len(batch)).astype(np.int64)
    offsets = pa.array(np.searchsorted(owners, np.arange(len(batch) + 1)), pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, values), pa.scalar("\n", pa.large_string()))
    return pc.utf8_trim_whitespace(joined), {**counts, "c4_sentences": sentences}


def _lines(characters: Texts) -> _Lines:
    """Return the lines that hold a word, from their first to their last."""
    found = texts.lines(characters)
    first = np.searchsorted(characters.starts, found.starts)
    last = np.searchsorted(characters.ends, found.ends, "right")
    filled = last > first
    first, last, owners = first[filled], last[filled], found.owners[filled]
    lengths = characters.lengths(characters.starts, characters.ends)
    values = _strings(characters, Pieces(characters.starts[first], characters.ends[last - 1], owners))
    cited = pc.match_substring(values, "[")
    uncited = pc.replace_substring_regex(values.filter(cited), CITATION, "")
    longest = np.maximum.reduceat(lengths, first) if len(first) else first
    return _Lines(pc.replace_with_mask(values, cited, uncited), owners, last - first, longest)


def _strings(characters: Texts, parts: Pieces) -> pa.Array:
    offsets = np.column_stack([parts.starts, parts.ends]).ravel()
    if not len(offsets):
        return pa.array([], pa.large_string())
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(characters.data)]
    alternating = pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
    return alternating.take(pa.array(np.arange(0, len(offsets), 2)))


def _fates(lines: _Lines) -> dict[str, NDArray[np.bool_]]:
    """Return which lines leave for which reason, the first that holds, and which of the others decide or stay."""
    ended = _has(lines, ENDS) & ~np.asarray(pc.ends_with(lines.values, ELLIPSIS), bool)
    left = np.ones(len(lines.owners), np.bool_)
    fates: dict[str, NDArray[np.bool_]] = {}
    for name, leaves in (
        ("c4_long_word_lines", lines.longest > LONGEST_WORD_CHARS),
        ("c4_unpunctuated_lines", ~ended),
        ("c4_few_word_lines", lines.words < FEWEST_WORDS),
        ("c4_javascript_lines", _has(lines, "(?i)javascript")),
        ("c4_policy_lines", _has(lines, f"(?i){POLICY}")),
    ):
        fates[name] = left & leaves
        left = left & ~leaves
    worded = left | fates["c4_javascript_lines"] | fates["c4_policy_lines"]
    fates["c4_lorem_ipsum_lines"] = worded & _has(lines, "(?i)lorem ipsum")
    fates["c4_curly_bracket_lines"] = (left | fates["c4_policy_lines"]) & _has(lines, r"\{")
    return {**fates, "c4_lines_kept": left}


def _has(lines: _Lines, pattern: str) -> NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(lines.values, pattern), bool)


def _sentences(lines: pa.Array) -> NDArray[Any]:
    """Return how many sentences each line has: one, and one more at every word behind a mark that ends one."""
    if not len(lines):
        return np.zeros(0, np.int64)
    found = words.read(texts.read(lines), {})
    ends = np.asarray(pc.is_in(found.distinct, pa.array(sorted(sentence_marks()), found.distinct.type)), bool)
    begins = ~ends & ~np.asarray(pc.match_substring_regex(found.distinct, r"^\p{P}+$"), bool)
    marks = np.concatenate([[0], np.cumsum(ends[found.ids])])
    places = np.flatnonzero(begins[found.ids])
    owners = np.searchsorted(found.bounds, places, "right") - 1
    previous = np.concatenate([[0], places[:-1]])
    previous = np.maximum(previous, found.bounds[owners])
    return 1 + np.bincount(owners[marks[places] > marks[previous]], minlength=len(lines))
