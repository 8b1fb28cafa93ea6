"""The injection test: documents into which items were written in known ways, and others that only look like it."""

import gzip
import json
import random
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.injection_items import FORMULAS, INSTRUCTIONS, QUOTES, Made, make_items

KINDS = ("verbatim", "wrapped", "shortened", "paraphrased")
NEGATIVES = ("template", "quotation", "formula", "instruction", "topic", "clean")
ITEMS, SEED = 400, 20
_OWN_HOSTS = 40
_HOST_CHARS = 2700  # as the documents of the published measurements

_BREAKS = (
    "Advertisement. Sign up for our weekly letter and never miss a story!",
    "[Image: a photograph from the archive, 640 x 480]",
    "Continue reading below",
    "Share this page with a friend.",
)
_SYNONYMS = {
    "brings": "carries",
    "sells": "offers",
    "buys": "takes",
    "half": "one half",
    "earned": "made",
    "leaves": "departs from",
    "drifts": "floats",
    "far": "distant",
    "meet": "pass each other",
    "why": "for what reason",
    "pulled": "taken",
    "autumn": "fall",
    "notices": "observes",
    "explanation": "account",
    "best": "most closely",
    "inherited": "came to own",
    "nobody": "no one",
    "believed": "thought",
    "saved": "rescued",
    "visitors": "guests",
    "repair": "mend",
    "summer": "season",
    "travellers": "tourists",
    "write": "implement",
    "function": "routine",
    "takes": "accepts",
    "returns": "yields",
    "opens": "begins",
    "names": "states",
    "wrong": "incorrect",
    "author": "writer",
    "rule": "law",
    "find": "get",
    "many": "large a number of",
}


class Document(NamedTuple):
    """A text, how it was made, and which item (its number) was written into it; -1 for none."""

    text: str
    kind: str
    item: int


class Injection(NamedTuple):
    """The items of the set, each as a page shows it, and the documents to be judged."""

    items: list[Made]
    pages: list[str]
    documents: list[Document]


def make_injection(data: Path, items: int = ITEMS, seed: int = SEED) -> Injection:
    """Return each of ``items`` items written once in each of ``KINDS`` into a host, and as many ``NEGATIVES`` of each.

    Hosts are the texts of ``data/corpora/english_documents.jsonl.gz`` where they are, else made by the grammar's words.
    """
    chance = random.Random(seed)  # noqa: S311 - a reproducible test, not a secret
    made = make_items(items, seed)
    pages = [one.page(chance) for one in made]
    known = {_stem(one.text) for one in made}
    others = [one.page(chance) for one in make_items(3 * items, seed + 1) if _stem(one.text) not in known]
    hosts = _hosts(data, chance)
    write: dict[str, Callable[[str], str]] = {
        "verbatim": lambda text: text,
        "wrapped": lambda text: _wrapped(text, chance),
        "shortened": lambda text: _shortened(text, chance),
        "paraphrased": lambda text: _paraphrased(text, chance),
    }
    documents = [
        Document(_inserted(write[kind](text), chance.choice(hosts), chance), kind, number)
        for kind in KINDS
        for number, text in enumerate(pages)
    ]
    lures = {
        "template": others,
        "quotation": [f"\u201c{quote}\u201d" for quote, _ in QUOTES],
        "formula": [f"Recall that {formula}." for formula in FORMULAS],
        "instruction": [one + "Give your reasons." for one in INSTRUCTIONS],
        "topic": _topics(chance),
        "clean": [""],
    }
    for kind in NEGATIVES:
        documents += [
            Document(_inserted(chance.choice(lures[kind]), chance.choice(hosts), chance), kind, -1)
            for _ in range(items)
        ]
    return Injection(made, pages, documents)


def any_window(items: Sequence[str], documents: Sequence[str], width: int) -> list[set[int]]:
    """Return the items of which any ``width`` words in a row stand in each document: the usual practice.

    Words are lower-cased and without punctuation, as in GPT-3's overlap of 13 (Brown et al. 2020, appendix C) and in
    datatrove's of 12 (``NGramsDecontFilter``); an item of fewer words counts whole.
    """
    owners: dict[tuple[str, ...], set[int]] = {}
    for number, item in enumerate(items):
        for window in _windows(item, min(width, len(_words(item)))):
            owners.setdefault(window, set()).add(number)
    return [
        set().union(*(owners[window] for window in set(_windows(text, width)) & owners.keys())) for text in documents
    ]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _windows(text: str, width: int) -> list[tuple[str, ...]]:
    found = _words(text)
    return [tuple(found[place : place + width]) for place in range(len(found) - width + 1)]


def _stem(text: str) -> str:
    for instruction in INSTRUCTIONS:
        text = text.removeprefix(instruction)
    return text


