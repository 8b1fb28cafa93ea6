"""Text of a page that its readers never see: styled away, without size, off the screen, of the colour behind it."""

import re

from lxml import etree
from lxml.html import HtmlElement

# An element that holds this share of a page's text is styled away only until the page's scripts have run.
_WAITING_SHARE = 0.5
# Where less than this share of a page's text would stay, all of it waits for scripts.
_LEAST_SHARE = 0.1
# Longer styles than any of the public pages has are read in part.
_MAX_STYLE_CHARS = 20_000

_STYLED_AWAY = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|"
    r"font-size:0*(?:\.0+)?(?:[a-z]+|%)?(?=;|!|$)|text-indent:-(?:\d{4,}|999)|"
    r"(?:left|top|margin-left|margin-top):-\d{4,})"
)
# Nothing shows through a hole of a pixel at most; the spaces tell its four numbers apart.
_CLIPPED_AWAY = re.compile(r"clip\s{0,9}:\s{0,9}rect\(\s{0,9}[01](?:px)?(?:[\s,]{1,9}[01](?:px)?){3}\s{0,9}\)")
# What an element within may undo for itself, and how it says so.
_UNDOABLE = re.compile(r"(?:^|;)(?:visibility:|font-size:0)")
_UNDOING = re.compile(r"(?:^|;)(?:visibility:visible|font-size:0*(?:\.0*)?(?:[1-9][\d.]*(?:px|pt|r?em|v[wh])|[a-z]))")
_STYLED = etree.XPath("descendant::*[contains(@style, 'isib') or contains(@style, 'size') or contains(@style, 'SIZE')]")
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_WHITE = {"white", "#fff", "#ffffff", "rgb(255,255,255)"}
_STYLED_OR_HIDDEN = etree.XPath("//body//*[@style or @hidden or self::template]")


def drop_hidden(tree: HtmlElement) -> int:
    """Take what no reader sees out of ``tree``; return how many characters of text went, spaces not counted.

    A panel of tabs stays, since a reader opens it, and so does what is transparent, since scripts fade it in. What is
    hidden from screen readers alone (``aria-hidden``) is seen. Scripts and styles are no text and should have gone.
    """
    body = tree.find(".//body")
    styled = _STYLED_OR_HIDDEN(tree)
    _show_undone(styled)
    hidden = {element: _chars(element) for element in _outermost_hidden(styled)}
    if body is None or not any(hidden.values()):
        return 0
    page_chars = _chars(body)
    gone = {element: chars for element, chars in hidden.items() if chars < _WAITING_SHARE * page_chars}
    if page_chars - sum(gone.values()) < _LEAST_SHARE * page_chars:
        return 0
    for element in gone:
        element.drop_tree()
    return sum(gone.values())


def _show_undone(styled: list[HtmlElement]) -> None:
    """Take the style from what hides itself, but not what is within: extractors look at it alone."""
    for element in styled:
        style = element.get("style", "")
        if "isib" in style.lower() and "hidden" in style.lower() and not is_hidden(element):
            del element.attrib["style"]


def _outermost_hidden(styled: list[HtmlElement]) -> list[HtmlElement]:
    found = dict.fromkeys(filter(is_hidden, styled))
    return [element for element in found if not any(ancestor in found for ancestor in element.iterancestors())]


def is_hidden(element: HtmlElement) -> bool:
    """Return whether ``element`` itself says that it is not shown."""
    if element.tag == "template":
        return True
    hidden = element.get("hidden")
    if hidden is not None and hidden.strip().lower() != "until-found" and element.get("role") != "tabpanel":
        return True
    written = element.get("style", "")[:_MAX_STYLE_CHARS].lower()
    style = "".join(written.split())
    if not style:
        return False
    if found := _STYLED_AWAY.search(style):
        return _UNDOABLE.match(found[0]) is None or not _is_undone_within(element)
    return _CLIPPED_AWAY.search(written) is not None or _is_of_colour_behind(style)


def _is_undone_within(element: HtmlElement) -> bool:
    """Return whether an element within says that it is seen, or of what size."""
    styles = ("".join(inner.get("style")[:_MAX_STYLE_CHARS].lower().split()) for inner in _STYLED(element))
    return any(map(_UNDOING.search, styles))


def _is_of_colour_behind(style: str) -> bool:
    colour, background = _COLOUR.search(style), _BACKGROUND.search(style)
    if colour is None or background is None:
        return False
    both = {colour[1], background[1]}
    return len(both) == 1 or both <= _WHITE


def _chars(element: HtmlElement) -> int:
    return len("".join(element.text_content().split()))
