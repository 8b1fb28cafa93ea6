"""A folder of documents: what is read, what is refused and why, and what a second night does."""

import email.message
import gzip
import io
import json
import os
import random
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.errors import SourceError, StoreError
from corpus.store import Store, open_store
from scrapers import Files
from scrapers.crawl.archive import bodies
from scrapers.folders.contents import mails, records, whole
from scrapers.folders.lines import Unreadable, lines
from scrapers.folders.listing import listing
from scrapers.folders.media import media_type_of
from scrapers.folders.reservation import reservations
from scrapers.page import Desk, Network, Scraped

CHAT = {"messages": [{"role": "user", "content": "How long to mash?"}, {"role": "assistant", "content": "An hour."}]}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "papers"
    made.mkdir()
    return made


@pytest.fixture
def desk(tmp_path):
    return Desk(
        source="papers",
        store=open_store(tmp_path / "dataset"),
        folder="state/raw/2026-11-21/papers",
        work=tmp_path / "work",
        machine=tmp_path / "machine",
        network=Network(contact=""),
        now=lambda: datetime(2026, 11, 21, 3, tzinfo=UTC),
    )


def collect(desk, folder, night="2026-11-21", **options):
    tonight = replace(desk, folder=f"state/raw/{night}/papers")
    return Files(name="papers", folder=str(folder), **options).collect(tonight)


def rows(desk, night="2026-11-21"):
    parts = [path for path in desk.store.paths(f"state/raw/{night}") if path.endswith(".parquet")]
    found = [row for path in parts for row in desk.store.read_table(path).to_pylist()]
    return {row["id"].removeprefix("papers/"): row for row in found}


def body_of(desk, key, night="2026-11-21"):
    parts = [path for path in desk.store.paths(f"state/raw/{night}") if path.endswith(".parquet")]
    for path in parts:
        table = desk.store.read_table(path)
        if f"papers/{key}" in table["id"].to_pylist():
            return bodies(desk.store, table)[table["id"].to_pylist().index(f"papers/{key}")].as_py()
    raise KeyError(key)


def mail(number, text="The mash is ready."):
    made = email.message.EmailMessage()
    made["Message-ID"], made["Subject"], made["From"] = f"<{number}@mill.test>", f"Mash {number}", "ada@mill.test"
    made.set_content(text)
    return made.as_bytes()


def mailbox(*mails_in_it):
    return b"".join(b"From ada@mill.test Sat Nov 21 03:00:00 2026\n" + one + b"\n" for one in mails_in_it)


def epub(meta=""):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("OEBPS/content.opf", f"<package><metadata>{meta}</metadata></package>")
    return sink.getvalue()


def test_every_file_is_a_document_with_what_the_recipe_says_of_it(desk, folder):
    (folder / "a").mkdir()
    (folder / "a" / "mash.md").write_text("# Mash\n")
    said = {"licence": "CC-BY-4.0", "licence_evidence": "the brewers said so", "attribution": "The brewers"}
    progress = collect(desk, folder, **said, base_url="https://brewers.test/")
    assert (progress.stored, progress.refused) == (1, 0)
    row = rows(desk)["a/mash.md"]
    assert row["url"] == "https://brewers.test/a/mash.md"
    assert {name: row[name] for name in said} == said
    assert (row["media_type"], row["consent"], row["kind"]) == ("text/markdown", "unknown", "article")
    assert row["updated_at"].tzinfo is not None
    assert body_of(desk, "a/mash.md") == b"# Mash\n"


def test_a_statement_of_consent_is_evidence(desk, folder):
    (folder / "mash.txt").write_text("mash")
    collect(desk, folder, consent="allow")
    row = rows(desk)["mash.txt"]
    assert row["consent"] == "allow"
    assert [signal["value"] for signal in row["consent_evidence"]] == ["consent = allow"]


