"""The documents of a wiki: one row a page, its text asked for only where another revision is stored, or none.

A page that gets no answer is refused for now and remembered; after ``FAILURES`` of them in a row the error is raised.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Literal
from urllib.parse import quote

import requests
from mwclient.errors import APIError, MwClientError

from scrapers.clients.intake import Cursor, Unchanged
from scrapers.clients.mediawiki import Revision, Rights, Wiki
from scrapers.clients.memory import Known, Memory
from scrapers.clients.polite import Unanswered
from scrapers.page import Desk, Scraped

HTML_TYPE = "application/json; profile=mediawiki-parse"
WIKITEXT_TYPE = "application/json; profile=mediawiki-wikitext"
AGAIN = "again"  # the cursor of the pages to ask for again, which the cursor of no list holds back
FAILURES = 3
OF_ONE_PAGE = (Unanswered, MwClientError, requests.HTTPError)
HIDDEN = "hidden"
Item = Scraped | Cursor | Unchanged


@dataclass(slots=True)
class Pages:
    """Makes the rows of one night; ``index`` is the wiki's own address, ``max_pages`` how many it may fetch.

    ``again`` are the pages to ask for again, in that order; ``postponed`` those of them whose turn is not yet.
    """

    desk: Desk
    memory: Memory
    wiki: Wiki
    rights: Rights
    content: Literal["html", "wikitext"]
    max_pages: int
    index: str
    fetched: int = field(init=False)
    failures: int = field(default=0, init=False)
    again: dict[int, None] = field(init=False)
    postponed: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.fetched = self.memory.stored_on(self.desk.night)
        self.again = dict.fromkeys(self.memory.cursors.get(AGAIN, ()))
        self.postponed = frozenset(self.again)

    def is_full(self) -> bool:
        """Return whether the night may fetch no more."""
        return self.fetched >= self.max_pages

    def to_ask_again(self) -> list[int]:
        """Return the pages of earlier nights whose turn has come now; from here on they are read as all others."""
        waiting = [pageid for pageid in self.again if pageid in self.postponed]
        self.postponed, self.failures = frozenset(), 0
        return waiting

    def read(self, revisions: Iterable[Revision]) -> Iterator[Item]:
        """Yield each page whose stored revision is another, as many as the night may still take."""
        new: list[Revision] = []
        for revision in revisions:
            known = self.memory.known(str(revision.pageid))
            if revision.is_absent or revision.pageid in self.postponed:
                continue
            if revision.revid is None:
                yield from self._failed(revision, _lacking(revision, "revision"))
            elif known and self._is_stored(known, revision):
                self._settle(revision, known.refusal)
                yield Unchanged()
            elif revision.is_redirect:
                yield from [self.gone(str(revision.pageid), revision)] if known else []
            else:
                new.append(revision)
        room = max(0, self.max_pages - self.fetched)
        self.fetched += len(new)  # more than fits makes the night full, and no cursor passes what was left out
        yield from self._rendered(new[:room]) if self.content == "html" else self._sources(new[:room])

    def _is_stored(self, known: Known, revision: Revision) -> bool:
        facts = (known.etag, known.title, known.licence)
        return known.refusal in {None, HIDDEN} and facts == (self._mark(revision), revision.title, self.rights.licence)

    def _settle(self, revision: Revision, refusal: str | None) -> None:
        """Ask for the page as for all others from now on; one whose text is hidden is among none of them."""
        if refusal is None:
            self.again.pop(revision.pageid, None)
        else:
            self.again[revision.pageid] = None

    def _rendered(self, revisions: list[Revision]) -> Iterator[Item]:
        for revision in revisions:
            try:
                body = _canonical(self.wiki.rendered(revision.revid or 0))
            except OF_ONE_PAGE as error:
                yield from self._failed(revision, error)
            else:
                yield from self._had(revision, self._scraped(revision, body, HTML_TYPE))

    def _sources(self, revisions: list[Revision]) -> Iterator[Item]:
        try:
            texts = self.wiki.sources(revision.revid or 0 for revision in revisions) if revisions else {}
        except OF_ONE_PAGE as error:
            one_by_one = ([revision] for revision in revisions)
            failed = self._failed(revisions[0], error)
            yield from failed if len(revisions) == 1 else chain.from_iterable(map(self._sources, one_by_one))
            return
        for revision in revisions:
            if revision.revid in texts:
                yield from self._had(revision, self._written(revision, texts[revision.revid]))
            else:
                yield from self._failed(revision, _lacking(revision, "text"))

    def _written(self, revision: Revision, text: str | None) -> Scraped:
        row = self._scraped(revision, _canonical({"title": revision.title, "wikitext": text}), WIKITEXT_TYPE)
        if text is not None:
            return row
        return replace(row, body=b"", refusal=HIDDEN, refusal_detail=f"the wiki hides the text of {revision.revid}")

    def _had(self, revision: Revision, row: Scraped) -> Iterator[Item]:
        before, self.failures = list(self.again), 0
        self._settle(revision, row.refusal)
        yield row
        if before != list(self.again):
            yield Cursor(AGAIN, list(self.again))

    def _failed(self, revision: Revision, error: Exception) -> Iterator[Item]:
        """Refuse one page for now; raise ``error`` where it is one too many."""
        self.again.pop(revision.pageid, None)
        self.again[revision.pageid] = None
        self.failures += 1
        yield self._refused(str(revision.pageid), revision, "unreachable", getattr(error, "info", None) or str(error))
        yield Cursor(AGAIN, list(self.again))
        if self.failures == FAILURES:
            raise error

    def _mark(self, revision: Revision) -> str:
        return f"{revision.revid} {self.content}"

    def _scraped(self, revision: Revision, body: bytes, media_type: str) -> Scraped:
        history = f"{revision.url}?action=history"
        return Scraped(
            key=str(revision.pageid),
            url=revision.url,
            kind="reference",
            fetched_at=self.desk.now(),
            body=body,
            media_type=media_type,
            status=200,
            title=revision.title,
            updated_at=revision.edited_at,
            licence=self.rights.licence,
            licence_evidence=self.rights.evidence,
            attribution=f'"{revision.title}", revision {revision.revid}, by its contributors: {history}',
            etag=self._mark(revision),
        )

    def gone(self, key: str, revision: Revision) -> Scraped:
        """Return the refusal of a page that is missing or leads elsewhere now."""
        self.again.pop(revision.pageid, None)
        if revision.is_redirect:
            return self._refused(key, revision, "redirected", "the page leads to another one now")
        return self._refused(key, revision, "gone", "the wiki has no such page")

    def _refused(self, key: str, revision: Revision, reason: str, detail: str) -> Scraped:
        known = self.memory.known(key)
        page = f"title={quote(revision.title)}" if revision.title else f"curid={revision.pageid}"
        url = known.url if known else f"{self.index}?{page}"
        row = Scraped(key=key, url=url, kind="reference", fetched_at=self.desk.now(), status=200)
        return replace(row, refusal=reason, refusal_detail=detail)


def _lacking(revision: Revision, what: str) -> APIError:
    return APIError("incomplete", f"the wiki's answer has no {what} of page {revision.pageid}", {})


def _canonical(answer: object) -> bytes:
    return json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(errors="replace")
