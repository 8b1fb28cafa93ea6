"""What is asked of Reddit by ``praw``: listings, things by fullname, and the whole tree of a thread.

A fullname is ``t1_`` and an id for a comment, ``t3_`` for a submission (https://www.reddit.com/dev/api/#fullnames).
Things are plain mappings here: ``praw``'s objects ask again, unseen, for every field that an answer lacks, and its tree
gives up on a comment that comes twice. What is missing in an answer may be erased here for good, so an answer of
another form than Reddit's is no answer (``Unanswered``), never an empty one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import praw
from praw.endpoints import API_PATH
from praw.exceptions import PRAWException
from praw.models import Submission
from prawcore.exceptions import Forbidden, NotFound, Redirect, UnavailableForLegalReasons

from scrapers.clients.polite import Unanswered

BATCH = 100  # fullnames in one question to /api/info
GONE = (NotFound, Redirect, Forbidden, UnavailableForLegalReasons)
FULLNAME = re.compile(r"(?:t3_)?([0-9a-z]{2,13})")
Thing = Mapping[str, Any]
Children = list[tuple[str, Thing]]


def fullname(submission: str) -> str:
    """Return ``t3_...`` for an id, fullname or address of a submission; raises ``ValueError`` for anything else."""
    if found := FULLNAME.fullmatch(submission):
        return f"t3_{found[1]}"
    try:
        return f"t3_{Submission.id_from_url(submission).lower()}"
    except (PRAWException, IndexError):
        raise ValueError(f"{submission!r} is neither the id nor the address of a submission") from None


def things(items: Iterable[Submission]) -> Iterator[dict[str, Any]]:
    """Yield the submissions of a listing as Reddit sent them, with names instead of objects.

    Raises:
        Unanswered: Reddit sends something that is no listing.
    """
    for item in _each(items):
        fields = {name: value for name, value in vars(item).items() if not name.startswith("_")}
        if not isinstance(item, Submission) or not {"created_utc", "id", "name"} <= set(fields):
            continue
        author, subreddit = fields.get("author"), fields.get("subreddit")
        named = {"author": str(author) if author else None, "subreddit": str(subreddit or "")}
        yield fields | named


def info(reddit: praw.Reddit, fullnames: Sequence[str]) -> dict[str, Thing]:
    """Return what Reddit has of ``fullnames``, ``BATCH`` in one question; what is missing there is missing here.

    Raises:
        Unanswered: Reddit sends something that is no listing.
    """
    found: dict[str, Thing] = {}
    for start in range(0, len(fullnames), BATCH):
        names = fullnames[start : start + BATCH]
        answer = _ask(reddit, "GET", API_PATH["info"], params={"id": ",".join(names)})
        asked = set(names)
        found |= {
            thing["name"]: thing for _, thing in _listing(answer) if thing.get("name") in asked and _is_whole(thing)
        }
    return found


def newest(reddit: praw.Reddit, subreddit: str) -> str | None:
    """Return the fullname of the newest submission of ``subreddit``, None where it has none.

    Raises:
        one of GONE: the subreddit is private, banned or not there.
        Unanswered: Reddit sends something that is no listing.
    """
    answer = _listing(_ask(reddit, "GET", f"r/{subreddit}/new", params={"limit": 1}))
    return next((str(thing["name"]) for _, thing in answer if "name" in thing), None)


def thread(reddit: praw.Reddit, key: str, limits: tuple[int, int]) -> tuple[Thing, list[Thing]]:
    """Return a submission and its comments, those on top first; no comment stands before its parent.

    ``limits`` are how many comments are enough and how many "more" stubs are asked for at most, the largest first.

    Raises:
        Unanswered: Reddit sends something that is no thread.
    """
    enough, requests_left = limits
    path = API_PATH["submission"].format(id=key.removeprefix("t3_"))
    posts, top = _page(reddit, path)
    if not posts or not _is_whole(posts[0][1]):
        raise Unanswered(f"Reddit sent no submission when it was asked for {key}; try again later")
    found: dict[str, Thing] = {}
    stubs = _take(found, top)
    while stubs and requests_left > 0 and len(found) < enough:
        stubs.sort(key=lambda stub: (stub.get("count", 0), str(stub.get("name"))))
        stub = stubs.pop()
        stubs += _take(found, _more(reddit, key, path, stub))
        requests_left -= 1
    return posts[0][1], list(found.values())


def _page(reddit: praw.Reddit, path: str) -> tuple[Children, Children]:
    """Return the two listings of a thread's page: its submission, and the comments on top."""
    answer = _ask(reddit, "GET", path, params={"limit": 2048, "sort": "confidence"})
    if not isinstance(answer, list) or len(answer) != 2:
        raise Unanswered("Reddit sent something that is no thread; try again later")
    return _listing(answer[0]), _listing(answer[1])


def _more(reddit: praw.Reddit, key: str, path: str, stub: Thing) -> Children:
    """Return what stands behind ``stub``: named children, or the thread below a parent that is too deep to show."""
    if not stub.get("children"):
        parent = str(stub.get("parent_id", "")).partition("_")[2]
        return _page(reddit, f"{path}_/{parent}")[1]
    children = ",".join(map(str, stub["children"]))
    data = {"api_type": "json", "children": children, "link_id": key, "sort": "confidence"}
    answer = _ask(reddit, "POST", API_PATH["morechildren"], data=data)
    inner = answer.get("json") if isinstance(answer, dict) else None
    inner = inner.get("data") if isinstance(inner, dict) else None
    return _listing({"kind": "Listing", "data": {"children": inner.get("things") if isinstance(inner, dict) else None}})


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


def _ask(reddit: praw.Reddit, method: str, path: str, **sent: Any) -> Any:  # noqa: ANN401 - JSON
    try:
        return reddit.request(method=method, path=path, **sent)
    except (
        LookupError,
        AttributeError,
        TypeError,
        AssertionError,
    ):  # so praw meets a refusal (HTTP 400) that names no reason
        raise Unanswered("Reddit sent a refusal that cannot be read; try again later") from None


def _each(items: Iterable[Submission]) -> Iterator[Submission]:
    walk = iter(items)
    while True:
        try:
            item = next(walk)
        except StopIteration:
            return
        except (ValueError, LookupError, AttributeError, TypeError):  # so praw meets what is no listing
            raise Unanswered("Reddit sent something that is no listing; try again later") from None
        yield item


def _listing(answer: object) -> Children:
    """Return the children of a listing; raises ``Unanswered`` where ``answer`` is none."""
    data = answer.get("data") if isinstance(answer, dict) and answer.get("kind") == "Listing" else None
    if not isinstance(data, dict) or not isinstance(data.get("children"), list):
        raise Unanswered("Reddit sent something that is no listing; try again later")
    return list(_children(answer))


def _is_whole(thing: Thing) -> bool:
    """Return whether ``thing`` says who wrote what, as deleted things do too."""
    return "author" in thing and (isinstance(thing.get("body"), str) or isinstance(thing.get("selftext"), str))


def _children(listing: object) -> Iterator[tuple[str, Thing]]:
    data = listing.get("data") if isinstance(listing, dict) else None
    children = data.get("children") if isinstance(data, dict) else None
    for child in children if isinstance(children, list) else ():
        if isinstance(child, dict) and isinstance(child.get("data"), dict):
            yield str(child.get("kind")), child["data"]
