"""What MediaWiki does to wikitext before it reads it: comments, tags of extensions, inclusion marks, templates.

One pass without recursion over the source: open templates are frames on a stack, closed ones become their text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from processors.wikitext.held import GAP, Held, escaped, literal
from processors.wikitext.templates import shown

# Tags whose content is read as if they were not there (``Transclusion``, ``Help:Extension:Translate``).
TRANSPARENT = frozenset({"langconvert", "noinclude", "onlyinclude", "section", "translate", "tvar"})
# Tags of extensions whose content is no text of the page (https://www.mediawiki.org/wiki/Category:Tag_extensions).
SILENT = frozenset(
    {
        "categorytree", "charinsert", "dynamicpagelist", "graph", "hiero", "imagemap", "includeonly", "indicator",
        "inputbox", "languages", "mapframe", "maplink", "phonos", "ref", "references", "score", "style", "templatedata",
        "templatestyles", "timeline",
    }
)  # fmt: skip
# Braces open at once beyond which a template shows nothing (MediaWiki refuses 40 within one another).
MOST_BRACES = 80
DEEPEST_TAGS = 3


def expanded(source: str, held: Held, depth: int = 0) -> str:
    """Return wikitext without comments, templates and tags of extensions; what these show is there or in ``held``."""
    return _without_gaps(_Expander(source, held, depth).run())


@dataclass(slots=True)
class _Frame:
    """An open template: how many braces opened it, its parts so far in pieces, how many links are open in it."""

    braces: int
    parts: list[list[str]] = field(default_factory=lambda: [[]])
    links: int = 0


class _Expander:
    def __init__(self, source: str, held: Held, depth: int) -> None:
        self.source, self.held, self.depth = source, held, depth
        self.frames = [_Frame(0)]
        self.braces = 0
        self.unclosed: set[str] = set()

    def run(self) -> str:
        position = 0
        while match := _TOKEN.search(self.source, position):
            self._write(self.source[position : match.start()])
            position = self._take(match)
        self._write(self.source[position:])
        raw = ("{" * frame.braces + "|".join("".join(part) for part in frame.parts) for frame in self.frames)
        return "".join(raw)

    def _write(self, text: str) -> None:
        self.frames[-1].parts[-1].append(text)

    def _take(self, match: re.Match[str]) -> int:
        """Write what stands for ``match``; return where to go on."""
        text = match[0]
        if match["tag"]:
            return self._tag(match)
        if text.startswith("{"):
            self.frames.append(_Frame(len(text)))
            self.braces += len(text)
        elif text.startswith("}"):
            self._close(len(text))
        elif text == "|" and len(self.frames) > 1 and not self.frames[-1].links:
            self.frames[-1].parts.append([])
        elif "<!--" not in text:
            self.frames[-1].links = max(0, self.frames[-1].links + {"[[": 1, "]]": -1}.get(text, 0))
            self._write(text)
        return match.end()

    def _close(self, braces: int) -> None:
        while braces >= 2 and len(self.frames) > 1:
            frame = self.frames.pop()
            width = 3 if min(braces, frame.braces) >= 3 else 2
            shows = self._value(frame, width) if self.braces <= MOST_BRACES else GAP
            self.braces -= width
            braces -= width
            left = frame.braces - width
            if left >= 2:
                self.frames.append(_Frame(left))
            else:
                self._write("{" * left)
                self.braces -= left
            self._write(shows)
        self._write("}" * braces)

    def _value(self, frame: _Frame, width: int) -> str:
        parts = ["".join(part) for part in frame.parts]
        if width == 3:
            return parts[1] if len(parts) > 1 else GAP
        if parts[0].strip().lower() == "tmath" and len(parts) > 1:
            return _formula(parts[1].partition("=")[2] if parts[1].startswith("1=") else parts[1], "", self)
        value = shown(parts)
        return GAP if value is None else value

    def _tag(self, match: re.Match[str]) -> int:
        name = match["tag"].lower()
        end = -1 if ">" in self.unclosed else self.source.find(">", match.end())
        if end < 0:
            self.unclosed.add(">")
        elif name in TRANSPARENT:
            return end + 1
        elif not match["close"]:
            attributes = self.source[match.end() : end]
            if attributes.endswith("/"):
                self._write(self._extension(name, "", attributes[:-1]))
                return end + 1
            if close := self._closing(name, end + 1):
                self._write(self._extension(name, self.source[end + 1 : close[0]], attributes))
                return close[1]
        self._write(match[0])
        return match.end()

    def _closing(self, name: str, position: int) -> tuple[int, int] | None:
        if name in self.unclosed:
            return None
        if match := _CLOSING[name].search(self.source, position):
            return match.span()
        if name == "includeonly":
            return len(self.source), len(self.source)
        self.unclosed.add(name)
        return None

    def _extension(self, name: str, content: str, attributes: str) -> str:
        if name in SILENT or (not content and name != "nowiki") or self.depth > DEEPEST_TAGS:
            return GAP if name != "includeonly" else ""
        return _EXTENSIONS[name](content, attributes, self)


_NOWIKI, _NOWIKI_ENDS = re.compile("<nowiki>", re.IGNORECASE), re.compile("</nowiki>", re.IGNORECASE)


def _nowiki(content: str, _attributes: str, expander: _Expander) -> str:
    return expander.held.inline(escaped(content))


def _preformatted(content: str, _attributes: str, expander: _Expander) -> str:
    *closed, rest = _NOWIKI_ENDS.split(content)
    shown_as_is = "".join(
        _NOWIKI.sub("", part, count=1) if _NOWIKI.search(part) else f"{part}</nowiki>" for part in closed
    )
    code = escaped((shown_as_is + rest).removeprefix("\n"))
    return expander.held.block(f"<pre>{code}</pre>")


def _highlighted(content: str, attributes: str, expander: _Expander) -> str:
    language = re.search(r"""\blang\s*=\s*["']?([\w+#.-]+)""", attributes)
    classes = f"mw-highlight mw-highlight-lang-{language[1].lower() if language else 'text'}"
    if re.search(r"\binline\b", attributes):
        return expander.held.inline(f'<code class="{classes}">{literal(content.strip())}</code>')
    code = literal(content.strip("\n").rstrip())
    return expander.held.block(f'<div class="{classes}" dir="ltr"><pre>{code}</pre></div>')


