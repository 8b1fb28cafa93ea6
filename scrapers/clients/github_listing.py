"""All files of a commit, also where GitHub cuts its recursive list short (100,000 entries or 7 MB of them).

Then folder after folder is listed, but only those in which a wanted path can be, and at most ``MAX_TREES`` of them.
"""

from collections.abc import Collection
from dataclasses import dataclass

from github.Repository import Repository

from scrapers.clients.github_api import facts_in
from scrapers.clients.github_documents import File, files_of, folders_of
from scrapers.clients.github_files import may_hold, skip_by_path

MAX_TREES = 100  # lists of folders asked for one commit, beyond the first
WHOLE = True


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a commit by path. ``covers`` is ``"all"``, ``"wanted"`` (paths of the patterns) or ``"some"``."""

    files: dict[str, File]
    covers: str


def listed(repository: Repository, commit: str, patterns: Collection[str]) -> Listing:
    """Return the files of ``commit`` that GitHub names; raise ``GithubException`` where it names none."""
    whole = facts_in(repository.get_git_tree, commit, WHOLE)
    files = {file.path: file for file in files_of(whole)}
    if not whole.get("truncated"):
        return Listing(files, "all")
    left = [("", commit, not WHOLE)]
    for _ in range(MAX_TREES):
        if not left:
            return Listing(files, "wanted")
        place, sha, is_whole = left.pop()
        answer = facts_in(repository.get_git_tree, sha, is_whole)
        files |= {file.path: file for file in files_of(answer, place)}
        if answer.get("truncated"):
            if not is_whole:
                break  # one folder alone is too large
            left.append((place, sha, not WHOLE))
        elif not is_whole:
            inner = ((f"{path}/", sha) for path, sha in folders_of(answer, place))
            left += [(path, sha, WHOLE) for path, sha in inner if may_hold(path, patterns) and not skip_by_path(path)]
    return Listing(files, "some")
