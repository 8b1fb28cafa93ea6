"""The standing corpus: real prose with planted copies, junk and other languages, made from the public texts."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import CorpusError

# Beside the repository, as the tests expect it: the public sets in `data`, what makes the corpus in `bench`.
DATA = Path(os.environ.get("GRISTMILL_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
DOCUMENTS = 2_400  # what the public texts are enough for
SEED = 11
FOLDER = Path(".cache/standing")
FILES = ("truth_pairs.parquet", "docs.parquet")  # the documents last: where they are, the truth is too


class Standing(NamedTuple):
    """A corpus and its truth.

    ``documents`` has ``id``, ``text``, ``kind`` and ``lang``. ``pairs`` has ``a``, ``b`` and ``jaccard`` of every two
    documents, planted or natural, whose exact Jaccard of word 5-grams is 0.4 or above.
    """

    documents: pa.Table
    pairs: pa.Table


def standing(documents: int = DOCUMENTS, seed: int = SEED, data: Path = DATA) -> Standing:
    """Return the corpus of that size and seed, in its fixed order; the first call makes it, some 30 seconds.

    Raises:
        CorpusError: the public texts, or what makes the corpus of them, are not there.
    """
    folder = FOLDER / f"{documents}-{seed}"
    if not all((folder / name).exists() for name in FILES):
        _make(data.parent / "bench", folder, ("--docs", str(documents), "--seed", str(seed)))
    table = pq.read_table(folder / "docs.parquet", columns=["id", "text", "kind", "lang"])
    return Standing(table, pq.read_table(folder / "truth_pairs.parquet"))


def standing_texts(data: Path = DATA) -> list[str]:
    """Return the texts of the corpus of ``DOCUMENTS`` and ``SEED``; raises as ``standing`` does."""
    texts: list[str] = standing(data=data).documents["text"].to_pylist()
    return texts


def _make(makers: Path, folder: Path, size: tuple[str, ...]) -> None:
    if not (makers / "make_corpus.py").exists():
        raise CorpusError(f"the standing corpus is made by {makers}, which is not there; set GRISTMILL_SHARED_DATA")
    with tempfile.TemporaryDirectory() as work:
        english, foreign, made = (Path(work, name) for name in ("english", "foreign", "made"))
        _run(makers / "unpack_texts.py", str(english), str(foreign))
        _run(makers / "make_corpus.py", str(english), str(made), *size, "--foreign", str(foreign))
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            staged = folder / f"{name}.new"
            staged.write_bytes((made / name).read_bytes())
            staged.rename(folder / name)


def _run(script: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, str(script), *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
