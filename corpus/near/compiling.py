"""How kernels are compiled by numba (the extra ``fast``), and how what it has kept of them is forgotten."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function``, for every later process too where there is a folder to keep it in."""
    try:
        kept: Callable[P, R] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package nor the home folder can be written
        kept = numba.njit(nogil=True)(function)
    return kept


def forget(kernel: Any) -> None:  # noqa: ANN401 - numba has no types
    """Delete the code that numba has kept of ``kernel`` and its neighbours; import their modules anew afterwards."""
    if kernel.stats.cache_path:
        for kept in Path(kernel.stats.cache_path).glob("compiled*.nb[ci]"):
            with suppress(OSError):
                kept.unlink()
