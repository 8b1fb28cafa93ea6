r"""What the commands and environments of LaTeX mean to a reader of text: symbols, accents, and what is thrown away."""

import re
import unicodedata
from functools import cache
from typing import Any

from pylatexenc.latex2text import get_default_latex_context_db

# Combining characters of TeX's accents (LaTeX2e reference manual, 23.5).
ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331",
}  # fmt: skip
# A space of some length, in TeX's own commands; the length stands there bare.
SPACE = re.compile(
    r"(?<!\\)\\(?:[hvm]skip|m?kern|[hv]box[ \t]+(?:to|spread))[ \t]*+=?[ \t]*+-?[\d.,]++[ \t]*+(?:true[ \t]*+)?"
    r"(?:pt|pc|in|bp|cm|mm|dd|cc|sp|em|ex|mu)"
    r"(?:[ \t]+(?:plus|minus)[ \t]+[\d.]+[ \t]*(?:pt|em|ex|cm|mm|fil{1,3}))*[ \t]?"
)
ACCENTED = re.compile(
    r"(?<!\\)\\(?:([`'^~=.\"])[ \t]*|([urHvdckb])(?:[ \t]+|(?=[{\\])))"
    r"(?:\{[ \t]*(?:\\([ij])[ \t]*|([^\W\d_]))\}|\\([ij])(?![A-Za-z])[ \t]?|([^\W\d_]))"
)

# What the default tables of pylatexenc leave out or space otherwise.
SYMBOLS = {
    "S": "§", "P": "¶", "copyright": "©", "textcopyright": "©", "euro": "€", "texteuro": "€", "TeX": "TeX",
    "LaTeX": "LaTeX", "LaTeXe": "LaTeX2e", "BibTeX": "BibTeX", "textregistered": "®", "texttrademark": "™",
    "quad": " ", "qquad": " ", "newline": " ", "linebreak": " ", "par": "\n\n", "slash": "/", "lbrack": "[",
    "rbrack": "]", "textless": "<", "textgreater": ">", "textbar": "|", "textdollar": r"\$", "dotfill": " ",
    "hfill": " ", "space": " ", "nobreakspace": " ", "thinspace": " ", "enspace": " ", "xspace": "", "and": ", ",
    "textasteriskcentered": "*", "textunderscore": "_", "ldots": "…", "dots": "…", "textellipsis": "…", "gets": "←",
    "newpage": "\n\n", "clearpage": "\n\n", "bigskip": "\n\n", "medskip": "\n\n", "smallskip": "\n\n",
    "today": "", "hskip": "", "vskip": "", "kern": "", "relax": "", "ignorespaces": "",
}  # fmt: skip
CHARACTERS = {
    "%": "%", "&": "&", "#": "#", "_": "_", "{": "{", "}": "}", "$": r"\$", " ": " ", "\n": " ", "\t": " ", ",": " ",
    ";": " ", ":": " ", ">": " ", "\\": " ", "-": "", "/": "", "!": "", "@": "", "~": "~", "^": "^",
}  # fmt: skip

# How many arguments in braces are thrown away after a command; whatever follows is text again. Options always go.
DROPPED = {
    name: count
    for count, names in (
        (1, """vspace hspace includegraphics bibliography bibliographystyle addbibresource pagestyle thispagestyle color
            textcolor colorbox hypersetup thanks affiliation affil email address institute date author authors
            icmlauthor
            pagenumbering rotatebox scalebox raisebox parbox phantom hphantom vphantom index glsadd nocite theoremstyle
            graphicspath hyphenation markright captionsetup cline cmidrule cellcolor rowcolor marginpar todo input
            include fontfamily fontseries fontshape selectlanguage usetikzlibrary usepackage documentclass pdfinfo
            orcid orcidID collaboration tnoteref tnotetext fnref inst ifthenelse titlerunning authorrunning shorttitle
    shortauthors received accepted published
            pacs keywords
            keyword ccsdesc acmConference acmYear acmDOI acmISBN copyrightyear setcopyright institution city country
            state postcode department corref fntext cortext ead subjclass subjclassname dedicatory curraddr urladdr
            preprint vspace specialrule stepcounter refstepcounter allowdisplaybreaks pgfplotsset tikzset lstset psset
            epsfig epsfbox psfig newcounter newlength FloatBarrier cref@ tag specialsection extrarowheight arraystretch
            foreignlanguage begingroup@ toprule@ hskip@ PACS icmltitlerunning runauthor runtitle"""),
        (2, """setlength addtolength setcounter addtocounter markboth newcolumntype resizebox fontsize rule fcolorbox
            numberwithin multirow multicolumn definecolor@ newsavebox@ newtheorem@ settowidth colorlet makebox@
            DeclareUnicodeCharacter pdfbookmark@ icmlaffiliation"""),
        (3, "definecolor addcontentsline crefname Crefname newenvironment renewenvironment"),
    )
    for name in names.split()
}  # fmt: skip

