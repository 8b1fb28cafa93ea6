"""Invented papers on the science of brewing, served in the Atom format of arXiv's query API.

The format (elements, namespaces, OpenSearch counts) is that of https://info.arxiv.org/help/api/user-manual.html.
"""

from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import parse_qs, urlsplit

from demo.phrasing import Dice, filled, topics, words
from demo.resource import Document, Paper, Resource

HOST = "export.arxiv.test"
SOURCE = "papers"
COUNT = 40
ADDED = 3
SHORT = 11  # its abstract is one sentence
REPRINT_OF, REPRINT = 6, 27  # the second says what the first says, and four words more
REVISED = 15  # gets a new abstract on night 2
CATEGORIES = ("q-bio.QM", "physics.bio-ph", "physics.chem-ph", "q-bio.PE", "stat.AP", "physics.flu-dyn", "eess.SP")
FAMILY_NAMES = (
    "Aldermalt",
    "Brouwer",
    "Cervenka",
    "Dregsby",
    "Fassbinder",
    "Gristwood",
    "Hopkins",
    "Kellermann",
    "Lautermann",
    "Oastler",
)
TITLES = (
    "How {cause} shapes {effect}", "{cause} and {effect}: a reassessment", "Does {cause} control {effect}?",
    "A minimal model of {effect} under varying {cause}", "Measuring the response of {effect} to {cause}",
)  # fmt: skip


def papers(night: int) -> tuple[Paper, ...]:
    """Return the papers to be had on ``night``."""
    return tuple(_paper(number, night) for number in range(COUNT + (ADDED if night > 1 else 0)))


def documents(night: int) -> list[Document]:
    """Return what should become of each paper."""
    return [
        Document(
            f"{SOURCE}/{_key(number)}",
            "too-short" if number == SHORT else None,
            family="papers/reprint" if number in (REPRINT_OF, REPRINT) else None,
            seen=2 if night > 1 and (number == REVISED or number >= COUNT) else 1,
        )
        for number in range(COUNT + (ADDED if night > 1 else 0))
    ]


def answer(found: tuple[Paper, ...], target: str) -> Resource:
    """Answer ``/api/query?start=..&max_results=..``; every query matches everything, the newest first."""
    parts = urlsplit(target)
    if parts.path != "/api/query":
        return Resource(b"404: ask /api/query\n", "text/plain", 404)
    options = parse_qs(parts.query)
    wanted = [key.partition("v")[0] for key in options.get("id_list", [""])[0].split(",") if key]
    chosen = [paper for paper in found if not wanted or paper.key in wanted]
    order = {"submittedDate": "published_at", "lastUpdatedDate": "updated_at"}.get(
        options.get("sortBy", [""])[0], "published_at"
    )
    is_descending = options.get("sortOrder", ["descending"])[0] == "descending"
    chosen.sort(key=lambda paper: (getattr(paper, order), paper.key), reverse=is_descending)
    start, size = (_number(options, name, default) for name, default in (("start", 0), ("max_results", 10)))
    return Resource(_feed(chosen, start, size).encode(), "application/atom+xml; charset=utf-8")


def _number(options: dict[str, list[str]], name: str, default: int) -> int:
    text = options.get(name, [""])[0]
    return int(text) if text.isdecimal() else default


def _feed(chosen: list[Paper], start: int, size: int) -> str:
    page = chosen[start : start + size]
    entries = "".join(_entry(paper) for paper in page)
    updated = max((paper.updated_at for paper in chosen), default=datetime(2026, 11, 1, tzinfo=UTC))
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns="http://www.w3.org/2005/Atom">\n'
        f"  <id>http://{HOST}/api/query/{start}/{size}</id>\n"
        f"  <title>arXiv Query: start={start}&amp;max_results={size}</title>\n"
        f"  <updated>{_stamp(updated)}</updated>\n  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{len(chosen)}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n{entries}</feed>\n"
    )


def _entry(paper: Paper) -> str:
    authors = "".join(f"    <author>\n      <name>{escape(name)}</name>\n    </author>\n" for name in paper.authors)
    categories = "".join(
        f'    <category term="{term}" scheme="http://arxiv.org/schemas/atom"/>\n' for term in paper.categories
    )
    return (
        f"  <entry>\n    <id>http://arxiv.org/abs/{paper.key}v1</id>\n    <title>{escape(paper.title)}</title>\n"
        f"    <updated>{_stamp(paper.updated_at)}</updated>\n    <published>{_stamp(paper.published_at)}</published>\n"
        f'    <link href="https://arxiv.org/abs/{paper.key}v1" rel="alternate" type="text/html"/>\n'
        f'    <link href="https://arxiv.org/pdf/{paper.key}v1" rel="related" type="application/pdf" title="pdf"/>\n'
        f"    <summary>{escape(paper.abstract)}</summary>\n{categories}"
        f'    <arxiv:primary_category term="{paper.categories[0]}"/>\n{authors}  </entry>\n'
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(number: int) -> str:
    return f"26{1 + number // 5:02}.{10000 + 137 * number:05}"


def _paper(number: int, night: int) -> Paper:
    dice = Dice(f"paper/{number}")
    more = _subject(dice)
    title = filled(dice.pick(TITLES), dice, {name: text for name, text in more.items() if name != "cause2"})
    people = dice.sample([f"{first} {last}" for first in words()["person"] for last in FAMILY_NAMES], 1 + dice.below(4))
    published_at = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(days=7 * number, minutes=dice.below(600))
    is_revised = night > 1 and number == REVISED
    updated_at = published_at + timedelta(days=320 if is_revised else dice.below(3))
    abstract = _abstract(number, 2 if is_revised else 1)
    return Paper(
        _key(number),
        title,
        abstract,
        tuple(people),
        tuple(dice.sample(CATEGORIES, 1 + dice.below(2))),
        published_at,
        updated_at,
    )


def _subject(dice: Dice) -> dict[str, str]:
    pools = topics("science")
    cause, cause2 = dice.sample(pools["cause"].middles, 2)
    return {"cause": cause, "cause2": cause2, "effect": dice.pick(pools["effect"].middles)}


def _abstract(number: int, revision: int) -> str:
    if number == REPRINT:
        return _abstract(REPRINT_OF, 1) + " Minor corrections were made."
    dice = Dice(f"paper/{number}" if revision == 1 else f"paper/{number}/{revision}")
    pools, more = topics("science"), _subject(dice)
    plan = [("background", 1), ("aim", 1), ("method", 2), ("result", 3), ("close", 2)]
    chosen = [sentence for name, count in plan for sentence in dice.sample(pools[name].middles, count)]
    return " ".join(filled(sentence, dice, more) for sentence in (chosen[:1] if number == SHORT else chosen))
