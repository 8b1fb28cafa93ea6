"""Evaluation items made by a grammar from a seed: none is of a benchmark, and every one may be published."""

import random
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from bench.injection_tongues import TONGUES

Drawn: TypeAlias = tuple[str, ...]  # a question, and its choices where the set has them as a list

PEOPLE = (
    *("Marisol", "Tobias", "Ingrid", "Rashid", "Wanjiru", "Piotr", "Leilani", "Dmitri", "Yusuf", "Annika"),
    *("Cedric", "Shreya", "Oluwole", "Beatrix", "Hamza", "Noemi", "Kestrel", "Gunnar", "Paloma", "Emeka"),
)
PLACES = (
    *("Velmora", "Osterby", "Kilnford", "Tarrowdale", "Quellin", "Brackwater", "Sundrey", "Mossgate", "Ardenholm"),
    *("Feldspar Bay", "Ironbridge Hollow", "Nettlecombe", "Larkspur Ridge", "Port Calder", "Wyndmere", "Dunsany"),
)
GOODS = (
    *("lanterns", "clay pots", "wool blankets", "bicycle bells", "jars of honey", "copper kettles", "paper kites"),
    *("oak barrels", "glass marbles", "tin whistles", "seed trays", "rowing oars", "beeswax candles", "cider bottles"),
)
CRAFTS = ("potter", "weaver", "cooper", "farrier", "glazier", "bookbinder", "miller", "chandler", "saddler", "thatcher")
THINGS = (
    *("the tidal mill", "the slate quarry", "the reed organ", "the signal tower", "the herb garden", "the chain ferry"),
    *("the lime kiln", "the corn exchange", "the rope walk", "the observatory", "the salt works", "the clock house"),
)
CAUSES = (
    *("the spring floods had weakened its foundations", "the guild could no longer pay its apprentices"),
    *("a new canal took the trade to the other bank", "the well beneath it had turned brackish"),
    *("the council wished to widen the market road", "its timbers were wanted for the harbour wall"),
    *("the vein of ore below it had run out", "the owner's heirs quarrelled over the lease"),
)
FINDS = (
    *("evaporation draws the heat out of the remaining liquid", "the roots hold the loose soil on the slope"),
    *("the salt lowers the temperature at which the water freezes", "the dark surface takes up more of the sunlight"),
    *("the moving air carries the moisture off the leaves", "the thicker wire lets the current pass more easily"),
    *("the yeast turns the sugar of the dough into gas", "the shorter pendulum swings back and forth faster"),
    *("the lens bends the blue light more than the red", "the hollow bones make the wing lighter"),
)
TRIALS = (
    *(
        "a wet cloth around a clay jug keeps the milk cool",
        "a hillside planted with grass loses less earth in the rain",
    ),
    *("a road strewn with brine stays free of ice", "a black stone lies warmer in the noon sun than a white one"),
    *("laundry dries sooner on a windy morning", "a lamp shines brighter when its cable is replaced"),
    *("a loaf rises when it is left near the stove", "a clock gains time when its weight is moved upwards"),
    *("a rim of colour appears around a cheap telescope's image", "a gull glides farther than a hen of the same size"),
)
VERBS = ("reverses", "merges", "counts", "rotates", "groups", "pads", "splits", "filters")
SHAPES = (
    *("the vowels of every second word in a sentence", "two sorted lists of train departures"),
    *("the rows of a square matrix of pixels", "all invoices by the month in which they are due"),
    *("a stream of sensor readings into windows of equal length", "the nested brackets of a chemical formula"),
    *("a deck of cards so that no two suits touch", "the intervals in which a meeting room is free"),
)
INSTRUCTIONS = (
    "Choose the correct answer from the options below. ",
    "Answer the following question. Let's think step by step. ",
    "Read the following passage and answer the question that follows. ",
)
# Neither stands among the phrases that the step leaves out, or the test would measure that list alone.
QUOTES = (
    (
        "In Xanadu did Kubla Khan a stately pleasure-dome decree: where Alph, the sacred river, ran through caverns",
        "poem",
    ),
    (
        "The proper study of mankind is man; placed on this isthmus of a middle state, a being darkly wise",
        "essay",
    ),
    (
        "The world is too much with us; late and soon, getting and spending, we lay waste our powers",
        "sonnet",
    ),
    (
        "Gather ye rosebuds while ye may, old Time is still a-flying; and this same flower that smiles today",
        "song",
    ),
    (
        "Tell me not, in mournful numbers, Life is but an empty dream! For the soul is dead that slumbers",
        "poem",
    ),
    (
        "Full many a gem of purest ray serene the dark unfathom'd caves of ocean bear: full many a flower is born",
        "poem",
    ),
    (
        "Man is born free, and everywhere he is in chains. One thinks himself the master of others",
        "treatise",
    ),
    (
        "Come live with me and be my love, and we will all the pleasures prove, that valleys, groves and hills",
        "poem",
    ),
)
FORMULAS = (
    "the sum of the first n odd numbers is n squared, and that of the first n numbers is n times n plus one over two",
    "two bodies attract each other with a force that grows with both masses and falls with the square of the distance",
    "v = u + a t, s = u t + 1/2 a t^2 and v^2 = u^2 + 2 a s for a body under constant acceleration",
    "the derivative of a product is u'(x) v(x) + u(x) v'(x), and of a quotient (u' v - u v') / v^2",
)
_LABELS = ("({}) ", "{}. ", "{}) ", "{}: ", "- ")