def test_mails_conversations_and_texts_inside_a_file_are_documents_of_their_own(desk, folder):
    (folder / "list.mbox").write_bytes(mailbox(mail(1), mail(2)))
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, [{"id": "c1"} | CHAT, {"text": "wort", "id": "t1"}])))
    (folder / "export.json").write_text(json.dumps([CHAT, {"id": "c2"} | CHAT]))
    assert collect(desk, folder).stored == 6
    found = rows(desk)
    assert {key.partition("#")[0] for key in found} == {"list.mbox", "chats.jsonl", "export.json"}
    assert {key for key in found if "#" not in key} == {key for key in found if found[key]["refusal"] == "container"}
    assert found["chats.jsonl#c1"]["kind"] == "conversation"
    assert found["chats.jsonl#t1"]["kind"] == "article"
    assert json.loads(body_of(desk, "export.json#c2"))["messages"] == CHAT["messages"]


def test_a_second_night_reads_only_what_changed_and_drops_what_left(desk, folder):
    (folder / "same.txt").write_text("the same")
    (folder / "new.txt").write_text("old words")
    (folder / "left.txt").write_text("leaves")
    (folder / "list.mbox").write_bytes(mailbox(mail(1), mail(2)))
    collect(desk, folder)
    (folder / "new.txt").write_text("entirely new words")
    (folder / "left.txt").unlink()
    (folder / "list.mbox").write_bytes(mailbox(mail(2), mail(3)))
    progress = collect(desk, folder, "2026-11-22")
    second = rows(desk, "2026-11-22")
    assert (progress.stored, progress.refused, progress.unchanged) == (2, 2, 2)
    assert body_of(desk, "new.txt", "2026-11-22") == b"entirely new words"
    assert sorted(row["refusal"] for row in second.values() if row["refusal"]) == ["container", "gone", "gone"]
    assert len(second) == 5


def test_an_unchanged_folder_is_not_read(desk, folder, monkeypatch):
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"text {number}")
    (folder / "list.mbox").write_bytes(mailbox(mail(1)))
    collect(desk, folder)
    monkeypatch.setattr("corpus.store.Store.get_range", None)
    progress = collect(desk, folder, "2026-11-22")
    assert (progress.stored, progress.unchanged) == (0, 21)


def test_a_killed_run_goes_on_without_reading_again(desk, folder, monkeypatch):
    for number in range(10):
        (folder / f"{number}.txt").write_text(f"text {number}")
    read, opened = [], []
    original = type(desk.store).get

    def get(self, path):
        if path.endswith(".txt"):
            read.append(path)
            if len(read) == 6 and not opened:
                opened.append(path)
                raise KeyboardInterrupt
        return original(self, path)

    monkeypatch.setattr("corpus.store.Store.get", get)
    with pytest.raises(KeyboardInterrupt):
        collect(desk, folder)
    assert collect(desk, folder).stored == 10
    assert len(read) == 11  # the sixth, whose reading was cut off, twice


