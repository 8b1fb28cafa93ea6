"""The language of each document, how sure the models are, and the script it is written in."""

import re
from collections.abc import Sequence
from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from corpus.params import Params
from models import lid

# Of a longer text this much is looked at: its start, middle and end.
_WINDOW_CHARS = 20_000
# With fewer letters of prose left, what was set aside is all there is to tell by.
_PROSE_LETTERS = 20

# What is in no language, each with a mark without which it need not be looked for; fences as CommonMark has them.
_ASIDE: Sequence[tuple[str, re.Pattern[str]]] = (
    ("```", re.compile(r"^[ \t]*```.*?(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)),
    ("~~~", re.compile(r"^[ \t]*~~~.*?(?:^[ \t]*~~~|\Z)", re.MULTILINE | re.DOTALL)),
    ("`", re.compile(r"`[^`\n]*`")),
    ("](", re.compile(r"(?<=\])\([^()\s]*\)")),  # where a link leads
    ("://", re.compile(r"https?://\S+")),
    ("@", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]+")),
)


class Language(Params):
    """Add ``language`` (string: ISO 639-1 code, else 639-3), ``language_score`` and ``language_script`` of ``text``.

    The score (float32, 0 to 1) is the probability that the language is right; of a text in several languages, times its
    share. The script (string) is the ISO 15924 code of most of its letters. Code, addresses and mail addresses in
    Markdown do not count where there is prose. A text without letters, or in letters no model reads, has neither
    language nor script and score 0. ``ModelMissing`` where the weights cannot be had.
    """

    kind: Literal["language"] = "language"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = ("language", "language_score", "language_script")
    model: str = Field(
        default=lid.WEIGHTS,
        min_length=1,
        description="lid.176.ftz, lid.176.bin, glotlid-v3, or the path of a fastText language model",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``."""
        texts = pc.fill_null(table["text"].cast(pa.large_string()), "").to_pylist()
        answers = lid.identify((prose(text) for text in texts), self.model)
        columns = (
            pa.array([answer.language for answer in answers], pa.string()),
            pa.array([answer.score for answer in answers], pa.float32()),
            pa.array([answer.script for answer in answers], pa.string()),
        )
        made = table.drop_columns([name for name in self.writes if name in table.column_names])
        for name, column in zip(self.writes, columns, strict=True):
            made = made.append_column(name, column)
        return made


def prose(text: str) -> str:
    """Return ``text`` without code and addresses, unless they are all it has; of a long one start, middle and end."""
    if len(text) > 3 * _WINDOW_CHARS:
        middle = (len(text) - _WINDOW_CHARS) // 2
        text = "\n".join((text[:_WINDOW_CHARS], text[middle : middle + _WINDOW_CHARS], text[-_WINDOW_CHARS:]))
    left = text
    for mark, pattern in _ASIDE:
        if mark in left:
            left = pattern.sub(" ", left)
    return left if len(left) == len(text) or sum(map(str.isalpha, left)) >= _PROSE_LETTERS else text
