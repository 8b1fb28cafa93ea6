"""Personal data with a fixed shape (mail, phone, machine address, card, account, US SSN) becomes a placeholder.

Presidio's recognisers decide. They are slow, so each runs only on windows round the places a cheap regular expression
finds; a true hit always holds such a place (the gates are tested against running everything on the whole text).
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple

import pyarrow as pa
from pydantic import Field

from corpus.params import Params
from processors.redaction import COLUMNS, redact_columns

PLACEHOLDERS = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "IP_ADDRESS": "IP_ADDRESS",
    "CREDIT_CARD": "CREDIT_CARD",
    "IBAN_CODE": "IBAN",
    "US_SSN": "US_SSN",
}

# What every hit of a recogniser must contain; read off its patterns.
_GATES = {
    "EMAIL_ADDRESS": re.compile(r"@"),
    "PHONE_NUMBER": re.compile(r"\d(?:[^\w\n]{0,4}\d){6}"),
    "IP_ADDRESS": re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d|::|(?:[0-9A-Fa-f]{1,4}:){6}"),
    "CREDIT_CARD": re.compile(r"[13-6]\d{3}(?:[- ]?\d){9}"),
    "IBAN_CODE": re.compile(r"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){8}", re.IGNORECASE),
    "US_SSN": re.compile(r"\d{3}[- .]?\d{2}[- .]?\d{4}"),
}

# More than the longest hit and the words before a phone number that are looked at.
_WINDOW_CHARS = 200
# Presidio gives phone numbers 0.4, and 0.05 to nine digits that merely could be a social security number.
_MIN_SCORE = 0.4

_CALL = re.compile(
    r"\b(?:phone|telephone|tel|call|calls|cell|mobile|fax|ring|dial|whatsapp|hotline)\b[^\w\n]*(?:\w+[^\w\n]+){0,3}$",
    re.IGNORECASE,
)
_NORTH_AMERICAN = re.compile(r"(?:1[-. ])?\(?\d{3}\)?[-. ]?[-. ]\d{3}[-. ]\d{4}\b")
_NO_PHONE = re.compile(
    r"\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}"  # a date
    r"|(?:\d\D?){9}\d*\.\d+|\d+\.\d+"  # a decimal
    r"|(?:97[89][- ]?)(?:\d[- ]?){9}[\dX]"  # an ISBN
)
_ISBN = re.compile(r"\b(?:isbn(?:-1[03])?|issn|doi|pmid|arxiv)\W*$", re.IGNORECASE)
_VERSION = re.compile(r"(?:\bv|\bversion|\brelease|\bbuild|[=<>~^]=?|[-_/])\s*[\"']?$", re.IGNORECASE)


class Span(NamedTuple):
    """Characters ``start`` to ``end`` of a text hold an ``entity``, with Presidio's score."""

    start: int
    end: int
    entity: str
    score: float