def _formula(content: str, attributes: str, expander: _Expander) -> str:
    display = "block" if re.search(r"""\bdisplay\s*=\s*["']?block""", attributes) else "inline"
    annotation = f'<annotation encoding="application/x-tex">{literal(content.strip())}</annotation>'
    html = f'<math display="{display}"><semantics>{annotation}</semantics></math>'
    return expander.held.inline(f'<span class="mwe-math-element">{html}</span>')


def _chemistry(content: str, attributes: str, expander: _Expander) -> str:
    return _formula(f"\\ce{{{content.strip()}}}", attributes, expander)


def _poem(content: str, _attributes: str, expander: _Expander) -> str:
    lines = expanded(content, expander.held, expander.depth + 1).strip("\n").split("\n")
    verses = "<br />".join(re.sub(r"^ +", lambda blanks: "&nbsp;" * len(blanks[0]), line) for line in lines)
    return f'<div class="poem">\n{verses}\n</div>'


def _gallery(content: str, attributes: str, expander: _Expander) -> str:
    """Return the captions of a gallery as the list MediaWiki makes of them."""
    lines = (line.partition("|")[2] for line in expanded(content, expander.held, expander.depth + 1).split("\n"))
    captions = (re.sub(r"^(?:\s*(?:alt|link|page|lang)=[^|]*\|)*", "", line).strip() for line in lines)
    title = re.search(r"""\bcaption\s*=\s*(?:"([^"]*)"|'([^']*)')""", attributes)
    heading = f'<li class="gallerycaption">{title[1] or title[2]}</li>' if title else ""
    boxes = heading + "".join(
        f'<li class="gallerybox"><div class="gallerytext">{one}</div></li>' for one in captions if one
    )
    return f'<ul class="gallery">{boxes}</ul>' if boxes else GAP


_EXTENSIONS: dict[str, Callable[[str, str, _Expander], str]] = {
    "nowiki": _nowiki, "pre": _preformatted, "syntaxhighlight": _highlighted, "source": _highlighted,
    "math": _formula, "chem": _chemistry, "ce": _chemistry, "poem": _poem, "gallery": _gallery,
}  # fmt: skip
_NAMES = "|".join(sorted({*_EXTENSIONS, *SILENT, *TRANSPARENT}, key=len, reverse=True))
_TOKEN = re.compile(
    # A line of comments alone is no line.
    r"(?<=\n)(?>(?>[ \t]*<!--(?s:.*?)-->)+)[ \t]*\n|<!--(?s:.*?)(?:-->|\Z)"
    rf"|<(?P<close>/?)(?P<tag>{_NAMES})(?=[\s/>])|\{{{{2,}}|\}}{{2,}}|\[\[|\]\]|\|",
    re.IGNORECASE,
)
_CLOSING = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in (*_EXTENSIONS, *SILENT)}
_BETWEEN_ITEMS = re.compile(rf"(?m)^[ \t]*(?:{GAP}[ \t]*)+\n(?=[*#:;])")
_AT_START = re.compile(rf"(?m)^([*#:;]*+)[ \t]*(?:{GAP}[ \t]*)+(?:[,;\u2013\u2014-][ \t]+)?")
_BEFORE_MARK = re.compile(rf"(?:(?<=[^\s{GAP}])[ \t])?{GAP}[{GAP}]*+(?=[ ,.;:!?)\]]|$)", re.MULTILINE)
_BRACKETS = re.compile(r"(?P<blank>(?<!\s)[ ]|)\((?P<content>[^()\n]*)\)")
# Words that change with the script or country: https://www.mediawiki.org/wiki/Writing_systems/Syntax
_CONVERTED = re.compile(r"-\{(?:([A-Z]?[^{}|\n]{0,20})\|)?([^{}\n]*)\}-")
_VARIANT = re.compile(r"\s*[a-z]{2,3}(?:-[a-z]+)?\s*:([^;]*)")


def _without_gaps(text: str) -> str:
    """Return ``text`` without the gaps that templates left, and without the blanks and marks that only held them."""
    if "-{" in text:
        text = _CONVERTED.sub(_converted, text)
    if GAP not in text:
        return text
    text = _BRACKETS.sub(_bracketed, text)
    text = _AT_START.sub(r"\1", _BETWEEN_ITEMS.sub("", text))
    return _BEFORE_MARK.sub("", text).replace(GAP, "")


def _converted(match: re.Match[str]) -> str:
    """Return the first of a word's variants; what only sets a rule or the title shows nothing."""
    if match[1] and match[1].strip() in {"H", "T", "-"}:
        return ""
    variant = _VARIANT.match(match[2])
    return variant[1].strip() if variant else match[2]


def _bracketed(match: re.Match[str]) -> str:
    if GAP not in match["content"]:
        return match[0]
    content = match["content"].replace(GAP, "").strip(" \t,;:/")
    content = re.sub(r"([,;])(?:\s*[,;])+", r"\1", content)
    return f"{match['blank']}({content})" if content else ""
