"""The language of each document, how sure the models are, and the script it is written in."""

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, PrivateAttr, model_validator

from corpus.params import Params
from models import lid, lid_fasttext
from processors.lines import holds, holds_fences, parts

# Of a longer text this much is looked at: its start, middle and end.
_WINDOW_CHARS = 20_000
# With fewer letters of prose left, what was set aside is all there is to tell by.
_PROSE_LETTERS = 20

# What a line may hold that is in no language, each with a mark without which it need not be looked for.
_ASIDE: Sequence[tuple[str, re.Pattern[str]]] = (
    ("`", re.compile(r"`[^`\n]*`")),
    ("](", re.compile(r"(?<=\])\([^()\s]*\)")),  # where a link leads
    ("//", re.compile(r"https?://\S+")),
    ("@", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]+")),
)


class Language(Params):
    """Add ``language`` (string: ISO 639-1 code, else 639-3), ``language_score`` and ``language_script`` of ``text``.

    The score (float32, 0 to 1) is the probability that the language is right, in a text of several languages no more
    than its share. The script (string) is the ISO 15924 code of most of its letters. Code, addresses and mail
    addresses in Markdown do not count where there is prose. A text without letters, or in letters no model reads, has
    neither language nor script and score 0. ``ModelMissing`` where the weights cannot be had. A model by its path is
    pinned by its SHA-256, so that every night is judged by the same one.
    """

    kind: Literal["language"] = "language"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = ("language", "language_score", "language_script")
    model: str = Field(
        default=lid.WEIGHTS,
        min_length=1,
        description="lid.176.ftz, lid.176.bin, glotlid-v3, or a fastText language model's file, beside the recipe",
    )
    sha256: str = Field(
        default="", pattern=r"^([0-9a-f]{64})?$", description="the hash that a model given by its file must have"
    )
    # Where the recipe lies is no option: the same model elsewhere gives the same rows and fingerprint.
    _folder: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _is_known_or_pinned(self) -> Self:
        named = self.model in lid_fasttext.NAMES
        if named and self.sha256:
            raise ValueError(f"the model {self.model} is pinned already; leave sha256 out")
        if not named and not self.sha256:
            known = ", ".join(lid_fasttext.NAMES)
            raise ValueError(f"the model {self.model!r} is none of {known}; to give a file of your own, add its sha256")
        return self

    def beside(self, folder: Path) -> Self:
        """Return this step reading a model given by its file from ``folder``, once it was found there as pinned.

        Raises:
            ModelMissing: it is missing or another; the message names the file.
        """
        placed = self.model_copy()
        placed._folder = str(folder.resolve())  # noqa: SLF001 - its own, of the copy just made
        placed._weights()  # noqa: SLF001 - likewise
        return placed

    def _weights(self) -> str:
        return lid_fasttext.pinned(Path(self._folder, self.model), self.sha256) if self.sha256 else self.model

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``."""
        texts = pc.fill_null(table["text"].cast(pa.large_string()), "").to_pylist()
        answers = lid.identify((prose(text) for text in texts), self._weights())
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
    unfenced = "\n".join(part for part, fenced in parts(text) if not fenced) if holds_fences(text) else text
    left = _windows(unfenced)
    for mark, pattern in _ASIDE:
        if holds(left, mark):
            left = pattern.sub(" ", left)
    # Fences and addresses that are all there is count after all.
    return left if len(left) == len(text) or _has_letters(left) else _windows(text)


def _has_letters(text: str) -> bool:
    return sum(1 for _ in islice(filter(str.isalpha, text), _PROSE_LETTERS)) == _PROSE_LETTERS


def _windows(text: str) -> str:
    if len(text) <= 3 * _WINDOW_CHARS:
        return text
    middle = (len(text) - _WINDOW_CHARS) // 2
    return "\n".join((text[:_WINDOW_CHARS], text[middle : middle + _WINDOW_CHARS], text[-_WINDOW_CHARS:]))
