"""Formulas of a page, as the TeX they were written in."""

from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

from processors.html.tokens import token_for
from processors.html.tree import classes, replace

_RENDERED_MATH = ("MathJax", "MathJax_Preview", "MathJax_Display", "MathJax_SVG", "MathJax_CHTML", "mjx-chtml")
_MATH_HOLDERS = {"katex", "katex-display", "katex-mathml", "mwe-math-element", "mwe-math-mathml-a11y"}


def set_formulas_aside(tree: HtmlElement) -> dict[str, str]:
    """Put a token for each formula of ``tree`` that has its TeX source; return the ``$`` formula of each token."""
    kept: dict[str, str] = {}
    for holder, tex, mark in list(_formulas(tree)):
        token = token_for("math", tex, len(kept))
        kept[token] = f"{mark}{tex}{mark}"
        span = etree.Element("span")
        span.text = token
        if holder.getparent() is not None:
            replace(holder, span)
    return kept


def _formulas(tree: HtmlElement) -> Iterator[tuple[HtmlElement, str, str]]:
    scripts = [script for script in tree.iter("script") if (script.get("type") or "").startswith("math/tex")]
    if scripts:  # what MathJax drew from them says the same once more
        for drawn in [element for element in tree.iter() if set(_RENDERED_MATH) & classes(element)]:
            replace(drawn, None)
    for script in scripts:
        yield script, (script.text or "").strip(), "$$" if "mode=display" in script.get("type", "") else "$"
    for source in tree.iter("annotation"):
        if source.get("encoding") == "application/x-tex" and (source.text or "").strip():
            yield _outermost_formula(source), (source.text or "").strip(), "$"


def _outermost_formula(source: HtmlElement) -> HtmlElement:
    holders = [e for e in source.iterancestors() if e.tag == "math" or _MATH_HOLDERS & classes(e)]
    return holders[-1] if holders else source
