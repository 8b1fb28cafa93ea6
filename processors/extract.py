"""From what a server sent to text: by media type, one document at a time, with title, author and date."""

import logging
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from corpus.charset import decode_html, decode_text
from corpus.params import Params
from corpus.schema import DOCUMENT, MESSAGES
from processors import extract_html
from processors.extracted import Extracted

logger = logging.getLogger(__name__)

HTML_TYPES = ("text/html", "application/xhtml+xml")
TEXT_TYPES = ("text/plain", "text/markdown", "text/x-markdown")


class Extract(Params):
    """Turn ``body`` into ``text`` (and ``messages``) and fill ``title`` and ``created_at`` where they are null.

    HTML becomes Markdown with fenced code and ``$`` formulas; plain text and Markdown are decoded; documents and the
    payloads of APIs are read by the module that knows them. No body, or one that nothing can read, gives an empty
    text; ``extract_problem`` then says what is wrong with it. ``byline`` is the author's name as written, which the
    night turns into what is shown of it.
    """

    kind: Literal["extract"] = "extract"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("body", "media_type", "url", "title", "created_at")
    writes: ClassVar[tuple[str, ...]] = ("text", "messages", "title", "created_at", "byline", "extract_problem")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns ``writes``; ``text`` is large_string and never null."""
        asked = zip(*(table[name].to_pylist() for name in ("body", "media_type", "url")), strict=True)
        found = [_extract(body, media_type or "", url) for body, media_type, url in asked]
        for name, values, kind in _columns(found):
            table = _with(table, name, pa.array(values, kind))
        for name in ("title", "created_at"):
            kind = DOCUMENT.field(name).type
            made = pa.array([getattr(one, name) for one in found], kind)
            table = _with(table, name, pc.coalesce(table[name].cast(kind), made))
        return table


def _columns(found: list[Extracted]) -> list[tuple[str, list[Any], pa.DataType]]:
    return [
        ("text", [one.text for one in found], pa.large_string()),
        ("messages", [one.messages for one in found], MESSAGES),
        ("byline", [one.author for one in found], pa.string()),
        ("extract_problem", [one.problem for one in found], pa.string()),
    ]


def extract_page(body: bytes, media_type: str, url: str | None) -> Extracted:
    """Return the Markdown and metadata of one HTML page; at most its first 8 MiB are parsed.

    Raises:
        Exception: whatever the parser raises on a page it cannot digest.
    """
    tree = extract_html.parse(decode_html(body[: extract_html.MAX_PARSED_BYTES], media_type))
    if tree is None:
        return Extracted()
    facts = extract_html.metadata(tree, url)
    return Extracted(extract_html.markdown(tree), *facts)


def _plain_text(body: bytes, media_type: str, _url: str | None) -> Extracted:
    return Extracted(decode_text(body, media_type))


def _payload(body: bytes, media_type: str, url: str | None) -> Extracted:
    from processors import extract_api  # noqa: PLC0415 - it reads with this module's decoders

    title, text = extract_api.text_of(body, media_type)
    if text is None and _essence(media_type) in HTML_TYPES:
        return extract_page(body, media_type, url)
    return Extracted(text or "", title or None)


def _reader(media_type: str, body: bytes) -> Callable[[bytes, str, str | None], Extracted]:
    essence = _essence(media_type)
    if not essence:
        return extract_page if body.lstrip()[:1] == b"<" else _plain_text
    if essence in HTML_TYPES and "profile=" not in media_type:  # a profile names the API that sent the page
        return extract_page
    return _plain_text if essence in TEXT_TYPES else _payload


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _extract(body: bytes | None, media_type: str, url: str | None) -> Extracted:
    if not body:
        return Extracted()
    try:
        return _reader(media_type, body)(body, media_type, url)
    except Exception as error:  # noqa: BLE001 - one page, whatever is wrong with it, must not end the night
        logger.warning("no text from %s: %s", (url or "").partition("?")[0], type(error).__name__)
        return Extracted()


def _with(table: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    if name not in table.column_names:
        return table.append_column(name, column)
    return table.set_column(table.column_names.index(name), name, column)
