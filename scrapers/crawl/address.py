"""URLs: the one name of a page, the authority that paces it, and the addresses that are never asked.

Every URL is read as browsers read it (WHATWG URL Standard); the rules of ``canonical`` are in ``docs/urls.md``.
"""

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote_to_bytes, urlsplit

from ada_url import URL

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL_CHARS = 2083  # Scrapy's URLLENGTH_LIMIT, the longest URL common browsers ever took
CACHED_URLS = 1 << 12  # a site's menu is linked from every page
PORTS = {"http": 80, "https": 443}

# WHATWG Fetch, section 2.9 "Port blocking": other protocols live there. Browsers block port 0 too.
BAD_PORTS = frozenset(
    (
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
        531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
        5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    )
)  # fmt: skip
# RFC 6761 (localhost), RFC 6762 (local), RFC 8375 (home.arpa), RFC 7686 (onion), ICANN board 2024.07.29.06 (internal).
PRIVATE_NAMES = (".localhost", ".local", ".home.arpa", ".onion", ".internal")

# Google Analytics "URL builders" (utm_), Matomo (mtm_, pk_), and the parameters that Brave (brave-core, query_filter)
# and Firefox (remote settings, query-stripping) take off links.
TRACKING_PREFIXES = ("utm_", "mtm_", "__hs")
TRACKING = frozenset(
    (
        "__s", "_branch_match_id", "_ga", "_gl", "_hsenc", "_hsmi", "_kx", "_openstat", "dclid", "epik",
        "fb_action_ids", "fb_source", "fbclid", "gad_source", "gbraid", "gclid", "gclsrc", "hsctatracking", "igsh",
        "igshid", "irclickid", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "ml_subscriber", "ml_subscriber_hash",
        "msclkid", "oly_anon_id", "oly_enc_id", "rb_clickid", "rdt_cid", "s_cid", "srsltid", "ttclid", "twclid",
        "vero_conv", "vero_id", "wbraid", "wickedid", "yclid", "ymclid", "ysclid",
    )
)  # fmt: skip
# What servers call their sessions: PHP, Java, ASP, ColdFusion, osCommerce, Zen Cart; other names only before a token.
SESSION_NAMES = re.compile(r"phpsessid|jsessionid|aspsessionid[a-z]*|cfid|cftoken|oscsid|zenid")
TOKEN_NAMES = frozenset(("sid", "sess", "sessid", "session", "session_id", "sessionid"))
TOKEN = re.compile(r"(?=[0-9a-f]*[a-f])[0-9a-f]{16,}|(?=[a-z]*\d)[0-9a-z]{26,}", re.IGNORECASE)  # PHP: 26 characters
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|aspsessionid[a-z]*|sid)=[^/;]*", re.IGNORECASE)
ASP_NET_SESSION = re.compile(r"/\([ASF]\([A-Za-z0-9_-]{12,}\)\)(?=/)")  # Microsoft Learn, "Cookieless SessionIDs"
SLASHES = re.compile(r"(?<!:)/{2,}")  # those of a URL in the path stay
PATH_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
QUERY_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?|[^A-Za-z0-9_.~+=-]")
UNRESERVED = re.compile(r"[A-Za-z0-9_.~-]")  # RFC 3986, section 2.3
LAST_PORT = re.compile(r":(\d*)$")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
STRIPPED = "".join(map(chr, range(0x21)))  # URL Standard, 4.4: C0 controls and space around a URL


def resolve(url: str, base: str | None = None) -> str | None:
    """Return ``url``, relative to ``base`` where it is, as the URL Standard parses it, or ``None`` for a failure.

    Half a surrogate pair is U+FFFD, as in every string that reaches a browser's parser.
    """
    try:
        found: str = URL(url, base).href
    except UnicodeEncodeError:
        return resolve(_scalar(url), None if base is None else _scalar(base))
    except ValueError:
        return None
    return found


def join(base: str, href: str) -> str | None:
    """Return where a browser goes from ``base`` by the link ``href``, with its fragment; ``None`` if not by http(s)."""
    found = resolve(href, base)
    return found if found and found.startswith(("http://", "https://")) else None


