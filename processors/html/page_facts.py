"""What is known of a page when its authors and its day are looked for: its title, what states them, lines near it."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice, takewhile
from typing import NamedTuple

from lxml.html import HtmlElement

from processors.html.linked_data import LinkedData, linked_data
from processors.html.meta_tags import Tags, host_of, meta_tags, site_names
from processors.html.outline import AFTER, BEFORE, FAR_AFTER, FIRST_LINES, Line, following, lines, preceding
from processors.html.page_title import page_title

# Countries' domains whose English writes the day before the month.
_DAY_FIRST = {"uk", "ie", "au", "nz", "in", "za", "eu", "de", "at", "ch", "nl"}


class Page(NamedTuple):
    """The parts of a page that tell who wrote it and when.

    ``near`` are the lines round the ``headline`` (or the first of the page); ``within`` are the elements that hold the
    headline; ``sites`` the names of the site as letters; ``month_first``: whether 3/4/2019 is in March.
    """

    root: HtmlElement
    headline: HtmlElement | None
    title: str
    near: Sequence[Line]
    within: Collection[HtmlElement]
    tags: Tags
    linked: LinkedData
    sites: Collection[str]
    url: str | None
    month_first: bool


def read_page(tree: HtmlElement, url: str | None) -> Page:
    """Return what ``tree``, which came from ``url``, says of itself and shows round its headline."""
    tags, linked = meta_tags(tree), linked_data(tree)
    sites = site_names(tags, linked.site_names, url)
    described = [article.headline for article in linked.articles if article.sort == "article"][:1]
    title, headline = page_title(tree, tags, described, sites)
    within = frozenset(headline.iterancestors()) if headline is not None else frozenset()
    return Page(
        root=tree,
        headline=headline,
        title=title,
        near=list(_near(tree, headline, within)),
        within=within,
        tags=tags,
        linked=linked,
        sites=sites,
        url=url,
        month_first=_is_month_first(tree, url),
    )


def early_times(page: Page) -> list[HtmlElement]:
    """Return the ``<time>`` elements before the lines that are near the headline."""
    if page.headline is None:
        return []
    near = frozenset(islice(preceding(page.headline, page.root), BEFORE))
    before = takewhile(lambda one: one is not page.headline, page.root.iter("time", page.headline.tag))
    return [element for element in before if element.tag == "time" and element not in near]


def far_elements(page: Page) -> Iterator[HtmlElement]:
    """Yield the elements after the lines that are near the headline, at most ``FAR_AFTER``."""
    start, first = (page.root, FIRST_LINES) if page.headline is None else (page.headline, AFTER)
    return islice(following(start, page.root), first, first + FAR_AFTER)


def _near(root: HtmlElement, headline: HtmlElement | None, within: Collection[HtmlElement]) -> Iterator[Line]:
    if headline is None:
        yield from lines(islice(following(root, root), FIRST_LINES), 0)
        return
    before = list(islice(preceding(headline, root), BEFORE))[::-1]
    yield from lines(before, -len(before), within)
    yield from lines(islice(following(headline, root), AFTER), 0)


def _is_month_first(root: HtmlElement, url: str | None) -> bool:
    """Return whether the page says it is English, of the United States or of no country, and its address agrees."""
    language = root.get("lang", "").lower().replace("_", "-")
    return language in ("en", "en-us") and host_of(url).rpartition(".")[2] not in _DAY_FIRST
