"""What the rules of ``rewrite`` do to one text. Every function is linear in the text's length, whatever it holds."""

import re
from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from processors import sentences

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# Ideographic space, comma, full stop, semicolon, exclamation mark, question mark, enumeration comma, brackets.
_WIDE = r"\x{3000}\x{FF0C}\x{3002}\x{FF1B}\x{FF01}\x{FF1F}\x{3001}\x{FF08}\x{FF09}"
# A link's last character is no mark that ends a phrase, and brackets inside it come in pairs.
_IN_LINK = rf"[^\s()<>{_WIDE}]"
_LINK_END = rf"[^\s()<>{_WIDE}\[\]{{}};:'\".,?!`\x{{AB}}\x{{BB}}\x{{2018}}-\x{{201D}}\x{{2026}}]"

ADDRESSES: Mapping[str, str] = {
    "links": (
        r"(?i)\b(?:[a-z][a-z0-9+.-]+:/{1,3}|mailto:|www\d{0,3}\.|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,4}/)"
        rf"(?:{_IN_LINK}|\([^\s()<>]*\))*(?:{_LINK_END}|\([^\s()<>]*\))"
    ),
    "emails": r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,}",
    "ip-addresses": rf"(?:{_OCTET}\.){{3}}{_OCTET}|(?:[0-9A-Fa-f]{{1,4}}:){{7}}[0-9A-Fa-f]{{1,4}}",
}

# Marks of other scripts and of typography beside the ASCII ones that mean the same.
_ASCII = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d\u300a\u300b", '"'),
        **dict.fromkeys("\u2018\u2019\u00b4", "'"),
        **dict.fromkeys("\uff0c\u3001", ","),
        **dict.fromkeys("\uff1a\u2236", ":"),
        **dict.fromkeys("\u2013\u2501\u25ba", "-"),
        "\u3002": ".",
        "\uff0e": ". ",
        "\u2014": " - ",
        "\u2026": "...",
        "\uff1f": "?",
        "\uff01": "!",
        "\uff08": "(",
        "\uff09": ")",
        "\uff1b": ";",
        "\uff5e": "~",
        "\uff05": "%",
        "\u3008": "<",
        "\u3009": ">",
        "\u3010": "[",
        "\u3011": "]",
    }
)
_OWNED = re.compile(r"copyright|\(c\)|\xa9|licen[cs]e", re.IGNORECASE)
# What stands before a header and stays: what starts the file's interpreter, names its charset or opens PHP.
_PREAMBLE = re.compile(r"\A(?:#!.*\n|#.{0,100}coding[:=].*\n|<\?php\s*|[ \t\r]*\n)*")
# A # before a small letter is the C preprocessor's; a line of it alone, without a year, may be a title in Markdown.
_LINE_COMMENTS = re.compile("|".join(rf"(?:{mark}.*(?:\n|\Z))+" for mark in ("//", "#(?![!a-z])", "--", ";", "%")))
_TITLE = re.compile(r"#+ (?!SPDX)[^\d\n]*\n?")
_BLOCK_COMMENTS = {"/*": "*/", "<!--": "-->"}

_NO_LETTERS = re.compile(r"[^\w\s]|_")
_HEADING = r"\\(?:chapter|part|(?:sub)*section|(?:sub)?paragraph)\*?(?:\[[^\]]*\])?\{[^}]*\}"
_BIBLIOGRAPHY = r"\\appendix|\\begin\{(?:references|REFERENCES|thebibliography)\}|\\bibliography\{"
# Spaces of every width and line ends, and what holds a place or joins without being seen.
_WHITE_SPACE = r"[\s\x0b\x{85}\x{A0}\x{1680}\x{2000}-\x{200D}\x{2028}\x{2029}\x{202F}\x{205F}\x{2060}\x{3000}\x{FFFC}]"
_COMMENT_LINES = r"(?m)^[ \t]*%.*\n?"
_COMMENT_ENDS = r"(?m)(^|[^\\\n])[ \t]*%.+$"


