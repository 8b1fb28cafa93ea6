"""From a client's stream of documents to durable parts: what every source without a crawl shares."""

from collections.abc import Iterable

from scrapers.crawl.archive import Parts
from scrapers.page import Desk, Progress, Scraped


def take_in(desk: Desk, documents: Iterable[Scraped]) -> Progress:
    """Store ``documents`` as parts below ``desk.folder`` and return the night's counts.

    A part is written whenever one is full and at the end, also when ``documents`` raises: what came before stays.
    """
    parts = Parts(desk.store, desk.folder, desk.source)
    try:
        for document in documents:
            parts.add(document)
            if parts.is_full:
                parts.flush()
            desk.report(Progress(desk.source, parts.stored, parts.refused))
    finally:
        parts.flush()
    return Progress(desk.source, parts.stored, parts.refused)
