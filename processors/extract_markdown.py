"""Markdown as people write it: front matter tells title, author and date, else the first heading the title."""

import re
from datetime import UTC, datetime

from corpus.charset import decode_text
from processors.extracted import Extracted

# YAML between two lines of dashes, as Jekyll, Hugo and Pandoc read it; only plain values are of use here.
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
PLAIN_VALUE = re.compile(
    r"^(title|author|date):[ \t]*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s#\[{>|&*!][^\n]*))$", re.MULTILINE
)
HEADING = re.compile(r"\A#{1,2}[ \t]+(\S[^\n]{0,300}?)[ \t]*#*[ \t]*(?:\n|\Z)")
MARKS = re.compile(r"[*_`]|!?\[([^\]\n]*)\]\([^)\n]*\)")


def read_markdown(body: bytes, media_type: str) -> Extracted:
    """Return the text less its front matter, and what that says of title, author and date."""
    text = decode_text(body, media_type).lstrip("\ufeff")
    text = re.sub(r"\r\n?", "\n", text)
    found = FRONT_MATTER.match(text)
    facts = {name: (a or b or c).strip() for name, a, b, c in PLAIN_VALUE.findall(found[1])} if found else {}
    rest = text[found.end() :] if found else text
    return Extracted(
        rest.strip("\n"), facts.get("title") or first_heading(rest), facts.get("author"), _date(facts.get("date"))
    )


def first_heading(text: str) -> str | None:
    """Return the words of a heading of level 1 or 2 that ``text`` begins with."""
    found = HEADING.match(text.lstrip("\n"))
    return " ".join(MARKS.sub(r"\1", found[1]).split()) or None if found else None


def _date(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
