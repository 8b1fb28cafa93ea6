"""English, German, French and Czech prose about brewing, drawn from the sentences in ``phrases/``.

The same seed gives the same words on every machine and Python: the dice are SHA-256, not ``random``.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TypeVar

Item = TypeVar("Item")

_CHOICE = re.compile(r"\[([^\[\]]+)\]")
_SLOT = re.compile(r"\{(\w+)\}")


class Dice:
    """A stream of choices that depends on ``seed`` alone."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._throws = 0

    def below(self, limit: int) -> int:
        """Return a number from 0 to ``limit`` - 1."""
        self._throws += 1
        digest = hashlib.sha256(f"{self._seed}#{self._throws}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of ``items``."""
        return items[self.below(len(items))]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """Return ``count`` of ``items`` (all, if there are fewer) in a new order."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest)))]


@dataclass(frozen=True, slots=True)
class Topic:
    """The sentences on one subject: some open an article, some close it, the others stand anywhere between."""

    key: str
    subjects: tuple[str, ...]
    openings: tuple[str, ...]
    middles: tuple[str, ...]
    closings: tuple[str, ...]


@cache
def topics(name: str) -> dict[str, Topic]:
    """Return the topics of ``phrases/NAME.txt`` by key, in the order of the file."""
    text = (files("demo") / "phrases" / f"{name}.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    head = ""
    for line in text.splitlines():
        if line.startswith("= "):
            head = line[2:]
            found[head] = []
        elif line and not line.startswith("#"):
            found[head].append(line)
    return {topic.key: topic for topic in (_topic(head, lines) for head, lines in found.items())}


@cache
def words() -> dict[str, tuple[str, ...]]:
    """Return what may fill each slot."""
    text = (files("demo") / "phrases" / "words.txt").read_text(encoding="utf-8")
    lines = [line.partition(": ") for line in text.splitlines() if ": " in line and not line.startswith("#")]
    return {name: tuple(value.strip() for value in values.split(";")) for name, _, values in lines}


@cache
def subject_topics() -> tuple[Topic, ...]:
    """Return every topic an English article may be about."""
    return (*topics("craft").values(), *topics("trade").values())


def filled(sentence: str, dice: Dice, more: Mapping[str, str] | None = None) -> str:
    """Return ``sentence`` with its choices made and its slots filled, its first letter a capital."""
    chosen = _CHOICE.sub(lambda match: dice.pick(match[1].split("|")), sentence)
    text = _SLOT.sub(lambda match: (more or {}).get(match[1]) or dice.pick(words()[match[1]]), chosen)
    return text[:1].upper() + text[1:]


def paragraphs(dice: Dice, topic: Topic, frame: Topic, beside: Topic) -> list[str]:
    """Return an article of three or four paragraphs on ``topic``, with a glance ``beside`` it."""
    own = dice.sample(topic.middles, 5 + dice.below(6))
    others = dice.sample(frame.middles, 2 + dice.below(2)) + dice.sample(beside.middles, 1 + dice.below(2))
    body = [*own[:1], *dice.sample([*own[1:], *others], len(own) + len(others))]
    sentences = [filled(sentence, dice) for sentence in (dice.pick(topic.openings), *body, dice.pick(topic.closings))]
    return [" ".join(part) for part in _parts(sentences, max(3, len(sentences) // 4))]


def foreign(dice: Dice, topic: Topic) -> list[str]:
    """Return three paragraphs in the language of ``topic``."""
    sentences = [filled(sentence, dice) for sentence in (dice.pick(topic.openings), *dice.sample(topic.middles, 9))]
    return [" ".join(part) for part in _parts(sentences, 3)]


def _parts(sentences: list[str], count: int) -> list[list[str]]:
    edges = [part * len(sentences) // count for part in range(count + 1)]
    return [sentences[start:end] for start, end in pairwise(edges)]


def _topic(head: str, lines: list[str]) -> Topic:
    key, _, subjects = head.partition(": ")
    middles = tuple(line for line in lines if line[0] not in "<>")
    openings, closings = (tuple(line[2:] for line in lines if line[0] == mark) for mark in "><")
    return Topic(key, tuple(subjects.split("; ")), openings, middles, closings)
