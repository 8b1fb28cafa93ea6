"""Wikipedia and every other MediaWiki: pages as the wiki renders them, by the ``mwclient`` client.

The rules of the API apply instead of robots.txt (https://www.mediawiki.org/wiki/API:Etiquette): one request at a
time, ``maxlag=5`` on every read, ``Retry-After`` obeyed, a contact in the User-Agent. The licence is what the wiki
itself says in ``siteinfo``.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any, ClassVar, Literal, Self
from urllib.parse import quote

import mwclient
import requests
from mwclient.errors import MwClientError
from pydantic import Field, model_validator

from corpus.errors import SourceError
from corpus.params import Params
from scrapers.clients.intake import take_in
from scrapers.clients.memory import remembered
from scrapers.clients.polite import polite_session, service_at
from scrapers.page import Desk, Progress, Scraped

MEDIA_TYPE = "application/json; profile=mediawiki-parse"
MAXLAG_S = 5  # https://www.mediawiki.org/wiki/Manual:Maxlag_parameter
BATCH = 50  # titles in one query, the limit for everyone
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Revision:
    """The newest revision of one page; ``revid`` is None where there is no such page."""

    title: str
    pageid: int = 0
    revid: int | None = None
    url: str = ""
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """What a wiki says of its texts: an SPDX identifier where its link is a known one, and the evidence."""

    licence: str | None
    evidence: str


class Wikipedia(Params):
    """Pages of a MediaWiki by category, search or title; one document is one page's newest revision."""

    version: ClassVar[int] = 1

    kind: Literal["wikipedia"] = "wikipedia"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    host: str = Field(default="en.wikipedia.org", description="host of the wiki, with a port where it has one")
    scheme: Literal["https", "http"] = Field(default="https", description="how the wiki is asked")
    path: str = Field(default="/w/", pattern=r"^/(.*/)?$", description="folder of api.php, with slashes")
    categories: tuple[str, ...] = Field(default=(), description="take the pages directly in these, without `Category:`")
    search: tuple[str, ...] = Field(default=(), description="take what these full-text searches find")
    pages: tuple[str, ...] = Field(default=(), description="take the pages of these titles")
    max_pages: int = Field(default=100, ge=1, description="at most this many pages a night")
    delay_s: float = Field(default=1.0, ge=0, description="seconds between two requests")

    @model_validator(mode="after")
    def _ask_for_something(self) -> Self:
        if not (self.categories or self.search or self.pages):
            raise ValueError("name at least one of categories, search and pages")
        return self

    def collect(self, desk: Desk) -> Progress:
        """Store the newest revision of each page; see ``Scraper.collect``."""
        with remembered(desk) as memory:
            return take_in(desk, memory, self._pages(desk))

    def _pages(self, desk: Desk) -> Iterator[Scraped]:
        try:
            site = self._site(desk)
            said = rights(site.get("query", meta="siteinfo", siprop="rightsinfo"))
            for revision in self._revisions(site):
                if revision.revid is None:
                    yield self._missing(revision, desk.now())
                    continue
                answer = site.get("parse", oldid=revision.revid, prop="text", disableeditsection=1)
                yield scraped(revision, answer, said, desk.now())
        except (MwClientError, requests.RequestException) as error:
            raise SourceError(f"{self.name}: {self.host} refused: {error}") from error

    def _site(self, desk: Desk) -> mwclient.Site:
        session = polite_session(desk, service_at(desk, self.host, self.delay_s))
        session.params = {"maxlag": MAXLAG_S}  # mwclient sends none on reads
        # The session does the waiting, so the client, which would try 25 times, does none.
        return mwclient.Site(
            self.host, scheme=self.scheme, path=self.path, pool=session, do_init=False, max_retries=0, retry_timeout=0
        )

    def _revisions(self, site: mwclient.Site) -> Iterator[Revision]:
        wanted = islice(_once(self._titles(site)), self.max_pages)
        seen: set[int] = set()
        while batch := list(islice(wanted, BATCH)):
            query = {"prop": "info|revisions", "inprop": "url", "rvprop": "ids|timestamp"}
            answer = site.get("query", titles="|".join(batch), redirects=1, **query)
            for revision in revisions(answer):
                if revision.pageid not in seen or revision.revid is None:
                    seen.add(revision.pageid)
                    yield revision

    def _titles(self, site: mwclient.Site) -> Iterator[str]:
        members = (
            _listed(site, "categorymembers", cmtitle=f"Category:{category}", cmnamespace=0, cmlimit=500)
            for category in self.categories
        )
        found = (
            _listed(site, "search", srsearch=text, srnamespace=0, srlimit=BATCH, srprop="") for text in self.search
        )
        return chain(self.pages, chain.from_iterable(members), chain.from_iterable(found))

    def _missing(self, revision: Revision, fetched_at: datetime) -> Scraped:
        address = f"{self.scheme}://{self.host}{self.path}index.php?title={quote(revision.title)}"
        key = f"title/{revision.title}"
        return Scraped(key=key, url=address, kind="reference", fetched_at=fetched_at, status=200, refusal="gone")


def _listed(site: mwclient.Site, listing: str, **query: str | int) -> Iterator[str]:
    more: Mapping[str, str] = {}
    while True:
        answer = site.get("query", list=listing, **{**query, **more})
        yield from titles(answer, listing)
        if "continue" not in answer:
            return
        more = answer["continue"]


def _once(names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name not in seen:
            seen.add(name)
            yield name


def titles(answer: Answer, listing: str) -> list[str]:
    """Return the titles in one answer of a list module (``categorymembers``, ``search``)."""
    return [item["title"] for item in answer.get("query", {}).get(listing, [])]


def revisions(answer: Answer) -> list[Revision]:
    """Return the revisions in an answer of ``prop=info|revisions``, by title; a missing page has no ``revid``."""
    pages = answer.get("query", {}).get("pages", {}).values()
    return sorted((_revision(page) for page in pages), key=lambda revision: revision.title)


def _revision(page: Answer) -> Revision:
    if not page.get("revisions"):
        return Revision(page["title"])
    newest = page["revisions"][0]
    edited_at = datetime.fromisoformat(newest["timestamp"])
    return Revision(page["title"], page["pageid"], newest["revid"], page["fullurl"], edited_at)


def rights(answer: Answer) -> Rights:
    """Return the licence a wiki states in ``siteinfo``'s ``rightsinfo``."""
    info = answer.get("query", {}).get("rightsinfo", {})
    url, text = info.get("url", ""), info.get("text", "")
    known = re.search(r"creativecommons\.org/(?:licenses/([a-z-]+)|publicdomain/(zero))/(\d\.\d)", url)
    licence = None
    if known:
        licence = f"CC-{known[1].upper()}-{known[3]}" if known[1] else f"CC0-{known[3]}"
    return Rights(licence, f"the wiki's rightsinfo says: {text} ({url})" if url or text else "the wiki states none")


def scraped(revision: Revision, answer: Answer, said: Rights, fetched_at: datetime) -> Scraped:
    """Return one page as a document from the answer of ``action=parse``; ``body`` is that answer, its keys sorted."""
    history = f"{revision.url}?action=history"
    return Scraped(
        key=str(revision.pageid),
        url=revision.url,
        kind="reference",
        fetched_at=fetched_at,
        body=json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(),
        media_type=MEDIA_TYPE,
        status=200,
        title=revision.title,
        updated_at=revision.edited_at,
        licence=said.licence,
        licence_evidence=said.evidence,
        attribution=f'"{revision.title}", revision {revision.revid}, by its contributors: {history}',
    )
