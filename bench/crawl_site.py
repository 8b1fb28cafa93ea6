"""The sites of the crawl benchmark, served from memory.

``python -m bench.crawl_site SITE`` prints its port and serves until it is killed.
"""

import asyncio
import mimetypes
import random
import socket
import sys
import time
from pathlib import Path

PAGES = 2000
LINKS = 20
PARAGRAPHS = 12  # about 8 KB a page
DOCS = Path("/usr/share/doc/python3.11/html")  # Debian's python3.11-doc
STARTS = {"mesh": "/page/0", "docs": "/index.html"}

Bodies = dict[str, tuple[str, bytes]]  # path: media type and body


def mesh() -> Bodies:
    """Return ``PAGES`` different pages of about 8 KB, each with ``LINKS`` links to others, all reachable."""
    rng = random.Random(7)  # noqa: S311 - the same site every time, no secret
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(5000)]
    bodies: Bodies = {}
    for number in range(PAGES):
        targets = [*range(2 * number + 1, 2 * number + 3), *rng.choices(range(PAGES), k=LINKS - 2)]
        links = "".join(f'<li><a href="/page/{target % PAGES}">{rng.choice(words)}</a></li>' for target in targets)
        text = "".join(f"<p>{' '.join(rng.choices(words, k=85))}.</p>" for _ in range(PARAGRAPHS))
        title = " ".join(rng.choices(words, k=4))
        head = f"<!DOCTYPE html><html lang=en><head><title>{title}</title></head>"
        page = f"{head}<body><h1>{title}</h1><ul>{links}</ul>{text}</body></html>"
        bodies[f"/page/{number}"] = ("text/html; charset=utf-8", page.encode())
    return bodies


def docs() -> Bodies:
    """Return the files of Python's documentation."""
    files = (path for path in sorted(DOCS.rglob("*")) if path.is_file())
    return {
        f"/{path.relative_to(DOCS)}": (
            mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            path.read_bytes(),
        )
        for path in files
    }


class Server(asyncio.Protocol):
    """HTTP/1.1 with kept connections, every answer ready in memory: far faster than any crawler of one core."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._unread = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        *requests, self._unread = (self._unread + data).split(b"\r\n\r\n")
        for request in requests:
            if self._transport:
                target = request.split(b" ", 2)[1]
                self._transport.write(self._answers.get(target) or self._answers[b""])


def serve(site: str) -> None:
    """Serve ``site`` on a free port of loopback until killed; print the port first."""
    bodies = mesh() if site == "mesh" else docs()
    answers = {path.encode(): _answer("200 OK", media_type, body) for path, (media_type, body) in bodies.items()}
    answers[b"/robots.txt"] = _answer("200 OK", "text/plain", b"User-agent: *\nAllow: /\n")
    answers[b""] = _answer("404 Not Found", "text/plain", b"not here\n")
    asyncio.run(_serve(answers))


async def _serve(answers: dict[bytes, bytes]) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Server(answers), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def _answer(status: str, media_type: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def answers_per_s(port: int, path: str, seconds: float) -> float:
    """Return how often a second the server on ``port`` answers ``path`` over one connection, asked without pause."""
    request = f"GET {path} HTTP/1.1\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        size, times = len(connection.recv(1 << 20)), 0
        started = time.perf_counter()
        while time.perf_counter() < started + seconds:
            connection.sendall(request)
            left = size
            while left > 0:
                left -= len(connection.recv(left))
            times += 1
    return times / seconds


if __name__ == "__main__":
    serve(sys.argv[1])
