"""What becomes of a paper: its text where its licence lets it be passed on, else its abstract, or a refusal."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from scrapers.clients.arxiv_licences import NOT_STATED
from scrapers.clients.arxiv_owed import Owed, Patience
from scrapers.clients.arxiv_paper import IDENTIFIER, PREFIX, Deposit, Paper, atom_entry, deposit_of, key_of
from scrapers.clients.arxiv_texts import Form, Missing, Text, Texts
from scrapers.clients.intake import Unchanged
from scrapers.clients.memory import Memory
from scrapers.clients.oai import Record, Repository
from scrapers.clients.polite import Unanswered
from scrapers.page import Desk, Scraped

ABSTRACT_TYPE = "application/atom+xml;type=entry"
NONE = "-"  # in a mark: not asked for
ABSTRACT_LICENCE = "CC0-1.0"
ABSTRACT_EVIDENCE = (
    "arXiv metadata, abstracts included, is under CC0 1.0 (https://info.arxiv.org/help/api/tou.html); "
    "the paper itself is not part of this document"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides on a paper: ``papers`` without an allowed text give their abstract (``any``) or are refused."""

    forms: tuple[Form, ...]
    licences: frozenset[str]
    papers: Literal["any", "full-text"]

    @property
    def fingerprint(self) -> str:
        """Eight hex digits over the rules: a document made under others is made anew."""
        facts = [*self.forms], sorted(self.licences) if self.forms else [], self.papers
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]


class Mark(NamedTuple):
    """What a stored document was made of; its validator (``etag``). Fields hold no space."""

    version: str
    licence: str
    datestamp: str
    form: str
    rules: str

    def settles(self, made: "Mark") -> bool:
        """Return whether ``made`` would be the same document: a new date alone changes no text, an abstract maybe."""
        if self.form in ("latex", "html"):
            return self._replace(datestamp=NONE) == made._replace(datestamp=NONE)
        return self == made

    def __str__(self) -> str:
        return " ".join(self)


