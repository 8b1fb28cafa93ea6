"""Threads of forums, told by the markup of their software or by schema.org's ``DiscussionForumPosting``."""

from collections.abc import Sequence

from lxml.html import HtmlElement

from processors.extracted import Extracted
from processors.html.tree import copy_of
from processors.sites.content import outermost
from processors.sites.forum_kinds import COMMENTS, KINDS, POSTINGS, SCHEMA, Kind
from processors.sites.paging import goes_on
from processors.sites.posts import Post, dialogue, name_of, post_texts, time_of
from processors.sites.selecting import Names, every, first, named, remove, words_of

MIN_POSTS = 2  # a thread; one post alone may be an article with a comment form, and is left to the reader of articles


def read_forum(tree: HtmlElement, names: Names) -> Extracted | None:
    """Return the posts of a thread in their order, a rule between them, or None of any other page; ``tree`` stays.

    ``messages`` are the dialogue the thread starts with (``processors.sites.posts.dialogue``); a later page of a thread
    has none, nor has a thread that opens without words. Signatures, ranks, who is quoted and other names are left out;
    author and date are those of the first post.
    """
    for kind in KINDS:
        found = outermost(named(tree, names, kind.posts))
        bodies = [first(one, kind.body) for one in found]
        # The first post stays although it is but a picture: else an answer would pass for the question.
        kept = [at for at, body in enumerate(bodies) if at == 0 or body is not None]
        if len(kept) >= MIN_POSTS:
            posts, hidden_chars = _posts([found[at] for at in kept], [bodies[at] for at in kept], kind)
            return _extracted(words_of(first(tree, kind.title)), posts, hidden_chars, is_later=goes_on(tree, found))
    return _read_schema(tree)


def _read_schema(tree: HtmlElement) -> Extracted | None:
    """Return the thread of a page with one posting and comments on it; more of them are a list of threads."""
    postings = outermost(every(tree, POSTINGS))
    if len(postings) != 1:
        return None
    replies = [one for one in every(postings[0], COMMENTS) if one is not postings[0]]
    if not replies:
        return None
    alone = copy_of(postings[0])
    remove(alone, "[itemprop=comment]")
    elements = [alone, *replies]
    posts, hidden_chars = _posts(elements, [first(one, SCHEMA.body) for one in elements], SCHEMA)
    title = words_of(first(alone, SCHEMA.title))
    return _extracted(title, posts, hidden_chars, is_later=goes_on(tree, ()))


def _posts(elements: Sequence[HtmlElement], bodies: Sequence[HtmlElement | None], kind: Kind) -> tuple[list[Post], int]:
    texts, hidden_chars = post_texts(bodies, kind.apparatus)
    return [_post(element, kind, text) for element, text in zip(elements, texts, strict=True)], hidden_chars


def _post(element: HtmlElement, kind: Kind, text: str) -> Post:
    time = first(element, ("time[itemprop=datePublished]", "[itemprop=datePublished]", "time[datetime]"))
    return Post(
        text=text,
        author=(element.get("data-author") or "").strip() or name_of(first(element, kind.author)),
        created_at=time_of(None if time is None else time.get("datetime") or time.get("content")),
    )


def _extracted(title: str, posts: Sequence[Post], hidden_chars: int, *, is_later: bool) -> Extracted | None:
    written = [post.text for post in posts if post.text]
    if not written:
        return None
    heading = f"# {title}\n\n" if title else ""
    asked = "\n\n".join(filter(None, (title, posts[0].text)))
    turns = None if is_later or not posts[0].text else dialogue([posts[0]._replace(text=asked), *posts[1:]])
    return Extracted(
        text=heading + "\n\n---\n\n".join(written),
        title=title or None,
        author=posts[0].author,
        created_at=posts[0].created_at,
        messages=turns,
        hidden_chars=hidden_chars,
    )
