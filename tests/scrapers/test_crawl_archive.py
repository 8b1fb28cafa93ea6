"""The raw store: bodies come back as they went in, whatever happens between two parts."""

import gzip
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from warcio.archiveiterator import ArchiveIterator

from corpus.errors import StoreError
from corpus.schema import RAW
from corpus.store import open_store
from scrapers.crawl.archive import Parts, Place, bodies, scrub
from scrapers.crawl.recall import parts_of
from scrapers.page import Scraped, Signal

NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
FOLDER = "state/raw/n/web"
PAGE = Scraped("http://a.test/", "http://a.test/", "article", NOW, b"<p>\r\n\r\nx\r\n\r\n", "text/html", 200)


@pytest.fixture
def store(tmp_path):
    return open_store(tmp_path)


def page(number, body=None):
    return replace(PAGE, key=f"http://a.test/{number}", body=b"%d" % number if body is None else body)


def test_bodies_align_with_rows_and_refused_rows_have_none(store):
    parts = Parts(store, FOLDER, "web")
    signal = Signal("robots.txt", "train-ai=n", "/", NOW)
    refused = Scraped("k", "u", "article", NOW, refusal="gone", refusal_detail="404", consent_evidence=(signal,))
    for scraped in (PAGE, refused, page(1, b""), page(2, bytes(range(256)) * 50)):
        assert parts.add(scraped)
    written, rows = parts.flush()
    raw = store.read_table(written.path)
    assert rows == raw.to_pylist()
    assert raw.schema == RAW
    assert raw.column("id").to_pylist() == ["web/http://a.test/", "web/k", "web/http://a.test/1", "web/http://a.test/2"]
    assert bodies(store, raw).to_pylist() == [PAGE.body, None, b"", bytes(range(256)) * 50]
    assert bodies(store, raw.slice(3)).to_pylist() == [bytes(range(256)) * 50]
    assert raw.column("consent_evidence")[1].as_py()[0]["value"] == "train-ai=n"
    assert raw.column("archive")[1].as_py() is None
    assert (parts.stored, parts.refused, parts.asked) == (3, 1, 3)


def test_the_archive_is_a_warc_that_others_can_read(store):
    parts = Parts(store, FOLDER, "web")
    parts.add(PAGE)
    parts.flush()
    records = list(ArchiveIterator(io.BytesIO(store.get(f"{FOLDER}/part-00000.warc.gz")), check_digests="raise"))
    assert [record.rec_type for record in records] == ["resource"]
    assert records[0].rec_headers.get_header("WARC-Target-URI") == PAGE.url


HEADERS = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Set-Cookie", "id=1"), ("ETag", '"x"'))


def read_warc(store, path=f"{FOLDER}/part-00000.warc.gz"):
    return [
        (
            record.rec_type,
            record.rec_headers.get_header("WARC-Target-URI"),
            record.http_headers,
            record.raw_stream.read(),
        )
        for record in ArchiveIterator(io.BytesIO(store.get(path)), check_digests="raise")
    ]


def test_an_answer_is_kept_with_its_headers_less_cookies_and_what_the_transfer_added(store):
    parts = Parts(store, FOLDER, "web")
    parts.add(replace(PAGE, headers=HEADERS))
    raw = store.read_table(parts.flush()[0].path)
    ((kind, url, http, body),) = read_warc(store)
    assert (kind, url, http.get_statuscode(), body) == ("response", PAGE.url, "200", PAGE.body)
    expected = {"Content-Type": "text/html", "X-Crawler-Content-Encoding": "gzip", "ETag": '"x"'}
    assert dict(http.headers) == expected | {"Content-Length": str(len(PAGE.body))}
    assert bodies(store, raw).to_pylist() == [PAGE.body]


def test_of_a_denied_answer_only_the_headers_are_kept(store):
    parts = Parts(store, FOLDER, "web")
    parts.add(replace(PAGE, headers=HEADERS, refusal="ai-opt-out", refusal_detail="header X-Robots-Tag says: noai"))
    raw = store.read_table(parts.flush()[0].path)
    ((kind, _, http, body),) = read_warc(store)
    assert (kind, http.get_header("ETag"), body) == ("response", '"x"', b"")
    assert raw["payload_sha256"].to_pylist() == [None]
    assert bodies(store, raw).to_pylist() == [None]
    assert b"<p>" not in gzip.decompress(store.get(f"{FOLDER}/part-00000.warc.gz"))


def test_an_unchanged_page_has_a_row_and_nothing_in_the_archive(store):
    parts = Parts(store, FOLDER, "web")
    parts.add(replace(PAGE, status=304, body=b""))
    raw = store.read_table(parts.flush()[0].path)
    assert (parts.stored, parts.refused, parts.unchanged, parts.asked) == (0, 0, 1, 1)
    assert not store.exists(f"{FOLDER}/part-00000.warc.gz")
    assert bodies(store, raw).to_pylist() == [None]


