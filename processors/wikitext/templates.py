"""Templates and parser functions whose text can be told without expanding them; all others show nothing.

Names and parameters are those of the English Wikipedia, which most wikis import (``Template:NAME`` says each).
"""

import re
from collections.abc import Callable, Mapping

# Templates that stand for fixed wikitext.
_FIXED = {
    "!": "|", "!!": "||", "=": "=", "(": "{", ")": "}", "'": "'", "'s": "'s", "-": "", "*": "&bull;",
    "\N{MIDDLE DOT}": " &middot;", "dot": " &middot;", "middot": " &middot;", "\N{BULLET}": " &bull;",
    "bull": " &bull;", "bullet": " &bull;", "pipe": "|", "nbsp": "&nbsp;", "thinsp": "&thinsp;", "zwnj": "&zwnj;",
    "ndash": "&ndash;", "en dash": "&ndash;", "mdash": "&mdash;", "em dash": "&mdash;", "snd": " &ndash; ",
    "spnd": " &ndash; ", "spaced ndash": " &ndash; ", "spaced en dash": " &ndash; ", "dash": " &ndash; ",
    "okina": "&#x2bb;", "ayin": "&#x2bd;", "hamza": "&#x2bc;", "break": "<br />", "br": "<br />",
    "pb": "\n\n", "paragraph": "\n\n", "minus": "&minus;", "times": "&times;", "plusmn": "&plusmn;",
    "sharp": "&#x266f;", "flat": "&#x266d;", "natural": "&#x266e;", "euro": "&euro;", "ellipsis": "&hellip;",
    "yes": "Yes", "no": "No", "n/a": "N/A", "won": "Won", "nom": "Nominated", "draw": "Draw",
}  # fmt: skip
# Templates that show one parameter as it is, by its number; 0 is the last one.
_SHOWN = {
    1: (
        "abbr,abbrlink,allow wrap,as written,big,bigger,bold,boldsc,center,columns-list,country,defn,delink,em,esc,"
        "fb,flag,flagathlete,flagcountry,flagu,flatlist,format price,formatnum,gloss,highlight,huge,ill,ins,"
        "interlanguage link,italic,italics,kbd,key press,large,larger,lc,math,midsize,mono,mvar,no bold,no wrap,"
        "nobold,nobr,nobreak,noitalic,nolink,normal,not a typo,nowrap,nowraplinks,nts,num,overline,phrase,plainlist,"
        "proper name,resize,samp,sc,sc1,sc2,serif,sic,small,smallcaps,smallcaps all,smaller,smallsup,strikethrough,"
        "strong,sub,sup,term,title case,tooltip,tt,typo,uc,ucfirst,underline,unicode,vanchor,var,visible anchor,"
        "wikt-lang,xt,year"
    ),
    2: "align,color,colour,font color,hover title,lang,langx,ruby-base,script,text color,wikt-lang",
    0: "iast,linktext,transl,transliteration,translit",
}
_NUMBERS = {name: number for number, names in _SHOWN.items() for name in names.split(",")}
# Templates that write parameters into words.
_QUOTE = "\n<blockquote>\n{1}{text}{quote}\n</blockquote>\n"
_WRITTEN = {
    **dict.fromkeys(("blockquote", "bquote", "cquote", "quote", "quotation", "poemquote"), _QUOTE),
    **dict.fromkeys(("c.", "ca", "ca.", "circa"), "c. {1}"),
    **dict.fromkeys(("fl", "fl.", "floruit"), "fl. {1}"),
    **dict.fromkeys(("nee", "n\u00e9e"), "n&eacute;e {1}"),
    **dict.fromkeys(("frac", "fraction", "sfrac"), "{1}/{2}"),
    **dict.fromkeys(("us$", "usd", "us dollar"), "US${1}"),
    **dict.fromkeys(("angbr", "angle bracket", "grapheme"), "&#x27e8;{1}&#x27e9;"),
    **dict.fromkeys(("nihongo", "nihongo krt"), "{1} ({2}, {3})"),
    **dict.fromkeys(("tl", "tlx"), "&#123;&#123;{1}&#125;&#125;"),
    **dict.fromkeys(
        ("birth date", "birth date and age", "death date", "end date", "film date", "start date", "start date and age"),
        "{1}-{2}-{3}",
    ),
    "as of": "As of {1}", "convert": "{1} {2}", "cvt": "{1} {2}", "val": "{1} {u}{ul}", "born": "born {1}",
    "reign": "r. {1}&ndash;{2}", "r.": "r. {1}&ndash;{2}", "code": "<code>{1}</code>", "url": "{1}",
    "inr": "&#x20b9;{1}", "gbp": "&pound;{1}", "\u00a3": "&pound;{1}", "eur": "&euro;{1}", "\u20ac": "&euro;{1}",
    "a$": "A${1}", "c$": "C${1}", "\u00a5": "&yen;{1}", "sqrt": "&radic;{1}", "ipablink": "[{1}]", "ipaslink": "/{1}/",
    "phoneme": "/{1}/", "phone": "[{1}]", "su": "{p}{b}", "sortname": "{1} {2}", "dts": "{1} {2} {3}",
    "ss": "SS ''{1}''", "uss": "USS ''{1}''", "hms": "HMS ''{1}''", "rms": "RMS ''{1}''", "ship": "{1} ''{2}''",
    "sclass": "''{1}''-class {2}", "korean": "{hangul}", "zh": "{c}{s}", "para": "<code>&#124;{1}={2}</code>",
}  # fmt: skip
_RANGES = {
    "to": " to ", "-": "&ndash;", "\N{EN DASH}": "&ndash;", "and": " and ", "or": " or ", "x": " &times; ",
    "\N{MULTIPLICATION SIGN}": " &times; ", "by": " by ", "+/-": " &plusmn; ",
}  # fmt: skip
# Templates that list their parameters, by what stands between these.
_BULLETS = "\n* "
_LISTED = {
    "hlist": " &middot; ", "flowlist": " &middot; ", "gaps": "", "ubl": _BULLETS, "ublist": _BULLETS,
    "unbulleted list": _BULLETS, "bulleted list": _BULLETS,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "lc": str.lower, "uc": str.upper, "formatnum": str, "lcfirst": lambda text: text[:1].lower() + text[1:],
    "ucfirst": lambda text: text[:1].upper() + text[1:],
}  # fmt: skip
_FIELD = re.compile(r"\{(\w+)\}")
# A parameter's name holds no markup: an equals sign behind a tag or a link belongs to the text.
_NAMED = re.compile(r"\s*([^\s=<>\[\]{}|'\x02\x04][^=<>\[\]{}|\x02\x04\n]{0,60})=")
_BLANKS = re.compile(r"[\s_]+")


