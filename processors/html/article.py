"""What trafilatura takes for the main text of a tree, in Markdown: quickly where that suffices, else with its rescues.

``quick_text`` gives what ``trafilatura.extract(tree, fast=True)`` gives, without the work whose outcome is known before:
copies of the tree that only its rescues read, searches for names that the page has not, and the measure of the whole
page by which it tells that it found too little, where a bound on that measure says that it did not.
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

# As trafilatura 2.3 has them: under these lengths, or this share of what the page shows, it looks again.
_RESCUED_CHARS, _DOUBTED_CHARS, _DOUBTED_SHARE = 250, 3000, 0.2

# Whether any name of a page may be one of those that trafilatura's regular expressions, slow on each element, ask for.
_NAMES = "@class or @id"
_APPENDED = etree.XPath(
    "boolean(.//*[contains(@class, 'mvp-post-add') or contains(@id, 'mvp-post-add') or contains(@class, 'infinite') or "
    "contains(@id, 'infinite') or contains(@class, 'elementor-share')])"
)
_COMMENTED = etree.XPath(
    "boolean(.//*[contains(@class, 'omment') or contains(@id, 'omment') or contains(@id, 'comol') or "
    "contains(@id, 'disqus') or contains(@id, 'dsq-')])"
)
