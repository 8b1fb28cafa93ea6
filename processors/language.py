"""The language of each document, and how sure the model is."""

from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from corpus.params import Params
from models import lid

# Prose of 2,000 characters is as good as the whole document; 400 lose documents that open in another language.
SAMPLE_CHARS = 2_000


class Language(Params):
    """Add ``language`` (string: ISO 639-1 code, else 639-3) and ``language_score`` (float32, 0 to 1) of ``text``.

    The first 2,000 characters after leading white space decide. A null or blank text has no language and score 0.
    Weights: ``lid.176.ftz``; ``ModelMissing`` where it cannot be had.
    """

    kind: Literal["language"] = "language"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = ("language", "language_score")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``."""
        texts = pc.utf8_ltrim_whitespace(pc.fill_null(table["text"].cast(pa.large_string()), ""))
        samples = pc.utf8_slice_codeunits(texts, 0, SAMPLE_CHARS).to_pylist()
        spoken = [sample for sample in samples if sample]
        codes, scores = lid.predict(spoken)
        found = iter(zip(codes, scores.tolist(), strict=True))
        answers = [next(found) if sample else (None, 0.0) for sample in samples]
        languages = pa.array([code for code, _ in answers], pa.string())
        sureness = pa.array([score for _, score in answers], pa.float32())
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        return others.append_column("language", languages).append_column("language_score", sureness)
