"""How much each document reads like unwanted advertising: a score, no verdict."""

from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from corpus.params import Params
from models import spam_score


class Spam(Params):
    """Add ``spam_score`` (float64, 0 to 1) of ``text``: phrases and signs of unwanted advertising, by their density.

    A label: an honest shop's page reads much like an advertisement, so look before a rule drops by it. Spam in
    other languages than English scores low unless it names its goods in English. A null or blank text has about 0.03.
    """

    kind: Literal["spam"] = "spam"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = ("spam_score",)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``spam_score``."""
        texts = pc.fill_null(table["text"].cast(pa.large_string()), "").combine_chunks()
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        return others.append_column("spam_score", pa.array(spam_score.score(texts), pa.float64()))
