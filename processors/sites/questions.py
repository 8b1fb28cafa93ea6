"""Pages of one question with its answers: Stack Exchange and what marks itself as schema.org's ``QAPage``."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import NamedTuple

from lxml import etree, html
from lxml.html import HtmlElement

from corpus.turns import Turn
from processors.extracted import Extracted, Message
from processors.html.tree import copy_of
from processors.sites.content import chars, outermost, prose_chars
from processors.sites.posts import Post, as_messages, name_of, number_of, post_texts, time_of
from processors.sites.selecting import Names, every, first, may_have, remove, words_of

# A page that shows this many times what its JSON states says more than a question: an article, say.
_MOST_SHOWN = 2


class Kind(NamedTuple):
    """How a kind of page marks its question and answers; each field is a selector."""

    frame: tuple[str, ...]
    question: str
    answers: str
    title: tuple[str, ...]
    body: tuple[str, ...]
    author: tuple[str, ...]
    score: tuple[str, ...]
    accepted: str
    apparatus: str


_STACK_EXCHANGE = Kind(
    frame=("#answers", "body.question-page"),
    question="div#question",
    answers="div#answers div.answer",
    title=("#question-header h1", "#question-header .question-hyperlink", "h1[itemprop=name]", "a.question-hyperlink"),
    body=(".js-post-body", ".s-prose", ".post-text"),
    author=(".post-signature:last-child [itemprop=author] [itemprop=name]",
            ".post-signature:last-child .user-details a", ".post-signature .user-details a"),
    score=(".js-vote-count", ".vote-count-post"),
    accepted=".accepted-answer",
    apparatus=".s-notice, .s-sidebarwidget, .js-comments-container, .post-taglist, .post-signature",
)  # fmt: skip
_MICRODATA = Kind(
    frame=('[itemtype*="schema.org/QAPage"]',),
    question='[itemtype*="schema.org/QAPage"] [itemtype$="schema.org/Question"]',
    answers='[itemtype$="schema.org/Answer"]',
    title=("#topic-title h1", "h1"),
    body=("[itemprop=text]",),
    author=("[itemprop=author] [itemprop=name]", "[itemprop=author]"),
    score=("[itemprop=upvoteCount]",),
    accepted='[itemprop*="acceptedAnswer"]',
    apparatus="aside.quote > .title, .onebox > header, .lightbox .meta, .js-comments-container, .signature",
)

_CLOSED = re.compile(r" \[(?:closed|duplicate|on hold|migrated)\]$")  # what Stack Exchange adds to a title


def read_questions(tree: HtmlElement, names: Names) -> Extracted | None:
    """Return a question and its answers, the best first, or None of any other page; ``tree`` stays.

    ``messages`` are the question and the best answer: the accepted one, or that with the highest score if it is above
    zero; None where there is none or the question was voted below zero. Comments are left out, and so are names.
    """
    for kind in (_STACK_EXCHANGE, _MICRODATA):
        if may_have(names, kind.question) and (found := _read(tree, kind)) is not None:
            return found
    return _read_json(tree)


def _read(tree: HtmlElement, kind: Kind) -> Extracted | None:
    """Return what a page of ``kind`` asks and answers; one that holds more than one question is a list of them."""
    questions = outermost(every(tree, kind.question)) if first(tree, kind.frame) is not None else []
    if len(questions) != 1:
        return None
    alone = copy_of(questions[0])
    remove(alone, kind.answers.rpartition(" ")[2])  # what schema.org's answers say is not said by the question
    within = tree if kind is _STACK_EXCHANGE else questions[0]
    elements = [alone, *outermost(every(within, kind.answers))]
    texts, hidden_chars = post_texts([first(one, kind.body) for one in elements], kind.apparatus)
    asked, *answers = [_post(one, kind, text) for one, text in zip(elements, texts, strict=True)]
    if not asked.text or not (kind is _STACK_EXCHANGE or any(texts[1:])):
        return None
    return _extracted(_title(tree, alone, kind), asked, answers)._replace(hidden_chars=hidden_chars)


def _title(tree: HtmlElement, asked: HtmlElement, kind: Kind) -> str:
    """Return the title of a question: its own name, for schema.org's persons have one, too, else the page's heading."""
    names = every(asked, "[itemprop=name]") if kind is _MICRODATA else []
    own = (name for name in names if _scope(name, asked) is asked)
    return _CLOSED.sub("", name_of(next(own, first(tree, kind.title))) or "")


def _scope(element: HtmlElement, outermost: HtmlElement) -> HtmlElement:
    return next((around for around in element.iterancestors() if around.get("itemscope") is not None), outermost)


def _post(element: HtmlElement, kind: Kind, text: str) -> Post:
    score = first(element, kind.score)
    time = first(element, ("time[itemprop=dateCreated]", "[itemprop=dateCreated]", "[itemprop=datePublished]",
                           ".user-action-time .relativetime", "time[datetime]"))  # fmt: skip
    stated = None if time is None else time.get("datetime") or time.get("content") or (time.get("title") or "")[:20]
    return Post(
        text=text,
        author=name_of(first(element, kind.author)),
        created_at=time_of(stated),
        score=number_of(
            element.get("data-score") or (None if score is None else score.get("content") or words_of(score))
        ),
        is_accepted=any(found is element for found in every(element, kind.accepted)),
    )


def _extracted(title: str, question: Post, answers: Sequence[Post]) -> Extracted:
    ranked = sorted((one for one in answers if one.text), key=lambda one: (not one.is_accepted, -(one.score or 0)))
    heading = f"# {title}" if title else ""
    written = [f"## {'Accepted answer' if one.is_accepted else 'Answer'}\n\n{one.text}" for one in ranked]
    return Extracted(
        text="\n\n".join(filter(None, (heading, question.text, *written))),
        title=title or None,
        author=question.author,
        created_at=question.created_at,
        messages=_dialogue("\n\n".join(filter(None, (title, question.text))), question, ranked),
    )


def _dialogue(asked: str, question: Post, ranked: Sequence[Post]) -> list[Message] | None:
    best = next((one for one in ranked if one.is_accepted or (one.score or 0) > 0), None)
    if best is None or (question.score or 0) < 0 or (best.score or 0) < 0:
        return None
    return as_messages([Turn(role="user", content=asked), Turn(role="assistant", content=best.text)])


def _read_json(tree: HtmlElement) -> Extracted | None:
    """Return the one question that a page states for machines, if the page shows little else."""
    questions = list(_stated_in_json(tree))
    found = _asked_in(questions[0]) if len(questions) == 1 else None
    return found if found is not None and prose_chars(tree) <= _MOST_SHOWN * chars(found.text) else None


def _stated_in_json(tree: HtmlElement) -> Iterator[Mapping[str, object]]:
    for script in tree.iter("script"):
        stated = script.text or "" if script.get("type") == "application/ld+json" else ""
        if "QAPage" not in stated:
            continue
        try:
            record = json.loads(stated)
        except (ValueError, RecursionError):
            continue
        for page in record if isinstance(record, list) else [record]:
            entity = page.get("mainEntity") if isinstance(page, dict) and page.get("@type") == "QAPage" else None
            yield from _records(entity)


def _asked_in(question: Mapping[str, object]) -> Extracted | None:
    accepted = [_told(one)._replace(is_accepted=True) for one in _records(question.get("acceptedAnswer"))]
    answers = accepted + [_told(one) for one in _records(question.get("suggestedAnswer"))]
    title, asked = " ".join(_markdown(question.get("name")).split()), _told(question)
    if not any(one.text for one in answers) or not (title or asked.text):
        return None
    return _extracted(title, asked, answers)


def _told(record: Mapping[str, object]) -> Post:
    people = _records(record.get("author"))
    return Post(
        text=_markdown(record.get("text")),
        author=_plain(people[0].get("name")) or None if people else None,
        created_at=time_of(_plain(record.get("dateCreated") or record.get("datePublished"))),
        score=number_of(str(record.get("upvoteCount"))),
    )


def _records(value: object) -> list[Mapping[str, object]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _markdown(value: object) -> str:
    """Return the Markdown of a text that may hold HTML; of one without tags the lines stay, and its entities do not."""
    text = value.strip() if isinstance(value, str) else ""
    if "</" not in text and "<br" not in text and "<p>" not in text:
        return unescape(text)
    try:
        return post_texts([html.fragment_fromstring(text, create_parent="div")], "")[0][0]
    except (etree.ParserError, ValueError):
        return ""


def _plain(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
