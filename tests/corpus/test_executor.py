"""The pool with real processes, some of which are killed."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from corpus.errors import CorpusError
from corpus.executor import map_tables


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch):
    """The functions of ``executor_jobs.py``, found by name in the workers too."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import executor_jobs

    return executor_jobs


def tables(count: int, **columns: list[str]) -> list[pa.Table]:
    return [
        pa.table({"id": [f"web/{n}"], "n": [n]} | {name: [values[n]] for name, values in columns.items()})
        for n in range(count)
    ]


def test_order_is_kept_over_more_tables_than_workers(jobs) -> None:
    assert map_tables(jobs.total, tables(9), workers=2) == list(range(9))


def test_workers_are_other_processes_with_one_arrow_thread_and_get_only_the_slice(jobs) -> None:
    big = pa.table({"n": list(range(100_000))})
    found = map_tables(jobs.worker, [big.slice(0, 10), big.slice(10, 10)], workers=2)
    assert all(process != os.getpid() and threads == 1 and size < 1000 for process, threads, size in found)


@pytest.mark.parametrize(("count", "workers"), [(3, 1), (1, 4)])
def test_one_worker_or_one_table_runs_here(jobs, count: int, workers: int) -> None:
    assert {process for process, _, _ in map_tables(jobs.worker, tables(count), workers=workers)} == {os.getpid()}


def test_no_tables_give_no_results(jobs) -> None:
    assert map_tables(jobs.total, [], workers=2) == []


def test_a_killed_worker_costs_a_second_try_and_nothing_else(jobs, tmp_path: Path) -> None:
    markers = [str(tmp_path / "once") if n == 2 else "" for n in range(6)]
    assert map_tables(jobs.dies_once, tables(6, marker=markers), workers=2) == list(range(6))
    assert (tmp_path / "once").exists()


def test_a_table_that_kills_twice_is_named_and_its_neighbours_are_not(jobs) -> None:
    with pytest.raises(
        CorpusError, match=r"^table 8 of 9 \(1 rows, whose first document is web/7\) killed its worker twice"
    ):
        map_tables(jobs.dies_on_seven, tables(9), workers=2)


def test_an_error_of_the_function_is_raised_as_it_is(jobs) -> None:
    with pytest.raises(KeyError, match="seven"):
        map_tables(jobs.refuses_seven, tables(9), workers=2)


def test_progress_is_reported_after_each_table_even_when_a_worker_dies(jobs, tmp_path: Path) -> None:
    markers = [str(tmp_path / "once") if n == 1 else "" for n in range(5)]
    told: list[int] = []
    map_tables(jobs.dies_once, tables(5, marker=markers), workers=2, report=told.append)
    assert told == [1, 2, 3, 4, 5]
