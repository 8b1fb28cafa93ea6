"""Lists, paragraphs and indented code of wikitext, line by line, as HTML.

The rules are those MediaWiki shows at https://www.mediawiki.org/wiki/Help:Formatting and Help:Lists: ``*``, ``#``,
``:`` and ``;`` at a line's start make lists, a space makes code, an empty line ends a paragraph, block elements stand
outside paragraphs.
"""

import re

_LISTS = {"*": "ul", "#": "ol", ":": "dl", ";": "dl"}
_ITEMS = {"*": "li", "#": "li", ":": "dd", ";": "dt"}
_PREFIX = re.compile(r"[*#:;]*")
# No page nests lists deeper than this; readers of the tree recurse. Further marks are dropped.
DEEPEST = 30
# Tags that end a paragraph: after the first kind no paragraph begins until one of the second kind.
_OPENING = re.compile(
    r"<(?:(?:table|h[1-6]|pre|p|ul|ol|dl)|/(?:td|th)|/?(?:tr|caption|dt|dd|li))(?![\w-])", re.IGNORECASE
)
_CLOSING = re.compile(
    r"\x02b|<(?:/(?:table|h[1-6]|pre|p|ul|ol|dl)|(?:td|th)|/?(?:center|blockquote|div|hr|figure))(?![\w-])",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"<(/?)blockquote[\s>]", re.IGNORECASE)
_CODE_START, _CODE_END = re.compile(r"<pre(?![\w-])", re.IGNORECASE), re.compile(r"</pre", re.IGNORECASE)
_COLON_OR_TAG = re.compile(r":|<(/?)([a-z0-9]+)[^<>]*>")


def with_blocks(text: str) -> str:
    """Return ``text`` with its lines in lists, paragraphs and ``<pre>``; lines of block elements are as they were."""
    writer = _Writer()
    for line in text.split("\n"):
        writer.write(line)
    return writer.finish()


class _Writer:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.lists = ""  # the kinds of the open lists, outermost first; a term's list is ":"
        self.in_term = False
        self.paragraph = ""  # "p" or "pre" where one is open
        self.pending = ""  # what an empty line promised, should text follow
        self.in_block = self.in_code = self.in_quote = False

    def write(self, line: str) -> None:
        prefix = "" if self.in_code or not line or line[0] not in _LISTS else _prefix(line)
        if prefix:
            self._item(prefix, line.lstrip("*#:;") if len(prefix) == DEEPEST else line[len(prefix) :])
            return
        if self.lists:
            self._close_lists(0)
            self.pieces.append("\n")
        self._line(line)

    def finish(self) -> str:
        self._close_lists(0)
        self._close_paragraph()
        return "".join(self.pieces)

    def _item(self, prefix: str, text: str) -> None:
        self.pending = ""
        self._move_to(prefix)
        if prefix[-1] == ";":
            term, colon, definition = _split_at_colon(text)
            if colon:
                self.pieces.append(term.strip())
                self._next_item(":")
                text = definition
        if _CODE_START.search(text) and not _CODE_END.search(text):
            self.in_code = True
        self.pieces.append(text.strip())

    def _move_to(self, prefix: str) -> None:
        kinds = prefix.replace(";", ":")
        if kinds == self.lists:
            self._next_item(prefix[-1])
            return
        shared = _shared(kinds, self.lists)
        continued = bool(self.lists)
        self._close_lists(shared)
        if shared and (len(prefix) == shared or (self.in_term and prefix[shared - 1] == ":")):
            self._next_item(prefix[shared - 1])
        if continued and len(prefix) > shared:
            self.pieces.append("\n")
        for mark in prefix[shared:]:
            self._close_paragraph()
            self.pieces.append(f"<{_LISTS[mark]}><{_ITEMS[mark]}>")
            self.in_term = mark == ";"
        self.lists = kinds

    def _next_item(self, mark: str) -> None:
        last = "dt" if self.in_term else "dd"
        self.pieces.append(f"</{'li' if mark in '*#' else last}>\n<{_ITEMS[mark]}>")
        self.in_term = mark == ";"

    def _close_lists(self, kept: int) -> None:
        for mark in reversed(self.lists[kept:]):
            item = "dt" if mark == ":" and self.in_term else _ITEMS[mark]
            self.pieces.append(f"</{item}></{_LISTS[mark]}>")
            self.in_term = self.in_term and mark != ":"
        self.lists = self.lists[:kept]

    def _line(self, line: str) -> None:
        code_starts, code_ends = _CODE_START.search(line), _CODE_END.search(line)
        closing = _CLOSING.search(line)
        if closing or _OPENING.search(line):
            self._block(line, bool(code_starts), bool(closing))
            self.in_code = bool(code_starts or self.in_code) and not code_ends
        elif not self.in_block and not self.in_code:
            line = self._text(line)
        if code_ends:
            self.in_code = False
        if not self.pending:
            self.pieces.append(f"{line}\n")

    def _block(self, line: str, code_starts: bool, closing: bool) -> None:  # noqa: FBT001 - what was found in the line
        self.pending = ""
        if not self.in_code or code_starts:
            self._close_paragraph()
        for match in _QUOTE.finditer(line):
            self.in_quote = not match[1]
        self.in_block = not closing

    def _text(self, line: str) -> str:
        is_empty = not line.strip()
        if line.startswith(" ") and not self.in_quote and (self.paragraph == "pre" or not is_empty):
            if self.paragraph != "pre":
                self._open("pre")
            return line[1:]
        if is_empty:
            self._empty_line()
        elif self.pending:
            self.pieces.append(self.pending)
            self.paragraph, self.pending = "p", ""
        elif self.paragraph != "p":
            self._open("p")
        return line

    def _empty_line(self) -> None:
        if self.pending:
            self.pieces.append(f"{self.pending}<br />")
            self.paragraph, self.pending = "p", ""
        elif self.paragraph == "p":
            self.pending = "</p><p>"
        else:
            self._close_paragraph()
            self.pending = "<p>"

    def _open(self, name: str) -> None:
        self._close_paragraph()
        self.pending = ""
        self.pieces.append(f"<{name}>")
        self.paragraph = name

    def _close_paragraph(self) -> None:
        if self.paragraph:
            self.pieces.append(f"</{self.paragraph}>\n")
        self.paragraph = ""


def _prefix(line: str) -> str:
    match = _PREFIX.match(line)
    return match[0][:DEEPEST] if match else ""


def _shared(one: str, other: str) -> int:
    length = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        length += 1
    return length


def _split_at_colon(text: str) -> tuple[str, str, str]:
    """Return term, colon and definition; a colon within an element is none."""
    depth = 0
    for match in _COLON_OR_TAG.finditer(text):
        if match[2]:
            depth += 0 if match[2] in {"br", "hr", "wbr"} else -1 if match[1] else 1
        elif depth <= 0:
            return text[: match.start()], ":", text[match.end() :]
    return text, "", ""
