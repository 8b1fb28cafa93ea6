"""One repository a visit: what changed since the last one, and nothing else, is asked for.

The repository itself is asked with the validator of last time: unchanged costs nothing with a token. Where nothing was
pushed, no tree is asked. A visit that breaks off leaves no mark that it was done, and the next one asks only for what
is not stored.
"""

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict
from typing import Any

from github import Github, GithubException
from github.Repository import Repository

from corpus.errors import SourceError
from scrapers.clients.github_api import asked, facts_in, not_accepted, plain
from scrapers.clients.github_documents import GONE, Facts, checkout_of, facts_of, refused, withdrawn
from scrapers.clients.github_licences import is_allowed
from scrapers.clients.github_limits import BROKEN, MOST_BROKEN
from scrapers.clients.github_tree import Bench, Commit
from scrapers.clients.intake import Cursor, Unchanged
from scrapers.page import Scraped

Item = Scraped | Cursor | Unchanged


class Visitor:
    """Visits repositories for one night; ``visits`` counts them, ``broken`` those in a row that ended in 5xx."""

    def __init__(self, bench: Bench, client: Github) -> None:
        self.visits = self.broken = 0
        self._bench, self._client = bench, client
        self._night = bench.desk.night
        self._seen: set[str] = set()
        self._read: set[str] = set()  # those seen that were read to their end
        self._is_found = False  # whether the repository of this visit is there
        self._stored: dict[str, list[str]] = defaultdict(list)
        for key in bench.memory.keys():  # noqa: SIM118 - a method of the memory, which is no mapping
            self._stored["/".join(key.split("/", 2)[:2]).lower()].append(key)

    def last_visit(self, name: str) -> str:
        """Return the night of the last visit, finished or broken off by the server; empty where there was none."""
        return str(self._before(name).get("tried", ""))

    def is_done(self, name: str) -> bool:
        """Return whether tonight's visit of ``name`` was finished."""
        return self._before(name).get("night") == self._night

    def visit(self, name: str) -> Iterator[Item]:
        """Yield what changed in the repository ``name`` and then the mark that it was visited.

        Raises ``SourceError`` where the token is not accepted or the server is broken.
        """
        before = self._before(name)
        if {name.lower(), str(before.get("full_name", name)).lower()} & self._seen:
            return
        self.visits += 1
        try:
            yield from self._visit(name, before)
            self.broken = 0
        except GithubException as error:
            yield from self._failed(name, before, error)

    def others(self, names: Iterable[str]) -> list[str]:
        """Return the repositories of which files are stored, but for ``names``, tonight's and those seen tonight.

        Those visited longest ago come first.
        """
        beside = {name.lower() for name in names} | self._seen
        left = (keys[0] for place, keys in self._stored.items() if keys and place not in beside)
        found = ("/".join(key.split("/", 2)[:2]) for key in left)
        return sorted((name for name in found if self.last_visit(name) != self._night), key=self.last_visit)

    def look_after(self, name: str) -> Iterator[Item]:
        """Yield what may not be kept of a repository that nothing names any more; nothing new is taken of it."""
        before = self._before(name)
        self.visits += 1
        self._is_found = False
        try:
            repository = asked(self._client, name, before.get("etag"))
            facts = facts_of(facts_in(lambda: repository)) if repository else None
            if facts and facts.full_name.lower() != name.lower():
                yield from self._moved(name, facts)
            elif facts and not is_allowed(facts.licence, self._bench.wanted.licences):
                yield from self._not_allowed(facts)
                before = {}  # with its validator it would come back as one that did not change
            yield self._tried(name, before)
            self.broken = 0
        except GithubException as error:
            yield from self._failed(name, before, error)

    def _visit(self, name: str, before: dict[str, Any]) -> Iterator[Item]:
        self._is_found = False
        repository = asked(self._client, name, before.get("etag"))
        self._is_found = True
        if repository is None:
            self._seen.add(str(before["full_name"]).lower())
            self._read.add(str(before["full_name"]).lower())
            yield (yield from self._as_it_was(name, before))
            return
        facts = facts_of(facts_in(lambda: repository))
        there = facts.full_name.lower()
        mark = self._tried(name, before)
        if there not in self._seen:
            self._seen.add(there)
            mark = yield from self._taken(name, before, facts, repository)
            self._read |= {there} if mark.value.get("night") == self._night else set()
        elif there in self._read:
            mark = self._finished(name, asdict(facts) | {"etag": repository.etag})
        if there != name.lower():
            yield from self._moved(name, facts)
        yield mark

    def _taken(
        self, name: str, before: dict[str, Any], facts: Facts, repository: Repository
    ) -> Generator[Item, None, Cursor]:
        """Yield what changed and return the mark of the visit."""
        done = asdict(facts) | {"etag": repository.etag}
        if not is_allowed(facts.licence, self._bench.wanted.licences):
            yield from self._not_allowed(facts)
            return self._finished(name, done)
        if facts.pushed_at and before.get("commit") and asdict(facts).items() <= before.items():
            return (yield from self._as_it_was(name, before | done))
        return (yield from self._pushed(name, before, facts, repository))

    def _pushed(
        self, name: str, before: dict[str, Any], facts: Facts, repository: Repository
    ) -> Generator[Item, None, Cursor]:
        """Compare the default branch's newest commit with what is stored."""
        checkout = checkout_of(facts, facts_in(repository.get_branch, facts.branch))
        done = asdict(facts) | {"etag": repository.etag, "commit": checkout.commit}
        if all(before.get(mark) == done[mark] for mark in ("commit", "licence", "full_name", "branch")):
            return (yield from self._as_it_was(name, before | done))
        commit = Commit(self._bench, repository, checkout, facts.licence, before)
        yield from commit.survey(self._stored[facts.full_name.lower()])
        if "grounds" not in before:
            before |= commit.mark  # a first visit that breaks off was made under these
            yield self._mark(name, before)
        yield from commit.files()
        return self._finished(name, done | commit.mark) if commit.is_whole else self._tried(name, before)

    def _as_it_was(self, name: str, done: dict[str, Any]) -> Generator[Item, None, Cursor]:
        if stored := len(self._stored[str(done["full_name"]).lower()]):
            yield Unchanged(stored)
        return self._finished(name, done)

    def _moved(self, name: str, facts: Facts) -> Iterator[Scraped]:
        """Yield what is stored under the old name, but not before it was taken under the new one."""
        if facts.full_name.lower() in self._read:
            yield from self._withdrawn(name, ("gone", f"the repository moved to {facts.full_name}"))

    def _not_allowed(self, facts: Facts) -> Iterator[Scraped]:
        detail = f"GitHub reports {facts.licence or 'no licence'} for the repository, which the recipe does not allow"
        yield refused(facts.full_name, ("licence-not-allowed", detail), self._bench.desk.now(), facts.licence)
        yield from self._withdrawn(facts.full_name, ("licence-not-allowed", detail))

    def _withdrawn(self, name: str, reason: tuple[str, str]) -> Iterator[Scraped]:
        for key in self._stored[name.lower()]:
            yield withdrawn(key, reason, self._bench.desk.now())

    def _failed(self, name: str, before: dict[str, Any], error: GithubException) -> Iterator[Item]:
        """Mark a repository that could not be read; what is stored of it goes where it is gone or was blocked."""
        if error.status == 401:
            raise SourceError(not_accepted(self._bench.access, error)) from error
        is_lost = self._is_gone(name, error) or is_blocked(error)
        refusal = "gone" if is_lost and error.status in GONE else f"http-{error.status}"
        reason = ("unreadable-answer" if error.status == 200 else refusal, f"GitHub says of it: {plain(error)}")
        yield refused(name, reason, self._bench.desk.now())
        if error.status not in BROKEN:
            self.broken = 0
            if is_lost:
                yield from self._withdrawn(name, reason)
            yield self._finished(name, {} if is_lost else before)
            return
        yield self._tried(name, before)
        self.broken += 1
        if self.broken >= MOST_BROKEN:
            raise SourceError(f"{self._bench.access.host} stayed busy ({plain(error)}); run again later") from error

    def _is_gone(self, name: str, error: GithubException) -> bool:
        """Return whether GitHub itself says that there is no such repository, twice where something of it is stored."""
        if self._is_found or error.status not in GONE or not is_said(error):  # a part of one may lag behind
            return False
        if not self._stored[name.lower()]:
            return True
        try:
            asked(self._client, name, None)
        except GithubException as again:
            return again.status in GONE and is_said(again)
        return False

    def _before(self, name: str) -> dict[str, Any]:
        """Return the mark of the last visit; of one for another question only what is true for all."""
        found = self._bench.memory.cursors.get(self._place(name))
        if not isinstance(found, dict):
            return {}
        return dict(found) if found.get("for") == self._bench.wanted.question else {"texts": found.get("texts")}

    def _place(self, name: str) -> str:
        return f"repository {name.lower()} at {self._bench.access.endpoint}"

    def _finished(self, name: str, done: dict[str, Any]) -> Cursor:
        return self._tried(name, done | {"night": self._night})

    def _tried(self, name: str, before: dict[str, Any]) -> Cursor:
        return self._mark(name, before | {"tried": self._night})

    def _mark(self, name: str, visit: dict[str, Any]) -> Cursor:
        # One for all questions: after another question a file may be stored or withdrawn that this one left otherwise.
        return Cursor(self._place(name), visit | {"for": self._bench.wanted.question})


def is_said(error: GithubException) -> bool:
    """Return whether an answer is GitHub's own, and not that of something in between."""
    return isinstance(error.data, dict) and isinstance(error.data.get("message"), str)


def is_blocked(error: GithubException) -> bool:
    """Return whether GitHub took a repository down (451, or 403 with a ``block``)."""
    return is_said(error) and (error.status == 451 or (error.status == 403 and "block" in error.data))
