"""The environments of LaTeX as blocks of Markdown: lists, quotes, tables, captions, theorems, algorithms, formulas."""

import re
from collections.abc import Iterator
from typing import Protocol

from processors.latex import math
from processors.latex.numbers import Numbers
from processors.latex.symbols import (
    ALIGNED,
    DROPPED_ENVIRONMENTS,
    ENVIRONMENT_ARGUMENTS,
    EQUATIONS,
    FLOATS,
    LISTS,
    QUOTES,
    TABLE_FLOATS,
    TABLES,
    THEOREMS,
)
from processors.latex.tokens import Tokens

MAX_SPAN = 50  # columns that one cell may cover
CODE = re.compile("\ue100(\\d+)\ue101")
# Commands of the packages algorithmic and algpseudocode: what is written for them, and how the indentation changes.
STEPS = {
    "state": ("", 0), "statex": ("", 0), "require": ("Require:", 0), "ensure": ("Ensure:", 0), "input": ("Input:", 0),
    "output": ("Output:", 0), "if": ("if", 1), "elsif": ("else if", 1), "elseif": ("else if", 1), "else": ("else", 1),
    "endif": ("", -1), "for": ("for", 1), "forall": ("for all", 1), "endfor": ("", -1), "while": ("while", 1),
    "endwhile": ("", -1), "repeat": ("repeat", 1), "until": ("until", -1), "loop": ("loop", 1), "endloop": ("", -1),
    "function": ("function", 1), "endfunction": ("", -1), "procedure": ("procedure", 1), "endprocedure": ("", -1),
    "return": ("return", 0), "print": ("print", 0),
}  # fmt: skip


class Writes(Protocol):
    """What a block needs of the one that writes the text in it."""

    tokens: Tokens
    numbers: Numbers
    theorems: dict[str, tuple[str, str | None]]
    abstract: str
    float_kind: str | None

    def write(self, start: int, end: int) -> str:
        """Return text with marks."""

    def line(self, start: int, end: int) -> str:
        """Return one finished line."""

    def finished(self, text: str) -> str:
        """Return text without marks."""

    def restored(self, text: str) -> str:
        """Return text as it is, with what its marks stand for."""

    def block(self, text: str) -> str:
        """Return the mark of a finished block."""


def environment(writer: Writes, name: str, at: int, end: int) -> tuple[str, int]:
    """Return what stands for the environment ``name`` that begins at ``at``, and where to read on."""
    close = writer.tokens.closing(at, end)
    if close is None:
        return "\n\n", at + 1
    return _written(writer, name, at + 1, close), close + 1


def _written(writer: Writes, name: str, start: int, end: int) -> str:
    plain = name.rstrip("*")
    if name in DROPPED_ENVIRONMENTS or plain in DROPPED_ENVIRONMENTS:
        return "\n\n"
    if plain in ALIGNED or plain in EQUATIONS:
        return _formula(writer, name, writer.tokens.raw(start, end))
    if name in writer.theorems or (plain in THEOREMS and name not in LISTS):
        return _theorem(writer, name, start, end)
    if plain == "abstract":
        writer.abstract = writer.abstract or writer.write(start, end)
        return ""
    if plain in TABLES:
        return _table(writer, name, start, end)
    return _other(writer, name, start, end)


def _other(writer: Writes, name: str, start: int, end: int) -> str:
    plain = name.rstrip("*")
    if plain in FLOATS:
        return _figure(writer, start, end)
    if plain in LISTS:
        return writer.block("\n".join(_items(writer, LISTS[plain], start, end)))
    if plain == "proof":
        return _proof(writer, start, end)
    if plain == "algorithmic":
        return writer.block("```\n" + "\n".join(_steps(writer, start, end)) + "\n```")
    start = _after_arguments(writer, name, start, end)
    if plain in QUOTES:
        lines = writer.finished(writer.write(start, end)).splitlines()
        return writer.block("\n".join(f"> {line}".rstrip() for line in lines))
    before, writer.float_kind = writer.float_kind, TABLE_FLOATS.get(plain, writer.float_kind)
    text = writer.write(start, end)
    writer.float_kind = before
    return f"\n\n{text}\n\n"


