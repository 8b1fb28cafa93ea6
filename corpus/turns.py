"""What any conversation is made of, whatever held it: clean turns, in the order that chat templates take."""

import re
from collections.abc import Iterable
from typing import TypedDict

# What Claude's export writes where a tool was called.
PLACEHOLDER = re.compile(r"`{3}\n?This block is not supported on your current device yet\.\n?`{3}")
# Fenced code is found, too, for the marks of a thought may be its matter.
THOUGHT = re.compile(r"(`{3}.*?(?:`{3}|\Z))|(?<!`)<(think|thinking)>.*?(?:</\2>|\Z)", re.DOTALL)
THOUGHT_BEGIN = re.compile(r"\s*+<think(?:ing)?>")
THOUGHT_END = re.compile(r"(?<!`)</think(?:ing)?>[ \t]*+$", re.MULTILINE)  # some templates write the begin themselves
BLANK_LINES = re.compile(r"\A(?:[ \t]*+\n)+")
SURROGATE = re.compile("[\ud800-\udfff]")


class Turn(TypedDict):
    """One turn: ``role`` is system, user or assistant, ``content`` Markdown without blank lines round it."""

    role: str
    content: str


def in_order(turns: Iterable[Turn]) -> list[Turn]:
    """Return ``turns`` as templates take them: one system turn or none, then questions, each with its answer.

    Empty turns, and what they leave without question or answer, go by the rules of ``corpus.conversations``; nothing
    may be left.
    """
    system: list[str] = []
    exchanges: list[tuple[list[str], list[str]]] = []
    is_answered = True
    for turn in turns:
        role, said = turn["role"], [turn["content"]] if _is_visible(turn["content"]) else []
        if role == "system":
            system += said
        elif role == "assistant":
            is_answered = True
            if exchanges:
                exchanges[-1][1].extend(said)
        elif said:
            if is_answered:
                exchanges.append(([], []))
            exchanges[-1][0].extend(said)
            is_answered = False
        else:
            break
    return _joined(system, [exchange for exchange in exchanges if exchange[1]])


def _joined(system: list[str], exchanges: list[tuple[list[str], list[str]]]) -> list[Turn]:
    first = [("system", system)] if system and exchanges else []
    rest = [turn for asked, told in exchanges for turn in (("user", asked), ("assistant", told))]
    return [Turn(role=role, content="\n\n".join(said)) for role, said in [*first, *rest]]


def _is_visible(text: str) -> bool:
    return any(character.isprintable() and not character.isspace() for character in text)


def without_thoughts(said: str) -> str:
    """Return an answer without what its model thought, and without the mark that Claude's export leaves of a tool.

    A thought stands between ``<think>`` and ``</think>``; before an end without beginning, or after the beginning of an
    answer that has no end.
    """
    said = PLACEHOLDER.sub("", said)
    end = max(said.rfind(mark) + len(mark) if mark in said else 0 for mark in ("</think>", "</thinking>"))
    told = THOUGHT.sub(lambda found: found[1] or "", said[:end]) + said[end:]
    lost = THOUGHT_END.search(told)
    if lost and "<think" not in told[: lost.start()]:
        told = told[lost.end() :]
    return "" if THOUGHT_BEGIN.match(told) else without_blank_ends(told)


def whole(text: str) -> str:
    """Return ``text`` without halves of surrogate pairs, which JSON can spell and UTF-8 cannot."""
    return SURROGATE.sub("\ufffd", text)


def without_blank_ends(text: str) -> str:
    """Return ``text`` without blank lines at its start, where an indent counts, and blanks at its end."""
    return BLANK_LINES.sub("", text).rstrip()
