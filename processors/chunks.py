"""Long texts cut into pieces that fit a model's window, in a column of their own: the text stays whole."""

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

import pyarrow as pa
from pydantic import Field, model_validator

from corpus.params import Params
from models import tokenizer, weights


class Chunks(Params):
    """Add ``chunks`` (list of large_string): the pieces of ``text``, in order; none for a blank text.

    A piece is cut at the last separator it holds, which is dropped, and else by length; without ``separator`` by length
    alone, with a ``size`` of 0 at every separator. Blank pieces are left out.
    """

    kind: Literal["chunks"] = "chunks"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = ("chunks",)
    size: int = Field(default=4000, ge=0, description="most units in a piece; 0: no limit")
    overlap: int = Field(default=0, ge=0, description="units that a piece cut by length shares with the next")
    unit: Literal["characters", "tokens"] = Field(
        default="characters", description="what is counted; tokens are gpt-oss's and take no separator"
    )
    separator: str = Field(default="\n\n", description="where a text is best cut; empty: by length alone")

    @model_validator(mode="after")
    def _can_cut(self) -> Self:
        if not self.size and not self.separator:
            raise ValueError("chunks need a size or a separator")
        if self.size and self.overlap >= self.size:
            raise ValueError(f"an overlap of {self.overlap} leaves nothing of a size of {self.size}")
        if self.unit == "tokens" and (not self.size or self.separator):
            raise ValueError("chunks counted in tokens need a size and no separator")
        return self

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``chunks``.

        Raises:
            ModelMissing: ``unit`` is tokens and the vocabulary cannot be had.
        """
        pieces = [self.cut(text or "") for text in table["text"].to_pylist()]
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        return others.append_column("chunks", pa.array(pieces, pa.list_(pa.large_string())))

    def cut(self, text: str) -> list[str]:
        """Return the pieces of ``text``."""
        if not self.size:
            pieces = iter(text.split(self.separator))
        elif self.unit == "tokens":
            pieces = self._by_tokens(text, self.size)
        elif not self.separator:
            pieces = (text[start : start + self.size] for start in self._starts(len(text), self.size))
        else:
            pieces = self._by_separator(text, self.size, self.separator)
        return [piece for piece in pieces if piece.strip()]

    def _starts(self, length: int, size: int) -> range:
        return range(0, length, size - self.overlap) if length > size else range(min(length, 1))

    def _by_tokens(self, text: str, size: int) -> Iterator[str]:
        words = tokenizer.gpt_oss(weights.path(tokenizer.VOCABULARY))
        ids = words.encode(text)
        for start in self._starts(len(ids), size):
            yield words.decode(ids[start : start + size])

    def _by_separator(self, text: str, size: int, separator: str) -> Iterator[str]:
        start = 0
        while len(text) - start > size:
            cut = text.rfind(separator, start, start + size)
            yield text[start : start + size] if cut < 0 else text[start:cut]
            start = start + size - self.overlap if cut < 0 else cut + len(separator)
        yield text[start:]
