"""From a client's stream of documents to durable parts, and cursors that never run ahead of them."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scrapers.clients.memory import CURSORS, Known, Memory
from scrapers.crawl.archive import Parts
from scrapers.page import Desk, Progress, Scraped

SAID = ("refusal", "url", "title", "author", "etag", "licence", "licence_evidence", "attribution", "consent")
LONGEST_UNSAVED = timedelta(minutes=2)  # a kill loses this much asking at most


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where asking for ``key`` goes on next time; counts once every document yielded before it is durable.

    ``key`` should name all that was asked (query, options), so that another question starts anew. ``value`` is JSON.
    """

    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Unchanged:
    """So many documents were asked after and are as they were stored."""

    documents: int = 1


def take_in(desk: Desk, memory: Memory, items: Iterable[Scraped | Cursor | Unchanged]) -> Progress:
    """Store ``items`` as parts below ``desk.folder`` and return the night's counts.

    A document that says what is stored of it already is counted as unchanged and not stored again. A part is written
    whenever one is full or old and at the end, also when ``items`` raises: what came before stays. After each part the
    cursors that came before it are written.
    """
    intake = _Intake(desk, memory)
    try:
        for item in items:
            intake.take(item)
    finally:
        intake.save()
    return intake.progress()


class _Intake:
    def __init__(self, desk: Desk, memory: Memory) -> None:
        self._desk, self._memory = desk, memory
        self._parts = Parts(desk.store, desk.folder, desk.source)
        self._unchanged = 0
        self._pending: dict[str, Any] = {}
        self._saved_at: datetime = desk.now()

    def take(self, item: Scraped | Cursor | Unchanged) -> None:
        if isinstance(item, Cursor):
            self._pending[item.key] = item.value
        elif isinstance(item, Unchanged):
            self._unchanged += item.documents
        else:
            self._document(item)
        if self._parts.is_full or self._desk.now() - self._saved_at >= LONGEST_UNSAVED:
            self.save()
        self._desk.report(self.progress())

    def save(self) -> None:
        """Make the documents durable, then the cursors that cover them."""
        if written := self._parts.flush():
            part, rows = written
            self._memory.learn(part.path, rows)
        if self._pending:
            self._memory.cursors |= self._pending
            content = json.dumps(self._memory.cursors, sort_keys=True).encode()
            self._desk.store.put(f"{self._desk.folder}/{CURSORS}", content)
            self._pending = {}
        self._saved_at = self._desk.now()

    def progress(self) -> Progress:
        parts = self._parts
        return Progress(self._desk.source, parts.stored, parts.refused, unchanged=self._unchanged)

    def _document(self, document: Scraped) -> None:
        known = self._memory.known(document.key)
        if known is None:
            self._parts.add(document)
        elif _says(document) == _said(known):
            self._unchanged += 1
        elif known.night == self._desk.night:
            self._parts.renew(document, known.place)  # it changed since an earlier run of this night
        else:
            self._parts.add(document, known.place)


def _says(document: Scraped) -> tuple[str | None, ...]:
    sha256 = None if document.refusal else hashlib.sha256(document.body).hexdigest()
    return sha256, *(getattr(document, name) for name in SAID)


def _said(known: Known) -> tuple[str | None, ...]:
    return known.place.payload_sha256 if known.place else None, *(getattr(known, name) for name in SAID)
