"""The body of an article as the page states it for machines (schema.org ``articleBody``), to end its text with."""

import json
import re

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


def stated_body(tree: HtmlElement) -> str:
    """Return the letters of the longest body that the JSON-LD of ``tree`` states; an empty text where none does."""
    scripts = (script.text or "" for script in tree.iter("script") if "ld+json" in (script.get("type") or "").lower())
    found = [_letters(match[1]) for script in scripts if "articleBody" in script for match in _BODY.finditer(script)]
    return max(found, key=len, default="")


def _letters(literal: str) -> str:
    try:
        return letters(_TAG.sub(" ", json.loads(literal[:_MOST_CHARS], strict=False)))
    except ValueError:
        return ""


def ended_with(markdown: str, stated: str) -> str:
    """Return ``markdown`` up to its last line that is in ``stated``, if most of it is: what follows is the site's.

    A body that breaks off within that line was cut short by the site, and ends nothing.
    """
    if len(stated) < _FEWEST_LETTERS:
        return markdown
    lines = markdown.split("\n")
    known = [letters(line) for line in lines]
    told = [number for number, line in enumerate(known) if _is_in(line, stated) or TOKEN.search(lines[number])]
    if sum(len(known[number]) for number in told) < _LEAST_STATED * sum(map(len, known)):
        return markdown
    is_whole = bool(told) and known[told[-1]][-_LINE_LETTERS:] in stated
    return "\n".join(lines[: told[-1] + 1]) if is_whole else markdown


def _is_in(line: str, stated: str) -> bool:
    if len(line) < _LINE_LETTERS:
        return False
    ends = (line[:_END_LETTERS], line[-_END_LETTERS:]) if len(line) > _END_LETTERS else (line,)
    return any(end in stated for end in ends)
