"""Functions for worker processes, which import them by name."""

import os
import signal

import pyarrow as pa


def total(table: pa.Table) -> int:
    return sum(table["n"].to_pylist())


def worker(table: pa.Table) -> tuple[int, int, int]:
    return os.getpid(), pa.cpu_count(), table.nbytes


def dies_on_seven(table: pa.Table) -> int:
    if 7 in table["n"].to_pylist():
        os.kill(os.getpid(), signal.SIGKILL)
    return total(table)


def dies_once(table: pa.Table) -> int:
    """Kill the worker unless the marker that the table names is there; leave it behind for the next try."""
    marker = table["marker"][0].as_py()
    if marker and not os.path.exists(marker):  # noqa: PTH110 - a plain path, in a worker
        with open(marker, "w"):  # noqa: PTH123 - likewise
            os.kill(os.getpid(), signal.SIGKILL)
    return total(table)


def refuses_seven(table: pa.Table) -> int:
    if 7 in table["n"].to_pylist():
        raise KeyError("seven")
    return total(table)
