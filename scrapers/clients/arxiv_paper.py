"""A paper on arXiv as its metadata describe it: read from the query API or from OAI-PMH, written as an Atom entry."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import arxiv
from lxml import etree

from scrapers.clients.arxiv_licences import spdx_of
from scrapers.clients.oai import ILLEGAL, Record

ATOM = "http://www.w3.org/2005/Atom"
ARXIV = "http://arxiv.org/schemas/atom"
PREFIX = "arXivRaw"  # http://arxiv.org/OAI/arXivRaw.xsd: the one format with the licence and the versions
RAW = "{http://arxiv.org/OAI/arXivRaw/}"
IDENTIFIER = "oai:arXiv.org:"
WITHDRAWN = re.compile(
    r"(?<!replaces )(?<!supersedes )(?<!replaces the )(?<!supersedes the )\bwithdrawn\b", re.IGNORECASE
)
WITHDRAWN_TYPE = "I"  # the letter of a version without source in ``source_type``
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
# TeX's accents (The TeXbook, chapter 9), as combining characters, and its letters
ACCENTS = dict(
    zip(
        "`'^\"~=.uvHcdbkr",
        "\u0300\u0301\u0302\u0308\u0303\u0304\u0307\u0306\u030c\u030b\u0327\u0323\u0331\u0328\u030a",
        strict=True,
    )
)
LETTERS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "i": "i", "j": "j", "l": "ł", "L": "Ł", "o": "ø", "O": "Ø",
    "oe": "œ", "OE": "Œ", "ss": "ß",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """The newest version of a paper; ``key`` is its id without the version. Moments are UTC."""

    key: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    comment: str = ""
    doi: str = ""
    journal_ref: str = ""

    @property
    def url(self) -> str:
        """The page of the paper."""
        return f"https://arxiv.org/abs/{self.key}"

    @property
    def is_withdrawn(self) -> bool:
        """Whether its authors' comment says so: arXiv keeps the entry and takes the text away."""
        return WITHDRAWN.search(self.comment) is not None


@dataclass(frozen=True, slots=True)
class Deposit:
    """A paper with what OAI-PMH says of it besides: licence (SPDX) and its link, datestamp, form of its source."""

    paper: Paper
    licence: str
    link: str
    datestamp: str
    source_type: str
    size_bytes: int

    @property
    def is_withdrawn(self) -> bool:
        """Whether its newest version has no text."""
        return WITHDRAWN_TYPE in self.source_type or self.paper.is_withdrawn


def key_of(identifier: str) -> str:
    """Return an id (``2301.00001v2``, ``math/0301001``) without version, prefix and address."""
    name = re.sub(r"^(https?://(export\.|www\.)?arxiv\.org/(abs|pdf|html)/|oai:arXiv\.org:|arXiv:)", "", identifier)
    return re.sub(r"v\d+$", "", name)


def paper_of(result: arxiv.Result) -> Paper:
    """Return the paper that an entry of the query API is about."""
    short = result.get_short_id()
    version = re.search(r"v(\d+)$", short)
    return Paper(
        key=key_of(short),
        version=int(version[1]) if version else 1,
        title=ILLEGAL.sub("", result.title),
        abstract=ILLEGAL.sub("", result.summary),
        authors=tuple(ILLEGAL.sub("", author.name) for author in result.authors),
        categories=tuple(result.categories),
        published_at=result.published,
        updated_at=result.updated,
        comment=ILLEGAL.sub("", result.comment or ""),
        doi=ILLEGAL.sub("", result.doi or ""),
        journal_ref=ILLEGAL.sub("", result.journal_ref or ""),
    )