@lru_cache(maxsize=CACHED_URLS)
def canonical(url: str) -> str:
    """Return the one name of the page at ``url``, the same for all its spellings; it is a key, not what is asked.

    What is no http or https URL is named by itself, less its fragment. Nothing raises, and a name's name is itself.
    """
    href = resolve(url)
    if href is None:
        return url.strip(STRIPPED).partition("#")[0].strip(STRIPPED)
    scheme, _, rest = href.partition("#")[0].partition("://")
    if scheme not in PORTS:
        return href.partition("#")[0]
    place, mark, query = rest.partition("?")
    netloc, _, path = place.partition("/")
    query = _named_query(query) if mark else ""
    return f"{scheme}://{_undotted(netloc)}{_named_path(f'/{path}')}{'?' if query else ''}{query}"


@lru_cache(maxsize=CACHED_URLS)
def authority(url: str) -> str:
    """Return ``scheme://host:port`` of ``url``, the unit of robots.txt (RFC 9309, 2.3) and of pacing.

    A port that the scheme does not have is 0, and a URL that cannot be read has neither scheme nor host.
    """
    scheme, host, port = _parts(resolve(url) or "")
    return f"{scheme}://{host}:{port}"


@lru_cache(maxsize=CACHED_URLS)
def host_of(url: str) -> str | None:
    """Return the lower-case host of an http or https URL, with its port unless that is the scheme's own.

    ``None`` for any other scheme and for a malformed URL.
    """
    scheme, host, port = _parts(resolve(url) or "")
    if scheme not in PORTS:
        return None
    return host if port == PORTS[scheme] else f"{host}:{port}"


def is_public(address: str) -> bool:
    """Return whether the IP ``address``, and any IPv4 address inside an IPv6 one, is one of the open internet.

    Raises:
        ValueError: ``address`` is no IP address.
    """
    found = ipaddress.ip_address(address)
    return all(one.is_global and not one.is_multicast for one in _asked(found))


def refused(url: str, *, allow_private: bool) -> str | None:
    """Return why ``url`` is never asked, or ``None``.

    Its scheme, user name, length or port; a host that other readers of URLs see elsewhere; and, but for
    ``allow_private``, a private address in any notation or a name of no public domain. What a public *name* leads to
    is judged when it is resolved (``scrapers.crawl.resolver``).
    """
    href = resolve(url)
    if href is None:
        return "the URL is malformed"
    scheme, host, port = _parts(href)
    if scheme not in PORTS:
        return f"only http and https are asked, not {scheme or 'a URL without scheme'}"
    reasons = {
        "the URL holds a user name": "@" in _netloc(href),
        f"the URL is longer than {MAX_URL_CHARS} characters": len(url) > MAX_URL_CHARS,
        f"port {port} belongs to another protocol": port in BAD_PORTS,
        "its host can be read in two ways": not _is_one_host(url, host),
        "its host is no name of the DNS": not _is_name(host),
    }
    found = next((reason for reason, applies in reasons.items() if applies), None)
    return found if found or allow_private else _private(host)


def _scalar(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _netloc(href: str) -> str:
    return href.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]


def _parts(href: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a parsed URL; the port is the scheme's own where none is written."""
    scheme = href.partition(":")[0]
    host = _undotted(_netloc(href).rpartition("@")[2])
    port = LAST_PORT.search(host)
    if port:
        return scheme, host[: port.start()], int(port[1] or 0)
    return scheme, host, PORTS.get(scheme, 0)


def _undotted(netloc: str) -> str:
    """Return ``netloc`` without the dot that only says that its host is written in full (RFC 1034, 3.1)."""
    user, at, place = netloc.rpartition("@")
    host, colon, port = place.partition(":")
    if host[-1:] == "." and host[-2:-1] not in ("", "."):
        return f"{user}{at}{host[:-1]}{colon}{port}"
    return netloc


def _named_path(path: str) -> str:
    if "%" in path:
        path = PATH_ESCAPE.sub(_path_escape, path)
    if ";" in path or "(" in path:
        path = _without_session(path)
    return SLASHES.sub("/", path) if "//" in path else path


def _without_session(path: str) -> str:
    shorter = ASP_NET_SESSION.sub("", SESSION_IN_PATH.sub("", path))
    if shorter == path:
        return path
    return (resolve(f"http://h{shorter}") or "")[len("http://h") :]  # what is left may be a dot


def _path_escape(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]] if found[1] else "%25"


