"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("GRISTMILL_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public test sets with known answers; tests that need it skip where it is absent."""
    if not (SHARED / "README.md").exists():
        pytest.skip(f"the public test sets are not at {SHARED}; set GRISTMILL_SHARED_DATA to their folder")
    return SHARED


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
