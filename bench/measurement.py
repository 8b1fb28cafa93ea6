"""One figure that a suite measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """A ``metric`` of a ``suite``, a share between 0 and 1, over ``items`` pages, texts or checks."""

    suite: str
    metric: str
    value: float
    items: int
