"""What trafilatura takes for the main text of a tree, in Markdown: quickly where that suffices, else with its rescues.

``quick_text`` gives what ``trafilatura.extract(tree, fast=True)`` gives, without the work whose outcome is known
beforehand: copies of the tree that only its rescues read, searches for names that a page has not, and the measure of
the whole page by which it tells that it found too little, where a bound says that it did not.
"""

from copy import copy
from functools import cache
from unicodedata import normalize

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import extract, html2txt
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Extractor
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

# Under these lengths trafilatura 2.3 tries its rescues: in any case, and where it is under this share of the page.
_RESCUED_CHARS, _DOUBTED_CHARS, _DOUBTED_SHARE = 250, 3000, 0.2

# Whether a page has any name that trafilatura's regular expressions, which are slow on each element, ask for.
_MAY_BE_APPENDED = etree.XPath(
    "boolean(.//*[@class or @id][contains(@class, 'mvp-post-add') or contains(@id, 'mvp-post-add') or "
    "contains(@class, 'infinite') or contains(@id, 'infinite') or contains(@class, 'elementor-share')])"
)
_MAY_BE_COMMENTS = etree.XPath(
    "boolean(.//*[@class or @id][contains(@class, 'omment') or contains(@id, 'omment') or contains(@id, 'comol') or "
    "contains(@id, 'disqus') or contains(@id, 'dsq-')])"
)
_FORUM = "DiscussionForumPosting"


def quick_text(tree: HtmlElement) -> str:
    """Return the main text of ``tree`` by trafilatura's own rules, or by its rescues where these find too little.

    Parts that neither would read, such as comments, go from ``tree``.
    """
    options = _options(fast=True)
    if any(_FORUM in (script.text or "") for script in tree.iter("script")):  # there, comments are the text
        return extract(tree, options=options) or ""
    if _MAY_BE_APPENDED(tree):
        prune_unwanted_nodes(tree, RAW_TREE_PRUNE_XPATH)
    if _MAY_BE_COMMENTS(tree):
        prune_unwanted_nodes(tree, REMOVE_COMMENTS_AND_LISTS_XPATH)
    body, text = extract_content(convert_tags(tree_cleaning(copy(tree), options), options), options)
    if _is_doubtful(text, tree):
        return extract(tree, options=options) or ""
    return normalize("NFC", xmltotxt(body, options.formatting).strip())


def careful_text(tree: HtmlElement) -> str:
    """Return the main text of ``tree`` by the best of trafilatura's own rules and two other extractors."""
    return extract(tree, options=_options(fast=False)) or ""


def _is_doubtful(text: str, tree: HtmlElement) -> bool:
    if not _RESCUED_CHARS <= len(text) < _DOUBTED_CHARS:
        return len(text) < _RESCUED_CHARS
    words = str(tree.text_content()).split()
    most = sum(map(len, words)) + len(words) + 2 * sum(1 for _ in tree.iter())  # a space before and behind each block
    return len(text) < _DOUBTED_SHARE * most and len(text) < _DOUBTED_SHARE * len(html2txt(tree))


@cache
def _options(*, fast: bool) -> Extractor:
    return Extractor(output_format="markdown", fast=fast, comments=False)
