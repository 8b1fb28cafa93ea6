"""Text that a page writes beside its paragraphs, in boxes or bare: extractors read it in paragraphs alone."""

from lxml import etree
from lxml.html import HtmlElement

from processors.html.extents import leads_elsewhere

_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q",
    "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
})  # fmt: skip
# Boxes between paragraphs, and what may hold a paragraph with bare text before it.
_BOXES = etree.XPath(".//p/following-sibling::*[1][self::div][following-sibling::*[1][self::p]]")
_HOLDERS = ("body", "article", "div", "section")
_FEWEST_CHARS = 40  # of a sentence; what is shorter is a label as often as text
_MARKS = frozenset({"¶", "#", "§", "🔗", "\u21a9", "\u21a9\ufe0e", "\u21a9\ufe0f", "⏎", "↵", "^"})


def drop_marks_of_places(tree: HtmlElement) -> None:
    """Take the links out of ``tree`` that are a mark alone and lead to a place in the page, as from a note to it."""
    for link in list(tree.iter("a")):
        if len(link) == 0 and (link.text or "").strip() in _MARKS and not leads_elsewhere(link):
            link.drop_tree()


def name_paragraphs(tree: HtmlElement) -> None:
    """Make paragraphs of the boxes of text in ``tree`` that stand between two, and of bare text before the first."""
    for box in _BOXES(tree):
        if _is_sentence(box) and all(child.tag in _INLINE for child in box.iterdescendants("*")):
            box.tag = "p"
    bare = [holder for holder in tree.iter(*_HOLDERS) if holder.text and not holder.text.isspace()]
    for holder in bare:
        run = _first_run(holder)
        if run is not None:
            _wrap(holder, run)


def _is_sentence(box: HtmlElement) -> bool:
    chars = len(" ".join(box.text_content().split()))
    linked = sum(len(link.text_content()) for link in box.iter("a"))
    return chars >= _FEWEST_CHARS and 2 * linked < chars


def _first_run(holder: HtmlElement) -> list[HtmlElement] | None:
    """Return the inline elements before the first paragraph of ``holder``, if bare text begins it and nothing else."""
    run: list[HtmlElement] = []
    for child in holder:
        if child.tag == "p":
            chars = len(holder.text.strip()) + sum(len(inner.text_content()) + len(inner.tail or "") for inner in run)
            return run if chars >= _FEWEST_CHARS else None
        if child.tag not in _INLINE:
            return None
        run.append(child)
    return None


def _wrap(holder: HtmlElement, run: list[HtmlElement]) -> None:
    paragraph = holder.makeelement("p")
    paragraph.text, holder.text = holder.text, None
    paragraph.extend(run)
    holder.insert(0, paragraph)


def mark_repeats(tree: HtmlElement, stand_in: str) -> None:
    """Begin each paragraph of ``tree`` that says what the one before it says with ``stand_in``: both are kept then."""
    for paragraph in tree.iter("p"):
        before = paragraph.getprevious()
        if before is None or before.tag != "p" or len(paragraph) != len(before):
            continue
        if (paragraph.text or "").strip() == (before.text or "").lstrip(stand_in).strip():
            words = paragraph.text_content().split()
            if words and words == before.text_content().lstrip(stand_in).split() and before.text:
                odd = not before.text.startswith(stand_in)
                paragraph.text = f"{stand_in if odd else ''}{paragraph.text or ''}"
