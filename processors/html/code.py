"""Code of a page: its text with its blank lines, and its language."""

import re
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from processors.html.languages import LANGUAGES, language_name
from processors.html.listings import name_listings
from processors.html.tokens import token_for
from processors.html.tree import become, classes, replace

# How highlighters and generators write the language into ``class``; mediawiki's is mw-highlight-lang-x.
_NAMED = re.compile(
    r"(?:^|\s)(?:language-|lang-|mw-highlight-lang-|highlight-source-|highlight-text-|highlight-|brush:\s*|sourceCode\s+"
    r"|src-|source-|data\s+type-)([\w+#.-]+)"
)
_LANGUAGE_ATTRIBUTES = ("data-lang", "data-language", "data-enlighter-language", "data-code-language")
_HIGHLIGHTED = {"hljs", "prettyprint", "highlight", "src", "programlisting", "syntaxhighlighter", "code", "prism"}
# What stands in or beside the code and is no part of it.
_APPARATUS = {
    "linenos", "lineno", "linenodiv", "line-number", "line-numbers", "line-numbers-rows", "linenumber", "gutter",
    "hljs-ln-numbers", "hljs-ln-n", "rouge-gutter", "blob-num", "headerlink", "copybtn", "copy-btn", "copy-button",
    "clipboard", "boring", "react-syntax-highlighter-line-number",
}  # fmt: skip
_LINES = ("div", "p", "li", "tr")  # of code whose lines are elements, some without a line break between them
_LINE_NAMES = {"line", "code-line", "token-line"}
_AS_BLOCK = re.compile(r"display\s*:\s*block", re.IGNORECASE)
_BLANK = re.compile(r"^\xa0+$", re.MULTILINE)  # what keeps an empty line from falling together
_NEAR = 4  # elements above the code in which its language is looked for
MOST_BESIDE = 4  # blocks in a highlighter's table: numbers, marks, and the code
_NUMBERS = re.compile(r"[\d\s]+")


def set_code_aside(tree: HtmlElement) -> dict[str, str]:
    """Put a token for each ``<pre>`` of ``tree`` outside tables of data; return the fenced code of each token."""
    kept: dict[str, str] = {}
    name_listings(tree)
    for pre in list(tree.iter("pre")):
        holder = code_holder(pre)
        if holder is None or pre.getparent() is None:
            continue
        if holder is not pre and _NUMBERS.fullmatch(pre.text_content()):
            continue  # the column of line numbers beside the code
        block = code_block(pre)
        if not block:
            continue
        token = token_for("code", block, len(kept))
        kept[token] = block
        place = etree.Element("span" if holder.getparent().tag == "p" else "p")
        place.text = token
        replace(holder, place)
    return kept


def code_block(pre: HtmlElement) -> str:
    """Return the code in ``pre`` between fences with its language, an empty string when it holds none.

    What begins with Python's prompt is a session (``pycon``), however the page calls it.
    """
    language, code = language_of(pre), code_text(pre)
    if language == "python" and code.startswith(">>> "):
        language = "pycon"
    return fenced(code, language) if code else ""


def code_holder(pre: HtmlElement) -> HtmlElement | None:
    """Return what stands for the code: ``pre``, or the highlighter's table round it; None in any other table."""
    table = next(pre.iterancestors("table"), None)
    if table is None:
        return pre
    beside = list(islice(table.iter("pre"), MOST_BESIDE + 1))
    if len(beside) > MOST_BESIDE or len(list(islice(table.iter("tr"), 2))) != 1:
        return None
    codes = [other for other in beside if not re.fullmatch(r"[\d\s]*", other.text_content())]
    return table if codes == [pre] else None


def code_text(pre: HtmlElement) -> str:
    """Return the code in ``pre`` as a reader copies it: no line numbers, ordinary spaces, no blank lines round it.

    The element is changed in place; asked again, it gives the same.
    """
    for element in list(pre.iter(etree.Element)):
        if element.tag in ("button", "style", "script") or (element is not pre and _APPARATUS & classes(element)):
            become(element, "")
        elif element.tag == "br":
            element.text = "\n"
    for element in filter(_is_line, pre.iterdescendants(etree.Element)):
        _end_line(element)
    text = str(pre.text_content()).replace("\u2028", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return _BLANK.sub("", text).replace("\xa0", " ").strip("\n").rstrip()


def _is_line(element: HtmlElement) -> bool:
    if element.tag != "span":
        return element.tag in _LINES
    return bool(_LINE_NAMES & classes(element)) or _AS_BLOCK.search(element.get("style") or "") is not None


def _end_line(element: HtmlElement) -> None:
    """Put a line break after an element that shows as a line of code, where the source has none."""
    tail = element.tail or ""
    if (
        element.getnext() is not None
        and not tail.lstrip(" \t").startswith("\n")
        and not element.text_content().endswith("\n")
    ):
        element.tail = "\n" + tail


def language_of(pre: HtmlElement) -> str:
    """Return the language that ``pre``, the ``<code>`` in it or what is close above it names, else an empty string."""
    own = [element for element in (next(pre.iter("code"), None), pre) if element is not None]
    for element in own:
        if language := _language_in(element):
            return language
    holder = code_holder(pre)
    around = list((pre if holder is None else holder).iterancestors())[:_NEAR]
    for element in around:
        if element.tag in ("div", "figure", "td", "section") and (language := _language_in(element)):
            return _by_highlighter(pre) if language == "default" else language
    return ""


def _language_in(element: HtmlElement) -> str:
    is_own = element.tag in ("pre", "code")
    found = [element.get(name) or "" for name in _LANGUAGE_ATTRIBUTES]
    found += _NAMED.findall(element.get("class") or "")
    # A bare class is a language only where the element says that it is code.
    if is_own or _HIGHLIGHTED & classes(element):
        found += [name for name in (element.get("class") or "").lower().split() if name in LANGUAGES]
    names = (language_name(name) for name in found)
    # Above the code ``lang-en`` may be the language of the page; only Sphinx's form is as good there as on the code.
    marked = is_own or "highlight-" in (element.get("class") or "")
    return next((name for name in names if name and (marked or name in LANGUAGES)), "")


def _by_highlighter(pre: HtmlElement) -> str:
    """Tell Sphinx's default language, which is Python where it could be read as that, else none."""
    prompts = any(classes(span) & {"gp"} for span in pre.iter("span"))
    if prompts:
        return "pycon"
    return "python" if any(classes(span) & {"kn", "k", "nb", "nn", "o", "n"} for span in pre.iter("span")) else ""


def fenced(code: str, language: str) -> str:
    """Return ``code`` between fences longer than any in it; ``language`` may be empty."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"
