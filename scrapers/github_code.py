"""GitHub: documentation and code of openly licensed repositories, by the ``PyGithub`` client.

The rules of the REST API apply instead of robots.txt: requests one after another, rate limits waited for, a contact
in the User-Agent (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api). A
repository without a licence of the list is refused whole; nothing of it is fetched.
"""

import os
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal
from urllib.parse import quote

import requests
from github import Auth, Github, GithubException, GithubRetry
from github.GitTreeElement import GitTreeElement
from github.Repository import Repository
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass
from pydantic import Field
from urllib3 import BaseHTTPResponse, Retry

from corpus.errors import SourceError
from corpus.params import Params
from scrapers.clients.intake import take_in
from scrapers.clients.memory import remembered
from scrapers.clients.polite import polite_session, service_at
from scrapers.crawl.address import host_of
from scrapers.crawl.identity import user_agent
from scrapers.page import Desk, Kind, Progress, Scraped

MAX_RATE_LIMIT_WAIT_S = 120  # the hourly limit can mean an hour: the next night continues instead
TIMEOUT_S = 30
REFUSALS = {404: "gone", 409: "gone", 451: "http-451"}  # no such repository; an empty one; taken down by law
# Licences that let a text be copied and changed with no more than attribution.
PERMISSIVE = (
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC-BY-4.0", "CC0-1.0", "ISC", "MIT", "MIT-0",
    "Unlicense", "Zlib",
)  # fmt: skip
PROSE = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".rst": "text/x-rst",
    ".txt": "text/plain",
    "": "text/plain",
}
LANGUAGES = {
    ".c": "c", ".cc": "c++", ".cpp": "c++", ".cs": "csharp", ".go": "go", ".h": "c", ".hpp": "c++", ".java": "java",
    ".jl": "julia", ".js": "javascript", ".kt": "kotlin", ".lua": "lua", ".php": "php", ".pl": "perl", ".py": "python",
    ".r": "r", ".rb": "ruby", ".rs": "rust", ".scala": "scala", ".sh": "sh", ".sql": "sql", ".swift": "swift",
    ".ts": "typescript",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checkout:
    """What every file of one repository shares: its full name, branch, commit and licence (SPDX)."""

    repository: str
    branch: str
    commit: str
    licence: str


class GithubCode(Params):
    """Files of GitHub repositories that match path patterns; one document is one file of the default branch."""

    version: ClassVar[int] = 1

    kind: Literal["github"] = "github"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    repositories: tuple[str, ...] = Field(default=(), description="take these, as `owner/name`")
    topics: tuple[str, ...] = Field(default=(), description="take the most starred repositories of these topics")
    max_repositories: int = Field(default=20, ge=1, le=1000, description="at most this many a night")
    paths: tuple[str, ...] = Field(
        default=("README*", "**/*.md"),
        description="take files whose path matches: `*` in a folder, `**/` across folders",
    )
    max_files: int = Field(default=50, ge=1, description="at most this many files of a repository")
    max_file_bytes: int = Field(default=1_000_000, ge=1, description="larger files are refused")
    licences: tuple[str, ...] = Field(default=PERMISSIVE, description="SPDX identifiers a repository must be under")
    token_env: str = Field(default="GITHUB_TOKEN", description="environment variable of a token; works without one")
    endpoint: str = Field(default="https://api.github.com", description="address of the REST API")
    delay_s: float = Field(default=1.0, ge=0, description="seconds between two requests")

    def collect(self, desk: Desk) -> Progress:
        """Store the files of each repository; see ``Scraper.collect``."""
        with remembered(desk) as memory:
            return take_in(desk, memory, self._files(desk))

    def _files(self, desk: Desk) -> Iterator[Scraped]:
        try:
            client = self._client(desk)
            for name in islice(_once(self._names(client)), self.max_repositories):
                yield from self._documents(client, name, desk)
        except (GithubException, requests.RequestException) as error:
            raise SourceError(f"{self.name}: GitHub refused: {plain(error)}") from error

    def _client(self, desk: Desk) -> Github:
        token = os.environ.get(self.token_env)
        client = Github(
            base_url=self.endpoint,
            auth=Auth.Token(token) if token else None,
            user_agent=user_agent(desk.network),
            timeout=TIMEOUT_S,
            seconds_between_requests=None,  # the session paces
        )
        host = host_of(self.endpoint) or ""
        secure = self.endpoint.startswith("https:")
        plain_connection = HTTPSRequestsConnectionClass if secure else HTTPRequestsConnectionClass

        def polite_connection(*args: Any, **kwargs: Any) -> HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass:  # noqa: ANN401 - passed on as they came
            connection = plain_connection(*args, **kwargs)
            connection.session = polite_session(desk, service_at(desk, host, self.delay_s), capped_retry())
            return connection

        # Its own connection knows neither the recipe's proxy nor the pace, and the public hook is for a whole process.
        client.requester._Requester__connectionClass = polite_connection  # type: ignore[attr-defined]  # noqa: SLF001
        return client

    def _names(self, client: Github) -> Iterator[str]:
        yield from self.repositories
        for topic in self.topics:
            for repository in client.search_repositories(f"topic:{topic}", sort="stars", order="desc"):
                yield repository.full_name

    def _documents(self, client: Github, name: str, desk: Desk) -> Iterator[Scraped]:
        try:
            repository = client.get_repo(name)
            licence = repository.license.spdx_id if repository.license else None
            if licence not in self.licences:
                yield refused(name, "licence-not-allowed", desk.now(), licence)
                return
            branch = repository.get_branch(repository.default_branch)
            tree = repository.get_git_tree(branch.commit.sha, recursive=True)
        except GithubException as error:
            if error.status not in REFUSALS:
                raise
            yield refused(name, REFUSALS[error.status], desk.now())
            return
        if tree.raw_data.get("truncated"):
            yield refused(name, "too-large", desk.now(), licence)
        checkout = Checkout(repository.full_name, branch.name, branch.commit.sha, licence)
        wanted = sorted(
            (file for file in tree.tree if file.type == "blob" and matches(file.path, self.paths)), key=_path
        )
        for file in wanted[: self.max_files]:
            yield self._file(repository, file, checkout, desk.now())

    def _file(self, repository: Repository, file: GitTreeElement, checkout: Checkout, fetched_at: datetime) -> Scraped:
        if (file.size or 0) > self.max_file_bytes:
            return scraped(checkout, file.path, None, fetched_at)
        blob = repository.get_git_blob(file.sha)
        return scraped(checkout, file.path, b64decode(blob.content), fetched_at)


class CappedRetry(GithubRetry):
    """PyGithub's own rule, less a ``Retry-After`` longer than it is told to wait for, which it would sleep through."""

    def increment(self, *args: Any, **kwargs: Any) -> Retry:  # type: ignore[override]  # noqa: ANN401 - passed on to urllib3 as they came
        """Return what is left of the tries; raise ``SourceError`` when the wait is too long."""
        response = kwargs.get("response")
        asked_s = self.get_retry_after(response) if isinstance(response, BaseHTTPResponse) else None
        if asked_s is not None and asked_s > MAX_RATE_LIMIT_WAIT_S:
            raise SourceError(f"GitHub asked to be left alone for {asked_s:.0f} s; run again after that")
        return super().increment(*args, **kwargs)


def capped_retry() -> CappedRetry:
    """Return the rule for busy answers and rate limits; lost connections are the session's."""
    return CappedRetry(total=3, connect=0, read=0, backoff_factor=2, max_rate_limit_wait=MAX_RATE_LIMIT_WAIT_S)


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Return whether ``path`` matches a pattern: ``*`` and ``?`` stay in a folder, ``**/`` is any folders or none."""
    return any(re.fullmatch(_regex(pattern), path) for pattern in patterns)


def _regex(pattern: str) -> str:
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(meaning.get(piece, re.escape(piece)) for piece in re.split(r"(\*\*/|\*\*|\*|\?)", pattern))


def sort_of(path: str) -> tuple[Kind, str]:
    """Return the kind and media type of a file, by its suffix."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in LANGUAGES:
        return "code", f"text/x-{LANGUAGES[suffix]}"
    return "article", PROSE.get(suffix, "text/plain")


def scraped(checkout: Checkout, path: str, body: bytes | None, fetched_at: datetime) -> Scraped:
    """Return one file as a document; refused when it is too large (``body`` is None) or not text."""
    kind, media_type = sort_of(path)
    address = f"https://github.com/{checkout.repository}/blob"
    refusal = "too-large" if body is None else "unsupported-type" if b"\0" in body else None
    return Scraped(
        key=f"{checkout.repository}/{path}",
        url=f"{address}/{quote(checkout.branch)}/{quote(path)}",
        kind=kind,
        fetched_at=fetched_at,
        body=b"" if refusal else body or b"",
        media_type=media_type,
        status=None if body is None else 200,
        title=path,
        licence=checkout.licence,
        licence_evidence=f"GitHub reports {checkout.licence} for {checkout.repository} at {checkout.commit}",
        attribution=f"{checkout.repository} and its contributors: {address}/{checkout.commit}/{quote(path)}",
        refusal=refusal,
    )


def refused(name: str, refusal: str, fetched_at: datetime, licence: str | None = None) -> Scraped:
    """Return the mark of a repository that gave nothing, or not all: ``refusal`` says why."""
    url = f"https://github.com/{name}"
    evidence = None if refusal == "gone" else f"GitHub reports {licence or 'no licence'} for {name}"
    return Scraped(name, url, "code", fetched_at, licence=licence, licence_evidence=evidence, refusal=refusal)


def plain(error: Exception) -> str:
    """Return what GitHub said, in one line without headers."""
    if not isinstance(error, GithubException):
        return type(error).__name__
    return f"HTTP {error.status}, {error.message or 'no reason given'}"


def _once(names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name.lower() not in seen:
            seen.add(name.lower())
            yield name


def _path(file: GitTreeElement) -> str:
    return file.path
