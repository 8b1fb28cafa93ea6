"""How well documents become text: word recall and precision for each format, and whether PDFs open as they are.

Two shapes are read from ``documents/``: folders named by a format that hold ``FILE`` and ``FILE.expected.md``, and
folders with a ``manifest.json`` of ``{file, pages, encrypted, ...}`` about the PDFs beside it.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.measurement import Measurement
from bench.suites.extraction import compare
from processors.extract_html import extract_page
from processors.extracted import Extracted

SUITE = "documents"
MIN_WORDS = 20  # a file of fewer words says more about one word than about the reader
EXPECTED = ".expected.md"

Read = Callable[[bytes, str], Extracted]


def score(data: Path) -> list[Measurement]:
    r"""Return ``FORMAT precision`` and ``FORMAT recall`` for every format read here, and ``pdf opened right``.

    Bags of words (``\w+`` of the lower-cased text), averaged over the files of ``MIN_WORDS`` expected words or more.
    Both texts count without the targets of links and without comments, which stand for pictures and formulas.
    """
    found: list[Measurement] = []
    for name, media_type in MEDIA_TYPES.items():
        read = reader(name)
        folders = sorted(path for path in (data / SUITE).glob(f"*/{name}") if path.is_dir())
        if read and folders:
            found += _compared(name, [path for folder in folders for path in expected_files(folder)], read, media_type)
    return found + list(_opened(sorted((data / SUITE).glob("*/manifest.json"))))


MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_READERS = {"pdf": ("processors.extract_pdf", "read_pdf")} | dict.fromkeys(
    ("docx", "pptx"), ("processors.extract_office", "read_office")
)


def reader(name: str) -> Read | None:
    """Return what reads the format ``name``; None where its module is not installed."""
    if name == "html":
        return lambda body, media_type: extract_page(body, media_type, None)
    module, function = _READERS[name]
    # Each reader brings its own libraries: only the ones asked for are imported.
    read: Read | None = getattr(import_module(module), function) if find_spec(module) else None
    return read


def expected_files(folder: Path) -> list[Path]:
    """Return the documents in ``folder`` whose Markdown is known and long enough, by name."""
    known = sorted(path.with_name(path.name.removesuffix(EXPECTED)) for path in folder.glob(f"*{EXPECTED}"))
    return [path for path in known if words(_expected(path)).total() >= MIN_WORDS]


def words(text: str) -> Counter[str]:
    """Return the bag of words that a reader of the Markdown ``text`` sees."""
    return Counter(re.findall(r"\w+", _UNSEEN.sub(" ", text).lower()))


_UNSEEN = re.compile(r"<!--.*?-->|(?<=\])\([^)]*\)", re.DOTALL)


def agreement(found: str, expected: str) -> tuple[float, float]:
    """Return precision and recall of the words of two Markdown texts; nothing found has neither."""
    bags = compare(words(found), words(expected))
    return bags.both / max(1, bags.both + bags.only_found), bags.both / max(1, bags.both + bags.only_expected)


def _compared(name: str, files: list[Path], read: Read, media_type: str) -> Iterator[Measurement]:
    shares = [agreement(read(path.read_bytes(), media_type).text, _expected(path)) for path in files]
    for place, metric in enumerate(("precision", "recall")):
        if shares:
            yield Measurement(SUITE, f"{name} {metric}", sum(one[place] for one in shares) / len(shares), len(shares))


def _expected(path: Path) -> str:
    return path.with_name(path.name + EXPECTED).read_text(encoding="utf-8")


def _opened(manifests: list[Path]) -> Iterator[Measurement]:
    """Measure how many PDFs are told right: locked ones by their problem, all others without one."""
    read = reader("pdf")
    files = [(path.parent / one["file"], one) for path in manifests for one in json.loads(path.read_text("utf-8"))]
    right = [_is_right(path, known, read) for path, known in files if read and path.suffix == ".pdf"]
    if right:
        yield Measurement(SUITE, "pdf opened right", sum(right) / len(right), len(right))


def _is_right(path: Path, known: dict[str, Any], read: Read) -> bool:
    found = read(path.read_bytes(), MEDIA_TYPES["pdf"])
    if found.problem == "encrypted" or known["encrypted"]:
        return found == Extracted(problem="encrypted") and known["encrypted"] is True
    return found.problem is None
