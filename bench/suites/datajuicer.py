"""How many of Data-Juicer's own unit cases the project's steps pass, by operation.

``quality/datajuicer_cases.jsonl.gz`` holds ``{operation, params, input, expected}`` lines. Each case runs through the
step a recipe would name for it, with the case's options and thresholds; what stays or comes out must be ``expected``.
The logic is the steps' own; a case asks for nothing that they do not do, and ``why_not_covered`` says why of any other.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from bench.datajuicer_coverage import Case, Options, Texts, why_not_covered
from bench.measurement import Measurement
from corpus.schema import MESSAGES
from processors.chunks import Chunks
from processors.clean import clean
from processors.language import Language
from processors.near import Near
from processors.quality import Quality
from processors.rewrite import Addresses, LatexPreamble, LongWords, Matches, Plain, RepeatedSentences, WordsWith
from processors.safety import Safety
from processors.text_ratios import Ratios

SUITE = "datajuicer"


def score(data: Path) -> list[Measurement]:
    """Return ``passed`` over all covered cases and ``<operation> passed`` for each operation.

    Raises:
        ModelMissing: the language model, the flagged words or the vocabulary cannot be had.
    """
    outcomes: dict[str, list[bool]] = defaultdict(list)
    for case in cases(data / "quality" / "datajuicer_cases.jsonl.gz"):
        if why_not_covered(case) is None:
            outcomes[case.operation].append(_passes(case))
    everything = [passed for operation in outcomes.values() for passed in operation]
    if not everything:
        return []
    return [
        Measurement(SUITE, "passed", sum(everything) / len(everything), len(everything)),
        *(
            Measurement(SUITE, f"{operation} passed", sum(passed) / len(passed), len(passed))
            for operation, passed in sorted(outcomes.items())
        ),
    ]


def _passes(case: Case) -> bool:
    try:
        return OPERATIONS[case.operation](case.input, case.params) == case.expected
    except ValidationError:  # a step that refuses the case's options does not do what it asks
        return False


def cases(path: Path) -> Iterator[Case]:
    """Yield the cases of the file at ``path``, none where there is no file."""
    if not path.exists():
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            yield Case(line["operation"], line["params"], line["input"], line["expected"])


def _table(texts: Texts) -> pa.Table:
    return pa.table({"text": pa.array(texts, pa.large_string())})


def _within(texts: Texts, values: pa.ChunkedArray, low: float, high: float) -> Texts:
    return [text for text, value in zip(texts, values.to_pylist(), strict=True) if low <= value <= high]


def _bounds(params: Options, name: str, low: float, high: float) -> tuple[float, float]:
    return params.get(f"min_{name}", low), params.get(f"max_{name}", high)


def _alphanumeric(texts: Texts, params: Options) -> Texts:
    column = "letters_per_token" if params.get("tokenization") else "alphanumeric_ratio"
    return _within(texts, Ratios()(_table(texts))[column], *_bounds(params, "ratio", 0.25, float("inf")))


def _special(texts: Texts, params: Options) -> Texts:
    found = Ratios()(_table(texts))["special_character_ratio"]
    return _within(texts, found, *_bounds(params, "ratio", 0.0, 0.25))


def _flagged(texts: Texts, params: Options) -> Texts:
    found = Safety()(_table(texts))["flagged_word_ratio"]
    return _within(texts, found, *_bounds(params, "ratio", 0.0, 0.045))


def _language(texts: Texts, params: Options) -> Texts:
    judged = Language()(_table(texts))
    wanted = params.get("lang") or []
    wanted = [wanted] if isinstance(wanted, str) else wanted
    named = [not wanted or code in wanted for code in judged["language"].to_pylist()]
    sure = [found >= params.get("min_score", 0.8) for found in judged["language_score"].to_pylist()]
    return [text for text, right, certain in zip(texts, named, sure, strict=True) if right and certain]


def _stop_words(texts: Texts, params: Options) -> Texts:
    found = Ratios(stop_words=params.get("lang", "en"))(_table(texts))["stop_word_ratio"]
    return _within(texts, found, *_bounds(params, "ratio", 0.3, 1.0))


def _length(texts: Texts, params: Options) -> Texts:
    return _within(texts, Quality()(_table(texts))["length_chars"], *_bounds(params, "len", 10, float("inf")))


def _mean_line(texts: Texts, params: Options) -> Texts:
    return _within(texts, Ratios()(_table(texts))["mean_line_chars"], *_bounds(params, "len", 10, float("inf")))


def _longest_line(texts: Texts, params: Options) -> Texts:
    found = Ratios()(_table(texts))["longest_line_chars"]
    return _within(texts, found, *_bounds(params, "len", 10, float("inf")))


def _word_repetition(texts: Texts, params: Options) -> Texts:
    ratios = Ratios(repeated_words=params.get("rep_len", 10))
    return _within(texts, ratios(_table(texts))["word_repetition_ratio"], *_bounds(params, "ratio", 0.0, 0.5))


def _character_repetition(texts: Texts, params: Options) -> Texts:
    ratios = Ratios(repeated_characters=params.get("rep_len", 10))
    found = ratios(_table(texts))["character_repetition_ratio"]
    return _within(texts, found, *_bounds(params, "ratio", 0.0, 0.5))


def _word_count(texts: Texts, params: Options) -> Texts:
    return _within(texts, Ratios()(_table(texts))["words_any_script"], *_bounds(params, "num", 10, float("inf")))


def _exact_duplicates(texts: Texts, params: Options) -> Texts:
    near = Near(threshold=1.0, exact_ignores=("case",) if params.get("lowercase") else ())
    return _without(texts, near, {"exact", "near"} if params.get("ignore_non_character") else {"exact"})


def _without(texts: Texts, near: Near, rules: set[str]) -> Texts:
    rows = _table(texts).append_column("id", pa.array([f"case/{row:06}" for row in range(len(texts))]))
    rows = rows.append_column("revision_seen", pa.array(["2000-01-01"] * len(texts)))
    rows = rows.append_column("source_priority", pa.array([0] * len(texts), pa.int32()))
    rows = rows.append_column("kind", pa.array(["article"] * len(texts)))
    rows = rows.append_column("messages", pa.nulls(len(texts), MESSAGES))
    judged = near(rows)["duplicate_rule"].to_pylist()
    return [text for text, rule in zip(texts, judged, strict=True) if rule not in rules]


def _addresses(what: str) -> Callable[[Texts, Options], Texts]:
    def rewrite(texts: Texts, params: Options) -> Texts:
        replacement = params.get("repl", "")
        if params.get("pattern"):
            return _matches(texts, params)
        rule = Addresses.model_validate({"what": what, "replacement": replacement})
        return [rule(text) for text in texts]

    return rewrite


def _matches(texts: Texts, params: Options) -> Texts:
    patterns = params.get("pattern") or []
    patterns = [patterns] if isinstance(patterns, str) else patterns
    replacements = params.get("repl", "")
    replacements = [replacements] * len(patterns) if isinstance(replacements, str) else replacements
    for pattern, replacement in zip(patterns, replacements, strict=True):
        written = pattern[2:-1] if pattern[:2] in {"r'", 'r"'} and pattern[-1] == pattern[1] else pattern
        rule = Matches(pattern=written, replacement=replacement)
        texts = [rule(text) for text in texts]
    return texts


def _characters(texts: Texts, params: Options) -> Texts:
    characters = "".join(params.get("chars_to_remove", "◆●■►▼▲▴∆▻▷❖♡□"))
    if not characters:
        return texts
    rule = Matches(pattern="[" + "".join(rf"\x{{{ord(one):X}}}" for one in characters) + "]")
    return [rule(text) for text in texts]


def _long_words(texts: Texts, params: Options) -> Texts:
    rule = LongWords(min_chars=params.get("min_len", 1), max_chars=params.get("max_len", 10**9))
    return [rule(text) for text in texts]


def _words_with(texts: Texts, params: Options) -> Texts:
    rule = WordsWith(substrings=params["substrings"]) if params.get("substrings") else WordsWith()
    return [rule(text) for text in texts]


def _repeated_sentences(texts: Texts, params: Options) -> Texts:
    rule = RepeatedSentences(
        min_chars=params.get("min_repeat_sentence_length", 2),
        ignore_case=params.get("lowercase", False),
        ignore_signs=params.get("ignore_special_character", True),
    )
    return [rule(text) for text in texts]


def _chunks(texts: Texts, params: Options) -> Texts:
    step = Chunks(
        size=params.get("max_len") or 0,
        overlap=params.get("overlap_len", 0),
        separator=params.get("split_pattern", "\n\n") or "",
        unit="tokens" if params.get("tokenizer") else "characters",
    )
    return [chunk for chunks in step(_table(texts))["chunks"].to_pylist() for chunk in chunks]


def _plain(what: str) -> Callable[[Texts, Options], Texts]:
    rule = Plain.model_validate({"what": what})
    return lambda texts, _: [rule(text) for text in texts]


def _latex_preamble(texts: Texts, params: Options) -> Texts:
    rule = LatexPreamble(headless="goes" if params.get("drop_no_head", True) else "stays")
    return [rule(text) for text in texts]


OPERATIONS: Mapping[str, Callable[[Texts, Options], Texts]] = {
    "AlphanumericFilter": _alphanumeric,
    "AverageLineLengthFilter": _mean_line,
    "CharacterRepetitionFilter": _character_repetition,
    "CleanCopyrightMapper": _plain("copyright-header"),
    "CleanEmailMapper": _addresses("emails"),
    "CleanIpMapper": _addresses("ip-addresses"),
    "CleanLinksMapper": _addresses("links"),
    "DocumentDeduplicator": _exact_duplicates,
    "DocumentMinhashDeduplicator": lambda texts, params: _without(
        texts, Near(threshold=params.get("jaccard_threshold", 0.7)), {"exact", "near"}
    ),
    "DocumentSimhashDeduplicator": lambda texts, _: _without(texts, Near(), {"exact", "near"}),
    "FixUnicodeMapper": lambda texts, _: [clean(text).text for text in texts],
    "FlaggedWordFilter": _flagged,
    "LanguageIDScoreFilter": _language,
    "MaximumLineLengthFilter": _longest_line,
    "PunctuationNormalizationMapper": _plain("ascii-punctuation"),
    "RemoveBibliographyMapper": _plain("latex-bibliography"),
    "RemoveCommentsMapper": _plain("latex-comments"),
    "RemoveHeaderMapper": _latex_preamble,
    "RemoveLongWordsMapper": _long_words,
    "RemoveRepeatSentencesMapper": _repeated_sentences,
    "RemoveSpecificCharsMapper": _characters,
    "RemoveWordsWithIncorrectSubstringsMapper": _words_with,
    "ReplaceContentMapper": _matches,
    "SentenceSplitMapper": _plain("sentence-lines"),
    "SpecialCharactersFilter": _special,
    "StopWordsFilter": _stop_words,
    "TextChunkMapper": _chunks,
    "TextLengthFilter": _length,
    "WhitespaceNormalizationMapper": _plain("plain-spaces"),
    "WordRepetitionFilter": _word_repetition,
    "WordsNumFilter": _word_count,
}