def shown(parts: list[str]) -> str | None:
    """Return the wikitext a template shows, of its name and parameters as written; None where that is not known."""
    name = _BLANKS.sub(" ", parts[0]).strip().lower().removeprefix("template:").strip()
    if name in _FIXED:
        return _FIXED[name]
    parameters = _parameters(parts[1:])
    if name in _NUMBERS:
        return _numbered(_NUMBERS[name], parameters)
    if name in _WRITTEN:
        return _written(name, parameters)
    if name in _LISTED:
        values = [value for key, value in parameters.items() if key.isdigit() and value.strip()]
        return f"{_LISTED[name] if _LISTED[name] == _BULLETS else ''}{_LISTED[name].join(values)}"
    return parameters.get("1") if name.startswith("lang-") else _function(parts[0])


def _function(written: str) -> str | None:
    name, _, argument = written.partition(":")
    function = _FUNCTIONS.get(name.strip().lower())
    return function(argument.strip()) if function and argument else None


def _parameters(written: list[str]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    number = 0
    for part in written:
        if named := _NAMED.match(part):
            parameters[named[1].strip()] = part[named.end() :].strip()
        else:
            number += 1
            parameters[str(number)] = part
    return parameters


def _numbered(number: int, parameters: Mapping[str, str]) -> str | None:
    values = {key: value for key, value in parameters.items() if key.isdigit()}
    value = values.get(str(number)) if number else next(reversed(values.values()), None)
    if value and value.lstrip().startswith(("*", "#", ":", ";", "{|")):
        return f"\n{value}"
    return value


def _written(name: str, parameters: Mapping[str, str]) -> str:
    between = _RANGES.get(parameters.get("2", "").strip())
    if name in {"convert", "cvt"} and between:
        return f"{parameters['1']}{between}{parameters.get('3', '')} {parameters.get('4', '')}"
    pattern = _WRITTEN[name] if name != "as of" or "lc" not in parameters else "as of {1}"
    text = _FIELD.sub(lambda field: parameters.get(field[1], "").strip(), pattern)
    return text if pattern == _QUOTE else text.replace("(, ", "(").replace(", )", ")").replace(" ()", "").rstrip("-/ ")
