"""Headings that a page writes as boxes: extractors drop the text of a box that is no paragraph."""

import re

from lxml import etree
from lxml.html import HtmlElement

_MOST_CHARS = 150  # longer than the headings of the public pages, shorter than their paragraphs
# Boxes beside two paragraphs, without boxes of their own, which a first look at their names does not rule out.
_BOXES = etree.XPath(
    "descendant::div[contains(translate(@class, 'HT', 'ht'), 'head') or contains(translate(@class, 'HT', 'ht'), 'tit')]"
    "[not(.//div or .//p or .//ul or .//table)][count(../p) > 1]"
)
_NAMES = re.compile(
    r"(?:sub|cross|inter|zwischen|section)[-_]*(?:head(?:line|ing)?|titel|title|titulo|titre)s?(?:$|[\s_-])|"
    r"(?:^|[\s_-])heading(?:$|[\s_-])",
    re.IGNORECASE,
)


def name_headings(tree: HtmlElement) -> None:
    """Make headings of the boxes among the paragraphs of ``tree`` that are named so."""
    for box in _BOXES(tree):
        if _NAMES.search(box.get("class")) and 0 < len(" ".join(box.text_content().split())) < _MOST_CHARS:
            box.tag = "h3"
            box.attrib.clear()
