"""What GitHub says of repositories and files, made into documents and refusals. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from github import GithubException

from scrapers.clients.github_files import sort_of
from scrapers.page import Scraped

SITE = "https://github.com"
GONE = frozenset({404, 410})  # no such repository
EMPTY_TREES = frozenset(  # git's ids of a tree without entries, SHA-1 and SHA-256
    {
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    }
)
LONGEST_PATH = 4096
REASONS = {
    "gone": "it is not in the repository any more",
    "not-wanted": "the recipe's `paths` do not name it any more",
    "too-many": "the recipe's `max_files` leaves it out",
    "vendored": "it was copied from another project",
    "generated": "a program wrote it",
    "minified": "it was minified",
    "symlink": "it is a symbolic link",
    "submodule": "it is a submodule",
    "git-lfs-pointer": "it points to a file that Git LFS keeps",
    "unsupported-type": "it is not text",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """A repository as the API describes it; ``licence`` is the SPDX identifier GitHub detected."""

    full_name: str
    branch: str
    licence: str | None
    pushed_at: str | None


@dataclass(frozen=True, slots=True)
class Checkout:
    """What every file of one repository shares: its full name, branch, commit, and the commit's time and tree."""

    repository: str
    branch: str
    commit: str
    updated_at: datetime | None
    tree: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One entry of a tree; ``mode`` is git's."""

    path: str
    sha: str
    size: int
    mode: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The licence a file is under, why that is known, and whether the file's own header must confirm it.

    Where ``is_read`` is false GitHub did not show the licence tonight, and ``evidence`` says what it said.
    """

    licence: str | None
    evidence: str
    needs_header: bool = False
    is_read: bool = True


def facts_of(answer: dict[str, Any]) -> Facts:
    """Return what a repository's answer says; raise ``GithubException`` where it lacks name, branch or licence."""
    name, branch, pushed_at = (answer.get(key) for key in ("full_name", "default_branch", "pushed_at"))
    if not (is_text(name) and str(name).count("/") == 1 and is_text(branch)):
        raise unreadable("the answer names no repository or no branch")
    return Facts(str(name), str(branch), _licence_of(answer), pushed_at if is_text(pushed_at) else None)


def _licence_of(answer: dict[str, Any]) -> str | None:
    """Return the SPDX identifier of an answer; ``None`` only where it says that there is no licence."""
    licence = answer.get("license", "")
    spdx = licence.get("spdx_id", "") if isinstance(licence, dict) else licence
    if spdx is not None and not (isinstance(licence, dict) and is_text(spdx)):
        raise unreadable("the answer does not say what its licence is")
    return None if spdx is None else str(spdx)


def checkout_of(facts: Facts, branch: dict[str, Any]) -> Checkout:
    """Return where ``branch`` stands now; raise ``GithubException`` where it names no commit."""
    head = branch.get("commit")
    commit = head.get("sha") if isinstance(head, dict) else None
    if not isinstance(head, dict) or not is_text(commit):
        raise unreadable("the answer names no commit")
    inner = head.get("commit")
    inner = inner if isinstance(inner, dict) else {}
    date, tree = (
        part.get(name) if isinstance(part, dict) else None
        for part, name in ((inner.get("committer"), "date"), (inner.get("tree"), "sha"))
    )
    when = moment(date) or moment(facts.pushed_at)
    return Checkout(facts.full_name, facts.branch, str(commit), when, tree if is_text(tree) else None)


def folders_of(tree: dict[str, Any], place: str = "") -> list[tuple[str, str]]:
    """Return path and object id of the folders in a tree's answer; ``place`` is the tree's own path, with a slash."""
    return [(f"{place}{entry['path']}", entry["sha"]) for entry in _entries(tree) if entry["type"] == "tree"]


