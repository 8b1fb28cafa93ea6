"""The main job on input nobody here wrote: Debian's Python documentation, crawled from loopback into a dataset."""

import functools
import http.server
import threading
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpus import ledger
from corpus.manifest import latest
from corpus.store import open_store
from flows.refresh import PLAIN, night
from flows.tonight import Tonight

DOCS = Path("/usr/share/doc/python3.11/html")
RECIPE = """
name = "pythondocs"
contact = "docs@example.org"
[network]
allow_private = true
[[sources]]
kind = "web"
name = "docs"
start_urls = ["http://127.0.0.1:{port}/index.html"]
delay_s = 0
max_pages = 5000
max_depth = 20
deny = ["/_sources/", "/_static/", "/_images/", "/_downloads/"]
[[steps]]
kind = "extract"
[[steps]]
kind = "clean"
[[steps]]
kind = "quality"
[[steps]]
kind = "language"
[[steps]]
kind = "select"
rules = [{{ column = "word_count", min = 50, reason = "too-short" }}, {{ column = "language", any_of = ["en"], reason = "wrong-language" }}]
[[steps]]
kind = "near"
[[steps]]
kind = "select"
rules = [{{ column = "duplicate_rule", none_of = ["exact", "near"], reason = "duplicate" }}]
[[steps]]
kind = "perplexity"
[[steps]]
kind = "pii"
[[steps]]
kind = "secrets"
[[steps]]
kind = "chat"
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


@pytest.fixture
def docs_server():
    if not DOCS.is_dir():
        pytest.skip("Debian's package python3.11-doc is not installed")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(DOCS)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_python_documentation_becomes_a_dataset(docs_server, tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
    dataset = tmp_path / "pythondocs"
    dataset.mkdir()
    (dataset / "recipe.toml").write_text(RECIPE.format(port=docs_server), encoding="utf-8")
    manifest = night(Tonight(dataset=str(dataset)), PLAIN, lambda: datetime(2026, 11, 20, tzinfo=UTC))
    store = open_store(dataset)
    pages = len(list(DOCS.rglob("*.html")))
    seen = ledger.newest(store, latest(store))
    fetched = [row for row in seen.to_pylist() if row["payload_sha256"]]
    rows = [row for shard in manifest.shards for row in pq.read_table(dataset / "published" / shard.path).to_pylist()]
    assert len({row["id"] for row in fetched}) == len(fetched) >= 0.95 * pages
    assert len(rows) >= 0.7 * len(fetched)
    tutorial = next(row for row in rows if row["url"].endswith("/tutorial/controlflow.html"))
    assert "```" in tutorial["messages"][-1]["content"]
    assert "def " in tutorial["messages"][-1]["content"]
    assert all(sum(row["assistant_mask"]) > 0 for row in rows)
