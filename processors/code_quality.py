"""Quality scores of source code: columns a recipe can judge, null where a document is no code.

Codex: Chen et al. 2021, section 3.1. StarCoder: Li et al. 2023, section 3.1. StarCoder2: Lozhkov et al. 2024, section
2.1. RedPajama-V1: Weber et al. 2024, appendix on its processing. What is exempt from a rule follows from the name in
``url``: a file of another name, or of none, is judged as a program.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import ClassVar, Literal
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.params import Params
from processors.scores import texts, words
from processors.scores.gopher import Scores, ratio
from processors.scores.texts import Ints

KINDS = ("code",)
HEAD_LINES = 5  # StarCoder2: a generated file says so in its first lines; here behind leading comments too
HEAD_CHARS = 100  # StarCoder: an XML declaration stands in them
HTML_CHARS = 1000  # in which a page says that it is one
VISIBLE_CHARS = 100  # StarCoder2: a page that shows fewer shows nothing
FEWEST_LINES = 5  # a shorter file is judged as if it had so many: one long line is no sign of a minified file
BASE64_CHARS = 64  # StarCoder2: a shorter run may be a name
COMMENT_CHARS = 1 << 14  # in which leading comments are read
CLAIM_CHARS = 400  # a claim stands at the beginning of its line

# Formats whose lines nobody wraps; StarCoder2 names HTML, JSON, Markdown, Roff, SMT, TeX, plain text and XML, the other
# two of markup are ours.
_PROSE = ("adoc", "markdown", "md", "rmd", "roff", "rst", "tex", "text", "txt")
_MARKUP = ("htm", "html", "json", "smt2", "xhtml", "xml", "xsd", "xsl", "xslt")
UNWRAPPED = frozenset({*_PROSE, *_MARKUP})
UNWRAPPED_NAMES = frozenset(["changelog", "changes", "contributing", "copying", "licence", "license", "readme"])
ASSEMBLY = frozenset(["asm", "nasm", "s", "wast", "wat"])
XSLT = frozenset(["xsl", "xslt"])

_BLOCKS = {"/*": "*/", "<!--": "-->", '"""': '"""', "'''": "'''", "(*": "*)", "{-": "-}"}
_LINE_MARKS = ("#", "//", "--", ";", "%", "*", "dnl ", "rem ", "REM ", "<?", "<!")

_AUTO = r"(?:auto(?:matically)?[- ]?generated|generated[- ]automatically)"
_THING = r"(?:files?|code|module|source|header|script|class|document|page|parser|lexer|package|makefile|[\w/-]+\.\w+)"
_IS = r"(?:is|are|was|were|has been|have been)"
_WARNS = r"(?:(?:dnl|rem)\s+)?(?:(?:warning|note|notice|attention|caution|important)\b[\W_]*)?"
_BY = r"(?=\s*+(?:$|[\W_]|(?:by|from|with|using|on|at|via|during|and|file|code|source|do)\b))"
_EDIT = r"do not (?:hand[- ])?(?:edit|modify|change)"
# What a comment says of its own file, from its first word on: prose about generated files says something before it.
_GENERATED = re.compile(
    rf"[^\w@]*(?:@generated\b|{_WARNS}(?:"
    rf"(?:(?:(?:this|the|these|all)\s+)?(?:\w+\s+)?{_THING}\W+(?:{_IS}\s+)?|(?:this\s+is\s+)?(?:an?\s+)?){_AUTO}{_BY}"
    rf"|this\s+(?:\w+\s+)?{_THING}\s+{_IS}\s+(?:\w+ly\s+)?generated{_BY}"
    rf"|.*\bgenerated\b.*[^\w\s]\s*(?:please,?\s+)?{_EDIT}\b"
    rf"|(?:please,?\s+)?{_EDIT}(?:\s+(?:this|the|it|file|code|directly|manually|by hand|or \w+))*[\W_]*$))",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|never|isn't) (?:\w+ )?(?:auto|generated)", re.IGNORECASE)

# StarCoder2's three forms of data: base64, bytes in hexadecimal, escaped code points. Base64 goes on over line ends in
# lines of at least 20 characters, where the paper takes any, lists of words among them.
_DATA = re.compile(
    r"(?P<base64>(?:[A-Za-z0-9+/=]{20,}+\n?+)++)"
    r"|(?:\b(?:0x|\\x)?[0-9A-Fa-f]{2}(?:,\s{0,8}|\b\s{0,8})){8,}|(?:\\u[0-9A-Fa-f]{4}){8,}"
)
_HTML = re.compile(r"<!doctype html|<html[\s>]", re.IGNORECASE)


class CodeQuality(Params):
    """Add the figures that the papers on code models judge files by."""

    kind: Literal["code-quality"] = "code-quality"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("text", "kind", "url")
    writes: ClassVar[tuple[str, ...]] = (
        "code_lines",
        "code_mean_line_chars",
        "code_longest_line_chars",
        "code_judged_mean_line_chars",
        "code_judged_longest_line_chars",
        "code_alphabetic_ratio",
        "code_alphanumeric_ratio",
        "code_letters_per_word",
        "code_generated_marks",
        "code_data_ratio",
        "code_longest_data_chars",
        "code_xml_declarations",
        "code_visible_ratio",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``: shares and means float64, counts int64, else null."""
        judged = pc.is_in(table["kind"], pa.array(KINDS, table["kind"].type)).combine_chunks()
        names = [_name(url) for url in table["url"].filter(judged).to_pylist()]
        found, start = [], 0
        for batch in texts.batches(table["text"].filter(judged)):
            found.append(_scores(batch, names[start : start + len(batch)]))
            start += len(batch)
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        for name in self.writes:
            values = np.concatenate([one[name] for one in found]) if found else np.zeros(0)
            others = others.append_column(name, _spread(pa.array(values, _type_of(name)), judged))
        return others


