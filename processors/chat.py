"""From a document to a row a trainer can use: messages, their Harmony rendering, token ids and mask."""

from functools import cache
from typing import ClassVar, Literal

import pyarrow as pa
import xxhash
from pydantic import Field

from corpus.params import Params
from corpus.schema import ROW
from models import harmony, tokenizer
from models.harmony import Rendered, Turn

# Several wordings a kind, so that a model does not learn one sentence by heart; the id chooses.
_REQUESTS = {
    "article": (
        "Write an article titled “{title}”.",
        "Tell me about this: {title}",
        "Explain {title} in a full article.",
    ),
    "reference": ("What is {title}?", "Write a reference entry on {title}.", "Describe {title}."),
    "paper": (
        "Write the paper titled “{title}”.",
        "What does the paper “{title}” say?",
        "Set out the paper “{title}”.",
    ),
    "code": ("Show me {title}.", "Write the file {title}.", "Give me the content of {title}."),
    "conversation": (
        "Tell me about the discussion “{title}”.",
        "What was said about “{title}”?",
        "Set out the thread “{title}”.",
    ),
}
_UNTITLED = ("Write a text of this kind: {kind}.", "Give me an example of this kind of text: {kind}.")


class Chat(Params):
    """Make the messages of each document and render them.

    A document whose ``messages`` hold an answer keeps them. Any other gets a request made from its title (one of
    several wordings for its kind, chosen by its id) and its text as the answer. An empty text is an empty answer:
    the row stays valid and the mask still covers the answer's header and end.
    """

    kind: Literal["chat"] = "chat"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", "kind", "title", "text", "messages")
    writes: ClassVar[tuple[str, ...]] = (
        "messages",
        "text",
        "input_ids",
        "assistant_mask",
        "n_tokens",
        "tokenizer",
        "tokenizer_sha256",
        "template_sha256",
    )
    date: str = Field(
        default="2025-08-05",
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="the date the system message names; frozen, or rows would change with the day",
    )
    reasoning_effort: Literal["low", "medium", "high"] = Field(
        default="medium", description="effort the system message names"
    )
    max_tokens: int | None = Field(
        default=None,
        ge=256,
        description="cut longer rows here, without an end token; a row whose whole answer would go is left whole",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns ``writes`` in the types of ``ROW``; ``text`` becomes the rendering.

        All rows are of one tokenizer; its name says when it is not gpt-oss's.
        """
        conversations = [_messages(document) for document in table.select(self.reads).to_pylist()]
        rendered = [self._render(messages) for messages in conversations]
        return _with_columns(table, self._columns(conversations, rendered))

    def _columns(self, conversations: list[list[dict[str, str]]], rendered: list[Rendered]) -> dict[str, list[object]]:
        count, words = len(rendered), _tokenizer()
        return {
            "messages": list(conversations),
            "text": [row.text for row in rendered],
            "input_ids": [row.input_ids for row in rendered],
            "assistant_mask": [row.assistant_mask for row in rendered],
            "n_tokens": [len(row.input_ids) for row in rendered],
            "tokenizer": [words.name] * count,
            "tokenizer_sha256": [words.sha256] * count,
            "template_sha256": [harmony.template_sha256(self._options)] * count,
        }

    @property
    def _options(self) -> harmony.Options:
        return harmony.Options(date=self.date, reasoning_effort=self.reasoning_effort)

    def _render(self, messages: list[dict[str, str]]) -> Rendered:
        turns = [Turn(message["role"], message["content"] or "") for message in messages]
        whole = harmony.render(turns, self._options, _tokenizer())
        if self.max_tokens is None or not any(whole.assistant_mask[: self.max_tokens]):
            return whole
        ids = whole.input_ids[: self.max_tokens]
        return Rendered(_tokenizer().decode(ids), ids, whole.assistant_mask[: self.max_tokens])


@cache
def _tokenizer() -> tokenizer.Tokenizer:
    return tokenizer.for_rows()


def _messages(document: dict[str, object]) -> list[dict[str, str]]:
    own = document["messages"]
    if isinstance(own, list) and any(turn["role"] == "assistant" and turn["content"] for turn in own):
        return own
    answer = str(document["text"] or "")
    return [{"role": "user", "content": _request(document)}, {"role": "assistant", "content": answer}]


def _request(document: dict[str, object]) -> str:
    kind, title = str(document["kind"]), " ".join(str(document["title"] or "").split())
    wordings = _REQUESTS.get(kind, _REQUESTS["article"]) if title else _UNTITLED
    choice = xxhash.xxh3_64_intdigest(str(document["id"]).encode()) % len(wordings)
    return wordings[choice].format(kind=kind, title=title)


def _with_columns(table: pa.Table, columns: dict[str, list[object]]) -> pa.Table:
    for name, values in columns.items():
        field = pa.field(name, ROW.field(name).type)
        column = pa.array(values, field.type)
        place = table.schema.get_field_index(name)
        table = table.append_column(field, column) if place < 0 else table.set_column(place, field, column)
    return table
