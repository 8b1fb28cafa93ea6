"""The canonical body of a conversation (``corpus.conversations``) to its turns and a text a person can read."""

import json
import re
from collections.abc import Sequence

from corpus.turns import Turn, in_order, whole
from processors.extracted import Extracted, Message

ROLES = frozenset(("system", "user", "assistant"))
# What starts a block in Markdown (CommonMark 0.31, section 4) stands on its own line, below the name of the speaker.
BLOCK = re.compile(r"(?:`{3,}|~{3,}|#{1,6} |[-*+] |\d{1,9}[.)] |>|\||\$\$| {4}|\t|<)")


def read_conversation(body: bytes, media_type: str) -> Extracted:
    """Return the messages and title of a canonical ``body``, and its ``text`` or else a rendering of the messages.

    ``media_type`` (``CONVERSATION_TYPE``) is JSON, thus Unicode whatever it says. Empty turns and what answers nothing
    go (``corpus.turns.in_order``); a body of another form, or one without a question and its answer, is "broken".
    """
    del media_type
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        return Extracted(problem="broken")
    messages = _messages(record.get("messages")) if isinstance(record, dict) else None
    if not messages:
        return Extracted(problem="broken")
    title, text = record.get("title"), record.get("text")
    given = whole(text) if isinstance(text, str) and text.strip() else None
    return Extracted(
        text=given or readable(messages),
        title=whole(title) if isinstance(title, str) and title.strip() else None,
        messages=messages,
    )


def readable(messages: Sequence[Message]) -> str:
    """Return ``messages`` as Markdown, each turn under the name of its role."""
    return "\n\n".join(_turn(message) for message in messages)


def _turn(message: Message) -> str:
    gap = "\n\n" if BLOCK.match(message["content"]) else " "
    return f"**{message['role'].capitalize()}:**{gap}{message['content']}"


def _messages(value: object) -> list[Message] | None:
    """Return ``value`` as messages, None where one of them is none."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return None
    if not all(isinstance(one.get("content"), str) and _is_role(one.get("role")) for one in value):
        return None
    turns = in_order(Turn(role=one["role"], content=whole(one["content"])) for one in value)
    return [Message(role=turn["role"], content=turn["content"]) for turn in turns]


def _is_role(value: object) -> bool:
    return isinstance(value, str) and value in ROLES
