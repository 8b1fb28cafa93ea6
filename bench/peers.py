"""The tools we are measured against, each in an environment of its own, so that their pins do not fight with ours."""

import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

from corpus.errors import CorpusError

# Exact versions: a figure beside another release's would be another figure. spaCy is what datatrove splits words by.
REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "daft": ("daft==0.7.26",),
    "datatrove": ("datatrove[io,processing]==0.10.1", "spacy==3.8.18"),
}
FOLDER = Path(".cache/peers")


def peer_python(name: str) -> Path:
    """Return the Python of the environment of ``name``; the first call installs it, some minutes and 1 GB.

    It is installed anew where ``REQUIREMENTS`` are others than those it was installed with.

    Raises:
        CorpusError: it cannot be installed; the sentence holds pip's last line.
    """
    folder = (FOLDER / name).absolute()
    python = folder / "bin" / "python"
    done, wanted = folder / "done", "\n".join(REQUIREMENTS[name])
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        _install(name, python)
        done.write_text(wanted, encoding="utf-8")
    return python


def _install(name: str, python: Path) -> None:
    sys.stderr.write(f"installing {name} into {FOLDER / name}, once\n")
    command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *REQUIREMENTS[name]]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own list
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise CorpusError(f"the peer {name} cannot be installed: {last}; check the network and run the benchmark again")
