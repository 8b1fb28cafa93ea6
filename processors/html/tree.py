"""Steps on a tree of HTML that each module of this package needs."""

from lxml.html import HtmlElement


def classes(element: HtmlElement) -> set[str]:
    """Return the names in the ``class`` of ``element``; of a comment, none."""
    return set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()


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
