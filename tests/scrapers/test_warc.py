"""WARC files of others, written by warcio as they are met in the wild, damaged ones included."""

import base64
import gzip
import hashlib
import io
import json
import tracemalloc
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from corpus.errors import SourceError
from scrapers.captures.capture import unchunked
from scrapers.captures.records import records
from scrapers.crawl.settings import MAX_BODY_BYTES
from scrapers.warc import Warc, documents, files_of

HTML = [("Content-Type", "text/html; charset=utf-8")]
DAY = "2026-01-{:02}T00:00:00Z"


class Archive:
    def __init__(self, *, packed=True):
        self.sink = io.BytesIO()
        self.writer = WARCWriter(self.sink, gzip=packed)

    def page(self, url, body, headers=HTML, status="200 OK", *, day=1, kind="response", **named):
        http = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
        record = self.writer.create_warc_record(
            url,
            kind,
            payload=io.BytesIO(body),
            length=len(body),
            http_headers=http,
            warc_headers_dict={"WARC-Date": DAY.format(day)}
            | {name.replace("_", "-"): value for name, value in named.items()},
        )
        self.writer.write_record(record)
        return self

    def plain(self, url, body, kind="resource", media_type="text/plain", day=1):
        record = self.writer.create_warc_record(
            url,
            kind,
            payload=io.BytesIO(body),
            length=len(body),
            warc_content_type=media_type,
            warc_headers_dict={"WARC-Date": DAY.format(day)},
        )
        self.writer.write_record(record)
        return self

    @property
    def content(self):
        return self.sink.getvalue()


def reader(content):
    return lambda offset, length: content[offset : offset + length]


def read(*contents, **options):
    source = Warc(name="old", paths=("unused",), **options)
    files = {f"file-{number}.warc.gz": reader(content) for number, content in enumerate(contents)}
    return {row.key: row for row in documents(source, files)}


def three(*, packed=True):
    archive = Archive(packed=packed)
    for number in range(3):
        archive.page(f"http://a.test/{number}", f"<p>page {number} {'words ' * 50}".encode())
    return archive.content


def encoded(body, name):
    return {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": lambda data: bytes(pa.Codec("brotli").compress(data, asbytes=True)),
        "zstd": lambda data: bytes(pa.Codec("zstd").compress(data, asbytes=True)),
    }[name](body)


@pytest.mark.parametrize("packed", [True, False])
def test_responses_become_documents_and_all_else_of_an_archive_does_not(packed):
    archive = Archive(packed=packed).page("http://a.test/", b"<p>hello", day=3)
    archive.plain("http://a.test/", b"about", "metadata").plain("dns:a.test", b"1.2.3.4")
    rows = read(archive.content)
    (row,) = rows.values()
    assert (row.key, row.body, row.status, row.fetched_at.day, row.consent) == (
        "http://a.test/",
        b"<p>hello",
        200,
        3,
        "unknown",
    )


def test_one_gzip_over_everything_is_read_like_one_a_record():
    assert read(gzip.compress(three(packed=False))) == read(three()) != {}


def test_text_that_a_crawl_extracted_is_a_document():
    rows = read(Archive().plain("http://a.test/", b"plain words", "conversion").content)
    assert (rows["http://a.test/"].body, rows["http://a.test/"].media_type) == (b"plain words", "text/plain")


