"""HTML to Markdown and metadata: trafilatura on a tree whose code and formulas were set aside first.

Plain trafilatura drops blank lines and the language of code and escapes ``_`` in formulas. So each ``<pre>`` and
each formula with TeX source is replaced by a token before extraction and put back afterwards; a token that the
extractor threw away with its surroundings stays away.
"""

import hashlib
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import extract, load_html
from trafilatura.metadata import extract_metadata

# trafilatura reports on stderr each page it makes nothing of; here that is an empty text, judged by later rules.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())
logging.getLogger("htmldate").addHandler(logging.NullHandler())

MAX_PARSED_BYTES = 8 * 1024 * 1024  # of a page; the rest is left unread

# Under this many characters the quick extraction may have missed the page: the careful one, with its fallbacks, is
# asked too. 300, 500 and 700 were tried on the public sets; from 500 on, nothing was gained.
SHORT_CHARS = 500
_SOURCE_BREAK = re.compile(r"[ \t\r\n\f]+")

# htmldate refuses dates after "now" unless told another bound; the same page must give the same date on every day.
_DATES = {"original_date": True, "extensive_search": True, "max_date": "2100-01-01"}

# An underscore inside a word never opens emphasis (CommonMark 0.31, section 6.2), so trafilatura's escape of it there
# only hides names, addresses and secrets from the steps that look for them.
_INNER_UNDERSCORES = re.compile(r"(?<=[^\W_]|[.@-])(?:\\_)+(?=[^\W_]|[.@-])")
_LANGUAGE = re.compile(
    r"(?:^|\s)(?:language-|lang-|highlight-source-|highlight-text-|highlight-|brush:\s*|sourceCode\s+)([\w+#.-]+)"
)
_NOT_A_LANGUAGE = {"none", "plain", "text", "plaintext", "default", "wrapper", "notranslate"}
_RENDERED_MATH = ("MathJax", "MathJax_Preview", "MathJax_Display", "MathJax_SVG", "MathJax_CHTML", "mjx-chtml")
_MATH_HOLDERS = {"katex", "katex-display", "katex-mathml", "mwe-math-element", "mwe-math-mathml-a11y"}


class Metadata(NamedTuple):
    """What a page says about itself; ``author`` is the name as written, ``created_at`` midnight UTC of the day."""

    title: str | None
    author: str | None
    created_at: datetime | None


def parse(html: str) -> HtmlElement | None:
    """Return the tree of ``html``, or None when it is no HTML."""
    return load_html(html) if html.strip() else None


def metadata(tree: HtmlElement, url: str | None) -> Metadata:
    """Return title, author and day of publication as ``tree`` states them; ``url`` may hold the day, too."""
    found = extract_metadata(tree, url, dict(_DATES))
    day = datetime.strptime(found.date, "%Y-%m-%d").replace(tzinfo=UTC) if found.date else None
    return Metadata(found.title or None, found.author or None, day)


def markdown(tree: HtmlElement) -> str:
    """Return the main text of ``tree`` as Markdown, empty when there is none; the tree is used up."""
    kept = {**_set_code_aside(tree), **_set_formulas_aside(tree)}
    _join_lines(tree)
    text, careful = _extracted(tree, fast=True), ""
    if len(text) < SHORT_CHARS:
        careful = _extracted(tree, fast=False)
    chosen = careful if len(careful) > 1.5 * len(text) else text
    return _put_back(_INNER_UNDERSCORES.sub(lambda escaped: escaped[0].replace("\\", ""), chosen), kept)


def _extracted(tree: HtmlElement, *, fast: bool) -> str:
    return extract(tree, fast=fast, output_format="markdown", include_comments=False, include_tables=True) or ""


def _join_lines(tree: HtmlElement) -> None:
    """Make line breaks of the source spaces: before emphasis the extractor would drop them and join two words."""
    verbatim = {
        element for tag in ("pre", "textarea", "script", "style") for top in tree.iter(tag) for element in top.iter()
    }
    for element in tree.iter():
        if element.text and element not in verbatim:
            element.text = _SOURCE_BREAK.sub(" ", element.text)
        if element.tail and element.getparent() not in verbatim:
            element.tail = _SOURCE_BREAK.sub(" ", element.tail)
    for line_break in tree.iter("br"):
        emphasis = line_break.getnext()
        if emphasis is not None and emphasis.text and (line_break.tail or "").endswith(" "):
            emphasis.text = " " + emphasis.text


