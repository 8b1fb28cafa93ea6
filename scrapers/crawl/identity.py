"""Who asks: one user agent for every source, with a person behind it."""

import re
from functools import cache
from importlib.metadata import version

from corpus.errors import SourceError
from scrapers.page import Network

TOKEN = "gristmill"  # noqa: S105 - the product token robots.txt groups are matched against (RFC 9309, 2.2.1)
CONTACT = re.compile(r"[\x21-\x27\x2a-\x7e]{3,200}")  # one word without parentheses: it stands inside a header comment


def user_agent(network: Network) -> str:
    """Return ``gristmill/VERSION (+CONTACT)``.

    Raises:
        SourceError: there is no contact, or it could not stand in a header.
    """
    if not network.contact:
        raise SourceError(
            "nobody to write to: a scraper tells every site who asks; set `contact` in recipe.toml or the environment "
            "variable GRISTMILL_CONTACT to a mail address or web page"
        )
    if not CONTACT.fullmatch(network.contact) or not re.search(r"[@./]", network.contact):
        raise SourceError(f"the contact {network.contact!r} is no mail address or web page; set `contact` to one")
    return f"{TOKEN}/{_version()} (+{network.contact})"


@cache
def _version() -> str:
    return version("gristmill")
