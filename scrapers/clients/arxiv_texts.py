"""The text of a paper on arXiv: its LaTeX source or arXiv's HTML of it, whichever is there.

Programs are asked to use ``export.arxiv.org`` (https://info.arxiv.org/help/robots.html), which serves the sources; HTML
is on the main site alone.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import requests

from scrapers.clients.arxiv_owed import Patience
from scrapers.clients.arxiv_paper import Deposit
from scrapers.clients.polite import Unanswered

Form = Literal["latex", "html"]
MAX_BYTES = 50 * 1024 * 1024
TRIES_A_FORM = 3  # nights in vain before the next form is asked for
NOT_THERE = frozenset({404, 410})  # every other answer than a text may be another one tomorrow
EPRINT_TYPE = "application/x-eprint"
HTML_TYPE = "text/html; profile=arxiv-html"
# source_type of a version whose source is not LaTeX: none, withheld, PostScript, HTML, DOCX
NOT_LATEX = frozenset("ISPHX")
NOT_TEXT = (b"%PDF", b"%!PS", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"<")
GZIP = b"\x1f\x8b"
# LaTeXML's page for a conversion that died half-way; the address answers 200 then, and also where there is no HTML
FATAL = re.compile(rb"Conversion to HTML had a Fatal error", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a paper as it was served."""

    form: Form
    url: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no text: a kebab-case refusal and a sentence."""

    refusal: str
    detail: str


@dataclass(slots=True)
class Texts:
    """Where texts are asked for: ``addresses`` by form; ``forms`` in order of preference."""

    source: str
    session: requests.Session
    addresses: dict[Form, str]
    forms: Sequence[Form]
    patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self.patience = Patience(self.source)

    def of(self, deposit: Deposit, tries: int = 0) -> Text | Missing:
        """Return the first form that there is, or why there is none for good; ``tries`` were made in vain before.

        Raises:
            Unanswered: whether there is a text was not to be learnt.
            SourceError: nor was it for the papers before, and ``patience`` is at its end.
        """
        missing = Missing("unsupported-type", "no form of its text was asked for")
        first = tries // TRIES_A_FORM % max(len(self.forms), 1)
        for form in (*self.forms[first:], *self.forms[:first]):
            found = self._latex(deposit) if form == "latex" else self._html(deposit)
            if isinstance(found, Text):
                return found
            if missing.refusal != "too-large":
                missing = found
        return missing

    def _latex(self, deposit: Deposit) -> Text | Missing:
        if not NOT_LATEX.isdisjoint(deposit.source_type):
            return Missing("unsupported-type", f"its source is not LaTeX (arXiv's source type {deposit.source_type})")
        if deposit.size_bytes > MAX_BYTES:
            return Missing("too-large", f"its source has {deposit.size_bytes:,} bytes")
        found = self._asked("latex", deposit, EPRINT_TYPE)
        if isinstance(found, Text) and not is_source(found.body):
            return Missing("unsupported-type", "its source is not LaTeX")
        return found

    def _html(self, deposit: Deposit) -> Text | Missing:
        found = self._asked("html", deposit, HTML_TYPE)
        if isinstance(found, Text) and not is_whole_page(found.body):
            return Missing("unsupported-type", "arXiv has no whole HTML of it")
        return found

    def _asked(self, form: Form, deposit: Deposit, media_type: str) -> Text | Missing:
        url = f"{self.addresses[form]}/{deposit.paper.key}v{deposit.paper.version}"
        with self.patience.asking():
            answer = self._answer(url)
        if answer.status_code in NOT_THERE:
            return Missing("unsupported-type", f"{url} answered HTTP {answer.status_code}")
        if len(answer.content) > MAX_BYTES:
            return Missing("too-large", f"{url} has {len(answer.content):,} bytes")
        return Text(form, url, media_type, answer.content)

    def _answer(self, url: str) -> requests.Response:
        try:
            answer = self.session.get(url)
        except (requests.RequestException, ValueError) as error:  # what is left of them here: redirects
            raise Unanswered(f"{url} leads nowhere ({type(error).__name__}); try again later") from error
        if answer.status_code != 200 and answer.status_code not in NOT_THERE:
            raise Unanswered(f"{url} answered HTTP {answer.status_code}; try again later")
        return answer


def is_source(body: bytes) -> bool:
    """Return whether an e-print may hold LaTeX: a tar or one file, gzipped or not, that is no PDF, page or other."""
    head = body[:1024]
    if body.startswith(GZIP):
        try:
            head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body[: 64 * 1024], 1024)
        except zlib.error:
            return False
    return bool(head.strip()) and not head.lstrip().startswith(NOT_TEXT)


def is_whole_page(body: bytes) -> bool:
    """Return whether a page is LaTeXML's of a whole paper, not the one that says there is none."""
    return b"ltx_document" in body and FATAL.search(body) is None
