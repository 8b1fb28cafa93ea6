"""The demo world on a night: its sites, its papers and what should become of each document. Pure."""

from functools import cache

from demo import other_sites, papers, sites
from demo.resource import World

SITES = (
    sites.magazine_site,
    sites.wiki_site,
    sites.ask_site,
    sites.shop_site,
    other_sites.mirror_site,
    other_sites.closed_site,
    other_sites.welt_site,
    other_sites.cellar_site,
    other_sites.flaky_site,
    other_sites.attic_site,
)
NIGHTS = (1, 2)


@cache
def build(night: int) -> World:
    """Return the world on ``night``, the same one each time; callers must not change it.

    Raises:
        ValueError: ``night`` is neither 1 nor 2.
    """
    if night not in NIGHTS:
        raise ValueError(f"the demo world has the nights 1 and 2, not {night}")
    built = [make(night) for make in SITES]
    documents = [*(document for site in built for document in site.documents), *papers.documents(night)]
    return World(
        night,
        {site.host: site.resources for site in built},
        papers.papers(night),
        {document.id: document for document in documents},
    )