def caption(writer: Writes, start: int, end: int, kind: str | None) -> str:
    """Return a caption as a paragraph, numbered where ``kind`` (figure, table, algorithm) is known."""
    number = f"{kind.capitalize()} {writer.numbers.step(kind)}: " if kind else ""
    text = " ".join(writer.write(start, end).split())
    return f"\n\n{number}{text}\n\n" if text else ""


def _after_arguments(writer: Writes, name: str, at: int, end: int) -> int:
    at = writer.tokens.after_options(at, end)
    for _ in range(ENVIRONMENT_ARGUMENTS.get(name, 0)):
        at = writer.tokens.after_options(writer.tokens.argument(at, end).after, end)
    return at


def _formula(writer: Writes, name: str, tex: str) -> str:
    plain, tex = name.rstrip("*"), writer.restored(tex)
    if plain == "math":
        return math.inline(tex)
    if plain == name and plain not in {"displaymath", "darray"}:
        tex = math.numbered(tex, writer.numbers, by_row=plain not in {"equation", "multline", "dmath"})
    return writer.block(math.display(tex, "" if plain in EQUATIONS else name))


def _theorem(writer: Writes, name: str, start: int, end: int) -> str:
    printed, counter = writer.theorems.get(name) or (THEOREMS[name.rstrip("*")], None if "*" in name else name)
    number = f" {writer.numbers.step(counter, printed.lower())}" if counter else ""
    option = writer.tokens.option(start, end)
    own = writer.line(*option[:2]) if option else ""
    head = f"**{printed}{number}{f' ({own})' if own else ''}.**"
    return _headed(head, writer.write(option.after if option else start, end))


def _proof(writer: Writes, start: int, end: int) -> str:
    option = writer.tokens.option(start, end)
    head = writer.line(*option[:2]).rstrip(".") if option else ""
    return _headed(f"*{head or 'Proof'}.*", writer.write(option.after if option else start, end))


def _headed(head: str, text: str) -> str:
    gap = "\n\n" if re.match("\\s*\n\n\ue100", text) else " "
    return f"\n\n{head}{gap}{text.strip()}\n\n"


def _figure(writer: Writes, start: int, end: int) -> str:
    """Return the captions of a figure, and code in it; those of its parts have no number."""
    parts: list[str] = []
    part_ends = -1
    unbound: list[str] = []  # labels before the caption, as of the figure's parts
    at = start
    while at < end:
        piece = writer.tokens.all[at]
        if (writer.tokens.environment(at) or "") in {"subfigure", "subfigure*", "subcaptionblock"}:
            part_ends = max(part_ends, writer.tokens.closing(at, end) or -1)
        elif piece in {r"\caption", r"\caption*", r"\subcaption"}:
            argument = writer.tokens.argument(writer.tokens.after_options(at + 1, end), end)
            is_part = at < part_ends or piece == r"\subcaption"
            parts.append(caption(writer, *argument[:2], None if is_part else "figure"))
            while unbound and not is_part:
                writer.numbers.label(unbound.pop())
            at = max(at, argument.after - 1)
        elif piece == r"\label":
            unbound.append(writer.tokens.raw(*writer.tokens.argument(at + 1, end)[:2]))
        elif CODE.fullmatch(piece) and writer.restored(piece).startswith("```"):
            parts.append(f"\n\n{piece}\n\n")
        at += 1
    for key in unbound:
        writer.numbers.label(key)
    return "".join(parts) or "\n\n"


