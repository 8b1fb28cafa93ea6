"""Fixtures every test may use."""

import gc
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

SHARED = Path(os.environ.get("GRISTMILL_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
# How long an example takes is for benchmarks to say; a busy machine must not fail a test.
settings.register_profile("gristmill", deadline=None)
settings.load_profile("gristmill")
PACKED = (b"\x1f\x8b", b"PK\x03\x04")  # gzip and zip hold the time at which they were made


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a packed parameter by its place: its bytes are others in every process that runs the tests."""
    return f"{argname}-packed" if isinstance(val, bytes) and val.startswith(PACKED) else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public test sets with known answers; tests that need it skip where it is absent."""
    if not (SHARED / "README.md").exists():
        pytest.skip(f"the public test sets are not at {SHARED}; set GRISTMILL_SHARED_DATA to their folder")
    return SHARED


@pytest.fixture(scope="session")
def toxic_model(tmp_path_factory):
    """A tiny fastText classifier with the labels toxic and fine, by its path."""
    import fasttext

    folder = tmp_path_factory.mktemp("fasttext")
    lines = ["__label__toxic you rotten onion", "__label__fine the mash rests for an hour"] * 60
    (folder / "train.txt").write_text("\n".join(lines), encoding="utf-8")
    model = fasttext.train_supervised(
        str(folder / "train.txt"), dim=8, epoch=40, lr=1.0, minCount=1, bucket=1000, thread=1, seed=3, verbose=0
    )
    model.save_model(str(folder / "toxic.bin"))
    return str(folder / "toxic.bin")


@pytest.fixture
def small_files_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let temporary folders lie in memory, where the system has a place: hundreds of tiny indexes wait for no disk."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK):
        monkeypatch.setattr(tempfile, "tempdir", str(memory))


@pytest.fixture(autouse=True)
def _no_outside_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "GRISTMILL_CONTACT",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def growth() -> Callable[[Callable[[object], object], Callable[[int], object], int], float]:
    """How much more CPU time four times as much takes: some 4 in linear time, some 16 in quadratic.

    The best of several runs counts, without the garbage collector, which would walk what all other tests left.
    """

    def best_s(read: Callable[[object], object], body: object, runs: int) -> float:
        spent = []
        for _ in range(runs):
            started = time.process_time()
            read(body)
            spent.append(time.process_time() - started)
        return min(spent)

    def measured(read: Callable[[object], object], body_of: Callable[[int], object], size: int) -> float:
        gc.disable()
        try:
            return best_s(read, body_of(4 * size), 2) / max(best_s(read, body_of(size), 3), 0.02)
        finally:
            gc.enable()

    return measured