def test_a_folder_that_is_away_or_empty_takes_nothing_back(desk, folder):
    (folder / "a.txt").write_text("a")
    collect(desk, folder)
    (folder / "a.txt").unlink()
    with pytest.raises(SourceError, match=r"no file in .* matches `include`; nothing is taken as gone"):
        collect(desk, folder, "2026-11-22")
    folder.rmdir()
    with pytest.raises(SourceError, match="there is no folder"):
        collect(desk, folder, "2026-11-22")
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xyz", b"what", "unsupported-type"),
        ("a.txt", b"\x7fELF\0\0\0", "unsupported-type"),
        ("a.zip", b"PK\x03\x04", "unsupported-type"),
        ("big.txt", b"x" * 2048, "too-large"),
        ("list.mbox.gz", gzip.compress(mailbox(mail(1)))[:-30] + b"damage" * 5, "broken"),
        ("chats.jsonl", b'{"messages": [', "broken"),
        ("chats.json", b"[1, 2", "broken"),
        ("chats.json", b"[" * 500 + b"]" * 500, "unsupported-type"),
        ("chats.json", b'{"a":' * 900 + b"1" + b"}" * 900, "too-large"),
        ("chats.json.gz", gzip.compress(b" " * 5000), "too-large"),
        ("chats.jsonl", b'{"a": 1}', "unsupported-type"),
    ],
)
def test_what_cannot_be_read_has_a_row_with_the_reason(desk, folder, name, content, reason):
    (folder / name).write_bytes(content)
    collect(desk, folder, max_file_mib=0.001)
    found = [row for row in rows(desk).values() if row["refusal"] not in {None, "container"}]
    assert [row["refusal"] for row in found] == [reason]
    assert name in found[0]["refusal_detail"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b'<html><head><meta name="robots" content="noai"></head><body>words</body></html>'),
        ("page.html", b'<html><head><meta name="tdm-reservation" content="1"></head><body>words</body></html>'),
        ("paper.pdf", b'%PDF-1.7\n<rdf:Description tdm:reservation="1"/>'),
        ("paper.pdf", b"%PDF-1.7\n<tdm:reservation>1</tdm:reservation>"),
        ("book.epub", epub('<meta property="tdm:reservation">1</meta>')),
    ],
)
def test_a_file_that_reserves_its_rights_is_refused_without_its_body(desk, folder, name, content):
    (folder / name).write_bytes(content)
    collect(desk, folder, consent="allow")
    row = rows(desk)[name]
    assert (row["refusal"], row["consent"], row["payload_sha256"]) == ("ai-opt-out", "deny", None)


def test_a_file_that_reserves_nothing_is_stored(desk, folder):
    (folder / "paper.pdf").write_bytes(b'%PDF-1.7\n<rdf:Description tdm:reservation="0"/>')
    (folder / "book.epub").write_bytes(epub('<meta property="tdm:reservation">0</meta>'))
    (folder / "broken.epub").write_bytes(b"PK\x03\x04 and no book")
    assert collect(desk, folder).stored == 3


