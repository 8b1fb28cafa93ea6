"""Names that lead inside: for what is not asked through the crawler's own resolver."""

import socket

from scrapers.crawl.address import is_public


def private_address_of(host: str) -> str | None:
    """Return an address of ``host`` that is not public, or ``None``; raises ``OSError`` where it does not resolve."""
    found = {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)}
    return next((address for address in sorted(found) if not is_public(address)), None)