def test_a_body_that_an_earlier_night_stored_is_pointed_at(store):
    first = Parts(store, FOLDER, "web")
    first.add(PAGE)
    _, (row,) = first.flush()
    place = Place(*(row[name] for name in ("payload_sha256", "archive", "archive_offset", "archive_length")))
    second = Parts(store, "state/raw/m/web", "web")
    second.add(PAGE, place)
    second.add(page(1), place)
    raw = store.read_table(second.flush()[0].path)
    assert raw["archive"].to_pylist() == [row["archive"], "state/raw/m/web/part-00000.warc.gz"]
    assert bodies(store, raw).to_pylist() == [PAGE.body, b"1"]


@pytest.mark.parametrize("headers", [HEADERS, ()])
@pytest.mark.parametrize("body", [b"", b"x", b"a secret " * 9000, bytes(range(256))])
def test_a_scrubbed_record_has_no_payload_and_moves_no_other(store, headers, body):
    parts = Parts(store, FOLDER, "web")
    for number, content in enumerate((b"before", body, b"after")):
        parts.add(replace(page(number, content), headers=headers))
    written, rows = parts.flush()
    place = (rows[1]["archive_offset"], rows[1]["archive_length"])
    for _again in range(2):
        scrub(store, rows[1]["archive"], [place])
        assert [found[3] for found in read_warc(store)] == [b"before", b"", b"after"]
    assert [found[1] for found in read_warc(store)] == [row["url"] for row in rows]
    raw = store.read_table(written.path)
    assert bodies(store, raw.slice(0, 1)).to_pylist() + bodies(store, raw.slice(2)).to_pylist() == [b"before", b"after"]
    if body:
        with pytest.raises(StoreError, match="another document"):
            bodies(store, raw)


def test_numbers_continue_and_an_id_is_stored_once_a_night(store):
    first = Parts(store, FOLDER, "web")
    first.add(page(1))
    first.flush()
    store.put(f"{FOLDER}/part-00001.warc.gz", b"the trace of a crash")
    second = Parts(store, FOLDER, "web")
    assert not second.add(page(1))
    assert second.flush() is None
    assert second.add(page(2))
    assert second.flush()[0].path == f"{FOLDER}/part-00001.parquet"
    assert bodies(store, store.read_table(f"{FOLDER}/part-00001.parquet")).to_pylist() == [b"2"]
    assert Parts(store, FOLDER, "web").stored == 2


def test_the_same_pages_give_the_same_bytes(tmp_path):
    stores = [open_store(tmp_path / name) for name in "ab"]
    for store in stores:
        parts = Parts(store, FOLDER, "web")
        parts.add(PAGE)
        parts.flush()
    for name in ("part-00000.warc.gz", "part-00000.parquet"):
        assert stores[0].get(f"{FOLDER}/{name}") == stores[1].get(f"{FOLDER}/{name}")


def test_a_part_is_full_by_rows(store):
    parts = Parts(store, FOLDER, "web", part_rows=2)
    parts.add(page(1))
    assert not parts.is_full
    parts.add(page(2))
    assert parts.is_full


def test_a_damaged_archive_is_named(store):
    parts = Parts(store, FOLDER, "web")
    parts.add(PAGE)
    parts.add(page(1))
    raw = store.read_table(parts.flush()[0].path)
    path = f"{FOLDER}/part-00000.warc.gz"
    content = bytearray(store.get(path))
    content[60] ^= 0xFF
    store.put(path, bytes(content))
    with pytest.raises(StoreError, match=r"part-00000\.warc\.gz"):
        bodies(store, raw)
    store.delete(path)
    with pytest.raises(StoreError, match=r"part-00000\.warc\.gz"):
        bodies(store, raw)


def test_what_was_stored_tonight_may_still_be_withdrawn_but_not_by_a_failure_that_may_pass(store):
    parts = Parts(store, FOLDER, "web")
    assert parts.add(PAGE)
    assert not parts.add(replace(PAGE, status=503, refusal="http-503"))
    assert parts.add(replace(PAGE, status=None, refusal="ai-opt-out"))
    assert not parts.add(replace(PAGE, status=None, refusal="ai-opt-out"))
    assert not parts.add(PAGE)


def test_parts_are_told_in_the_order_of_the_nights_a_second_one_of_a_date_after_the_first(tmp_path):
    store = open_store(tmp_path)
    nights = ["2026-11-20", "2026-11-20.02", "2026-11-21"]
    for night in reversed(nights):
        store.put(f"state/raw/{night}/mill/part-00000.parquet", b"")
        store.put(f"state/raw/{night}/other/part-00000.parquet", b"")
    found = parts_of(store, "state/raw/2026-11-21/mill")
    assert found == [f"state/raw/{night}/mill/part-00000.parquet" for night in nights]
