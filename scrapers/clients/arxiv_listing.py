"""Which papers to look at tonight: the query API's lists, walked so that nothing is missed and little is asked twice.

Two walks make a query's corpus whole, whatever a night's budget. *News*: what changed since the last complete walk,
newest change first. *The past*: what is older than the oldest paper reached, by the date of the first submission, which
never changes; each night goes on from there by the API's date filter, so that neither papers that come in between nor
the API's limit of 30,000 results shift it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import arxiv

from corpus.errors import SourceError
from scrapers.clients.arxiv_paper import Paper, paper_of
from scrapers.clients.intake import Cursor

MAX_RESULTS = 30_000  # https://info.arxiv.org/help/api/user-manual.html, 3.1.1.2
PAGE_SIZE = 100
FIRST_DAY = "199101010000"  # arXiv began in August 1991
# A paper is listed days after the moment it carries: weekends, holidays, moderation.
LATE = timedelta(days=7)
NEWEST_CHANGE = arxiv.SortCriterion.LastUpdatedDate
NEWEST = arxiv.SortCriterion.SubmittedDate


@dataclass(slots=True)
class Reached:
    """How far a query was walked: all changes before ``newest``, all papers from ``oldest`` on; ``key`` names it."""

    key: str
    newest: datetime | None = None
    oldest: datetime | None = None
    is_whole: bool = False

    @classmethod
    def of(cls, key: str, value: Any) -> "Reached":  # noqa: ANN401 - JSON
        """Return what the stored cursor ``value`` says, nothing reached where there is none."""
        if not isinstance(value, dict):
            return cls(key)
        return cls(key, _moment(value["newest"]), _moment(value["oldest"]), value["is_whole"])

    def cursor(self) -> Cursor:
        """Return the cursor to be stored."""
        moments = {"newest": self.newest, "oldest": self.oldest}
        value = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
        return Cursor(self.key, value | {"is_whole": self.is_whole})


@dataclass(slots=True)
class Listing:
    """The query API by its client; errors name ``source``."""

    source: str
    client: arxiv.Client
    _length: int = field(default=0, init=False)

    def query(self, query: str, reached: Reached, now: datetime) -> Iterator[Paper | Cursor]:
        """Yield the papers of a query that may be new or changed, and after each what was reached with it."""
        if reached.newest:
            yield from self._news(query, reached, now)
        else:
            reached.newest = now
        yield from self._past(query, reached)

    def ids(self, keys: Sequence[str]) -> Iterator[Paper | str]:
        """Yield the papers of ``keys``, and each key that is not listed."""
        for start in range(0, len(keys), PAGE_SIZE):
            wanted = keys[start : start + PAGE_SIZE]
            search = arxiv.Search(id_list=list(wanted), max_results=len(wanted))
            papers = {paper.key: paper for page in self._pages(search) for paper in page}
            yield from (papers.get(key, key) for key in wanted)

    def _news(self, query: str, reached: Reached, now: datetime) -> Iterator[Paper | Cursor]:
        floor, earliest = (reached.newest or now) - LATE, now
        self.client.page_size = PAGE_SIZE  # however small the budget: most of the list is known
        for page in self._pages(arxiv.Search(query=query, max_results=MAX_RESULTS, sort_by=NEWEST_CHANGE)):
            yield from page
            earliest = min(earliest, *(paper.published_at or now for paper in page))
            if min(paper.updated_at or now for paper in page) < floor:
                break
        else:
            if self._length >= MAX_RESULTS:  # more changed than the API lists: the past is walked again
                reached.oldest, reached.is_whole = None, False
            elif not self._length or (reached.oldest and earliest > reached.oldest):
                return  # a whole list has the paper that the past reached last: this one was empty or broke off
        reached.newest = now
        yield reached.cursor()

    def _past(self, query: str, reached: Reached) -> Iterator[Paper | Cursor]:
        while not reached.is_whole:
            before = reached.oldest
            search = arxiv.Search(query=_until(query, before), max_results=MAX_RESULTS, sort_by=NEWEST)
            for page in self._pages(search):
                for paper in page:
                    yield paper
                    reached.oldest = paper.published_at or reached.oldest
                    yield reached.cursor()
            if not self._length:
                return  # a list has at least the paper reached last: this is one of the API's empty answers
            reached.is_whole = self._length < MAX_RESULTS or reached.oldest == before
        yield reached.cursor()

    def _pages(self, search: arxiv.Search) -> Iterator[list[Paper]]:
        """Yield page after page as they are asked for; ``_length`` counts their papers."""
        self._length = 0
        results = self.client.results(search)
        try:
            while page := [paper_of(result) for result in islice(results, self.client.page_size)]:
                self._length += len(page)
                yield page
        except arxiv.ArxivError as error:
            raise SourceError(f"{self.source}: arXiv refused the query: {error}") from error


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _until(query: str, moment: datetime | None) -> str:
    """Return ``query`` for papers submitted up to ``moment``, its minute included (GMT; user manual, 3.1.1.1)."""
    if moment is None:
        return query
    end = moment.astimezone(UTC) + timedelta(minutes=1)
    return f"({query}) AND submittedDate:[{FIRST_DAY} TO {end:%Y%m%d%H%M}]"
