"""Papers that could not be had for the moment: remembered, so that no cursor passes one for good."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from corpus.errors import SourceError
from scrapers.clients.intake import Cursor
from scrapers.clients.polite import Unanswered

IN_A_ROW = 3  # so many in vain, and it is not the paper


@dataclass(slots=True)
class Patience:
    """How often one interface of arXiv was asked in vain without an answer in between; errors name ``source``."""

    source: str
    in_vain: int = field(default=0, init=False)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let the body ask for one paper.

        Raises:
            Unanswered: this paper could not be had.
            SourceError: nor could those before it; ``is_at_end`` then.
        """
        try:
            yield
        except Unanswered as trouble:
            self.in_vain += 1
            if self.is_at_end:
                raise SourceError(
                    f"{self.source}: {self.in_vain} papers in a row could not be had ({trouble})"
                ) from trouble
            raise
        self.in_vain = 0

    @property
    def is_at_end(self) -> bool:
        """Whether one paper after the other was asked for in vain."""
        return self.in_vain >= IN_A_ROW


@dataclass(slots=True)
class Owed:
    """How often each paper was asked for in vain, those that wait longest first; ``name`` is the cursor's key."""

    name: str
    tries: dict[str, int]
    _is_told: bool = field(default=True, init=False)

    @classmethod
    def of(cls, name: str, value: Any) -> "Owed":  # noqa: ANN401 - JSON
        """Return what the stored cursor ``value`` says, nothing owed where there is none."""
        return cls(name, dict(value or ()))

    def remember(self, key: str) -> None:
        """Put a paper that could not be had at the end of the line."""
        self.tries[key] = self.tries.pop(key, 0) + 1
        self._is_told = False

    def forget(self, key: str) -> None:
        """Take a paper that was had out of the line."""
        if self.tries.pop(key, None):
            self._is_told = False

    def news(self) -> Iterator[Cursor]:
        """Yield the cursor to be stored, once after each change."""
        if not self._is_told:
            self._is_told = True
            yield Cursor(self.name, list(self.tries.items()))
