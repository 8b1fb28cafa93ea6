"""One Reddit thread as it is stored: a flat JSON tree without what was deleted, and its row.

Whatever Reddit may ask to be deleted stands in the body alone, since bodies can be taken out of the archive and rows
that are written stay: no title, no name and no slug of the title is in a row. The body has the name of the post's
author, of which the byline is made; who comments is a number, which tells the speakers of one thread apart.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scrapers.page import Scraped

MEDIA_TYPE = "application/json; profile=reddit-thread"
SITE = "https://www.reddit.com"
# What stands in place of a text that its author deleted, or a moderator or Reddit removed.
MARK = re.compile(r"\s*\[\s*(?:deleted|removed)\b[^\]\n]{0,80}\]\s*", re.IGNORECASE)
ROBOT = re.compile(r"AutoModerator|(?:Bot|BOT|[_-]bot)[_-]?\d*$|^(?:[Bb]ot[_-])")
UNREACHABLE = "unreachable"  # a refusal that may pass: what is stored stands
YOUNG = ";young"  # at the end of the etag of a thread that may still have been growing when it was taken
Thing = Mapping[str, Any]
Thread = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Taste:
    """Which comments of a thread are stored: those of a score (votes up less votes down), and how many at most."""

    min_comment_score: int
    max_comments: int


def name_of(thing: Thing) -> str | None:
    """Return the author's name, None where the account is deleted."""
    author = thing.get("author")
    return author if isinstance(author, str) and author and not MARK.fullmatch(author) else None


def withdrawn(thing: Thing) -> str | None:
    """Return a sentence on why the text of ``thing`` may not be kept, None where it stands."""
    by = thing.get("removed_by_category")
    if by:
        return f"Reddit says that it was removed ({by})"
    texts = (str(thing.get(name) or "") for name in ("body", "selftext", "title"))
    if any(MARK.fullmatch(text) for text in texts):
        return "Reddit shows [deleted] or [removed] in its place"
    # A link has no text that could show a mark; only its author is gone.
    if "title" in thing and not thing.get("is_self") and not thing.get("selftext") and name_of(thing) is None:
        return "Reddit shows a link whose author is [deleted]"
    return None


def changed_at(thing: Thing) -> int:
    """Return when ``thing`` was edited (seconds since 1970), 0 where it never was; old answers say only True."""
    edited = thing.get("edited")
    return int(edited) if isinstance(edited, int | float) else 0


def original(post: Thing) -> Thing:
    """Return the submission that ``post`` repeats in another subreddit, where it is one of those."""
    parents = post.get("crosspost_parent_list")
    first = parents[0] if isinstance(parents, list) and parents else None
    return first if isinstance(first, dict) and "name" in first else post


def validator(thing: Thing) -> str:
    """Return what tells a changed thread without asking for it: its count of comments and when it was edited.

    Scores are no part of it: they never rest, and Reddit blurs them.
    """
    return f"{int(thing.get('num_comments') or 0)};{changed_at(thing)}"


def has_grown(etag: str | None, post: Thing) -> bool:
    """Return whether the revision stored with ``etag`` was taken while its thread was young, and ``post`` is newer."""
    return etag is not None and etag.endswith(YOUNG) and etag.removesuffix(YOUNG) != validator(post)


def thread_of(post: Thing, comments: Iterable[Thing], taste: Taste) -> Thread:
    """Return the thread to store. A comment without a text holds its replies together, and goes where it has none."""
    nodes: dict[str, Thread] = {}
    speakers: dict[str, str] = {}
    kept = 0
    for comment in comments:
        node = _comment(comment, name_of(post), speakers, taste)
        kept += "body" in node
        if kept > taste.max_comments:
            break
        nodes.setdefault(node["id"], node)
    own = "" if post.get("is_self") else str(post.get("url_overridden_by_dest") or post.get("url") or "")
    return {
        "id": str(post.get("name") or f"t3_{post.get('id')}"),
        "subreddit": _subreddit(post),
        "title": str(post.get("title") or ""),
        "text": str(post.get("selftext") or ""),
        "url": own or None,
        "author": name_of(post),
        "score": _whole(post.get("score")),
        "created": _whole(post.get("created_utc")),
        "edited": changed_at(post),
        "num_comments": _whole(post.get("num_comments")),
        "comments": without_bare_leaves(nodes.values()),
    }


