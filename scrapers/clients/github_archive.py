"""Many files of one commit in one request: the repository's tarball, unpacked in memory within bounds.

Nothing is written to disk and no name in the archive is trusted: a file counts only when its bytes have the object id
that the tree gave for its path (git's own hash), so what an export filter changed is left to the API.
"""

import hashlib
import io
import tarfile
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime

import requests
from github import GithubException
from github.Repository import Repository
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from corpus.errors import SourceError
from scrapers.clients.github_api import answered
from scrapers.clients.github_limits import Access
from scrapers.clients.polite import BACKOFF_S, BUSY, TIMEOUT_S, Service, polite_session, refuse_private, service_at
from scrapers.crawl.address import host_of
from scrapers.crawl.identity import user_agent
from scrapers.crawl.pace import wait_s
from scrapers.page import Desk

MAX_BYTES = 64 * 1024 * 1024  # of all files of a tree whose archive is asked for
OVERHEAD_BYTES = 4096  # of a file in an archive: headers, a long name, padding
LONGEST_S = 300.0  # of a download
PIECE_BYTES = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS


def archived(
    desk: Desk, access: Access, repository: Repository, commit: str, shas: Mapping[str, str]
) -> dict[str, bytes]:
    """Return those files of ``shas`` (path -> object id) that the archive of ``commit`` holds unchanged.

    Costs one request of the API and one of the host that keeps archives, which never sees the token. Empty where
    there is no archive: the files can still be asked for one by one. The caller sees to it that the tree is small.
    """
    try:
        address = answered(repository.get_archive_link, "tarball", commit)
    except GithubException as error:
        if error.status == 401:
            raise
        return {}
    host = host_of(address) or ""
    if host != access.host and not host.endswith(f".{access.host.removeprefix('api.')}"):
        return {}
    service = service_at(desk, host, access.delay_s)
    try:
        archive = _downloaded(desk, service, address)
    except (SourceError, requests.RequestException, HTTPError):
        return {}
    return unpacked(archive, shas)


def _downloaded(desk: Desk, service: Service, address: str) -> bytes:
    """Return what stands at ``address``; empty where it is refused, leads elsewhere, or is too large or slow."""
    session = polite_session(desk, service)
    session.mount(f"{address.partition(':')[0]}://", HTTPAdapter())  # the polite one reads a body whole, however large
    session.headers["User-Agent"] = user_agent(desk.network)
    if not (desk.network.allow_private or desk.network.proxy):
        refuse_private(address)
    body, latest = bytearray(), service.clock.now() + LONGEST_S
    with (
        service.turn() as turn,
        session.get(address, stream=True, allow_redirects=False, timeout=TIMEOUT_S) as response,
    ):
        if response.status_code in BUSY:
            now = datetime.fromtimestamp(service.clock.now(), UTC)
            turn.hold(wait_s(response.headers.get("Retry-After"), now, BACKOFF_S, 1))
        if response.status_code != 200:
            return b""
        while piece := response.raw.read1(PIECE_BYTES, decode_content=True):  # what is there, however little
            body += piece
            if len(body) > MAX_BYTES or service.clock.now() > latest:
                return b""
    return bytes(body)


def unpacked(archive: bytes, shas: Mapping[str, str], limit: int = 2 * MAX_BYTES) -> dict[str, bytes]:
    """Return the files of ``shas`` in a gzipped tar; what is damaged, too large or not as hashed is missing."""
    found: dict[str, bytes] = {}
    try:
        inflater = zlib.decompressobj(GZIP)
        plain = inflater.decompress(archive, limit)
        if inflater.unconsumed_tail:
            return {}
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as tar:
            for member in tar:
                path = member.name.partition("/")[2]
                if path in shas and path not in found and member.isreg() and member.size <= len(plain):
                    body = _read(tar, member)
                    if object_id(body, len(shas[path])) == shas[path]:
                        found[path] = body
    except (tarfile.TarError, zlib.error, ValueError, OverflowError, EOFError, OSError, RecursionError):
        return found
    return found


def object_id(body: bytes, digits: int = 40) -> str:
    """Return git's id of a file's bytes (git-hash-object): SHA-1 in 40 digits, SHA-256 in 64."""
    data = b"blob %d\0" % len(body) + body
    if digits == 64:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file else b""
