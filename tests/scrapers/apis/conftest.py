"""A real HTTP server that answers as a test says, a desk in a temporary folder, and a clock nobody waits for."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from corpus.store import open_store
from scrapers.clients import polite
from scrapers.page import Desk, Network

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class Service:
    """``answer(target)`` is asked for every GET; ``asked`` are targets (path and query) with their headers."""

    answer: Callable[[str], Answer]
    address: str = ""
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)


@dataclass
class FakeClock:
    time: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[str], Answer]], Service]]:
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Callable[[str], Answer]) -> Service:
        service = Service(answer)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
        server.handle_error = lambda *_: None  # a client that went away is part of a test
        service.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return service

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and body are two writes

        def do_GET(self) -> None:
            service.asked.append((self.path, dict(self.headers.items())))
            status, headers, body = service.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return Handler


@pytest.fixture
def api_desk(tmp_path: Path) -> Desk:
    return Desk(
        source="api",
        store=open_store(tmp_path / "dataset"),
        folder="state/raw/2026-11-21/api",
        work=tmp_path / "work",
        machine=tmp_path / "machine",
        network=Network(contact="miller@brewnet.test", allow_private=True),
        now=lambda: datetime(2026, 11, 21, 3, tzinfo=UTC),
    )


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The session's clock for every client of the test, and what the clients themselves would sleep."""
    clock = FakeClock()
    system = polite.Clock(clock.now, clock.sleep)
    monkeypatch.setattr(polite, "Clock", lambda: system)
    monkeypatch.setattr("time.sleep", clock.sleep)
    return clock
