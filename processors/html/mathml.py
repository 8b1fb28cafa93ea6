"""MathML without its source, as TeX: the presentation elements that formulas of web pages are made of.

Elements are those of MathML Core (W3C, sections 3 and 4). What has no TeX is written as its text.
"""

import re
from collections.abc import Callable, Mapping

from lxml import etree

DEEPEST = 60  # of elements in elements; deeper ones are written as their text
_SIGNS = {
    "\u2061": "", "\u2062": "", "\u2063": "", "\u2064": "", "\xa0": " ", "\u2212": "-", "\u00d7": r"\times ",
    "\u00b7": r"\cdot ", "\u22c5": r"\cdot ", "\u2264": r"\le ", "\u2265": r"\ge ", "\u2260": r"\ne ",
    "\u2248": r"\approx ", "\u2261": r"\equiv ", "\u00b1": r"\pm ", "\u2211": r"\sum ", "\u220f": r"\prod ",
    "\u222b": r"\int ", "\u221e": r"\infty ", "\u2202": r"\partial ", "\u2207": r"\nabla ", "\u2208": r"\in ",
    "\u2209": r"\notin ", "\u2282": r"\subset ", "\u2286": r"\subseteq ", "\u222a": r"\cup ", "\u2229": r"\cap ",
    "\u2192": r"\to ", "\u21a6": r"\mapsto ", "\u21d2": r"\Rightarrow ", "\u21d4": r"\Leftrightarrow ",
    "\u2200": r"\forall ", "\u2203": r"\exists ", "\u2026": r"\dots ", "\u22ef": r"\cdots ", "\u2032": "'",
    "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "_": r"\_", "\\": r"\backslash ",
    "\u27e8": r"\langle ", "\u27e9": r"\rangle ", "\u2225": r"\| ", "\u2016": r"\| ", "\u2218": r"\circ ",
    "\u2227": r"\wedge ", "\u2228": r"\vee ", "\u00ac": r"\neg ", "\u2295": r"\oplus ", "\u2297": r"\otimes ",
    "\u2102": r"\mathbb{C}", "\u2115": r"\mathbb{N}", "\u211a": r"\mathbb{Q}", "\u211d": r"\mathbb{R}",
    "\u2124": r"\mathbb{Z}", "\u2205": r"\emptyset ", "\u210f": r"\hbar ", "\u2113": r"\ell ",
}  # fmt: skip
_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
_SIGNS |= {chr(0x3B1 + at): f"\\{name} " for at, name in enumerate(_GREEK) if name != "omicron"}
_SIGNS |= {chr(0x391 + at): f"\\{name.capitalize()} " for at, name in enumerate(_GREEK) if name in {
    "gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi", "omega"}}  # fmt: skip
_FUNCTIONS = frozenset((
    "arccos", "arcsin", "arctan", "cos", "cosh", "cot", "det", "dim", "exp", "gcd", "inf", "ker", "lim", "ln", "log",
    "max", "min", "sec", "sin", "sinh", "sup", "tan", "tanh",
))  # fmt: skip
_ACCENTS = {
    "^": "hat", "\u02c6": "hat", "\u00af": "bar", "\u203e": "overline", "\u2192": "vec", "\u20d7": "vec",
    "~": "tilde", "\u02dc": "tilde", "\u02d9": "dot", ".": "dot", "\u00a8": "ddot", "\u23de": "overbrace",
}  # fmt: skip
_SKIPPED = frozenset(("annotation", "annotation-xml", "mphantom", "mprescripts", "none", "maligngroup"))


def tex_of(math: etree._Element) -> str:
    """Return the TeX of a ``<math>`` element, without dollar signs; empty when it holds nothing."""
    return re.sub(r"\s+([}^_)\],])", r"\1", " ".join(_tex(math, 0).split()))


