"""One run of the Reddit source: what it may still fetch, what it has answered for, and what gave no answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import praw
import pyarrow as pa
from praw.exceptions import PRAWException
from prawcore.exceptions import BadJSON, BadRequest

from corpus.revisions import is_transient
from scrapers.clients.memory import Known, Memory
from scrapers.clients.polite import Unanswered
from scrapers.clients.reddit_thread import Thing, Thread
from scrapers.crawl.archive import bodies
from scrapers.page import Desk

# What is wrong with one question or its answer, and says nothing about the next one.
NO_ANSWER = (Unanswered, BadJSON, BadRequest, PRAWException, RecursionError)
MAX_IN_A_ROW = 3  # questions without an answer; then it is the service
GIVEN_UP = timedelta(days=7)  # of asking for one thread that gives no answer


@dataclass(slots=True)
class Night:
    """One run: ``left`` is how many threads may still be fetched, ``seen`` are the submissions it has answered for.

    ``troubles`` are what keeps a sweep or a listing from being complete: the night goes on and then says so.
    """

    desk: Desk
    memory: Memory
    reddit: praw.Reddit
    left: int
    seen: set[str] = field(default_factory=set)
    troubles: list[Exception] = field(default_factory=list)
    _unanswered: set[str] = field(default_factory=set)
    _in_a_row: int = 0

    def answered(self) -> None:
        """Note that a question got its answer."""
        self._in_a_row = 0

    def missed(self, error: Exception, key: str = "") -> None:
        """Note that the thread ``key`` or something else got no answer; raise ``error`` where it is one too many."""
        self._unanswered.add(key)
        self._in_a_row += 1
        if self._in_a_row >= MAX_IN_A_ROW:
            raise error

    def incomplete(self, error: Exception) -> None:
        """Note likewise that a listing or a part of the sweep got no answer, which the night is to end with."""
        self.troubles.append(error)
        self.missed(error)

    def has_body(self, key: str) -> bool:
        """Return whether a body of ``key`` is stored, which only the sweep may take out."""
        known = self.memory.known(key)
        return known is not None and known.place is not None and known.refusal is None

    def compare(self, key: str, comments: Sequence[Thing]) -> None:
        """Raise ``Unanswered`` where ``comments``, fetched anew, have none of those that are stored of ``key``.

        A tree may come without its comments; whether each of them is gone is the sweep's to find.
        """
        known = self.memory.known(key)
        if known is None or not self.has_body(key):
            return
        before = {comment["id"] for comment in stored(self.desk, known)["comments"] if "body" in comment}
        if before and before.isdisjoint(comment.get("name") for comment in comments):
            raise Unanswered(f"Reddit sent none of the comments stored of {key}, which is not believed")

    def must_come_again(self, key: str) -> bool:
        """Return whether ``key`` got no answer tonight and is to be listed again, for ``GIVEN_UP`` at most."""
        if key not in self._unanswered or self.has_body(key):
            return False
        known = self.memory.known(key)
        if known is None or not is_transient(known.refusal):
            return True
        return self.desk.now() - datetime.fromisoformat(known.night[:10]).replace(tzinfo=UTC) < GIVEN_UP


def stored(desk: Desk, known: Known) -> Thread:
    """Return the thread in the newest body of ``known``, which has one."""
    names = ("archive", "archive_offset", "archive_length", "payload_sha256")
    row: dict[str, list[Any]] = {name: [getattr(known.place, name)] for name in names}
    thread: Thread = json.loads(bodies(desk.store, pa.table(row))[0].as_py())
    return thread
