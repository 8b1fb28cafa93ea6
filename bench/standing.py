"""The standing corpus: real prose with planted copies, junk and other languages, made from the public texts."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from corpus.errors import CorpusError

# Beside the repository, as the tests expect it: the public sets in `data`, what makes the corpus in `bench`.
DATA = Path(os.environ.get("GRISTMILL_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
DOCUMENTS = 2_400  # what the public texts are enough for
SEED = 11
FOLDER = Path(".cache/standing")


def standing_texts(data: Path = DATA) -> list[str]:
    """Return the texts of the corpus, in its fixed order; the first call makes it, some 30 seconds.

    Raises:
        CorpusError: the public texts, or what makes the corpus of them, are not there.
    """
    documents = FOLDER / f"{DOCUMENTS}-{SEED}" / "docs.parquet"
    if not documents.exists():
        _make(data.parent / "bench", documents.parent)
    texts: list[str] = pq.read_table(documents, columns=["text"])["text"].to_pylist()
    return texts


def _make(makers: Path, folder: Path) -> None:
    if not (makers / "make_corpus.py").exists():
        raise CorpusError(f"the standing corpus is made by {makers}, which is not there; set GRISTMILL_SHARED_DATA")
    with tempfile.TemporaryDirectory() as work:
        english, foreign, made = (Path(work, name) for name in ("english", "foreign", "made"))
        _run(makers / "unpack_texts.py", str(english), str(foreign))
        size = ("--docs", str(DOCUMENTS), "--seed", str(SEED))
        _run(makers / "make_corpus.py", str(english), str(made), *size, "--foreign", str(foreign))
        folder.mkdir(parents=True, exist_ok=True)
        staged = folder / "docs.new"
        staged.write_bytes((made / "docs.parquet").read_bytes())
        staged.rename(folder / "docs.parquet")


def _run(script: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, str(script), *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