def test_patterns_choose_and_hidden_files_and_links_that_lead_out_do_not_count(desk, folder, tmp_path):
    for name in ("a.md", "b.txt", ".hidden.md", "sub/c.md", ".git/d.md", "sub/~$e.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("text")
    (tmp_path / "secret.md").write_text("secret")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    collect(desk, folder, include=("**/*.md",), exclude=("sub/x*",))
    assert set(rows(desk)) == {"a.md", "sub/c.md"}


def test_a_name_with_the_mark_of_what_is_inside_stays_its_own(desk, folder):
    (folder / "a#b%.txt").write_text("text")
    collect(desk, folder)
    assert set(rows(desk)) == {"a%23b%25.txt"}
    collect(desk, folder, "2026-11-22")
    assert rows(desk, "2026-11-22") == {}


def test_two_documents_of_one_id_are_both_kept_and_a_copy_once(desk, folder):
    other = {"messages": [CHAT["messages"][0], {"role": "assistant", "content": "Two hours."}]}
    lines_in_it = [{"id": "c"} | CHAT, {"id": "c"} | other, {"id": "c"} | CHAT]
    (folder / "chats.jsonl").write_text("\n".join(map(json.dumps, lines_in_it)))
    assert collect(desk, folder).stored == 2
    collect(desk, folder, "2026-11-22")
    assert rows(desk, "2026-11-22") == {}


def test_other_options_read_the_files_again(desk, folder):
    (folder / "a.txt").write_text("text")
    collect(desk, folder)
    collect(desk, folder, "2026-11-22", licence="MIT")
    assert rows(desk, "2026-11-22")["a.txt"]["licence"] == "MIT"


def test_a_container_that_left_and_came_back_as_it_was_is_read_again(desk, folder, tmp_path):
    (folder / "other.txt").write_text("stays")
    (folder / "list.mbox").write_bytes(mailbox(mail(1)))
    collect(desk, folder)
    (folder / "list.mbox").rename(tmp_path / "away")
    assert collect(desk, folder, "2026-11-22").stored == 0
    assert {row["refusal"] for row in rows(desk, "2026-11-22").values()} == {"gone"}
    (tmp_path / "away").rename(folder / "list.mbox")
    assert collect(desk, folder, "2026-11-23").stored == 1


def test_a_container_that_became_a_document_leaves_none_of_its_own_behind(desk, folder):
    (folder / "notes.txt").write_bytes(mailbox(mail(1)))
    collect(desk, folder)
    (folder / "notes.txt").write_text("notes, and no mails any more")
    collect(desk, folder, "2026-11-22")
    assert sorted(str(row["refusal"]) for row in rows(desk, "2026-11-22").values()) == ["None", "gone"]


def refusing(monkeypatch, wrong, error="the line is cut"):
    """Make the storage fail for the reads that ``wrong(path, offset)`` names; return the set of what failed."""
    failed, get, get_range = set(), Store.get, Store.get_range

    def check(path, offset):
        if wrong(path, offset):
            failed.add(path)
            raise StoreError(error)

    def whole_of(self, path):
        check(path, 0)
        return get(self, path)

    def range_of(self, path, offset, length):
        check(path, offset)
        return get_range(self, path, offset, length)

    monkeypatch.setattr(Store, "get", whole_of)
    monkeypatch.setattr(Store, "get_range", range_of)
    return failed


def test_a_container_whose_storage_failed_halfway_is_read_again_whole(desk, folder, monkeypatch):
    records_in_it = [json.dumps({"id": str(number), "text": "wort " * 20}) for number in range(300)]
    (folder / "a.jsonl").write_text("\n".join(records_in_it))
    monkeypatch.setattr("scrapers.folders.lines.BLOCK_BYTES", 4096)
    with monkeypatch.context() as cut:
        assert refusing(cut, lambda path, offset: path == "a.jsonl" and offset > 9000) == set()
        first = collect(desk, folder).stored
    assert 0 < first < 300
    assert rows(desk)["a.jsonl"]["refusal"] == "unreachable"
    assert first + collect(desk, folder, "2026-11-22").stored == 300


def test_a_file_that_cannot_be_read_tonight_neither_stops_the_others_nor_leaves(desk, folder, monkeypatch):
    for name in ("a.txt", "b.txt", "c.txt", "d.txt", "e.txt"):
        (folder / name).write_text(name)
    collect(desk, folder)
    for name in ("a.txt", "b.txt", "c.txt", "d.txt", "e.txt"):
        (folder / name).write_text(f"more of {name}")
    with monkeypatch.context() as cut:
        refusing(cut, lambda path, _: path in {"a.txt", "b.txt", "c.txt", "d.txt"}, "no permission")
        assert collect(desk, folder, "2026-11-22").stored == 1
    refused = {key: row["refusal"] for key, row in rows(desk, "2026-11-22").items() if row["refusal"]}
    assert refused == dict.fromkeys(("a.txt", "b.txt", "c.txt", "d.txt"), "unreachable")
    assert collect(desk, folder, "2026-11-23").stored == 4


def test_a_bucket_that_is_away_ends_the_night(desk, monkeypatch):
    bucket = open_store("memory://bucket")
    for number in range(9):
        bucket.put(f"{number}.txt", b"text")
    monkeypatch.setattr("scrapers.files.opened", lambda *_: bucket)
    with monkeypatch.context() as cut:
        failed = refusing(cut, lambda path, _: path.endswith(".txt"))
        with pytest.raises(StoreError, match="the line is cut"):
            collect(desk, "memory://bucket")
    assert len(failed) == 3
    assert collect(desk, "memory://bucket", "2026-11-22").stored == 9


def test_a_folder_that_cannot_be_listed_hides_no_other_and_takes_nothing_as_gone(desk, folder, monkeypatch):
    (folder / "closed").mkdir()
    (folder / "closed" / "a.txt").write_text("a")
    (folder / "b.txt").write_text("b")
    collect(desk, folder)
    (folder / "c.txt").write_text("c")
    real = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    collect(desk, folder, "2026-11-22")
    assert set(rows(desk, "2026-11-22")) == {"c.txt"}


def test_names_that_no_store_can_say_have_a_row_and_pipes_and_rings_are_no_files(desk, folder):
    (folder / "a.txt").write_text("a")
    os.mkfifo(folder / "pipe.txt")
    (folder / "ring.txt").symlink_to(folder / "ring.txt")
    (folder / "nowhere.txt").symlink_to(folder / "nothing.txt")
    for name in (b"bad\xff.txt", b"two\nlines.txt"):
        (folder / os.fsdecode(name)).write_bytes(b"text")
    collect(desk, folder)
    found = {key: row["refusal"] for key, row in rows(desk).items()}
    odd = {"bad%FF.txt": "unsupported-name", "two%0Alines.txt": "unsupported-name", "ring.txt": "unreachable"}
    assert found == {"a.txt": None} | odd


def test_ids_are_short_lines_whatever_a_record_or_a_path_says(desk, folder):
    deep = folder.joinpath(*["d" * 200] * 6)
    deep.mkdir(parents=True)
    (deep / "one.txt").write_text("deep")
    (deep / "two.txt").write_text("deeper")
    ids = ["k" * 5_000_000, "two\nlines", "fine", "\ud800"]
    records_in_it = [{"id": one, "text": f"wort {number}", "url": "u" * 9999} for number, one in enumerate(ids)]
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, records_in_it)))
    assert collect(desk, folder).stored == 6
    found = rows(desk)
    assert "a.jsonl#fine" in found
    assert max(map(len, found)) <= 1024
    assert all(key.isprintable() for key in found)
    assert max(len(row["url"]) for row in found.values()) < 1200
    assert collect(desk, folder, "2026-11-22").stored == 0
    assert rows(desk, "2026-11-22") == {}


