"""The rules of the papers, with the papers' numbers, for ``select`` to name in one word.

Each set judges in the order of the checks that datatrove 0.10 makes, so that a document's first reason is the same.
"""

from typing import Literal

from processors.rule import Rule

RuleSet = Literal["gopher-quality", "gopher-repetition", "c4", "fineweb", "code", "conversation"]

# Rae et al. 2021, section A.1.1.
GOPHER_QUALITY = (
    Rule(column="word_count", min=50, reason="gopher-few-words"),
    Rule(column="word_count", max=100_000, reason="gopher-many-words"),
    Rule(column="gopher_mean_word_length", min=3, reason="gopher-short-words"),
    Rule(column="gopher_mean_word_length", max=10, reason="gopher-long-words"),
    Rule(column="gopher_hash_ratio", max=0.1, reason="gopher-hashes"),
    Rule(column="gopher_ellipsis_ratio", max=0.1, reason="gopher-ellipses"),
    Rule(column="gopher_bullet_lines", max=0.9, reason="gopher-bullet-lines"),
    Rule(column="gopher_ellipsis_lines", max=0.3, reason="gopher-ellipsis-lines"),
    Rule(column="gopher_alphabetic_words", min=0.8, reason="gopher-alphabetic-words"),
    Rule(column="gopher_stop_words", min=2, reason="gopher-stop-words"),
)

# Rae et al. 2021, Table A1.
GOPHER_REPETITION = (
    Rule(column="length_chars", min=1, reason="gopher-empty"),
    Rule(column="gopher_duplicate_paragraphs", max=0.30, reason="gopher-duplicate-paragraphs"),
    Rule(column="gopher_duplicate_paragraph_chars", max=0.20, reason="gopher-duplicate-paragraph-chars"),
    Rule(column="gopher_duplicate_lines", max=0.30, reason="gopher-duplicate-lines"),
    Rule(column="gopher_duplicate_line_chars", max=0.20, reason="gopher-duplicate-line-chars"),
    Rule(column="gopher_top_2gram", max=0.20, reason="gopher-top-2gram"),
    Rule(column="gopher_top_3gram", max=0.18, reason="gopher-top-3gram"),
    Rule(column="gopher_top_4gram", max=0.16, reason="gopher-top-4gram"),
    Rule(column="gopher_duplicate_5gram", max=0.15, reason="gopher-duplicate-5gram"),
    Rule(column="gopher_duplicate_6gram", max=0.14, reason="gopher-duplicate-6gram"),
    Rule(column="gopher_duplicate_7gram", max=0.13, reason="gopher-duplicate-7gram"),
    Rule(column="gopher_duplicate_8gram", max=0.12, reason="gopher-duplicate-8gram"),
    Rule(column="gopher_duplicate_9gram", max=0.11, reason="gopher-duplicate-9gram"),
    Rule(column="gopher_duplicate_10gram", max=0.10, reason="gopher-duplicate-10gram"),
)

# Raffel et al. 2019, section 2.2, on what the step "c4-lines" leaves and counts.
C4 = (
    Rule(column="c4_lorem_ipsum_lines", max=0, reason="c4-lorem-ipsum"),
    Rule(column="c4_curly_bracket_lines", max=0, reason="c4-curly-bracket"),
    Rule(column="c4_sentences", min=5, reason="c4-few-sentences"),
)

# Penedo et al. 2024, section 3.6. Two numbers are datatrove's: 0.01 for the characters of duplicate lines, where that
# section says 0.1, and the share of line feeds, which has no number there.
FINEWEB = (
    Rule(column="line_count", min=1, reason="fineweb-empty"),
    Rule(column="fineweb_punctuated_lines", min=0.12, reason="fineweb-punctuated-lines"),
    Rule(column="fineweb_short_lines", max=0.67, reason="fineweb-short-lines"),
    Rule(column="fineweb_duplicate_line_chars", max=0.01, reason="fineweb-duplicate-line-chars"),
    Rule(column="fineweb_newline_ratio", max=0.3, reason="fineweb-newlines"),
)

_CODE = ("code",)
_CONVERSATION = ("conversation",)

# Line lengths: Chen et al. 2021, section 3.1; letters and digits: RedPajama-V1 (Weber et al. 2024); letters, generated
# files, data, lines, what is seen of HTML: Lozhkov et al. 2024, section 2.1; XML: Li et al. 2023, section 3.1. Letters
# for each word are after RedPajama-V1, which counts a model's tokens; the number is ours.
CODE = (
    Rule(column="code_lines", max=100_000, kinds=_CODE, reason="code-many-lines"),
    Rule(column="code_judged_mean_line_chars", max=100, kinds=_CODE, reason="code-long-lines"),
    Rule(column="code_judged_longest_line_chars", max=1000, kinds=_CODE, reason="code-longest-line"),
    Rule(column="code_longest_line_chars", max=100_000, kinds=_CODE, reason="code-huge-line"),
    Rule(column="code_alphanumeric_ratio", min=0.25, kinds=_CODE, reason="code-alphanumeric"),
    Rule(column="code_alphabetic_ratio", min=0.25, kinds=_CODE, reason="code-alphabetic"),
    Rule(column="code_letters_per_word", min=0.5, kinds=_CODE, reason="code-letters-per-word"),
    Rule(column="code_generated_marks", max=0, kinds=_CODE, reason="code-generated"),
    Rule(column="code_longest_data_chars", max=1024, kinds=_CODE, reason="code-data-run"),
    Rule(column="code_data_ratio", max=0.5, kinds=_CODE, reason="code-data"),
    Rule(column="code_xml_declarations", max=0, kinds=_CODE, reason="code-xml"),
    Rule(column="code_visible_ratio", min=0.2, kinds=_CODE, reason="code-invisible"),
)

# The rules and their numbers are ours; a long text with a short right answer to it stays.
CONVERSATION = (
    Rule(column="conversation_turns", min=2, kinds=_CONVERSATION, reason="conversation-few-turns"),
    Rule(column="conversation_user_turns", min=1, kinds=_CONVERSATION, reason="conversation-no-user"),
    Rule(column="conversation_empty_turns", max=0, kinds=_CONVERSATION, reason="conversation-empty-turns"),
    Rule(column="conversation_alternation", min=1, kinds=_CONVERSATION, reason="conversation-roles"),
    Rule(column="conversation_final_assistant", min=1, kinds=_CONVERSATION, reason="conversation-unanswered"),
    Rule(column="conversation_repeated_ratio", max=0.3, kinds=_CONVERSATION, reason="conversation-repeated-turns"),
    Rule(column="conversation_assistant_ratio", min=0.002, kinds=_CONVERSATION, reason="conversation-little-answer"),
    Rule(column="conversation_longest_turn_chars", max=100_000, kinds=_CONVERSATION, reason="conversation-long-turn"),
)

RULE_SETS: dict[str, tuple[Rule, ...]] = {
    "gopher-quality": GOPHER_QUALITY,
    "gopher-repetition": GOPHER_REPETITION,
    "c4": C4,
    "fineweb": FINEWEB,
    "code": CODE,
    "conversation": CONVERSATION,
}
