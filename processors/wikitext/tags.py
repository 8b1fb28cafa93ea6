"""HTML within wikitext: the elements MediaWiki allows stay, whatever else looks like a tag becomes text."""

import re

from processors.wikitext.held import escaped, without_marks

# Elements allowed in wikitext: https://www.mediawiki.org/wiki/Help:HTML_in_wikitext
ALONE = frozenset({"br", "hr", "wbr"})
# Elements of metadata, which show nothing, by the attributes that make them such.
UNSEEN = {name: re.compile(r"\b(?:itemprop|property|rel)\s*=", re.IGNORECASE) for name in ("link", "meta")}
# Their end tags may be left out: they close one another and so never nest without end.
ENDLESS = frozenset({"caption", "dd", "dt", "li", "p", "rb", "rp", "rt", "rtc", "td", "th", "tr"})
PAIRED = ENDLESS | frozenset({
    "abbr", "b", "bdi", "bdo", "big", "blockquote", "center", "cite", "code", "data", "del", "dfn", "div", "dl", "em",
    "font", "h1", "h2", "h3", "h4", "h5", "h6", "i", "ins", "kbd", "mark", "ol", "pre", "q", "ruby", "s", "samp",
    "small", "span", "strike", "strong", "sub", "sup", "table", "time", "tt", "u", "ul", "var",
})  # fmt: skip
# Attributes that tell a reader of the text something; links, styles and scripts are not needed and not kept.
KEPT = re.compile(
    r"""(?<![\w-])(class|colspan|dir|lang|reversed|rowspan|start|value)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""",
    re.IGNORECASE,
)
_NOT_PLAIN = re.compile(r"[^\w.:-]+")
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][^\s/<>]*+)(?P<attributes>[^<>]*)>")
# Deeper than any page nests, and shallow enough for every reader of the tree.
DEEPEST = 60


def cleaned(text: str) -> str:
    """Return wikitext whose only tags are allowed ones, with few attributes, not nested beyond ``DEEPEST``."""
    tags = _Tags()
    pieces: list[str] = []
    position = 0
    for match in _TAG.finditer(text):
        html = tags.spelt(match)
        if html is not None:
            pieces += escaped(text[position : match.start()]), html
            position = match.end()
    return "".join((*pieces, escaped(text[position:])))


def attributes(source: str) -> str:
    """Return the attributes of ``source`` that are kept, each with a space before it, safe to stand in a tag."""
    if not source:
        return ""
    found = {match[1].lower(): _NOT_PLAIN.sub(" ", match[2]).strip() for match in KEPT.finditer(without_marks(source))}
    return "".join(f' {name}="{value}"' for name, value in found.items())


class _Tags:
    def __init__(self) -> None:
        self.opened: dict[str, int] = {}
        self.depth = 0

    def spelt(self, match: re.Match[str]) -> str | None:
        """Return the tag as HTML, empty where it is dropped, None where it is no tag but text."""
        name = match["name"].lower()
        if name in UNSEEN and UNSEEN[name].search(match["attributes"]):
            return ""
        if name in ALONE:
            return f"<{name} />"
        if name not in PAIRED or "\x02" in name:
            return None
        return self._end(name) if match["close"] else self._start(name, match["attributes"])

    def _start(self, name: str, source: str) -> str:
        html = f"<{name}{attributes(source)}>"
        if source.rstrip().endswith("/"):
            return f"{html}</{name}>"
        if name in ENDLESS:
            return html
        self.depth += 1
        self.opened[name] = self.opened.get(name, 0) + 1
        return html if self.depth <= DEEPEST else ""

    def _end(self, name: str) -> str:
        if name in ENDLESS:
            return f"</{name}>"
        if not self.opened.get(name):
            return ""
        self.opened[name] -= 1
        self.depth -= 1
        return f"</{name}>" if self.depth < DEEPEST else ""