def _inserted(text: str, host: str, chance: random.Random) -> str:
    paragraphs = host.split("\n\n")
    place = chance.randint(0, len(paragraphs))
    return "\n\n".join([*paragraphs[:place], text, *paragraphs[place:]])


def _wrapped(text: str, chance: random.Random) -> str:
    """Return ``text`` with other lines, marks and case, and often broken by some other words."""
    if chance.random() < 0.6:
        words, joint = _split(text)
        place = chance.randint(1, len(words) - 1)
        text = joint.join(words[:place]) + f"\n\n{chance.choice(_BREAKS)}\n\n" + joint.join(words[place:])
    text = chance.choice((str.upper, str.lower, str.title, _turkish_capitals, str, str))(text)
    text = chance.choice((_without_marks, _typographic, _entities, str))(text)
    return chance.choice((_narrow, _bulleted, _quoted, _emphasised, _spread))(text, chance)


def _split(text: str) -> tuple[list[str], str]:
    """Return the words of ``text`` and what joins them; the characters where it is written without spaces."""
    if text.isascii() or text.count(" ") > len(text) / 20:
        return text.split(" "), " "
    return re.findall(r"[0-9A-Za-z]+|.", text, re.DOTALL), ""


def _turkish_capitals(text: str) -> str:
    """Return Turkish ``text`` in the capitals of its language, and any other as it is."""
    return text.replace("i", "\u0130").upper() if "\u0131" in text else text


def _without_marks(text: str) -> str:
    return re.sub(r"[.,;?!()\"\u201c\u201d]", "", text)


def _typographic(text: str) -> str:
    return text.replace("'", "\u2019").replace("...", "\u2026").replace(" - ", " \u2014 ").replace("fi", "\ufb01")


def _entities(text: str) -> str:
    return text.replace('"', "&quot;").replace("'", "&#39;").replace(">", "&gt;")


def _narrow(text: str, chance: random.Random) -> str:
    return textwrap.fill(text, chance.randint(24, 60))


def _bulleted(text: str, chance: random.Random) -> str:
    lines = textwrap.wrap(text, chance.randint(50, 90))
    if chance.random() < 0.5:
        return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
    return "\n".join(f"* {line}" for line in lines)


def _quoted(text: str, chance: random.Random) -> str:
    return "\n".join(f"> {line}" for line in textwrap.wrap(text, chance.randint(30, 80)))


def _emphasised(text: str, chance: random.Random) -> str:
    words, joint = _split(text)
    for place in chance.sample(range(len(words)), min(4, len(words))):
        words[place] = chance.choice(("**{}**", "_{}_", "`{}`", "<b>{}</b>")).format(words[place])
    return joint.join(words)


def _spread(text: str, chance: random.Random) -> str:
    return "".join(chance.choice((" ", "  ", "\t", "\n", "\u00a0")) if sign == " " else sign for sign in text)


def _shortened(text: str, chance: random.Random) -> str:
    words, joint = _split(text)
    kept = round(len(words) * chance.uniform(0.5, 0.7))
    return joint.join(words[:kept] if chance.random() < 0.5 else words[-kept:])


def _paraphrased(text: str, chance: random.Random) -> str:
    """Return ``text`` with synonyms, and often its last sentence first."""
    text = re.sub(r"[A-Za-z]+", lambda match: _SYNONYMS.get(match[0].lower(), match[0]), text)
    sentences = re.split(r"(?<=[.?]) ", text)
    if len(sentences) > 1 and chance.random() < 0.5:
        sentences = [sentences[-1], *sentences[:-1]]
    return " ".join(sentences)


def _topics(chance: random.Random) -> list[str]:
    """Return paragraphs about what the items are about, in other words."""
    words = [re.findall(r"\w+", one.text) for one in make_items(60, SEED + 2)]
    return [" ".join(chance.sample(mine, len(mine))) for mine in words] + [
        "The old ferry town still holds a weekly market where potters, coopers and weavers sell what they make.",
        "Word problems about barges, markets and prices have been set in schools for more than a century.",
    ]


def _hosts(data: Path, chance: random.Random) -> list[str]:
    path = data / "corpora" / "english_documents.jsonl.gz"
    if not path.exists():
        return ["\n\n".join(chance.sample(_topics(chance), 8)) for _ in range(_OWN_HOSTS)]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [str(json.loads(line)["text"])[:_HOST_CHARS] for line in lines]
    return ["\n\n".join(_paragraphs(text)) for text in texts]


def _paragraphs(text: str) -> list[str]:
    return [one for one in re.split(r"\n\s*\n|(?<=[.?!])\s*\n", text) if one.strip()]
