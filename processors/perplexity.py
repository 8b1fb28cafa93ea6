"""How surprising a text is to a language model: bits per byte and perplexity."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from corpus.errors import RecipeError
from corpus.params import Params
from models import causal, ngram

Floats = NDArray[np.float32]


class Perplexity(Params):
    """Add how surprising ``text`` is; a recipe's rules hold the band, and it should have two sides.

    Very many bits per byte mean noise, encodings, tables or another language; very few mean text that repeats itself.
    Scores of different ``perplexity_scorer`` cannot be compared.
    """

    kind: Literal["perplexity"] = "perplexity"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = ("bits_per_byte", "perplexity", "perplexity_scorer")
    scorer: Literal["ngram", "transformers"] = Field(
        default="ngram",
        description="ngram: bytes against a reference text, fast; transformers: a causal language model, slow",
    )
    model: str = Field(
        default="openai/gpt-oss-20b",
        min_length=1,
        description="folder or Hugging Face id of the language model; read by scorer transformers only",
    )
    reference: str | None = Field(
        default=None,
        description="UTF-8 file of text like what you want to keep; the packaged English by default; ngram only",
    )
    max_bytes: int = Field(default=8192, ge=16, description="score this many bytes from the start of each text")
    max_tokens: int = Field(default=512, ge=2, description="score this many tokens of them; transformers only")

    @property
    def fingerprint(self) -> str:
        """Return 16 hex digits over the class, its version, every option, and the reference text's content."""
        facts = super().fingerprint
        if self.scorer == "ngram":
            facts += hashlib.sha256(_reference(self.reference).encode()).hexdigest()
        return hashlib.sha256(facts.encode()).hexdigest()[:16]

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``bits_per_byte`` and ``perplexity`` (float32) and ``perplexity_scorer`` (string).

        ``perplexity`` is per byte for ngram (two to the power of the bits), per token for transformers. A text that
        is empty, or too short for the language model to predict any of it, has nulls.

        Raises:
            ModelMissing: scorer transformers, and the model or its libraries are not there.
            RecipeError: the reference cannot be read.
        """
        texts = [_start(text or "", self.max_bytes) for text in table["text"].to_pylist()]
        bits, perplexity, name = self._scores(texts)
        absent = np.isnan(bits)
        columns = {
            "bits_per_byte": pa.array(bits, pa.float32(), mask=absent),
            "perplexity": pa.array(perplexity, pa.float32(), mask=absent),
            "perplexity_scorer": pa.array(np.full(len(texts), name, object), pa.string(), mask=absent),
        }
        others = table.drop_columns([column for column in self.writes if column in table.column_names])
        for column, values in columns.items():
            others = others.append_column(column, values)
        return others

    def _scores(self, texts: Sequence[str]) -> tuple[Floats, Floats, str]:
        if self.scorer == "ngram":
            fitted = ngram.fit(_reference(self.reference))
            bits = fitted.bits_per_byte(texts)
            return bits, np.exp2(bits), f"ngram:{fitted.sha256[:12]}"
        model = causal.load(self.model)
        scores = model.score(texts, max_tokens=self.max_tokens)
        return scores.bits_per_byte, scores.perplexity, f"transformers:{self.model}@{model.revision[:12]}"


def _reference(path: str | None) -> str:
    file = ngram.REFERENCE if path is None else Path(path)
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"the reference {path} of the perplexity step is no readable UTF-8 text: {error}") from error


def _start(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode(errors="ignore")