@dataclass(slots=True)
class Editor:
    """Makes one document of each paper, and asks for nothing that is stored already.

    ``made`` are the papers of this run. Of a paper that could not be had, the document is a refusal that may pass.
    """

    desk: Desk
    memory: Memory
    rules: Rules
    repository: Repository
    texts: Texts
    owed: Owed
    made: set[str] = field(default_factory=set, init=False)  # the memory knows them only once they are durable
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self._patience = Patience(self.repository.source)

    def of_paper(self, paper: Paper) -> Scraped | Unchanged:
        """Return the document of a paper that the query API named; its licence is asked for where that matters."""
        return self._once(paper.key, lambda: self._of_paper(paper))

    def of_record(self, record: Record) -> Scraped | Unchanged:
        """Return the document of a harvested record."""
        return self._once(key_of(record.identifier), lambda: self._of_record(record))

    def of_owed(self, paper: Paper) -> Scraped | Unchanged:
        """Return the document of a paper that earlier nights could not have, whatever is stored of it."""
        return self._once(paper.key, lambda: self._asked(paper))

    @property
    def has_given_up(self) -> bool:
        """Whether one paper after the other could not be had, which was raised as ``SourceError``."""
        return self._patience.is_at_end or self.texts.patience.is_at_end

    def missing(self, key: str) -> Scraped | Unchanged:
        """Return the mark of an id that arXiv does not list; what was stored of it stays."""
        if self.memory.known(key):
            return Unchanged()
        return self._once(key, lambda: self._gone(_nameless(key), "arXiv lists no paper of this id"))

    def _once(self, key: str, make: Callable[[], Scraped | Unchanged]) -> Scraped | Unchanged:
        if key in self.made:
            return Unchanged(0)
        try:
            made = make()
        except Unanswered as trouble:
            self.owed.remember(key)
            made = self._refused(_nameless(key), Missing("unreachable", str(trouble)), None, None)
        else:
            if isinstance(made, Scraped):
                self.owed.forget(key)
        if isinstance(made, Scraped):
            self.made.add(key)
        return made

    def _of_paper(self, paper: Paper) -> Scraped | Unchanged:
        mark = self._mark(paper.key)
        is_same = mark is not None and (mark.version, mark.rules) == (f"v{paper.version}", self.rules.fingerprint)
        if mark and is_same and (self.rules.forms or mark.datestamp != NONE):
            return Unchanged()
        if not self.rules.forms and not paper.is_withdrawn:
            return self._if_new(self._abstract(paper, self._made(paper, "", "", "abstract")))
        if paper.key in self.owed.tries and not paper.is_withdrawn:
            return Unchanged(0)  # its turn comes with the others that are owed
        return self._asked(paper)

    def _asked(self, paper: Paper) -> Scraped:
        if paper.is_withdrawn:
            return self._gone(paper, "its authors withdrew it")
        with self._patience.asking():
            record = self.repository.record(f"{IDENTIFIER}{paper.key}", PREFIX)
        if record and record.is_deleted:
            return self._gone(paper, f"OAI-PMH lists it as deleted on {record.datestamp}")
        deposit = deposit_of(record) if record else None
        if deposit is None or deposit.paper.version < paper.version:  # not announced there yet: asked again
            missing = Missing("licence-not-allowed", "OAI-PMH does not know its newest version yet")
            return self._without_text(paper, NOT_STATED, missing, None)
        return self._of_deposit(deposit)

    def _if_new(self, made: Scraped) -> Scraped | Unchanged:
        """Return ``made`` unless its body is stored: an abstract may change without a new version, at no cost."""
        known = self.memory.known(made.key)
        stored = known.place.payload_sha256 if known and known.place else None
        return Unchanged() if stored == hashlib.sha256(made.body).hexdigest() else made

    def _of_record(self, record: Record) -> Scraped | Unchanged:
        deposit = None if record.is_deleted else deposit_of(record)
        if deposit is None:
            reason = (
                f"OAI-PMH lists it as deleted on {record.datestamp}" if record.is_deleted else "its record is empty"
            )
            return self._gone(_nameless(key_of(record.identifier)), reason)
        mark = self._mark(deposit.paper.key)
        if mark and mark.settles(self._made(deposit.paper, deposit.licence, deposit.datestamp, mark.form)):
            return Unchanged()
        if deposit.paper.key in self.owed.tries and deposit.licence in self.rules.licences and not deposit.is_withdrawn:
            return Unchanged(0)  # as above
        return self._of_deposit(deposit)

    def _of_deposit(self, deposit: Deposit) -> Scraped:
        paper, licence = deposit.paper, deposit.licence
        if deposit.is_withdrawn:
            return self._gone(paper, "its authors withdrew it")
        if licence not in self.rules.licences:
            found: Text | Missing = Missing("licence-not-allowed", f"it is under {deposit.link or 'no stated licence'}")
        else:
            found = self.texts.of(deposit, self.owed.tries.get(paper.key, 0))
        if isinstance(found, Text):
            return self._text(deposit, found)
        return self._without_text(paper, licence, found, self._made(paper, licence, deposit.datestamp, "abstract"))

    def _text(self, deposit: Deposit, text: Text) -> Scraped:
        paper, link = deposit.paper, deposit.link
        record = f"{self.repository.endpoint}?verb=GetRecord&identifier={IDENTIFIER}{paper.key}&metadataPrefix={PREFIX}"
        return replace(
            self._row(paper, self._made(paper, deposit.licence, deposit.datestamp, text.form)),
            body=text.body,
            media_type=text.media_type,
            licence=deposit.licence,
            licence_evidence=f"OAI-PMH record of {deposit.datestamp} names {link} ({record}); text from {text.url}",
            attribution=f"{cited(paper, f'{paper.key}v{paper.version}')}, licence {link}",
        )

    def _without_text(self, paper: Paper, licence: str, missing: Missing, mark: Mark | None) -> Scraped:
        if self.rules.papers == "any":
            return self._abstract(paper, mark)
        return self._refused(paper, missing, mark, None if licence == NOT_STATED else licence)

    def _abstract(self, paper: Paper, mark: Mark | None) -> Scraped:
        return replace(
            self._row(paper, mark),
            body=atom_entry(paper),
            media_type=ABSTRACT_TYPE,
            licence=ABSTRACT_LICENCE,
            licence_evidence=ABSTRACT_EVIDENCE,
            attribution=cited(paper, paper.key),
        )

    def _row(self, paper: Paper, mark: Mark | None) -> Scraped:
        return Scraped(
            key=paper.key,
            url=paper.url,
            kind="paper",
            fetched_at=self.desk.now(),
            status=200,
            title=paper.title,
            author=paper.authors[0] if paper.authors else None,
            created_at=paper.published_at,
            updated_at=paper.updated_at,
            etag=str(mark) if mark else None,
        )

    def _gone(self, paper: Paper, detail: str) -> Scraped:
        return self._refused(paper, Missing("gone", detail), self._made(paper, "", "", "gone"), None)

    def _refused(self, paper: Paper, missing: Missing, mark: Mark | None, licence: str | None) -> Scraped:
        return Scraped(
            key=paper.key,
            url=paper.url,
            kind="paper",
            fetched_at=self.desk.now(),
            title=paper.title or None,
            licence=licence,
            refusal=missing.refusal,
            refusal_detail=missing.detail,
            etag=str(mark) if mark else None,
        )

    def _made(self, paper: Paper, licence: str, datestamp: str, form: str) -> Mark:
        return Mark(f"v{paper.version}", licence or NONE, datestamp or NONE, form, self.rules.fingerprint)

    def _mark(self, key: str) -> Mark | None:
        """Return what the stored document of ``key`` was made of."""
        known = self.memory.known(key)
        fields: Sequence[str] = (known.etag or "").split(" ") if known else ()
        return Mark(*fields) if len(fields) == len(Mark._fields) else None


def cited(paper: Paper, name: str) -> str:
    """Return authors, title, id and address, as papers are cited."""
    return f'{", ".join(paper.authors)}: "{paper.title}", arXiv:{name}, {paper.url}'


def _nameless(key: str) -> Paper:
    return Paper(key, 0, "", "", ())
