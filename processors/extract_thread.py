"""The stored body of a discussion thread (``profile=reddit-thread``) to Markdown, and to the dialogue in it.

The body is JSON: ``title``, ``text``, ``url`` and ``author`` (a name) of the post, and ``comments`` as a flat list of
{``id``, ``parent``, ``author``, ``is_submitter``, ``score``, ``body``}; one without a ``body`` only holds its replies
together. A comment's author is no name, but the same for whoever speaks twice in the thread; none of them is in the
text. Trees are walked without recursion, whatever they look like: what hangs from nothing hangs from the post, what is
its own ancestor hangs nowhere.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from corpus.turns import whole, without_blank_ends
from processors.extracted import Extracted, Message

MAX_QUOTES = 8  # deeper replies are quoted no deeper: Reddit's own page shows ten levels
MIN_ANSWER_SCORE = 2  # someone besides its author voted for it
MIN_ANSWER_CHARS = 40  # "This.", "Same here" and "lol" answer nothing


@dataclass(slots=True)
class Node:
    """One comment; ``role`` is who speaks in a dialogue with the poster, None where it is no part of one.

    ``worth`` is the sum of the scores of the answers from here on, along ``best``, the reply that goes on best.
    """

    text: str
    author: str | None
    score: int
    is_poster: bool
    role: str | None = None
    worth: int | None = None
    best: "Node | None" = None
    replies: list["Node"] = field(default_factory=list)


def read_thread(body: bytes, media_type: str) -> Extracted:
    """Return a thread as Markdown, each reply quoted one level deeper, and the best dialogue in it as ``messages``.

    The dialogue is one path from the post down. The post and whoever asks on is the user, whoever answers the
    assistant: the poster is always the user; who replies to the user is the assistant; who replies to an answer is the
    user if the reply ends in a question mark, and else no part of a dialogue. Somebody who replies to oneself goes on
    in the same turn. The first answer is the reply to the post with the highest score that is at least
    ``MIN_ANSWER_SCORE``, ``MIN_ANSWER_CHARS`` long and no mere question; below it the path goes where the scores of
    its answers (each at least 1) add up highest, and it ends with an answer. Without such an answer, or where the post
    is a bare link or was voted below zero, ``messages`` is None. ``media_type`` is JSON, thus Unicode whatever it says.
    """
    del media_type
    try:
        thread = json.loads(body)
    except (ValueError, RecursionError):
        return Extracted(problem="broken")
    if not isinstance(thread, dict) or not isinstance(thread.get("comments"), list):
        return Extracted(problem="broken")
    post = _post(thread)
    _plant(post, thread)
    title = _text(thread, "title")
    return Extracted(
        text=_markdown(title, _text(thread, "text"), _text(thread, "url"), post),
        title=" ".join(title.split()) or None,
        author=_text(thread, "author") or None,
        created_at=_time(thread.get("created")),
        messages=_dialogue(post, is_link=bool(thread.get("url")) and not _text(thread, "text")),
    )


def _post(thread: Mapping[str, object]) -> Node:
    said = "\n\n".join(filter(None, (_text(thread, "title"), _text(thread, "text"))))
    return Node(said, _text(thread, "author") or None, _number(thread.get("score")), is_poster=True, role="user")


def _plant(post: Node, thread: Mapping[str, object]) -> None:
    """Hang every comment under its parent, in the order they come; those of one id count once."""
    found = thread["comments"]
    comments = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    nodes: dict[str, Node] = {}
    parents: dict[str, str] = {}
    for comment in comments:
        name = str(comment.get("id"))
        if name not in nodes:
            nodes[name], parents[name] = _node(comment, post), str(comment.get("parent"))
    for name, node in nodes.items():
        nodes.get(parents[name], post).replies.append(node)


def _node(comment: Mapping[str, object], post: Node) -> Node:
    author = _text(comment, "author") or None
    is_poster = comment.get("is_submitter") is True or (author is not None and author == post.author)
    return Node(_text(comment, "body"), author, _number(comment.get("score")), is_poster)


def _walk(post: Node) -> Iterator[tuple[int, Node]]:
    """Yield every comment with its depth, 1 for a reply to the post, each before its replies."""
    open_nodes = [(1, reply) for reply in reversed(post.replies)]
    while open_nodes:
        depth, node = open_nodes.pop()
        yield depth, node
        open_nodes.extend((depth + 1, reply) for reply in reversed(node.replies))


def _markdown(title: str, text: str, url: str, post: Node) -> str:
    link = f"<{url}>" if re.fullmatch(r"https?://[^\s<>]+", url) else ""
    heading = " ".join(title.split())
    parts = [f"# {heading}" if heading else "", text, link]
    parts += [_quoted(node.text, min(depth, MAX_QUOTES)) for depth, node in _walk(post) if node.text]
    return "\n\n".join(filter(None, parts))


def _quoted(text: str, depth: int) -> str:
    mark = "> " * depth
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


def _dialogue(post: Node, *, is_link: bool) -> list[Message] | None:
    if is_link or not post.text or post.score < 0:
        return None
    for node in _judged(post):
        _choose(node)
    answers = [reply for reply in post.replies if _answers(reply)]
    if not answers:
        return None
    first = max(answers, key=lambda reply: reply.score)
    return _messages(post, first)


def _judged(post: Node) -> Sequence[Node]:
    """Give every comment its role; return those that have one, each after its replies."""
    path = [post]
    for node in path:
        for reply in node.replies:
            reply.role = _role(reply, node, is_first=node is post)
            if reply.role and reply.text:
                path.append(reply)
    return path[:0:-1]


def _role(reply: Node, node: Node, *, is_first: bool) -> str | None:
    if reply.is_poster:
        return "user"
    if reply.author is not None and reply.author == node.author:
        return node.role
    if node.role == "user":
        return None if is_first and _asks(reply.text) else "assistant"
    return "user" if _asks(reply.text) else None


def _choose(node: Node) -> None:
    """Set ``best`` and ``worth`` of ``node``; a user's turn that nobody answers has no worth."""
    going_on = [reply for reply in node.replies if reply.worth is not None and _may_follow(reply, node)]
    best = max(going_on, key=lambda reply: reply.worth or 0, default=None)
    if node.role == "assistant":
        if node.score < 1:
            return
        node.best = best if best and (best.worth or 0) > 0 else None
        node.worth = node.score + ((best.worth or 0) if node.best and best else 0)
    elif best:
        node.best, node.worth = best, best.worth


def _may_follow(reply: Node, node: Node) -> bool:
    """Return whether ``reply`` takes the turn, or is the same person going on."""
    is_known = reply.author is not None and reply.author == node.author
    return reply.role != node.role or is_known or (reply.is_poster and node.is_poster)


def _answers(reply: Node) -> bool:
    is_good = reply.score >= MIN_ANSWER_SCORE and len(reply.text) >= MIN_ANSWER_CHARS
    return reply.role == "assistant" and reply.worth is not None and is_good


def _asks(text: str) -> bool:
    return text.rstrip(" \n*_)\"'").endswith(("?", "\uff1f", "\u061f"))


def _messages(post: Node, first: Node) -> list[Message]:
    messages = [Message(role="user", content=post.text)]
    node: Node | None = first
    while node:
        role = node.role or "assistant"
        if messages[-1]["role"] == role:
            messages[-1]["content"] += f"\n\n{node.text}"
        else:
            messages.append(Message(role=role, content=node.text))
        node = node.best
    return messages


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        return ""
    return without_blank_ends(re.sub(r"\r\n?", "\n", whole(value)))


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) and value else None
    except (ValueError, OverflowError, OSError):
        return None
