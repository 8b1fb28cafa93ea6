"""The main job on a real tree: the HTML of Python's documentation as Debian ships it."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from scrapers.web import Web

TREE = Path("/usr/share/doc/python3.11/html")
PAGES = 530  # of the package python3.11-doc in Debian 12


class Handler(SimpleHTTPRequestHandler):
    """Serves the tree, and a sitemap of it: five of its pages are linked from nowhere."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path != "/sitemap.xml":
            super().do_GET()
            return
        host = self.headers["Host"]
        paths = sorted(path.relative_to(TREE).as_posix() for path in TREE.rglob("*.html"))
        locs = "".join(f"<url><loc>http://{host}/{path}</loc></url>" for path in paths)
        content = f"<urlset>{locs}</urlset>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def served():
    if not TREE.is_dir():
        pytest.skip("the package python3.11-doc is not installed: apt-get install python3.11-doc")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(TREE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_all_of_pythons_documentation_is_stored_once_byte_for_byte(served, desk, stored):
    site = Web(name="mill", start_urls=(f"{served}/index.html",), delay_s=0, max_pages=2000)
    site.collect(desk)
    pages = {unquote(urlsplit(row["url"]).path): row for row in stored() if row["refusal"] is None}
    rows = [row for row in stored() if row["media_type"] and row["media_type"].startswith("text/html")]
    html = [path for path in pages if path.endswith(".html")]
    assert len(html) == PAGES
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(pages[path]["body"] == (TREE / path.lstrip("/")).read_bytes() for path in html)
