r"""The author's own macros put in their place: ``\newcommand``, ``\def``, ``\let``, ``\DeclareMathOperator``.

A stack of tokens is read as TeX reads, so a definition holds from where it stands. Nothing else of TeX is executed:
no conditionals, no counters, no files.
"""

import re
from collections.abc import Sequence

from processors.latex.symbols import KNOWN

MAX_EXPANDED_CHARS = 4 * 1024 * 1024  # put in for macros, in all
MAX_ARGUMENT_TOKENS = 50_000  # a brace that is never closed must not swallow the paper

TOKEN = re.compile(r"\\[A-Za-z@]+|\\.|#\d|[{}#]|[ \t\n]+|\\|[^\\{}# \t\n]+", re.DOTALL)
WORD = re.compile(r"\\[A-Za-z@]+")
DEFINES = frozenset((
    r"\newcommand", r"\renewcommand", r"\providecommand", r"\DeclareRobustCommand", r"\DeclareMathOperator",
    r"\newrobustcmd", r"\NewDocumentCommand", r"\RenewDocumentCommand", r"\def", r"\gdef", r"\edef", r"\xdef", r"\let",
))  # fmt: skip
PREFIXES = frozenset((r"\long", r"\global", r"\protected", r"\outer"))
END = "\ue104"  # before a macro's name: its expansion ends here

MAX_NESTING = 100  # of macros in macros


class EndlessMacros(Exception):
    """The macros expand to more than any paper holds."""


class Macro:
    """What a macro stands for: ``body`` tokens with ``#1`` to ``#n``; ``default`` of the first argument, if any."""

    def __init__(self, body: Sequence[str], arguments: int = 0, default: Sequence[str] | None = None) -> None:
        """Take the replacement."""
        self.body, self.arguments, self.default = tuple(body), arguments, default


def expanded(source: str) -> str:
    """Return ``source`` with the macros that it defines put in and their definitions taken out.

    Raises:
        EndlessMacros: as the class says; a macro that names itself is left as it stands inside its own expansion.
    """
    return _Expansion(source).run()


class _Expansion:
    def __init__(self, source: str) -> None:
        self.stack = _tokens(source)[::-1]
        self.macros: dict[str, Macro] = {}
        self.active: list[str] = []
        self.left_chars = MAX_EXPANDED_CHARS
        self.out: list[str] = []

    def run(self) -> str:
        while self.stack:
            piece = self.stack.pop()
            if piece.startswith(END):
                self.active.remove(piece[1:])
            elif piece in DEFINES:
                self._define(piece)
            elif piece in self.macros and piece not in self.active:
                self._expand(piece, self.macros[piece])
            elif piece not in PREFIXES:
                self._write(piece)
        return "".join(self.out)

    def _write(self, piece: str) -> None:
        if self.out and piece[:1].isalpha() and WORD.fullmatch(self.out[-1]):
            self.out.append(" ")
        self.out.append(piece)

    def _expand(self, name: str, macro: Macro) -> None:
        arguments: list[Sequence[str]] = []
        if macro.default is not None:
            given = self._bracketed()
            arguments.append(macro.default if given is None else given)
        while len(arguments) < macro.arguments:
            arguments.append(self._argument())
        tokens = [part for piece in macro.body for part in _filled(piece, arguments)]
        self._spend(sum(map(len, tokens)) + 1)
        if len(self.active) >= MAX_NESTING:
            raise EndlessMacros
        self.active.append(name)
        self.stack.append(END + name)
        self.stack.extend(reversed(tokens))

    def _spend(self, chars: int) -> None:
        self.left_chars -= chars
        if self.left_chars < 0:
            raise EndlessMacros

    def _define(self, how: str) -> None:
        self._skip("*")
        name = next(iter(self._argument()), "")
        if how in {r"\def", r"\gdef", r"\edef", r"\xdef"}:
            macro = self._defined()
        elif how == r"\let":
            self._skip("=")
            meant = self._argument()
            macro = self.macros.get(meant[0], Macro(meant)) if meant else None
        elif "Document" in how:
            kinds = "".join(self._argument()).split()
            body = self._argument()
            macro = Macro(body, len(kinds)) if set("".join(kinds)) <= {"m"} else None
        elif how == r"\DeclareMathOperator":
            macro = Macro((r"\operatorname", "{", *self._argument(), "}"))
        else:
            macro = self._commanded()
        if macro and WORD.fullmatch(name) and name[1:] not in KNOWN and not any("@" in piece for piece in macro.body):
            self.macros[name] = macro

    def _commanded(self) -> Macro:
        count = "".join(self._bracketed() or ())
        default = self._bracketed()
        return Macro(self._argument(), int(count) if re.fullmatch("[1-9]", count) else 0, default)

    def _defined(self) -> Macro | None:
        pattern: list[str] = []
        while self.stack and self.stack[-1] != "{" and len(pattern) < 20:
            pattern.append(self.stack.pop())
        written = "".join(pattern).strip()
        body = self._argument() if self.stack and self.stack[-1] == "{" else ()
        simple = written == "".join(f"#{n + 1}" for n in range(len(written) // 2))
        return Macro(body, len(written) // 2) if simple else None

    def _skip(self, sign: str) -> None:
        self._spaces()
        if self.stack and self.stack[-1].startswith(sign):
            rest = self.stack.pop()[1:]
            if rest:
                self.stack.append(rest)

    def _spaces(self) -> None:
        while self.stack and (self.stack[-1].isspace() or self.stack[-1].startswith(END)):
            piece = self.stack.pop()
            if piece.startswith(END):
                self.active.remove(piece[1:])

    def _argument(self) -> Sequence[str]:
        """Return the tokens of the group that comes next, else the next token or character."""
        self._spaces()
        if not self.stack or self.stack[-1] == "}":
            return ()
        piece = self.stack.pop()
        if piece == "{":
            return self._until("}")
        if len(piece) > 1 and not piece.startswith(("\\", "#")):
            self.stack.append(piece[1:])
        return (piece if piece.startswith(("\\", "#")) else piece[:1],)

    def _bracketed(self) -> Sequence[str] | None:
        """Return the tokens of the option that comes next, None where there is none."""
        self._spaces()
        if not self.stack or not self.stack[-1].startswith("["):
            return None
        self._skip("[")
        return self._until("]")

    def _until(self, end: str) -> list[str]:
        found: list[str] = []
        depth = 0
        while self.stack and len(found) < MAX_ARGUMENT_TOKENS:
            piece = self.stack.pop()
            if piece.startswith(END):
                self.active.remove(piece[1:])
                continue
            if depth == 0 and end in piece and not piece.startswith("\\"):
                before, _, after = piece.partition(end)
                found.extend([before] if before else ())
                self.stack.extend([after] if after else ())
                return found
            depth += (piece == "{") - (piece == "}")
            if depth < 0:
                break
            found.append(piece)
        self._spend(len(found))
        self.stack.extend(reversed(found))
        return []


def _filled(piece: str, arguments: Sequence[Sequence[str]]) -> Sequence[str]:
    if len(piece) != 2 or not piece.startswith("#") or not "1" <= piece[1] <= "9":
        return (piece,)
    place = int(piece[1]) - 1
    return arguments[place] if place < len(arguments) else ()


def _tokens(source: str) -> list[str]:
    return TOKEN.findall(source)
