"""The main text of a page as Markdown: trafilatura on a tree whose code and formulas were set aside first."""

import logging
import re
from itertools import islice
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from processors.html.article import careful_text, quick_text
from processors.html.code import set_code_aside
from processors.html.embeds import keep_embedded_posts
from processors.html.formulas import set_formulas_aside
from processors.html.headings import name_headings
from processors.html.hidden import drop_hidden
from processors.html.invisibles import REPEAT, cover_invisibles, uncovered
from processors.html.marks import Marks, mark, unmark, with_marks, without_marks
from processors.html.notices import without_notices
from processors.html.paragraphs import drop_marks_of_places, mark_repeats, name_paragraphs
from processors.html.promotions import drop_promotions
from processors.html.standfirst import standfirst, with_standfirst
from processors.html.stated_body import ended_with, stated_body
from processors.html.tokens import put_back
from processors.html.tree import of_one_class

# trafilatura reports on stderr each page it makes nothing of; here that is an empty text, judged by later rules.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())

# Under this many characters the quick extraction may have missed the page: the careful one, with its fallbacks, is
# asked too. On the public sets 300 misses pages, 700 gives the same, 1000 takes more in that is no text.
SHORT_CHARS = 500
# Beyond, the careful extraction is not asked: its time grows with the square of a page's short paragraphs. The pages of
# the public sets that are asked about have 2,000 at most.
_MOST_ELEMENTS = 10_000
_SOURCE_BREAK = re.compile(r" *[\t\r\n\f][ \t\r\n\f]*| {2,}")

# An underscore inside a word never opens emphasis (CommonMark 0.31, section 6.2), so trafilatura's escape of it there
# only hides names, addresses and secrets from the steps that look for them.
_INNER_UNDERSCORES = re.compile(r"(?<=[^\W_]|[.@-])(?:\\_)+(?=[^\W_]|[.@-])")

# What the extractors read no text of: without it no step walks through it, and half of a page's elements are gone.
_FURNITURE = (
    "aside", "footer", "nav", "button", "input", "select", "datalist", "label", "legend", "fieldset", "dialog", "menu",
    "object", "embed", "style", "svg", "iframe", "canvas", "audio", "video", "map", "noscript", "textarea",
)  # fmt: skip
_PICTURES = etree.XPath(".//figure[not(.//table)]")
_MISNAMED = etree.XPath(".//*[contains(name(), '<')]")
_EMPTY = ("div", "span", "p", "li", "i", "b", "em", "strong", "section", "article")


class MainText(NamedTuple):
    """The main text of a page as Markdown, and how many characters were left out of it, spaces not counted.

    ``hidden_chars`` are those that no reader sees, ``notice_chars`` those of lines in which the site speaks.
    """

    text: str
    hidden_chars: int
    notice_chars: int = 0


def markdown(tree: HtmlElement) -> str:
    """Return the main text of ``tree`` as Markdown, empty when there is none; the tree is used up."""
    return main_text(tree).text


def main_text(tree: HtmlElement) -> MainText:
    """Return the main text of ``tree`` and what was hidden in it; the tree is used up.

    What is no text of the page goes first (furniture, hidden parts, links to other pages), so that the extractor's own
    measures are not led astray by it; then the lines go that a site says on every page, and what was lost returns.
    """
    etree.strip_elements(tree, *_FURNITURE, with_tail=False)
    tree = of_one_class(tree)
    for element in _MISNAMED(tree):  # the parser reads "<a<b>" as an element named "a<b", which no tree takes again
        element.tag = "span"
    formulas = set_formulas_aside(tree)  # before the hidden parts, since formulas are kept in such ones
    _drop_scripts(tree)
    hidden_chars = drop_hidden(tree)
    kept = {**set_code_aside(tree), **formulas}
    stated = stated_body(tree)
    keep_embedded_posts(tree)
    _drop_empty(tree)
    paragraph = standfirst(tree)
    drop_promotions(tree)
    name_headings(tree)
    drop_marks_of_places(tree)
    name_paragraphs(tree)
    _join_lines(tree)
    mark_repeats(tree, REPEAT)
    text, notice_chars = without_notices(ended_with(_extracted_text(tree), stated))
    text = _INNER_UNDERSCORES.sub(lambda escaped: escaped[0].replace("\\", ""), with_standfirst(text, paragraph))
    return MainText(put_back(text, kept), hidden_chars, notice_chars)


def _drop_empty(tree: HtmlElement) -> None:
    """Drop pictures with their captions, which the extractor leaves out, and boxes that hold nothing."""
    empty = [element for element in tree.iter(*_EMPTY) if len(element) == 0 and element.text is None]
    for element in (*_PICTURES(tree), *empty):
        element.drop_tree()


def _drop_scripts(tree: HtmlElement) -> None:
    """Drop what is no text to any step; data for machines stays."""
    for element in list(tree.iter("script")):
        if "ld+json" not in (element.get("type") or "").lower():
            element.drop_tree()


def _extracted_text(tree: HtmlElement) -> str:
    marks = mark(tree)
    stand_ins = cover_invisibles(tree)
    return uncovered(_best_text(tree, marks), stand_ins)


def _best_text(tree: HtmlElement, marks: Marks) -> str:
    text = quick_text(tree)
    length = len(without_marks(text))
    if length >= SHORT_CHARS or sum(1 for _ in islice(tree.iter(), _MOST_ELEMENTS)) == _MOST_ELEMENTS:
        return with_marks(text, marks)
    unmark(tree)  # the careful extraction weighs single words
    careful = careful_text(tree)
    return careful if len(careful) > 1.5 * length else with_marks(text, marks)


def _join_lines(tree: HtmlElement) -> None:
    """Make line breaks of the source spaces: before emphasis the extractor would drop them and join two words."""
    verbatim = list(tree.iter("pre", "textarea", "script", "style"))
    within = {element for top in verbatim for element in top.iterdescendants()}
    kept = within.union(verbatim)
    for element in tree.iter():
        text, tail = element.text, element.tail
        if text and _has_break(text) and element not in kept:
            element.text = _SOURCE_BREAK.sub(" ", text)
        if tail and _has_break(tail) and element not in within:
            element.tail = _SOURCE_BREAK.sub(" ", tail)
    for line_break in tree.iter("br"):
        emphasis = line_break.getnext()
        if emphasis is not None and emphasis.text and (line_break.tail or "").endswith(" "):
            emphasis.text = " " + emphasis.text


def _has_break(text: str) -> bool:
    return "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text
