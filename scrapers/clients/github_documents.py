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
GONE = frozenset({404, 409, 410})  # no such repository; an empty one
LONGEST_PATH = 4096
REASONS = {
    "gone": "it is not in the repository any more",
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
    """What every file of one repository shares: its full name, branch, commit and the commit's time."""

    repository: str
    branch: str
    commit: str
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class File:
    """One entry of a tree; ``mode`` is git's."""

    path: str
    sha: str
    size: int
    mode: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The licence a file is under, why that is known, and whether the file's own header must confirm it."""

    licence: str | None
    evidence: str
    needs_header: bool = False


def facts_of(answer: dict[str, Any]) -> Facts:
    """Return what a repository's answer says; raise ``GithubException`` where it lacks name or branch."""
    name, branch, pushed_at = (answer.get(key) for key in ("full_name", "default_branch", "pushed_at"))
    if not (is_text(name) and is_text(branch)):
        raise GithubException(200, None, None, "the answer names no repository or no branch")
    licence = answer.get("license")
    spdx = licence.get("spdx_id") if isinstance(licence, dict) else None
    return Facts(str(name), str(branch), spdx if is_text(spdx) else None, pushed_at if is_text(pushed_at) else None)


def checkout_of(facts: Facts, branch: dict[str, Any]) -> Checkout:
    """Return where ``branch`` stands now."""
    head = branch.get("commit")
    commit = head.get("sha") if isinstance(head, dict) else None
    if not isinstance(head, dict) or not is_text(commit):
        raise GithubException(200, None, None, "the answer names no commit")
    inner = head.get("commit")
    committer = inner.get("committer") if isinstance(inner, dict) else None
    date = committer.get("date") if isinstance(committer, dict) else None
    return Checkout(facts.full_name, facts.branch, str(commit), moment(date) or moment(facts.pushed_at))


def folders_of(tree: dict[str, Any], place: str = "") -> list[tuple[str, str]]:
    """Return path and object id of the folders in a tree's answer; ``place`` is the tree's own path, with a slash."""
    entries = tree.get("tree")
    found = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    pairs = ((entry.get("path"), entry.get("sha")) for entry in found if entry.get("type") == "tree")
    return [(f"{place}{path}", str(sha)) for path, sha in pairs if is_text(path) and is_text(sha)]


def files_of(tree: dict[str, Any], place: str = "") -> Iterator[File]:
    """Yield the files, links and submodules of a tree's answer; entries that cannot be read are passed over.

    ``place`` is the tree's own path, with a slash behind it; empty for the root.
    """
    entries = tree.get("tree")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("type") in ("blob", "commit"):
            path, sha, size, mode = (entry.get(key) for key in ("path", "sha", "size", "mode"))
            if is_text(path) and is_text(sha) and len(str(path)) <= LONGEST_PATH:
                kind = "160000" if entry["type"] == "commit" else str(mode or "100644")
                yield File(f"{place}{path}", str(sha), size if isinstance(size, int) else 0, kind)


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
