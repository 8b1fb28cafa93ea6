"""Code of a page: its text with its blank lines, and its language."""

import re

from lxml import etree
from lxml.html import HtmlElement

from processors.html.tokens import token_for
from processors.html.tree import replace

_LANGUAGE = re.compile(
    r"(?:^|\s)(?:language-|lang-|highlight-source-|highlight-text-|highlight-|brush:\s*|sourceCode\s+)([\w+#.-]+)"
)
_NOT_A_LANGUAGE = {"none", "plain", "text", "plaintext", "default", "wrapper", "notranslate"}


def set_code_aside(tree: HtmlElement) -> dict[str, str]:
    """Put a token for each ``<pre>`` of ``tree``; return the fenced code of each token."""
    kept: dict[str, str] = {}
    for pre in list(tree.iter("pre")):
        code = _text_with_breaks(pre).strip("\n").rstrip()
        holder = _code_table(pre)
        if holder is None or not code.strip():
            continue
        if holder is not pre and re.fullmatch(r"[\d\s]+", code):
            continue  # the column of line numbers beside the code
        token = token_for("code", code, len(kept))
        kept[token] = fenced(code, _language(pre))
        paragraph = etree.Element("p")
        paragraph.text = token
        replace(holder, paragraph)
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


def fenced(code: str, language: str) -> str:
    """Return ``code`` between fences longer than any in it; ``language`` may be empty."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"
