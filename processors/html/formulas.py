"""Formulas of a page, as TeX: what they were written in where the page says it, else made from the MathML it shows."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree, html
from lxml.html import HtmlElement

from processors.html.mathml import tex_of
from processors.html.tokens import token_for
from processors.html.tree import become, classes, replace

_RENDERED_MATH = ("MathJax", "MathJax_Preview", "MathJax_Display", "MathJax_SVG", "MathJax_CHTML", "mjx-chtml")
_MATH_HOLDERS = {
    "katex", "katex-display", "katex-mathml", "mwe-math-element", "mwe-math-mathml-a11y", "MathJax", "MathJax_CHTML",
    "MathJax_SVG", "MathJax_Display",
}  # fmt: skip
_DISPLAYED = {"katex-display", "MathJax_Display", "mwe-math-mathml-display", "mwe-math-element-block"}
# Sphinx, Arithmatex, Pandoc and kramdown: TeX between these marks in an element of these classes.
_WRITTEN = {"math", "arithmatex", "math-container", "tex", "latex", "math-tex", "inline-math", "display-math"}
# Pictures of formulas whose ``alt`` is their TeX: WordPress, MediaWiki now and before, and renderers called by address.
_PICTURES = {"latex", "tex", "mwe-math-fallback-image-inline", "mwe-math-fallback-image-display"}
_RENDERERS = ("latex.php", "latex.codecogs.com", "mimetex.cgi", "mathtex.cgi")
_INLINE = re.compile(r"\\\((.+)\\\)|\$([^$]+)\$", re.DOTALL)
_DISPLAY = re.compile(r"\\\[(.+)\\\]|\$\$(.+)\$\$", re.DOTALL)
_STYLE = re.compile(r"^\{\\(?:displaystyle|textstyle)\s*(.*)\}$", re.DOTALL)
_MOST_CHARS = 20_000


class Formula(NamedTuple):
    """One formula: what of the page stands for it, its TeX, and the mark of ``$`` or ``$$`` round it."""

    holder: HtmlElement
    tex: str
    mark: str


def set_formulas_aside(tree: HtmlElement) -> dict[str, str]:
    """Put a token for each formula of ``tree``; return the ``$`` formula of each token."""
    kept: dict[str, str] = {}
    for holder, tex, mark in list(_formulas(tree)):
        if holder.getparent() is None or not tex:
            continue
        token = token_for("math", tex, len(kept))
        kept[token] = f"{mark}{tex}{mark}"
        span = etree.Element("span")
        span.text = token
        replace(holder, span)
    return kept


def _formulas(tree: HtmlElement) -> Iterator[Formula]:
    scripts = [script for script in tree.iter("script") if (script.get("type") or "").startswith("math/tex")]
    if scripts:  # what MathJax drew from them says the same once more
        for drawn in [element for element in tree.iter() if set(_RENDERED_MATH) & classes(element)]:
            become(drawn, "")
    for script in scripts:
        yield Formula(script, (script.text or "").strip(), "$$" if "mode=display" in script.get("type", "") else "$")
    for drawn in list(filter(_may_hold, tree.iter("mjx-container", "math", "span", "div"))):
        if drawn.tag == "math":
            yield _stated(drawn, drawn)
        elif drawn.get("data-mathml"):  # MathJax 2 without its scripts
            yield from _attached(drawn)
        elif _WRITTEN & classes(drawn):
            yield from _written(drawn)
    yield from map(_pictured, filter(_is_picture, tree.iter("img")))


def _may_hold(element: HtmlElement) -> bool:
    called = element.get("class")
    is_called = called is not None and ("math" in called or "tex" in called)  # as each name in _WRITTEN
    return is_called or element.tag == "math" or element.get("data-mathml") is not None


def _stated(math: HtmlElement, place: HtmlElement) -> Formula:
    holder = _outermost_formula(place)
    sources = (one for one in math.iter("annotation") if one.get("encoding") == "application/x-tex")
    source = next((one.text for one in sources if (one.text or "").strip()), None) or math.get("alttext")
    tex = _STYLE.sub(r"\1", (source or "").strip()) or tex_of(math)
    around = [holder, *holder.iterdescendants("span", "div"), *list(holder.iterancestors())[:1]]
    is_display = math.get("display") == "block" or holder.get("display") == "true"
    is_display = is_display or any(_DISPLAYED & classes(one) for one in around)
    return Formula(holder, "" if len(tex) > _MOST_CHARS else tex, "$$" if is_display else "$")


def _attached(drawn: HtmlElement) -> Iterator[Formula]:
    try:
        math = html.fragment_fromstring(drawn.get("data-mathml"))
    except (etree.ParserError, ValueError):
        return
    if math.tag == "math":
        yield _stated(math, drawn)


def _written(element: HtmlElement) -> Iterator[Formula]:
    text = str(element.text_content()).strip() if next(element.iter("math"), None) is None else ""
    if 2 < len(text) <= _MOST_CHARS:
        for form, mark in ((_DISPLAY, "$$"), (_INLINE, "$")):
            found = form.fullmatch(text)
            if found:
                yield Formula(element, (found[1] or found[2]).strip(), mark)
                return


def _is_picture(image: HtmlElement) -> bool:
    address = (image.get("src") or "")[:200]
    is_called = _PICTURES & classes(image) or any(renderer in address for renderer in _RENDERERS)
    return bool(is_called) and next(_outermost_formula(image).iter("math"), None) is None


def _pictured(image: HtmlElement) -> Formula:
    called = " ".join((image.get("alt") or "")[: _MOST_CHARS + 1].split())
    display, inline = _DISPLAY.fullmatch(called), _INLINE.fullmatch(called)
    marked = display or inline
    tex = _STYLE.sub(r"\1", marked[1] or marked[2] if marked else called).strip()
    is_display = display or "mwe-math-fallback-image-display" in classes(image)
    return Formula(_outermost_formula(image), "" if len(tex) > _MOST_CHARS else tex, "$$" if is_display else "$")


def _outermost_formula(source: HtmlElement) -> HtmlElement:
    holders = [e for e in source.iterancestors() if e.tag == "mjx-container" or _MATH_HOLDERS & classes(e)]
    return holders[-1] if holders else source
