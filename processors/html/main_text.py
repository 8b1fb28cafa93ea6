"""The main text of a page as Markdown: trafilatura on a tree whose code and formulas were set aside first."""

import logging
import re

from lxml.html import HtmlElement
from trafilatura import extract

from processors.html.code import set_code_aside
from processors.html.formulas import set_formulas_aside
from processors.html.tokens import put_back

# trafilatura reports on stderr each page it makes nothing of; here that is an empty text, judged by later rules.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())

# Under this many characters the quick extraction may have missed the page: the careful one, with its fallbacks, is
# asked too. 300, 500 and 700 were tried on the public sets; from 500 on, nothing was gained.
SHORT_CHARS = 500
_SOURCE_BREAK = re.compile(r"[ \t\r\n\f]+")

# An underscore inside a word never opens emphasis (CommonMark 0.31, section 6.2), so trafilatura's escape of it there
# only hides names, addresses and secrets from the steps that look for them.
_INNER_UNDERSCORES = re.compile(r"(?<=[^\W_]|[.@-])(?:\\_)+(?=[^\W_]|[.@-])")


def markdown(tree: HtmlElement) -> str:
    """Return the main text of ``tree`` as Markdown, empty when there is none; the tree is used up."""
    kept = {**set_code_aside(tree), **set_formulas_aside(tree)}
    _join_lines(tree)
    text, careful = _extracted(tree, fast=True), ""
    if len(text) < SHORT_CHARS:
        careful = _extracted(tree, fast=False)
    chosen = careful if len(careful) > 1.5 * len(text) else text
    return put_back(_INNER_UNDERSCORES.sub(lambda escaped: escaped[0].replace("\\", ""), chosen), kept)


def _extracted(tree: HtmlElement, *, fast: bool) -> str:
    return extract(tree, fast=fast, output_format="markdown", include_comments=False, include_tables=True) or ""


def _join_lines(tree: HtmlElement) -> None:
    """Make line breaks of the source spaces: before emphasis the extractor would drop them and join two words."""
    verbatim = {
        element for tag in ("pre", "textarea", "script", "style") for top in tree.iter(tag) for element in top.iter()
    }
    for element in tree.iter():
        if element.text and element not in verbatim:
            element.text = _SOURCE_BREAK.sub(" ", element.text)
        if element.tail and element.getparent() not in verbatim:
            element.tail = _SOURCE_BREAK.sub(" ", element.tail)
    for line_break in tree.iter("br"):
        emphasis = line_break.getnext()
        if emphasis is not None and emphasis.text and (line_break.tail or "").endswith(" "):
            emphasis.text = " " + emphasis.text
