"""The main text of a page as Markdown: trafilatura on a tree whose code and formulas were set aside first."""

import logging
import re
from copy import copy
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
from processors.html.marks import mark, unmark, with_marks, without_marks
from processors.html.notices import without_notices
from processors.html.promotions import drop_promotions
from processors.html.standfirst import standfirst, with_standfirst
from processors.html.stated_body import ended_with, stated_body
from processors.html.tokens import put_back

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


_FURNITURE = (
    "aside", "footer", "nav", "button", "input", "select", "datalist", "label", "legend", "fieldset", "dialog", "menu",
    "object", "embed", "style", "svg", "iframe", "canvas", "audio", "video", "map", "noscript", "textarea",
)  # fmt: skip
_PICTURES = etree.XPath(".//figure[not(.//table)]")
_EMPTY = etree.XPath(
    ".//*[not(node())][self::div or self::span or self::p or self::li or self::i or self::b or self::em or self::strong "
    "or self::section or self::article]"
)


class MainText(NamedTuple):
    """The main text of a page as Markdown, and how many characters were left out because no reader sees them."""

    text: str
    hidden_chars: int


def markdown(tree: HtmlElement) -> str:
    """Return the main text of ``tree`` as Markdown, empty when there is none; the tree is used up."""
    return main_text(tree).text


def main_text(tree: HtmlElement) -> MainText:
    """Return the main text of ``tree`` and what was hidden in it; the tree is used up.

    What is no text of the page goes first (hidden parts, links to other pages), so that the extractor's own measures
    are not led astray by it; then the lines go that a site says on every page, and what the extractor lost returns.
    """
    etree.strip_elements(tree, *_FURNITURE, with_tail=False)
    formulas = set_formulas_aside(tree)  # before the hidden parts, since formulas are kept in such ones
    _drop_scripts(tree)
    hidden_chars = drop_hidden(tree)
    kept = {**set_code_aside(tree), **formulas}
    stated = stated_body(tree)
    keep_embedded_posts(tree)
    for element in (*_PICTURES(tree), *_EMPTY(tree)):
        element.drop_tree()
    paragraph = standfirst(tree)
    text = without_notices(ended_with(_extracted_text(tree), stated))
    text = _INNER_UNDERSCORES.sub(lambda escaped: escaped[0].replace("\\", ""), with_standfirst(text, paragraph))
    return MainText(put_back(text, kept), hidden_chars)


def _drop_scripts(tree: HtmlElement) -> None:
    """Drop what is no text to any step; data for machines stays."""
    for element in list(tree.iter("script")):
        if "ld+json" not in (element.get("type") or "").lower():
            element.drop_tree()


def _extracted_text(tree: HtmlElement) -> str:
    whole = copy(tree)
    _prepare(tree)
    marks = mark(tree)
    text = quick_text(tree)
    length = len(without_marks(text))
    if length >= SHORT_CHARS or sum(1 for _ in islice(whole.iter(), _MOST_ELEMENTS)) == _MOST_ELEMENTS:
        return with_marks(text, marks)
    _prepare(whole)  # without marks, since the careful extraction weighs single words
    careful = careful_text(whole)
    return careful if len(careful) > 1.5 * length else with_marks(text, marks)


def _prepare(tree: HtmlElement) -> None:
    drop_promotions(tree)
    name_headings(tree)
    _join_lines(tree)


def _join_lines(tree: HtmlElement) -> None:
    """Make line breaks of the source spaces: before emphasis the extractor would drop them and join two words."""
    verbatim = list(tree.iter("pre", "textarea", "script", "style"))
    within = {element for top in verbatim for element in top.iterdescendants()}
    kept = within.union(verbatim)
    for element in tree.iter():
        if element.text and element not in kept:
            element.text = _SOURCE_BREAK.sub(" ", element.text)
        if element.tail and element not in within:
            element.tail = _SOURCE_BREAK.sub(" ", element.tail)
    for line_break in tree.iter("br"):
        emphasis = line_break.getnext()
        if emphasis is not None and emphasis.text and (line_break.tail or "").endswith(" "):
            emphasis.text = " " + emphasis.text
