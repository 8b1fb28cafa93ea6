"""What a page states about itself: title, author and day of publication."""

import logging
from datetime import UTC, datetime
from typing import NamedTuple

from htmldate import find_date
from lxml.html import HtmlElement

from processors.html.page_author import page_authors
from processors.html.page_date import published_day
from processors.html.page_facts import read_page

logging.getLogger("htmldate").addHandler(logging.NullHandler())

# htmldate refuses dates after "now" unless told another bound; the same page must give the same date on every day.
_LAST_DAY = "2100-01-01"


class Metadata(NamedTuple):
    """What a page says about itself; ``author`` is the names joined by "; ", ``created_at`` midnight UTC of the day."""

    title: str | None
    author: str | None
    created_at: datetime | None


def metadata(tree: HtmlElement, url: str | None) -> Metadata:
    """Return title, authors and day of publication as ``tree`` states them; ``url`` may hold the day, too."""
    page = read_page(tree, url)
    day = published_day(page) or _searched_day(tree, url)
    return Metadata(page.title or None, "; ".join(page_authors(page)) or None, day)


def _searched_day(tree: HtmlElement, url: str | None) -> datetime | None:
    # The extensive search makes a day of any year it finds, mostly the first of January of the copyright's.
    found = find_date(tree, url=url, original_date=True, extensive_search=False, max_date=_LAST_DAY)
    return datetime.strptime(found, "%Y-%m-%d").replace(tzinfo=UTC) if found else None
