"""What ends an endless site: traps seen by their URLs or their pages, and budgets for what shows neither sign."""

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scrapers.web import Web


def web(url, **options):
    return Web(**({"name": "mill", "start_urls": (url,), "delay_s": 0, "sitemaps": False, "max_depth": 500} | options))


@pytest.fixture
def endless():
    """A site that answers every path with a page whose links are ``links(path)``; ``asked`` counts its requests."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path in ("/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"):
                body, status = b"", 404
            else:
                server.asked.append(self.path)
                links = "".join(f'<a href="{link}">on</a>' for link in server.links(self.path))
                body, status = f"<p>Nothing is planned for this day.</p>{links}".encode(), 200
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.links, server.url = [], lambda _path: (), f"http://127.0.0.1:{server.server_port}"
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_path_that_feeds_on_itself_is_a_trap(endless, desk, stored):
    endless.links = lambda path: (f"{path.rstrip('/')}/a/b/",)
    web(f"{endless.url}/").collect(desk)
    assert len(endless.asked) < 10
    (trapped,) = [row for row in stored() if row["refusal"]]
    assert trapped["refusal"] == "crawler-trap"
    assert "repeats" in trapped["refusal_detail"]


def test_pages_of_one_pattern_that_all_say_the_same_close_it_even_across_a_restart(endless, desk, night):
    endless.links = lambda path: (f"/day/{int(path.rsplit('/', 1)[-1] or 0) + 1}",)
    site = web(f"{endless.url}/", max_pages=40)
    for number in range(4):
        site.collect(replace(night(number), now=desk.now))
    assert len(endless.asked) < 80


def test_what_a_host_may_cost_is_bounded_by_pages(endless, desk):
    endless.links = lambda path: [f"{path.rstrip('/')}-{number}/" for number in range(9)]
    progress = web(f"{endless.url}/x", max_pages_per_host=7).collect(desk)
    assert len(endless.asked) == 7
    assert (progress.stored, progress.queued) == (7, 0)


def test_and_by_bytes(website, desk):
    website.page("/", *(f"/{number}" for number in range(20)))
    for number in range(20):
        website.page(f"/{number}", text="x" * 2**18)
    progress = Web(name="mill", start_urls=(f"{website.url}/",), delay_s=0, sitemaps=False, max_mib_per_host=1).collect(
        desk
    )
    assert progress.stored == 5
