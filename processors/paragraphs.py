"""Paragraphs of a text as they are counted, and a text without those that are repeats."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from corpus.calibration import line_hash
from corpus.calibration_paragraphs import PAGE_PARAGRAPHS
from corpus.near.tokens import tokens
from processors.lines import LIST_ITEM, is_heading, normal, underlined, without, written_lines

# Two lines or more that are all shorter are verse, an address or a menu; a paragraph that was wrapped is wider.
_VERSE_CHARS = 60
# A repeat that is at least this share of its document is what the document is about.
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
    """What is left of a text: its lines that went, the repeats that did (their hashes), and the repeats that stayed."""

    text: str
    lines: int
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

    One that is at least half of the text stays, for it is what the text is about. A heading at the end of the text,
    below which nothing is left, goes too.
    """
    if not hashes:
        return Left(text, 0)
    lines, apart = zip(*written_lines(text), strict=True)
    found = [one for one in paragraphs(lines, apart) if one.counts and line_hash(one.form) in hashes]
    if not found:
        return Left(text, 0)
    subjects = [one for one in found if len(one.form) >= _SUBJECT * len(text)]
    going = [one for one in found if one not in subjects]
    gone = {place for one in going for place in range(one.start, one.end) if lines[place].strip()}
    gone |= _bare_headings(lines, apart, gone)
    stayed = tuple("\n".join(lines[one.start : one.end]).strip() for one in subjects)
    left = without(lines, gone) if gone else text
    return Left(left, len(gone), tuple(line_hash(one.form) for one in going), stayed)


def _bare_headings(lines: Sequence[str], apart: Sequence[bool], gone: Container[int]) -> set[int]:
    """Return the places of the headings at the end that have lost all that was below them; the first line stays."""
    told = [place for place, line in enumerate(lines) if line.strip()]
    bare: set[int] = set()
    for place in reversed(told[1:]):
        if place in gone:
            continue
        if place == told[-1] or apart[place] or not is_heading(lines[place]):
            break
        bare.add(place)
    return bare


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