def files_of(tree: dict[str, Any], place: str = "") -> Iterator[File]:
    """Yield the files, links and submodules of a tree's answer; a path that cannot be a key is passed over.

    ``place`` is the tree's own path, with a slash behind it; empty for the root. Raises ``GithubException`` where the
    answer is no list of entries: a file that is missing in it would be taken for gone.
    """
    for entry in _entries(tree):
        path, size = entry["path"], entry.get("size")
        if entry["type"] != "tree" and is_text(path) and len(path) <= LONGEST_PATH:
            kind = "160000" if entry["type"] == "commit" else str(entry.get("mode") or "100644")
            yield File(f"{place}{path}", entry["sha"], size if isinstance(size, int) else 0, kind)


def _entries(tree: dict[str, Any]) -> list[dict[str, Any]]:
    entries = tree.get("tree")
    if not isinstance(entries, list) or not isinstance(tree.get("truncated", False), bool):
        raise unreadable("the answer has no list of files")
    for entry in entries:
        is_entry = isinstance(entry, dict) and entry.get("type") in ("blob", "commit", "tree")
        if not (is_entry and is_text(entry.get("sha")) and isinstance(entry.get("path"), str) and entry["path"]):
            raise unreadable("the list of files has an entry that cannot be read")
    return entries


def unreadable(problem: str) -> GithubException:
    """Return the error of an answer that is not as documented; its status is 200."""
    return GithubException(200, None, None, problem)


def is_text(value: object) -> bool:
    """Return whether ``value`` is a string that is not empty and can be written in UTF-8."""
    return isinstance(value, str) and bool(value) and not any("\ud800" <= char <= "\udfff" for char in value)


def moment(value: object) -> datetime | None:
    """Return an ISO 8601 time as GitHub writes it, in UTC."""
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def scraped(checkout: Checkout, file: File, ground: Ground, body: bytes, fetched_at: datetime) -> Scraped:
    """Return one file as a document."""
    kind, media_type = sort_of(file.path)
    name, path = checkout.repository, quote(file.path)
    return Scraped(
        key=f"{name}/{file.path}",
        url=f"{SITE}/{name}/blob/{quote(checkout.branch)}/{path}",
        kind=kind,
        fetched_at=fetched_at,
        body=body,
        media_type=media_type,
        status=200,
        title=file.path,
        updated_at=checkout.updated_at,
        licence=ground.licence,
        licence_evidence=ground.evidence,
        attribution=f"{name} and its contributors: {SITE}/{name}/blob/{checkout.commit}/{path}",
        etag=file.sha,
    )


def refused_file(
    checkout: Checkout, file: File, ground: Ground, reason: tuple[str, str], fetched_at: datetime
) -> Scraped:
    """Return the mark of a file that is not taken; ``reason`` is the refusal and one sentence."""
    kind, media_type = sort_of(file.path)
    return Scraped(
        key=f"{checkout.repository}/{file.path}",
        url=f"{SITE}/{checkout.repository}/blob/{quote(checkout.branch)}/{quote(file.path)}",
        kind=kind,
        fetched_at=fetched_at,
        media_type=media_type,
        title=file.path,
        licence=ground.licence,
        licence_evidence=ground.evidence,
        etag=file.sha,
        refusal=reason[0],
        refusal_detail=reason[1],
    )


def withdrawn(key: str, reason: tuple[str, str], fetched_at: datetime) -> Scraped:
    """Return the mark of a stored file that may not or cannot be kept; ``key`` is ``owner/name/path``."""
    owner, name, path = key.split("/", 2)
    url = f"{SITE}/{owner}/{name}/blob/HEAD/{quote(path)}"
    return Scraped(key, url, sort_of(path)[0], fetched_at, title=path, refusal=reason[0], refusal_detail=reason[1])


def refused(name: str, reason: tuple[str, str], fetched_at: datetime, licence: str | None = None) -> Scraped:
    """Return the mark of a repository that gave nothing, or not all; ``name`` may have ``#reason`` behind it."""
    is_licence = reason[0] != "gone" and not reason[0].startswith("http-")
    evidence = f"GitHub reports {licence or 'no licence'} for {name.partition('#')[0]}" if is_licence else None
    return Scraped(
        key=name,
        url=f"{SITE}/{name.partition('#')[0]}",
        kind="code",
        fetched_at=fetched_at,
        licence=licence,
        licence_evidence=evidence,
        refusal=reason[0],
        refusal_detail=reason[1],
    )
