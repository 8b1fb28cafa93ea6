"""The things a demo world is made of: what a server answers, and what should become of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

FIRST_DAY = datetime(2026, 11, 1, 6, tzinfo=UTC)
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Resource:
    """One path of one host.

    ``first_status``: answered once per run of the server, before ``status``; with ``Retry-After: 1``.
    """

    body: bytes
    media_type: str = HTML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    modified_at: datetime = FIRST_DAY
    first_status: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What the pipeline should make of one document.

    ``reason``: why it is dropped whatever else there is, ``None`` if only a duplicate may push it out. Documents of
    one ``family`` are near-duplicates; those of one ``wording`` have the same text. ``planted``: values that must
    not survive. ``seen``: the night its present text was first to be had.
    """

    id: str
    reason: str | None = None
    family: str | None = None
    wording: str | None = None
    planted: tuple[str, ...] = ()
    seen: int = 1


@dataclass(frozen=True, slots=True)
class Paper:
    """One invented paper; ``key`` is its arXiv identifier without a version."""

    key: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class World:
    """The small internet on one night: ``sites`` is host -> path -> resource."""

    night: int
    sites: dict[str, dict[str, Resource]] = field(default_factory=dict)
    papers: tuple[Paper, ...] = ()
    documents: dict[str, Document] = field(default_factory=dict)


def modified_on(night: int, number: int = 0) -> datetime:
    """Return when a page that is new or changed on ``night`` was last modified."""
    return FIRST_DAY + timedelta(days=night - 1, minutes=number)
