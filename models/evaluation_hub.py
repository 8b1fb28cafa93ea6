"""The Parquet files of one split, fetched from the Hugging Face Hub or a mirror: how much, how long, whence is bounded.

The Hub lists the files itself: https://huggingface.co/docs/dataset-viewer/parquet, section "Using the Hugging Face Hub
API". Listing and redirections lead to the endpoint itself, or by https to public addresses, and nowhere else.
"""

import ipaddress
import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from models.weights import quiet

HUB = "https://huggingface.co"  # unless HF_ENDPOINT, as for the Hub's own client, names a mirror

_TIMEOUT_S = (5, 60)  # to connect, and between two parts
_CHUNK_BYTES = 1 << 20
_MOST_REDIRECTIONS = 5
_SHOWN_CHARS = 200
_REDIRECTIONS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_MAGIC = b"PAR1"  # both ends of a Parquet file: https://parquet.apache.org/docs/file-format/
_LEAST_BYTES = 12  # of one: the two and the length of its footer
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052, section 2.1
_BESIDE = "put the set beside the recipe as a file"
_AGAIN = f"with a network, load the recipe again, or {_BESIDE}"


class Split(NamedTuple):
    """What is asked for, by its names on the Hub."""

    dataset: str
    config: str
    split: str


class Bounds(NamedTuple):
    """What a fetch may cost: the bytes of the listing, those of all files together, and seconds in all."""

    listing_bytes: int = 4 << 20
    set_bytes: int = 4 << 30
    total_s: float = 3600


class NotGiven(Exception):
    """The Hub did not give what was asked; the message says why, ``advice`` what helps."""

    def __init__(self, reason: str, advice: str = _AGAIN) -> None:
        super().__init__(reason)
        self.advice = advice


class _Budget:
    """What a fetch may still cost."""

    def __init__(self, most_bytes: int, ends_at_s: float, clock: Callable[[], float]) -> None:
        self.most_bytes = most_bytes
        self.left_bytes = most_bytes
        self.ends_at_s = ends_at_s
        self.clock = clock

    def spend(self, length_bytes: int, url: str) -> None:
        self.left_bytes -= length_bytes
        if self.left_bytes < 0:
            raise NotGiven(f"{_shown(url)} sends more than {self.most_bytes:,} bytes", _BESIDE)
        if self.clock() > self.ends_at_s:
            raise NotGiven(f"{_shown(url)} takes too long")


class _Errand(NamedTuple):
    """The endpoint that is asked, what it may cost, and what helps against its answers."""

    address: str
    budget: _Budget
    advice: Mapping[int, str]


