"""Pages of a wiki that MediaWiki serves."""

import re

from lxml.html import HtmlElement

from processors.extracted import Extracted
from processors.html.tokens import put_back
from processors.html.tree import become
from processors.mediawiki_markdown import APPARATUS, mediawiki_markdown
from processors.sites.content import content_of, outermost
from processors.sites.selecting import Names, every, first, remove, stated, words_of

_CONTENTS = ("#mw-content-text .mw-parser-output", ".mw-parser-output", "#mw-content-text")
_REFERENCES = {"mw-references-wrap", "reference", "references", "reflist"}
_BOXES = ", ".join(["script, style", *(f".{name}" for name in sorted(APPARATUS - _REFERENCES))])


def read_wiki(tree: HtmlElement, names: Names) -> Extracted | None:
    """Return text and title of a page that MediaWiki wrote, or None of any other; ``tree`` stays.

    Its references are footnotes, as in Markdown; what else is apparatus goes as it does from a dump's pages.
    """
    if not _is_wiki(tree, names):
        return None
    found = next((found for selector in _CONTENTS if (found := outermost(every(tree, selector)))), [])
    if not found:
        return None
    page, _, formulas, hidden_chars = content_of(found, _BOXES, opened="")
    _mark_references(page)
    title = words_of(first(tree, ("#firstHeading", "h1.page-header__title", "h1")))
    return Extracted(put_back(mediawiki_markdown(page), formulas), title or None, hidden_chars=hidden_chars)


def _is_wiki(tree: HtmlElement, names: Names) -> bool:
    """Tell a wiki from pages that only quote one: the frame of its pages is there, or its generator."""
    if names.isdisjoint((".mw-parser-output", "#mw-content-text")):
        return False
    is_framed = "#mw-content-text" in names or bool(every(tree, "body.mediawiki"))
    return is_framed or stated(tree, "generator").startswith("mediawiki")


def _mark_references(page: HtmlElement) -> None:
    remove(page, ".mw-cite-backlink")
    for mark in every(page, "sup.reference"):
        name = re.sub(r"[\[\]\s]", "", words_of(mark))
        become(mark, f"[^{name}]" if name else "")
    for number, note in enumerate(every(page, "ol.references > li"), 1):
        note.tag, note.text = "p", f"[^{number}]: {(note.text or '').lstrip()}"
    for holder in every(page, ".references, .mw-references-wrap, .reflist"):
        holder.tag = "div"
        holder.attrib.pop("class")
