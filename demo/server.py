"""The demo world's HTTP server: a forward proxy for its own ``.test`` hosts, and a direct page that explains it."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime, parsedate_to_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs, urlsplit

from corpus.errors import CorpusError
from demo.papers import HOST as PAPERS_HOST
from demo.papers import answer as papers_answer
from demo.resource import Resource, World
from demo.world import build
from scrapers.crawl.address import canonical

ADDRESS = "127.0.0.1"
DIRECT = {"127.0.0.1", "localhost", ""}


class Access(NamedTuple):
    """One request as the log keeps it; ``at_s`` is monotonic."""

    at_s: float
    host: str
    path: str
    status: int
    user_agent: str


class WorldServer:
    """A running world; ``log`` grows with every request, ``port`` is where it listens."""

    def __init__(self, night: int, port: int, log_path: Path | None = None) -> None:
        """Listen on ``port`` (0 takes a free one); raise ``CorpusError`` when it is taken."""
        self.world = build(night)
        self.log: list[Access] = []
        self._log_path = log_path
        self._teased: set[tuple[str, str]] = set()
        self._lock = threading.Condition()
        handler = type("WorldHandler", (_Handler,), {"world_server": self})
        try:
            self.http = _Server((ADDRESS, port), handler)
        except OSError as error:
            raise CorpusError(
                f"port {port} on {ADDRESS} is taken; end what uses it or name another with --port"
            ) from error
        self.port = int(self.http.server_address[1])

    @property
    def proxy(self) -> str:
        """What a client sets as its HTTP proxy."""
        return f"http://{ADDRESS}:{self.port}"

    def set_night(self, night: int) -> None:
        """Let the world age to ``night``, or grow young again; what is answered only at first begins anew."""
        world = build(night)
        with self._lock:
            self.world = world
            self._teased.clear()

    def wait_for_request(self) -> None:
        """Return when the next request was answered, or after a second without one."""
        with self._lock:
            self._lock.wait(1.0)

    def note(self, host: str, path: str, status: int, user_agent: str) -> None:
        """Remember one request."""
        with self._lock:
            self.log.append(Access(time.monotonic(), host, path, status, user_agent))
            self._lock.notify_all()
            if self._log_path:
                with self._log_path.open("a", encoding="utf-8") as log:
                    log.write(f"{host}\t{path}\t{status}\t{user_agent}\n")

    def is_first_visit(self, host: str, path: str) -> bool:
        """Say once per run, for each page, that nobody asked for it before."""
        with self._lock:
            is_first = (host, path) not in self._teased
            self._teased.add((host, path))
        return is_first


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True  # on Linux two listeners are refused all the same
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world_server: ClassVar[WorldServer]
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        host, target = self._asked()
        nights = parse_qs(urlsplit(target).query).get("n", [])
        if host not in DIRECT or urlsplit(target).path != "/_admin/night" or nights not in (["1"], ["2"]):
            self._send(host, target, _error(404, "POST /_admin/night?n=1 or ?n=2 is all that can be posted"))
            return
        self.world_server.set_night(int(nights[0]))
        self._send(host, target, Resource(f"night {nights[0]}\n".encode(), "text/plain; charset=utf-8"))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the signature of the base class
        """Keep the terminal quiet; ``WorldServer.log`` has every request."""

    def _asked(self) -> tuple[str, str]:
        parts = urlsplit(self.path)
        host = parts.hostname if parts.scheme else urlsplit(f"//{self.headers.get('Host', '')}").hostname
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return (host or "").lower(), path

    def _answer(self) -> None:
        host, target = self._asked()
        resource = self._found(host, target)
        if resource.first_status and self.world_server.is_first_visit(host, target):
            resource = _error(resource.first_status, "not now", ("Retry-After", "1"))
        self._send(host, target, resource)

    def _found(self, host: str, target: str) -> Resource:
        world = self.world_server.world
        if host in DIRECT:
            return _directory(world, self.world_server.proxy) if target == "/" else _error(404, "only / is here")
        if host == PAPERS_HOST:
            return papers_answer(world.papers, target)
        if host not in world.sites:
            return _error(502, f"there is no host {host} in the demo world")
        parts = urlsplit(canonical(f"http://{host}{target}"))
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return world.sites[host].get(path) or _error(404, f"nothing is kept at {path}")

    def _send(self, host: str, target: str, resource: Resource) -> None:
        etag = f'"{hashlib.sha256(resource.body).hexdigest()[:16]}"'
        is_unchanged = resource.status == 200 and self._has(resource, etag)
        status = 304 if is_unchanged else resource.status
        self.world_server.note(host, target, status, self.headers.get("User-Agent", ""))
        self.send_response(status)
        if resource.status == 200:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", format_datetime(resource.modified_at, usegmt=True))
        for name, value in resource.headers:
            self.send_header(name, value)
        if not is_unchanged:
            self.send_header("Content-Type", resource.media_type)
            self.send_header("Content-Length", str(len(resource.body)))
        self.end_headers()
        if not is_unchanged and self.command != "HEAD":
            self.wfile.write(resource.body)

    def _has(self, resource: Resource, etag: str) -> bool:
        """Judge the validators of the request; an entity tag is stronger than a date (RFC 9110, 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since") or "")
        except (ValueError, TypeError):
            return False
        return since.tzinfo is not None and resource.modified_at <= since


@contextmanager
def serve(world_night: int = 1, port: int = 0) -> Iterator[WorldServer]:
    """Serve the world while the body runs; raise ``CorpusError`` when ``port`` is taken."""
    server = WorldServer(world_night, port)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def run_forever(port: int, night: int, log_path: Path | None = None) -> None:
    """Serve the world until interrupted; raise ``CorpusError`` when ``port`` is taken."""
    server = WorldServer(night, port, log_path)
    try:
        server.http.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.http.server_close()


def _error(status: int, sentence: str, *headers: tuple[str, str]) -> Resource:
    return Resource(f"{status}: {sentence}\n".encode(), "text/plain; charset=utf-8", status, headers)


def _directory(world: World, proxy: str) -> Resource:
    rows = "".join(
        f"<li>http://{escape(host)}/ ({len(paths)} paths)</li>" for host, paths in sorted(world.sites.items())
    )
    page = (
        "<!doctype html><html lang='en'><head><title>The demo world</title></head><body><h1>The demo world</h1>"
        f"<p>Night {world.night}. These hosts exist here alone; look at them through this port as an HTTP proxy:</p>"
        f"<pre>curl --proxy {proxy} http://www.brewnet.test/</pre><ul>{rows}<li>http://{PAPERS_HOST}/api/query</li></ul>"
        f"<p>Let a night pass: <code>curl -X POST '{proxy}/_admin/night?n=2'</code></p></body></html>\n"
    )
    return Resource(page.encode())
