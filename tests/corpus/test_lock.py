"""The lock of a dataset, held by real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import StoreError
from corpus.lock import hold

HOLDER = """
import sys
from pathlib import Path
from corpus.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path):
    """Another process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "state" / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_refresh_is_refused_at_once_and_told_who_holds_it(tmp_path: Path, other) -> None:
    with (
        pytest.raises(StoreError, match=rf"^process {other.pid} is refreshing this dataset"),
        hold(tmp_path / "state" / "lock"),
    ):
        pytest.fail("two processes held one lock")


def test_a_killed_holder_leaves_nothing_to_clean_up(tmp_path: Path, other) -> None:
    other.kill()
    other.wait()
    with hold(tmp_path / "state" / "lock"):
        assert (tmp_path / "state" / "lock").read_text() == f"{os.getpid()}\n"


def test_the_lock_is_free_again_after_an_error_in_the_block(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold(tmp_path / "lock"):
        raise ZeroDivisionError
    with hold(tmp_path / "lock"), pytest.raises(StoreError, match=str(os.getpid())), hold(tmp_path / "lock"):
        pytest.fail("one process held one lock twice")
