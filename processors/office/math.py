# ruff: noqa: RUF001 - signs that look like letters are what is told apart here
"""Formulas of Office documents (OMML, ECMA-376 part 1, section 22.1) as LaTeX."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from lxml import etree

from processors.office.package import attribute, child, children, is_on, name_of

# Characters that stand for an operator; the rest of Unicode is written as it is, which LaTeX understands today.
_COMMANDS = {
    "±": "pm", "∓": "mp", "×": "times", "÷": "div", "⋅": "cdot", "·": "cdot", "∙": "cdot", "∗": "ast", "∘": "circ",
    "≤": "leq", "≥": "geq", "≠": "ne", "≈": "approx", "≅": "cong", "≡": "equiv", "∼": "sim", "∝": "propto",
    "≪": "ll", "≫": "gg", "→": "rightarrow", "←": "leftarrow", "↔": "leftrightarrow", "⇒": "Rightarrow",
    "⇐": "Leftarrow",
    "⇔": "Leftrightarrow", "↦": "mapsto", "∞": "infty", "∂": "partial", "∇": "nabla", "∀": "forall", "∃": "exists",
    "∈": "in", "∉": "notin", "∋": "ni", "⊂": "subset", "⊆": "subseteq", "⊃": "supset", "⊇": "supseteq", "∪": "cup",
    "∩": "cap", "∅": "emptyset", "∧": "wedge", "∨": "vee", "¬": "neg", "∠": "angle", "⊥": "perp", "∥": "parallel",
    "⊕": "oplus", "⊗": "otimes", "∑": "sum", "∏": "prod", "∐": "coprod", "∫": "int", "∬": "iint", "∭": "iiint",
    "∮": "oint", "⋃": "bigcup", "⋂": "bigcap", "⋁": "bigvee", "⋀": "bigwedge", "√": "surd", "…": "ldots", "⋯": "cdots",
    "⋮": "vdots", "⋱": "ddots", "ℏ": "hbar", "ℓ": "ell", "ℜ": "Re", "ℑ": "Im", "ℵ": "aleph", "′": "prime",
    "†": "dagger", "ℝ": "mathbb{R}", "ℕ": "mathbb{N}", "ℤ": "mathbb{Z}", "ℚ": "mathbb{Q}", "ℂ": "mathbb{C}",
    "⟨": "langle", "⟩": "rangle", "〈": "langle", "〉": "rangle", "⌊": "lfloor", "⌋": "rfloor",
    "⌈": "lceil", "⌉": "rceil",
    "‖": "|", "{": "{", "}": "}", "%": "%", "#": "#", "&": "&", "$": "$", "\\": "backslash",
    "ϕ": "phi", "φ": "varphi",
    "ϵ": "epsilon", "ε": "varepsilon", "ϑ": "vartheta", "ϱ": "varrho", "ϖ": "varpi",
}  # fmt: skip
_LIKE_LATIN = set("ΑΒΕΖΗΙΚΜΝΟΡΤΧο")  # Greek letters LaTeX has no command for
_FUNCTIONS = frozenset(
    [
        "arccos",
        "arcsin",
        "arctan",
        "arg",
        "cos",
        "cosh",
        "cot",
        "coth",
        "csc",
        "deg",
        "det",
        "dim",
        "exp",
        "gcd",
        "hom",
        "inf",
        "ker",
        "lg",
        "lim",
        "liminf",
        "limsup",
        "ln",
        "log",
        "max",
        "min",
        "Pr",
        "sec",
        "sin",
        "sinh",
        "sup",
        "tan",
        "tanh",
    ]
)
_ACCENTS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline",
    "\u0306": "breve", "\u0307": "dot", "\u0308": "ddot", "\u030a": "mathring", "\u030c": "check", "\u20d7": "vec",
    "\u20d6": "overleftarrow",
    "\u20db": "dddot", "^": "hat", "~": "tilde", "¯": "bar", "→": "vec", "˙": "dot", "¨": "ddot",
}  # fmt: skip
_BRACES = {
    "⏞": "overbrace",
    "⏟": "underbrace",
    "¯": "overline",
    "_": "underline",
    "̅": "overline",
    "→": "overrightarrow",
}
_BREAK = r" \\ "
_OPERATOR = r"\operatorname"
_SKIPPED = ("w:del", "w:moveFrom", "m:ctrlPr", "w:rPr", "m:rPr", "m:sSubPr", "m:sSupPr", "m:argPr")


def latex(element: etree._Element) -> str:
    """Return the formula in ``element`` (``m:oMath`` or any part of one) as LaTeX without the dollar signs.

    One that is nested deeper than Python goes, as no formula is, gives its characters alone.
    """
    try:
        return " ".join(_content(element).split())
    except RecursionError:
        return _text("".join(element.itertext("{*}t")))


def _content(element: etree._Element | None) -> str:
    if element is None:
        return ""
    return "".join(_one(part) for part in element if name_of(part) not in _SKIPPED)


def _one(element: etree._Element) -> str:
    name = name_of(element)
    if name == "m:r":
        return _run(element)
    write = _WRITERS.get(name)
    if write is not None:
        return write(element)
    if name == "w:r":  # text that Word put beside the formula
        return _text("".join(one.text or "" for one in children(element, "w:t")))
    return "" if name.endswith("Pr") else _content(element)


def _run(run: etree._Element) -> str:
    text = "".join(one.text or "" for one in children(run, "m:t"))
    properties = child(run, "m:rPr")
    if is_on(child(properties, "m:nor")):
        return rf"\text{{{_plain(text)}}}" if text.strip() else text
    written = _text(text)
    return f"\\{written.strip()} " if written.strip() in _FUNCTIONS else written


def _plain(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "{}%#&$_" else letter for letter in text)


def _text(text: str) -> str:
    return "".join(_letter(letter) for letter in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    command = _COMMANDS.get(letter)
    if command is None and 0x1D400 <= ord(letter) <= 0x1D7FF:  # the mathematical alphabets say only how it is drawn
        return _letter(unicodedata.normalize("NFKC", letter))
    command = command or _greek(letter)
    if command is None:
        return letter
    return f"\\{command} " if command[-1].isalpha() else f"\\{command}"


def _greek(letter: str) -> str | None:
    kind, _, name = unicodedata.name(letter, "").rpartition(" LETTER ")
    if kind not in {"GREEK SMALL", "GREEK CAPITAL"} or letter in _LIKE_LATIN or " " in name:
        return {"ς": "varsigma"}.get(letter)
    name = name.lower().replace("lamda", "lambda")
    return name if kind == "GREEK SMALL" else name.capitalize()


def _argument(element: etree._Element, name: str) -> str:
    return _content(child(element, f"m:{name}")).strip()


def _property(element: etree._Element, name: str, default: str) -> str:
    """Return the value of a property of ``element``; ``default`` where the property is not there at all."""
    found = next((one for part in element if name_of(part).endswith("Pr") for one in children(part, f"m:{name}")), None)
    return default if found is None else attribute(found, "val") or ""


def _fraction(element: etree._Element) -> str:
    above, below = _argument(element, "num"), _argument(element, "den")
    match _property(element, "type", "bar"):
        case "lin" | "skw":
            return f"{{{above}}}/{{{below}}}"
        case "noBar":
            return rf"\genfrac{{}}{{}}{{0pt}}{{}}{{{above}}}{{{below}}}"
        case _:
            return rf"\frac{{{above}}}{{{below}}}"


def _base(element: etree._Element) -> str:
    """Return what a script is put on, in braces unless it is one letter, number or command."""
    base = _argument(element, "e")
    return base if len(base) <= 1 or base.isalnum() or (base[0] == "\\" and base[1:].isalpha()) else f"{{{base}}}"


def _scripted(element: etree._Element) -> str:
    below, above = _argument(element, "sub"), _argument(element, "sup")  # once each: formulas nest
    return _base(element) + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")


def _before(element: etree._Element) -> str:
    return rf"{{}}_{{{_argument(element, 'sub')}}}^{{{_argument(element, 'sup')}}}{_base(element)}"


def _radical(element: etree._Element) -> str:
    degree = _argument(element, "deg")
    return rf"\sqrt[{degree}]{{{_argument(element, 'e')}}}" if degree else rf"\sqrt{{{_argument(element, 'e')}}}"


def _nary(element: etree._Element) -> str:
    operator = _text((_property(element, "chr", "∫") or "∫")[:1]).strip()
    below, above = _argument(element, "sub"), _argument(element, "sup")
    limits = (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    return f"{operator}{limits} {_argument(element, 'e')}"


def _delimiters(element: etree._Element) -> str:
    opening = _text(_property(element, "begChr", "(")[:1]).strip() or "."
    closing = _text(_property(element, "endChr", ")")[:1]).strip() or "."
    between = _text(_property(element, "sepChr", "|")).strip()
    inside = f" {between} ".join(_content(one).strip() for one in children(element, "m:e"))
    return rf"\left{opening} {inside} \right{closing}"


def _matrix(element: etree._Element) -> str:
    rows = [" & ".join(_content(one).strip() for one in children(row, "m:e")) for row in children(element, "m:mr")]
    return rf"\begin{{matrix}} {_BREAK.join(rows)} \end{{matrix}}"


def _array(element: etree._Element) -> str:
    rows = [_content(one).strip() for one in children(element, "m:e")]
    return rf"\begin{{array}}{{l}} {_BREAK.join(rows)} \end{{array}}" if len(rows) > 1 else "".join(rows)


def _accent(element: etree._Element) -> str:
    mark = _property(element, "chr", "\u0302")
    return rf"\{_ACCENTS.get(mark.strip(), 'hat')}{{{_argument(element, 'e')}}}"


def _group(element: etree._Element) -> str:
    return rf"\{_BRACES.get(_property(element, 'chr', '⏟'), 'underbrace')}{{{_argument(element, 'e')}}}"


def _bar(element: etree._Element) -> str:
    command = "overline" if _property(element, "pos", "bot") == "top" else "underline"
    return rf"\{command}{{{_argument(element, 'e')}}}"


def _function(element: etree._Element) -> str:
    name = _argument(element, "fName")
    return f"{rf'{_OPERATOR}{{{name}}}' if name.isalpha() else name} {_argument(element, 'e')}"


def _limit(element: etree._Element) -> str:
    is_below = name_of(element) == "m:limLow"
    base, limit = _argument(element, "e"), _argument(element, "lim")
    if base.startswith("\\") and base[1:].isalpha():
        return f"{base}{'_' if is_below else '^'}{{{limit}}}"
    return rf"\{'underset' if is_below else 'overset'}{{{limit}}}{{{base}}}"


def _boxed(element: etree._Element) -> str:
    return rf"\boxed{{{_argument(element, 'e')}}}"


def _hidden(element: etree._Element) -> str:
    shown = _property(element, "show", "1") not in {"0", "off", "false"}
    return _argument(element, "e") if shown else rf"\phantom{{{_argument(element, 'e')}}}"


_WRITERS: dict[str, Callable[[etree._Element], str]] = {
    "m:f": _fraction,
    "m:sSup": _scripted,
    "m:sSub": _scripted,
    "m:sSubSup": _scripted,
    "m:sPre": _before,
    "m:rad": _radical,
    "m:nary": _nary,
    "m:d": _delimiters,
    "m:m": _matrix,
    "m:eqArr": _array,
    "m:acc": _accent,
    "m:groupChr": _group,
    "m:bar": _bar,
    "m:func": _function,
    "m:limLow": _limit,
    "m:limUpp": _limit,
    "m:borderBox": _boxed,
    "m:phant": _hidden,
}
