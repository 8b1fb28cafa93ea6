"""Steps on a tree of HTML that each module of this package needs."""

import re
from copy import deepcopy

from lxml.html import HtmlElement

# What XML 1.0, section 2.2, has no place for.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


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
    for element in root.iter():
        if element.text and _CONTROLS.search(element.text):
            element.text = _CONTROLS.sub("", element.text)
        if element.tail and _CONTROLS.search(element.tail):
            element.tail = _CONTROLS.sub("", element.tail)


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
