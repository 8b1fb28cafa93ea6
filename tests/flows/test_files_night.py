"""A night over a folder: what becomes a row, what has a reason instead, whom a row names, what a second night reads."""

import email.message
import hashlib
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpus import ledger
from corpus.errors import GateRefused
from corpus.manifest import latest
from corpus.pseudonym import SALT_FILE, Authors
from corpus.store import open_store
from flows.refresh import PLAIN, night
from flows.tonight import Tonight
from scrapers.crawl.archive import scrub

RECIPE = """
name = "papers"
contact = "miller@brewnet.test"

[[sources]]
kind = "files"
name = "papers"
folder = "{folder}"
licence = "CC-BY-4.0"

[[steps]]
kind = "extract"

[[steps]]
kind = "clean"

[[steps]]
kind = "select"
rules = [
    {{ column = "extract_problem", none_of = ["encrypted"], reason = "encrypted-file" }},
    {{ column = "extract_problem", none_of = ["broken"], reason = "broken-file" }},
    {{ column = "extract_problem", none_of = ["bomb"], reason = "file-bomb" }},
]

[[steps]]
kind = "chat"

[publish.gates]
max_fall = 1.0
"""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHAT = [{"role": "user", "content": "How long to mash?\u202e"}, {"role": "assistant", "content": "An hour."}]