def replaced(text: str, pattern: str, replacement: str) -> str:
    """Return ``text`` with every match of the RE2 ``pattern`` replaced; ``.`` matches a line end too.

    Raises:
        pyarrow.ArrowInvalid: ``pattern`` is no RE2 pattern.
    """
    column = pa.array([text], pa.large_string())
    rewritten: str = pc.replace_substring_regex(column, f"(?s){pattern}", replacement)[0].as_py()
    return rewritten


def stripped(word: str) -> str:
    """Return ``word`` from its first to its last letter."""
    letters_at = [place for place, character in enumerate(word) if character.isalpha()]
    return word[letters_at[0] : letters_at[-1] + 1] if letters_at else ""


def letters(text: str) -> str:
    """Return the letters, digits and inner white space of ``text``."""
    return _NO_LETTERS.sub("", text).strip()


def without_words(text: str, goes: Callable[[str], bool]) -> str:
    """Return ``text`` without the words for which ``goes`` is true: runs between spaces, tabs and line ends.

    Lines and tabs stay; several spaces in a row become one.
    """
    return "\n".join("\t".join(_kept(cell, goes) for cell in line.split("\t")) for line in text.split("\n"))


def _kept(cell: str, goes: Callable[[str], bool]) -> str:
    return " ".join(word for word in cell.split(" ") if word and not goes(word))


def from_heading(text: str, otherwise: str) -> str:
    """Return LaTeX source from its first heading on, or ``otherwise`` where it has none."""
    return replaced(text, rf"\A.*?({_HEADING})", r"\1") if _has_heading(text) else otherwise


def _has_heading(text: str) -> bool:
    found: bool = pc.match_substring_regex(pa.array([text], pa.large_string()), _HEADING)[0].as_py()
    return found


def without_repeats(text: str, min_chars: int, key: Callable[[str], str]) -> str:
    """Return ``text`` without each sentence whose ``key`` an earlier one had; keys under ``min_chars`` do not count."""
    seen: set[str] = set()
    lines = []
    for line in text.split("\n"):
        kept = []
        for sentence in sentences.pieces(line):
            found = key(sentence)
            if len(found) < min_chars or found not in seen:
                kept.append(sentence)
                seen.add(found)
        lines.append("".join(kept))
    return "\n".join(lines)


def _without_latex_comments(text: str) -> str:
    # A lone % at a line's end is no comment: it joins the line to the next.
    return _multiline(_multiline(text, _COMMENT_LINES, ""), _COMMENT_ENDS, r"\1")


def _multiline(text: str, pattern: str, replacement: str) -> str:
    column = pa.array([text], pa.large_string())
    rewritten: str = pc.replace_substring_regex(column, pattern, replacement)[0].as_py()
    return rewritten


def _without_copyright_header(text: str) -> str:
    """Return ``text`` without the comment at its start, or else its first block comment, that claims a copyright."""
    preamble = _PREAMBLE.match(text)
    start = preamble.end() if preamble else 0
    end = _end_of_comment(text, start)
    if _OWNED.search(text, start, end) and not _TITLE.fullmatch(text, start, end):
        return text[:start] + text[end:]
    start = text.find("/*", end)
    end = _end_of_comment(text, start) if start >= 0 else 0
    return text[:start] + text[end:] if "copyright" in text[start:end].lower() else text


def _end_of_comment(text: str, start: int) -> int:
    for opening, closing in _BLOCK_COMMENTS.items():
        if text.startswith(opening, start):
            end = text.find(closing, start + len(opening))
            return start if end < 0 else end + len(closing)
    lines = _LINE_COMMENTS.match(text, start)
    return lines.end() if lines else start


def _without_latex_bibliography(text: str) -> str:
    return replaced(text, f"(?:{_BIBLIOGRAPHY}).*", "")


def _with_plain_spaces(text: str) -> str:
    return replaced(text.strip(), _WHITE_SPACE, " ")


PLAIN: Mapping[str, Callable[[str], str]] = {
    "ascii-punctuation": lambda text: text.translate(_ASCII),
    "copyright-header": _without_copyright_header,
    "latex-bibliography": _without_latex_bibliography,
    "latex-comments": _without_latex_comments,
    "plain-spaces": _with_plain_spaces,
    "sentence-lines": sentences.one_a_line,
}
