"""arXiv's HTML of a paper, as LaTeXML writes it, to Markdown with its formulas as TeX.

The forms are those of ``extract_latex``, so that a paper reads the same from either: sections lose their numbers,
theorems and formulas keep theirs, footnotes stand in parentheses, captions are paragraphs. Navigation, arXiv's own
notices, authors, bibliography, pictures and what LaTeXML could not read (``ltx_ERROR``) are left out.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping

from lxml import etree, html

from corpus.bounded_markup import bounded_markup
from processors.extracted import Extracted
from processors.latexml_inline import classes, line, tex_of, text_of

MAX_DEPTH = 40  # of blocks in blocks; deeper ones are read as one line
MAX_CELLS = 100  # of one row
DROPPED = frozenset(
    (
        "ltx_page_navbar", "ltx_page_header", "ltx_page_footer", "ltx_TOC", "ltx_pagination", "ltx_authors",
        "ltx_dates", "ltx_bibliography", "ltx_index", "ltx_glossary", "package-alerts", "ltx_ERROR", "ltx_picture",
        "ltx_listing_data", "ltx_graphics", "ltx_tag_item",
    )
)  # fmt: skip
DROPPED_TAGS = frozenset(("nav", "header", "footer", "script", "style", "button", "img", "svg", "object"))
LEVELS = {
    "part": 2, "chapter": 2, "section": 2, "appendix": 2, "abstract": 2, "acknowledgements": 2, "subsection": 3,
    "subsubsection": 4,
}  # fmt: skip
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
SPELT = frozenset(("ltx_tabular", "ltx_listing", "ltx_equation", "ltx_equationgroup", "ltx_p"))
BLOCKS = ("p", "table", "ul", "ol", "dl", "pre", "figure", "section", "blockquote", "div", *sorted(HEADINGS))
BULLETS = re.compile("[\u2022\u2013\u2014\u2217*\u00b7\u25e6\u25aa\u25b8\u2023-]?")
PADDING = re.compile(r"padleft|padright|ltx_eqn_eqno|ltx_align_middle ltx_align_right")
END_OF_PROOF = re.compile(r"\s*[∎□■]\s*$")


def read_latexml(body: bytes, media_type: str) -> Extracted:
    """Return title and Markdown of a page of LaTeXML's; a page of another kind is "broken". It is read as UTF-8."""
    del media_type
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        page = etree.fromstring(bounded_markup(body), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Extracted(problem="broken")
    papers = () if page is None else (one for one in page.iter(etree.Element) if "ltx_document" in classes(one))
    paper = next((one for one in papers if "package-alerts" not in classes(one)), None)
    if paper is None:
        return Extracted(problem="broken")
    heading = next((one for one in paper.iter(*HEADINGS) if "ltx_title_document" in classes(one)), None)
    title = "" if heading is None else line(heading)
    text = "\n\n".join(_without_empty_sections(list(_blocks(paper, 0))))
    return Extracted(text=text, title=title or None)


def _blocks(element: etree._Element, depth: int) -> Iterator[str]:
    """Yield the blocks in ``element``; text that stands between them is a paragraph."""
    if depth > MAX_DEPTH:
        yield from filter(None, (line(element),))
        return
    loose = text_of(element.text)
    for child in element.iterchildren(etree.Element):
        if child.tag in DROPPED_TAGS or not DROPPED.isdisjoint(classes(child)):
            loose += text_of(child.tail)
        elif _is_block(child):
            yield from filter(None, (" ".join(loose.split()), *_block(child, depth + 1)))
            loose = text_of(child.tail)
        else:
            loose += line(child, whole=True) + text_of(child.tail)
    yield from filter(None, (" ".join(loose.split()),))


def _is_block(element: etree._Element) -> bool:
    return any(one.tag in BLOCKS or _is_spelt_block(one) for one in element.iter(etree.Element))


def _is_spelt_block(element: etree._Element) -> bool:
    """Return whether an element of any name is a block by its class: LaTeXML writes tables and listings as spans."""
    return not SPELT.isdisjoint(classes(element))


def _block(element: etree._Element, depth: int) -> Iterator[str]:
    found = classes(element)
    for name, write in BY_CLASS.items():
        if name in found:
            yield from write(element, depth)
            return
    yield from BY_TAG.get(str(element.tag), _blocks)(element, depth)


def _paragraph(element: etree._Element, depth: int) -> Iterator[str]:
    if any(_is_spelt_block(one) for one in element.iterdescendants(etree.Element)):
        yield from _blocks(element, depth)
    else:
        yield END_OF_PROOF.sub("", line(element))


def _heading(element: etree._Element, depth: int) -> Iterator[str]:
    del depth
    sort = next((name.removeprefix("ltx_title_") for name in classes(element) if name.startswith("ltx_title_")), "")
    text = line(element, without_tag=sort not in ("theorem", "proof"))
    if sort == "document":
        yield f"# {text}" if text else ""
    elif sort in LEVELS:
        yield f"{'#' * LEVELS[sort]} {text}" if text else ""
    else:
        yield f"**{text}**" if text else ""


def _theorem(element: etree._Element, depth: int) -> Iterator[str]:
    """Yield a theorem or proof, its name at the head of its first paragraph."""
    title = next((one for one in element.iterchildren(*HEADINGS)), None)
    name = ""
    if title is not None:
        name = line(title, plain=True).rstrip(" .:") + "."
        title.set("class", "ltx_ERROR")  # said already
    for one in element.iter("span"):  # its text is slanted throughout, which says nothing
        if "ltx_font_italic" in classes(one):
            one.set("class", " ".join(filter(str.isidentifier, classes(one) - {"ltx_font_italic"})))
    mark = "*" if "ltx_proof" in classes(element) else "**"
    blocks = [END_OF_PROOF.sub("", block) for block in _blocks(element, depth)]
    head = f"{mark}{name}{mark}" if name else ""
    starts_with_text = bool(blocks) and not re.match(r"[|`#>$]{2}|[-|>] |\d+\. ", blocks[0])
    yield " ".join(filter(None, (head, blocks.pop(0) if starts_with_text else "")))
    yield from blocks


def _formula(element: etree._Element, depth: int) -> Iterator[str]:
    """Yield the display formulas of an equation or a group; prose between their rows is a paragraph."""
    del depth
    rows: list[str] = []
    for row in element.iter("tr"):
        cells = [cell for cell in row.iterchildren("td", "th") if PADDING.search(cell.get("class") or "") is None]
        if any("white-space:normal" in (cell.get("style") or "") for cell in cells):
            yield _displayed(rows)
            yield " ".join(filter(None, map(line, cells)))
            rows = []
        elif any(formulas := [_cell_of_formula(cell) for cell in cells]):
            rows.append((" &".join((formulas[0], " ".join(formulas[1:]))) if formulas[1:] else formulas[0]).strip())
            rows[-1] += _number(row)
    yield _displayed(rows or list(filter(None, (tex_of(one) for one in element.iter("math")))))


def _number(row: etree._Element) -> str:
    """Return the ``tag`` of a row, nothing where it has no number."""
    tags = (one for one in row.iter("span") if "ltx_tag_equation" in (one.get("class") or ""))
    number = next((line(tag).strip(" ()") for tag in tags), "")
    return f" \\tag{{{number}}}" if number else ""


def _cell_of_formula(cell: etree._Element) -> str:
    """Return a cell's formulas, and words between them as TeX's text."""
    parts = []
    for one in cell.iter("math", "span"):
        is_words = one.tag == "span" and "ltx_markedasmath" in classes(one)
        parts.append(tex_of(one) if one.tag == "math" else f"\\text{{{line(one, plain=True)}}}" if is_words else "")
    return " ".join(filter(None, parts))


def _displayed(rows: list[str]) -> str:
    if not rows:
        return ""
    if len(rows) == 1:
        return f"$$\n{rows[0].replace(' &', ' ', 1).strip()}\n$$"
    return "$$\n\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}\n$$"


def _table(element: etree._Element, depth: int) -> Iterator[str]:
    rows = [row for row in element.iter("tr", "span") if "ltx_tr" in classes(row) or row.tag == "tr"]
    cells = [_cells(row) for row in rows if _table_of(row) is element]
    cells = [row for row in cells if any(row)]
    if sum(map(len, cells)) <= 1:
        yield from _blocks(element, depth)
        return
    width = max(map(len, cells))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in cells]
    yield "\n".join((lines[0], f"| {' | '.join(['---'] * width)} |", *lines[1:]))