def download(
    wanted: Split,
    address: str,
    folder: Path,
    bounds: Bounds = Bounds(),  # noqa: B008 - it cannot change
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Write the files of ``wanted`` that ``address`` lists as ``00000.parquet`` and so on into ``folder``, in order.

    HF_TOKEN, if it is set, is shown to ``address`` alone.

    Raises:
        NotGiven: a file did not come, is none of Parquet, leads elsewhere, or ``bounds`` are not enough.
        OSError: ``folder`` cannot be written.
    """
    ends_at_s = clock() + bounds.total_s
    advice = _advice(wanted, address)
    listing = f"{address}/api/datasets/{wanted.dataset}/parquet/{quote(wanted.config)}/{quote(wanted.split)}"
    errand = _Errand(address, _Budget(bounds.listing_bytes, ends_at_s, clock), advice)
    urls = _urls(b"".join(_parts(listing, errand)), listing)
    errand = _Errand(address, _Budget(bounds.set_bytes, ends_at_s, clock), {**advice, 404: _AGAIN})
    for number, url in enumerate(urls):
        _save(url, folder / f"{number:05d}.parquet", errand)


def headers(url: str, address: str) -> Mapping[str, str]:
    """Return what is sent with a request for ``url``: HF_TOKEN is shown where ``address`` itself is asked."""
    token = os.environ.get("HF_TOKEN")
    plain = {"Accept-Encoding": "identity"}  # so that what comes is as long as what is kept
    return plain | ({"Authorization": f"Bearer {token}"} if token and _origin(url) == _origin(address) else {})


def refusal(url: str, address: str) -> str | None:
    """Return why ``url`` is not asked, or None: it is at ``address``, or at a public address by https.

    A name is looked up, unless a proxy will do so.

    Raises:
        OSError: the name has no address.
    """
    if _origin(url) == _origin(address):
        return None
    scheme, host, _ = _origin(url)
    if scheme != "https" or not host:
        return "which is no https address"
    private = [found for found in _addresses(url, host) if not _is_public(found)]
    return f"which is the private address {private[0]}" if private else None


def _advice(wanted: Split, address: str) -> dict[int, str]:
    page = f"{address}/datasets/{wanted.dataset}"
    token = f"check the name, or set HF_TOKEN to a token that may read {wanted.dataset}"
    if os.environ.get("HF_TOKEN"):
        token = f"the token in HF_TOKEN may not read it: accept the terms at {page}, or check the name"
    name, config, split = wanted
    absent = f"look up the dataset {name!r}, its config {config!r} and its split {split!r} at {page}"
    return {401: token, 403: token, 404: absent}


def _urls(content: bytes, listing: str) -> list[str]:
    try:
        urls: Any = json.loads(content)
    except (ValueError, RecursionError):
        urls = None
    if not (isinstance(urls, list) and urls and all(isinstance(url, str) for url in urls)):
        raise NotGiven(f"{_shown(listing)} lists no Parquet files", _BESIDE)
    return urls


def _save(url: str, target: Path, errand: _Errand) -> None:
    with target.open("w+b") as file:
        for part in _parts(url, errand):
            file.write(part)
        length_bytes = file.tell()
        file.seek(0)
        begins = file.read(len(_MAGIC))
        file.seek(max(0, length_bytes - len(_MAGIC)))
        if length_bytes < _LEAST_BYTES or not begins == file.read() == _MAGIC:
            raise NotGiven(f"{_shown(url)} gave no whole Parquet file")


def _parts(url: str, errand: _Errand) -> Iterator[bytes]:
    """Yield the body that ``url`` leads to as it comes."""
    import requests  # noqa: PLC0415 - only a fetch needs it
    import urllib3  # noqa: PLC0415 - likewise

    try:
        with quiet(), requests.Session() as session:
            for _ in range(_MOST_REDIRECTIONS + 1):
                _allow(url, errand.address)
                sent = headers(url, errand.address)
                with session.get(url, headers=sent, timeout=_TIMEOUT_S, stream=True, allow_redirects=False) as response:
                    if response.status_code not in _REDIRECTIONS:
                        yield from _body(response, url, errand)
                        return
                    url = urljoin(url, response.headers.get("Location", ""))
    # A blocked socket is a RuntimeError in some sandboxes.
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, RuntimeError, ValueError):
        raise NotGiven(f"{_place(url)} is out of reach") from None
    raise NotGiven(f"{_shown(url)} is redirected more than {_MOST_REDIRECTIONS} times")


def _allow(url: str, address: str) -> None:
    reason = refusal(url, address)
    if reason:
        raise NotGiven(f"{_place(address)} leads to {_shown(url)!r}, {reason}", _BESIDE)


def _body(response: Any, url: str, errand: _Errand) -> Iterator[bytes]:  # noqa: ANN401 - requests is imported late
    if response.status_code != _OK:
        advice = errand.advice.get(response.status_code, _AGAIN)
        raise NotGiven(f"{_shown(url)} answered {response.status_code}", advice)
    while part := response.raw.read1(_CHUNK_BYTES):  # what is there: a full part of a drip would never come
        errand.budget.spend(len(part), url)
        yield part


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", "", None


def _addresses(url: str, host: str) -> list[str]:
    from requests.utils import get_environ_proxies, select_proxy  # noqa: PLC0415 - only a fetch needs it

    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        if select_proxy(url, get_environ_proxies(url)):
            return []
        return [str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, None)]


def _is_public(address: str) -> bool:
    found: Any = ipaddress.ip_address(address)
    if found.version == 6:
        inside = found.ipv4_mapped or found.sixtofour
        found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _NAT64 else inside or found
    return bool(found.is_global and not found.is_multicast)


def _place(url: str) -> str:
    scheme, host, port = _origin(url)
    if not scheme:
        return repr(url)
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(scheme)
    return f"{scheme}://{shown}{'' if port == usual else f':{port}'}"


def _shown(url: str) -> str:
    """Return ``url`` without a password and a signature."""
    scheme, host, _ = _origin(url)
    return (_place(url) + urlsplit(url).path if scheme and host else url.partition("?")[0])[:_SHOWN_CHARS]
