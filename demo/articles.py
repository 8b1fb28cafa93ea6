"""Series of English articles: which there are on a night, which changed, which are gone."""

from collections.abc import Iterator
from dataclasses import dataclass

from demo.page import Article, bullets, code, prose, slug, table
from demo.phrasing import Dice, Topic, filled, paragraphs, subject_topics, topics, words

MODELS = ("Millbridge", "Oxhaven", "Hopley", "Grainsby", "Tunwell", "Maltham")
GOODS = (
    ("hand mill", "milling"), ("roller mill", "milling"), ("mash tun", "mashing"), ("lauter screen", "mashing"),
    ("whole hop cones", "hops"), ("hop pellets", "hops"), ("yeast jar", "yeast"), ("starter flask", "yeast"),
    ("water salts", "water"), ("acidity meter", "water"), ("cask stand", "cellar"), ("kiln tray", "malting"),
    ("brew kettle", "kit"), ("plate chiller", "kit"), ("tasting glass", "tasting"), ("bottle rack", "bottling"),
    ("capping tool", "bottling"), ("baker's grain flour", "kitchen"), ("souring vessel", "wild"),
    ("long hydrometer", "numbers"),
)  # fmt: skip
TITLES = {
    "magazine": (
        "{Subject}, the patient way", "A word about {subject}", "What {person} knows about {subject}",
        "{Subject} in {town}", "The trouble with {subject}", "Notes from {month}: {subject}",
        "{Subject} and the {beer}", "Second thoughts on {subject}",
    ),
    "wiki": (
        "{Subject}: the club method", "{Subject}: figures from {town}", "{Subject}: a checklist for {month}",
        "{Subject} with {malt}", "{Subject} for a {beer}", "{Subject}: what {person} measured",
    ),
    "ask": (
        "Is {subject} worth the trouble for a {beer}?", "Strange results after {subject} with {malt}",
        "How do you go about {subject} for {litres} litres?", "My {beer} went odd after {subject}",
        "Stuck with {subject} at {cool} degrees",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """Numbered articles of one kind; the numbers from ``count`` on appear, change or go on night 2."""

    kind: str
    count: int
    added: int = 0
    changed: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """One article of a series on one night; ``seen`` is the night its present text appeared."""

    number: int
    path: str
    article: Article
    seen: int
    is_gone: bool


def issues(series: Series, night: int, folder: str) -> Iterator[Issue]:
    """Yield the articles of ``series`` on ``night`` with unique titles and paths under ``folder``."""
    titles: set[str] = set()
    for number in range(series.count + (series.added if night > 1 else 0)):
        topic = _topic(series.kind, number)
        title = _title(series.kind, number, topic, titles)
        titles.add(title)
        is_changed = night > 1 and number in series.changed
        seen = 2 if is_changed or number >= series.count else 1
        article = written(series.kind, f"{series.kind}/{number}/{seen if is_changed else 1}", title, topic)
        yield Issue(number, f"{folder}{slug(title)}", article, seen, night > 1 and number in series.gone)


def written(kind: str, seed: str, title: str, topic: Topic) -> Article:
    """Return an article of ``kind`` on ``topic``: prose, and for some a list, a table or a code block."""
    dice = Dice(seed)
    beside = dice.pick([other for other in subject_topics() if other.key != topic.key])
    blocks = list(prose(paragraphs(dice, topic, topics("frames")[kind], beside)))
    extra = _extra(kind, dice)
    if extra:
        blocks.insert(1 + dice.below(len(blocks)), extra)
    return Article(title, tuple(blocks), f"{dice.pick(words()['person'])} of {dice.pick(words()['town'])}")


def _topic(kind: str, number: int) -> Topic:
    everything = {topic.key: topic for topic in subject_topics()}
    if kind == "shop":
        return everything[GOODS[number % len(GOODS)][1]]
    return list(everything.values())[number % len(everything)]


def _title(kind: str, number: int, topic: Topic, taken: set[str]) -> str:
    if kind == "shop":
        return f"{MODELS[number // len(GOODS)]} {GOODS[number % len(GOODS)][0]}"
    dice = Dice(f"title/{kind}/{number}")
    while True:
        subject = filled(dice.pick(topic.subjects), dice)
        lowered = subject[0].lower() + subject[1:]
        title = filled(dice.pick(TITLES[kind]), dice, {"Subject": subject, "subject": lowered})
        if title not in taken:
            return title


def _extra(kind: str, dice: Dice) -> str:
    if kind in ("wiki", "shop"):
        return _figures(dice) if dice.below(3) else ""
    turn = dice.below(5)
    if turn == 0:
        return bullets(
            filled(line, dice)
            for line in ("{n} kilos of {malt}", "{litres} litres of soft water", "A handful of {hop}", "{yeast}")
        )
    return _sum(dice) if turn == 1 else ""


def _figures(dice: Dice) -> str:
    batches = [
        (str(batch), dice.pick(words()["malt"]), str(62 + dice.below(8)), f"1.{36 + dice.below(30):03}")
        for batch in range(1, 4 + dice.below(3))
    ]
    return table([("Batch", "Malt", "Rest in degrees", "Gravity"), *batches])


def _sum(dice: Dice) -> str:
    gravity, end = 36 + dice.below(30), 6 + dice.below(9)
    return code(
        f"original = 1.{gravity:03}\nfinal = 1.{end:03}\n\n"
        "# the common factor, good to a tenth\nalcohol = (original - final) * 131\nprint(alcohol)",
        "python",
    )
