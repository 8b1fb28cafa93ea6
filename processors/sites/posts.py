"""What people wrote to each other on a page: the posts, their text as Markdown, and the dialogue in them."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import NamedTuple

from lxml.html import HtmlElement

from corpus.turns import Turn, in_order
from processors.extracted import Message
from processors.html.inline import mark_inline
from processors.html.tokens import put_back
from processors.html.writer import markdown_of
from processors.sites.content import content_of
from processors.sites.selecting import every, words_of

MIN_ANSWER_CHARS = 40  # as for threads: "This." and "Same here" answer nothing

# What is in a post of any software and is no text; what each of them adds is said where it is told.
_APPARATUS = "script, style, noscript, template, button, input, select, textarea, svg, iframe, img"
_SPOILERS = "[class*=spoil], [class*=spoil] > *"  # a reader opens them
_QUOTES = "div.quote, div.quotebox, aside.quote, .bbcode_quote, .bbcode_container .quote_container"


class Post(NamedTuple):
    """One post: ``text`` is Markdown, ``author`` the name as written; what the page does not say is None."""

    text: str
    author: str | None = None
    created_at: datetime | None = None
    score: int | None = None
    is_accepted: bool = False


def post_texts(bodies: Sequence[HtmlElement | None], apparatus: str) -> tuple[list[str], int]:
    """Return the Markdown of the body of each post and how many characters are hidden in all of them.

    ``apparatus`` selects what their software puts into a body that its author did not write, such as a signature.
    """
    found = [body for body in bodies if body is not None]
    if not found:
        return [""] * len(bodies), 0
    content = content_of(found, ", ".join(filter(None, (_APPARATUS, apparatus))), _SPOILERS)
    _mark_quotes_and_code(content.body, {part[0] for part in content.parts if len(part)})
    mark_inline(content.body)
    texts = (put_back("".join(map(markdown_of, part)), content.formulas) for part in content.parts)
    return ["" if body is None else next(texts) for body in bodies], content.hidden_chars


def _mark_quotes_and_code(body: HtmlElement, posts: AbstractSet[HtmlElement]) -> None:
    """Make quotes and code of what boards write as boxes, in place; no post as a whole is a quote."""
    for quote in every(body, _QUOTES):
        if quote not in posts and next(quote.iter("blockquote"), None) is None:
            quote.tag = "blockquote"
    for code in every(body, "div.codebox code, div.bbcode_code, div.blockcode > div, .bbCodeBlock--code code"):
        if next(code.iterancestors("pre"), None) is None and next(code.iter("pre"), None) is None:
            code.tag = "pre"


def time_of(value: str | None) -> datetime | None:
    """Return the time that an ISO 8601 attribute states; without a zone it is UTC, and anything else is None."""
    try:
        found = datetime.fromisoformat((value or "").strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number_of(text: str | None) -> int | None:
    """Return the whole number that ``text`` is, such as a score, else None."""
    found = re.fullmatch(r"\s*([+\-\u2212]?)\s*(\d{1,9})\s*", text or "")
    return None if found is None else int(found[2]) * (1 if found[1] in ("", "+") else -1)


def name_of(element: HtmlElement | None) -> str | None:
    """Return the name of a person that ``element`` shows or states in ``content``."""
    return None if element is None else ((element.get("content") or words_of(element)).strip() or None)


def dialogue(posts: Sequence[Post]) -> list[Message] | None:
    """Return the dialogue that a thread starts with: who opens it is the user, who answers first the assistant.

    An answer has ``MIN_ANSWER_CHARS`` and is no mere question; what others say before it is passed over. The dialogue
    goes on while the two alternate and ends where anybody else speaks, and with an answer. Without the names of both
    there is none, since who asks may answer himself.
    """
    opening = posts[0]
    at = next((number for number, post in enumerate(posts) if number and _answers(post, opening)), None)
    if at is None or not opening.text or opening.author is None:
        return None
    pair = {opening.author, posts[at].author}
    turns = [Turn(role="user", content=opening.text), Turn(role="assistant", content=posts[at].text)]
    for post in posts[at + 1 :]:
        if post.author not in pair:
            break
        turns.append(Turn(role="user" if post.author == opening.author else "assistant", content=post.text))
    return as_messages(turns)


def as_messages(turns: Iterable[Turn]) -> list[Message] | None:
    """Return ``turns`` in the order and alternation that chat templates take, None where nothing is left."""
    return [Message(role=turn["role"], content=turn["content"]) for turn in in_order(turns)] or None


def _answers(post: Post, opening: Post) -> bool:
    is_other = post.author is not None and post.author != opening.author
    is_question = post.text.rstrip(" *_)\"'").endswith(("?", "\uff1f", "\u061f"))
    return is_other and len(post.text) >= MIN_ANSWER_CHARS and not is_question
