"""What is asked of Reddit by ``praw``: listings, things by fullname, and the whole tree of a thread.

A fullname is ``t1_`` and an id for a comment, ``t3_`` for a submission (https://www.reddit.com/dev/api/#fullnames).
Things are plain mappings here: ``praw``'s objects ask again, unseen, for every field that an answer lacks, and its tree
gives up on a comment that comes twice.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import praw
from praw.endpoints import API_PATH
from praw.exceptions import PRAWException
from praw.models import Submission
from prawcore.exceptions import Forbidden, NotFound, Redirect, UnavailableForLegalReasons

BATCH = 100  # fullnames in one question to /api/info
GONE = (NotFound, Redirect, Forbidden, UnavailableForLegalReasons)
FULLNAME = re.compile(r"(?:t3_)?([0-9a-z]{2,13})")
Thing = Mapping[str, Any]


def fullname(submission: str) -> str:
    """Return ``t3_...`` for an id, fullname or address of a submission; raises ``ValueError`` for anything else."""
    if found := FULLNAME.fullmatch(submission):
        return f"t3_{found[1]}"
    try:
        return f"t3_{Submission.id_from_url(submission).lower()}"
    except (PRAWException, IndexError):
        raise ValueError(f"{submission!r} is neither the id nor the address of a submission") from None


def things(items: Iterable[Submission]) -> Iterator[dict[str, Any]]:
    """Yield the submissions of a listing as Reddit sent them, with names instead of objects."""
    for item in items:
        fields = {name: value for name, value in vars(item).items() if not name.startswith("_")}
        if not isinstance(item, Submission) or "created_utc" not in fields:
            continue
        author, subreddit = fields.get("author"), fields.get("subreddit")
        named = {"author": str(author) if author else None, "subreddit": str(subreddit or "")}
        yield fields | named


def info(reddit: praw.Reddit, fullnames: Sequence[str]) -> dict[str, Thing]:
    """Return what Reddit has of ``fullnames``, ``BATCH`` in one question; what is missing there is missing here."""
    found: dict[str, Thing] = {}
    for start in range(0, len(fullnames), BATCH):
        names = ",".join(fullnames[start : start + BATCH])
        answer = reddit.request(method="GET", path=API_PATH["info"], params={"id": names})
        found |= {thing["name"]: thing for _, thing in _children(answer) if "name" in thing}
    return found


def thread(reddit: praw.Reddit, key: str, limits: tuple[int, int]) -> tuple[Thing, list[Thing]]:
    """Return a submission and its comments, those on top first; no comment stands before its parent.

    ``limits`` are how many comments are enough and how many "more" stubs are asked for at most, the largest first.

    Raises:
        KeyError: Reddit sends no submission under this id.
    """
    enough, requests_left = limits
    path = API_PATH["submission"].format(id=key.removeprefix("t3_"))
    answer = reddit.request(method="GET", path=path, params={"limit": 2048, "sort": "confidence"})
    posts, top = (list(_children(part)) for part in (answer if isinstance(answer, list) else ({}, {}))[:2])
    if not posts:
        raise KeyError(key)
    found: dict[str, Thing] = {}
    stubs = _take(found, top)
    while stubs and requests_left > 0 and len(found) < enough:
        stubs.sort(key=lambda stub: (stub.get("count", 0), str(stub.get("name"))))
        stub = stubs.pop()
        stubs += _take(found, _more(reddit, key, path, stub))
        requests_left -= 1
    return posts[0][1], list(found.values())


def _more(reddit: praw.Reddit, key: str, path: str, stub: Thing) -> list[tuple[str, Thing]]:
    """Return what stands behind ``stub``: named children, or the thread below a parent that is too deep to show."""
    if stub.get("children"):
        data = {
            "api_type": "json",
            "children": ",".join(map(str, stub["children"])),
            "link_id": key,
            "sort": "confidence",
        }
        answer = reddit.request(method="POST", path=API_PATH["morechildren"], data=data)
        inner = answer.get("json") if isinstance(answer, dict) else None
        inner = inner.get("data") if isinstance(inner, dict) else None
        return list(_children({"data": {"children": inner.get("things")}} if isinstance(inner, dict) else {}))
    parent = str(stub.get("parent_id", "")).partition("_")[2]
    answer = reddit.request(method="GET", path=f"{path}_/{parent}", params={"limit": 2048, "sort": "confidence"})
    return list(_children(answer[1])) if isinstance(answer, list) and len(answer) > 1 else []


def _take(found: dict[str, Thing], items: Iterable[tuple[str, Thing]]) -> list[Thing]:
    """Put the comments of a tree into ``found``, level by level, and return its stubs that hold something new."""
    stubs: list[Thing] = []
    level = list(items)
    while level:
        below: list[tuple[str, Thing]] = []
        for kind, thing in level:
            if kind == "more":
                stubs.append(thing)
            elif kind == "t1" and "name" in thing:
                found.setdefault(thing["name"], thing)
                below += _children(thing.get("replies"))
        level = below
    return [stub for stub in stubs if stub.get("children") or str(stub.get("parent_id", "")).startswith("t1_")]


def _children(listing: object) -> Iterator[tuple[str, Thing]]:
    data = listing.get("data") if isinstance(listing, dict) else None
    children = data.get("children") if isinstance(data, dict) else None
    for child in children if isinstance(children, list) else ():
        if isinstance(child, dict) and isinstance(child.get("data"), dict):
            yield str(child.get("kind")), child["data"]
