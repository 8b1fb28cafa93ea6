"""The deletion sweep: what Reddit no longer shows goes from here, every night.

Reddit asks those who keep its data to delete what is deleted there, and who wrote it where the account is deleted.
Every stored thread and comment is asked after by fullname; what changed is rewritten from the answers, so that the
only requests are those for 100 fullnames at a time.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import praw
import pyarrow as pa

from scrapers.clients.intake import Cursor, Unchanged
from scrapers.clients.memory import Known, Memory
from scrapers.clients.reddit_thread import (
    Shown,
    Thing,
    Thread,
    bare,
    changed_at,
    has_grown,
    name_of,
    refused,
    withdrawn,
    without_bare_leaves,
)
from scrapers.clients.reddit_tree import BATCH, info
from scrapers.crawl.archive import bodies
from scrapers.page import Desk, Scraped

CURSOR = "deletion sweep"
GROUP = 10  # questions' worth of threads looked at together, so that almost every question is full
Stored = tuple[Known, Thread]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep needs: ``renew`` fetches a thread anew, ``unwanted`` says why it is not wanted, or None.

    ``rewritten`` makes a document of a thread that stood as ``Known``; ``seen`` gets the keys asked after.
    """

    reddit: praw.Reddit
    renew: Callable[[Thing], Scraped]
    rewritten: Callable[[Thread, Known], Scraped]
    unwanted: Callable[[Thing], tuple[str, str] | None]
    seen: set[str]


def swept(sweep: Sweep, desk: Desk, memory: Memory, requests: int) -> Iterator[Scraped | Unchanged | Cursor]:
    """Ask after every stored thread and its comments, those longest unasked first, within ``requests`` questions.

    A thread that is deleted or removed is refused ("deleted"), a comment loses its text, an account its pseudonym; an
    edited text replaces the old one. What Reddit does not send is asked for once more before it counts as deleted. The
    order is that of the ids, from where the last sweep ended; a night that runs again goes on where it was.
    """
    night = desk.folder.split("/")[2]
    said = memory.cursors.get(CURSOR)
    state = dict(said) if isinstance(said, Mapping) else {}
    if state.get("night") != night:
        state = {"night": night, "first": state.get("last", ""), "last": None, "requests": 0}
    keys = list(memory.keys())
    todo = _from(keys, state["first"])
    done = 0 if state["last"] is None else _place(todo, state)
    while done < len(todo) and state["requests"] < requests:
        room = min(GROUP, requests - state["requests"]) * BATCH
        group = _group(desk, memory, todo[done:], room)
        found, asked = _asked(sweep.reddit, [name for _, thread in group for name in _names(thread)])
        for known, thread in group:
            yield _judged(sweep, desk, known, thread, found)
        done += len(group)
        state |= {"last": todo[done - 1], "requests": state["requests"] + asked}
        yield Cursor(CURSOR, dict(state))


def brought_up(thread: Thread, found: Mapping[str, Thing], shown: Shown) -> Thread:
    """Return ``thread`` as Reddit shows it now: less what is deleted and who is, with edited texts."""
    post = found[thread["id"]]
    comments = [_brought_up(comment, found, shown) for comment in thread["comments"]]
    new = dict(thread) | {"comments": without_bare_leaves(comments)}
    if name_of(post) is None:
        new["author"] = None
    if changed_at(post) != thread["edited"]:
        new |= {"text": str(post.get("selftext") or ""), "edited": changed_at(post)}
    return new


def _brought_up(comment: Thread, found: Mapping[str, Thing], shown: Shown) -> Thread:
    if "body" not in comment:
        return comment
    thing = found.get(comment["id"])
    if thing is None or withdrawn(thing):
        return bare(comment)
    author = comment["author"] if name_of(thing) else None
    if changed_at(thing) == comment["edited"]:
        return comment if author == comment["author"] else comment | {"author": author}
    return comment | {"author": shown(name_of(thing)), "body": str(thing.get("body")), "edited": changed_at(thing)}


def _judged(sweep: Sweep, desk: Desk, known: Known, thread: Thread, found: Mapping[str, Thing]) -> Scraped | Unchanged:
    sweep.seen.add(known.key)
    post = found.get(known.key)
    if post is None:
        detail = "Reddit no longer has it"
        return refused(known.key, known.url, "deleted", detail, desk.now())
    reason = sweep.unwanted(post)
    if reason:
        return refused(known.key, known.url, *reason, desk.now())
    if has_grown(known.etag, post):
        return sweep.renew(post)
    new = brought_up(thread, found, desk.author)
    return Unchanged() if new == thread else sweep.rewritten(new, known)


def _group(desk: Desk, memory: Memory, keys: Sequence[str], room: int) -> list[Stored]:
    """Return the first of ``keys`` with their threads: as many as ``room`` fullnames hold, at least one."""
    group: list[Stored] = []
    for known in filter(None, map(memory.known, keys)):
        thread = _stored(desk, known)
        room -= len(_names(thread))
        if group and room < 0:
            break
        group.append((known, thread))
    return group


def _stored(desk: Desk, known: Known) -> Thread:
    place = known.place
    names = ("archive", "archive_offset", "archive_length", "payload_sha256")
    row: dict[str, list[Any]] = {name: [getattr(place, name)] for name in names}
    thread: Thread = json.loads(bodies(desk.store, pa.table(row))[0].as_py())
    return thread


def _names(thread: Thread) -> list[str]:
    return [thread["id"], *(comment["id"] for comment in thread["comments"] if "body" in comment)]


def _asked(reddit: praw.Reddit, names: list[str]) -> tuple[dict[str, Thing], int]:
    """Return what Reddit has of ``names`` and how many questions it took; what is missing is asked for twice."""
    found = info(reddit, names)
    missing = [name for name in names if name not in found]
    found |= info(reddit, missing)
    return found, -(-len(names) // BATCH) - (-len(missing) // BATCH)


def _from(keys: list[str], last: str) -> list[str]:
    start = bisect_right(keys, last)
    return keys[start:] + keys[:start]


def _place(todo: list[str], state: Mapping[str, Any]) -> int:
    """Return how many of ``todo``, which starts after the key ``first``, were done when ``last`` was."""
    first, last = state["first"], state["last"]
    return bisect_right(todo, (last <= first, last), key=lambda key: (key <= first, key))