def deposit_of(record: Record) -> Deposit | None:
    """Return what an OAI-PMH record in the format ``arXivRaw`` says, ``None`` where it says nothing of a paper."""
    raw = record.metadata
    if raw is None or raw.tag != f"{RAW}arXivRaw":
        return None
    versions = sorted(raw.iterfind(f"{RAW}version"), key=_number)
    if not versions:
        return None
    paper = Paper(
        key=key_of(record.identifier),
        version=_number(versions[-1]),
        title=" ".join(_text(raw, "title").split()),
        abstract=_text(raw, "abstract"),
        authors=names_in(_text(raw, "authors")),
        categories=tuple(_text(raw, "categories").split()),
        published_at=_moment(versions[0]),
        updated_at=_moment(versions[-1]),
        comment=_text(raw, "comments"),
        doi=_text(raw, "doi"),
        journal_ref=_text(raw, "journal-ref"),
    )
    link = _text(raw, "license").strip()
    size = re.match(r"\s*(\d{1,9})kb", _text(versions[-1], "size"))
    source_type = _text(versions[-1], "source_type")
    return Deposit(paper, spdx_of(link), link, record.datestamp, source_type, 1024 * int(size[1]) if size else 0)


def names_in(authors: str) -> tuple[str, ...]:
    """Return the names in arXiv's line of authors (https://info.arxiv.org/help/prep.html), affiliations left out."""
    names: list[str] = []
    for piece in re.split(r"[,;]|\band\s", plain_letters(_without_brackets(authors))):
        name = " ".join(piece.split())
        if names and name.rstrip(".").lower() in SUFFIXES:
            names[-1] += f" {name}"
        elif name:
            names.append(name)
    return tuple(names)


def plain_letters(text: str) -> str:
    """Return ``text`` with TeX's accents and letters as Unicode."""
    accented = r"\\(?:([`'^\"~=.])\s*|([uvHcdbkr])(?=[\s{\\]))\s*(?:\{\s*\\?([A-Za-z])\s*\}|\\?([A-Za-z]))"
    text = re.sub(accented, lambda m: unicodedata.normalize("NFC", (m[3] or m[4]) + ACCENTS[m[1] or m[2]]), text)
    letters = "|".join(sorted(LETTERS, key=len, reverse=True))
    text = re.sub(rf"\\({letters})(?![A-Za-z])\s*(?:\{{\}})?", lambda m: LETTERS[m[1]], text)
    return re.sub(r"[{}]", "", text).replace("~", " ")


def _without_brackets(text: str) -> str:
    kept, depth = [], 0
    for piece in re.split(r"([()])", text):
        if piece in ("(", ")"):
            depth = max(depth + (1 if piece == "(" else -1), 0)
        elif not depth:
            kept.append(piece)
    return "".join(kept)


def atom_entry(paper: Paper) -> bytes:
    """Return ``paper`` as a lone Atom entry (RFC 4287, 4.1.2), UTF-8, the same bytes for the same paper."""
    entry = etree.Element(f"{{{ATOM}}}entry", nsmap={None: ATOM, "arxiv": ARXIV})
    address = f"http://arxiv.org/abs/{paper.key}v{paper.version}"
    for tag, text in (("id", address), ("title", paper.title), ("summary", paper.abstract)):
        etree.SubElement(entry, f"{{{ATOM}}}{tag}").text = text
    for tag, moment in (("published", paper.published_at), ("updated", paper.updated_at)):
        if moment:
            etree.SubElement(entry, f"{{{ATOM}}}{tag}").text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    for name in paper.authors:
        person = etree.SubElement(entry, f"{{{ATOM}}}author")
        etree.SubElement(person, f"{{{ATOM}}}name").text = name
    for category in paper.categories:
        etree.SubElement(entry, f"{{{ATOM}}}category", term=category)
    for tag, text in (("doi", paper.doi), ("journal_ref", paper.journal_ref), ("comment", paper.comment)):
        if text:
            etree.SubElement(entry, f"{{{ARXIV}}}{tag}").text = text
    return bytes(etree.tostring(entry, encoding="utf-8"))


def _text(element: etree._Element, tag: str) -> str:
    return element.findtext(f"{RAW}{tag}") or ""


def _number(version: etree._Element) -> int:
    digits = re.fullmatch(r"v(\d{1,4})", version.get("version") or "")
    return int(digits[1]) if digits else 0


def _moment(version: etree._Element) -> datetime | None:
    """Return when a version was submitted, written as in RFC 5322, 3.3."""
    try:
        moment = parsedate_to_datetime(_text(version, "date"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