def _tex(element: etree._Element, depth: int) -> str:
    tag = str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()
    if tag in _SKIPPED:
        return ""
    if depth > DEEPEST:
        return _signs("".join(element.itertext()))
    write = _WRITERS.get(tag)
    return _row(element, depth) if write is None else write(element, depth + 1)


def _row(element: etree._Element, depth: int) -> str:
    parts = [_tex(child, depth + 1) for child in element.iterchildren(etree.Element)]
    return _signs(element.text or "") + "".join(parts) if parts else _signs("".join(element.itertext()))


def _signs(text: str) -> str:
    return "".join(_SIGNS.get(sign, sign) for sign in " ".join(text.split()))


def _identifier(element: etree._Element, _depth: int) -> str:
    name = "".join("".join(element.itertext()).split())
    if name in _FUNCTIONS:
        return f"\\{name} "
    return _signs(name) if len(name) < 2 or not name.isalpha() else f"\\mathrm{{{name}}}"


def _operator(element: etree._Element, _depth: int) -> str:
    sign = "".join(element.itertext()).strip()
    if sign in _FUNCTIONS:
        return f"\\{sign} "
    return f" {_signs(sign)} " if sign in "=<>+\u2212-" and sign else _signs(sign)


def _text(element: etree._Element, _depth: int) -> str:
    words = "".join(element.itertext()).replace("\xa0", " ")
    return f"\\text{{{' '.join(words.split())}}} " if words.strip() else " "


def _arguments(element: etree._Element, depth: int, count: int) -> list[str]:
    found = [_tex(child, depth).strip() for child in element.iterchildren(etree.Element)][:count]
    return found + [""] * (count - len(found))


def _fraction(element: etree._Element, depth: int) -> str:
    over, under = _arguments(element, depth, 2)
    return f"\\frac{{{over}}}{{{under}}}"


def _root(element: etree._Element, depth: int) -> str:
    base, index = _arguments(element, depth, 2)
    return f"\\sqrt[{index}]{{{base}}}"


def _scripts(element: etree._Element, depth: int) -> str:
    tag = str(element.tag).rpartition("}")[2].lower()
    base, first, second = _arguments(element, depth, 3)
    accent = _ACCENTS.get("".join(element[-1].itertext()).strip()) if tag == "mover" and len(element) > 1 else None
    if accent:
        return f"\\{accent}{{{base}}}"
    held = base if len(base) < 2 or (base.startswith("\\") and base.count("\\") == 1) else f"{{{base}}}"
    marks = {"msup": "^", "mover": "^", "msub": "_", "munder": "_"}.get(tag, "_^")
    return held + "".join(f"{mark}{{{one}}}" for mark, one in zip(marks, (first, second), strict=False) if one)


def _square_root(element: etree._Element, depth: int) -> str:
    return f"\\sqrt{{{_row(element, depth).strip()}}}"


def _fenced(element: etree._Element, depth: int) -> str:
    inner = (element.get("separators") or ",")[:1].join(_arguments(element, depth, len(element)))
    return f"{_signs(element.get('open', '('))}{inner}{_signs(element.get('close', ')'))}"


def _array(element: etree._Element, depth: int) -> str:
    rows = [row for row in element.iterchildren(etree.Element) if str(row.tag).endswith(("mtr", "mlabeledtr"))]
    lines = (" & ".join(_tex(cell, depth).strip() for cell in row.iterchildren(etree.Element)) for row in rows)
    return "\\begin{matrix}" + " \\\\ ".join(lines) + "\\end{matrix}"


_WRITERS: Mapping[str, Callable[[etree._Element, int], str]] = {
    "mi": _identifier, "mo": _operator, "mtext": _text, "ms": _text, "mfrac": _fraction, "msqrt": _square_root,
    "mroot": _root, "msup": _scripts, "msub": _scripts, "msubsup": _scripts, "munder": _scripts, "mover": _scripts,
    "munderover": _scripts, "mfenced": _fenced, "mtable": _array, "mspace": lambda _element, _depth: " ",
}  # fmt: skip
