"""All files of a commit, also where GitHub cuts its recursive list short (100,000 entries or 7 MB of them).

Then folder after folder is listed, but only those in which a wanted path can be, and at most ``MAX_TREES`` of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from github.Repository import Repository

from scrapers.clients.github_api import facts_in
from scrapers.clients.github_documents import EMPTY_TREES, Checkout, File, files_of, folders_of, unreadable
from scrapers.clients.github_files import skip_by_path
from scrapers.clients.patterns import may_hold

MAX_TREES = 100  # lists of folders asked for one commit, beyond the first
WHOLE = True


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a commit by path. ``covers`` is ``"all"``, ``"wanted"`` (paths of the patterns) or ``"some"``."""

    files: dict[str, File]
    covers: str


def listed(repository: Repository, checkout: Checkout, patterns: Collection[str]) -> Listing:
    """Return the files of the commit that GitHub names.

    Raises ``GithubException`` where an answer is no list, or an empty one of a commit that has files: what is missing
    in the list would be taken for gone.
    """
    if checkout.tree in EMPTY_TREES:
        return Listing({}, "all")
    whole = facts_in(repository.get_git_tree, checkout.commit, WHOLE)
    files = dict(_files(whole, ""))
    if not whole.get("truncated"):
        return Listing(files, "all")
    left = [("", checkout.commit, not WHOLE)]
    for _ in range(MAX_TREES):
        if not left:
            return Listing(files, "wanted")
        place, sha, is_whole = left.pop()
        answer = facts_in(repository.get_git_tree, sha, is_whole)
        files |= _files(answer, place)
        if answer.get("truncated"):
            if not is_whole:
                break  # one folder alone is too large
            left.append((place, sha, not WHOLE))
        elif not is_whole:
            inner = ((f"{path}/", sha) for path, sha in folders_of(answer, place))
            left += [(path, sha, WHOLE) for path, sha in inner if may_hold(path, patterns) and not skip_by_path(path)]
    return Listing(files, "some")


def _files(answer: dict[str, Any], place: str) -> dict[str, File]:
    files = {file.path: file for file in files_of(answer, place)}
    if not answer["tree"]:  # git keeps no folder without files
        raise unreadable(f"the list of files in {place or 'it'} is empty")
    return files
