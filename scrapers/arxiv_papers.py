"""arXiv: titles and abstracts of papers from the export API, by the ``arxiv`` client.

The terms of the API apply instead of robots.txt: one request every three seconds and one connection at a time for
all of one's clients together (https://info.arxiv.org/help/api/tou.html). Only metadata is taken, which is CC0; most
e-prints themselves may not be redistributed and are not asked for.
"""

import re
from collections.abc import Iterator
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

import arxiv
from lxml import etree
from pydantic import Field, model_validator

from corpus.errors import SourceError
from corpus.params import Params
from scrapers.clients.intake import take_in
from scrapers.clients.memory import remembered
from scrapers.clients.polite import is_own_ground, polite_session, service_at
from scrapers.crawl.address import host_of
from scrapers.page import Desk, Progress, Scraped

ATOM = "http://www.w3.org/2005/Atom"
ARXIV = "http://arxiv.org/schemas/atom"
MEDIA_TYPE = "application/atom+xml;type=entry"
LICENCE_EVIDENCE = (
    "arXiv metadata, abstracts included, is under CC0 1.0 (https://info.arxiv.org/help/api/tou.html); "
    "the paper itself is not part of this document"
)
TERMS_DELAY_S = 3.0  # terms of use of the arXiv API: one request every three seconds
PAGE_SIZE = 100


class ArxivPapers(Params):
    """Papers that match a query, newest first; one document is a paper's title and abstract."""

    version: ClassVar[int] = 1

    kind: Literal["arxiv"] = "arxiv"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    query: str = Field(description='query of the arXiv API, unencoded: `abs:"beer" AND abs:fermentation`')
    categories: tuple[str, ...] = Field(default=(), description="keep papers of any of these, such as `q-bio.QM`")
    max_results: int = Field(default=100, ge=1, le=30_000, description="at most this many papers a night")
    endpoint: str = Field(default="https://export.arxiv.org/api/query", description="address of the query API")
    delay_s: float = Field(default=TERMS_DELAY_S, ge=0, description="seconds between two requests, at least 3")

    @model_validator(mode="after")
    def _keep_to_the_terms(self) -> Self:
        if self.delay_s < TERMS_DELAY_S and not is_own_ground(urlsplit(self.endpoint).hostname or ""):
            raise ValueError("delay_s must be at least 3: the terms of the arXiv API")
        return self

    def collect(self, desk: Desk) -> Progress:
        """Store each paper that matches; see ``Scraper.collect``."""
        with remembered(desk) as memory:
            return take_in(desk, memory, self._papers(desk))

    def _papers(self, desk: Desk) -> Iterator[Scraped]:
        try:
            for result in self._client(desk).results(self._search()):
                if "/api/errors" in result.entry_id:  # arXiv answers a wrong query with an entry
                    raise SourceError(f"{self.name}: arXiv refused the query: {result.summary.strip()}")
                yield scraped(result, desk)
        except arxiv.ArxivError as error:
            raise SourceError(f"{self.name}: arXiv refused the query: {error}") from error

    def _client(self, desk: Desk) -> arxiv.Client:
        # One retry is for arXiv's sporadic empty pages; the session does the waiting.
        client = arxiv.Client(page_size=min(PAGE_SIZE, self.max_results), delay_seconds=0.0, num_retries=1)
        client.query_url_format = self.endpoint + "?{}"
        client._session = polite_session(desk, service_at(desk, host_of(self.endpoint) or "", self.delay_s))  # noqa: SLF001 - its own has no timeout and a fixed User-Agent
        return client

    def _search(self) -> arxiv.Search:
        query = self.query
        if self.categories:
            query = f"({query}) AND ({' OR '.join(f'cat:{category}' for category in self.categories)})"
        newest = arxiv.SortCriterion.SubmittedDate
        return arxiv.Search(query=query, max_results=self.max_results, sort_by=newest)


def scraped(result: arxiv.Result, desk: Desk) -> Scraped:
    """Return one paper as a document; authors are named in the attribution, as papers are cited, and nowhere else."""
    names = [author.name for author in result.authors]
    key = re.sub(r"v\d+$", "", result.get_short_id())
    url = f"https://arxiv.org/abs/{key}"
    return Scraped(
        key=key,
        url=url,
        kind="paper",
        fetched_at=desk.now(),
        body=atom_entry(result),
        media_type=MEDIA_TYPE,
        status=200,
        title=result.title,
        author=desk.author(names[0]) if names else None,
        created_at=result.published,
        updated_at=result.updated,
        licence="CC0-1.0",
        licence_evidence=LICENCE_EVIDENCE,
        attribution=f'{", ".join(names)}: "{result.title}", arXiv:{key}, {url}',
    )


def atom_entry(result: arxiv.Result) -> bytes:
    """Return ``result`` as a lone Atom entry (RFC 4287, 4.1.2), UTF-8, the same bytes for the same result."""
    entry = etree.Element(f"{{{ATOM}}}entry", nsmap={None: ATOM, "arxiv": ARXIV})
    for tag, text in (("id", result.entry_id), ("title", result.title), ("summary", result.summary)):
        etree.SubElement(entry, f"{{{ATOM}}}{tag}").text = text
    for tag, moment in (("published", result.published), ("updated", result.updated)):
        etree.SubElement(entry, f"{{{ATOM}}}{tag}").text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    for author in result.authors:
        person = etree.SubElement(entry, f"{{{ATOM}}}author")
        etree.SubElement(person, f"{{{ATOM}}}name").text = author.name
    for category in result.categories:
        etree.SubElement(entry, f"{{{ATOM}}}category", term=category)
    for tag, text in (("doi", result.doi), ("journal_ref", result.journal_ref), ("comment", result.comment)):
        if text:
            etree.SubElement(entry, f"{{{ARXIV}}}{tag}").text = text
    return bytes(etree.tostring(entry, encoding="utf-8"))
