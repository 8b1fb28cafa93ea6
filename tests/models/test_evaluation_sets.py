import gzip
import hashlib
import io
import json
import os
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.errors import ModelMissing, RecipeError
from models.evaluation_sets import EvaluationSet, check, fetch, locate, read

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
    """A server with the Hub's listing of one set and its files; it remembers what it was asked and shown.

    ``meanwhile`` is done once before an answer; ``status`` is what all answers have.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append((self.path, self.headers.get("Authorization")))
            server.meanwhile.pop(self.path, bool)()
            body = server.files.get(self.path)
            self.send_response(server.status or (200 if body is not None else 404))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_arguments):
            """Be silent."""

    monkeypatch.setenv("GRISTMILL_MODELS", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    paths = [f"{LISTING}/{number}.parquet" for number in range(2)]
    server.asked, server.meanwhile, server.status = [], {}, None
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


def test_the_token_is_shown_to_the_hub(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_made_up")
    locate(SUMS, tmp_path, hub=hub.url)
    assert {shown for _, shown in hub.asked} == {"Bearer hf_made_up"}


def test_another_content_than_pinned_is_refused_with_its_hash(hub, tmp_path):
    for pinned in ("", "0" * 64):
        with pytest.raises(RecipeError, match=f'made/sums/main/test has the sha256 .*write sha256 = "{SHA256}"'):
            locate(SUMS.model_copy(update={"sha256": pinned}), tmp_path, hub=hub.url)


def truncate(kept):
    kept[0].write_bytes(SHARDS[0][:-9])


def replace(kept):
    kept[1].write_bytes(b"other")


def lose(kept):
    kept[1].unlink()


def empty(kept):
    for path in kept:
        path.unlink()


def fold(kept):
    kept[0].unlink()
    kept[0].mkdir()


@pytest.mark.parametrize("damage", [truncate, replace, lose, empty, fold])
def test_a_damaged_cache_is_fetched_again_and_its_hash_never_advised(hub, tmp_path, damage):
    found = locate(SUMS, tmp_path, hub=hub.url)
    damage(found.paths)
    with pytest.raises(ModelMissing, match=rf"is damaged in .*{SHA256} and .* is out of reach; with a network, load"):
        locate(SUMS, tmp_path, hub="http://127.0.0.1:1")
    assert locate(SUMS, tmp_path, hub=hub.url) == found
    assert b"".join(path.read_bytes() for path in found.paths) == b"".join(SHARDS)
    assert [path.name for path in found.paths[0].parent.parent.iterdir()] == [SHA256]


def test_two_fetches_at_once_give_the_same(hub, tmp_path):
    others = []
    hub.meanwhile[f"{LISTING}/1.parquet"] = lambda: others.append(locate(SUMS, tmp_path, hub=hub.url))
    assert [locate(SUMS, tmp_path, hub=hub.url)] == others
    assert [path.name for path in (tmp_path / "cache" / "evaluation-sets").iterdir()] == [SHA256]


def test_what_a_killed_fetch_left_goes_after_a_day(hub, tmp_path):
    shelf = tmp_path / "cache" / "evaluation-sets"
    for name, age_h in ((".fetch-dead", 25), (".fetch-busy", 1)):
        (shelf / name / "set").mkdir(parents=True)
        (shelf / name / "set" / "00000.parquet").write_bytes(b"half")
        left_at = time.time() - age_h * 3600
        os.utime(shelf / name, (left_at, left_at))
    locate(SUMS, tmp_path, hub=hub.url)
    assert {path.name for path in shelf.iterdir()} == {".fetch-busy", SHA256}


def test_what_the_hub_refuses_is_told_with_what_helps(hub, tmp_path, monkeypatch):
    hub.status = 401
    with pytest.raises(
        ModelMissing, match=r"answered 401; check the name, or set HF_TOKEN to a token that may read made/"
    ):
        locate(SUMS, tmp_path, hub=hub.url)
    monkeypatch.setenv("HF_TOKEN", "hf_made_up")
    with pytest.raises(
        ModelMissing, match=f"HF_TOKEN may not read it: accept the terms at {hub.url}/datasets/made/sums"
    ):
        locate(SUMS, tmp_path, hub=hub.url)
    hub.status = 404
    with pytest.raises(
        ModelMissing, match=f"look up the dataset 'made/sums', its config 'main' and its split 'test' at {hub.url}/data"
    ):
        locate(SUMS, tmp_path, hub=hub.url)


@pytest.mark.parametrize("listing", [b"{}", b"[]", b"<html>", b"[" * 100_000, b"[1]"])
def test_a_listing_without_files_is_one_sentence(hub, tmp_path, listing):
    hub.files[LISTING] = listing
    with pytest.raises(ModelMissing, match=f"made/sums/main/test is not here and .*{LISTING} lists no Parquet files"):
        locate(SUMS, tmp_path, hub=hub.url)


def test_a_file_that_the_hub_does_not_have_is_one_sentence(hub, tmp_path):
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
        ("s.csv", b"q\n" + b"x" * 200_000 + b"\n", {"columns": ("q",)}, [("0", "x" * 200_000)]),
        ("s.jsonl", b'{"q": "Why?", "c": {"text": ["Malt", "Hops"], "label": ["A", "B"]}}', {"columns": ("q", "c")}, [("0", "Why?\nMalt\nHops")]),
        ("s.jsonl", b'{"c": [{"text": "Malt", "label": "A"}, {"text": "Hops", "label": "B"}]}', {"columns": ("c",)}, [("0", "Malt\nHops")]),
        ("s.jsonl", b'{"c": {"choices": ["Malt", "Hops"], "labels": [1, 0]}}', {"columns": ("c",)}, [("0", "Malt\nHops")]),
        ("s.jsonl", b'{"c": {"label": "Malt"}}', {"columns": ("c",)}, [("0", "Malt")]),
        ("s.parquet", parquet([{"c": {"text": ["Malt", "Hops"], "label": ["A", "B"]}}]), {"columns": ("c",)}, [("0", "Malt\nHops")]),
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
        ("s.jsonl", b"[" * 100_000, r"s\.jsonl, line 1, begins a JSON array"),
        ("s.jsonl", b"{" * 100_000, r"s\.jsonl, line 1, is no JSON"),
        ("s.jsonl", b"1", r"s\.jsonl, line 1, is no JSON object with columns; write one object a line"),
        ("s.jsonl", b'[\n  {"q": "One?"}\n]\n', r"s\.jsonl, line 1, begins a JSON array; write one object a line"),
        ("s.jsonl", b'{"query": 1}', r"s\.jsonl, line 1, has no column 'q'; those it has are query"),
        ("s.jsonl", b'{"q": "\xff"}', r"s\.jsonl cannot be read, it is not in UTF-8; save it as UTF-8"),
        ("s.jsonl.gz", b"no gzip", r"s\.jsonl\.gz cannot be read"),
        ("s.jsonl.gz", gzip.compress(b'{"q": 1}' * 99, mtime=0)[:-9], r"s\.jsonl\.gz cannot be read"),
        ("s.csv", b"a,b\n1,2\n", r"s\.csv, line 2, has no column 'q'"),
        ("s.csv", b"q;a\n1;2\n", r"no column 'q'; those it has are q;a \(a CSV separates them by commas\)"),
        ("s.csv", b'q\n"open\n', r"s\.csv, line 1, is no CSV"),
        ("s.parquet", b"PAR1", r"s\.parquet cannot be read"),
        ("s.parquet", parquet([{"x": 1}]), r"s\.parquet, has no column 'q'; those it has are x"),
    ],
)
def test_a_damaged_file_is_one_sentence_with_its_place(tmp_path, name, content, sentence):
    with pytest.raises(RecipeError, match=sentence):
        beside(tmp_path, name, content, columns=("q",))


def test_a_set_that_cannot_be_read_is_told_before_it_is_asked_to_be_pinned(tmp_path):
    (tmp_path / "s.csv").write_bytes(b"q;a\n1;2\n")
    with pytest.raises(RecipeError, match="has no column 'q'"):
        locate(EvaluationSet(file="s.csv", columns=("q",)), tmp_path)


def checked(folder, name, content, **options):
    (folder / name).write_bytes(content)
    one = EvaluationSet(file=name, sha256=hashlib.sha256(content).hexdigest(), **options)
    check(one, locate(one, folder))


MANY = b'{"q": "One?", "n": 1}\n' * 3000


@pytest.mark.parametrize(
    ("name", "content", "options", "sentence"),
    [
        ("s.jsonl", MANY, {"columns": ("question",)}, "has no column 'question'; those it has are q, n"),
        ("s.jsonl", MANY, {"columns": ("q",), "id_column": "id"}, "has no column 'id'"),
        ("s.jsonl", b'[{"q": "One?"}]', {"columns": ("q",)}, "begins a JSON array"),
        ("s.jsonl", MANY + "Müller".encode("latin-1"), {"columns": ("q",)}, "is not in UTF-8"),
        ("s.jsonl.gz", b"PK", {"columns": ("q",)}, "cannot be read"),
        ("s.jsonl.gz", gzip.compress(MANY, mtime=0)[:-9], {"columns": ("q",)}, "cannot be read"),
        ("s.csv", b"q;a\n1;2\n", {"columns": ("q",)}, "separates them by commas"),
        ("s.parquet", SHARDS[0], {"columns": ("question",)}, "has no column 'question'; those it has are id, q"),
        ("s.parquet", SHARDS[0], {"columns": ("q",), "id_column": "n"}, "has no column 'n'"),
        ("s.parquet", b"PAR1", {"columns": ("q",)}, "cannot be read"),
        ("s.jsonl", b"", {"columns": ("q",)}, r"s\.jsonl holds no item in q to look for"),
        ("s.jsonl", b'{"q": null}\n{"q": " "}\n', {"columns": ("q",)}, "holds no item in q to look for"),
        ("s.txt", b" \n\n", {}, r"s\.txt holds no item to look for"),
    ],
)
def test_what_would_fail_in_the_night_is_told_by_the_check(tmp_path, name, content, options, sentence):
    with pytest.raises(RecipeError, match=sentence):
        checked(tmp_path, name, content, **options)


def test_a_check_reads_the_beginning_and_passes_shards_without_items(hub, tmp_path):
    checked(tmp_path, "s.jsonl", b'{"q": null}\n' * 500 + MANY, columns=("q",))
    checked(tmp_path, "s.txt", b"One?\n")
    hub.files[f"{LISTING}/0.parquet"] = first = parquet([{"id": "a", "q": None}])
    one = SUMS.model_copy(update={"sha256": hashlib.sha256(first + SHARDS[1]).hexdigest()})
    found = locate(one, tmp_path, hub=hub.url)
    check(one, found)
    found.paths[1].write_bytes(first)
    with pytest.raises(RecipeError, match="made/sums/main/test holds no item in q"):
        check(one, found)


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
        ({"file": "/etc/s.csv", "columns": ("q",)}, "leaves the recipe's folder"),
        ({"file": "s.exe", "columns": ("q",)}, "is none of .parquet, .jsonl, .csv and .txt"),
        ({"file": "s.json", "columns": ("q",)}, "'s.json' is JSON; write one object a line and name it .jsonl"),
        ({"file": "https://a.example/s.csv", "columns": ("q",)}, "is an address; save it beside the recipe"),
        ({"dataset": "a/b/../c", "columns": ("q",)}, "is no name on the Hub; it is of the form 'owner/name'"),
        (
            {"dataset": "https://huggingface.co/datasets/openai/gsm8k", "columns": ("q",)},
            "name alone, dataset = 'openai/gsm8k'",
        ),
        ({"dataset": "datasets/openai/gsm8k", "columns": ("q",)}, "name alone, dataset = 'openai/gsm8k'"),
        ({"dataset": "a/b", "config": "../x", "columns": ("q",)}, "is no configuration or split; look it up"),
        ({"dataset": "a/b", "split": "", "columns": ("q",)}, "is no configuration or split"),
        ({"file": "s.txt", "sha256": "9f86d081"}, "'9f86d081' is no sha256 of 64 digits"),
        ({"file": "s.csv", "columns": ("q",), "split": "train"}, "s.csv is a file; config and split are for a dataset"),
        ({"file": "s.csv", "columns": ("q",), "config": "main"}, "s.csv is a file; config and split are for a dataset"),
        ({"file": "s.csv", "columns": ("q",), "items": "lines"}, "s.csv has columns, and items is for plain text"),
        ({"file": "s.txt", "name": ""}, "at least 1 character"),
    ],
)
def test_a_set_that_cannot_be_is_refused_when_the_recipe_is_read(options, sentence):
    with pytest.raises(ValidationError, match=sentence):
        EvaluationSet(**options)


def test_what_is_meant_is_taken():
    assert EvaluationSet(file="./my exam.txt", sha256=SHA256.upper()) == EvaluationSet(
        file="my exam.txt", sha256=SHA256
    )
    assert EvaluationSet.model_validate(SUMS.model_dump()) == SUMS


def test_a_set_is_named_after_its_place_unless_it_has_a_name():
    assert SUMS.name == "made/sums/main/test"
    assert EvaluationSet(file="s.txt").name == "s.txt"
    assert EvaluationSet(file="s.csv", columns=("c",), name="choices of s").name == "choices of s"


@pytest.mark.parametrize("name", ["s.jsonl", "s.jsonl.gz", "s.csv", "s.txt", "s.parquet"])
@given(noise=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, name, noise):
    options = {} if name == "s.txt" else {"columns": ("q",)}
    for content in (noise, SHARDS[0][:50] + noise + SHARDS[0][-60:], b'q\n{"q": "' + noise):
        with suppress(RecipeError):
            found = beside(tmp_path_factory.mktemp("any"), name, content, **options)
            assert all(isinstance(text, str) for _, text in found)