def _query_escape(found: re.Match[str]) -> str:
    if found[1]:
        return "+" if found[1] == "20" else _ESCAPES[found[0]]
    return f"%{ord(found[0]):02X}"


def _named_query(query: str) -> str:
    """Return ``query`` as a form would send it, sorted, less tracking and sessions."""
    fields = [QUERY_ESCAPE.sub(_query_escape, field) for field in query.split("&") if field]
    pairs = [(name, value) for name, _, value in (field.partition("=") for field in fields)]
    kept = [pair for pair in pairs if not _is_noise(*pair)]
    if len(kept) > 1:
        kept.sort(key=_decoded if any("%" in field or "+" in field for field in fields) else None)
    return "&".join(f"{name}={value.replace('=', '%3D')}" for name, value in kept)


def _decoded(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    name, value = pair
    return unquote_to_bytes(name.replace("+", " ")), unquote_to_bytes(value.replace("+", " "))


def _is_noise(name: str, value: str) -> bool:
    name = name.lower()
    if name in TRACKING or name.startswith(TRACKING_PREFIXES):
        return True
    return SESSION_NAMES.fullmatch(name) is not None or (name in TOKEN_NAMES and TOKEN.fullmatch(value) is not None)


def _is_name(host: str) -> bool:
    """Return whether labels and whole name are of the lengths that RFC 1035, 2.3.4 allows; addresses are."""
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(1 <= len(label) <= 63 for label in labels)


def _is_one_host(url: str, host: str) -> bool:
    """Return whether Python's reader finds the host that browsers find; after a backslash they go apart."""
    try:
        other = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return other == host or _parts(resolve(f"http://{f'[{other}]' if ':' in other else other}/") or "")[1] == host


@lru_cache(maxsize=CACHED_URLS)
def _private(host: str) -> str | None:
    try:
        is_open = is_public(host.strip("[]"))
    except ValueError:
        name = f".{host}"
        if name.endswith(PRIVATE_NAMES) or "." not in host:  # a name without a dot is one of the local network
            return f"{host} is not a public address"
        return None
    return None if is_open else f"{host} is not a public address"


def _asked(found: Address) -> Iterator[Address]:
    """Yield the addresses that a packet to ``found`` may end at.

    IPv4-mapped and -compatible (RFC 4291, 2.5.5), NAT64 (RFC 6052, 2.1), 6to4 (RFC 3056).
    """
    if isinstance(found, ipaddress.IPv4Address):
        yield found
        return
    last = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    if found.ipv4_mapped or int(found) >> 32 == 0:
        yield last
        return
    yield found
    if found in NAT64:
        yield last
    if found.sixtofour:
        yield found.sixtofour


def _escapes() -> dict[str, str]:
    """Return each spelling of an escape in normal form (RFC 3986, 6.2.2): upper case, and no unreserved character."""
    forms: dict[str, str] = {}
    for code in range(256):
        plain = chr(code)
        form = plain if UNRESERVED.fullmatch(plain) else f"%{code:02X}"
        for high in {f"{code >> 4:x}", f"{code >> 4:X}"}:
            for low in {f"{code & 15:x}", f"{code & 15:X}"}:
                forms[f"%{high}{low}"] = form
    return forms


_ESCAPES = _escapes()


def hidden_login(url: str) -> str:
    """Return ``url`` with ``***`` for the user name and password it may hold."""
    scheme, mark, rest = url.partition("://")
    place = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    login, at, _ = place.rpartition("@")
    return f"{scheme}{mark}***{rest[len(login) :]}" if mark and at else url