# Environments: what is inside is thrown away, or how many arguments stand at their start.
DROPPED_ENVIRONMENTS = frozenset((
    "thebibliography", "tikzpicture", "tikzcd", "picture", "pspicture", "CCSXML", "filecontents", "IEEEbiography",
    "IEEEbiographynophoto", "biography", "IEEEkeywords", "keyword", "keywords", "psfrags", "pgfpicture", "axis",
    "forest", "pycode", "asy", "feynman", "fmffile", "icmlauthorlist", "frontmatter@", "dot2tex", "circuitikz",
))  # fmt: skip
ENVIRONMENT_ARGUMENTS = {
    "minipage": 1, "multicols": 1, "adjustbox": 1, "wrapfigure": 2, "wraptable": 2, "subfigure": 1, "subtable": 1,
    "spacing": 1, "adjustwidth": 2, "list": 2, "tabular*": 2, "tabularx": 2, "tabulary": 2, "tabular": 1, "longtable":
    1,
    "supertabular": 1, "array": 1, "tblr": 1, "xltabular": 2, "otherlanguage": 1, "otherlanguage*": 1, "algorithmic": 0,
    "labeling": 1, "resizebox": 2, "turn": 1, "rotate": 1, "floatrow": 0, "threeparttable": 0, "mdframed": 0,
    "NiceTabular": 1, "tabu": 1,
}  # fmt: skip
EQUATIONS = frozenset(("math", "displaymath", "equation", "dmath"))
ALIGNED = frozenset((
    "align", "gather", "multline", "eqnarray", "alignat", "flalign", "xalignat", "subequations@", "dgroup", "darray",
    "IEEEeqnarray",
))  # fmt: skip
TABLES = frozenset(("tabular", "tabular*", "tabularx", "tabulary", "longtable", "supertabular", "xltabular", "tblr",
                    "array", "NiceTabular", "tabu"))  # fmt: skip
FLOATS = {"figure": "figure", "wrapfigure": "figure", "sidewaysfigure": "figure", "SCfigure": "figure",
          "marginfigure": "figure", "teaserfigure": "figure"}  # fmt: skip
TABLE_FLOATS = {"table": "table", "wraptable": "table", "sidewaystable": "table", "algorithm": "algorithm",
                "margintable": "table", "longtable": "table"}  # fmt: skip
LISTS = {"itemize": "-", "enumerate": "1", "description": "", "compactitem": "-", "compactenum": "1", "inparaenum": "1",
         "inparaitem": "-", "list": "-", "trivlist": "-", "tablenotes": "-", "enumerate*": "1", "itemize*": "-",
         "asparaenum": "1", "asparaitem": "-", "labeling": "", "easylist": "-", "compactdesc": ""}  # fmt: skip
QUOTES = frozenset(("quote", "quotation", "verse", "displayquote", "epigraph", "displaycquote"))
THEOREMS = {
    "theorem": "Theorem", "thm": "Theorem", "lemma": "Lemma", "lem": "Lemma", "corollary": "Corollary", "cor":
    "Corollary",
    "proposition": "Proposition", "prop": "Proposition", "definition": "Definition", "defn": "Definition",
    "remark": "Remark", "rem": "Remark", "example": "Example", "claim": "Claim", "conjecture": "Conjecture",
    "assumption": "Assumption", "axiom": "Axiom", "fact": "Fact", "problem": "Problem", "question": "Question",
    "exercise": "Exercise", "property": "Property", "observation": "Observation", "note": "Note", "case": "Case",
}  # fmt: skip
SECTIONS = ("part", "chapter", "section", "subsection", "subsubsection")
RUN_IN = ("paragraph", "subparagraph")
EMPHASIS = {"emph": "*", "textit": "*", "textsl": "*", "textbf": "**", "bm": "**", "boldsymbol": "**"}
SWITCHES = {"em": "*", "it": "*", "sl": "*", "itshape": "*", "slshape": "*", "bf": "**", "bfseries": "**"}
CITATIONS = frozenset((
    "cite", "citep", "citealp", "citealt", "parencite", "autocite", "footcite", "supercite", "footfullcite", "citenum",
    "Cite", "Citep", "Autocite", "Parencite", "citet", "Citet", "textcite", "Textcite", "citeauthor", "Citeauthor",
    "citeyear", "citeyearpar", "shortcite", "onlinecite", "textcitep", "cites", "citeyearNP", "citeA", "citeNP",
))  # fmt: skip
TEXTUAL = frozenset(
    ("citet", "Citet", "textcite", "Textcite", "citeauthor", "Citeauthor", "citeA", "onlinecite", "citenum")
)
REFERENCES = frozenset(("ref", "eqref", "cref", "Cref", "autoref", "pageref", "vref", "nameref", "labelcref", "subref",
                        "autocref", "Autoref", "fref", "Fref"))  # fmt: skip

KNOWN = frozenset((
    *EMPHASIS, *SWITCHES, *CITATIONS, *REFERENCES, *SECTIONS, *RUN_IN, "begin", "end", "item", "caption", "title",
    "footnote", "label", "maketitle", "abstract", "texttt", "url", "href", "document", "appendix", "par", "newtheorem",
    "newcommand", "author", "date", "thanks", "includegraphics", "bibliography", "left", "right", "frac", "sqrt",
))  # fmt: skip


def with_accents(source: str) -> str:
    """Return ``source`` with TeX's accents as composed characters, and without its bare lengths."""
    return ACCENTED.sub(_composed, SPACE.sub(" ", source))


@cache
def symbol(name: str) -> str | None:
    """Return the character or text of a command without arguments, None where it is not one."""
    if name in SYMBOLS:
        return SYMBOLS[name]
    spec = _table().get_macro_spec(name)
    text = getattr(spec, "simplify_repl", None)
    return text if isinstance(text, str) and "%" not in text else None


@cache
def _table() -> Any:  # noqa: ANN401 - the library has no types
    return get_default_latex_context_db()


def _composed(found: re.Match[str]) -> str:
    letter = found[3] or found[4] or found[5] or found[6]
    return unicodedata.normalize("NFC", letter + ACCENTS[found[1] or found[2]])
