"""The day a page was published: as its headline shows it, as its JSON-LD and its head state it, as its address says."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement

from processors.html.linked_data import Sort
from processors.html.outline import AFTER, Line, is_outside, lines, marks
from processors.html.page_facts import Page, early_times, far_elements
from processors.html.written_dates import FIGURE, Written, first_day, valid_day, written_days

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "og:published_time", "published_time",
    "article:published", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "vr:published-time", "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created", "dc.created",
    "citation_publication_date", "citation_date", "citation_online_date", "bt:pubdate", "pubdate", "publish-date",
    "publishdate", "publish_date", "publication_date", "publication-date", "rnews:datepublished", "article.published",
    "uploaddate", "datecreated", "og:pubdate", "creation_date", "created", "ob:date", "article_date_original",
    "shareaholic:article_published_time",
)  # fmt: skip
_ANY = (
    "date",
    "dc.date",
    "dcterms.date",
    "dc:date",
    "article.date",
    "datemodified",
    "article:modified_time",
    "og:updated_time",
)
_CHANGE = ("article:modified_time", "og:updated_time", "datemodified")
_CALLED = re.compile(
    r"(?<![a-z])(?:date|datum|fecha|data|published|publish|posted|time|created|erstellt|stand)|date(?![a-z])"
    r"|datum(?![a-z])|publish|meta(?![a-z])"
)
_CALLED_CHANGED = re.compile(r"modif|update|aktualisier|änder|changed|edited|bearbeit|revis")
_CALLED_PUBLISHED = re.compile(r"publ|entry-date|created")
_CHANGED = re.compile(
    r"modif|updat|a[ck]tuali|geändert|änderung|changed|edited|bearbeitet|revised|stand\b|mis à jour", re.IGNORECASE
)
_SAID_PUBLISHED = re.compile(r"publi|veröffentlich|erstellt|posted|geschrieben|created|eingestellt", re.IGNORECASE)
_SAID_DAY = re.compile(_SAID_PUBLISHED.pattern + r"|datum|date|\bvom?\b|\bam\b", re.IGNORECASE)
_OTHER_DAY = re.compile(
    r"abbildung|foto|quelle|image|termin|geb(?:urt|oren)|born|event|veranstalt|beginn|\bab\b|\bbis\b|until|copyright|©"
    r"|deadline|gültig|comment|kommentar",
    re.IGNORECASE,
)
_OF_ADDRESS = re.compile(r"/((?:19|20)\d\d)(?:([/_-])(\d\d?)\2(\d\d?)|()(\d\d)(\d\d))(?!\d)")
_IN_UTC = re.compile(r"(?:Z|\+00:?00)$")
_STAMPS = ("datetime", "content", "title")
# Letters beside the day in a line that is about the day, without and with a word that says so.
_FEW_LETTERS, _MOST_LETTERS, _ANY_LETTERS = 25, 60, 1000
_MOST_DAYS, _MAX_LATER, _MOST_STAMP_CHARS = 2, 100, 100


class _Shown(NamedTuple):
    """A line that shows a day, what it says before it, how many letters and figures else, and of how many days."""

    line: Line
    day: datetime
    before: str
    beside: int
    days: int


def published_day(page: Page) -> datetime | None:
    """Return midnight UTC of the day the page says it was published on, else of one it was changed on."""
    stated = _described(page, "article") or _in_head(page, _PUBLISHED)
    known = stated or _described(page, "page") or _described(page, "media")
    changes = {day for day in _changes(page) if known and abs((day - known).days) > 1}
    marked = [line for line in page.near if _is_marked(line)]
    dated = _agreed(_closest(_shown(page, marked, changes), "dated"), stated) or stated
    return dated or _undated(page, known, changes)


def _undated(page: Page, known: datetime | None, changes: Collection[datetime]) -> datetime | None:
    """Return the day of a page whose article states none and shows none that is marked as its own."""
    shown = list(_shown(page, page.near, changes))
    return (
        _closest(shown, "written")
        or known
        or _of_address(page.url)
        or _in_head(page, _ANY)
        or _closest(shown, "changed")
        or _earlier(page)
        or _later(page)
    )


def _changes(page: Page) -> Iterator[datetime]:
    stamps = [article.modified for article in page.linked.articles]
    stamps += [page.tags[name][0] for name in _CHANGE if name in page.tags]
    yield from (day for stamp in stamps if (day := _day(stamp, page)))


def _shown(page: Page, near: Iterable[Line], changes: Collection[datetime] = ()) -> Iterator[tuple[str, _Shown]]:
    """Yield the lines that show a day, and of what kind it is.

    ``dated`` where the page marks it as its day, ``written`` where it stands by itself, ``changed`` where it is a later
    one. Days of events and comments, those in running text and those of ``changes`` are left out.
    """
    for line in near:
        shown = _read(line, month_first=page.month_first)
        if not shown or shown.day in changes:
            continue
        if (kind := _kind(shown)) and not is_outside(line.element, page.within):
            yield kind, shown


def _read(line: Line, *, month_first: bool) -> _Shown | None:
    stamped = _stamped(line.element, month_first=month_first) if _is_dated(line) or line.element.tag == "abbr" else None
    days = list(written_days(line.text, month_first=month_first)) if FIGURE.search(line.text) else []
    if 1 <= len(days) <= _MOST_DAYS:
        day, start, end = _published(days, line.text)
        if stamped and abs((stamped - day).days) > 1:  # else the text has the day of the author, the stamp that of UTC
            day = stamped
        beside = sum(map(str.isalnum, line.text[:start])) + sum(map(str.isalnum, line.text[end:]))
        return _Shown(line, day, line.text[:start], beside, len(days))
    return _Shown(line, stamped, line.text, sum(map(str.isalnum, line.text)), 0) if stamped else None


def _published(days: list[Written], text: str) -> Written:
    """Return the first day, or the second where the first is that of a change and only the second of publication."""
    first, last = days[0], days[-1]
    between = text[first.end : last.start]
    is_changed = _CHANGED.search(text[: first.start]) and not _SAID_PUBLISHED.search(text[: first.start])
    return last if is_changed and _SAID_PUBLISHED.search(between) and not _CHANGED.search(between) else first


def _stamped(element: HtmlElement, *, month_first: bool) -> datetime | None:
    stamps = (element.get(key, "")[:_MOST_STAMP_CHARS] for key in _STAMPS)
    return next((day for stamp in stamps if (day := first_day(stamp, month_first=month_first))), None)


def _kind(shown: _Shown) -> str:
    line, said = shown.line, _SAID_DAY.search(shown.before)
    if _is_change(shown):
        return "changed"
    if _is_dated(line) or (_is_marked(line) and shown.beside < _MOST_LETTERS):
        return "dated"
    if _OTHER_DAY.search(line.text):
        return ""
    most = 0 if not said else _ANY_LETTERS if len(shown.before) - said.start() <= _FEW_LETTERS else _MOST_LETTERS
    return "written" if shown.beside <= max(_FEW_LETTERS, most) else ""


def _is_change(shown: _Shown) -> bool:
    if _CALLED_CHANGED.search(shown.line.called) and not _CALLED_PUBLISHED.search(shown.line.called):
        return True
    changed = _CHANGED.search(shown.line.text)
    if not changed or _SAID_PUBLISHED.search(shown.before):
        return False
    return not (shown.days > 1 and changed.start() > len(shown.before))  # the second day is that of the change


def _is_dated(line: Line) -> bool:
    return line.element.tag == "time" or "datepublished" in line.called or "datecreated" in line.called


def _is_marked(line: Line) -> bool:
    return _is_dated(line) or _names_day(line.called)


@lru_cache(maxsize=4096)
def _names_day(called: str) -> bool:
    return _CALLED.search(called) is not None


def _closest(shown: Iterable[tuple[str, _Shown]], kind: str) -> datetime | None:
    """Return the day of the line closest to the headline; one before it counts as twice as far."""
    offsets = [(one.line.offset, one.day) for its_kind, one in shown if its_kind == kind]
    return min((offset if offset > 0 else -2 * offset, day) for offset, day in offsets)[1] if offsets else None


def _agreed(shown: datetime | None, stated: datetime | None) -> datetime | None:
    """Return ``shown``, with day and month exchanged where only that makes it the day that is stated."""
    if shown and stated and shown.day <= 12 and (shown.day, shown.month) == (stated.month, stated.day):
        return stated
    return shown


def _described(page: Page, sort: Sort) -> datetime | None:
    stamps = (article.published for article in page.linked.articles if article.sort == sort)
    return next((day for stamp in stamps if (day := _day(stamp, page))), None)


def _in_head(page: Page, names: Iterable[str]) -> datetime | None:
    return next((day for name in names if name in page.tags and (day := _day(page.tags[name][0], page))), None)


def _day(stamp: str, page: Page) -> datetime | None:
    """Return the day of a stamp as it is written, in UTC the day of the page's address where that is beside it."""
    day = first_day(stamp[:_MOST_STAMP_CHARS], month_first=page.month_first)
    address = _of_address(page.url)
    if day and address and _IN_UTC.search(stamp) and abs((day - address).days) == 1:
        return address
    return day


def _of_address(url: str | None) -> datetime | None:
    found = _OF_ADDRESS.search(url or "")
    return valid_day(*(int(figures) for figures in found.groups() if figures and figures.isdigit())) if found else None


def _earlier(page: Page) -> datetime | None:
    """Return the first day before the headline that is said to be that of publication."""
    found = _shown(page, lines(early_times(page)[:_MAX_LATER], 0))
    return next((one.day for kind, one in found if kind == "dated" and _SAID_PUBLISHED.search(one.before)), None)


def _later(page: Page) -> datetime | None:
    """Return the first day further down that the page marks as one, or else the last change its JSON-LD states."""
    marked = (
        element for element in far_elements(page) if element.tag in ("time", "abbr") or _names_day(marks(element))
    )
    found = list(_shown(page, lines(islice(marked, _MAX_LATER), AFTER)))
    changed = (_day(article.modified, page) for article in page.linked.articles)
    return next((one.day for _, one in found), None) or next((day for day in changed if day), None)
