"""Markdown of the HTML that MediaWiki renders: its prose, lists, tables, code and formulas, without the apparatus."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from lxml import etree, html

# What a MediaWiki page shows that is not its text: boxes, notes, navigation, edit marks, maintenance.
APPARATUS = frozenset({
    "ambox", "catlinks", "dablink", "hatnote", "infobox", "metadata", "mw-cite-backlink", "mw-editsection",
    "mw-empty-elt", "mw-jump-link", "mw-references-wrap", "navbox", "navbox-styles", "noprint", "portalbox",
    "printfooter", "redirectMsg", "reference", "references", "reflist", "rellink", "shortdescription", "sidebar",
    "sistersitebox", "thumb", "toc", "vertical-navbox",
})  # fmt: skip
WITHOUT_TEXT = frozenset({"figure", "img", "link", "meta", "noscript", "script", "style"})
HEADINGS = {f"h{level}": level for level in range(1, 7)}
LISTS = frozenset({"ol", "ul"})
BLOCKS = frozenset({*HEADINGS, *LISTS, "blockquote", "dl", "p", "pre", "table"})
CONTAINERS = frozenset({
    "article", "aside", "body", "center", "dd", "details", "div", "dt", "fieldset", "figcaption", "footer", "form",
    "header", "hr", "html", "li", "main", "nav", "section", "summary", "td", "th", "tr",
})  # fmt: skip
# Deeper than any page nests; what is deeper still is read as plain text, so that nothing recurses without end.
DEEPEST = 60
MOST_COLUMNS = 100
# How far above an element what it is in is looked for: MediaWiki puts code and poems in one or two elements.
NEAR = 4
# Pictures of formulas: https://www.mediawiki.org/wiki/Extension:Math
PICTURED = {"mwe-math-fallback-image-display", "mwe-math-fallback-image-inline", "tex"}
_BREAK = "\u2028"
_STYLE = re.compile(r"^\{\\(?:displaystyle|textstyle)\s*(.*)\}$", re.DOTALL)
_LANGUAGE = re.compile(r"(?:^|\s)(?:mw-highlight-lang|source|language)-([\w+#.-]+)")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


class Block(NamedTuple):
    """One block of Markdown; ``level`` is that of a heading, else 0."""

    text: str
    level: int = 0


def mediawiki_text(source: str) -> str:
    """Return the prose of a page from the HTML that MediaWiki renders, as Markdown.

    Headings, paragraphs, lists, quotes, code, tables and formulas (as ``$TeX$``) stay; boxes, notes, navigation and
    sections that hold nothing else go. Nothing is raised; what cannot be read is empty.
    """
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        page = etree.fromstring(source.encode(errors="replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    if page is None:
        return ""
    for element in list(page.iter(etree.Element)):
        _prepare(element)
    return "\n\n".join(block.text for block in _without_empty_sections(list(_blocks(page, 0))))


def _prepare(element: etree._Element) -> None:
    """Empty the element in place where it is apparatus; put text for line breaks, formulas and code."""
    classes = (element.get("class") or "").split()
    if element.tag == "br":
        element.text = _BREAK
    elif element.tag == "math":
        tex = element.findtext(".//annotation") or element.get("alttext") or ""
        _become(element, _formula(tex, element.get("display")))
    elif element.tag == "img" and PICTURED & set(classes):
        _become(element, "" if _follows_formula(element) else _formula(element.get("alt") or "", None))
    elif element.tag in WITHOUT_TEXT or not APPARATUS.isdisjoint(classes) or _is_hidden(element):
        _become(element, "")
    elif element.tag == "code" and all(one.tag != "pre" for one in _around(element)) and element.find("pre") is None:
        code = "".join(element.itertext())
        _become(element, f"`{code}`" if code.strip() and "`" not in code else code)


def _become(element: etree._Element, text: str) -> None:
    element.clear(keep_tail=True)
    element.tag, element.text = "span", text


def _is_hidden(element: etree._Element) -> bool:
    """Tell whether a browser shows nothing of the element; MathML that it hides is the formula we read."""
    return _HIDDEN.search(element.get("style") or "") is not None and element.find("math") is None


def _follows_formula(picture: etree._Element) -> bool:
    before = picture.getprevious()
    return before is not None and "".join(before.itertext()).startswith("$")


def _around(element: etree._Element) -> list[etree._Element]:
    return [element, *islice(element.iterancestors(), NEAR)]


def _formula(tex: str, display: str | None) -> str:
    tex = " ".join(_STYLE.sub(r"\1", tex.strip()).split())
    mark = "$$" if display == "block" else "$"
    return f"{mark}{tex}{mark}" if tex else ""


def _blocks(element: etree._Element, depth: int) -> Iterator[Block]:
    """Yield the blocks within ``element``; a run of text between them is a paragraph."""
    if depth > DEEPEST:
        yield from _paragraph(["".join(element.itertext())])
        return
    run = [element.text or ""]
    for child in element.iterchildren(etree.Element):
        if child.tag in BLOCKS:
            yield from _paragraph(run)
            yield from _block(child, depth + 1)
            run = []
        elif child.tag in CONTAINERS or next(child.iter(*BLOCKS, *CONTAINERS), None) is not None:
            yield from _paragraph(run)
            yield from _blocks(child, depth + 1)
            run = []
        else:
            run.append("".join(child.itertext()))
        run.append(child.tail or "")
    yield from _paragraph(run)


def _block(element: etree._Element, depth: int) -> Iterator[Block]:
    if level := HEADINGS.get(element.tag):
        line = _line(element)
        if line:
            yield Block(f"{'#' * level} {line}", level)
    else:
        for text in WRITERS[element.tag](element, depth):
            if text.strip():
                yield Block(text)


def _paragraph(run: Sequence[str]) -> Iterator[Block]:
    if line := " ".join("".join(run).replace(_BREAK, " ").split()):
        yield Block(line)


def _text(element: etree._Element, depth: int) -> Iterator[str]:
    in_poem = any("poem" in (one.get("class") or "").split() for one in _around(element))
    if in_poem:
        lines = ("".join(element.itertext())).split(_BREAK)
        yield "  \n".join(" ".join(line.split()) for line in lines).strip()
    else:
        yield from (block.text for block in _blocks(element, depth))


def _list(element: etree._Element, depth: int) -> Iterator[str]:
    number = _number(element.get("start"), 1)
    items: list[str] = []
    for item in element.iterchildren(etree.Element):
        mark = f"{number}. " if element.tag == "ol" else "- "
        if blocks := [block.text for block in _blocks(item, depth + 1)]:
            items.append(_indented(blocks, mark))
            number += 1
    yield "\n".join(items)


def _indented(blocks: Sequence[str], mark: str) -> str:
    """Return the blocks of one item behind its mark; lists within it follow without an empty line."""
    text = blocks[0]
    for block in blocks[1:]:
        is_list = re.match(r"(?:-|\d+\.) ", block) is not None
        text += f"{chr(10) if is_list else chr(10) * 2}{block}"
    first, *others = text.split("\n")
    return "\n".join([mark + first, *(f"{' ' * len(mark)}{line}" if line else "" for line in others)])


def _code(element: etree._Element, _depth: int) -> Iterator[str]:
    code = "".join(element.itertext()).replace(_BREAK, "\n").strip("\n")
    named = (_LANGUAGE.search(one.get("class") or "") for one in (*_around(element), *element.iter("code")))
    language = next((match[1] for match in named if match and match[1] != "text"), "")
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", code))])
    if code.strip():
        yield f"{fence}{language}\n{code}\n{fence}"


def _quote(element: etree._Element, depth: int) -> Iterator[str]:
    text = "\n\n".join(block.text for block in _blocks(element, depth))
    yield "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _definitions(element: etree._Element, depth: int) -> Iterator[str]:
    parts = ("\n\n".join(block.text for block in _blocks(part, depth)) for part in element.iterchildren("dt", "dd"))
    yield "\n".join(filter(None, parts))


def _table(element: etree._Element, depth: int) -> Iterator[str]:
    """Yield caption and rows; a table that only lays out others, or one column, is its cells one after the other."""
    for caption in element.iterchildren("caption"):
        yield _line(caption)
    parts = element.iterchildren("thead", "tbody", "tfoot", "tr")
    rows = [row for part in parts for row in ([part] if part.tag == "tr" else part.iterchildren("tr"))]
    cells = [list(row.iterchildren("td", "th")) for row in rows]
    if max((len(row) for row in cells), default=0) < 2 or next(element.iterdescendants("table"), None) is not None:
        for cell in (cell for row in cells for cell in row):
            yield from (block.text for block in _blocks(cell, depth))
        return
    lines = [row for row in _grid(cells, depth) if any(row)]
    width = max((len(row) for row in lines), default=0)
    if lines:
        lines[0] += [""] * (width - len(lines[0]))
        lines.insert(1, ["---"] * width)
    yield "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _grid(rows: Sequence[Sequence[etree._Element]], depth: int) -> Iterator[list[str]]:
    """Yield the texts of ``rows``, with an empty one wherever a cell of more rows or columns goes on."""
    fillers = 1_000 + 4 * sum(len(row) for row in rows)
    below: dict[int, int] = {}
    for row in rows:
        texts: list[str] = []
        for cell in row:
            while below.get(len(texts), 0) > 0 and fillers > 0:
                below[len(texts)] -= 1
                fillers -= 1
                texts.append("")
            columns, height = _span(cell, "colspan"), _span(cell, "rowspan")
            text = " ".join(block.text for block in _blocks(cell, depth + 1)).replace("|", "\\|")
            added = [" ".join(text.split()), *([""] * min(columns - 1, max(0, fillers)))]
            fillers -= len(added) - 1
            for at in range(len(texts), len(texts) + len(added)):
                below[at] = height - 1
            texts += added
        yield texts[:MOST_COLUMNS]


def _span(cell: etree._Element, name: str) -> int:
    return max(1, min(_number(cell.get(name), 1), MOST_COLUMNS))


def _number(value: str | None, default: int) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 6 else default


def _line(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).replace(_BREAK, " ").split())


def _without_empty_sections(blocks: list[Block]) -> list[Block]:
    kept: list[Block] = []
    for block in reversed(blocks):
        if block.level and (not kept or 0 < kept[-1].level <= block.level):
            continue
        kept.append(block)
    return kept[::-1]


WRITERS: Mapping[str, Callable[[etree._Element, int], Iterator[str]]] = {
    "p": _text, "ul": _list, "ol": _list, "pre": _code, "blockquote": _quote, "table": _table, "dl": _definitions,
}  # fmt: skip
