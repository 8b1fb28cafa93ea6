"""What a step is: ``Table -> Table``, same rows, same order, same ids; it adds columns or rewrites ``text``."""

from typing import ClassVar, Protocol

import pyarrow as pa


class Processor(Protocol):
    """A pure step. It never drops a row; ``select`` does.

    ``reads`` and ``writes`` declare its columns: a step that reads another column fails its contract test,
    because results are cached by what it declares.
    """

    reads: ClassVar[tuple[str, ...]]
    writes: ClassVar[tuple[str, ...]]

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns ``writes`` added or replaced."""
        ...
