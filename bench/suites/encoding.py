"""Encodings: how often real feeds and pages are decoded right, and how often a declaration is found as browsers do.

Two formats are read from ``encoding/``: ``<name>.zip`` beside ``<name>_labels.json`` with ``{file, encoding}`` of each
file in it, and every other ``*.json`` with cases ``{html_hex, encoding}``.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bench.measurement import Measurement
from corpus.charset import FALLBACK, codecs_of, declared_encoding, decode_html, decode_text

SUITE = "encoding"
LABELS = "_labels.json"
DOCUMENTS = (".htm", ".html", ".xhtml", ".xml")


def score(data: Path) -> list[Measurement]:
    """Return one ``<set> right`` (0 to 1) for each set in ``data/encoding``.

    A document is right where its text equals that of its label's codec; a byte-order mark is no part of the text.
    """
    folder = data / "encoding"
    found = [_measured(path.stem, _documents(path)) for path in sorted(folder.glob("*.zip"))]
    cases = (path for path in sorted(folder.glob("*.json")) if not path.name.endswith(LABELS))
    found += [_measured(path.stem, _sniffed(path)) for path in cases]
    return [measurement for measurement in found if measurement.items]


def _measured(name: str, verdicts: Iterator[bool]) -> Measurement:
    right = list(verdicts)
    return Measurement(SUITE, f"{name} right", sum(right) / max(len(right), 1), len(right))


def _documents(path: Path) -> Iterator[bool]:
    labels = path.with_name(path.stem + LABELS)
    if not labels.exists():
        return
    with zipfile.ZipFile(path) as samples:
        for sample in json.loads(labels.read_text(encoding="utf-8")):
            yield _is_right(samples.read(sample["file"]), sample["file"], sample["encoding"])


def _is_right(body: bytes, file: str, encoding: str) -> bool:
    decode = decode_html if file.lower().endswith(DOCUMENTS) else decode_text
    return decode(body, "") == body.decode(encoding, "replace").removeprefix("\ufeff")


def _sniffed(path: Path) -> Iterator[bool]:
    for case in json.loads(path.read_text(encoding="utf-8")):
        if "html_hex" in case:
            found = declared_encoding(bytes.fromhex(case["html_hex"])) or FALLBACK
            yield found == codecs_of(case["encoding"])[-1]
