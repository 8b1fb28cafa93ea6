"""The items of an evaluation set, read from JSON Lines, CSV, Parquet or plain text, gzipped or not."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import RecipeError

_BATCH_ITEMS = 10_000
_CHECKED_ITEMS = 100  # before anything is fetched; the rest is read when it is needed
_PART_CHARS = 1 << 20
_LONGEST_FIELD_CHARS = 2**31 - 1  # of a CSV; the module's own 131,072 are fewer than a chapter has
_LABELS = frozenset({"label", "labels"})  # of choices, as in ARC and TruthfulQA
_MAX_DEPTH = 8  # of lists in an item's field; choices stand one or two deep


class Items(NamedTuple):
    """The items of a set: ``ids`` (string; null where an item has none) and ``texts`` (large_string), equally many."""

    ids: pa.ChunkedArray
    texts: pa.ChunkedArray


def joined(parts: Sequence[Items]) -> Items:
    """Return the items of all ``parts``, in order; an item without an id gets its number, from 0."""
    texts = pa.chunked_array([chunk for part in parts for chunk in part.texts.chunks], pa.large_string())
    ids = [chunk for part in parts for chunk in part.ids.chunks]
    numbers = pa.array(range(len(texts)), pa.int64()).cast(pa.string())
    told = pa.chunked_array(ids, pa.string()).combine_chunks()
    return Items(pa.chunked_array([told.fill_null(numbers) if told.null_count else told]), texts)


def read_items(path: Path, columns: Sequence[str], id_column: str, items: Literal["paragraphs", "lines"]) -> Items:
    """Return the items of the file at ``path``, told by its suffix; null fields are left out, lists joined by lines.

    What labels choices (``label`` or ``labels`` beside their texts) is left out too.

    Raises:
        RecipeError: the file is damaged or lacks a column; the message names the file and, if there is one, the line.
    """
    with _readable(path):
        return _packed(_found(path, columns, id_column, items))


def check_items(path: Path, columns: Sequence[str], id_column: str, items: Literal["paragraphs", "lines"]) -> bool:
    """Return whether an item is in the file at ``path``, once so much was read as shows its format and columns.

    Raises:
        RecipeError: it has another format, or lacks a column; the message is that of ``read_items``.
    """
    with _readable(path):
        if not _is_parquet(path):
            _decode(path)
        found = _found(path, columns, id_column, items)
        first = list(islice(found, _CHECKED_ITEMS))
        return any(text.strip() for _, text in chain(first, found))


def _found(
    path: Path, columns: Sequence[str], id_column: str, items: Literal["paragraphs", "lines"]
) -> Iterator[tuple[str | None, str]]:
    suffix = Path(path.name.removesuffix(".gz")).suffix
    if _is_parquet(path):
        return _rows_of_parquet(path, columns, id_column)
    if suffix == ".txt":
        return ((None, text) for text in _plain(path, items))
    records = _json_lines(path) if suffix == ".jsonl" else _csv_rows(path)
    return (_item(record, columns, id_column, f"{path}, line {line}") for line, record in records)


def _is_parquet(path: Path) -> bool:
    return path.suffix == ".parquet"


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Tell what reading ``path`` may raise in one sentence."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise RecipeError(f"the evaluation set {path} cannot be read, it is not in UTF-8; save it as UTF-8") from error
    except (OSError, EOFError, zlib.error, pa.ArrowException, csv.Error) as error:
        raise RecipeError(f"the evaluation set {path} cannot be read ({error}); fetch or export it again") from error


def _decode(path: Path) -> None:
    with _opened(path) as text:
        while text.read(_PART_CHARS):
            pass


def _packed(found: Iterable[tuple[str | None, str]]) -> Items:
    ids, texts = [pa.array([], pa.string())], [pa.array([], pa.large_string())]
    mine: list[tuple[str | None, str]] = []
    for one in found:
        mine.append(one)
        if len(mine) == _BATCH_ITEMS:
            _pack(mine, ids, texts)
    _pack(mine, ids, texts)
    return Items(pa.chunked_array(ids, pa.string()), pa.chunked_array(texts, pa.large_string()))


def _pack(mine: list[tuple[str | None, str]], ids: list[pa.Array], texts: list[pa.Array]) -> None:
    ids.append(pa.array([name for name, _ in mine], pa.string()))
    texts.append(pa.array([_encodable(text) for _, text in mine], pa.large_string()))
    mine.clear()


def _encodable(text: str) -> str:
    # JSON can write half of a surrogate pair, which no text can hold.
    return text.encode("utf-8", "replace").decode("utf-8")


def _opened(path: Path) -> io.TextIOBase:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    with _opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise _no_json_line(path, number, line) from error
            if not isinstance(record, dict):
                raise _no_json_line(path, number, line)
            yield number, record


def _no_json_line(path: Path, number: int, line: str) -> RecipeError:
    if line.lstrip().startswith("["):
        return RecipeError(
            f"{path}, line {number}, begins a JSON array; write one object a line, as `jq -c '.[]'` does"
        )
    return RecipeError(f"{path}, line {number}, is no JSON object with columns; write one object a line")


def _csv_rows(path: Path) -> Iterator[tuple[int, Any]]:
    usual = csv.field_size_limit(_LONGEST_FIELD_CHARS)
    try:
        with _opened(path) as lines:
            rows = csv.DictReader(lines, strict=True)
            try:
                for record in rows:
                    yield rows.line_num, record
            except csv.Error as error:
                raise RecipeError(f"{path}, line {rows.line_num}, is no CSV ({error}); mend that line") from error
    finally:
        csv.field_size_limit(usual)


def _rows_of_parquet(path: Path, columns: Sequence[str], id_column: str) -> Iterator[tuple[str | None, str]]:
    wanted = [*columns, *([id_column] if id_column else [])]
    with pq.ParquetFile(path) as file:
        for column in wanted:
            _known(column, file.schema_arrow.names, str(path))
        for batch in file.iter_batches(_BATCH_ITEMS, columns=wanted):
            for record in batch.to_pylist():
                yield _item(record, columns, id_column, str(path))


def _plain(path: Path, items: Literal["paragraphs", "lines"]) -> Iterator[str]:
    with _opened(path) as lines:
        if items == "lines":
            yield from (line.strip() for line in lines if line.strip())
            return
        paragraph: list[str] = []
        for line in lines:
            if line.strip():
                paragraph.append(line)
            elif paragraph:
                yield "".join(paragraph).strip()
                paragraph = []
        if paragraph:
            yield "".join(paragraph).strip()


def _item(record: dict[str, Any], columns: Sequence[str], id_column: str, where: str) -> tuple[str | None, str]:
    for column in (*columns, *([id_column] if id_column else [])):
        _known(column, list(record), where)
    name = record[id_column] if id_column else None
    pieces = [piece for column in columns for piece in _pieces(record[column], _MAX_DEPTH)]
    return (None if name is None else _encodable(str(name))), "\n".join(pieces)


def _known(column: str, names: Sequence[str | None], where: str) -> None:
    if column not in names:
        shown = ", ".join(str(name) for name in names[:20])
        hint = " (a CSV separates them by commas)" if len(names) == 1 and any(mark in shown for mark in ";\t|") else ""
        raise RecipeError(f"{where}, has no column {column!r}; those it has are {shown}{hint}")


def _pieces(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth:
        value = [piece for name, piece in value.items() if name not in _LABELS] or list(value.values())
    if isinstance(value, list | tuple) and depth:
        for one in value:
            yield from _pieces(one, depth - 1)
    elif value is not None:
        yield str(value)
