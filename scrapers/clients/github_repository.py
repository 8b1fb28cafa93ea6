"""One repository a visit: what changed since the last one, and nothing else, is asked for.

The repository itself is asked with the validator of last time: unchanged costs nothing with a token. Where nothing was
pushed, no tree is asked. A visit that breaks off leaves no mark that it was done, and the next one asks only for what
is not stored.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from github import Github, GithubException
from github.Repository import Repository

from corpus.errors import SourceError
from scrapers.clients.github_api import asked, facts_in, not_accepted, plain
from scrapers.clients.github_documents import GONE, Facts, checkout_of, facts_of, refused, withdrawn
from scrapers.clients.github_licences import is_allowed
from scrapers.clients.github_limits import BROKEN
from scrapers.clients.github_tree import Bench, Commit
from scrapers.clients.intake import Cursor, Unchanged
from scrapers.page import Scraped

Item = Scraped | Cursor | Unchanged
MOST_BROKEN = 3  # repositories in a row that the server could not show, and it is left for tonight


class Visitor:
    """Visits repositories for one night; ``visits`` counts them, ``broken`` those in a row that ended in 5xx."""

    def __init__(self, bench: Bench, client: Github) -> None:
        self.visits = self.broken = 0
        self._bench, self._client = bench, client
        self._night = bench.desk.folder.split("/")[2]
        self._seen: set[str] = set()
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

    def _visit(self, name: str, before: dict[str, Any]) -> Iterator[Item]:
        self._is_found = False
        repository = asked(self._client, name, before.get("etag"))
        self._is_found = True
        if repository is None:
            self._seen.add(str(before["full_name"]).lower())
            yield from self._as_it_was(name, before)
            return
        facts = facts_of(facts_in(lambda: repository))
        done = asdict(facts) | {"etag": repository.etag}
        if facts.full_name.lower() != name.lower():
            yield from self._withdrawn(name, ("gone", f"the repository moved to {facts.full_name}"))
        if facts.full_name.lower() in self._seen:
            yield self._finished(name, done)
            return
        self._seen.add(facts.full_name.lower())
        if not is_allowed(facts.licence, self._bench.wanted.licences):
            yield from self._not_allowed(facts)
            yield self._finished(name, done)
        elif facts.pushed_at and before.get("commit") and asdict(facts).items() <= before.items():
            yield from self._as_it_was(name, before | done)
        else:
            yield from self._pushed(name, before, facts, repository)

    def _pushed(self, name: str, before: dict[str, Any], facts: Facts, repository: Repository) -> Iterator[Item]:
        """Compare the default branch's newest commit with what is stored."""
        checkout = checkout_of(facts, facts_in(repository.get_branch, facts.branch))
        done = asdict(facts) | {"etag": repository.etag, "commit": checkout.commit}
        if all(before.get(mark) == done[mark] for mark in ("commit", "licence", "full_name", "branch")):
            yield from self._as_it_was(name, before | done)
            return
        commit = Commit(self._bench, repository, checkout, facts.licence, before)
        yield from commit.survey(self._stored[facts.full_name.lower()])
        if "grounds" not in before:
            before |= commit.mark  # a first visit that breaks off was made under these
            yield Cursor(self._place(name), before)
        yield from commit.files()
        yield self._finished(name, done | commit.mark) if commit.is_whole else self._tried(name, before)

    def _as_it_was(self, name: str, done: dict[str, Any]) -> Iterator[Item]:
        if stored := len(self._stored[str(done["full_name"]).lower()]):
            yield Unchanged(stored)
        yield self._finished(name, done)

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
        is_gone = error.status in GONE and not (self._is_found and error.status == 404)  # a part may lag behind
        refusal = "gone" if is_gone else f"http-{error.status}"
        reason = ("unreadable-answer" if error.status == 200 else refusal, f"GitHub says of it: {plain(error)}")
        is_blocked = isinstance(error.data, dict) and "block" in error.data
        yield refused(name, reason, self._bench.desk.now())
        if is_gone or error.status == 451 or is_blocked:
            yield from self._withdrawn(name, reason)
        if error.status not in BROKEN:
            self.broken = 0
            yield self._finished(name, {})
            return
        yield self._tried(name, before)
        self.broken += 1
        if self.broken >= MOST_BROKEN:
            raise SourceError(f"{self._bench.access.host} stayed busy ({plain(error)}); run again later") from error

    def _before(self, name: str) -> dict[str, Any]:
        found = self._bench.memory.cursors.get(self._place(name))
        return dict(found) if isinstance(found, dict) else {}

    def _place(self, name: str) -> str:
        return f"repository {name.lower()} at {self._bench.access.endpoint} for {self._bench.wanted.question}"

    def _finished(self, name: str, done: dict[str, Any]) -> Cursor:
        return Cursor(self._place(name), done | {"night": self._night, "tried": self._night})

    def _tried(self, name: str, before: dict[str, Any]) -> Cursor:
        return Cursor(self._place(name), before | {"tried": self._night})