def _table_of(row: etree._Element) -> etree._Element | None:
    return next((one for one in row.iterancestors() if one.tag == "table" or "ltx_tabular" in classes(one)), None)


def _cells(row: etree._Element) -> list[str]:
    cells: list[str] = []
    for cell in row.iterchildren(etree.Element):
        if cell.tag in ("td", "th") or not classes(cell).isdisjoint({"ltx_td", "ltx_th"}):
            span = re.search(r"ltx_colspan_(\d{1,3})\b", cell.get("class") or "")
            width = int(span[1]) if span else int(re.sub(r"\D", "", cell.get("colspan") or "")[:3] or 1)
            cells += [line(cell).replace("|", "\\|"), *[""] * (width - 1)]
    return cells[:MAX_CELLS]


def _list(element: etree._Element, depth: int) -> Iterator[str]:
    """Yield a list as one block; a mark of the author's own stands before its item's text."""
    items = []
    for item in element.iterchildren("li", "dd", "dt"):
        tag = next((line(one) for one in item.iterchildren("span") if "ltx_tag_item" in classes(one)), "")
        if item.tag == "dt":
            items.append(f"- **{(tag or line(item)).strip('* ')}**")
            continue
        content = "\n\n".join(_blocks(item, depth))
        if item.tag == "dd" and items:
            items[-1] += f" {content}".replace("\n", "\n  ")
            continue
        mark = tag if re.fullmatch(r"\d{1,9}[.)]", tag) else "-"
        own = f"{tag} " if mark == "-" and not BULLETS.fullmatch(tag) else ""
        items.append(f"{mark} {own}{content}".replace("\n", "\n" + " " * (len(mark) + 1)).rstrip())
    yield re.sub(r"\n +\n", "\n\n", "\n".join(items))


