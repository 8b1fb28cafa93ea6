"""The body of an article as the page states it for machines (schema.org ``articleBody``), to end its text with."""

import json
import re
from collections import Counter
from typing import NamedTuple

from lxml.html import HtmlElement

from processors.html.meta_tags import letters
from processors.html.tokens import TOKEN

_BODY = re.compile(r'"articleBody"\s*:\s*("(?:[^"\\]++|\\.)*+")', re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_MOST_CHARS = 500_000  # of a stated body; the longest of the public pages has 20,000
# Many pages state a teaser only, or an older text. In letters: a line that says something, and the two ends of a
# paragraph, one of which an edit of the other leaves as it was.
_FEWEST_LETTERS, _LINE_LETTERS, _END_LETTERS = 250, 15, 50
_LEAST_STATED = 0.7  # of the letters found; on the public sets 0.6 gives the same, 0.8 leaves more of the site in


_MOST_HELD = 0.9  # of the stated letters; the rest may be a standfirst elsewhere


class StatedBody(NamedTuple):
    """The letters of a body as stated, and of all that the element has which holds its paragraphs in the page."""

    stated: str
    held: str


def stated_body(tree: HtmlElement) -> StatedBody:
    """Return the longest body that the JSON-LD of ``tree`` states; empty texts where none does."""
    scripts = (script.text or "" for script in tree.iter("script") if "ld+json" in (script.get("type") or "").lower())
    found = [_letters(match[1]) for script in scripts if "articleBody" in script for match in _BODY.finditer(script)]
    stated = max(found, key=len, default="")
    return StatedBody(stated, _held_with(tree, stated) if len(stated) >= _FEWEST_LETTERS else "")


def _held_with(tree: HtmlElement, stated: str) -> str:
    """Return the letters of the innermost element that holds most of the paragraphs that ``stated`` has."""
    known_of = {paragraph: letters(paragraph.text_content()) for paragraph in tree.iter("p")}
    told = {paragraph: known for paragraph, known in known_of.items() if _is_in(known, stated)}
    held: Counter[HtmlElement] = Counter()
    for paragraph, known in told.items():
        for holder in paragraph.iterancestors():
            held[holder] += len(known)
    most = _MOST_HELD * sum(map(len, told.values()))
    holders = [holder for holder, count in held.items() if count >= most]
    innermost = max(holders, key=lambda holder: sum(1 for _ in holder.iterancestors()), default=None)
    return "" if innermost is None else letters(innermost.text_content())


def _letters(literal: str) -> str:
    try:
        return letters(_TAG.sub(" ", json.loads(literal[:_MOST_CHARS], strict=False)))
    except ValueError:
        return ""


def ended_with(markdown: str, body: StatedBody) -> str:
    """Return ``markdown`` up to its last line that is in ``body``, if most of it is: what follows is the site's.

    A body that breaks off within that line was cut short by the site, and ends nothing. What stands in the page beside
    the paragraphs stated is of the author too, such as a correction, and so are tables, code and formulas.
    """
    stated, held = body
    if len(stated) < _FEWEST_LETTERS:
        return markdown
    lines = markdown.split("\n")
    known = [letters(line) for line in lines]
    told = [number for number, line in enumerate(known) if _is_in(line, stated) or TOKEN.search(lines[number])]
    if sum(len(known[number]) for number in told) < _LEAST_STATED * sum(map(len, known)):
        return markdown
    is_whole = bool(told) and known[told[-1]][-_LINE_LETTERS:] in stated
    if not is_whole:
        return markdown
    ours = (n for n, line in enumerate(lines) if line.lstrip("> ").startswith("|") or _is_in(known[n], held))
    last = max(told[-1], *ours, 0)
    return "\n".join(lines[: last + 1])


def _is_in(line: str, stated: str) -> bool:
    if len(line) < _LINE_LETTERS:
        return False
    ends = (line[:_END_LETTERS], line[-_END_LETTERS:]) if len(line) > _END_LETTERS else (line,)
    return any(end in stated for end in ends)
