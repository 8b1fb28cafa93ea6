"""Text of what APIs send: an Atom entry of arXiv, MediaWiki's rendered pages, prose and code as they are.

Pure functions from body to text, chosen by media type. General web pages are not theirs.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from email.message import Message

from lxml import etree, html

ATOM = {"atom": "http://www.w3.org/2005/Atom"}
AS_IT_IS = re.compile(r"text/(markdown|plain|x-[a-z0-9+-]+|javascript)")
# What a MediaWiki page shows that is not its text: boxes, notes, navigation, edit marks, maintenance.
APPARATUS = (
    "ambox", "catlinks", "hatnote", "infobox", "metadata", "mw-editsection", "mw-empty-elt", "mw-references-wrap",
    "navbox", "navbox-styles", "noprint", "portalbox", "reference", "references", "reflist", "shortdescription",
    "sidebar", "sistersitebox", "thumb", "toc", "vertical-navbox",
)  # fmt: skip
WITHOUT_TEXT = frozenset({"figure", "img", "link", "meta", "script", "style", "noscript"})
HEADINGS = {"h2": "##", "h3": "###", "h4": "####", "h5": "#####", "h6": "######"}
LISTS = frozenset({"ul", "ol"})
BLOCKS = frozenset({*HEADINGS, *LISTS, "p", "pre", "blockquote", "table", "dl"})


def text_of(body: bytes, media_type: str) -> tuple[str | None, str | None]:
    """Return title and text of an API's payload; the text is None where ``media_type`` is not one of an API.

    What cannot be read gives an empty text; nothing is raised.
    """
    header = Message()
    header["Content-Type"] = media_type
    name = media_type.partition(";")[0].strip().lower()
    if name == "application/atom+xml" and header.get_param("type") == "entry":
        return atom_entry(body)
    if name == "application/json" and header.get_param("profile") == "mediawiki-parse":
        return mediawiki_parse(body)
    if AS_IT_IS.fullmatch(name):
        return None, plain_text(body)
    return None, None


def plain_text(body: bytes) -> str:
    """Return Markdown, other prose or code as it is: UTF-8 without its mark, line ends as line feeds."""
    text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    return re.sub(r"\r\n?", "\n", text).strip("\n")


def atom_entry(body: bytes) -> tuple[str | None, str]:
    """Return an arXiv entry's title, and its title as a heading over its abstract, each paragraph on one line.

    A line break that leading white space follows is a paragraph's; every other is only the form's
    (https://info.arxiv.org/help/prep.html, abstracts).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    entry = _parsed(body, parser)
    if entry is None:
        return None, ""
    title = " ".join(entry.findtext("atom:title", "", ATOM).split())
    abstract = entry.findtext("atom:summary", "", ATOM).strip()
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n(?=[ \t])|\n\s*\n", abstract))
    text = "\n\n".join(part for part in (f"# {title}" if title else "", *paragraphs) if part)
    return title or None, text


def mediawiki_parse(body: bytes) -> tuple[str | None, str]:
    """Return title and Markdown of MediaWiki's answer to ``action=parse`` (JSON, format version 1 or 2)."""
    try:
        page = json.loads(body)["parse"]
        rendered = page["text"]
        source = rendered if isinstance(rendered, str) else rendered["*"]
        return str(page["title"]), mediawiki_text(source)
    except (ValueError, KeyError, TypeError):
        return None, ""


def mediawiki_text(source: str) -> str:
    """Return the prose of a page from the HTML that MediaWiki renders, as Markdown.

    Headings, paragraphs, lists, quotes, code, tables and formulas (as ``$TeX$``) stay; boxes, notes, navigation and
    sections that hold nothing else go.
    """
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    page = _parsed(source.encode(errors="replace"), parser)
    if page is None:
        return ""
    _drop_apparatus(page)
    _spell_formulas(page)
    return "\n\n".join(_without_empty_sections(list(_blocks(page))))


def _parsed(body: bytes, parser: etree.XMLParser | etree.HTMLParser) -> etree._Element | None:
    try:
        return etree.fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _drop_apparatus(page: etree._Element) -> None:
    for element in list(page.iter(etree.Element)):
        if element.tag == "br":
            element.tail = " " + (element.tail or "")
        elif element.tag in WITHOUT_TEXT or not set(APPARATUS).isdisjoint((element.get("class") or "").split()):
            _remove(element)


def _spell_formulas(page: etree._Element) -> None:
    for element in list(page.iter("math")):
        tex = element.findtext(".//annotation") or element.get("alttext") or ""
        tex = re.sub(r"^\{\\displaystyle\s*(.*)\}$", r"\1", tex.strip(), flags=re.DOTALL).strip()
        element.tail = (f"${tex}$" if tex else "") + (element.tail or "")
        _remove(element)


def _remove(element: etree._Element) -> None:
    parent, tail = element.getparent(), element.tail or ""
    if parent is None:
        return
    before = element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    parent.remove(element)


def _blocks(element: etree._Element) -> Iterator[str]:
    for child in element.iterchildren(etree.Element):
        if child.tag in BLOCKS:
            block = _block(child)
            if block.strip():
                yield block
        else:
            yield from _blocks(child)


def _block(element: etree._Element) -> str:
    if element.tag in HEADINGS:
        return f"{HEADINGS[element.tag]} {_line(element)}" if _line(element) else ""
    return WRITERS.get(element.tag, _line)(element)


def _list(element: etree._Element) -> str:
    return "\n".join(_items(element, ""))


def _code(element: etree._Element) -> str:
    return f"```\n{''.join(element.itertext()).strip(chr(10))}\n```"


def _quote(element: etree._Element) -> str:
    lines = "\n\n".join(_blocks(element)) or _line(element)
    return "\n".join(f"> {line}".rstrip() for line in lines.splitlines())


def _table(element: etree._Element) -> str:
    rows = (" | ".join(_line(cell) for cell in row.iterchildren("th", "td")) for row in element.iter("tr"))
    return "\n".join(row for row in rows if row.strip(" |"))


def _definitions(element: etree._Element) -> str:
    return "\n".join(filter(None, (_line(part) for part in element.iterchildren("dt", "dd"))))


def _items(element: etree._Element, indent: str) -> Iterator[str]:
    for number, item in enumerate(element.iterchildren("li"), start=1):
        inner = [child for child in item.iterchildren(etree.Element) if child.tag in LISTS]
        lines = [line for child in inner for line in _items(child, indent + "  ")]
        for child in inner:
            _remove(child)
        mark = f"{number}." if element.tag == "ol" else "-"
        if text := _line(item):
            yield f"{indent}{mark} {text}"
        yield from lines


def _line(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _without_empty_sections(blocks: list[str]) -> list[str]:
    kept: list[str] = []
    for block in reversed(blocks):
        level = _level(block)
        if level and (not kept or 0 < _level(kept[-1]) <= level):
            continue
        kept.append(block)
    return kept[::-1]


def _level(block: str) -> int:
    return len(block) - len(block.lstrip("#")) if re.match(r"#{2,6} \S", block) else 0


WRITERS: Mapping[str, Callable[[etree._Element], str]] = {
    "ul": _list, "ol": _list, "pre": _code, "blockquote": _quote, "table": _table, "dl": _definitions,
}  # fmt: skip
