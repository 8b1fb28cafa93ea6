"""From what a source stored to text: one document at a time, with title, author and date."""

import logging
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from corpus.params import Params
from corpus.schema import DOCUMENT, MESSAGES
from processors.extract_markdown import first_heading
from processors.extracted import Extracted, Message
from processors.reader import read

logger = logging.getLogger(__name__)


class Extract(Params):
    """Turn ``body`` into ``text`` (and ``messages``) and fill ``title`` and ``created_at`` where they are null.

    HTML becomes Markdown with fenced code and ``$`` formulas; plain text and Markdown are decoded; documents and the
    payloads of APIs are read by the module that knows them. All are read in a process of its own, which a hostile body
    may bring down. No body, or one that nothing can read, gives an empty text; ``extract_problem`` then says what is
    wrong with it, or is ``truncated`` beside the text of as much as is read of a longer one. ``kind`` is
    ``conversation`` where there are messages. ``byline`` is the author's name as written, which the night turns into
    what is shown of it. ``extract_hidden_chars`` counts the characters left out because a page hides them from its
    readers, ``extract_notice_chars`` those of lines that a site writes on every page.
    """

    kind: Literal["extract"] = "extract"
    version: ClassVar[int] = 4
    reads: ClassVar[tuple[str, ...]] = ("body", "media_type", "url", "kind", "title", "created_at")
    writes: ClassVar[tuple[str, ...]] = (
        "text", "messages", "kind", "title", "created_at", "byline", "extract_problem", "extract_hidden_chars",
        "extract_notice_chars",
    )  # fmt: skip

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns ``writes``; ``text`` is large_string and never null.

        Raises:
            CorpusError: the process that reads does not start.
        """
        asked = zip(*(table[name] for name in ("body", "media_type", "url")), strict=True)  # one body in memory
        found = [_extract(body.as_py(), media_type.as_py() or "", url.as_py()) for body, media_type, url in asked]
        for name, values, kind in _columns(found):
            table = _with(table, name, pa.array(values, kind))
        for name in ("title", "created_at"):
            kind = DOCUMENT.field(name).type
            made = pa.array([getattr(one, name) for one in found], kind)
            table = _with(table, name, pc.coalesce(table[name].cast(kind), made))
        return _with(table, "kind", _kinds(table))


def _kinds(table: pa.Table) -> pa.Array | pa.ChunkedArray:
    """Return the kind that the source gave, or ``conversation`` where there are messages."""
    given = table["kind"] if "kind" in table.column_names else pa.nulls(table.num_rows, pa.string())
    return pc.if_else(pc.is_valid(table["messages"]), "conversation", given)


def _columns(found: list[Extracted]) -> list[tuple[str, list[Any], pa.DataType]]:
    return [
        ("text", [one.text for one in found], pa.large_string()),
        ("messages", [one.messages for one in found], MESSAGES),
        ("byline", [one.author for one in found], pa.string()),
        ("extract_problem", [one.problem for one in found], pa.string()),
        ("extract_hidden_chars", [one.hidden_chars for one in found], pa.int64()),
        ("extract_notice_chars", [one.notice_chars for one in found], pa.int64()),
    ]


def _extract(body: bytes | None, media_type: str, url: str | None) -> Extracted:
    if not body:
        return Extracted()
    answer = read(body, media_type, url)
    if answer.error:
        logger.warning("no text from %s: %s", (url or "").partition("?")[0], answer.error)
    found = _storable(answer.found)
    return found if found.title else found._replace(title=first_heading(found.text))


def _storable(found: Extracted) -> Extracted:
    """Return ``found`` as it is, or without halves of surrogate pairs, which no column can hold."""
    words = [found.text, found.title or "", found.author or "", *(turn["content"] for turn in found.messages or ())]
    try:
        "".join(words).encode()
    except UnicodeEncodeError:
        turns = [Message(role=turn["role"], content=_whole(turn["content"])) for turn in found.messages or ()] or None
        title, author = (value and _whole(value) for value in (found.title, found.author))
        return found._replace(text=_whole(found.text), title=title, author=author, messages=turns)
    return found


def _whole(text: str) -> str:
    return text.encode(errors="replace").decode()


def _with(table: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    if name not in table.column_names:
        return table.append_column(name, column)
    return table.set_column(table.column_names.index(name), name, column)
