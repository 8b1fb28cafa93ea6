"""The tokens of a paper to Markdown: text, emphasis, formulas, headings; blocks are written by ``blocks``.

Whatever must not be touched again (formulas, code, tables, lists) is set aside in ``Source.kept``.
"""

import re
from collections.abc import Callable, Mapping

from processors.latex import blocks, math
from processors.latex.numbers import Numbers, reference
from processors.latex.source import Source
from processors.latex.symbols import (
    CHARACTERS,
    CITATIONS,
    DROPPED,
    EMPHASIS,
    REFERENCES,
    RUN_IN,
    SECTIONS,
    SWITCHES,
    TEXTUAL,
    symbol,
)
from processors.latex.tokens import Tokens

MAX_DEPTH = 60  # of groups in groups; deeper is no text
KEPT = re.compile("\ue100(\\d+)\ue101")
LIGATURES = (("---", "\u2014"), ("--", "\u2013"), ("``", "\u201c"), ("''", "\u201d"), ("`", "'"))


class Writer:
    """Writes one paper; ``title`` and ``abstract`` are filled when they are met."""

    def __init__(self, source: Source, tokens: Tokens, numbers: Numbers, *, has_chapters: bool) -> None:
        """Take the tokens and where to keep what is set aside."""
        self.source, self.tokens, self.numbers = source, tokens, numbers
        self.theorems: dict[str, tuple[str, str | None]] = {}
        self.title, self.abstract = "", ""
        self.float_kind: str | None = None
        self.depth = 0
        self.top = 2 if not has_chapters else 1

    def write(self, start: int, end: int) -> str:
        """Return the Markdown of tokens ``start`` to ``end``: paragraphs with blank lines between, marks in place."""
        if self.depth >= MAX_DEPTH:
            return ""
        self.depth += 1
        parts: list[str] = []
        at = start
        while at < end:
            part, at = self._next(at, end)
            parts.append(part)
        self.depth -= 1
        return "".join(parts)

    def line(self, start: int, end: int) -> str:
        """Return tokens ``start`` to ``end`` as one line, finished."""
        return " ".join(self.finished(self.write(start, end)).split())

    def finished(self, text: str) -> str:
        """Return ``text`` with even white space and all that was set aside put back."""
        paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n[ \t]*\n\s*", text))
        joined = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
        return self.restored(joined)

    def block(self, text: str) -> str:
        """Return ``text``, a finished block, set aside between blank lines."""
        return f"\n\n{self.source.keep(text)}\n\n" if text.strip() else "\n\n"

    def restored(self, text: str) -> str:
        """Return ``text`` as it is, with what was set aside put back."""
        return KEPT.sub(lambda mark: self._kept(int(mark[1])), text)

    def _kept(self, number: int) -> str:
        return self.source.kept[number] if number < len(self.source.kept) else ""

    def _next(self, at: int, end: int) -> tuple[str, int]:
        piece = self.tokens.all[at]
        if piece == "{":
            return self._group(at, end)
        if piece in {"$", "$$", r"\(", r"\["}:
            return self._formula(at, end)
        if (name := self.tokens.environment(at)) is not None:
            return blocks.environment(self, name, at, end)
        if piece.startswith("\\"):
            return self._command(piece[1:].rstrip("*") or piece[1:], piece.endswith("*"), at, end)
        if piece in {"}", "&"}:
            return " " if piece == "&" else "", at + 1
        return _typeset(piece), at + 1

    def _formula(self, at: int, end: int) -> tuple[str, int]:
        close = self.tokens.closing(at, end)
        if close is None:
            return "", at + 1
        tex = self.restored(self.tokens.raw(at + 1, close))
        if self.tokens.all[at] in {"$$", r"\["}:
            return self.block(math.display(tex)), close + 1
        return self.source.keep(math.inline(tex)), close + 1

    def _group(self, at: int, end: int) -> tuple[str, int]:
        close = self.tokens.closing(at, end)
        if close is None:
            return "", at + 1
        first = self.tokens.skip_space(at + 1, close)
        switch = SWITCHES.get(self.tokens.all[first][1:]) if first < close else None
        text = self.write(at + 1, close)
        return _emphasised(text, switch) if switch else text, close + 1

    def _command(self, name: str, starred: bool, at: int, end: int) -> tuple[str, int]:  # noqa: FBT001 - what was read
        after = at + 1
        if name in SECTIONS:
            return self._heading(name, after, end, starred=starred)
        if name in EMPHASIS or name in RUN_IN:
            argument = self.tokens.argument(after, end)
            text = _emphasised(self.write(*argument[:2]), EMPHASIS.get(name, "**"))
            return (f"\n\n{text} " if name in RUN_IN else text), argument.after
        if name in CITATIONS or name in REFERENCES:
            return self._reference(name, after, end)
        if name in SPECIAL:
            return SPECIAL[name](self, after, end)
        return self._other(name, after, end)

    def _other(self, name: str, at: int, end: int) -> tuple[str, int]:
        """Return a symbol; of any other command its options go, and as many arguments as are known to be no text."""
        if name in CHARACTERS:
            return CHARACTERS[name], self.tokens.after_options(at, end) if name == "\\" else at
        if name not in DROPPED and (sign := symbol(name)) is not None:
            eats_space = name.isalpha() and len(sign) == 1
            return sign, self.tokens.skip_space(at, end) if eats_space else at
        at = self.tokens.after_options(at, end)
        for _ in range(DROPPED.get(name, 0)):
            at = self.tokens.after_options(self.tokens.argument(at, end).after, end)
        return "", at

    def _heading(self, name: str, at: int, end: int, *, starred: bool) -> tuple[str, int]:
        argument = self.tokens.argument(self.tokens.after_options(at, end), end)
        text = self.line(*argument[:2])
        if not starred:
            self.numbers.step(name)
        level = max(2, SECTIONS.index(name) - 2 + (2 if self.top == 2 else 3))
        return self.block(f"{'#' * min(level, 6)} {text}") if text else "\n\n", argument.after

    def _reference(self, name: str, at: int, end: int) -> tuple[str, int]:
        argument = self.tokens.argument(self.tokens.after_options(at, end), end)
        keys = self.tokens.raw(*argument[:2])
        if name in CITATIONS:
            name = "citet" if name in TEXTUAL else "cite"
        return reference(name, keys), argument.after