def test_of_a_page_captured_twice_the_newest_capture_is_taken_whatever_the_order():
    one = Archive().page("http://a.test/", b"new", day=9).page("http://a.test/", b"old", day=2).content
    other = Archive().page("http://A.test:80/#top", b"middle", day=5).content
    assert [row.body for row in read(one, other).values()] == [b"new"]
    assert [row.body for row in read(other, one).values()] == [b"new"]


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_every_known_content_encoding_is_undone(name):
    body = b"<p>hello" * 100
    headers = [*HTML, ("Content-Encoding", name)]
    assert read(Archive().page("http://a.test/", encoded(body, name), headers).content)["http://a.test/"].body == body
    assert read(Archive().page("http://a.test/", body, headers).content)["http://a.test/"].body == body  # undone before


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_refused_and_memory_stays_bounded(name):
    bomb = encoded(bytes(8 * MAX_BODY_BYTES), name)
    content = Archive().page("http://a.test/", bomb, [*HTML, ("Content-Encoding", name)]).content
    del bomb
    tracemalloc.start()
    row = read(content)["http://a.test/"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (row.refusal, row.body) == ("too-large", b"")
    assert peak < 5 * MAX_BODY_BYTES


def test_chunks_are_joined_and_what_only_claims_to_be_chunked_is_left_as_it_is():
    headers = [*HTML, ("Transfer-Encoding", "chunked")]
    for body, expected in ((b"3\r\n<p>\r\n5;x=y\r\nhello\r\n0\r\n\r\n", b"<p>hello"), (b"<p>hello", b"<p>hello")):
        assert read(Archive().page("http://a.test/", body, headers).content)["http://a.test/"].body == expected
    broken = read(Archive().page("http://a.test/", b"5\r\n<p>", headers).content)["http://a.test/"]
    assert (broken.refusal, broken.body) == ("damaged-record", b"")


@pytest.mark.parametrize(
    ("status", "headers", "refusal"),
    [
        ("404 Not Found", HTML, "gone"),
        ("410 Gone", HTML, "gone"),
        ("503 Busy", HTML, "http-503"),
        ("301 Moved", [("Location", "http://b.test/")], "redirected"),
        ("200 OK", [("Content-Type", "image/png")], "unsupported-type"),
        ("200 OK", [*HTML, ("Content-Encoding", "rot13")], "unsupported-encoding"),
        ("200 OK", [*HTML, ("X-Robots-Tag", "noai")], "ai-opt-out"),
        ("200 OK", [*HTML, ("tdm-reservation", "1")], "ai-opt-out"),
    ],
)
def test_an_answer_that_is_no_document_is_a_row_with_the_reason(status, headers, refusal):
    row = read(Archive().page("http://a.test/", b"<p>x", headers, status).content)["http://a.test/"]
    assert (row.refusal, row.body) == (refusal, b"")
    assert row.refusal_detail


def test_meta_elements_and_a_robots_txt_captured_beside_a_page_decide():
    robots = b"User-agent: *\nDisallow: /private\nContent-Signal: ai-train=no\n"
    archive = Archive().page("http://a.test/x", b"<p>x").page("http://a.test/private", b"<p>x")
    archive.page("http://b.test/", b'<meta name="robots" content="noai">').page("http://c.test/", b"<p>free")
    archive.page("http://a.test/robots.txt", robots, [("Content-Type", "text/plain")])
    rows = read(archive.content)
    assert {key: row.consent for key, row in rows.items()} == {
        "http://a.test/x": "deny",
        "http://a.test/private": "deny",
        "http://b.test/": "deny",
        "http://c.test/": "unknown",
    }
    allowed = (
        Archive()
        .page("http://a.test/private", b"<p>x")
        .page("http://a.test/robots.txt", b"User-agent: *\nDisallow: /private\n")
    )
    assert read(allowed.content)["http://a.test/private"].refusal == "robots-disallowed"


def test_the_licence_is_read_from_the_page():
    link = b'<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
    assert read(Archive().page("http://a.test/", link).content)["http://a.test/"].licence == "CC-BY-4.0"


def test_hosts_patterns_and_the_limit_choose_the_pages():
    rows = read(three(), allow=("[01]$",), deny=("0$",), hosts=("*.test",))
    assert list(rows) == ["http://a.test/1"]
    assert read(three(), hosts=("b.test",)) == {}
    assert len(read(three(), max_documents=2)) == 2


def sha1(body):
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def test_a_revisit_is_its_original_seen_again_at_its_own_date_and_url():
    body = b"<p>same"
    archive = Archive().page("http://a.test/", b"", day=7, kind="revisit", WARC_Payload_Digest=sha1(body))
    archive.page("http://b.test/", b"", day=8, kind="revisit", WARC_Payload_Digest=sha1(body))
    archive.page(
        "http://c.test/", b"", [*HTML, ("X-Robots-Tag", "noai")], day=8, kind="revisit", WARC_Payload_Digest=sha1(body)
    )
    archive.page("http://a.test/", body, day=2)
    archive.page("http://d.test/", b"", kind="revisit", WARC_Payload_Digest=sha1(b"elsewhere"))
    rows = read(archive.content)
    assert [(rows[f"http://{host}.test/"].body, rows[f"http://{host}.test/"].fetched_at.day) for host in "ab"] == [
        (body, 7),
        (body, 8),
    ]
    assert (rows["http://c.test/"].refusal, rows["http://d.test/"].refusal) == ("ai-opt-out", "revisit-unresolved")


def test_a_bad_member_costs_its_own_record_alone():
    content = bytearray(three())
    second = content.index(b"\x1f\x8b\x08", 10)
    content[second + 30] ^= 0xFF
    rows = read(bytes(content))
    assert {key for key, row in rows.items() if row.refusal is None} == {"http://a.test/0", "http://a.test/2"}
    assert [row.refusal for key, row in rows.items() if str(second) in key] == ["damaged-record"]


def test_a_plain_record_of_wrong_length_does_not_hide_the_next():
    content = three(packed=False).replace(b"page 1 words", b"page", 1)
    rows = read(content)
    assert {key for key, row in rows.items() if row.refusal is None} == {"http://a.test/0", "http://a.test/2"}
    assert [row.refusal for row in rows.values() if row.refusal] == ["damaged-record"]


def test_a_file_cut_short_gives_what_is_whole_and_says_what_is_not():
    for content in (three()[:-20], three(packed=False)[:-20]):
        refusals = Counter(row.refusal for row in read(content).values())
        assert refusals == {None: 2, "damaged-record": 1}


def test_a_body_that_is_not_the_one_of_its_digest_is_refused():
    content = three(packed=False).replace(b"page 1 words", b"page 1 fords", 1)
    refused = [row for row in read(content).values() if row.refusal]
    assert [(row.refusal, row.url, row.body) for row in refused] == [("damaged-record", "http://a.test/1", b"")]


@settings(max_examples=150, deadline=None)
@given(
    packed=st.booleans(),
    cut=st.integers(0, 4000),
    places=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6),
)
def test_damage_never_raises_and_never_gives_a_wrong_body(packed, cut, places):
    content = bytearray(three(packed=packed))
    right = {row.body for row in read(bytes(content)).values()}
    for place, value in places:
        content[place % len(content)] = value
    try:
        rows = read(bytes(content[: max(1, len(content) - cut)]))
    except SourceError:
        return
    # Where both a record's digest and its length are unreadable it is an empty page: no words, so none that are wrong.
    assert {row.body for row in rows.values() if row.refusal is None} <= right | {b""}


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=3000),
    st.sampled_from([b"", b"WARC/1.0\r\n", b"\x1f\x8b\x08\0", b"http://a.test/ 1.1.1.1 20200101000000 text/html 9\n"]),
)
def test_any_bytes_can_be_read_and_unchunked(noise, head):
    list(records(reader(head + noise)))
    with suppress(ValueError):
        assert len(unchunked(noise)) <= len(noise)


