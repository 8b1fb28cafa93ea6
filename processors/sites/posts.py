"""What people wrote to each other on a page: the posts, their text as Markdown, and the dialogue in them."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from lxml.html import HtmlElement

from corpus.turns import Turn, in_order
from processors.extracted import Message
from processors.html.formulas import set_formulas_aside
from processors.html.inline import mark_inline
from processors.html.tokens import put_back
from processors.html.tree import copy_of
from processors.html.writer import markdown_of
from processors.sites.selecting import every, remove, words_of

MIN_ANSWER_CHARS = 40  # as for threads: "This." and "Same here" answer nothing

# What boards put into a post that its author did not write, and who is quoted: a name is no text.
_APPARATUS = (
    "script, style, noscript, template, form, button, svg, iframe, img, .signature, .message-signature,"
    " .post-signature, .postsignature, .sig, .bbCodeBlock-title, .bbCodeBlock-expandLink, .attribution,"
    " blockquote > cite, blockquote > div > cite, .quote > .title, .quote_header, .quoteheader, .bbcode_postedby,"
    " .attachbox, .attachment, .js-selectToQuoteEnd, .message-lastEdit, .editedby, .notice, .pstatus, .post-menu,"
    " .comments, .meta, .onebox > header, .post-taglist, .js-comments-container, .codeheader,"
    " .blockcode > em, p.code > a, .codebox > p, .jammer, .aimg_tip, .s-sidebarwidget, .s-notice,"
    " .ipsQuote_citation"
)
_QUOTES = "div.quote, div.quotebox, aside.quote, .bbcode_quote, .bbcode_container .quote_container"


class Post(NamedTuple):
    """One post: ``text`` is Markdown, ``author`` the name as written; what the page does not say is None."""

    text: str
    author: str | None = None
    created_at: datetime | None = None
    score: int | None = None
    is_accepted: bool = False


def post_markdown(element: HtmlElement | None) -> str:
    """Return the Markdown of the body of a post, without signatures and the names of those it quotes."""
    if element is None:
        return ""
    body = copy_of(element)
    kept = set_formulas_aside(body)  # before the scripts go, which hold some
    remove(body, _APPARATUS)
    for quote in every(body, _QUOTES):
        if quote is not body and next(quote.iter("blockquote"), None) is None:
            quote.tag = "blockquote"
    for code in every(body, "div.codebox code, div.bbcode_code, div.blockcode > div, .bbCodeBlock--code code"):
        if next(code.iterancestors("pre"), None) is None and next(code.iter("pre"), None) is None:
            code.tag = "pre"
    mark_inline(body)
    return put_back(markdown_of(body), kept)


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
    goes on while the two alternate and ends where anybody else speaks, and with an answer. Without names there is only
    the first answer.
    """
    opening = posts[0]
    at = next((number for number, post in enumerate(posts) if number and _answers(post, opening)), None)
    if at is None or not opening.text:
        return None
    pair = {opening.author, posts[at].author}
    turns = [Turn(role="user", content=opening.text), Turn(role="assistant", content=posts[at].text)]
    for post in posts[at + 1 :] if None not in pair else ():
        if post.author not in pair:
            break
        turns.append(Turn(role="user" if post.author == opening.author else "assistant", content=post.text))
    return as_messages(turns)


def as_messages(turns: Iterable[Turn]) -> list[Message] | None:
    """Return ``turns`` in the order and alternation that chat templates take, None where nothing is left."""
    return [Message(role=turn["role"], content=turn["content"]) for turn in in_order(turns)] or None


def _answers(post: Post, opening: Post) -> bool:
    is_other = post.author is None or post.author != opening.author
    is_question = post.text.rstrip(" *_)\"'").endswith(("?", "\uff1f", "\u061f"))
    return is_other and len(post.text) >= MIN_ANSWER_CHARS and not is_question