class Made(NamedTuple):
    """An item and the name of the template that it was made from; ``choices`` if the set has them as a list."""

    template: str
    question: str
    choices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The item as a set without labels has it."""
        return "\n".join((self.question, *self.choices))

    def page(self, chance: random.Random) -> str:
        """Return the item as a page shows it: its choices with labels of one kind or another."""
        label = chance.choice(_LABELS)
        choices = (label.format(letter) + one for letter, one in zip("ABCD", self.choices, strict=False))
        return "\n".join((self.question, *choices))


def make_items(count: int, seed: int) -> list[Made]:
    """Return ``count`` different items of all templates by turns; the same ``seed`` makes the same."""
    chance = random.Random(seed)  # noqa: S311 - reproducible items, not secrets
    made: dict[str, Made] = {}
    while len(made) < count:
        template = _TEMPLATES[len(made) % len(_TEMPLATES)]
        question, *choices = template(chance)
        if chance.random() < 0.3 and template is not _tongue:
            question = chance.choice(INSTRUCTIONS) + question
        one = Made(template.__name__.strip("_"), question, tuple(choices))
        made.setdefault(one.text, one)
    return list(made.values())


def _market(chance: random.Random) -> Drawn:
    one, other = chance.sample(PEOPLE, 2)
    goods, place = chance.choice(GOODS), chance.choice(PLACES)
    first, price, sold = chance.randint(12, 90), chance.randint(3, 19), chance.randint(2, 11)
    return (
        (
            f"{one} brings {first} {goods} to the market in {place} and sells them for {price} crowns each. "
            f"{other} buys {sold} of them, and half of the rest are sold before noon. "
            f"How many crowns has {one} earned by noon?"
        ),
    )


def _journey(chance: random.Random) -> Drawn:
    start, end = chance.sample(PLACES, 2)
    person, speed = chance.choice(PEOPLE), chance.randint(11, 48)
    return (
        (
            f"A barge leaves {start} at {chance.randint(1, 11)}:{chance.randint(10, 59)} and drifts towards {end} at "
            f"{speed} kilometres an hour. {person} sets out from {end} {chance.randint(2, 9)} hours later and rows "
            f"against it at {chance.randint(3, 10)} kilometres an hour. How far from {start} do the two boats meet if "
            f"the towns are {chance.randint(100, 400)} kilometres apart?"
        ),
    )


def _history(chance: random.Random) -> Drawn:
    thing, place, person = chance.choice(THINGS), chance.choice(PLACES), chance.choice(PEOPLE)
    causes = chance.sample(CAUSES, 4)
    year, craft = chance.randint(1610, 1890), chance.choice(CRAFTS)
    letters = "\n".join(f"({letter}) {cause}" for letter, cause in zip("ABCD", causes, strict=True))
    return (
        (
            f"According to the diary of {person}, a {craft} in {place}, why was {thing} pulled down in the autumn of "
            f"{year}?\n{letters}"
        ),
    )


def _science(chance: random.Random) -> Drawn:
    trial, craft, place = chance.choice(TRIALS), chance.choice(CRAFTS), chance.choice(PLACES)
    finds = chance.sample(FINDS, 3)
    letters = "\n".join(f"{letter}. {find}" for letter, find in zip("ABC", finds, strict=True))
    return (f"A {craft} from {place} notices that {trial}. Which explanation fits this observation best?\n{letters}",)


def _passage(chance: random.Random) -> Drawn:
    one, other = chance.sample(PEOPLE, 2)
    thing, place, goods = chance.choice(THINGS), chance.choice(PLACES), chance.choice(GOODS)
    return (
        (
            f"When {one} inherited {thing} near {place}, nobody in the family believed that it could be saved. The "
            f"roof had fallen in {chance.randint(3, 40)} years before, {chance.choice(CAUSES)}, and the only visitors "
            f"were goats. {other}, a {chance.choice(CRAFTS)} by trade, offered to repair the beams in return for "
            f"{chance.randint(20, 90)} {goods}, and by the next summer travellers were paying to see it. "
            f"Question: What did {other} ask for?"
        ),
    )


def _code(chance: random.Random) -> Drawn:
    verb, shape = chance.choice(VERBS), chance.choice(SHAPES)
    return (
        (
            f"Write a function that {verb} {shape}. It takes at most {chance.randint(2, 9)} arguments, raises "
            f"ValueError when more than {chance.randint(20, 900)} entries are given, and returns the result as a "
            f"{chance.choice(('tuple', 'generator', 'frozenset', 'dictionary', 'string'))} named after "
            f"{chance.choice(PLACES)}.\n>>> solve([{', '.join(str(chance.randint(1, 99)) for _ in range(6))}])"
        ),
    )


def _quotation(chance: random.Random) -> Drawn:
    quote, form = chance.choice(QUOTES)
    marked = chance.choice(('"{}"', "\u201c{}\u201d", "\u201c{}\u201d"))
    return (
        (
            f"{chance.choice(PEOPLE)} of {chance.choice(PLACES)} opens the school debate with {marked.format(quote)} "
            f"and names the wrong author. Who wrote the {form}, and in which year was it first printed?"
        ),
    )


def _formula(chance: random.Random) -> Drawn:
    return (
        (
            f"A {chance.choice(CRAFTS)} in {chance.choice(PLACES)} uses the rule that {chance.choice(FORMULAS)}. With "
            f"a = {chance.randint(2, 9)}, b = {chance.randint(20, 99)} and c = {chance.randint(2, 15)}, what does "
            f"{chance.choice(PEOPLE)} find, rounded to {chance.randint(2, 5)} places?"
        ),
    )


def _errand(chance: random.Random) -> Drawn:
    """Return a question with short choices, as a list."""
    person, place, thing = chance.choice(PEOPLE), chance.choice(PLACES), chance.choice(THINGS)
    craft, year = chance.choice(CRAFTS), chance.randint(1610, 1890)
    return (
        f"What did {person} the {craft} leave at {thing} of {place} in {year}?",
        *(" ".join(one.split()[-2:]) for one in chance.sample(GOODS, 4)),
    )


def _reason(chance: random.Random) -> Drawn:
    """Return a short question with choices of some words, as a list."""
    person, place, craft = chance.choice(PEOPLE), chance.choice(PLACES), chance.choice(CRAFTS)
    causes = (f"the {chance.choice(CRAFTS)} of {other} sold {goods}" for other, goods in _pairs(chance))
    return (f"Why did {person} the {craft} leave {place}?", *causes)


def _pairs(chance: random.Random) -> list[tuple[str, str]]:
    return list(zip(chance.sample(PLACES, 4), chance.sample(GOODS, 4), strict=True))


def _tongue(chance: random.Random) -> Drawn:
    return (chance.choice(TONGUES)(chance),)


_TEMPLATES: tuple[Callable[[random.Random], Drawn], ...] = (
    *(_market, _journey, _history, _science),
    *(_passage, _code, _quotation, _formula),
    *(_errand, _reason, _tongue),
)