def test_files_folders_globs_and_store_urls_name_the_same_archives(tmp_path):
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    (folder / "a.warc.gz").write_bytes(three())
    (folder / "note.txt").write_bytes(b"no archive")
    for path in (
        folder / "a.warc.gz",
        folder,
        tmp_path / "in",
        tmp_path / "in/*/*.warc.gz",
        f"file://{tmp_path}/in",
        f"file://{tmp_path}/in/deep/a.warc.gz",
    ):
        source = Warc(name="old", paths=(str(path),))
        assert [name.rpartition("/")[2] for name in files_of(source)] == ["a.warc.gz"], path
        assert len(list(documents(source, files_of(source)))) == 3


def test_a_path_that_names_nothing_and_a_file_that_is_no_warc_are_one_sentence(tmp_path):
    (tmp_path / "photo.warc").write_bytes(b"\x89PNG and more")
    for path, said in (
        (tmp_path / "nowhere", "no WARC file at"),
        (tmp_path / "*.arc", "no WARC file at"),
        (tmp_path / "photo.warc", "is no WARC file"),
    ):
        source = Warc(name="old", paths=(str(path),))
        with pytest.raises(SourceError, match=said):
            list(documents(source, files_of(source)))
    assert not (tmp_path / "nowhere").exists()


def test_one_bad_file_among_good_ones_stops_nothing():
    rows = read(b"\x89PNG and more", three())
    assert Counter(row.refusal for row in rows.values()) == {None: 3, "damaged-record": 1}


def test_a_second_run_of_the_same_night_stores_nothing_twice(tmp_path, desk, stored):
    (tmp_path / "a.warc.gz").write_bytes(three())
    source = Warc(name="mill", paths=(str(tmp_path / "a.warc.gz"),))
    first, again = source.collect(desk), source.collect(replace(desk))
    assert (first.stored, again.stored, len(stored())) == (3, 3, 3)
    assert all(row["body"].startswith(b"<p>page") for row in stored())


def test_shared_archives_hold_what_warcio_finds_in_them_or_more(shared_data):
    for entry in json.loads((shared_data / "warc/manifest.json").read_text()):
        content = (shared_data / "warc" / entry["file"]).read_bytes()
        found = Counter(record.type for record in records(reader(content)))
        wanted = Counter(entry["records_by_type"])
        wanted["warcinfo"] += wanted.pop("arc_header", 0)
        assert not wanted - found, entry["file"]
        if entry["warcio_error"] is None:
            assert found == +wanted, entry["file"]
