"""Paragraphs of a text as they are counted, and a text without those that are repeats."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from corpus.calibration import line_hash
from corpus.calibration_paragraphs import PAGE_PARAGRAPHS
from corpus.near.tokens import tokens
from processors.bare_headings import bare_headings
from processors.lines import LIST_ITEM, is_heading, normal, underlined, without, written_lines

# Two lines or more that are all shorter are verse, an address or a menu; a paragraph that was wrapped is wider.
_VERSE_CHARS = 60
# Repeats that are at least this share of their document together are what the document is about.
_SUBJECT = 0.5
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")  # noqa: RUF001 - full stops of other scripts


class Paragraph(NamedTuple):
    """Lines ``start`` to before ``end`` of a text, their ``form`` (lower case, single spaces) and whether they count.

    Verse, headings, code, tables and quotations never count.
    """

    start: int
    end: int
    form: str
    counts: bool


class Left(NamedTuple):
    """What is left of a text: its lines that went, the characters that are repeats, gone or not, and these repeats.

    They are in ``gone`` (their hashes) or in ``stayed`` (as they are written).
    """

    text: str
    lines: int
    repeats: int = 0
    gone: tuple[int, ...] = ()
    stayed: tuple[str, ...] = ()


def paragraphs(lines: Sequence[str], apart: Sequence[bool]) -> Iterator[Paragraph]:
    """Yield what is written in ``lines``: blocks between blank lines, each item of a list and each line ``apart``."""
    titles = underlined(lines, apart)
    alone = [
        set_apart or is_heading(line) or place in titles or place - 1 in titles
        for place, (line, set_apart) in enumerate(zip(lines, apart, strict=True))
    ]
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or alone[end] or alone[start] or not lines[end].strip() or LIST_ITEM.match(lines[end]):
            form = normal(" ".join(lines[start:end]))
            if form:
                yield Paragraph(start, end, form, counts=not (alone[start] or _is_verse(lines[start:end])))
            start = end


def _is_verse(lines: Sequence[str]) -> bool:
    written = [line for line in lines if line.strip()]
    return len(written) > 1 and max(map(len, written)) < _VERSE_CHARS


def take_paragraphs(text: str, hashes: frozenset[int]) -> Left:
    """Return ``text`` without the paragraphs whose hashes are among ``hashes``.

    Where they are at least half of the text together, all stay, for they are what the text is about. A heading goes
    with the last of what was below it, and so does a rule at the end of the text.
    """
    if not hashes:
        return Left(text, 0)
    lines, apart = zip(*written_lines(text), strict=True)
    found = [one for one in paragraphs(lines, apart) if one.counts and line_hash(one.form) in hashes]
    if not found:
        return Left(text, 0)
    gone = {place for one in found for place in range(one.start, one.end) if lines[place].strip()}
    gone |= bare_headings(lines, apart, gone)
    left = without(lines, gone)
    repeats = len(text) - len(left)
    if sum(len(one.form) for one in found) >= _SUBJECT * len(text):
        return Left(text, 0, repeats, stayed=tuple("\n".join(lines[one.start : one.end]).strip() for one in found))
    return Left(left, len(gone), repeats, gone=tuple(line_hash(one.form) for one in found))


def page_paragraphs(pages: Sequence[tuple[str, str | None, str]], min_words: int) -> pa.Table:
    """Return what is counted of each of ``pages`` (id, url, text), schema ``PAGE_PARAGRAPHS``.

    A word is a token of ``corpus.near``: each character of a script without spaces is one.
    """
    rows = [(key, url, *_counted(text, min_words)) for key, url, text in pages]
    columns = zip(*rows, strict=True) if rows else [()] * len(PAGE_PARAGRAPHS)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, PAGE_PARAGRAPHS, strict=True)]
    return pa.table(arrays, PAGE_PARAGRAPHS)


def _counted(text: str, min_words: int) -> tuple[list[int], list[int], list[int], list[bool]]:
    sentences: Counter[int] = Counter()
    begins: dict[int, int] = {}
    before = 0
    for one in paragraphs(*zip(*written_lines(text), strict=True)):
        begin = before
        for sentence in _SENTENCE_END.split(one.form):
            words = len(tokens(sentence))
            sentences[line_hash(sentence)] += words
            before += words
        if one.counts and before - begin >= min_words:
            begins.setdefault(line_hash(one.form), begin)
    late = [2 * begin >= before for begin in begins.values()]
    return list(sentences), list(sentences.values()), list(begins), late
