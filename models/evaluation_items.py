"""The items of an evaluation set, read from JSON Lines, CSV, Parquet or plain text, gzipped or not."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import RecipeError

_BATCH_ITEMS = 10_000
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

    Raises:
        RecipeError: the file is damaged or lacks a column; the message names the file and, if there is one, the line.
    """
    suffix = Path(path.name.removesuffix(".gz")).suffix
    try:
        if suffix == ".parquet":
            found: Iterable[tuple[str | None, str]] = _rows_of_parquet(path, columns, id_column)
        elif suffix == ".txt":
            found = ((None, text) for text in _plain(path, items))
        else:
            records = _json_lines(path) if suffix == ".jsonl" else _csv_rows(path)
            found = (_item(record, columns, id_column, f"{path}, line {line}") for line, record in records)
        return _packed(found)
    except (OSError, EOFError, zlib.error, pa.ArrowException, UnicodeDecodeError, csv.Error) as error:
        raise RecipeError(f"the evaluation set {path} cannot be read ({error}); fetch or export it again") from error


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
                raise RecipeError(f"{path}, line {number}, is no JSON; mend or delete that line") from error
            if not isinstance(record, dict):
                raise RecipeError(f"{path}, line {number}, is no JSON object with columns; mend or delete that line")
            yield number, record


def _csv_rows(path: Path) -> Iterator[tuple[int, Any]]:
    with _opened(path) as lines:
        rows = csv.DictReader(lines, strict=True)
        try:
            for record in rows:
                yield rows.line_num, record
        except csv.Error as error:
            raise RecipeError(f"{path}, line {rows.line_num}, is no CSV ({error}); mend that line") from error


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
        raise RecipeError(f"{where}, has no column {column!r}; those it has are {shown}")


def _pieces(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth:
        value = list(value.values())
    if isinstance(value, list | tuple) and depth:
        for one in value:
            yield from _pieces(one, depth - 1)
    elif value is not None:
        yield str(value)