def _name(url: str | None) -> PurePosixPath:
    """Return the name of the file at ``url`` in small letters."""
    try:
        return PurePosixPath(PurePosixPath(urlsplit(url or "").path).name.lower())
    except ValueError:
        return PurePosixPath()


def _has(names: list[PurePosixPath], suffixes: frozenset[str]) -> np.typing.NDArray[np.bool_]:
    return np.array([name.suffix[1:] in suffixes for name in names], np.bool_)


def _is_unwrapped(name: PurePosixPath) -> bool:
    return name.suffix[1:] in UNWRAPPED or name.name in UNWRAPPED_NAMES


def _scores(batch: pa.Array, names: list[PurePosixPath]) -> Scores:
    characters = texts.read(batch)
    chars = characters.lengths(characters.bounds[:-1], characters.bounds[1:])
    letters = np.asarray(pc.count_substring_regex(batch, r"\p{L}"), np.int64)
    figures = np.asarray(pc.count_substring_regex(batch, r"\p{N}"), np.int64)
    return {
        **_line_scores(characters, names),
        "code_alphabetic_ratio": ratio(letters + np.where(_has(names, ASSEMBLY), figures, 0), chars),
        "code_alphanumeric_ratio": ratio(letters + figures, chars),
        "code_letters_per_word": ratio(letters, np.diff(words.read(characters, {}).bounds)),
        **_file_scores(batch.to_pylist(), names),
    }


def _line_scores(characters: texts.Texts, names: list[PurePosixPath]) -> Scores:
    documents = len(names)
    lines = texts.lines(characters)
    lengths = characters.lengths(lines.starts, lines.ends)
    count = np.bincount(lines.owners, minlength=documents)
    longest = np.zeros(documents, np.int64)
    np.maximum.at(longest, lines.owners, lengths)
    chars = np.bincount(lines.owners, lengths, documents)
    judged = ~np.array([_is_unwrapped(name) for name in names], np.bool_)
    return {
        "code_lines": count,
        "code_mean_line_chars": ratio(chars, count),
        "code_longest_line_chars": longest,
        "code_judged_mean_line_chars": ratio(chars, np.maximum(count, FEWEST_LINES)) * judged,
        "code_judged_longest_line_chars": longest * judged,
    }


def _file_scores(files: list[str], names: list[PurePosixPath]) -> Scores:
    data = [[found for found in map(_data_chars, _DATA.finditer(text)) if found] for text in files]
    declared = _each(files, lambda text: text[:HEAD_CHARS].count("<?xml version="))
    claims = [
        sum(map(_is_claim, _comments(text, () if _is_unwrapped(name) else _LINE_MARKS)))
        for text, name in zip(files, names, strict=True)
    ]
    return {
        "code_generated_marks": np.array(claims, np.int64),
        "code_data_ratio": ratio(np.array([sum(runs) for runs in data], np.int64), _each(files, len)),
        "code_longest_data_chars": np.array([max(runs, default=0) for runs in data], np.int64),
        "code_xml_declarations": np.where(_has(names, XSLT), 0, declared),
        "code_visible_ratio": np.array([_visible_ratio(text) for text in files], np.float64),
    }


def _each(files: list[str], measure: Callable[[str], int]) -> Ints:
    return np.array([measure(text) for text in files], np.int64)


def _data_chars(run: re.Match[str]) -> int:
    """Return the length of ``run``, or 0 where it is a long name and no base64."""
    length = run.end() - run.start()
    return 0 if run.lastgroup == "base64" and length < BASE64_CHARS else length


def _comments(text: str, marks: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of the comments a file begins with, and of those in the first lines behind them."""
    closing, left = "", COMMENT_CHARS
    for line in text[:COMMENT_CHARS].split("\n"):
        stripped = line.strip()
        opening = "" if closing else next((mark for mark in _BLOCKS if stripped.startswith(mark)), "")
        if closing or opening or stripped.startswith(marks):
            yield stripped[:CLAIM_CHARS]
        elif stripped:
            left = min(left, HEAD_LINES)
        left -= 1
        if not left:
            return
        closing = _BLOCKS.get(opening, closing)
        if closing and closing in stripped[len(opening) :]:
            closing = ""


def _is_claim(comment: str) -> bool:
    return bool(_GENERATED.match(comment)) and not _NOT.search(comment)


def _visible_ratio(text: str) -> float:
    """Return how much of an HTML page its reader sees, 0 for almost nothing; 1 for fragments and what is no page."""
    if not _HTML.search(text, 0, HTML_CHARS):
        return 1.0
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415 - few files are pages

    seen = len(extract_plain_text(text))
    return min(1.0, seen / len(text)) if seen >= VISIBLE_CHARS else 0.0


def _spread(values: pa.Array, judged: pa.BooleanArray) -> pa.Array:
    """Put each of ``values`` in the row it was taken from, and null in all others."""
    return pc.replace_with_mask(pa.nulls(len(judged), values.type), judged, values)


def _type_of(name: str) -> pa.DataType:
    return pa.float64() if name.endswith("_ratio") or "_mean_" in name or "_per_" in name else pa.int64()
