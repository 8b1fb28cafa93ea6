"""What a source is: the words between a scraper, the crawler and the archive.

A scraper is pure in its parsing: no socket, clock or disk. Politeness, consent and durability exist once, in
``scrapers.crawl``, and reach every source through its ``Desk``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from corpus.revisions import night_of
from corpus.schema import Kind
from corpus.store import Store

Verdict = Literal["allow", "deny", "unknown"]
CONTAINER = "container"  # the refusal of what is no document itself, such as a mailbox; its documents have rows


@dataclass(frozen=True, slots=True)
class Request:
    """One URL to ask for; ``role`` tells ``parse`` what came back.

    ``published_at`` is when the document was published, where the feed that named it said so; ``lastmod`` when it was
    last changed, where its sitemap or feed said so; ``title`` its headline there, as plain text.
    """

    url: str
    role: Literal["page", "sitemap", "feed"] = "page"
    depth: int = 0
    published_at: datetime | None = None
    lastmod: datetime | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: status, lower-cased headers, decoded (unzipped) body; ``url`` is where redirects ended.

    ``headers`` are joined where they repeat; ``raw_headers`` are the lines as they came. ``signals`` on consent and
    ``requests`` are those that its scripts added, where a browser showed it.
    """

    request: Request
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    raw_headers: tuple[tuple[str, str], ...] = ()
    signals: tuple["Signal", ...] = ()
    requests: int = 1


@dataclass(frozen=True, slots=True)
class Signal:
    """One consent signal as found: where (``robots.txt``, ``header`` ...), its raw value, the path it covers, when."""

    source: str
    value: str
    path: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Scraped:
    """One document as its source gave it; the columns of ``corpus.schema.RAW`` less the archive's.

    ``key`` is the id there: ``id`` becomes ``<source>/<key>``. A refused document has ``refusal`` and no body;
    ``refusal_detail`` says why in one readable sentence (the rule, the header, the status, where a redirect leads).
    Status 304 has neither body nor refusal: it is as it was. ``headers`` are those of an HTTP answer, for the archive.
    """

    key: str
    url: str
    kind: Kind
    fetched_at: datetime
    body: bytes = b""
    media_type: str = ""
    status: int | None = None
    title: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    licence: str | None = None
    licence_evidence: str | None = None
    attribution: str | None = None
    consent: Verdict = "unknown"
    consent_evidence: tuple[Signal, ...] = ()
    refusal: str | None = None
    refusal_detail: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    simhash: int | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """How the outside is reached; the same for every source of a recipe.

    ``proxy`` is an HTTP proxy for every request. ``allow_private`` lets loopback and private addresses be asked,
    which is refused otherwise.
    """

    contact: str
    proxy: str | None = None
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """A heartbeat: documents stored, refused and still queued so far; ``unchanged`` were asked and are as they were."""

    source: str
    stored: int
    refused: int
    queued: int | None = None
    unchanged: int = 0


def _quiet(_progress: Progress) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one source works in one night.

    ``store``/``folder`` is where its parts go (``state/raw/<night>/<source>``), ``work`` a local folder for what can
    be rebuilt (the frontier), ``machine`` a local folder for pace state shared by every dataset of this user.
    """

    source: str
    store: Store
    folder: str
    work: Path
    machine: Path
    network: Network
    now: Callable[[], datetime]
    report: Callable[[Progress], None] = field(default=_quiet)

    @property
    def night(self) -> str:
        """Tonight's name, as in ``folder``."""
        return night_of(self.folder)


class Scraper(Protocol):
    """A source. Adding one is one file, one name in ``AnyScraper``, one test with recorded answers."""

    @property
    def kind(self) -> str:
        """The name a recipe uses for this sort of source."""
        ...

    @property
    def name(self) -> str:
        """The name the recipe gives this source; the first part of its documents' ids."""
        ...

    def collect(self, desk: Desk) -> Progress:
        """Store everything new as durable parts under ``desk.folder`` and return the final counts.

        Called again after a crash it continues and stores nothing twice. Raises ``SourceError`` in one sentence.
        """
        ...