def mail():
    made = email.message.EmailMessage()
    made["Message-ID"], made["Subject"], made["From"] = "<1@mill.test>", "The mash", "Ada Miller <ada@mill.test>"
    made.set_content("The mash rests for an hour before the wort is drained.")
    return b"From ada@mill.test Sat Nov 21 03:00:00 2026\n" + made.as_bytes() + b"\n"


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.md").write_text("# Mash\n\nThe mash turns starch into sugar.\n")
    (folder / "chats.jsonl").write_text(json.dumps({"id": "c1", "messages": CHAT}) + "\n")
    (folder / "list.mbox").write_bytes(mail())
    (folder / "secret.docx").write_bytes(OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    (folder / "torn.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    (folder / "song.mp3").write_bytes(b"ID3\x04")
    made = tmp_path / "papers"
    made.mkdir()
    (made / "recipe.toml").write_text(RECIPE.format(folder=folder))
    return made


def run(dataset, day):
    return night(Tonight(dataset=str(dataset), workers=1), PLAIN, lambda: datetime(2026, 11, day, 2, tzinfo=UTC))


def rows(dataset):
    files = [dataset / "published" / shard.path for shard in latest(open_store(dataset)).shards]
    found = [row for file in files for row in pq.read_table(file).to_pylist()]
    return {row["id"].removeprefix("papers/"): row for row in found}


def test_documents_and_conversations_become_rows_and_the_rest_has_reasons(dataset):
    run(dataset, 20)
    found = rows(dataset)
    mails = [key for key in found if key.startswith("list.mbox#")]
    assert set(found) == {"notes.md", "chats.jsonl#c1", *mails}
    assert len(mails) == 1
    conversation = found["chats.jsonl#c1"]
    assert [turn["content"] for turn in conversation["messages"]] == ["How long to mash?", "An hour."]
    assert conversation["kind"] == "conversation"
    assert sum(conversation["assistant_mask"]) > 0
    store = open_store(dataset)
    fates = ledger.newest(store, latest(store)).to_pylist()
    reasons = {row["id"].removeprefix("papers/"): row["reason"] for row in fates if row["reason"]}
    containers = {"chats.jsonl": "container", "list.mbox": "container"}  # what is in them are the documents
    unread = {"secret.docx": "encrypted-file", "torn.pdf": "broken-file", "song.mp3": "unsupported-type"}
    assert reasons == containers | unread
    counted = {row.reason: row.documents for row in latest(store).funnel}
    assert (counted["encrypted-file"], counted["broken-file"], counted["unsupported-type"]) == (1, 1, 1)


def test_a_service_that_answers_nonsense_costs_the_others_nothing(dataset, odd_wiki):
    recipe = dataset / "recipe.toml"
    wiki = f'[[sources]]\nkind = "wikipedia"\nname = "wiki"\nscheme = "http"\nhost = "{odd_wiki}"\npages = ["Mash"]\n'
    text = recipe.read_text().replace("[[sources]]", "[network]\nallow_private = true\n\n" + wiki + "\n[[sources]]", 1)
    recipe.write_text(text)
    run(dataset, 20)
    assert "notes.md" in rows(dataset)


@pytest.fixture
def odd_wiki():
    class Odd(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"[1, 2]")

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_refused_night_says_why_and_a_mended_recipe_is_asked_anew_the_same_night(dataset):
    recipe = dataset / "recipe.toml"
    right = recipe.read_text()
    recipe.write_text(right.replace("licence =", 'include = ["**/*.mp3"]\nlicence =', 1))
    with pytest.raises(GateRefused, match="the documents of this night: 1 unsupported-type"):
        run(dataset, 20)
    recipe.write_text(right)
    run(dataset, 20)
    assert "notes.md" in rows(dataset)


def test_an_author_is_a_pseudonym_of_this_dataset_and_no_name_is_published(dataset):
    run(dataset, 20)
    (row,) = [row for key, row in rows(dataset).items() if key.startswith("list.mbox#")]
    salt = open_store(dataset).get(SALT_FILE)
    assert row["author"] == Authors("pseudonym", salt).shown("papers", "Ada Miller")
    published = b"".join(path.read_bytes() for path in (dataset / "published").rglob("*") if path.is_file())
    assert b"Ada Miller" not in published
    assert salt not in published


def test_a_second_night_stores_nothing_and_publishes_the_same_rows(dataset):
    run(dataset, 20)
    before = rows(dataset)
    run(dataset, 21)
    assert rows(dataset) == before
    second = [path for path in open_store(dataset).paths("state/raw/2026-11-21") if path.endswith(".parquet")]
    assert second == []


def test_the_manifest_hashes_the_archives_as_they_are_also_where_a_body_was_erased_since(dataset):
    run(dataset, 20)
    (dataset.parent / "folder" / "notes.md").unlink()
    run(dataset, 21)
    store = open_store(dataset)
    table = store.read_table("state/raw/2026-11-20/papers/part-00000.parquet")
    (row,) = [row for row in table.to_pylist() if row["id"] == "papers/notes.md"]
    scrub(store, row["archive"], [(row["archive_offset"], row["archive_length"])])
    run(dataset, 22)
    raw = [segment for segment in latest(store).segments if segment.kind == "raw"]
    assert raw
    assert {one.path: one.sha256 for one in raw} == {
        one.path: hashlib.sha256(store.get(one.path)).hexdigest() for one in raw
    }


def test_a_night_under_another_secret_is_refused(dataset):
    run(dataset, 20)
    (dataset / SALT_FILE).write_bytes(b"another secret of the same dataset")
    with pytest.raises(GateRefused, match="another secret, than in v2026-11-20"):
        run(dataset, 21)
    assert latest(open_store(dataset)).version == "v2026-11-20"


def test_a_change_in_how_authors_are_shown_is_refused_until_it_is_meant_and_then_holds_for_every_row(dataset):
    recipe = dataset / "recipe.toml"
    hidden = recipe.read_text()
    recipe.write_text(hidden.replace("[[sources]]", '[authors]\nshow = "name"\n\n[[sources]]', 1))
    run(dataset, 20)
    recipe.write_text(hidden)
    with pytest.raises(GateRefused, match="shown in another way"):
        run(dataset, 21)
    recipe.write_text(hidden.replace("max_fall = 1.0", "max_fall = 1.0\nnew_pseudonyms = true"))
    run(dataset, 21)
    assert "Ada Miller" not in {row["author"] for row in rows(dataset).values()}


def test_a_corrected_attribution_reaches_the_rows(dataset):
    recipe = dataset / "recipe.toml"
    run(dataset, 20)
    recipe.write_text(recipe.read_text().replace('licence = "CC', 'attribution = "The Society"\nlicence = "CC', 1))
    run(dataset, 21)
    assert {row["attribution"] for row in rows(dataset).values()} == {"The Society"}


def test_names_are_published_where_the_recipe_says_so(dataset):
    recipe = Path(dataset / "recipe.toml")
    recipe.write_text(recipe.read_text().replace("[[sources]]", '[authors]\nshow = "name"\n\n[[sources]]', 1))
    run(dataset, 20)
    assert "Ada Miller" in {row["author"] for row in rows(dataset).values()}