def _typeset(piece: str) -> str:
    if piece == "~":
        return " "
    for written, printed in LIGATURES:
        piece = piece.replace(written, printed)
    return piece


def _emphasised(text: str, mark: str) -> str:
    inner = text.strip()
    if not inner or "\n\n" in inner or "\ue100" in inner[:1] or inner.startswith(("*", "\ue105")):
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{inner}{mark}{after}"


def _label(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(at, end)
    writer.numbers.label(writer.tokens.raw(*argument[:2]))
    return "", argument.after


def _caption(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(writer.tokens.after_options(at, end), end)
    return blocks.caption(writer, *argument[:2], writer.float_kind), argument.after


def _rule(writer: Writer, at: int, end: int) -> tuple[str, int]:
    at = writer.tokens.skip_space(at, end)
    if at < end and writer.tokens.all[at].startswith("("):  # how the rule is trimmed
        at += 1
    return "", writer.tokens.argument(at, end).after


def _title(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(writer.tokens.after_options(at, end), end)
    writer.title = writer.title or writer.line(*argument[:2])
    return "", argument.after


def _abstract(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(at, end)
    writer.abstract = writer.abstract or writer.write(*argument[:2])
    return "", argument.after


def _footnote(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(writer.tokens.after_options(at, end), end)
    text = " ".join(writer.write(*argument[:2]).split())
    return f" ({text})" if text else "", argument.after


def _link(writer: Writer, at: int, end: int) -> tuple[str, int]:
    address = writer.tokens.argument(at, end)
    shown = writer.tokens.argument(address.after, end)
    text, target = writer.write(*shown[:2]), _address(writer, *address[:2])
    return f"[{text.strip()}]({writer.source.keep(target)})" if text.strip() and target else text, shown.after


def _url(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(at, end)
    return writer.source.keep(_address(writer, *argument[:2])), argument.after


def _ensured(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(at, end)
    tex = writer.restored(writer.tokens.raw(*argument[:2]))
    return writer.source.keep(math.inline(tex)), argument.after


def _address(writer: Writer, start: int, end: int) -> str:
    return re.sub(r"\\([%#&_~{}$])|\s+", lambda found: found[1] or "", writer.tokens.raw(start, end))


def _code(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(at, end)
    text = writer.write(*argument[:2]).strip()
    return f"`{text}`" if text and "`" not in text and "\n" not in text and "$" not in text else text, argument.after


def _raised(writer: Writer, at: int, end: int) -> tuple[str, int]:
    return _script(writer, "^", at, end)


def _lowered(writer: Writer, at: int, end: int) -> tuple[str, int]:
    return _script(writer, "_", at, end)


def _script(writer: Writer, sign: str, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(at, end)
    text = writer.line(*argument[:2])
    is_plain = bool(re.fullmatch(r"[\w+-]{1,20}", text))
    return writer.source.keep(f"${sign}{{{text}}}$") if is_plain else text, argument.after


def _quoted(writer: Writer, at: int, end: int) -> tuple[str, int]:
    argument = writer.tokens.argument(at, end)
    return f"“{writer.write(*argument[:2])}”", argument.after


def _newtheorem(writer: Writer, at: int, end: int) -> tuple[str, int]:
    r"""Read ``\newtheorem{env}[shared]{Name}[within]``."""
    tokens = writer.tokens
    name = tokens.argument(at, end)
    shared = tokens.option(name.after, end)
    printed = tokens.argument(shared.after if shared else name.after, end)
    within = tokens.option(printed.after, end)
    environment = tokens.raw(*name[:2]).strip()
    counter = tokens.raw(*shared[:2]).strip() if shared else environment
    numbered = None if tokens.all[at - 1].endswith("*") else counter
    writer.theorems[environment] = (writer.line(*printed[:2]), numbered)
    if within:
        writer.numbers.within[counter] = tokens.raw(*within[:2]).strip()
    return "", within.after if within else printed.after


def _numberwithin(writer: Writer, at: int, end: int) -> tuple[str, int]:
    inner = writer.tokens.argument(at, end)
    outer = writer.tokens.argument(inner.after, end)
    writer.numbers.within[writer.tokens.raw(*inner[:2])] = writer.tokens.raw(*outer[:2])
    return "", outer.after


def _appendix(writer: Writer, at: int, _end: int) -> tuple[str, int]:
    writer.numbers.start_appendix()
    return "", at


def _quantity(writer: Writer, at: int, end: int) -> tuple[str, int]:
    number = writer.tokens.argument(writer.tokens.after_options(at, end), end)
    unit = writer.tokens.argument(number.after, end)
    names = re.sub(r"\\([A-Za-z]+)", r" \1", writer.tokens.raw(*unit[:2]))
    return f"{writer.line(*number[:2])} {' '.join(names.split())}", unit.after


Special = Callable[[Writer, int, int], tuple[str, int]]
SPECIAL: Mapping[str, Special] = {
    "label": _label, "ensuremath": _ensured, "caption": _caption, "cmidrule": _rule, "title": _title, "icmltitle":
    _title, "abstract": _abstract,
    "footnote": _footnote, "footnotetext": _footnote, "href": _link, "url": _url, "nolinkurl": _url, "path": _url,
    "texttt": _code,
    "code": _code, "textsuperscript": _raised, "textsubscript": _lowered, "enquote": _quoted, "newtheorem":
    _newtheorem, "numberwithin": _numberwithin,
    "appendix": _appendix, "SI": _quantity, "qty": _quantity,
}  # fmt: skip
