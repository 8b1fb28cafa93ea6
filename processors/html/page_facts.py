"""What is known of a page when its authors and its day are looked for: its title, what states them, lines near it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from lxml.html import HtmlElement

from processors.html.linked_data import LinkedData, linked_data
from processors.html.meta_tags import Tags, host_of, meta_tags, site_names
from processors.html.outline import AFTER, BEFORE, FAR_AFTER, FIRST_LINES, Line, elements_of, lines
from processors.html.page_title import page_title

# Countries' domains whose English writes the day before the month.
_DAY_FIRST = {"uk", "ie", "au", "nz", "in", "za", "eu", "de", "at", "ch", "nl"}


class Page(NamedTuple):
    """The parts of a page that tell who wrote it and when.

    ``near`` are the lines round the headline (or the first of the page), ``early`` the ``<time>`` elements before them,
    ``far`` the elements after them; ``within`` are the elements that hold the headline; ``sites`` the names of the site
    as letters; ``month_first``: whether 3/4/2019 is in March.
    """

    title: str
    near: Sequence[Line]
    early: Sequence[HtmlElement]
    far: Sequence[HtmlElement]
    within: Collection[HtmlElement]
    tags: Tags
    linked: LinkedData
    sites: Collection[str]
    url: str | None
    month_first: bool


def read_page(tree: HtmlElement, url: str | None) -> Page:
    """Return what ``tree``, which came from ``url``, says of itself and shows round its headline."""
    elements, tags, linked = elements_of(tree), meta_tags(tree), linked_data(tree)
    sites = site_names(tags, linked.site_names, url)
    described = [article.headline for article in linked.articles if article.sort == "article"][:1]
    title, headline = page_title(elements, tags, described, sites)
    within = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    place = elements.index(headline) if headline is not None else 0
    first, last = (place - BEFORE, place + AFTER) if headline is not None else (0, FIRST_LINES)
    return Page(
        title=title,
        near=[line for line in lines(elements, first, last, place) if line.element not in within],
        early=[element for element in elements[: max(0, first)] if element.tag == "time"],
        far=elements[last : last + FAR_AFTER],
        within=within,
        tags=tags,
        linked=linked,
        sites=sites,
        url=url,
        month_first=_is_month_first(elements, url),
    )


def _is_month_first(elements: Sequence[HtmlElement], url: str | None) -> bool:
    """Return whether the page says it is English, of the United States or of no country, and its address agrees."""
    language = elements[0].get("lang", "").lower().replace("_", "-") if elements else ""
    return language in ("en", "en-us") and host_of(url).rpartition(".")[2] not in _DAY_FIRST