def test_a_nights_bound_holds_inside_a_container_too_and_the_next_nights_go_on(desk, folder):
    (folder / "a.jsonl").write_text("".join(json.dumps({"id": str(n), "text": f"wort {n}"}) + "\n" for n in range(25)))
    (folder / "b.txt").write_text("b")
    nights = [collect(desk, folder, f"2026-11-{day}", max_documents=10).stored for day in (21, 22, 23, 24)]
    assert nights == [10, 10, 6, 0]
    assert "a.jsonl" not in rows(desk, "2026-11-22")
    assert rows(desk, "2026-11-23")["a.jsonl"]["refusal"] == "container"


def test_a_night_that_runs_again_keeps_its_bound(desk, folder):
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"text {number}")
    assert [collect(desk, folder, max_documents=2).stored for _ in range(3)] == [2, 2, 2]


def test_containers_keep_their_marks_in_their_rows_and_write_no_cursors(desk, folder):
    for number in range(30):
        (folder / f"{number}.mbox").write_bytes(mailbox(mail(number)))
    collect(desk, folder)
    assert [path for path in desk.store.paths("state/raw") if not path.endswith((".parquet", ".warc.gz"))] == []


def hostile_book(method):
    """A book whose directory is whole and whose package document is not."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as book:
        book.writestr("content.opf", random.Random(1).randbytes(500))
    content = bytearray(sink.getvalue())
    start = 30 + len("content.opf") + 9  # a local header, and the properties of LZMA
    content[start : start + 300] = b"\x5a" * 300
    return bytes(content)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_hostile_book_stops_nothing(desk, folder, method):
    (folder / "a.epub").write_bytes(hostile_book(method))
    (folder / "b.txt").write_text("fine")
    assert collect(desk, folder).stored == 2


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
def test_a_damaged_book_reserves_or_does_not(changes):
    content = bytearray(epub('<meta property="tdm:reservation">1</meta>'))
    for place, byte in changes:
        content[place % len(content)] = byte
    book = Scraped("a.epub", "", "article", datetime(2026, 11, 21, tzinfo=UTC), bytes(content), "application/epub+zip")
    found = reservations(book)
    assert found or changes
    assert all(signal.value.isdigit() for signal in found)


def test_a_mail_without_end_is_refused_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr("scrapers.folders.contents.MAX_MAIL_BYTES", 1000)
    found = list(mails(lines(reading(mailbox(mail(1, "wort " * 900), mail(2))))))
    assert [(one.refusal, len(one.body) > 0) for one in found] == [("too-large", False), (None, True)]


def test_values_in_values_end_in_a_reason():
    for depth in (*range(100, 1100), 5000):
        for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            assert [one.refusal for one in whole(deep.encode())] in (["unsupported-type"], ["broken"])


@pytest.mark.parametrize(
    ("path", "head", "expected"),
    [
        ("a.PDF", b"%PDF-1.4", "application/pdf"),
        ("paper", b"%PDF-1.4", "application/pdf"),
        ("notes.txt", b"see %PDF-1.4 in the manual", "text/plain"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "wordprocessingml"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        ("mail.txt", mailbox(mail(1)), "application/mbox"),
        ("README", b"read me", "text/plain"),
        ("utf16.txt", b"\xff\xfea\0b\0", "text/plain"),
        ("a.txt.gz", b"\x1f\x8b", None),
        ("a.jsonl.gz", b"\x1f\x8b", "application/x-ndjson"),
    ],
)
def test_types_are_told_by_first_bytes_and_name(path, head, expected):
    found = media_type_of(path, head)
    assert found is not None and expected in found if expected else found is None


def reading(content):
    return lambda offset, length: content[offset : offset + length]


def test_a_mailbox_is_split_at_its_separators_alone():
    quoted = mail(1, ">From here on\nFrom there too\n\nFrom the brewer: wait")
    found = list(mails(lines(reading(mailbox(quoted, mail(2))))))
    assert [one.body.startswith(b"Message-ID") for one in found] == [True, True]
    assert b"\nFrom here on" in found[0].body


def test_lines_of_packed_files_are_those_of_plain_ones():
    content = b"".join(b"line %d\n" % number for number in range(10_000)) + b"no end"
    members = gzip.compress(content[:5000]) + gzip.compress(content[5000:])
    assert list(lines(reading(members))) == list(lines(reading(content))) == content.splitlines(keepends=True)


def test_a_packed_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("scrapers.folders.lines.BOMB_BYTES", 1 << 20)
    with pytest.raises(Unreadable, match="more than 100 times"):
        list(lines(reading(gzip.compress(b"0" * (8 << 20)))))


def test_a_line_without_end_is_cut(monkeypatch):
    monkeypatch.setattr("scrapers.folders.lines.MAX_LINE_BYTES", 10)
    assert list(lines(reading(b"0123456789abcdef\nnext\n"))) == [b"0123456789", b"next\n"]


@given(st.binary(max_size=300))
def test_random_bytes_give_documents_or_reasons(content):
    for found in (mails, records):
        with suppress(Unreadable):  # of what begins like a gzip
            assert all(one.key for one in found(lines(reading(content))))
    assert all(one.key for one in whole(content))


@given(st.lists(st.text(alphabet="ab/.*?", max_size=6), min_size=1, max_size=3))
def test_patterns_never_fail(tmp_path_factory, patterns):
    store = open_store(tmp_path_factory.mktemp("empty"))
    assert listing(store, patterns, patterns).entries == []


def test_a_mail_is_no_conversation_and_a_chat_is(desk, folder):
    (folder / "list.mbox").write_bytes(mailbox(mail(1)))
    (folder / "chats.jsonl").write_text(json.dumps({"id": "c"} | CHAT))
    collect(desk, folder, document_kind="reference")
    kinds = {key.partition("#")[0]: row["kind"] for key, row in rows(desk).items() if "#" in key}
    assert kinds == {"list.mbox": "reference", "chats.jsonl": "conversation"}


@pytest.mark.parametrize("option", [{"folder": ""}, {"base_url": "not a url"}])
def test_options_that_mean_nothing_are_refused(option):
    with pytest.raises(ValidationError):
        Files(**{"name": "papers", "folder": "x"} | option)
