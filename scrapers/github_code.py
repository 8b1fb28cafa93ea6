"""GitHub: documentation and code of openly licensed repositories, by the ``PyGithub`` client.

The rules of the REST API apply instead of robots.txt: requests one after another, rate limits waited for, a contact
in the User-Agent (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api). A
repository without a licence of the list is refused whole; nothing of it is fetched.
"""

import re
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal

from github import Github, GithubException
from github.PaginatedList import PaginatedList
from github.Repository import Repository
from pydantic import Field

from corpus.errors import SourceError
from corpus.params import Params
from scrapers.clients.github_api import answered, github_client, not_accepted, plain
from scrapers.clients.github_documents import GONE, refused
from scrapers.clients.github_licences import PERMISSIVE
from scrapers.clients.github_limits import Access
from scrapers.clients.github_repository import Item, Visitor
from scrapers.clients.github_tree import Bench, Wanted
from scrapers.clients.intake import Cursor, take_in
from scrapers.clients.memory import Memory, remembered
from scrapers.page import Desk, Progress

FULL_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]*/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$"
DELAY_S = 0.72  # 5,000 requests an hour, what a token is given


class GithubCode(Params):
    """Files of GitHub repositories that match path patterns; one document is one file of the default branch."""

    version: ClassVar[int] = 2

    kind: Literal["github"] = "github"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    repositories: tuple[Annotated[str, Field(pattern=FULL_NAME)], ...] = Field(
        default=(), description="take these, as `owner/name`"
    )
    topics: tuple[str, ...] = Field(default=(), description="take the most starred repositories of these topics")
    searches: tuple[str, ...] = Field(
        default=(), description="take the most starred repositories that these queries of GitHub's search find"
    )
    owners: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")], ...] = Field(
        default=(), description="take what these users or organisations pushed last, forks left out"
    )
    max_repositories: int = Field(default=20, ge=1, le=1000, description="at most this many a list, and a night")
    paths: tuple[str, ...] = Field(
        default=("README*", "**/*.md"),
        description="take files whose path matches: `*` in a folder, `**/` across folders",
    )
    max_files: int = Field(default=50, ge=1, description="at most this many files of a repository")
    max_file_bytes: int = Field(default=1_000_000, ge=1, description="larger files are refused")
    licences: tuple[str, ...] = Field(default=PERMISSIVE, description="SPDX identifiers that a file may be under")
    archive_files: int = Field(
        default=20, ge=2, description="so many new files of a repository, or more, are taken from its archive at once"
    )
    token_env: str = Field(default="GITHUB_TOKEN", description="environment variable of a token; works without one")
    endpoint: str = Field(default="https://api.github.com", description="address of the REST API")
    delay_s: float = Field(default=DELAY_S, ge=0, description="seconds between two requests")
    patience_s: float = Field(
        default=600.0, ge=0, description="wait so long for a rate limit's reset; one further away ends the night"
    )

    def collect(self, desk: Desk) -> Progress:
        """Store the files of each repository; see ``Scraper.collect``."""
        with remembered(desk) as memory:
            return take_in(desk, memory, self._items(desk, memory))

    @property
    def _access(self) -> Access:
        return Access(self.endpoint, self.token_env, self.delay_s, self.patience_s)

    def _items(self, desk: Desk, memory: Memory) -> Iterator[Item]:
        access = self._access
        wanted = Wanted(self.paths, self.max_files, self.max_file_bytes, self.licences, self.archive_files)
        client = github_client(desk, access)
        visitor = Visitor(Bench(desk, access, memory, wanted), client)
        names, problems = list(self.repositories), []
        for question, found in self._lists(client):
            try:
                names += yield from self._listed(question, found, desk, memory)
            except GithubException as error:  # one list that is refused stops nothing else
                problems.append(self._not_listed(question, error))
                names += self._names(question, memory)["names"]
        for name in self._in_turn(names, visitor):
            yield from visitor.visit(name)
        for name in visitor.others(names)[: self.max_repositories]:
            yield from visitor.look_after(name)
        if problems:
            raise SourceError("; ".join(problems))
        if visitor.broken and visitor.broken == visitor.visits:
            raise SourceError(f"{self.name}: {access.host} stayed busy; run again later")

    def _in_turn(self, names: Iterable[str], visitor: Visitor) -> Iterator[str]:
        """Return tonight's repositories: those visited longest ago first, those done tonight counted but not again."""
        once = list(dict.fromkeys(name.lower() for name in names))
        spelt = {name.lower(): name for name in reversed(list(names))}
        done = sum(map(visitor.is_done, once))
        left = sorted((name for name in once if not visitor.is_done(name)), key=visitor.last_visit)
        yield from (spelt[name] for name in left[: max(self.max_repositories - done, 0)])

    def _lists(self, client: Github) -> Iterator[tuple[str, Iterable[Repository]]]:
        """Yield each list that is to be asked for: what it is called, and its repositories, a page at a time."""
        for query in (*(f"topic:{topic}" for topic in self.topics), *self.searches):
            yield f"search {query!r}", client.search_repositories(query, sort="stars", order="desc")
        for owner in self.owners:
            options: dict[str, Any] = {"type": "owner", "sort": "pushed"}
            found = PaginatedList(Repository, client.requester, f"/users/{owner}/repos", options)
            yield f"owner {owner}", (repository for repository in found if not repository.fork)

    def _listed(
        self, question: str, found: Iterable[Repository], desk: Desk, memory: Memory
    ) -> Generator[Item, None, list[str]]:
        """Return the names in a list, asked for once a night; last night's where it is empty now or not there.

        Raises ``SourceError`` where the token is not accepted, ``GithubException`` where the list is refused.
        """
        before = self._names(question, memory)
        if before["night"] == desk.night:
            return list(before["names"])
        try:
            names = answered(lambda: [str(one.full_name) for one in islice(found, self.max_repositories)])
        except GithubException as error:
            if error.status == 401:
                raise SourceError(not_accepted(self._access, error)) from error
            if error.status not in GONE:
                raise
            reason = ("gone", f"GitHub says of {question}: {plain(error)}")
            yield refused(question.rsplit(maxsplit=1)[-1], reason, desk.now())
            names = []
        # Those of an owner who left are visited still: that each of them is gone is its own answer.
        names = [name for name in names if re.fullmatch(FULL_NAME, name)] or list(before["names"])
        yield Cursor(self._place(question), {"night": desk.night, "names": names})
        return names

    def _names(self, question: str, memory: Memory) -> dict[str, Any]:
        """Return what the last answer to ``question`` named, and its night."""
        return memory.cursors.get(self._place(question)) or {"night": "", "names": []}

    def _place(self, question: str) -> str:
        return f"the first {self.max_repositories} of {question} at {self.endpoint}"

    def _not_listed(self, question: str, error: GithubException) -> str:
        return f"{self.name}: GitHub refused the list {question}: {plain(error)}"
