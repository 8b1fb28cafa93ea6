"""Wikipedia and every other MediaWiki: the newest revision of each page, by the ``mwclient`` client.

The rules of the API apply instead of robots.txt (https://www.mediawiki.org/wiki/API:Etiquette): one request at a
time, ``maxlag=5`` on every read, ``Retry-After`` obeyed, a contact in the User-Agent. The licence is what the wiki
itself says in ``siteinfo``. A night first asks which stored pages have a new revision, then for the members and
changes that came since the last one; only what has another revision than the stored one is fetched. A page that
gets no answer is refused for now, and asked for again at the end of the next night, when all others were.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, islice
from typing import ClassVar, Literal, Self, TypeVar

import mwclient
import requests
from mwclient.errors import MwClientError
from pydantic import Field, model_validator

from corpus.errors import SourceError
from corpus.params import Params
from scrapers.clients.intake import Cursor, take_in
from scrapers.clients.mediawiki import BATCH, MAXLAG_S, Listed, Wiki
from scrapers.clients.mediawiki_pages import AGAIN, OF_ONE_PAGE, Item, Pages
from scrapers.clients.memory import Memory, remembered
from scrapers.clients.polite import polite_session, service_at
from scrapers.page import Desk, Progress

CHECKED = "checked"  # the cursor of the stored pages asked for a new revision
KEPT = timedelta(days=30)  # Wikimedia keeps changes so long; https://www.mediawiki.org/wiki/Manual:$wgRCMaxAge
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
CATEGORY_NAMESPACE = 14
MAX_CATEGORIES = 10_000  # below one category; trees of categories have loops and no end
T = TypeVar("T")

logger = logging.getLogger(__name__)


class Wikipedia(Params):
    """Pages of a MediaWiki by category, search, title or recent change; one document is one page."""

    version: ClassVar[int] = 2

    kind: Literal["wikipedia"] = "wikipedia"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    host: str = Field(default="en.wikipedia.org", description="host of the wiki, with a port where it has one")
    scheme: Literal["https", "http"] = Field(default="https", description="how the wiki is asked")
    path: str = Field(default="/w/", pattern=r"^/(.*/)?$", description="folder of api.php, with slashes")
    categories: tuple[str, ...] = Field(default=(), description="take the pages in these, without `Category:`")
    category_depth: int = Field(default=0, ge=0, le=10, description="and those in their subcategories, so deep")
    search: tuple[str, ...] = Field(default=(), description="take the first max_pages that these searches find")
    pages: tuple[str, ...] = Field(default=(), description="take the pages of these titles")
    recent_changes_days: float = Field(
        default=0.0, ge=0, le=30, description="take the pages changed in so many days, then all changes; 0 for none"
    )
    content: Literal["html", "wikitext"] = Field(
        default="html", description="html is whole, a request a page; wikitext lacks templates, a request for fifty"
    )
    max_pages: int = Field(default=100, ge=1, description="at most this many new or changed pages a night")
    max_checks: int = Field(default=50_000, ge=0, description="stored pages asked for a new revision in one night")
    delay_s: float = Field(default=1.0, ge=0, description="seconds between two requests")

    @model_validator(mode="after")
    def _ask_for_something(self) -> Self:
        if not (self.categories or self.search or self.pages or self.recent_changes_days):
            raise ValueError("name at least one of categories, search, pages and recent_changes_days")
        return self

    def collect(self, desk: Desk) -> Progress:
        """Store the newest revision of each page; see ``Scraper.collect``."""
        with remembered(desk) as memory:
            return take_in(desk, memory, self._items(desk, memory))

    def _items(self, desk: Desk, memory: Memory) -> Iterator[Item]:
        try:
            wiki = Wiki(self._site(desk))
            index = f"{self.scheme}://{self.host}{self.path}index.php"
            pages = Pages(desk, memory, wiki, wiki.rights(), self.content, self.max_pages, index)
            yield from _Night(self, desk, memory, wiki, pages).items()
        except (MwClientError, requests.RequestException) as error:
            raise SourceError(f"{self.name}: {self.host} refused: {error}") from error

    def _site(self, desk: Desk) -> mwclient.Site:
        session = polite_session(desk, service_at(desk, self.host, self.delay_s))
        session.params = {"maxlag": MAXLAG_S}  # mwclient sends none on reads
        # The session does the waiting, so the client, which would try 25 times, does none.
        return mwclient.Site(
            self.host, scheme=self.scheme, path=self.path, pool=session, do_init=False, max_retries=0, retry_timeout=0
        )


@dataclass(slots=True)
class _Night:
    source: Wikipedia
    desk: Desk
    memory: Memory
    wiki: Wiki
    pages: Pages
    seen: set[int] = field(default_factory=set)

    def items(self) -> Iterator[Item]:
        yield from self._stored()
        yield from self._named()
        for text in self.source.search:
            yield from self._followed(None, islice(self.wiki.found(text), self.source.max_pages))
        for category in self._categories():
            key = f"category {category}"
            yield from self._followed(key, self.wiki.members(category, self.memory.cursors.get(key)))
        if self.source.recent_changes_days and not self.pages.is_full():
            yield from self._followed("changes", self._changes())
        yield from self._asked_again()

    def _stored(self) -> Iterator[Item]:
        """Ask which stored pages have another revision now, going round where there are more than a night's."""
        last = self.memory.cursors.get(CHECKED, "")
        keys = chain(self.memory.keys(after=last), self.memory.keys(until=last))
        batches = _batched(islice((key for key in keys if key.isdecimal()), self.source.max_checks))
        for batch in batches:
            revisions = self.wiki.of_pages(batch)
            self.seen.update(int(key) for key in batch)
            yield from self.pages.read(revisions)
            yield from (self.pages.gone(str(revision.pageid), revision) for revision in revisions if revision.is_absent)
            if self.pages.is_full():
                return
            yield Cursor(CHECKED, batch[-1])

    def _named(self) -> Iterator[Item]:
        for titles in _batched(dict.fromkeys(self.source.pages)):
            revisions = self.wiki.of_titles(titles)
            for revision in revisions:
                if revision.is_absent:
                    yield self.pages.gone(f"title/{revision.title}", revision)
            found = {revision.pageid: revision for revision in revisions if revision.pageid and not revision.is_absent}
            yield from self.pages.read(found[pageid] for pageid in found.keys() - self.seen)
            self.seen.update(found)

    def _followed(self, key: str | None, pages: Iterable[Listed]) -> Iterator[Item]:
        """Take in what a list names; ``key`` is the cursor of one that can be gone on with from a moment."""
        for batch in _batched(pages):
            if self.pages.is_full():
                return
            new = dict.fromkeys(page.pageid for page in batch if page.pageid not in self.seen)
            if new:
                yield from self.pages.read(self.wiki.of_pages(new))
            if self.pages.is_full():
                return
            self.seen.update(new)
            if key:
                yield Cursor(key, batch[-1].at)

    def _changes(self) -> Iterator[Listed]:
        """Yield the pages changed since the last night, and say so where the wiki no longer knows all of them."""
        now = self.desk.now()
        first = (now - timedelta(days=self.source.recent_changes_days)).strftime(MOMENT)
        since = self.memory.cursors.get("changes") or first
        for number, page in enumerate(self.wiki.changed(since)):
            if number == 0 and since < (now - KEPT).strftime(MOMENT) and page.at != since:
                message = "%s: changes from %s to %s may be missing, since a wiki lists them for some 30 days only"
                logger.warning(message, self.source.name, since, page.at)
            yield page

    def _asked_again(self) -> Iterator[Item]:
        """Ask for what got no answer before; what gets none again goes to the end, and stops no night."""
        for batch in _batched(self.pages.to_ask_again()):
            if self.pages.is_full():
                return
            revisions = self.wiki.of_pages(batch)
            try:
                yield from self.pages.read(revisions)
            except OF_ONE_PAGE:
                logger.warning("%s: %d pages wait to be asked for again", self.source.name, len(self.pages.again))
                return
            yield from (self.pages.gone(str(revision.pageid), revision) for revision in revisions if revision.is_absent)
            yield Cursor(AGAIN, list(self.pages.again))

    def _categories(self) -> Iterator[str]:
        """Yield the categories and those below them, each once, as wide as ``category_depth``."""
        seen, level = set(self.source.categories), list(dict.fromkeys(self.source.categories))
        yield from level
        for _ in range(self.source.category_depth):
            below = (page.title.partition(":")[2] for name in level for page in self._subcategories(name))
            level = [name for name in dict.fromkeys(below) if name not in seen][: MAX_CATEGORIES - len(seen)]
            seen.update(level)
            yield from level

    def _subcategories(self, category: str) -> Iterator[Listed]:
        return self.wiki.members(category, None, CATEGORY_NAMESPACE)


def _batched(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while batch := list(islice(left, BATCH)):
        yield batch
