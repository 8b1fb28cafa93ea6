"""What a page states about itself: title, author and day of publication."""

import logging
from datetime import UTC, datetime
from typing import NamedTuple

from lxml.html import HtmlElement
from trafilatura.metadata import extract_metadata

logging.getLogger("htmldate").addHandler(logging.NullHandler())

# htmldate refuses dates after "now" unless told another bound; the same page must give the same date on every day.
_DATES = {"original_date": True, "extensive_search": True, "max_date": "2100-01-01"}


class Metadata(NamedTuple):
    """What a page says about itself; ``author`` is the name as written, ``created_at`` midnight UTC of the day."""

    title: str | None
    author: str | None
    created_at: datetime | None


def metadata(tree: HtmlElement, url: str | None) -> Metadata:
    """Return title, author and day of publication as ``tree`` states them; ``url`` may hold the day, too."""
    found = extract_metadata(tree, url, dict(_DATES))
    day = datetime.strptime(found.date, "%Y-%m-%d").replace(tzinfo=UTC) if found.date else None
    return Metadata(found.title or None, found.author or None, day)
