"""What a fetch from the Hub may cost, and where it may lead."""

import io
import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.evaluation_hub import HUB, Bounds, NotGiven, Split, download, headers, refusal

SUMS = Split("made/sums", "main", "test")
LISTING = "/api/datasets/made/sums/parquet/main/test"


def shard():
    target = io.BytesIO()
    pq.write_table(pa.table({"q": ["One?"]}), target)
    return target.getvalue()


@pytest.fixture
def hub(monkeypatch):
    """A server of ``files`` and ``redirections`` that remembers what it was asked; a file may be a function too."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            moved = server.redirections.get(self.path)
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", moved)
            self.end_headers()
            body = server.files.get(self.path, b"")
            if callable(body):
                body(self.wfile)
            else:
                self.wfile.write(body)

        def log_message(self, *_arguments):
            """Be silent."""

    monkeypatch.delenv("HF_TOKEN", raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.asked, server.redirections = [], {}
    server.files = {LISTING: json.dumps([f"{server.url}/0.parquet"]).encode(), "/0.parquet": shard()}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_listing_without_end_is_left_early(hub, tmp_path):
    sent = []

    def endless(target):
        for _ in range(100):
            target.write(b"[" * (1 << 20))
            sent.append(1)

    def until_it_is_left(target):
        try:
            endless(target)
        except OSError:
            hub.left = True

    hub.files[LISTING] = until_it_is_left
    with pytest.raises(NotGiven, match=f"{LISTING} sends more than 1,000,000 bytes"):
        download(SUMS, hub.url, tmp_path, Bounds(listing_bytes=1_000_000))
    assert len(sent) < 90


def test_the_files_of_a_set_have_a_bound_together(hub, tmp_path):
    hub.files[LISTING] = json.dumps([f"{hub.url}/0.parquet"] * 3).encode()
    download(SUMS, hub.url, tmp_path, Bounds(set_bytes=3 * len(shard())))
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [shard()] * 3
    with pytest.raises(NotGiven, match=r"/0\.parquet sends more than"):
        download(SUMS, hub.url, tmp_path, Bounds(set_bytes=3 * len(shard()) - 1))


def test_a_drip_is_left_when_the_time_is_over(hub, tmp_path):
    left, ended = threading.Event(), threading.Event()

    def drip(target):
        target.write(b"[")
        left.wait(20)
        ended.set()

    hub.files[LISTING] = drip
    try:
        with pytest.raises(NotGiven, match="takes too long"):
            download(SUMS, hub.url, tmp_path, Bounds(total_s=100), itertools.count(step=101).__next__)
        assert not ended.is_set()
    finally:
        left.set()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://localhost:{port}/latest/meta-data", "no https address"),
        ("https://localhost:{port}/latest/meta-data", "the private address "),
        ("https://127.0.0.1:{port}/latest/meta-data", "the private address 127.0.0.1"),
        ("https://169.254.169.254/latest/meta-data", "the private address 169.254.169.254"),
        ("https://2130706433/x", "the private address 127.0.0.1"),
        ("https://[::1]/x", "the private address ::1"),
        ("https://[::ffff:10.0.0.1]/x", "the private address ::ffff:"),
        ("https://[64:ff9b::a00:1]/x", "the private address 64:ff9b::a00:1"),
        ("http://93.184.216.34/x", "no https address"),
        ("file:///etc/passwd", "no https address"),
        ("ftp://93.184.216.34/x", "no https address"),
        ("https://[", "no https address"),
        ("", "no https address"),
    ],
)
def test_a_listing_and_a_redirection_lead_nowhere_private(hub, tmp_path, url, reason):
    url = url.format(port=hub.server_port)
    hub.files[LISTING] = json.dumps([url]).encode()
    with pytest.raises(NotGiven, match=f"{hub.url} leads to '.*', which is {reason}"):
        download(SUMS, hub.url, tmp_path)
    assert hub.asked == [LISTING]
    if url not in {"", "https://["}:  # neither is a place to go to
        hub.redirections[LISTING] = url
        with pytest.raises(NotGiven, match=reason):
            download(SUMS, hub.url, tmp_path)
        assert hub.asked == [LISTING] * 2


def test_a_redirection_at_the_hub_is_followed_and_a_circle_is_left(hub, tmp_path):
    hub.redirections[LISTING] = "/moved"
    hub.files["/moved"] = hub.files[LISTING]
    download(SUMS, hub.url, tmp_path)
    assert hub.asked == [LISTING, "/moved", "/0.parquet"]
    hub.redirections["/moved"] = LISTING
    with pytest.raises(NotGiven, match="redirected more than 5 times"):
        download(SUMS, hub.url, tmp_path)


def test_public_addresses_are_asked_by_https_and_names_are_left_to_a_proxy(monkeypatch):
    assert refusal("https://93.184.216.34/x", HUB) is None
    assert refusal(f"{HUB}:443/x", HUB) is None
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert refusal("https://cdn.example/x", HUB) is None
    assert refusal("https://10.0.0.1/x", HUB) == "which is the private address 10.0.0.1"


def test_the_token_is_shown_to_the_hub_alone(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_made_up")
    shown = [f"{HUB}/a", f"{HUB}:443/a", f"{HUB}.evil.example/a", "http://huggingface.co/a", "https://cdn.example/a"]
    assert [headers(url, HUB).get("Authorization") for url in shown] == ["Bearer hf_made_up"] * 2 + [None] * 3
    monkeypatch.delenv("HF_TOKEN")
    assert "Authorization" not in headers(f"{HUB}/a", HUB)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"<html>not here</html>", shard()[:-5]])
def test_what_is_no_whole_parquet_file_is_told(hub, tmp_path, content):
    hub.files["/0.parquet"] = content
    with pytest.raises(NotGiven, match=r"/0\.parquet gave no whole Parquet file"):
        download(SUMS, hub.url, tmp_path)


def test_a_signature_is_not_repeated(hub, tmp_path):
    hub.files[LISTING] = json.dumps([f"{hub.url}/0.parquet?signature=secret"]).encode()
    with pytest.raises(NotGiven, match=r"/0\.parquet gave no whole") as caught:
        download(SUMS, hub.url, tmp_path)
    assert "secret" not in str(caught.value)
