"""Steps on a tree of HTML that each module of this package needs."""

import re
from copy import deepcopy
from functools import cache

from lxml import etree
from lxml.html import HtmlComment, HtmlElement

# What XML 1.0, section 2.2, has no place for.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROL_BYTES = bytes(byte for byte in range(32) if byte not in b"\t\n\r")


def classes(element: HtmlElement) -> set[str]:
    """Return the names in the ``class`` of ``element``; of a comment, none."""
    return set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()


def copy_of(element: HtmlElement) -> HtmlElement:
    """Return a copy of ``element`` to be changed: without the text after it, and without characters no tree takes."""
    copied = deepcopy(element)
    copied.tail = None
    drop_controls(copied)
    return copied


def drop_controls(root: HtmlElement) -> None:
    """Take control characters out of ``root``, in place: the parser lets them in, but a text with one cannot be set."""
    if not _has_controls(root):
        return
    for element in root.iter():
        if element.text and _CONTROLS.search(element.text):
            element.text = _CONTROLS.sub("", element.text)
        if element.tail and _CONTROLS.search(element.tail):
            element.tail = _CONTROLS.sub("", element.tail)


def _has_controls(root: HtmlElement) -> bool:
    """Tell of all text at once, since hardly any page has one and each element costs as much as the whole."""
    text = etree.tostring(root, method="text", encoding="utf-8", with_tail=False)
    is_above = b"\xef\xbf\xbe" in text or b"\xef\xbf\xbf" in text or b"\xed" in text  # U+FFFE, U+FFFF, surrogates
    return is_above or len(text.translate(None, _CONTROL_BYTES)) < len(text)


def of_one_class(tree: HtmlElement) -> HtmlElement:
    """Return the elements of ``tree``, below an ``<html>`` without attributes; ``tree`` itself is used up.

    Those of lxml.html's own parsers look for their class in Python each time one is met, a tenth of all the time that
    walks take. Here all are plain ``HtmlElement``, which knows no more of forms and inputs than of other elements.
    """
    root: HtmlElement = _plain_parser().makeelement("html")
    if tree.tag != "html":
        root.append(tree)
        return root
    root.text = tree.text
    root.extend(tree)
    return root


@cache
def _plain_parser() -> etree.HTMLParser:
    parser = etree.HTMLParser()
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment))
    return parser


def become(element: HtmlElement, text: str) -> None:
    """Make ``element`` a span of ``text`` alone; what follows it stays."""
    element.clear(keep_tail=True)
    element.tag, element.text = "span", text


def replace(old: HtmlElement, new: HtmlElement | None) -> None:
    """Put ``new`` where ``old`` stands and keep the text after it; without ``new`` only that text stays."""
    parent, tail = old.getparent(), old.tail or ""
    if parent is None:
        return
    if new is not None:
        new.tail = tail
        parent.replace(old, new)
        return
    before = old.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(old)
