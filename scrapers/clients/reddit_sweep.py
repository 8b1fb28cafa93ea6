"""The deletion sweep: what Reddit no longer shows goes from here, every night.

Reddit asks those who keep its data to delete what is deleted there, and who wrote it where the account is deleted.
Every stored thread and comment is asked after by fullname; what changed is rewritten from the answers, so that the
only requests are those for 100 fullnames at a time. What is erased cannot be had again: a thing that Reddit marks as
deleted goes at once, a thing that is merely missing (its subreddit may be private for a day, or the answer wrong) is
remembered under the cursor ``MISSING`` and goes when it is still missing ``GRACE`` later.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from corpus.revisions import is_transient
from scrapers.clients.intake import Cursor, Unchanged
from scrapers.clients.memory import Known, Memory
from scrapers.clients.polite import Unanswered
from scrapers.clients.reddit_night import NO_ANSWER, Night, stored
from scrapers.clients.reddit_thread import (
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
from scrapers.clients.reddit_tree import BATCH, GONE, info, newest
from scrapers.page import Desk, Scraped

CURSOR = "deletion sweep"
MISSING = "missing since"
GRACE = timedelta(hours=20)  # the next night, though it may begin some hours earlier than this one
GROUP = 10  # questions' worth of threads looked at together, so that almost every question is full
NOTHING = "Reddit sent none of the stored things that it was asked for, which is not believed; try again later"
Stored = tuple[Known, Thread]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep needs: ``renew`` fetches a thread anew, ``unwanted`` says why it is not wanted, or None.

    ``rewritten`` makes a document of a thread that stood as ``Known``.
    """

    night: Night
    renew: Callable[[Thing], Scraped]
    rewritten: Callable[[Thread, Known], Scraped]
    unwanted: Callable[[Thing], tuple[str, str] | None]


@dataclass(slots=True)
class Answers:
    """What Reddit has of the things of one group, how many questions it took, and what is gone: missing too long."""

    found: dict[str, Thing]
    questions: int
    gone: frozenset[str] = frozenset()


def swept(sweep: Sweep, requests: int) -> Iterator[Scraped | Unchanged | Cursor]:
    """Ask after every stored thread and its comments, those longest unasked first, within ``requests`` questions.

    A thread that is deleted or removed is refused ("deleted"), a comment loses its text, an account its name; an edited
    text replaces the old one. The order is that of the ids, from where the last sweep ended; a night that runs again
    goes on where it was. A group of threads without an answer ends the sweep: another run of the night asks for it
    again, the next night begins behind it.
    """
    night = sweep.night
    state = _begun(night)
    missing: dict[str, float] = dict(night.memory.cursors.get(MISSING) or {})
    todo = _from(list(night.memory.keys()), state["first"])
    done = 0 if state["last"] is None else _place(todo, state)
    witness: str | None = None
    while done < len(todo) and state["requests"] < requests:
        room = min(GROUP, requests - state["requests"]) * BATCH
        group = _group(night.desk, night.memory, todo[done:], room)
        try:
            answers = _asked(night, group, witness)
        except NO_ANSWER as error:
            yield Cursor(CURSOR, state | {"failed": group[-1][0].key})
            night.incomplete(error)
            return
        night.answered()
        witness = next(iter(answers.found), witness)
        answers.gone = _gone(group, answers.found, missing, night.desk.now().timestamp())
        for known, thread in group:
            yield _judged(sweep, known, thread, answers)
        done += len(group)
        state |= {"last": todo[done - 1], "requests": state["requests"] + answers.questions}
        yield Cursor(MISSING, dict(missing))
        yield Cursor(CURSOR, dict(state))


def _begun(night: Night) -> dict[str, Any]:
    """Return where tonight's sweep is: it begins at ``first``, has done all up to ``last`` and asked so many times."""
    said = night.memory.cursors.get(CURSOR)
    state = dict(said) if isinstance(said, Mapping) else {}
    first = state.pop("failed", None) or state.get("last") or ""
    if state.get("night") != night.desk.night:
        return {"night": night.desk.night, "first": first, "last": None, "requests": 0}
    return state


def brought_up(thread: Thread, answers: Answers) -> Thread:
    """Return ``thread`` as Reddit shows it now: less what is deleted and who is, with edited texts."""
    post = answers.found[thread["id"]]
    comments = [_brought_up(comment, answers) for comment in thread["comments"]]
    new = dict(thread) | {"comments": without_bare_leaves(comments), "author": name_of(post)}
    if changed_at(post) != thread["edited"]:
        new |= {"text": str(post.get("selftext") or ""), "edited": changed_at(post)}
    return new


