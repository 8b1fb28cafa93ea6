"""Markdown of the HTML that MediaWiki renders: its prose, lists, tables, code and formulas, without the apparatus."""

import re
from itertools import islice

from lxml import etree, html

from corpus.bounded_markup import bounded_markup
from processors.html.inline import BREAK
from processors.html.tree import become
from processors.html.writer import markdown_of

# What a MediaWiki page shows that is not its text: boxes, notes, navigation, edit marks, maintenance.
APPARATUS = frozenset({
    "ambox", "catlinks", "dablink", "hatnote", "infobox", "metadata", "mw-cite-backlink", "mw-editsection",
    "mw-empty-elt", "mw-jump-link", "mw-references-wrap", "navbox", "navbox-styles", "noprint", "portalbox",
    "printfooter", "redirectMsg", "reference", "references", "reflist", "rellink", "shortdescription", "sidebar",
    "sistersitebox", "thumb", "toc", "vertical-navbox",
})  # fmt: skip
WITHOUT_TEXT = frozenset({"figure", "img", "link", "meta", "noscript", "script", "style"})
# How far above an element what it is in is looked for: MediaWiki puts code and poems in one or two elements.
NEAR = 4
# Pictures of formulas: https://www.mediawiki.org/wiki/Extension:Math
PICTURED = {"mwe-math-fallback-image-display", "mwe-math-fallback-image-inline", "tex"}
_STYLE = re.compile(r"^\{\\(?:displaystyle|textstyle)\s*(.*)\}$", re.DOTALL)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def mediawiki_text(source: str) -> str:
    """Return the prose of a page from the HTML that MediaWiki renders, as Markdown.

    Headings, paragraphs, lists, quotes, code, tables and formulas (as ``$TeX$``) stay; boxes, notes, navigation and
    sections that hold nothing else go. Nothing is raised; what cannot be read is empty.
    """
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        page = etree.fromstring(bounded_markup(source.encode(errors="replace")), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    return "" if page is None else mediawiki_markdown(page)


def mediawiki_markdown(page: etree._Element) -> str:
    """Return the Markdown of what MediaWiki rendered, as ``mediawiki_text`` does; the tree is used up."""
    for element in list(page.iter(etree.Element)):
        _prepare(element)
    return markdown_of(page)


def _prepare(element: etree._Element) -> None:
    """Empty the element in place where it is apparatus; put text for line breaks, formulas and code."""
    classes = (element.get("class") or "").split()
    if element.tag == "br":
        element.text = BREAK if _is_verse(element) else " "
    elif element.tag == "math":
        tex = element.findtext(".//annotation") or element.get("alttext") or ""
        become(element, _formula(tex, element.get("display")))
    elif element.tag == "img" and PICTURED & set(classes):
        become(element, "" if _follows_formula(element) else _formula(element.get("alt") or "", None))
    elif element.tag in WITHOUT_TEXT or not APPARATUS.isdisjoint(classes) or _is_hidden(element):
        become(element, "")
    elif element.tag == "code" and all(one.tag != "pre" for one in _around(element)) and element.find("pre") is None:
        code = "".join(element.itertext())
        become(element, f"`{code}`" if code.strip() and "`" not in code else code)


def _is_hidden(element: etree._Element) -> bool:
    """Tell whether a browser shows nothing of the element; MathML that it hides is the formula we read."""
    return _HIDDEN.search(element.get("style") or "") is not None and element.find("math") is None


def _is_verse(element: etree._Element) -> bool:
    return any("poem" in (one.get("class") or "").split() for one in _around(element))


def _follows_formula(picture: etree._Element) -> bool:
    before = picture.getprevious()
    return before is not None and "".join(before.itertext()).startswith("$")


def _around(element: etree._Element) -> list[etree._Element]:
    return [element, *islice(element.iterancestors(), NEAR)]


def _formula(tex: str, display: str | None) -> str:
    tex = " ".join(_STYLE.sub(r"\1", tex.strip()).split())
    mark = "$$" if display == "block" else "$"
    return f"{mark}{tex}{mark}" if tex else ""
