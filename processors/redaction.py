"""Rewriting every column of a document that carries its words, so that nothing redacted comes back by a side door."""

from collections.abc import Callable, Sequence

import pyarrow as pa

Redact = Callable[[str], tuple[str, list[str]]]

COLUMNS = ("text", "title", "messages")


def redact_columns(table: pa.Table, redact: Redact) -> tuple[pa.Table, list[list[str]]]:
    """Return ``table`` with ``text``, ``title`` and the contents of ``messages`` rewritten, and what was found.

    ``redact`` returns the new text and one name for each place it replaced. The findings of a row are those of its
    text and title: the messages of a conversation repeat its text.
    """
    texts, in_texts = _redact_strings(table["text"], redact)
    titles, in_titles = _redact_strings(table["title"], redact)
    table = _with_column(table, "text", texts)
    table = _with_column(table, "title", titles)
    messages = [_redact_messages(turns, redact) for turns in table["messages"].to_pylist()]
    table = _with_column(table, "messages", messages)
    return table, [first + second for first, second in zip(in_texts, in_titles, strict=True)]


def _redact_strings(column: pa.ChunkedArray, redact: Redact) -> tuple[list[str | None], list[list[str]]]:
    rewritten, found = [], []
    for value in column.to_pylist():
        text, names = (None, []) if value is None else redact(value)
        rewritten.append(text)
        found.append(names)
    return rewritten, found


def _redact_messages(turns: list[dict[str, str]] | None, redact: Redact) -> list[dict[str, str]] | None:
    if turns is None:
        return None
    return [{**turn, "content": turn["content"] and redact(turn["content"])[0]} for turn in turns]


def _with_column(table: pa.Table, name: str, values: Sequence[object]) -> pa.Table:
    place = table.schema.get_field_index(name)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array(values, field.type))
