"""The cheap first pass over pages: is it worth the careful extraction, or clearly too short or in another language?"""

import itertools
import re
from typing import ClassVar, Literal, NamedTuple

import pyarrow as pa
from pydantic import Field

from corpus.params import Params
from models import lid
from processors import reader
from processors.first_pass import SPARSE_CHARS
from processors.media_types import is_page

# Fewer characters say too little about the language of a page, menus and notices too much.
LANGUAGE_CHARS = 500
# The middle of the text, of its first third and of its last are asked, for pages are in two languages: of 1,200 pages
# halves lost one, these none. Longer parts tell no more and cost up to three times as much.
PART_CHARS = 1_000
# What a page may say without showing it: to programs, or in what its script fills in.
_UNSHOWN = re.compile(rb"articleBody|(?:accepted|suggested)Answer|<template", re.IGNORECASE)
# What no reader of a page takes for its text, each up to its end. One that closes itself, as in XHTML, holds nothing.
_NO_TEXT = re.compile(
    rb"<(script|style|svg|title)\b[^<>]*(?<!/)>.*?(?:</\1|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL
)
# A page that holds so many times as much text as is too short may show it to the careful extraction alone.
_HELD_FACTOR = 2

Verdict = Literal["read", "too-short", "wrong-language"]


class _Look(NamedTuple):
    """What a quick look at a body gives; all of it is None where it is no page, or cannot be looked at quickly."""

    skim_length_chars: int | None = None
    skim_language: str | None = None
    skim_language_score: float | None = None
    skim_verdict: Verdict | None = None


class Skim(Params):
    """Say of each page in ``skim_verdict`` whether to ``read`` it or why not: ``too-short`` or ``wrong-language``.

    Judged by a plain text that costs a fifth of the careful extraction, and with a margin, since that text is rough:
    the final text decides whatever is near a bound. ``skim_length_chars`` (int64) are the characters of the main text
    or, where these are under 2,000, of all the page shows. ``skim_language`` and ``skim_language_score`` (float32) are
    null where no ``languages`` are asked for. A body that is no page, or that fails, has nulls, which a rule with
    ``none_of`` lets pass.
    """

    kind: Literal["skim"] = "skim"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("body", "media_type")
    writes: ClassVar[tuple[str, ...]] = _Look._fields
    languages: tuple[str, ...] = Field(default=(), description="codes of the languages to read; empty: any")
    min_chars: int = Field(
        default=100, ge=0, le=SPARSE_CHARS, description="shown characters under which a page is too short"
    )
    min_score: float = Field(
        default=0.9, ge=0.5, le=1, description="how sure it must be that the middle and both ends are in others"
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns ``writes``.

        Raises:
            ModelMissing: ``languages`` are asked for and the weights cannot be had.
            CorpusError: the process that reads does not start.
        """
        asked = zip(table["body"], table["media_type"], strict=True)  # one body in memory
        looks = [self._look(body.as_py() or b"", media_type.as_py() or "") for body, media_type in asked]
        kinds = (pa.int64(), pa.string(), pa.float32(), pa.string())
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        for place, (name, kind) in enumerate(zip(self.writes, kinds, strict=True)):
            others = others.append_column(name, pa.array([look[place] for look in looks], kind))
        return others

    def _look(self, body: bytes, media_type: str) -> _Look:
        # A type with a profile is that of a source of ours, read by another module than pages are.
        if not body or "profile=" in media_type.lower() or not is_page(body, media_type):
            return _Look()
        found = reader.skim(body, media_type).found
        return _Look() if found.problem else self._judged(found.text, body)

    def _judged(self, text: str, body: bytes) -> _Look:
        language, score = _told(_middle(text)) if self.languages else (None, None)
        verdict: Verdict = "read"
        if len(text) < self.min_chars and not _UNSHOWN.search(body) and not self._holds_more(body):
            verdict = "too-short"
        elif self.languages and len(text) >= LANGUAGE_CHARS and self._is_foreign(language, score or 0.0, text):
            verdict = "wrong-language"
        return _Look(len(text), language, score, verdict)

    def _holds_more(self, body: bytes) -> bool:
        """Return whether ``body`` holds text that a quick look shows nothing of; all of it, where it is UTF-16."""
        return len(b" ".join(_NO_TEXT.sub(b" ", body).split())) >= _HELD_FACTOR * self.min_chars

    def _is_foreign(self, language: str | None, score: float, text: str) -> bool:
        """Return whether the middle, of which ``language`` is known, and both ends of ``text`` are surely in others."""
        third = len(text) // 3
        ends = (_told(_middle(part)) for part in (text[:third], text[-third:]))  # asked when the middle is foreign
        return all(
            told is not None and told not in self.languages and sure >= self.min_score
            for told, sure in itertools.chain([(language, score)], ends)
        )


def _middle(text: str) -> str:
    start = max(0, len(text) - PART_CHARS) // 2
    return text[start : start + PART_CHARS]


def _told(text: str) -> tuple[str | None, float]:
    if not text.strip():
        return None, 0.0
    languages, scores = lid.predict([text])
    return languages[0], float(scores[0])
