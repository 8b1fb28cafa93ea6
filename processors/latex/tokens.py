"""The tokens of a LaTeX source and which of them close each other, found in one pass whatever the nesting."""

import re
from collections import defaultdict
from typing import NamedTuple

TOKEN = re.compile(
    r"\ue100\d+\ue101|\\(?:begin|end)[ \t]*\{[^{}\\\n]*\}|\\[A-Za-z@]+\*?|\\.|\$\$"
    r"|[\[\]{}$&~\\]|\s+|[^\s\\\[\]{}$&~\ue100]+|.",
    re.DOTALL,
)
BOUNDARY = re.compile(r"\\(begin|end)[ \t]*\{([^{}\\\n]*)\}")
PAIRED = frozenset(("$", "$$", "[", "]", r"\(", r"\)", r"\[", r"\]"))
CLOSES = {r"\)": r"\(", r"\]": r"\["}


class Span(NamedTuple):
    """Tokens ``start`` to ``end`` (exclusive) are the content; ``after`` is the first token behind all of it."""

    start: int
    end: int
    after: int


class Tokens:
    """The tokens of one source; ``partner`` maps each opening one (brace, ``[``, ``$``, begin) to its closing one."""

    def __init__(self, source: str) -> None:
        """Split ``source`` and pair its tokens."""
        self.all: list[str] = TOKEN.findall(source)
        self.partner: dict[int, int] = _partners(self.all)

    def raw(self, start: int, end: int) -> str:
        """Return the source of tokens ``start`` to ``end`` (exclusive)."""
        return "".join(self.all[start:end])

    def environment(self, at: int) -> str | None:
        """Return the name of the environment that begins at ``at``, None where none does."""
        found = BOUNDARY.fullmatch(self.all[at])
        return found[2].strip() if found and found[1] == "begin" else None

    def closing(self, at: int, end: int) -> int | None:
        """Return where what opens at ``at`` closes before ``end``."""
        found = self.partner.get(at)
        return found if found is not None and found < end else None

    def argument(self, at: int, end: int) -> Span:
        """Return the argument that comes at ``at``: a group or one token; at a paragraph's end there is none."""
        start = self.skip_space(at, end)
        if start >= end or self.all[start].isspace() or self.all[start] in {"}", "&"}:
            return Span(at, at, at)
        close = self.closing(start, end)
        if self.all[start] == "{" and close is not None:
            return Span(start + 1, close, close + 1)
        if close is not None:
            return Span(start, close + 1, close + 1)
        return Span(start, start + 1, start + 1)

    def option(self, at: int, end: int) -> Span | None:
        """Return the option in ``[...]`` that comes at ``at``, None where there is none."""
        start = self.skip_space(at, end)
        close = self.closing(start, end) if start < end and self.all[start] == "[" else None
        return None if close is None else Span(start + 1, close, close + 1)

    def after_options(self, at: int, end: int) -> int:
        """Return the first token after any options at ``at``."""
        while (option := self.option(at, end)) is not None:
            at = option.after
        return at

    def skip_space(self, at: int, end: int) -> int:
        """Return the first token from ``at`` that is no white space within a paragraph."""
        while at < end and self.all[at].isspace() and self.all[at].count("\n") < 2:
            at += 1
        return at


def _partners(tokens: list[str]) -> dict[int, int]:
    partner: dict[int, int] = {}
    braces: list[int] = []
    inner: list[tuple[int, int]] = []  # what opens inside a group closes inside it: place, depth of braces
    begun: defaultdict[str, list[int]] = defaultdict(list)
    for at, piece in enumerate(tokens):
        if piece == "{":
            braces.append(at)
        elif piece == "}" and braces:
            while inner and inner[-1][1] >= len(braces):
                inner.pop()
            partner[braces.pop()] = at
        elif piece in PAIRED:
            _pair_inner(tokens, at, len(braces), inner, partner)
        elif piece.isspace() and piece.count("\n") > 1:
            inner.clear()  # neither a formula nor an option goes on in the next paragraph
        else:
            _pair_environment(piece, at, begun, partner)
    return partner


def _pair_environment(piece: str, at: int, begun: defaultdict[str, list[int]], partner: dict[int, int]) -> None:
    found = BOUNDARY.fullmatch(piece)
    if found and found[1] == "begin":
        begun[found[2].strip()].append(at)
    elif found and begun[found[2].strip()]:
        partner[begun[found[2].strip()].pop()] = at


def _pair_inner(tokens: list[str], at: int, depth: int, inner: list[tuple[int, int]], partner: dict[int, int]) -> None:
    piece = tokens[at]
    opens = {"]": "[", **CLOSES}.get(piece, piece)
    if piece in {"$", "$$", *CLOSES}:  # formulas: what was open inside them stays open
        place = next(
            (n for n in range(len(inner) - 1, max(-1, len(inner) - 20), -1) if tokens[inner[n][0]] == opens), -1
        )
        if place >= 0 and inner[place][1] == depth:
            partner[inner[place][0]] = at
            del inner[place:]
            return
    elif piece == "]" and inner and tokens[inner[-1][0]] == "[" and inner[-1][1] == depth:
        partner[inner.pop()[0]] = at
        return
    if piece not in {"]", *CLOSES}:
        inner.append((at, depth))
