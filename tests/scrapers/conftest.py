"""A real web site on 127.0.0.1 whose pages a test writes, and a desk to crawl it from."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from corpus.store import open_store
from scrapers.crawl.archive import bodies
from scrapers.page import Desk, Network


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes

    def __init__(self, site, *args):
        self.site = site
        super().__init__(*args)

    def do_GET(self):
        self.site.log.append((time.time(), self.path, self.headers.get("User-Agent")))
        self.site.on_request(self.path)
        answer = self.site.answers.get(self.path, Answer(b"not here", 404))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if answer.status == 200 and self.is_unchanged(answer.headers):
            answer = Answer(b"", 304, answer.headers)
        self.site.sent.append((self.path, answer.status, len(answer.body)))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def is_unchanged(self, headers):
        asked = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
        return any(headers.get(name) and headers[name] == self.headers.get(asked[name]) for name in asked)

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_):
        pass


class Site:
    """``answers`` maps a path to an ``Answer``, or to a list used up one by one; validators are honoured.

    ``log`` holds (time, path, agent) of each request, ``sent`` (path, status, length of the body) of each answer.
    """

    def __init__(self):
        self.answers = {}
        self.log = []
        self.sent = []
        self.on_request = lambda _path: None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def page(self, path, *links, head="", text="", status=200, **headers):
        anchors = "".join(f'<a href="{link}">{link}</a>' for link in links)
        body = f"<html><head><title>{path}</title>{head}</head><body>{text}{anchors}</body></html>".encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Answer(body, status, {"Content-Type": "text/html; charset=utf-8"} | named)

    def text(self, path, body, media_type="text/plain", status=200, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else body.encode()
        self.answers[path] = Answer(content, status, {"Content-Type": media_type} | named)

    def words(self, seed):
        """Return a text of its own for every ``seed``: pages that all say the same would be taken for a trap."""
        chance = random.Random(seed)
        return " ".join("".join(chance.choices("abcdefghij", k=6)) for _ in range(40))

    def asked(self):
        return Counter(path for _, path, _ in self.log)

    def times(self):
        return [at for at, _, _ in self.log]


@pytest.fixture
def website():
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def other_website():
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def desk(tmp_path):
    return Desk(
        source="mill",
        store=open_store(tmp_path / "dataset"),
        folder="state/raw/2026-11-21/mill",
        work=tmp_path / "work",
        machine=tmp_path / "machine",
        network=Network("miller@mill.test", allow_private=True),
        now=lambda: datetime.now(UTC),
    )


@pytest.fixture
def night(desk):
    """Return the desk of night number ``n``, so many days later on the clock of the rows."""

    def at(number):
        ahead = timedelta(days=number)
        return replace(desk, folder=f"state/raw/{number:03}/mill", now=lambda: datetime.now(UTC) + ahead)

    return at


@pytest.fixture
def stored(desk):
    """Read back what a crawl stored: rows as dictionaries with their body, in the order of their parts."""

    def read(desk=desk):
        paths = [path for path in desk.store.paths(desk.folder) if path.endswith(".parquet")]
        tables = [desk.store.read_table(path) for path in paths]
        return [
            row | {"body": body}
            for table in tables
            for row, body in zip(table.to_pylist(), bodies(desk.store, table).to_pylist(), strict=True)
        ]

    return read