class Pii(Params):
    """Replace personal data in text, title and messages by typed placeholders such as ``<EMAIL>``.

    Running it twice changes nothing more. Names of people are left: patterns cannot tell them.
    """

    kind: Literal["pii"] = "pii"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = COLUMNS
    writes: ClassVar[tuple[str, ...]] = (*COLUMNS, "pii_count", "pii_types")
    phone_regions: tuple[str, ...] = Field(
        default=("US", "GB", "DE", "FR", "NL", "BE", "CZ"),
        min_length=1,
        description="countries (ISO 3166) whose national phone numbers are looked for; +CC numbers are found for all",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` rewritten, with ``pii_count`` (int32) and sorted ``pii_types`` of text and title."""
        table, found = redact_columns(table, self.redact)
        made = {
            "pii_count": pa.array([len(names) for names in found], pa.int32()),
            "pii_types": pa.array([sorted(set(names)) for names in found], pa.list_(pa.string())),
        }
        table = table.drop_columns([name for name in made if name in table.column_names])
        for name, values in made.items():
            table = table.append_column(name, values)
        return table

    def redact(self, text: str) -> tuple[str, list[str]]:
        """Return ``text`` with placeholders, and the type of each, until nothing more is found."""
        names: list[str] = []
        while spans := self.find(text):
            for span in reversed(spans):
                name = PLACEHOLDERS[span.entity]
                text = f"{text[: span.start]}<{name}>{text[span.end :]}"
                names.append(name)
        return text, names

    def find(self, text: str) -> list[Span]:
        """Return the personal data of ``text``, left to right, without overlaps."""
        found: list[Span] = []
        for entity, gate in _GATES.items():
            for start, end in _windows(gate, text):
                found += self.recognise(text, entity, start, end)
        return without_overlaps(found)

    def recognise(self, text: str, entity: str, start: int, end: int) -> Iterator[Span]:
        """Yield what Presidio takes for ``entity`` between two places of ``text``, less what is clearly none."""
        for result in _analyzer(self.phone_regions).analyze(text[start:end], language="en", entities=[entity]):
            span = Span(start + result.start, start + result.end, entity, result.score)
            if span.score >= _MIN_SCORE and _plausible(text, span):
                yield span


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return ``spans`` left to right; of two that overlap the higher score stays, then the longer."""
    chosen: list[Span] = []
    for span in sorted(set(spans), key=lambda one: (-one.score, one.start - one.end, one)):
        if all(span.end <= other.start or other.end <= span.start for other in chosen):
            chosen.append(span)
    return sorted(chosen)


def _windows(gate: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    # Windows that touch are joined, so no edge cuts a hit: each hit's own trigger stands far from the edges.
    windows: list[tuple[int, int]] = []
    for match in gate.finditer(text):
        start, end = max(0, match.start() - _WINDOW_CHARS), min(len(text), match.end() + _WINDOW_CHARS)
        if windows and start <= windows[-1][1]:
            start = windows.pop()[0]
        windows.append((start, end))
    return windows


def _plausible(text: str, span: Span) -> bool:
    found, before = text[span.start : span.end], text[max(0, span.start - 60) : span.start]
    if span.entity == "PHONE_NUMBER":
        return _is_phone(found, before)
    if span.entity == "IP_ADDRESS":
        return _is_machine(found, before)
    return True


def _is_phone(found: str, before: str) -> bool:
    """Numbers are everywhere: ask for a sign that this one is dialled."""
    if not _GATES["PHONE_NUMBER"].search(found):
        return False
    if found.startswith("+"):
        return True
    if _NO_PHONE.fullmatch(found) or _ISBN.search(before) or len(re.findall(r"\d+", found)) > 6:
        return False
    return bool(found.startswith(("0", "(")) or _NORTH_AMERICAN.match(found) or _CALL.search(before))


def _is_machine(found: str, before: str) -> bool:
    """Leave version numbers, the machine itself, and code such as ``A::B``, which is an address to a parser."""
    if ":" in found:
        groups = [group for group in re.split(r"[:/.]+", found) if group]
        return len(groups) > 2 and any(character.isdigit() for character in found)
    return not found.startswith(("127.", "0.")) and not _VERSION.search(before)


class _LinearTokenizer:
    """Words as Presidio wants them; spaCy's own tokenizer takes 27 s on 100 kB without a space."""

    def __init__(self, vocab: Any) -> None:  # noqa: ANN401 - imported only where it is needed
        self._vocab = vocab

    def __call__(self, text: str) -> Any:  # noqa: ANN401
        from spacy.tokens import Doc  # noqa: PLC0415

        pieces = re.findall(r"(\w+|[^\w])( ?)", text)
        words = [word for word, _ in pieces]
        return Doc(self._vocab, words=words, spaces=[space == " " for _, space in pieces])


@cache
def _analyzer(regions: tuple[str, ...]) -> Any:  # noqa: ANN401 - Presidio ships no types
    """Return Presidio with a blank spaCy pipe: its default would fetch a model from the network."""
    import spacy  # noqa: PLC0415 - a second to import, and only this step needs it
    import tldextract  # noqa: PLC0415
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # noqa: PLC0415
    from presidio_analyzer import predefined_recognizers as known  # noqa: PLC0415
    from presidio_analyzer.nlp_engine import SpacyNlpEngine  # noqa: PLC0415

    engine: Any = SpacyNlpEngine()
    pipe = spacy.blank("en")
    pipe.tokenizer = _LinearTokenizer(pipe.vocab)
    engine.nlp = {"en": pipe}
    mail: Any = known.EmailRecognizer()
    # Its own check would ask the network for the list of public suffixes; this one reads the packaged copy.
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    mail.validate_result = lambda found: extract(found).fqdn != ""
    recognisers = [mail, known.PhoneRecognizer(supported_regions=regions), known.IpRecognizer()]
    recognisers += [known.CreditCardRecognizer(), known.IbanRecognizer(), known.UsSsnRecognizer()]
    registry = RecognizerRegistry(recognizers=recognisers, supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
