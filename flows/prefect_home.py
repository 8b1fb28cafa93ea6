"""Where Prefect keeps its own files on this machine; must run before Prefect is imported."""

import os
from pathlib import Path


def keep_apart() -> Path:
    """Give Prefect a folder below the working directory, so that no profile of the user is touched; return it.

    A PREFECT_HOME that is set already stays.
    """
    folder = Path(os.environ.setdefault("PREFECT_HOME", str(Path(".cache", "prefect").resolve())))
    folder.mkdir(parents=True, exist_ok=True)  # Prefect makes only the last part of the path
    return folder
