"""Conversations as the web and people's own exports hold them, made one: turns of system, user and assistant.

The rules: ``human``, ``prompter`` and their like are the user, ``gpt``, ``bot`` and ``model`` the assistant, a
``developer`` is the system. Tools are kept out: their calls, their results, and what a model thought before it spoke
(``<think>``). Of a part that is no text (a picture, a sound) nothing is left. Chat templates want the system first,
then user and assistant in alternation, so: what the system says anywhere stands at the front; neighbours of one role
become one turn, with a blank line between; an answer before the first question goes. A question goes that no answer
follows, or an empty one, or one not to be trained on (OpenAI's ``weight`` 0; there is no mask for a single turn). A
user's turn without any text ends the conversation before it, for what follows would answer nothing. What has no
question with an answer is no conversation.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypedDict, TypeGuard, TypeVar

from corpus.turns import Turn, in_order, whole, without_blank_ends, without_thoughts

CONVERSATION_TYPE = "application/json; profile=conversation"

ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user", "question": "user", "customer": "user", "instruction": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bing": "assistant", "bard": "assistant",
    "bot": "assistant", "model": "assistant", "chatbot": "assistant", "ai": "assistant", "claude": "assistant",
    "answer": "assistant", "response": "assistant", "agent": "assistant",
}  # fmt: skip
# The names under which records hold each thing; the first that is there and of the right type counts.
TURNS = ("messages", "conversations", "conversation", "chat_messages", "turns", "dialog", "dialogue", "items", "data")
# Strings, the user's first; MT-Bench's "turns" are questions alone, and UltraChat's "data" stands beside an "id".
ALTERNATING = ("dialog", "dialogue")
TOOLS = frozenset(("tool", "function", "function_call", "function_response", "observation", "ipython"))
SPEAKER = ("role", "from", "sender", "speaker", "author")
WORDS = ("content", "value", "text", "message", "parts")
SYSTEM = ("system", "system_prompt")
ASKED = ("instruction", "prompt", "question", "query", "problem", "input")
MATTER = ("input", "context")
ANSWERED = ("output", "response", "completion")
RESULTS = ("solution", "answer")  # often both: how it is worked out, and what comes of it; the longer is the first
KEYS = ("id", "conversation_id", "conversation_hash", "uuid", "key", "hash")
TIMES = ("create_time", "created_at", "timestamp", "created", "date")
TEXT_PARTS = frozenset(("text", "input_text", "output_text", "audio_transcription"))

MAX_DEPTH = 3  # an export's list of conversations, under one name, inside one record
# Where ChatGPT's export quotes a source: a reference between private-use characters, formerly between brackets.
QUOTED_SOURCE = re.compile("\ue200[^\ue200\ue201]*\ue201|【[^【】\n]{0,40}†[^【】\n]{0,200}】")
FIRST_SECOND = 1e8  # of a time as a number: in 1973, later than any year written alone is as seconds

T = TypeVar("T")


class Conversation(TypedDict):
    """One conversation; ``key`` is the id its record gives it, ``created_at`` is in UTC."""

    key: str | None
    title: str | None
    created_at: datetime | None
    messages: list[Turn]


def conversations_in(record: object) -> list[Conversation]:
    """Return the conversations of one parsed JSON ``record``, none where it holds nothing readable.

    Read are lists of turns (OpenAI, ShareGPT, WildChat, or bare), ChatGPT's ``mapping`` and Claude's
    ``chat_messages`` (the branch that was open), question and answer in one record (Alpaca, Dolly, OpenOrca, prompt
    and completion), and lists of any of these.
    """
    return list(_conversations(record, MAX_DEPTH))


def encode_conversation(messages: Sequence[Turn], *, title: str | None = None, text: str | None = None) -> bytes:
    """Return the canonical body of ``CONVERSATION_TYPE``: JSON with sorted keys; ``text`` is another rendering."""
    turns = [{"role": turn["role"], "content": whole(turn["content"])} for turn in messages]
    body: dict[str, object] = {"title": None if title is None else whole(title), "messages": turns}
    if text is not None:
        body["text"] = whole(text)
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _conversations(record: object, depth: int) -> Iterator[Conversation]:
    if isinstance(record, list):
        yield from _listed(record, {}, depth)
    elif isinstance(record, dict):
        if isinstance(record.get("mapping"), dict):
            yield from _conversation(record, _exported_by_chatgpt(record))
            return
        listed = list(_listed(_first(record, TURNS, list) or [], record, depth))
        yield from listed or _conversation(record, _alternating(record) or _asked_and_answered(record))


def _listed(items: list[object], record: Mapping[str, object], depth: int) -> Iterator[Conversation]:
    if any(_is_turn(item) for item in items):
        system = Turn(role="system", content=_text(_first(record, SYSTEM, str)))
        yield from _conversation(record, [system, *_turns(_open_branch(items, record))])
    elif depth:
        for item in items:
            yield from _conversations(item, depth - 1)


def _conversation(record: Mapping[str, object], turns: Iterable[Turn]) -> Iterator[Conversation]:
    if messages := in_order(turns):
        key, title = _first(record, KEYS, (str, int)), _first(record, ("title", "name"), str)
        yield Conversation(
            key=None if key is None else whole(str(key)),
            title=" ".join(_text(title).split()) or None,
            created_at=_time(_first(record, TIMES, (str, int, float))),
            messages=messages,
        )


def _alternating(record: Mapping[str, object]) -> list[Turn]:
    items = _first(record, ALTERNATING, list) or _paired(record)
    if not all(isinstance(item, str) for item in items):
        return []
    roles = ("user", "assistant") * len(items)
    return [_turn(role, _text(item)) for role, item in zip(roles, items, strict=False)]


def _paired(record: Mapping[str, object]) -> list[object]:
    items = record.get("data")
    return items if _is_list(items) and len(items) % 2 == 0 and "id" in record else []


def _is_turn(item: object) -> TypeGuard[dict[str, object]]:
    return isinstance(item, dict) and any(name in item for name in SPEAKER) and any(name in item for name in WORDS)


def _turns(items: Iterable[object]) -> Iterator[Turn]:
    for item in items:
        if not _is_turn(item):
            continue
        name = str(_first(item, SPEAKER, str)).strip().lower()
        if name in TOOLS:
            yield Turn(role="assistant", content="")
        elif role := ROLES.get(name):
            yield _turn(role, "" if role == "assistant" and item.get("weight") == 0 else _content(item))


def _turn(role: str, said: str) -> Turn:
    return Turn(role=role, content=without_thoughts(said) if role == "assistant" else said)


def _content(item: Mapping[str, object]) -> str:
    said = next((text for name in WORDS if (text := _text(item.get(name)))), "")
    pasted = item.get("attachments")  # Claude makes a file of a long text that is pasted
    files = [one.get("extracted_content") for one in pasted if isinstance(one, dict)] if _is_list(pasted) else []
    return "\n\n".join(filter(None, [said, *map(_text, files)]))


def _open_branch(items: list[object], record: Mapping[str, object]) -> list[object]:
    """Return the turns up to the open one where each names the turn before it, as after an edited question."""
    nodes = {str(item.get("uuid")): (item.get("parent_message_uuid"), item) for item in items if isinstance(item, dict)}
    if len(nodes) < len(items) or not all(isinstance(parent, str) for parent, _ in nodes.values()):
        return items
    leaf = _first(record, ("current_leaf_message_uuid",), str)
    return _path(nodes, leaf if leaf in nodes else next(reversed(nodes)))


def _path(nodes: Mapping[str, tuple[object, object]], leaf: object) -> list[object]:
    path: dict[str, object] = {}
    while isinstance(leaf, str) and leaf in nodes and leaf not in path:
        parent, path[leaf] = nodes[leaf]
        leaf = parent
    return list(path.values())[::-1]


def _exported_by_chatgpt(record: Mapping[str, object]) -> Iterator[Turn]:
    mapping = record["mapping"]
    found = mapping.items() if isinstance(mapping, dict) else ()
    nodes = {key: (node.get("parent"), node.get("message")) for key, node in found if isinstance(node, dict)}
    leaf = _first(record, ("current_node",), str)
    for message in _path(nodes, leaf if leaf in nodes else next(reversed(nodes), None)):
        author = message.get("author") if isinstance(message, dict) else None
        name = str(author.get("role")) if isinstance(author, dict) else ""
        role = "assistant" if name in TOOLS else ROLES.get(name)
        if role and isinstance(message, dict) and (role == "assistant" or _was_shown(message)):
            yield _turn(role, _said(message) if _was_shown(message) and name not in TOOLS else "")


def _said(message: Mapping[str, object]) -> str:
    content = message.get("content")
    return QUOTED_SOURCE.sub("", _text(content.get("parts"))).strip() if isinstance(content, dict) else ""


def _was_shown(message: Mapping[str, object]) -> bool:
    """Tell what was said to the other from code, tool calls, thoughts, and messages no one was shown."""
    content, metadata = message.get("content"), message.get("metadata")
    hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")
    kind = content.get("content_type", "text") if isinstance(content, dict) else None
    return str(kind) in {"text", "multimodal_text"} and message.get("recipient") in (None, "all") and not hidden


def _asked_and_answered(record: Mapping[str, object]) -> Iterator[Turn]:
    asked_by = next((name for name in ASKED if record.get(name)), None)
    answered = _answer(record)
    if asked_by is None or not answered or record.get("label") is False:  # KTO's mark of an answer to be avoided
        return
    yield Turn(role="system", content=_text(_first(record, SYSTEM, str)))
    for pair in _first(record, ("history",), list) or ():
        yield from _as_turns(pair[0], "user") if _is_list(pair) and len(pair) == 2 else ()
        yield from _as_turns(pair[1], "assistant") if _is_list(pair) and len(pair) == 2 else ()
    asked = record[asked_by]
    matter = next((_text(record.get(name)) for name in MATTER if name != asked_by and record.get(name)), "")
    if isinstance(asked, str):
        asked = "\n\n".join(filter(None, (_text(asked), matter)))
    yield from _as_turns(asked, "user")
    yield from _as_turns(answered, "assistant")


def _answer(record: Mapping[str, object]) -> object:
    results = [value for name in RESULTS if isinstance(value := record.get(name), str)]
    named = (record[name] for name in ANSWERED if record.get(name))
    return next(named, None) or max(results, key=len, default=None) or _first(record, RESULTS, list)


def _as_turns(value: object, role: str) -> Iterator[Turn]:
    """Yield the turns of ``value``, or ``value`` itself as one turn of ``role``."""
    if _is_list(value) and any(_is_turn(item) for item in value):
        yield from _turns(value)
    elif isinstance(value, str):
        yield _turn(role, _text(value))


def _text(value: object) -> str:
    """Return the text of a content that is a string, a part, or a list of both."""
    if isinstance(value, str):
        return without_blank_ends(re.sub(r"\r\n?", "\n", whole(value)))
    if isinstance(value, dict):
        kind = value.get("type", value.get("content_type"))
        said = value.get("text", value.get("content"))
        return _text(said) if isinstance(said, str) and (kind is None or str(kind) in TEXT_PARTS) else ""
    if isinstance(value, list):
        return "\n\n".join(filter(None, (_text(part) for part in value if not isinstance(part, list))))
    return ""


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _first(record: object, names: Iterable[str], kind: type[T] | tuple[type[T], ...]) -> T | None:
    values = (record.get(name) for name in names) if isinstance(record, dict) else ()
    return next((value for value in values if isinstance(value, kind) and not isinstance(value, bool)), None)


def _time(value: object) -> datetime | None:
    """Return a time given as ISO 8601 or as seconds or milliseconds since 1970; without a zone it is UTC.

    A year alone is no time.
    """
    try:
        text = str(value).strip()
        if isinstance(value, str) and (len(text) == len("20250102") or not text.replace(".", "", 1).isdigit()):
            found = datetime.fromisoformat(text)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        seconds = float(text)
        seconds = seconds / 1000 if seconds > 1e11 else seconds
        return datetime.fromtimestamp(seconds, UTC) if seconds >= FIRST_SECOND else None
    except (ValueError, OverflowError, OSError):
        return None
