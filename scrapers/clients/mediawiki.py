"""What a MediaWiki answers, by the ``mwclient`` client: lists in an order that can be gone on with, revisions, pages.

Answers are JSON of format version 1. Parsing is pure; ``Wiki`` asks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import mwclient
from mwclient.errors import APIError

MAXLAG_S = 5  # https://www.mediawiki.org/wiki/Manual:Maxlag_parameter
BATCH = 50  # titles, page ids or revisions in one query, and results of one search: the limit for everyone
LISTED = 500  # members or changes in one answer, the limit for everyone
MAX_ANSWERS = 2 * BATCH  # to one question after fifty pages: each brings a page at least
ABSENT = ("missing", "invalid", "special")  # what a wiki says of a page that it has not
FACTS = {"prop": "info|revisions", "inprop": "url", "rvprop": "ids|timestamp"}
CREATIVE_COMMONS = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)|publicdomain/(zero))/(\d\.\d)")
Answer = Mapping[str, Any]
Query = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page as a list names it; ``at`` (ISO 8601) is when it came into the category or was changed."""

    pageid: int
    title: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """The newest revision of one page; ``revid`` is None where the wiki names none.

    ``is_absent`` only where the wiki says that there is no such page: an answer may also lack a revision.
    """

    title: str
    pageid: int = 0
    revid: int | None = None
    url: str = ""
    edited_at: datetime | None = None
    is_redirect: bool = False
    is_absent: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """What a wiki says of its texts: an SPDX identifier where its link is a known one, and the evidence."""

    licence: str | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Wiki:
    """One wiki; every method asks it and raises what ``mwclient`` and ``requests`` raise."""

    site: mwclient.Site

    def rights(self) -> Rights:
        """Return the licence of its texts."""
        return rights(self.site.get("query", meta="siteinfo", siprop="rightsinfo"))

    def members(self, category: str, since: str | None, namespace: int = 0) -> Iterator[Listed]:
        """Yield the pages directly in ``category`` in the order in which they came, from the moment ``since`` on."""
        order = {"cmsort": "timestamp", "cmdir": "newer", "cmprop": "ids|title|timestamp"}
        start = {"cmstart": since} if since else {}
        query: Query = {"cmtitle": f"Category:{category}", "cmnamespace": namespace, "cmlimit": LISTED}
        return self._list("categorymembers", **query, **order, **start)

    def found(self, text: str) -> Iterator[Listed]:
        """Yield what a full-text search finds, the best first."""
        return self._list("search", srsearch=text, srnamespace=0, srlimit=BATCH, srprop="")

    def changed(self, since: str) -> Iterator[Listed]:
        """Yield the pages changed since then, each at its newest change, in the order of the changes."""
        which: Query = {"rctype": "edit|new", "rcnamespace": 0, "rctoponly": 1, "rcshow": "!redirect"}
        query: Query = {"rcdir": "newer", "rcstart": since, "rcprop": "ids|title|timestamp", "rclimit": LISTED}
        return self._list("recentchanges", **query, **which)

    def of_titles(self, titles: Iterable[str]) -> list[Revision]:
        """Return the newest revisions of at most ``BATCH`` titles, redirects followed."""
        return self._revisions(titles="|".join(titles), redirects=1)

    def of_pages(self, pageids: Iterable[int | str]) -> list[Revision]:
        """Return the newest revisions of at most ``BATCH`` pages, each of them, also where no answer names it."""
        asked = [int(pageid) for pageid in pageids]
        found = self._revisions(pageids="|".join(map(str, asked)))
        unnamed = set(asked) - {revision.pageid for revision in found}
        return found + [Revision("", pageid) for pageid in sorted(unnamed)]

    def rendered(self, revid: int) -> Answer:
        """Return the answer of ``action=parse`` for one revision; one without a text is raised as ``APIError``."""
        answer: Answer = self.site.get("parse", oldid=revid, prop="text", disableeditsection=1)
        if not isinstance(answer.get("parse"), dict) or not answer["parse"].get("text"):
            raise APIError("no-text", f"the answer for revision {revid} has no text", {})
        return answer

    def sources(self, revids: Iterable[int]) -> dict[int, str | None]:
        """Return the wikitext of at most ``BATCH`` revisions by their ids: None where it is hidden."""
        query = {"prop": "revisions", "rvprop": "ids|content", "rvslots": "main"}
        found: dict[int, str | None] = {}
        for answer in islice(self._answers(revids="|".join(map(str, revids)), **query), MAX_ANSWERS):
            found |= sources(answer)
        return found

    def _revisions(self, **query: str | int) -> list[Revision]:
        return revisions(*islice(self._answers(**query, **FACTS), MAX_ANSWERS))

    def _list(self, name: str, **query: str | int) -> Iterator[Listed]:
        for answer in self._answers(list=name, **query):
            yield from listed(answer, name)

    def _answers(self, **query: str | int) -> Iterator[Answer]:
        more: Mapping[str, str] = {}
        while True:
            answer = self.site.get("query", **{**query, **more})
            yield answer
            if "continue" not in answer:
                return
            more = answer["continue"]


def listed(answer: Answer, name: str) -> list[Listed]:
    """Return the pages in one answer of the list module ``name``."""
    items = answer.get("query", {}).get(name, [])
    return [Listed(item.get("pageid", 0), item["title"], item.get("timestamp")) for item in items]


def revisions(*answers: Answer) -> list[Revision]:
    """Return the revisions in all ``answers`` to one question after ``prop=info|revisions``, by title.

    An answer that is too long is cut at any page or fact, and what is left out comes in the next one.
    """
    pages: dict[str, dict[str, Any]] = {}
    for answer in answers:
        for key, page in answer.get("query", {}).get("pages", {}).items():
            pages[key] = pages.get(key, {}) | page
    return sorted(map(_revision, pages.values()), key=lambda revision: (revision.title, revision.pageid))


def _revision(page: Answer) -> Revision:
    if not page.get("revisions") or "fullurl" not in page:
        is_absent = any(word in page for word in ABSENT)
        return Revision(page.get("title", ""), page.get("pageid", 0), is_absent=is_absent)
    newest = page["revisions"][0]
    edited_at = datetime.fromisoformat(newest["timestamp"])
    return Revision(page["title"], page["pageid"], newest["revid"], page["fullurl"], edited_at, "redirect" in page)


def sources(answer: Answer) -> dict[int, str | None]:
    """Return the wikitext in an answer of ``prop=revisions`` by revision id: None where it is hidden."""
    pages = answer.get("query", {}).get("pages", {}).values()
    found = [revision for page in pages for revision in page.get("revisions", [])]
    texts = ((revision["revid"], revision.get("slots", {}).get("main", {})) for revision in found)
    return {revid: slot.get("*") for revid, slot in texts if "*" in slot or "texthidden" in slot}


def rights(answer: Answer) -> Rights:
    """Return the licence a wiki states in ``siteinfo``'s ``rightsinfo``."""
    info = answer.get("query", {}).get("rightsinfo", {})
    url, text = info.get("url", ""), info.get("text", "")
    known = CREATIVE_COMMONS.search(url)
    licence = None
    if known:
        licence = f"CC-{known[1].upper()}-{known[3]}" if known[1] else f"CC0-{known[3]}"
    return Rights(licence, f"the wiki's rightsinfo says: {text} ({url})" if url or text else "the wiki states none")