def _brought_up(comment: Thread, answers: Answers) -> Thread:
    thing = answers.found.get(comment["id"])
    if "body" not in comment or (thing is None and comment["id"] not in answers.gone):
        return comment
    if thing is None or withdrawn(thing):
        return bare(comment)
    new = comment | {"author": comment["author"] if name_of(thing) else None}
    if changed_at(thing) != comment["edited"]:
        new |= {"body": str(thing.get("body")), "edited": changed_at(thing)}
    return new


def _judged(sweep: Sweep, known: Known, thread: Thread, answers: Answers) -> Scraped | Unchanged:
    sweep.night.seen.add(known.key)
    now = sweep.night.desk.now()
    post = answers.found.get(known.key)
    if post is None:
        is_gone = known.key in answers.gone
        return refused(known.key, known.url, "deleted", "Reddit no longer has it", now) if is_gone else Unchanged()
    if reason := sweep.unwanted(post):
        return refused(known.key, known.url, *reason, now)
    if has_grown(known.etag, post):
        renewed = sweep.renew(post)
        if not is_transient(renewed.refusal):
            return renewed
    new = brought_up(thread, answers)
    return Unchanged() if new == thread else sweep.rewritten(new, known)


def _gone(group: Sequence[Stored], found: Mapping[str, Thing], missing: dict[str, float], now: float) -> frozenset[str]:
    """Return what of ``group`` has been missing for ``GRACE``; note in ``missing`` since when the rest has been."""
    gone: set[str] = set()
    for _, thread in group:
        names = _names(thread)
        suspects = [name for name in names if name not in found] if thread["id"] in found else names[:1]
        since = {name: missing.pop(name) for name in names if name in missing}
        for name in suspects:
            if now - since.get(name, now) >= GRACE.total_seconds():
                gone.add(name)
            else:
                missing[name] = since.get(name, now)
    return frozenset(gone)


def _group(desk: Desk, memory: Memory, keys: Sequence[str], room: int) -> list[Stored]:
    """Return the first of ``keys`` with their threads: as many as ``room`` fullnames hold, at least one."""
    group: list[Stored] = []
    for known in filter(None, map(memory.known, keys)):
        thread = stored(desk, known)
        room -= len(_names(thread))
        if group and room < 0:
            break
        group.append((known, thread))
    return group


def _names(thread: Thread) -> list[str]:
    return [thread["id"], *(comment["id"] for comment in thread["comments"] if "body" in comment)]


def _asked(night: Night, group: Sequence[Stored], witness: str | None) -> Answers:
    """Return what Reddit has of the things of ``group``; ``witness`` is a thing that it sent before.

    An answer without any of the things asked for is believed where the witness comes when it is asked for among them,
    or where all their subreddits are shut.

    Raises:
        Unanswered: Reddit sent no listing, or nothing at all of what should be there.
    """
    names = [name for _, thread in group for name in _names(thread)]
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    answers = [info(night.reddit, batch) for batch in batches]
    found = {name: thing for answer in answers for name, thing in answer.items()}
    silent = [batch for batch, answer in zip(batches, answers, strict=True) if not answer and len(batch) > 1]
    if silent:
        witness = next(iter(found), witness) or _witness(night, group)
    for batch in silent if witness else ():
        again = info(night.reddit, [str(witness), *batch[: BATCH - 1]])
        found |= {name: thing for name, thing in again.items() if name in batch}
        if not again:
            raise Unanswered(NOTHING)
    return Answers(found, len(batches) + len(silent))


def _witness(night: Night, group: Sequence[Stored]) -> str | None:
    """Return a submission that one of the group's subreddits shows now, None where all of them are shut."""
    for subreddit in sorted({str(thread["subreddit"]) for _, thread in group}):
        try:
            name = newest(night.reddit, subreddit or "all")
        except GONE:
            continue
        if name is None:
            raise Unanswered(NOTHING)
        return name
    return None


def _from(keys: list[str], last: str) -> list[str]:
    start = bisect_right(keys, last)
    return keys[start:] + keys[:start]


def _place(todo: list[str], state: Mapping[str, Any]) -> int:
    """Return how many of ``todo``, which starts after the key ``first``, were done when ``last`` was."""
    first, last = state["first"], state["last"]
    return bisect_right(todo, (last <= first, last), key=lambda key: (key <= first, key))
