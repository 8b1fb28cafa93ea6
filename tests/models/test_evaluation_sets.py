import gzip
import hashlib
import io
import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.errors import ModelMissing, RecipeError
from models.evaluation_sets import EvaluationSet, fetch, locate, read

LISTING = "/api/datasets/made/sums/parquet/main/test"


def parquet(rows):
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), target)
    return target.getvalue()


SHARDS = [parquet([{"id": "a", "q": "One?"}, {"id": "b", "q": "Two?"}]), parquet([{"id": "c", "q": "Three?"}])]
SHA256 = hashlib.sha256(b"".join(SHARDS)).hexdigest()
SUMS = EvaluationSet(dataset="made/sums", config="main", columns=("q",), id_column="id", sha256=SHA256)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A server with the Hub's listing of one set and its files; it remembers what it was asked and shown."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append((self.path, self.headers.get("Authorization")))
            body = server.files.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_arguments):
            """Be silent."""

    monkeypatch.setenv("GRISTMILL_MODELS", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    paths = [f"{LISTING}/{number}.parquet" for number in range(2)]
    server.asked = []
    server.files = dict(zip(paths, SHARDS, strict=True))
    server.files[LISTING] = json.dumps([server.url + path for path in paths]).encode()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def beside(folder, name, content, **options):
    (folder / name).write_bytes(content)
    one = EvaluationSet(file=name, sha256=hashlib.sha256(content).hexdigest(), **options)
    items = read(one, locate(one, folder))
    return list(zip(items.ids.to_pylist(), items.texts.to_pylist(), strict=True))


def test_a_set_is_fetched_from_the_hub_once_and_read_in_order(hub, tmp_path):
    found = locate(SUMS, tmp_path, hub=hub.url)
    items = read(SUMS, found)
    assert items.texts.to_pylist() == ["One?", "Two?", "Three?"]
    assert items.ids.to_pylist() == ["a", "b", "c"]
    assert [path for path, _ in hub.asked] == [LISTING, f"{LISTING}/0.parquet", f"{LISTING}/1.parquet"]
    assert locate(SUMS, tmp_path, hub="http://127.0.0.1:1") == found
    assert sorted(path.name for path in found.paths[0].parent.parent.iterdir()) == [SHA256]


def test_the_token_is_shown_to_the_hub_alone(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_made_up")
    locate(SUMS, tmp_path, hub=hub.url)
    assert {shown for _, shown in hub.asked} == {"Bearer hf_made_up"}
    elsewhere = hub.url.replace("127.0.0.1", "localhost")
    hub.asked.clear()
    fetch(SUMS, hub=elsewhere)  # the listing still names the files at 127.0.0.1
    assert [shown for _, shown in hub.asked] == ["Bearer hf_made_up", None, None]


def test_another_content_than_pinned_is_refused_with_its_hash(hub, tmp_path):
    for pinned in ("", "0" * 64):
        with pytest.raises(RecipeError, match=f'made/sums/main/test has the sha256 .*write sha256 = "{SHA256}"'):
            locate(SUMS.model_copy(update={"sha256": pinned}), tmp_path, hub=hub.url)


def test_a_damaged_cache_is_noticed(hub, tmp_path):
    found = locate(SUMS, tmp_path, hub=hub.url)
    found.paths[1].write_bytes(b"other")
    with pytest.raises(RecipeError, match="has the sha256"):
        locate(SUMS, tmp_path, hub=hub.url)


@pytest.mark.parametrize("listing", [b"{}", b"[]", b"<html>", b"[" * 100_000, b"[1]"])
def test_a_listing_without_files_is_one_sentence(hub, tmp_path, listing):
    hub.files[LISTING] = listing
    with pytest.raises(ModelMissing, match=f"made/sums/main/test is not here and .*{LISTING} lists no Parquet files"):
        locate(SUMS, tmp_path, hub=hub.url)


def test_a_set_that_the_hub_does_not_have_is_one_sentence(hub, tmp_path):
    del hub.files[f"{LISTING}/1.parquet"]
    with pytest.raises(ModelMissing, match=r"1\.parquet answered 404; with a network, load the recipe again"):
        locate(SUMS, tmp_path, hub=hub.url)
    assert list((tmp_path / "cache" / "evaluation-sets").iterdir()) == []


def test_without_a_network_the_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match=r"http://198\.51\.100\.7 is out of reach; .* beside the recipe as a file"):
        locate(SUMS, tmp_path, hub="http://198.51.100.7")


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GRISTMILL_MODELS", str(tmp_path / "file"))
    with pytest.raises(ModelMissing, match=r"cannot be kept in .* set GRISTMILL_MODELS"):
        fetch(SUMS, hub="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("name", "content", "options", "items"),
    [
        ("s.jsonl", b'{"q": "One?", "a": 1}\n\n{"q": null, "a": ["x", {"t": "y"}]}\n', {"columns": ("q", "a")}, [("0", "One?\n1"), ("1", "x\ny")]),
        ("s.jsonl", '\ufeff{"q": "Ünë", "n": 7}\n'.encode(), {"columns": ("q",), "id_column": "n"}, [("7", "Ünë")]),
        ("s.jsonl", b'{"q": "half \\ud83d a pair"}', {"columns": ("q",)}, [("0", "half ? a pair")]),
        ("s.jsonl.gz", gzip.compress(b'{"q": "One?"}\n', mtime=0), {"columns": ("q",)}, [("0", "One?")]),
        ("s.csv", b'q,a\n"One,\ntwo?",3\n', {"columns": ("q", "a")}, [("0", "One,\ntwo?\n3")]),
        ("s.parquet", SHARDS[0], {"columns": ("q",)}, [("0", "One?"), ("1", "Two?")]),
        ("s.txt", b"One\nitem?\r\n  \r\n\n\nTwo?\n", {}, [("0", "One\nitem?"), ("1", "Two?")]),
        ("s.txt", b"One?\n\nTwo?", {"items": "lines"}, [("0", "One?"), ("1", "Two?")]),
        ("s.txt", b"", {}, []),
        ("s.jsonl", b"\n", {"columns": ("q",)}, []),
    ],
)  # fmt: skip
def test_every_format_gives_ids_and_texts(tmp_path, name, content, options, items):
    assert beside(tmp_path, name, content, **options) == items


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("s.jsonl", b'{"q": "fine"}\n{"q": \n', r"s\.jsonl, line 2, is no JSON"),
        ("s.jsonl", b"[" * 100_000, r"s\.jsonl, line 1, is no JSON"),
        ("s.jsonl", b"[1]", r"s\.jsonl, line 1, is no JSON object"),
        ("s.jsonl", b'{"query": 1}', r"s\.jsonl, line 1, has no column 'q'; those it has are query"),
        ("s.jsonl", b'{"q": "\xff"}', r"s\.jsonl cannot be read"),
        ("s.jsonl.gz", b"no gzip", r"s\.jsonl\.gz cannot be read"),
        ("s.jsonl.gz", gzip.compress(b'{"q": 1}' * 99, mtime=0)[:-9], r"s\.jsonl\.gz cannot be read"),
        ("s.csv", b"a,b\n1,2\n", r"s\.csv, line 2, has no column 'q'"),
        ("s.csv", b'q\n"open\n', r"s\.csv, line 1, is no CSV"),
        ("s.parquet", b"PAR1", r"s\.parquet cannot be read"),
        ("s.parquet", parquet([{"x": 1}]), r"s\.parquet, has no column 'q'; those it has are x"),
    ],
)
def test_a_damaged_file_is_one_sentence_with_its_place(tmp_path, name, content, sentence):
    with pytest.raises(RecipeError, match=sentence):
        beside(tmp_path, name, content, columns=("q",))


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(RecipeError, match=r"none\.txt cannot be read at .*; put the file there"):
        locate(EvaluationSet(file="none.txt"), tmp_path)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "a file beside the recipe or a dataset on the Hub"),
        ({"file": "s.txt", "dataset": "a/b"}, "give one of the two"),
        ({"file": "a/../../s.txt"}, "leaves the recipe's folder"),
        ({"file": "s.csv"}, "name the columns of s.csv"),
        ({"file": "s.txt", "columns": ("q",)}, "has no columns"),
        ({"file": "s.exe", "columns": ("q",)}, "should match pattern"),
        ({"dataset": "a/b/../c", "columns": ("q",)}, "should match pattern"),
    ],
)
def test_a_set_that_cannot_be_is_refused_when_the_recipe_is_read(options, sentence):
    with pytest.raises(ValidationError, match=sentence):
        EvaluationSet(**options)


@pytest.mark.parametrize("name", ["s.jsonl", "s.jsonl.gz", "s.csv", "s.txt", "s.parquet"])
@given(noise=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, name, noise):
    options = {} if name == "s.txt" else {"columns": ("q",)}
    for content in (noise, SHARDS[0][:50] + noise + SHARDS[0][-60:], b'q\n{"q": "' + noise):
        with suppress(RecipeError):
            found = beside(tmp_path_factory.mktemp("any"), name, content, **options)
            assert all(isinstance(text, str) for _, text in found)
