"""Code that a page shows without ``<pre>``: highlighters' tables and boxes, styled boxes, code with line breaks."""

import re

from lxml import etree
from lxml.html import HtmlElement

from processors.html.tree import classes, replace

_NUMBER_CELLS = {
    "gutter",
    "crayon-nums",
    "blob-num",
    "linenos",
    "lineno",
    "line-number",
    "line-numbers",
    "hljs-ln-numbers",
}
_CODE_CELLS = {"code", "crayon-code", "blob-code", "hljs-ln-code"}
_HIGHLIGHTERS = {"syntaxhighlighter", "crayon-syntax"}
_BARS = {"toolbar", "crayon-toolbar", "crayon-info", "crayon-plain-wrap"}
_STYLED = etree.XPath(".//*[self::div or self::p or self::code][contains(@style, 'white-space')]")
_AS_WRITTEN = re.compile(r"(?:^|;)white-space:(?:pre|break-spaces)(?:;|!|$)")
_WRAPPED = re.compile(r"(?:^|;)white-space:pre-wrap(?:;|!|$)")
_MONOSPACED = re.compile(r"(?:^|;)font(?:-family)?:[^;]*(?:mono|courier|consolas|menlo)")
_MOST_STYLE_CHARS = 2_000
_BLOCKS = ("pre", "table", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "form")
_BREAK_OF_SOURCE = re.compile(r"^[ \t]*\r?\n")


def name_listings(tree: HtmlElement) -> None:
    """Make a ``<pre>`` of each block of code of ``tree`` that is drawn with other elements, in place."""
    for bar in [box for box in tree.iter("div") if _BARS & classes(box)]:
        _drop_bar(bar)
    for table in list(tree.iter("table")):
        if rows := _code_rows(table):
            _replace_table(table, rows)
    for box in _STYLED(tree):
        if _is_code_box(box):
            box.tag = "pre"
    for code in list(tree.iter("code", "tt")):
        if _is_block(code):
            _join_source_lines(code)
            code.tag = "pre"


def _drop_bar(bar: HtmlElement) -> None:
    """Drop the bar of tools over a highlighter's code, and keep the language that it shows."""
    box = _highlighter(bar)
    if box is None:
        return
    for called in bar.iter("span"):
        if "crayon-language" in classes(called):
            box.set("data-lang", called.text_content().strip())
    replace(bar, None)


def _code_rows(table: HtmlElement) -> list[HtmlElement]:
    """Return the cells of code of a table that holds nothing else but line numbers, else none."""
    if next(table.iterdescendants("pre", "table"), None) is not None:
        return []
    found: list[HtmlElement] = []
    numbers = 0
    for row in table.iter("tr"):
        cells = list(row.iterchildren("td", "th"))
        codes = [cell for cell in cells if _CODE_CELLS & classes(cell)]
        others = [cell for cell in cells if _NUMBER_CELLS & classes(cell)]
        if len(codes) + len(others) < len(cells) or len(codes) > 1:
            return []
        found += codes
        numbers += len(others)
    return found if numbers or _highlighter(table) is not None else []


def _highlighter(part: HtmlElement) -> HtmlElement | None:
    return next((box for box in part.iterancestors("div") if _HIGHLIGHTERS & classes(box)), None)


def _replace_table(table: HtmlElement, cells: list[HtmlElement]) -> None:
    pre: HtmlElement = table.makeelement("pre")
    for cell in cells:
        _drop_layout(cell)
        cell.tag, cell.tail = "div", None
        pre.append(cell)
    replace(table, pre)


def _drop_layout(cell: HtmlElement) -> None:
    """Drop the white space of the source between the lines of a cell, where they are elements."""
    for holder in [cell, *cell.iter("div")]:
        if next(holder.iterchildren("div"), None) is None:
            continue
        holder.text = (holder.text or "").strip()
        for line in holder:
            line.tail = (line.tail or "").strip()


def _is_code_box(box: HtmlElement) -> bool:
    style = "".join(box.get("style")[:_MOST_STYLE_CHARS].lower().split())
    is_called_code = box.tag == "code" or "code" in classes(box)
    is_wrapped_code = _WRAPPED.search(style) and (is_called_code or _MONOSPACED.search(style))
    if not is_wrapped_code and not _AS_WRITTEN.search(style):
        return False
    text = box.text_content().strip()
    is_block = "\n" in text or next(box.iter("br"), None) is not None or (is_called_code and box.tag != "code")
    return bool(text) and is_block and _stands_alone(box)


def _is_block(code: HtmlElement) -> bool:
    """Tell code of more than one line that no table, heading or other code is round."""
    breaks = [line_break for line_break in code.iter("br") if line_break.getnext() is not None or line_break.tail]
    return bool(breaks) and bool(code.text_content().strip()) and _stands_alone(code)


def _stands_alone(box: HtmlElement) -> bool:
    if next(box.iterdescendants(*_BLOCKS), None) is not None:
        return False
    around = ("pre", "td", "th", "a", "code", "tt", "h1", "h2", "h3", "h4", "h5", "h6")
    return next(box.iterancestors(*around), None) is None


def _join_source_lines(code: HtmlElement) -> None:
    """Drop the line break of the source behind each of the page, which a browser shows as none."""
    for line_break in code.iter("br"):
        line_break.tail = _BREAK_OF_SOURCE.sub("", line_break.tail or "")
