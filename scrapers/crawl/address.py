"""URLs: the one name of a page, the authority that paces it, and the addresses that are never asked."""

import ipaddress
import re
import socket
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import canonicalize_url

MAX_URL_CHARS = 2083  # Scrapy's URLLENGTH_LIMIT, the longest URL common browsers ever took
CACHED_URLS = 1 << 15  # a site's menu is linked from every page
PORTS = {"http": 80, "https": 443}
NUMBERS_ONLY = re.compile(r"[0-9a-fx.]+", re.IGNORECASE)


@lru_cache(maxsize=CACHED_URLS)
def canonical(url: str) -> str:
    """Return the one spelling of ``url``: lower-case host, no default port, sorted query, no fragment."""
    parts = urlsplit(canonicalize_url(url))
    host = (parts.hostname or "").lower()
    name = f"[{host}]" if ":" in host else host
    port = parts.port
    netloc = name if port in (None, PORTS.get(parts.scheme)) else f"{name}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


@lru_cache(maxsize=CACHED_URLS)
def authority(url: str) -> str:
    """Return ``scheme://host:port`` of ``url``, the unit of robots.txt (RFC 9309, 2.3) and of pacing."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}:{parts.port or PORTS.get(parts.scheme, 0)}"


@lru_cache(maxsize=CACHED_URLS)
def host_of(url: str) -> str | None:
    """Return the lower-case host of an http or https URL, with its port unless that is the scheme's own.

    ``None`` for any other scheme and for a malformed URL.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not host:
        return None
    return host if port in (None, PORTS[parts.scheme]) else f"{host}:{port}"


def is_public(address: str) -> bool:
    """Return whether the IP ``address`` is one of the open internet."""
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast


def refused(url: str, *, allow_private: bool) -> str | None:
    """Return why ``url`` is never asked, or ``None``: its scheme, a password in it, or a private IP address.

    An address may be written in decimal, hexadecimal or as IPv4 in IPv6; host *names* are judged when they are
    resolved (``scrapers.crawl.resolver``).
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "the URL is malformed"
    if parts.scheme not in PORTS or not host:
        return f"only http and https are asked, not {parts.scheme or 'a URL without scheme'}"
    if parts.username is not None:
        return "the URL holds a user name"
    if len(url) > MAX_URL_CHARS:
        return f"the URL is longer than {MAX_URL_CHARS} characters"
    address = _literal(host)
    if address and not allow_private and not is_public(address):
        return f"{host} is not a public address"
    return None


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not NUMBERS_ONLY.fullmatch(host) or not any(char.isdigit() for char in host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None