def _items(writer: Writes, style: str, start: int, end: int) -> Iterator[str]:
    number = 0
    for begin, stop in _pieces(writer.tokens, _after_arguments(writer, "", start, end), end, (r"\item",)):
        option = writer.tokens.option(begin, stop)
        label = writer.line(*option[:2]) if option else ""
        number += not option
        writer.numbers.current = ("item", str(number))
        text = writer.finished(writer.write(option.after if option else begin, stop))
        mark = f"{number}. " if style == "1" and not option else "- "
        if any(letter.isalnum() for letter in label):
            text = (f"**{label}** " if not style and "*" not in label else f"{label} ") + text
        if text.strip():
            yield mark + text.replace("\n", "\n" + " " * len(mark)).replace("\n" + " " * len(mark) + "\n", "\n\n")


def _pieces(tokens: Tokens, start: int, end: int, marks: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the ranges after each of ``marks`` that stands in no inner group; what is before the first is left out."""
    begin, at = -1, start
    while at < end:
        if tokens.all[at] in marks:
            if begin >= 0:
                yield begin, at
            begin = at + 1
        close = None if tokens.all[at] == "[" else tokens.closing(at, end)
        at = at + 1 if close is None else close + 1
    if begin >= 0:
        yield begin, end


def _table(writer: Writes, name: str, start: int, end: int) -> str:
    start = _after_arguments(writer, name, start, end)
    before, writer.float_kind = writer.float_kind, TABLE_FLOATS.get(name, writer.float_kind)
    captions: list[str] = []
    rows = [row for row in _rows(writer, start, end, captions) if any(row)]
    writer.float_kind = before
    columns = max(map(len, rows), default=0)
    if columns < 2 or len(rows) < 2:
        return "".join(captions) + "".join(f"\n\n{' '.join(filter(None, row))}" for row in rows) + "\n\n"
    head = rows[0] + [""] * (columns - len(rows[0]))
    lines = (f"| {' | '.join(row)} |" for row in (head, ["---"] * columns, *rows[1:]))
    return "".join(captions) + writer.block("\n".join(lines))


def _rows(writer: Writes, start: int, end: int, captions: list[str]) -> Iterator[list[str]]:
    tokens, row, begin, at = writer.tokens, list[str](), start, start
    while at < end:
        piece = tokens.all[at]
        if piece == r"\caption":  # of a longtable
            argument = tokens.argument(tokens.after_options(at + 1, end), end)
            captions.append(caption(writer, *argument[:2], "table"))
            begin = at = argument.after
        elif piece in {"&", r"\\", r"\tabularnewline"}:
            row.extend(_cell(writer, begin, at))
            if piece != "&":
                yield row
                row = []
            at = begin = at + 1 if piece == "&" else tokens.after_options(at + 1, end)
        else:
            close = tokens.closing(at, end)
            at = at + 1 if close is None else close + 1
    yield [*row, *_cell(writer, begin, end)]


def _cell(writer: Writes, start: int, end: int) -> list[str]:
    span = re.search(r"\\multicolumn\s*\{\s*(\d{1,3})\s*\}", writer.tokens.raw(start, min(end, start + 20)))
    text = re.sub(r"(?<!\\)\|", r"\\|", writer.line(start, end)) if start < end else ""
    return [text] + [""] * (min(int(span[1]), MAX_SPAN) - 1 if span else 0)


def _steps(writer: Writes, start: int, end: int) -> Iterator[str]:
    marks = tuple({piece for piece in writer.tokens.all[start:end] if piece[1:].lower() in STEPS and piece[0] == "\\"})
    level = 0
    for begin, stop in _pieces(writer.tokens, start, end, marks):
        name = writer.tokens.all[begin - 1][1:].lower()
        word, change = STEPS[name]
        if name.startswith(("end", "else", "elsif", "until")):
            level = max(0, level - 1)
        text = f"{word} {writer.line(begin, stop)}".strip()
        if text:
            yield "  " * min(level, 20) + text
        level += change > 0
