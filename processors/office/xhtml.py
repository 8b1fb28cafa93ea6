"""The whole body of an XHTML document as blocks: a chapter of a book, in which nothing is boilerplate.

The extractor for web pages looks for the main text of a page and loses a twentieth to a quarter of a book's words;
this walker leaves out only what is no text (scripts, styles, drawings), navigation and what is hidden by its own
attributes; style sheets are not read.
"""

import html.entities
import re
from collections.abc import Iterable, Iterator, Sequence

from lxml import etree

from corpus.bounded_markup import bounded_markup
from processors.office.blocks import MAX_SPAN, Block, Cell, grid, one_line
from processors.office.package import attribute, children, name_of, number, parse_xml
from processors.office.runs import Run, emphasised, plain, scripted

MAX_COVERED, MAX_COVERED_SHARE = 1000, 10  # cells of a table that others may cover: so many, and so many for each
MAX_INLINE_DEPTH = 100  # of elements within a line; what lies deeper gives its words without emphasis
MAX_DEPTH = 60  # of blocks in one another; what lies deeper gives its words in one paragraph
_SKIPPED = frozenset({
    "head", "script", "style", "template", "svg", "nav", "noscript", "iframe", "object", "audio", "video", "rt",
    "rp", "title",
})  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "header", "h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "hr", "html",
    "li", "main", "ol", "p", "pre", "section", "summary", "table", "ul",
})  # fmt: skip
_BLOCK_TAGS = tuple(f"{{*}}{name}" for name in sorted(_BLOCKS))
_INLINE_CODE = frozenset(["code", "kbd", "samp", "tt", "var"]) - {"var"}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*;)")
_OF_XML = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_NESTING_TAG = re.compile(rb"<(?!/?(?:head|script|style|title)\b)[^<>]*>?", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_LEFT_OUT_PARTS = frozenset(["toc", "cover", "landmarks", "loi", "lot", "page-list", "pagebreak"])


def parse_xhtml(text: str) -> etree._Element | None:
    """Return the root of ``text`` read as XML or, where it is none, as HTML; None when it is neither.

    Names of characters that HTML knows, like ``&nbsp;``, become these; entities that ``text`` declares do not.

    Raises:
        PackageRefused: it has more elements than may be held in memory.
    """
    known = _ENTITY.sub(lambda name: name[0] if name[1] in _OF_XML else html.entities.html5.get(name[1], name[0]), text)
    content = _DECLARATION.sub("", known, count=1).encode("utf-8", "replace")
    root = parse_xml(content)
    return _parse_html(content) if root is None and content.strip() else root


def _parse_html(content: bytes) -> etree._Element | None:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(bounded_markup(content), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    flat = _NESTING_TAG.sub(b" ", content) if _is_cut(parser) else content
    return root if flat == content else _parse_html(flat)


def _is_cut(parser: etree.HTMLParser) -> bool:
    """Return whether the parser gave up: elements are nested deeper than the 2,048 levels of libxml2."""
    return any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)


def xhtml_blocks(root: etree._Element) -> Iterator[Block]:
    """Yield the blocks of the document ``root``."""
    body = next(root.iter("{*}body"), root)
    for element in [one for one in body.iter(etree.Element) if _is_left_out(one)]:
        kept = element.tag if name_of(element) in {"td", "th"} else "span"  # a hidden cell still is a column
        element.clear(keep_tail=True)
        element.tag = kept
    yield from _flow(body, 0, 0)


def _is_left_out(element: etree._Element) -> bool:
    if name_of(element) in _SKIPPED or element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return True
    return bool(_LEFT_OUT_PARTS & set((attribute(element, "type") or "").split()))


def _flow(element: etree._Element, depth: int, lists: int) -> Iterator[Block]:
    """Yield the blocks in ``element``; text between them is a paragraph. ``lists`` counts the lists round it."""
    if depth > MAX_DEPTH:
        yield Block("paragraph", _SPACE.sub(" ", "".join(element.itertext())))
        return
    runs = [Run(_SPACE.sub(" ", element.text or ""))]
    for part in element:
        if not name_of(part):
            pass
        elif name_of(part) in _BLOCKS or next(part.iter(*_BLOCK_TAGS), None) is not None:
            yield from _paragraph(runs)
            runs.clear()
            yield from _block(part, depth + 1, lists)
        else:
            runs += _inline(part, Run(""), 0)
        runs.append(Run(_SPACE.sub(" ", part.tail or "")))
    yield from _paragraph(runs)


def _paragraph(runs: Iterable[Run]) -> Iterator[Block]:
    said = [run for run in runs if run.text]
    if any(run.text.strip() for run in said):
        yield Block("paragraph", emphasised(said))


def _block(element: etree._Element, depth: int, lists: int) -> Iterator[Block]:
    name = name_of(element)
    if name in _HEADINGS and next(element.iter("{*}p", "{*}table", "{*}ul"), None) is None:
        yield Block("heading", " ".join(plain(_contents(element, Run(""), 0)).split()), _HEADINGS[name])
    elif name == "pre":
        yield Block("code", "".join(_verbatim(element)))
    elif name in {"ul", "ol"}:
        yield from _list(element, depth, lists)
    elif name == "table":
        yield from _table(element, depth, lists)
    elif name == "blockquote":
        yield from (_quoted(block) for block in _flow(element, depth, lists))
    else:
        yield from _flow(element, depth, lists)


def _verbatim(pre: etree._Element) -> Iterator[str]:
    for part in pre.iter():
        if part is not pre and name_of(part) == "br":
            yield "\n"
        yield part.text or "" if isinstance(part.tag, str) else ""
        if part is not pre:
            yield part.tail or ""


def _quoted(block: Block) -> Block:
    if block.kind != "paragraph":
        return block
    return block._replace(text="\n".join(f"> {line.strip()}" for line in block.text.strip().split("\n")))


def _list(element: etree._Element, depth: int, lists: int) -> Iterator[Block]:
    ordered = name_of(element) == "ol"
    count = number(element, "start") or 1
    for part in element:
        if name_of(part) != "li":
            if name_of(part):
                yield from _block(part, depth + 1, lists)
            continue
        yield from _item(_flow(part, depth + 1, lists + 1), f"{count}." if ordered else "", lists)
        count += 1


def _item(blocks: Iterable[Block], label: str, level: int) -> Iterator[Block]:
    """Yield one item: its paragraphs up to the first other block are its lines."""
    lines: list[str] = []
    is_open = True
    for block in blocks:
        if is_open and block.kind == "paragraph":
            lines.append(block.text)
            continue
        if is_open:
            yield Block("item", "\n".join(lines), level, label)
            is_open = False
        yield block
    if is_open:
        yield Block("item", "\n".join(lines), level, label)


def _table(element: etree._Element, depth: int, lists: int) -> Iterator[Block]:
    for caption in children(element, "caption"):
        yield from _flow(caption, depth + 1, lists)
    rows = [[cell for cell in row if name_of(cell) in {"td", "th"}] for row in _rows(element)]
    holds_code = next(element.iter("{*}pre"), None) is not None
    if holds_code or [len(row) for row in rows] == [1]:  # a frame, or a column of line numbers beside code
        for row in rows:
            for cell in row:
                yield from _flow(cell, depth + 1, lists)
        return
    texts = grid(list(_cells(rows, depth)))
    if any(text.strip() for row in texts for text in row):
        yield Block("table", rows=texts)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for part in table:
        if name_of(part) == "tr":
            yield part
        elif name_of(part) in {"thead", "tbody", "tfoot"}:
            yield from children(part, "tr")


def _cells(rows: Sequence[Sequence[etree._Element]], depth: int) -> Iterator[list[Cell]]:
    """Yield ``rows`` with a cell that goes on wherever one above is several rows high."""
    high: dict[int, int] = {}  # column -> rows that the cell there still covers
    allowed = MAX_COVERED + MAX_COVERED_SHARE * sum(len(row) for row in rows)
    for row in rows:
        found: list[Cell] = []
        at = 0
        for cell in row:
            at = _pass_over(high, found, at)
            columns = min(MAX_SPAN, max(1, number(cell, "colspan") or 1))
            height = max(1, number(cell, "rowspan") or 1)
            found.append(Cell(one_line(_flow(cell, depth + 1, 0)), columns))
            if height > 1:
                high |= dict.fromkeys(range(at, at + columns), height - 1)
            at += columns
        _pass_over(high, found, at)
        allowed -= len(found)
        if allowed < 0:  # cells said to be thousands of rows high, side by side
            high.clear()
        yield found


def _pass_over(high: dict[int, int], found: list[Cell], at: int) -> int:
    while high.get(at, 0) > 0:
        high[at] -= 1
        found.append(Cell("", goes_on=True))
        at += 1
    return at


def _contents(element: etree._Element, look: Run, depth: int) -> Iterator[Run]:
    if depth > MAX_INLINE_DEPTH:
        yield look._replace(text=_SPACE.sub(" ", "".join(element.itertext())))
        return
    yield look._replace(text=_SPACE.sub(" ", element.text or ""))
    for part in element:
        if name_of(part):
            yield from _inline(part, look, depth + 1)
        yield look._replace(text=_SPACE.sub(" ", part.tail or ""))


def _inline(element: etree._Element, look: Run, depth: int) -> Iterator[Run]:
    name = name_of(element)
    match name:
        case "br":
            yield Run("\n")
        case "math":
            yield from _formula(element, look)
        case "sup" | "sub":
            place = "superscript" if name == "sup" else "subscript"
            yield from (run._replace(text=scripted(run.text, place)) for run in _contents(element, look, depth))
        case _:
            yield from _contents(element, _looking(name, element, look), depth)


def _looking(name: str, element: etree._Element, look: Run) -> Run:
    if name in {"b", "strong"}:
        return look._replace(bold=True)
    if name in {"i", "em", "cite", "dfn"}:
        return look._replace(italic=True)
    if name in {"del", "s", "strike"}:
        return look._replace(struck=True)
    if name in _INLINE_CODE:
        return look._replace(monospaced=True)
    return look._replace(url=(element.get("href") or "").strip()) if name == "a" else look


def _formula(element: etree._Element, look: Run) -> Iterator[Run]:
    source = next((one for one in element.iter("{*}annotation") if "tex" in (one.get("encoding") or "").lower()), None)
    tex = " ".join("".join(source.itertext()).split()) if source is not None else element.get("alttext") or ""
    if tex:
        yield Run(tex, formula=True)
    else:
        yield look._replace(text=" ".join("".join(element.itertext()).split()))
