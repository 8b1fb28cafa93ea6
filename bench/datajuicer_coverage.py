"""Which of Data-Juicer's unit cases the project's steps stand for, with the reason where none does.

A step that would silently leave out an option of a case does not stand for it: a pass would say nothing.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Options = Mapping[str, Any]
Texts = list[str]


class Case(NamedTuple):
    """One unit case: what goes in and must come out."""

    operation: str
    params: Options
    input: Texts
    expected: Texts


NOT_COVERED: Mapping[str, str] = {
    "PerplexityFilter": "its threshold is a perplexity under a KenLM model of Wikipedia; ours is in bits per byte",
}

_NONE: frozenset[str] = frozenset()
# Options that change no result here.
_WITHOUT_EFFECT = frozenset({"num_proc", "trust_remote_code"})
_RATIO, _LENGTH = frozenset({"min_ratio", "max_ratio"}), frozenset({"min_len", "max_len"})
_REPLACING = frozenset({"pattern", "repl"})

# The options that a step honours, whatever their value.
HONOURED: Mapping[str, frozenset[str]] = {
    "AlphanumericFilter": _RATIO | {"tokenization"},
    "AverageLineLengthFilter": _LENGTH,
    "CharacterRepetitionFilter": _RATIO | {"rep_len"},
    "CleanCopyrightMapper": _NONE,
    "CleanEmailMapper": _REPLACING,
    "CleanIpMapper": _REPLACING,
    "CleanLinksMapper": _REPLACING,
    "DocumentDeduplicator": frozenset({"lowercase", "ignore_non_character"}),
    "DocumentMinhashDeduplicator": frozenset({"jaccard_threshold"}),
    "DocumentSimhashDeduplicator": _NONE,
    "FixUnicodeMapper": _NONE,
    "FlaggedWordFilter": _RATIO,
    "LanguageIDScoreFilter": frozenset({"lang", "min_score"}),
    "MaximumLineLengthFilter": _LENGTH,
    "PunctuationNormalizationMapper": _NONE,
    "RemoveBibliographyMapper": _NONE,
    "RemoveCommentsMapper": _NONE,
    "RemoveHeaderMapper": frozenset({"drop_no_head"}),
    "RemoveLongWordsMapper": _LENGTH,
    "RemoveRepeatSentencesMapper": frozenset({"lowercase", "ignore_special_character", "min_repeat_sentence_length"}),
    "RemoveSpecificCharsMapper": frozenset({"chars_to_remove"}),
    "RemoveWordsWithIncorrectSubstringsMapper": frozenset({"substrings"}),
    "ReplaceContentMapper": _REPLACING,
    "SentenceSplitMapper": _NONE,
    "SpecialCharactersFilter": _RATIO,
    "StopWordsFilter": _RATIO | {"lang"},
    "TextChunkMapper": frozenset({"max_len", "overlap_len", "split_pattern"}),
    "TextLengthFilter": _LENGTH,
    "WhitespaceNormalizationMapper": _NONE,
    "WordRepetitionFilter": _RATIO | {"rep_len", "lang", "tokenization"},
    "WordsNumFilter": frozenset({"min_num", "max_num", "lang", "tokenization"}),
}

# The options that a step does in some way alone: near-duplicates are compared by their words in small letters, without
# punctuation, and by characters in scripts without spaces.
_ONE_WAY: Mapping[str, Mapping[str, tuple[object, ...]]] = {
    "DocumentMinhashDeduplicator": {"ignore_pattern": (r"\p{P}",), "lowercase": (True,), "tokenization": ("space",)},
    "DocumentSimhashDeduplicator": {
        "ignore_pattern": (r"\p{P}",),
        "lowercase": (True,),
        "tokenization": ("space", "character"),
    },
    "FixUnicodeMapper": {"normalization": (None, "", "NFC", "nfc")},
    "FlaggedWordFilter": {"lang": ("en",), "tokenization": (False,), "use_words_aug": (False,)},
    "RemoveCommentsMapper": {"doc_type": ("tex",), "inline": (True,), "multiline": (True,)},
    "RemoveWordsWithIncorrectSubstringsMapper": {"lang": ("en",), "tokenization": (False,)},
    "SentenceSplitMapper": {"lang": ("en",)},
    "StopWordsFilter": {"tokenization": (False,), "use_words_aug": (False,)},
    "TextChunkMapper": {"tokenizer": (None, "gpt-4o")},
}


def why_not_covered(case: Case) -> str | None:
    """Return why no step stands for ``case``, as one clause; None where one does, with all of its options."""
    if case.operation not in HONOURED:
        return NOT_COVERED.get(case.operation, f"no step does what {case.operation} does")
    honoured, one_way = HONOURED[case.operation], _ONE_WAY.get(case.operation, {})
    for name, value in case.params.items():
        if name in one_way and value not in one_way[name]:
            return f"the step does not know {name} = {value!r}"
        if name not in honoured | one_way.keys() | _WITHOUT_EFFECT:
            return f"the step has no option for {name}"
    return None