def _set_code_aside(tree: HtmlElement) -> dict[str, str]:
    kept: dict[str, str] = {}
    for pre in list(tree.iter("pre")):
        code = _text_with_breaks(pre).strip("\n").rstrip()
        holder = _code_table(pre)
        if holder is None or not code.strip():
            continue
        if holder is not pre and re.fullmatch(r"[\d\s]+", code):
            continue  # the column of line numbers beside the code
        token = _token("code", code, len(kept))
        kept[token] = _fenced(code, _language(pre))
        paragraph = etree.Element("p")
        paragraph.text = token
        _replace(holder, paragraph)
    return kept


def _code_table(pre: HtmlElement) -> HtmlElement | None:
    """Return what stands for the code: ``pre``, or the highlighter's table round it; None in any other table."""
    table = next(pre.iterancestors("table"), None)
    if table is None:
        return pre
    codes = [other for other in table.iter("pre") if not re.fullmatch(r"[\d\s]*", other.text_content())]
    return table if codes == [pre] and len(list(table.iter("tr"))) == 1 else None


def _text_with_breaks(pre: HtmlElement) -> str:
    for line_break in pre.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return str(pre.text_content()).replace("\r\n", "\n").replace("\r", "\n")


def _language(pre: HtmlElement) -> str:
    code = next(pre.iter("code"), None)
    near = [element for element in (code, pre, *list(pre.iterancestors())[:2]) if element is not None]
    for element in near:
        named = element.get("data-lang") or element.get("data-language")
        match = _LANGUAGE.search(element.get("class") or "")
        language = (named or (match[1] if match else "")).lower()
        if re.fullmatch(r"[\w+#.-]{1,20}", language) and language not in _NOT_A_LANGUAGE:
            return language
    return ""


def _fenced(code: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def _set_formulas_aside(tree: HtmlElement) -> dict[str, str]:
    kept: dict[str, str] = {}
    for holder, tex, mark in list(_formulas(tree)):
        token = _token("math", tex, len(kept))
        kept[token] = f"{mark}{tex}{mark}"
        span = etree.Element("span")
        span.text = token
        if holder.getparent() is not None:
            _replace(holder, span)
    return kept


def _formulas(tree: HtmlElement) -> Iterator[tuple[HtmlElement, str, str]]:
    scripts = [script for script in tree.iter("script") if (script.get("type") or "").startswith("math/tex")]
    if scripts:  # what MathJax drew from them says the same once more
        for drawn in [element for element in tree.iter() if set(_RENDERED_MATH) & _classes(element)]:
            _replace(drawn, None)
    for script in scripts:
        yield script, (script.text or "").strip(), "$$" if "mode=display" in script.get("type", "") else "$"
    for source in tree.iter("annotation"):
        if source.get("encoding") == "application/x-tex" and (source.text or "").strip():
            yield _outermost_formula(source), (source.text or "").strip(), "$"


def _outermost_formula(source: HtmlElement) -> HtmlElement:
    holders = [e for e in source.iterancestors() if e.tag == "math" or _MATH_HOLDERS & _classes(e)]
    return holders[-1] if holders else source


def _classes(element: HtmlElement) -> set[str]:
    return set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()


def _replace(old: HtmlElement, new: HtmlElement | None) -> None:
    """Put ``new`` where ``old`` stands and keep the text after it."""
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


def _token(kind: str, content: str, number: int) -> str:
    # A hash in the token, so that a page cannot name another page's token in its text by guessing a number.
    return f"GRIST{kind}{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:12]}x{number}x"


def _put_back(text: str, kept: dict[str, str]) -> str:
    if not kept:
        return text
    return re.sub(r"GRIST(?:code|math)[0-9a-f]{12}x\d+x", lambda match: kept.get(match[0], match[0]), text)
