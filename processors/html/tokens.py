"""Tokens that stand for what is set aside: the extractor sees them as words, and they come back as they were."""

import hashlib
import re
from collections.abc import Iterator, Mapping

from processors.html.inline import code_span

TOKEN = re.compile(r"GRIST(?:code|math)[0-9a-f]{12}x\d+x")
_CODE = re.compile(r"(GRISTcode[0-9a-f]{12}x\d+x)")
# What a line of a quote or list begins with.
_PREFIX = re.compile(r"(?:> ?|[ \t])*(?:(?:[-*+:]|\d{1,9}[.)]) +)*")


def token_for(kind: str, content: str, number: int) -> str:
    """Return the token of ``content``; ``kind`` is code, math, quote, item or table, ``number`` its place of them."""
    # A hash in the token, so that a page cannot name another page's token in its text by guessing a number.
    return f"GRIST{kind}{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:12]}x{number}x"


def put_back(text: str, kept: Mapping[str, str]) -> str:
    """Return ``text`` with what each token of ``kept`` stands for.

    Code has lines of its own, as deep in quotes and list items as its token stands; in a row of a table, each of its
    lines is a code span.
    """
    if not kept:
        return text
    return "\n".join(written for line in text.split("\n") for written in _lines_of(line, kept))


def _lines_of(line: str, kept: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that a line with tokens of code becomes; text before and after code has lines of its own."""
    if "GRISTcode" not in line or _is_row(line):
        put = _in_row if _is_row(line) else str
        yield TOKEN.sub(lambda match: put(kept[match[0]]) if match[0] in kept else match[0], line)
        return
    prefix = _PREFIX.match(line)
    first = prefix[0] if prefix else ""
    within = re.sub(r"[^\s>]", " ", first)
    is_first = True
    for part in filter(str.strip, _CODE.split(line[len(first) :])):
        if not is_first:
            yield within.rstrip()
        known = TOKEN.sub(lambda match: kept.get(match[0], match[0]), part.strip())
        for written in known.split("\n"):
            yield (first if is_first else within) + written if written else within.rstrip()
            is_first = False


def _is_row(line: str) -> bool:
    return line.lstrip("> ").startswith("|")


def _in_row(value: str) -> str:
    """Return code or a formula as a cell of a table can hold it."""
    fence = re.fullmatch(r"(`{3,})[^\n]*\n(.*)\n\1", value, re.DOTALL)
    if fence:
        value = "<br>".join(filter(None, map(code_span, fence[2].split("\n"))))
    return " ".join(value.replace("|", "\\|").split())