def _code(element: etree._Element, depth: int) -> Iterator[str]:
    del depth
    language = re.search(r"ltx_lst_language_([A-Za-z0-9+#-]+)", element.get("class") or "")
    code = (_attached(element) or _listed(element)).strip("\n")
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    yield f"{fence}{language[1].lower() if language else ''}\n{code}\n{fence}" if code.strip() else ""


def _attached(element: etree._Element) -> str:
    """Return the source that LaTeXML offers for download with a listing."""
    for link in element.iter("a"):
        data = re.match(r"data:text/plain[^,]*;base64,", link.get("href") or "")
        if data:
            try:
                return base64.b64decode((link.get("href") or "")[data.end() :], validate=True).decode()
            except (binascii.Error, ValueError):
                return ""
    return ""


def _listed(element: etree._Element) -> str:
    lines = [one for one in element.iter(etree.Element) if "ltx_listingline" in classes(one)]
    if not lines:
        return "".join(element.itertext()).replace("\xa0", " ")
    return "\n".join(line(one, whole=True, without_tag=True, plain=True).replace(r"\$", "$").rstrip() for one in lines)


def _quote(element: etree._Element, depth: int) -> Iterator[str]:
    yield "\n".join(f"> {one}".rstrip() for one in "\n\n".join(_blocks(element, depth)).splitlines())


def _caption(element: etree._Element, depth: int) -> Iterator[str]:
    del depth
    yield line(element)


def _without_empty_sections(blocks: list[str]) -> list[str]:
    kept: list[str] = []
    for block in reversed(blocks):
        level = _level(block)
        if level > 1 and (not kept or 0 < _level(kept[-1]) <= level):
            continue
        kept.append(block)
    return kept[::-1]


def _level(block: str) -> int:
    return len(block) - len(block.lstrip("#")) if re.match(r"#{1,6} \S", block) else 0


Writer = Callable[[etree._Element, int], Iterator[str]]  # noqa: SLF001 - lxml's name of an element
BY_CLASS: Mapping[str, Writer] = {
    "ltx_theorem": _theorem, "ltx_proof": _theorem, "ltx_equation": _formula, "ltx_equationgroup": _formula,
    "ltx_tabular": _table, "ltx_listing": _code, "ltx_verbatim": _code, "ltx_title": _heading, "ltx_caption": _caption,
    "ltx_p": _paragraph,
}  # fmt: skip
BY_TAG: Mapping[str, Writer] = {
    "p": _paragraph, "ul": _list, "ol": _list, "dl": _list, "pre": _code, "blockquote": _quote, "table": _table,
    "figcaption": _caption, **dict.fromkeys(sorted(HEADINGS), _heading),
}  # fmt: skip
