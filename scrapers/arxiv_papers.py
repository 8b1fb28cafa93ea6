"""arXiv: papers by query, id or set: the text where its licence lets it be passed on, else title and abstract.

The terms of arXiv's APIs apply instead of robots.txt: one request every three seconds and one connection at a time for
all of one's clients and all of arXiv's hosts together (https://info.arxiv.org/help/api/tou.html). Licences come from
OAI-PMH, the only interface that names them.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from itertools import chain
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

import arxiv
import requests
from lxml import etree
from pydantic import Field, field_validator, model_validator

from corpus.errors import SourceError
from corpus.params import Params
from scrapers.clients.arxiv_documents import Editor, Rules
from scrapers.clients.arxiv_licences import REDISTRIBUTABLE
from scrapers.clients.arxiv_listing import PAGE_SIZE, Listing, Reached
from scrapers.clients.arxiv_owed import Owed
from scrapers.clients.arxiv_paper import ATOM, PREFIX, Paper, key_of
from scrapers.clients.arxiv_texts import Form, Texts
from scrapers.clients.intake import Cursor, Unchanged, take_in
from scrapers.clients.memory import Memory, remembered
from scrapers.clients.oai import Asked, Repository
from scrapers.clients.polite import is_own_ground, polite_session, service_at
from scrapers.crawl.address import host_of
from scrapers.page import Desk, Progress, Scraped

TERMS_DELAY_S = 3.0  # terms of use of arXiv's APIs: one request every three seconds
PACE = "arxiv.org"  # whose turn every request to arXiv waits for, whichever of its hosts is asked
MAX_REDIRECTS = 5
OWED_SHARE = 0.1  # of a night's budget, kept for what earlier nights could not have
OFFICIAL = {
    "oai": "https://oaipmh.arxiv.org/oai",
    "latex": "https://export.arxiv.org/e-print",
    "html": "https://arxiv.org/html",
}
# https://info.arxiv.org/help/arxiv_identifier.html
IDENTIFIER = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7}")
SET = re.compile(r"[A-Za-z0-9_.!~*'()-]+(:[A-Za-z0-9_.!~*'()-]+)*")  # OAI-PMH 2.0, 2.6
Item = Scraped | Unchanged | Cursor


class ArxivPapers(Params):
    """Papers on arXiv; one document is a paper's text, or its title and abstract where only those may be had."""

    version: ClassVar[int] = 2

    kind: Literal["arxiv"] = "arxiv"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    query: str | None = Field(default=None, description='query of the API, unencoded: `abs:"beer" AND abs:malt`')
    categories: tuple[str, ...] = Field(default=(), description="keep what is in any of these, such as `q-bio.QM`")
    ids: tuple[str, ...] = Field(default=(), description="take these papers, such as `2301.00001` or `math/0301001`")
    sets: tuple[str, ...] = Field(default=(), description="harvest these sets by OAI-PMH, such as `cs:cs:CL`")
    since: date | None = Field(default=None, description="of sets only what changed on this day or later")
    full_text: tuple[Form, ...] = Field(default=("latex", "html"), description="texts to ask for, the best first")
    licences: tuple[str, ...] = Field(default=REDISTRIBUTABLE, description="SPDX identifiers a text must be under")
    papers: Literal["any", "full-text"] = Field(default="any", description="`full-text`: refuse papers without text")
    max_results: int = Field(default=100, ge=1, description="take in at most this many new or changed papers a night")
    endpoint: str = Field(default="https://export.arxiv.org/api/query", description="address of the query API")
    oai_endpoint: str | None = Field(default=None, description="address of OAI-PMH")
    eprint_endpoint: str | None = Field(default=None, description="address below which the LaTeX sources are")
    html_endpoint: str | None = Field(default=None, description="address below which the HTML is")
    delay_s: float = Field(default=TERMS_DELAY_S, ge=0, description="seconds between two requests, at least 3")

    @field_validator("ids")
    @classmethod
    def _be_ids(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        keys = tuple(dict.fromkeys(key_of(one.strip()) for one in ids))
        if wrong := [key for key in keys if not IDENTIFIER.fullmatch(key)]:
            raise ValueError(f"{wrong[0]!r} is no arXiv id, such as 2301.00001 or math/0301001")
        return keys

    @field_validator("sets")
    @classmethod
    def _be_sets(cls, sets: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [name for name in sets if not SET.fullmatch(name)]:
            raise ValueError(f"{wrong[0]!r} is no OAI-PMH set, such as cs:cs:CL")
        return tuple(dict.fromkeys(sets))

    @model_validator(mode="after")
    def _ask_for_something(self) -> Self:
        if not (self.query or self.categories or self.ids or self.sets):
            raise ValueError("name at least one of query, categories, ids and sets")
        if self.papers == "full-text" and not self.full_text:
            raise ValueError('papers = "full-text" needs a form in full_text')
        return self

    @model_validator(mode="after")
    def _keep_to_the_terms(self) -> Self:
        if self.delay_s < TERMS_DELAY_S and not self._is_own_ground():
            raise ValueError("delay_s must be at least 3: the terms of the arXiv API")
        return self

    def collect(self, desk: Desk) -> Progress:
        """Store each paper that is asked for; see ``Scraper.collect``."""
        with remembered(desk) as memory:
            return take_in(desk, memory, self._documents(desk, memory))

    def _documents(self, desk: Desk, memory: Memory) -> Iterator[Item]:
        session = self._session(desk)
        repository = Repository(self.name, self._address("oai"), session)
        addresses: dict[Form, str] = {"latex": self._address("latex"), "html": self._address("html")}
        rules = Rules(self.full_text, frozenset(self.licences), self.papers)
        texts = Texts(self.name, session, addresses, self.full_text)
        name = f"owed {rules.fingerprint}"
        editor = Editor(desk, memory, rules, repository, texts, Owed.of(name, memory.cursors.get(name)))
        listing = Listing(self.name, self._client(session))
        taken = _taken(memory, desk.night)
        kept = min(len(editor.owed.tries), math.ceil(OWED_SHARE * self.max_results), self.max_results - 1)
        walks = chain(self._by_id(listing, editor), self._by_query(listing, editor), self._by_set(repository, editor))
        wanted = _within(self.max_results - kept - taken, walks, editor)
        owed = _within(self.max_results - taken, _by_debt(listing, editor), editor)
        for item in chain(wanted, owed):
            yield item
            if isinstance(item, Scraped):
                yield from editor.owed.news()  # before any cursor that passes the paper
                yield Cursor("taken", {"night": desk.night, "papers": taken + len(editor.made)})

    def _by_id(self, listing: Listing, editor: Editor) -> Iterator[Item]:
        for found in listing.ids(self.ids):
            yield editor.missing(found) if isinstance(found, str) else editor.of_paper(found)

    def _by_query(self, listing: Listing, editor: Editor) -> Iterator[Item]:
        query = self._query()
        if not query:
            return
        key = f"query {_digest(query)} {editor.rules.fingerprint}"
        reached = Reached.of(key, editor.memory.cursors.get(key))
        for found in listing.query(query, reached, editor.desk.now()):
            yield editor.of_paper(found) if isinstance(found, Paper) else found

    def _by_set(self, repository: Repository, editor: Editor) -> Iterator[Item]:
        for name in self.sets:
            key = f"set {name} {self.since} {editor.rules.fingerprint}"
            reached = editor.memory.cursors.get(key) or (self.since.isoformat() if self.since else None)
            yield from _harvested(repository, editor, Asked(PREFIX, name, reached), key)

    def _query(self) -> str:
        categories = " OR ".join(f"cat:{category}" for category in self.categories)
        return f"({self.query}) AND ({categories})" if self.query and categories else self.query or categories

    def _client(self, session: requests.Session) -> arxiv.Client:
        # One retry is for arXiv's sporadic empty pages; the session does the waiting.
        client = arxiv.Client(page_size=min(PAGE_SIZE, self.max_results), delay_seconds=0.0, num_retries=1)
        client.query_url_format = self.endpoint + "?{}"
        client._session = session  # noqa: SLF001 - its own has no timeout and a fixed User-Agent
        return client

    def _session(self, desk: Desk) -> requests.Session:
        host = host_of(self.endpoint) or "" if self._is_own_ground() else PACE
        session = polite_session(desk, service_at(desk, host, self.delay_s))
        session.max_redirects = MAX_REDIRECTS
        session.hooks["response"].append(self._name_the_error)
        return session

    def _name_the_error(self, answer: requests.Response, **_: object) -> None:
        """Raise what arXiv says is wrong with a query; its client knows the status alone."""
        if not answer.url.startswith(self.endpoint) or b"/api/errors" not in answer.content:
            return
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            feed = etree.fromstring(answer.content, parser=parser)
        except (etree.XMLSyntaxError, ValueError):
            return
        for entry in feed.iterfind(f"{{{ATOM}}}entry"):
            if "/api/errors" in entry.findtext(f"{{{ATOM}}}id", ""):
                reason = " ".join(entry.findtext(f"{{{ATOM}}}summary", "no reason given").split())
                raise SourceError(f"{self.name}: arXiv refused the query: {reason}")

    def _address(self, name: Literal["oai", "latex", "html"]) -> str:
        """Return an address as given, else beside ``endpoint`` on own ground, else arXiv's."""
        given = {"oai": self.oai_endpoint, "latex": self.eprint_endpoint, "html": self.html_endpoint}[name]
        parts = urlsplit(self.endpoint)
        if given or not is_own_ground(parts.hostname or ""):
            return (given or OFFICIAL[name]).rstrip("/")
        return f"{parts.scheme}://{parts.netloc}{urlsplit(OFFICIAL[name]).path}"

    def _is_own_ground(self) -> bool:
        addresses = (self.endpoint, self._address("oai"), self._address("latex"), self._address("html"))
        return all(is_own_ground(urlsplit(address).hostname or "") for address in addresses)


def _by_debt(listing: Listing, editor: Editor) -> Iterator[Item]:
    """Yield what earlier nights could not have, last of all: trouble here keeps nothing else back.

    After one paper after the other was asked for in vain, the rest stays owed.
    """
    try:
        for found in listing.ids([key for key in editor.owed.tries if key not in editor.made]):
            if isinstance(found, Paper):
                yield editor.of_owed(found)
    except SourceError:
        if not editor.has_given_up:
            raise


def _within(budget: int, items: Iterator[Item], editor: Editor) -> Iterator[Item]:
    """Yield ``items`` until this run made ``budget`` papers in all."""
    while len(editor.made) < budget and (item := next(items, None)) is not None:
        yield item


def _harvested(repository: Repository, editor: Editor, asked: Asked, key: str) -> Iterator[Item]:
    """Yield the documents of a set, and with them the day from which it may be harvested again.

    arXiv lists by rising day (https://github.com/arXiv/oaipmh); where a list does not, only its end counts. No day
    later than ours is believed: with a clock that went wrong there, all changes up to that day would be missed.
    """
    today = editor.desk.now().astimezone(UTC).date()
    latest = date.fromisoformat(asked.since) if asked.since else date.min
    until: date | None = None
    is_rising = True
    for page in repository.pages(asked):
        until = until or _day(page.response_date)
        for record in page.records:
            yield editor.of_record(record)
            day = _day(record.datestamp)
            is_rising = is_rising and day is not None and day >= latest
            if is_rising and day and day > latest:
                latest = day
                yield Cursor(key, min(latest, today).isoformat())
        if not is_rising:
            yield Cursor(key, asked.since)
    if until:
        yield Cursor(key, (min(until, today) - timedelta(days=1)).isoformat())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _taken(memory: Memory, night: str) -> int:
    """Return how many papers earlier runs of this night took in."""
    value = memory.cursors.get("taken") or {}
    return int(value["papers"]) if value.get("night") == night else 0


def _digest(text: str) -> str:
    return hashlib.sha256(json.dumps(text).encode()).hexdigest()[:8]
