"""Footnotes of generated pages as Markdown has them: ``[^1]`` in the text and ``[^1]: ...`` where the note stands."""

import re
from collections import Counter

from lxml.html import HtmlElement

from processors.html.tree import become
from processors.sites.selecting import every, remove, words_of

_REFERENCES = "a.footnote-reference, a.footnote-ref, a[data-footnote-ref], sup.footnote-reference"
_NOTES = (
    "aside.footnote, dl.footnote, table.footnote, div.footnote > ol > li, section.footnotes > ol > li,"
    " section[data-footnotes] > ol > li, div.footnotes > ol > li, div.footnote-definition"
)
_LABELS = "span.label, dt, td.label, sup.footnote-definition-label"


def mark_footnotes(page: HtmlElement) -> None:
    """Write references and notes of ``page`` as those of Markdown, in place."""
    remove(page, "a.footnote-backref, a[data-footnote-backref], .fn-backref, .footnotes > hr, #footnote-label")
    for reference in every(page, _REFERENCES):
        name = _name(words_of(reference))
        parent = reference.getparent()
        holder = parent if parent is not None and parent.tag == "sup" and len(parent) == 1 else reference
        become(holder, f"[^{name}]" if name else "")
    places: Counter[HtmlElement] = Counter()
    for note in every(page, _NOTES):
        places[note.getparent()] += note.tag == "li"
        _mark_note(note, places[note.getparent()])
    for holder in every(
        page, "div.footnote > ol, section.footnotes > ol, section[data-footnotes] > ol, .footnotes > ol"
    ):
        holder.tag = "div"


def _mark_note(note: HtmlElement, place: int) -> None:
    """Make ``note`` a block that begins with its label, or with its ``place`` in a list of notes."""
    label = next(iter(every(note, _LABELS)), None)
    name = str(place) if note.tag == "li" else _name(words_of(label))
    if label is not None:
        become(label, "")
    for part in note.iter("dd", "tr", "td", "tbody", "span"):
        if part.tag != "span":
            part.tag = "div"
    if name:
        first = next(note.iter("p"), note)
        first.text = f"[^{name}]: {(first.text or '').lstrip()}"
    note.tag = "div"


def _name(text: str) -> str:
    return re.sub(r"[^\w*†‡-]", "", text)[:20]
