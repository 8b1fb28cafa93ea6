"""Runs of text of one look, and how a line of them is written: emphasis round whole words, links, formulas, scripts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

_RAISED = str.maketrans("0123456789+-\u2212=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_HAS_SCRIPT = re.compile("[0-9+\u2212=()ni-]+")
_LINKED = re.compile(r"(?:https?|ftp|mailto):[^\s<>]+", re.IGNORECASE)
_MAX_INLINE_CODE_CHARS = 200
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Run(NamedTuple):
    """Text of one look; a ``formula`` is LaTeX without its dollar signs, ``url`` is empty where it is no link."""

    text: str
    bold: bool = False
    italic: bool = False
    struck: bool = False
    monospaced: bool = False
    url: str = ""
    formula: bool = False


def scripted(text: str, place: str | None) -> str:
    """Return ``text`` raised (``superscript``) or lowered (``subscript``) where Unicode has all its letters so."""
    if place == "superscript" and _HAS_SCRIPT.fullmatch(text):
        return text.translate(_RAISED)
    if place == "subscript" and _HAS_SCRIPT.fullmatch(text) and not set("ni") & set(text):
        return text.translate(_LOWERED)
    return text


def plain(runs: Iterable[Run]) -> str:
    """Return the text of ``runs`` without marks of emphasis, formulas between dollar signs."""
    return "".join(f"${run.text}$" if run.formula else _CONTROLS.sub("", run.text) for run in runs)


def emphasised(runs: Iterable[Run]) -> str:
    """Return ``runs`` as a line of Markdown."""
    runs = list(runs)
    if is_monospaced(runs):  # a fount for the whole line, not names of things within it
        runs = [run._replace(monospaced=False) for run in runs]
    return _cleaned("".join(_linked(url, list(group)) for url, group in groupby(_merged(runs), lambda run: run.url)))


def is_monospaced(runs: Iterable[Run]) -> bool:
    """Return whether all that is said in ``runs`` is in a font of equal letters."""
    return all(run.monospaced for run in runs if run.text.strip())


def _cleaned(text: str) -> str:
    return _CONTROLS.sub("", text)


def _merged(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield ``runs`` with neighbours of one look joined; white space takes the look of what stands before it."""
    alike: list[Run] = []
    for run in runs:
        if alike and not run.formula and not alike[0].formula and (_looks(run) == _looks(alike[0]) or _is_gap(run)):
            alike.append(run)
            continue
        if alike:
            yield alike[0]._replace(text="".join(one.text for one in alike))
        alike = [run]
    if alike:
        yield alike[0]._replace(text="".join(one.text for one in alike))


def _is_gap(run: Run) -> bool:
    return not run.url and not run.text.strip() and "\n" not in run.text


def _looks(run: Run) -> tuple[bool | str, ...]:
    return run[4:] if run.monospaced else run[1:]


def _linked(url: str, runs: Sequence[Run]) -> str:
    text = "".join(_marked(runs, at) for at in range(len(runs)))
    shown = text.strip()
    if not url or not shown or not _LINKED.fullmatch(url):
        return text
    if shown == url:
        return text
    address = url.replace("(", "%28").replace(")", "%29")
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}[{' '.join(shown.split())}]({address}){after}"


def _marked(runs: Sequence[Run], at: int) -> str:
    run = runs[at]
    if run.formula:
        return f"${run.text}$"
    marks = _marks(run)
    core = run.text.strip()
    if not marks or not any(map(str.isalnum, core)) or _inside_word(runs, at):
        return run.text
    start = run.text.index(core)
    return f"{run.text[:start]}{marks}{core}{marks[::-1]}{run.text[start + len(core) :]}"


def _marks(run: Run) -> str:
    if run.monospaced:
        return "`" if len(run.text) <= _MAX_INLINE_CODE_CHARS and not set("`\n") & set(run.text) else ""
    emphasis = "*" * (2 * run.bold + run.italic) if "*" not in run.text else ""
    return ("~~" if run.struck else "") + emphasis


def _inside_word(runs: Sequence[Run], at: int) -> bool:
    text = runs[at].text
    before, after = runs[at - 1].text if at else "", runs[at + 1].text if at + 1 < len(runs) else ""
    return (before[-1:].isalnum() and text[:1].isalnum()) or (text[-1:].isalnum() and after[:1].isalnum())