def without_bare_leaves(comments: Iterable[Thread]) -> list[Thread]:
    """Return ``comments`` less those that have neither a text nor a reply below them that has one."""
    nodes = {comment["id"]: comment for comment in comments}
    needed: set[str] = set()
    for comment in nodes.values():
        at = comment if "body" in comment else None
        while at and at["id"] not in needed:
            needed.add(at["id"])
            at = nodes.get(at["parent"])
    return [comment for comment in nodes.values() if comment["id"] in needed]


def bare(comment: Thread) -> Thread:
    """Return what is left of a comment whose text may not be kept: its place in the tree."""
    return {"id": comment["id"], "parent": comment["parent"]}


def encoded(thread: Thread) -> bytes:
    """Return the body: JSON in UTF-8, keys sorted."""
    return json.dumps(thread, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def address(thing: Thing) -> str:
    """Return the permalink, without the words of the title, and without the name that a user's own page has."""
    place = f"r/{_subreddit(thing)}/" if _subreddit(thing) else ""
    return f"{SITE}/{place}comments/{str(thing['id']).removeprefix('t3_')}/"


def scraped(thread: Thread, permission: str, fetched_at: datetime, *, is_young: bool) -> Scraped:
    """Return ``thread`` as a document; ``is_young`` notes in its etag that its comments are asked after again."""
    return Scraped(
        key=thread["id"],
        url=address(thread),
        kind="conversation",
        fetched_at=fetched_at,
        body=encoded(thread),
        media_type=MEDIA_TYPE,
        status=200,
        created_at=datetime.fromtimestamp(thread["created"], UTC),
        updated_at=datetime.fromtimestamp(thread["edited"], UTC) if thread["edited"] > 1 else None,
        licence_evidence=f"Reddit User Agreement: texts stay their authors'; permission as stated: {permission}",
        attribution=f"{'r/' if thread['subreddit'] else 'Reddit'}{thread['subreddit']}, {address(thread)}",
        etag=validator(thread) + (YOUNG if is_young else ""),
    )


def refused(key: str, url: str, reason: str, detail: str, fetched_at: datetime) -> Scraped:
    """Return the row of a thread or subreddit that is not kept, or (``unreachable``) was not had."""
    return Scraped(
        key=key,
        url=url,
        kind="conversation",
        fetched_at=fetched_at,
        status=None if reason == UNREACHABLE else 200,
        refusal=reason,
        refusal_detail=detail,
    )


def _comment(comment: Thing, poster: str | None, speakers: dict[str, str], taste: Taste) -> Thread:
    node = {"id": str(comment.get("name")), "parent": str(comment.get("parent_id"))}
    text = comment.get("body")
    is_notice = comment.get("stickied") and comment.get("distinguished")
    if not isinstance(text, str) or withdrawn(comment) or is_notice or ROBOT.search(name_of(comment) or ""):
        return node
    if _whole(comment.get("score")) < taste.min_comment_score:
        return node
    name = name_of(comment)
    said = {
        "author": speakers.setdefault(name, f"#{len(speakers) + 1}") if name else None,
        "is_submitter": bool(comment.get("is_submitter")) or (name is not None and name == poster),
        "score": _whole(comment.get("score")),
        "created": _whole(comment.get("created_utc")),
        "edited": changed_at(comment),
        "body": text,
    }
    return node | said


def _subreddit(thing: Thing) -> str:
    """Return the subreddit's name, nothing for a user's own page, which has the user's."""
    name = str(thing.get("subreddit") or "")
    return "" if name.startswith("u_") else name


def _whole(number: object) -> int:
    return int(number) if isinstance(number, int | float) else 0
