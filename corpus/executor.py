"""The local pool: one function over many tables in spawned processes, which survives a worker that is killed."""

import ctypes
import multiprocessing
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

import pyarrow as pa

from corpus.errors import CorpusError

PR_SET_PDEATHSIG = 1  # prctl(2)

T = TypeVar("T")
Item = tuple[int, pa.Table]  # its place, and the table


def _quiet(_done: int) -> None:
    return None


def map_tables(
    function: Callable[[pa.Table], T],
    tables: Sequence[pa.Table],
    *,
    workers: int,
    report: Callable[[int], None] = _quiet,
) -> list[T]:
    """Return ``function`` of every table, in order, computed by ``workers`` processes.

    ``function`` and its result must be picklable. One worker, or one table, runs in this process. ``report`` is told
    the number of tables done after each. An exception of ``function`` is raised here as it is. When a worker is killed,
    finished tables are kept, and each one that was under way is run again alone, so that the table that kills its
    worker is told from its neighbours.

    Raises:
        CorpusError: the same table lost its worker twice; the sentence names it.
    """
    done: dict[int, T] = {}

    def keep(place: int, result: T) -> None:
        done[place] = result
        report(len(done))

    if workers == 1 or len(tables) < 2:
        for place, table in enumerate(tables):
            keep(place, function(table))
    while missing := [(place, table) for place, table in enumerate(tables) if place not in done]:
        for place, table in _lost(function, missing, workers, keep):
            if _lost(function, [(place, table)], 1, keep):
                raise CorpusError(_blame(tables, place))
    return [done[place] for place in range(len(tables))]


def _lost(
    function: Callable[[pa.Table], T], items: list[Item], workers: int, keep: Callable[[int, T], None]
) -> list[Item]:
    """Give ``keep`` the result of every item; return those that were under way when a worker died."""
    queue = iter(items)
    running: dict[Future[T], Item] = {}
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _be_single_threaded)
    try:
        while True:
            # One item more than workers stands ready, so that no worker waits and few are suspected of a loss.
            for place, table in islice(queue, workers + 1 - len(running)):
                running[pool.submit(_call, function, _packed(table))] = (place, table)
            if not running:
                return []
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                keep(running[future][0], future.result())
                del running[future]
    except BrokenProcessPool:
        return list(running.values())
    finally:
        pool.shutdown(cancel_futures=True)


def _be_single_threaded() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a worker must not outlive a parent that is killed
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def _packed(table: pa.Table) -> pa.Buffer:
    # Pickle would send the whole buffers behind a slice; the IPC format sends the slice.
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _call(function: Callable[[pa.Table], T], packed: pa.Buffer) -> T:
    return function(pa.ipc.open_stream(packed).read_all())


def _blame(tables: Sequence[pa.Table], place: int) -> str:
    table = tables[place]
    first = f", whose first document is {table['id'][0].as_py()}" if "id" in table.column_names and len(table) else ""
    return (
        f"table {place + 1} of {len(tables)} ({table.num_rows:,} rows{first}) killed its worker twice, most likely "
        "for want of memory; give the run fewer workers or smaller tables"
    )
