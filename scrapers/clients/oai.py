"""OAI-PMH 2.0, the harvester's side: one record, or every record of a set page by page.

Written from http://www.openarchives.org/OAI/2.0/openarchivesprotocol.htm (sections are named below). Dates are asked
for by the day, the granularity that every repository must support (3.3.1). Flow control (3.1.2.2: 503 with
``Retry-After``) is the session's.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import requests
from lxml import etree

from corpus.errors import SourceError
from scrapers.clients.polite import Unanswered

NAMESPACE = "{http://www.openarchives.org/OAI/2.0/}"
MAX_ANSWER_BYTES = 64 * 1024 * 1024  # arXiv's pages of 3,500 records have about 10 MB
MAX_PAGES = 10_000  # of one list; all of arXiv is some 1,000
MAX_RESTARTS = 3  # without a later datestamp in between
TRIES = 2  # for an answer that is damaged
# XML 1.0, 2.2: what no document may hold, neither as itself nor as a reference
ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));"
)


@dataclass(frozen=True, slots=True)
class Record:
    """One record (2.5): ``datestamp`` as given; ``metadata`` is the format's root, ``None`` where it was deleted."""

    identifier: str
    datestamp: str
    is_deleted: bool
    metadata: etree._Element | None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a list, in its order; ``token`` is None on the last one. ``response_date`` is the repository's."""

    records: tuple[Record, ...]
    response_date: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is harvested: a metadata format, of a set, changed on the day ``since`` (inclusive) or later."""

    prefix: str
    set_name: str | None = None
    since: str | None = None

    def arguments(self, since: str | None) -> dict[str, str]:
        """Return the arguments of the first request of a list from ``since`` on (4.5)."""
        named = {"verb": "ListRecords", "metadataPrefix": self.prefix, "set": self.set_name, "from": since}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class Repository:
    """An OAI-PMH repository; ``source`` is named in errors."""

    source: str
    endpoint: str
    session: requests.Session

    def record(self, identifier: str, prefix: str) -> Record | None:
        """Return one record (4.1), ``None`` where the repository does not know it; raise ``Unanswered`` otherwise."""
        arguments = {"verb": "GetRecord", "identifier": identifier, "metadataPrefix": prefix}
        root = self._ask(arguments)
        code, reason = error_of(root)
        if code == "idDoesNotExist":
            return None
        if code:
            raise Unanswered(f"{self.source}: {self.endpoint} refused the record {identifier}: {code}, {reason}")
        return next(iter(records_of(root)), None)

    def pages(self, asked: Asked) -> Iterator[Page]:
        """Yield the pages of a list (4.5); none where nothing matches.

        An expired token (``badResumptionToken``, 3.5) starts the list again at the newest day seen, so records may come
        twice. Raises ``SourceError`` for a wrong argument, a list without end, or an answer that cannot be read.
        """
        newest, restarts, token = asked.since, 0, None
        for _ in range(MAX_PAGES):
            # resumptionToken is an exclusive argument (3.5)
            root = self._ask({"verb": "ListRecords", "resumptionToken": token} if token else asked.arguments(newest))
            if token and error_of(root)[0] == "badResumptionToken":
                token, restarts = None, restarts + 1
                if restarts > MAX_RESTARTS:
                    raise SourceError(f"{self.source}: {self.endpoint} forgets its lists half-way; run again later")
                continue
            page = self._page(root, asked)
            yield page
            if page.token is None:
                return
            if page.token == token:
                raise SourceError(f"{self.source}: {self.endpoint} gives the same page again; run again later")
            token, later = page.token, _newest(page, newest)
            newest, restarts = later, restarts if later == newest else 0
        raise SourceError(
            f"{self.source}: the list of {self.endpoint} has no end ({MAX_PAGES:,} pages); report it there"
        )

    def _page(self, root: etree._Element, asked: Asked) -> Page:
        code, reason = error_of(root)
        if code and code != "noRecordsMatch":
            wanted = f"the set {asked.set_name!r}" if asked.set_name else "all records"
            raise SourceError(f"{self.source}: {self.endpoint} refused {wanted}: {code}, {reason}")
        token = root.findtext(f"{NAMESPACE}ListRecords/{NAMESPACE}resumptionToken") or ""
        response_date = (root.findtext(f"{NAMESPACE}responseDate") or "").strip()
        return Page(tuple(records_of(root)), response_date, token.strip() or None)

    def _ask(self, arguments: Mapping[str, str]) -> etree._Element:
        problem = ""
        for _ in range(TRIES):
            try:
                answer = self.session.get(self.endpoint, params=arguments)
            except requests.RequestException as error:  # what is left of them here: redirects
                problem = type(error).__name__
                continue
            if len(answer.content) > MAX_ANSWER_BYTES:
                raise Unanswered(
                    f"{self.source}: an answer of {self.endpoint} is larger than 64 MiB; ask a smaller set"
                )
            root = parsed(answer.content)
            if not isinstance(root, str):
                return root
            problem = root if answer.ok else f"HTTP {answer.status_code}"
        raise Unanswered(f"{self.source}: {self.endpoint} gave no OAI-PMH answer ({problem}); run again later")


def parsed(body: bytes) -> etree._Element | str:
    """Return the root of an answer, or why there is none.

    Characters that XML forbids are taken out. Nothing else is mended: a list that broke off would look complete.
    """
    problem = ""
    for content in (body, ILLEGAL.sub("", body.decode("utf-8", errors="replace")).encode()):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(content, parser=parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            problem = f"damaged XML: {error}"
            continue
        if root.getroottree().docinfo.doctype:
            return "it has a document type"
        return root if root.tag == f"{NAMESPACE}OAI-PMH" else f"its root is {root.tag}"
    return problem


def error_of(root: etree._Element) -> tuple[str, str]:
    """Return code and text of the answer's first error (3.6), two empty strings where it has none."""
    error = root.find(f"{NAMESPACE}error")
    if error is None:
        return "", ""
    return error.get("code") or "error", " ".join((error.text or "no reason given").split())


def records_of(root: etree._Element) -> Iterator[Record]:
    """Yield the records of an answer that have an identifier."""
    for record in root.iterfind(f"{NAMESPACE}*/{NAMESPACE}record"):
        header = record.find(f"{NAMESPACE}header")
        identifier = "" if header is None else (header.findtext(f"{NAMESPACE}identifier") or "").strip()
        if header is None or not identifier:
            continue
        datestamp = (header.findtext(f"{NAMESPACE}datestamp") or "").strip()
        metadata = record.find(f"{NAMESPACE}metadata/*")
        yield Record(identifier, datestamp, header.get("status") == "deleted", metadata)


def _newest(page: Page, before: str | None) -> str | None:
    """Return the day from which a list may start again after ``page``.

    That is its last day where days rise, else the day it started with before.
    """
    days = [record.datestamp[:10] for record in page.records]
    if not days or days != sorted(days) or (before and days[0] < before):
        return before
    return days[-1]
