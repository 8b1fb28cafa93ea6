"""Pages of a wiki that MediaWiki serves."""

import re

from lxml.html import HtmlElement

from processors.extracted import Extracted
from processors.html.tree import become, copy_of
from processors.mediawiki_markdown import mediawiki_markdown
from processors.sites.selecting import Names, every, first, remove, stated, words_of


def read_wiki(tree: HtmlElement, names: Names) -> Extracted | None:
    """Return text and title of a page that MediaWiki wrote, or None of any other; ``tree`` stays.

    Its references are footnotes, as in Markdown; what else is apparatus goes as it does from a dump's pages.
    """
    content = None
    if ".mw-parser-output" in names:
        content = first(tree, ("#mw-content-text .mw-parser-output", ".mw-parser-output"))
    if content is None and stated(tree, "generator").startswith("mediawiki"):
        content = first(tree, ("#mw-content-text",))
    if content is None:
        return None
    page = copy_of(content)
    _mark_references(page)
    title = words_of(first(tree, ("#firstHeading", "h1.page-header__title", "h1")))
    return Extracted(mediawiki_markdown(page), title or None)


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
