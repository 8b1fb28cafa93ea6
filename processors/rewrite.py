"""Rules that rewrite texts: what a recipe wants gone or replaced, in the recipe's order."""

from typing import Annotated, ClassVar, Literal

import pyarrow as pa
from pydantic import Field, field_validator

from corpus.params import Params
from processors import rewriting
from processors.redaction import COLUMNS, redact_columns


class Matches(Params):
    """Replace every match of a pattern."""

    what: Literal["matches"] = "matches"
    pattern: str = Field(
        min_length=1, description=r"RE2 pattern, so no look-around; it may span lines: . matches any character"
    )
    replacement: str = Field(default="", description=r"what stands there instead; \1 is the first group")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            rewriting.replaced("", pattern, "")
        except pa.ArrowInvalid as error:
            raise ValueError(f"the pattern {pattern!r} is no RE2 pattern: {error}") from error
        return pattern

    def __call__(self, text: str) -> str:
        """Return ``text`` rewritten."""
        return rewriting.replaced(text, self.pattern, self.replacement)


class Addresses(Params):
    """Replace every web link, e-mail address or IP address."""

    what: Literal["links", "emails", "ip-addresses"]
    replacement: str = Field(default="", description="what stands there instead")

    def __call__(self, text: str) -> str:
        """Return ``text`` rewritten."""
        return rewriting.replaced(text, rewriting.ADDRESSES[self.what], self.replacement.replace("\\", r"\\"))


class LongWords(Params):
    """Take out words by their length; a long word may stay when it is short without its outer signs and digits."""

    what: Literal["long-words"] = "long-words"
    min_chars: int = Field(default=1, ge=1, description="shortest word that stays")
    max_chars: int = Field(default=100, ge=1, description="longest word that stays")

    def __call__(self, text: str) -> str:
        """Return ``text`` without those words."""
        return rewriting.without_words(text, self._goes)

    def _goes(self, word: str) -> bool:
        if len(word) > self.max_chars:
            return not self.min_chars <= len(rewriting.stripped(word)) <= self.max_chars
        return len(word) < self.min_chars


class WordsWith(Params):
    """Take out the words that hold one of some strings."""

    what: Literal["words-with"] = "words-with"
    substrings: tuple[str, ...] = Field(
        default=("http", "www", ".com", "href", "//"), description="a word that holds one of them goes"
    )

    def __call__(self, text: str) -> str:
        """Return ``text`` without those words."""
        return rewriting.without_words(text, self._goes)

    def _goes(self, word: str) -> bool:
        inner = rewriting.stripped(word)
        return any(one in inner for one in self.substrings)


class RepeatedSentences(Params):
    """Take out every sentence that stood before in the same text."""

    what: Literal["repeated-sentences"] = "repeated-sentences"
    min_chars: int = Field(default=2, ge=1, description="sentences of fewer letters and digits always stay")
    ignore_case: bool = Field(default=False, description="whether capital and small letters are the same")
    ignore_signs: bool = Field(default=True, description="whether only letters, digits and white space are compared")

    def __call__(self, text: str) -> str:
        """Return ``text`` without those sentences."""
        return rewriting.without_repeats(text, self.min_chars, self._key)

    def _key(self, sentence: str) -> str:
        folded = sentence.lower() if self.ignore_case else sentence
        return rewriting.letters(folded) if self.ignore_signs else folded.strip()


class Plain(Params):
    """A rewriting without options: see the documentation of the step for each."""

    what: Literal[
        "ascii-punctuation",
        "copyright-header",
        "latex-bibliography",
        "latex-comments",
        "plain-spaces",
        "sentence-lines",
    ]

    def __call__(self, text: str) -> str:
        """Return ``text`` rewritten."""
        return rewriting.PLAIN[self.what](text)


class LatexPreamble(Params):
    """Take out what stands before the first heading of LaTeX source."""

    what: Literal["latex-preamble"] = "latex-preamble"
    headless: Literal["stays", "goes"] = Field(default="stays", description="what becomes of a text without a heading")

    def __call__(self, text: str) -> str:
        """Return ``text`` from its first heading on."""
        return rewriting.from_heading(text, text if self.headless == "stays" else "")


Rule = Annotated[
    Matches | Addresses | LongWords | WordsWith | RepeatedSentences | LatexPreamble | Plain,
    Field(discriminator="what"),
]


class Rewrite(Params):
    """Apply ``rules`` in order to text, title and messages; ``rewrite_count`` (int32) counts rules that changed a row.

    The count is that of text and title: the messages of a conversation repeat its text.
    """

    kind: Literal["rewrite"] = "rewrite"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = COLUMNS
    writes: ClassVar[tuple[str, ...]] = (*COLUMNS, "rewrite_count")
    rules: tuple[Rule, ...] = Field(default=(), description="applied in this order, each to what the one before left")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` rewritten, with ``rewrite_count``."""
        table, changed = redact_columns(table, self.rewritten)
        counts = pa.array([len(names) for names in changed], pa.int32())
        table = table.drop_columns(["rewrite_count"] if "rewrite_count" in table.column_names else [])
        return table.append_column("rewrite_count", counts)

    def rewritten(self, text: str) -> tuple[str, list[str]]:
        """Return ``text`` rewritten, and ``what`` of each rule that changed it."""
        changed: list[str] = []
        for rule in self.rules:
            before, text = text, rule(text)
            if text != before:
                changed.append(rule.what)
        return text, changed
