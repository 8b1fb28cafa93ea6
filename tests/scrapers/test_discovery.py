"""Sitemaps and feeds as sites really serve them: zipped, damaged, mislabelled, hostile."""

import gzip
import io
import json
import time
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.crawl import feed, sitemap
from scrapers.crawl.feed import read_feed, read_moment
from scrapers.crawl.sitemap import read_sitemap

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
GOOD = (
    HEAD
    + "<url><loc>http://a.test/1</loc><lastmod>2026-11-20</lastmod></url><url><loc>http://a.test/2</loc></url></urlset>"
)
TWO = ("http://a.test/1", "http://a.test/2")


def rows(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def moment(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026", "2026-01-01T00:00+00:00"),
        ("2026-11", "2026-11-01T00:00+00:00"),
        (" 2026-11-21\n", "2026-11-21T00:00+00:00"),
        ("2026-11-21T10:30Z", "2026-11-21T10:30+00:00"),
        ("2026-11-21T10:30+02:00", "2026-11-21T08:30+00:00"),
        ("2026-11-21T10:30:15-05:30", "2026-11-21T16:00:15+00:00"),
        ("2026-11-21T10:30:15.5Z", "2026-11-21T10:30:15.500000+00:00"),
        ("2026-11-21T10:30:15.123456789+00:00", "2026-11-21T10:30:15.123456+00:00"),
        ("2026-11-21T10:30:15+0100", "2026-11-21T09:30:15+00:00"),
        ("2026-11-21 10:30:15", "2026-11-21T10:30:15+00:00"),
        ("2026-11-21t10:30:15z", "2026-11-21T10:30:15+00:00"),
    ],
)
def test_a_w3c_date_time_is_read_in_utc(text, expected):
    assert read_moment(text) == moment(expected)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01", "2026-02-30", "26-11-21", "2026/11/21", "2026-11-21T25:00Z", "2026-11-21T", "21.11.2026",
     "2026-11-21T10:30+99:00", "0000", "0001-01-01T00:00+05:00", "2026-11-21T10Z", "\uff12026", "2026-1-1", "2026-11-21T10:30Z!", "9" * 100],
)  # fmt: skip
def test_a_wrong_date_time_is_none(text):
    assert read_moment(text) is None


def test_every_public_sitemap_case_gives_its_urls_and_their_lastmod(shared_data):
    for case in json.loads((shared_data / "feeds/sitemap_cases.json").read_text(encoding="utf-8")):
        found = read_sitemap(case["xml"].encode())
        expected = [(entry["loc"], read_moment(entry.get("lastmod", ""))) for entry in case["expected_entries"]]
        assert [(entry.url, entry.lastmod) for entry in found.entries] == expected
        assert [*found.pages, *found.sitemaps] == [url for url, _ in expected]


@pytest.mark.parametrize(
    ("name", "pages", "sitemaps"),
    [("sitemap.xml", 84, 0), ("sitemap2.xml", 0, 2), ("sitemap-hreflang.xml", 3, 1)],
)
def test_real_sitemaps(shared_data, name, pages, sitemaps):
    found = read_sitemap((shared_data / "feeds/real" / name).read_bytes())
    assert (len(found.pages), len(found.sitemaps)) == (pages, sitemaps)


@pytest.mark.parametrize(
    "body",
    [
        GOOD.encode(),
        b"\n \r\n" + GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        GOOD.encode("utf-16-be"),
        GOOD.replace("UTF-8", "UTF-16").encode(),
        GOOD.replace("UTF-8", "no-such-code").encode(),
        GOOD.replace("UTF-8", "ISO-8859-1").encode(),
        GOOD.replace("UTF-8", "punycode").encode(),
        GOOD.replace(' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', "").encode(),
        GOOD.replace("<", "<sm:").replace("<sm:/", "</sm:").replace("<sm:?", "<?").replace("xmlns=", "xmlns:sm=").encode(),
        GOOD.replace("http://a.test/1", "<![CDATA[ http://a.test/1 ]]>").encode(),
        GOOD.replace("http://a.test/1", "<!-- moved -->\n http://a.test/1\t").encode(),
        GOOD.replace("<url>", "<url><image:image><image:loc>http://a.test/i.png</image:loc></image:image>").encode(),
        GOOD.replace("</urlset>", "").encode(),
        GOOD.replace("</url></urlset>", "").encode(),
        GOOD.replace("</loc></url></urlset>", "").encode(),
        GOOD.replace("</url><url>", "").encode(),
        GOOD.replace(HEAD, "").encode(),
        GOOD.replace("</lastmod></url>", "</lastmod></url><url><loc>http://a.test/<</loc").replace("http://a.test/<", "mailto:x@a.test").encode(),
        b"<br />\n<b>Warning</b>: in line 7\n" + GOOD.encode(),
        GOOD.replace("</url>", "</url><!-- <url><loc>http://a.test/hidden</loc></url> -->", 1).encode(),
        gzip.compress(GOOD.encode()),
        gzip.compress(gzip.compress(GOOD.encode())),
        gzip.compress(GOOD[:200].encode()) + gzip.compress(GOOD[200:].encode()) + b"\0" * 100,
        gzip.compress(GOOD.encode())[:-8],
        gzip.compress(GOOD.encode())[:-6] + b"broken",
        b"http://a.test/1\nhttp://a.test/2\n",
        b"\xef\xbb\xbfhttp://a.test/1\r\n\r\nnot a URL\r\nhttp://a.test/2",
        "http://a.test/1\nhttp://a.test/2".encode("utf-16"),
        b'<rss version="2.0"><channel><item><link>/1</link></item><item><link>http://a.test/2</link></item></channel></rss>',
        b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="http://a.test/1"/></entry><entry><link href="2"/></entry></feed>',
    ],
)  # fmt: skip
def test_the_same_two_pages_are_found_however_a_sitemap_is_served(body):
    assert read_sitemap(body, "http://a.test/sitemap.xml").pages == TWO


def test_lastmod_belongs_to_its_own_url_in_any_order():
    body = (
        HEAD + "<url><lastmod>2026-01-02</lastmod><loc>http://a.test/1</loc></url><url><loc>http://a.test/2</loc></url>"
    )
    first, second = read_sitemap(body.encode()).entries
    assert (first.lastmod, second.lastmod) == (datetime(2026, 1, 2, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("loc", "url"),
    [
        ("/a?b=1&amp;c=2", "http://a.test/a?b=1&c=2"),
        ("http://a.test/?a=1&b=2", "http://a.test/?a=1&b=2"),
        ("http://a.test/&#233;&#xE9;", "http://a.test/éé"),
        ("http://a.test/&unknown;x", "http://a.test/x"),
        ("//b.test/x", "http://b.test/x"),
        ("http://a.test/&#0;&#xD800;&#x110000;x", "http://a.test/x"),
    ],
)
def test_a_url_is_unescaped_and_made_absolute(loc, url):
    assert read_sitemap(f"{HEAD}<url><loc>{loc}</loc></url>".encode(), "http://a.test/sitemap.xml").pages == (url,)


def test_a_byte_of_another_encoding_is_asked_as_it_is():
    body = f"{HEAD}<url><loc>http://a.test/caf".encode() + b"\xe9</loc></url>"
    assert read_sitemap(body).pages == ("http://a.test/caf%E9",)


@pytest.mark.parametrize(
    "loc",
    ["", "javascript:x()", "ftp://a.test/", "http://[", "http://", "http://a.test:x/", "http://a.test/" + "x" * 2048],
)
def test_what_is_no_web_url_is_left_out(loc):
    assert read_sitemap(f"{HEAD}<url><loc>{loc}</loc></url>".encode(), "http://a.test/").pages == ()


@pytest.mark.parametrize(
    "body", [b"", b"\x1f\x8b", b"\x1f\x8bnonsense", b"<!DOCTYPE html><html><a href=/x>x</a></html>", b"{}", b"\0" * 99]
)
def test_what_is_no_sitemap_names_nothing(body):
    assert read_sitemap(body, "http://a.test/").entries == ()


def test_an_index_names_sitemaps_and_no_pages():
    body = b"<sitemapindex><sitemap><loc>/a.xml</loc><lastmod>2026</lastmod></sitemap><url><loc>/b.xml</loc></url></sitemapindex>"
    found = read_sitemap(body, "http://a.test/")
    assert found.sitemaps == ("http://a.test/a.xml", "http://a.test/b.xml")
    assert found.pages == ()


def test_more_than_50_000_urls_are_cut_and_the_log_says_so(caplog):
    body = HEAD + "".join(f"<url><loc>http://a.test/{number}</loc></url>" for number in range(50_001))
    assert len(read_sitemap(body.encode()).pages) == 50_000
    assert "more than 50000 URLs: the rest are not read" in caplog.text
    caplog.clear()
    read_sitemap(GOOD.encode())
    assert caplog.text == ""


def test_a_gzip_bomb_is_read_up_to_50_mb(caplog):
    packed = io.BytesIO()
    with gzip.open(packed, "wb", compresslevel=1) as file:
        file.write(GOOD.encode())
        for _ in range(200):
            file.write(b" " * 2**20)
    tracemalloc.start()
    found = read_sitemap(packed.getvalue())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.pages == TWO
    assert peak < 250 * 2**20
    assert "larger than" in caplog.text


def test_a_thousand_gzip_members_are_read_and_a_million_end_soon():
    member = gzip.compress(b"http://a.test/1\n")
    assert len(read_sitemap(member * 1000).pages) == 1000
    started = time.process_time()
    read_sitemap(gzip.compress(b"") * 200_000)
    assert time.process_time() - started < 1


ENTITIES = "<!DOCTYPE x [<!ENTITY a '" + "http://a.test/" * 50 + "'>" + "".join(
    f"<!ENTITY {after} '{f'&{before};' * 10}'>" for before, after in zip("abcdefghi", "bcdefghij", strict=True)
) + "<!ENTITY xxe SYSTEM 'file:///etc/passwd'>]>"  # fmt: skip


def test_an_entity_bomb_expands_nothing_in_a_sitemap():
    body = f"{ENTITIES}<urlset><url><loc>http://a.test/&j;&xxe;</loc></url></urlset>"
    assert read_sitemap(body.encode()).pages == ("http://a.test/",)


def test_an_entity_bomb_expands_nothing_in_a_feed():
    body = f"{ENTITIES}<rss><channel><item><title>&j;</title><link>http://a.test/x</link><description>&xxe;&j;</description></item></channel></rss>"
    tracemalloc.start()
    found = read_feed(body.encode(), "http://a.test/")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [entry.url for entry in found] == ["http://a.test/x"]
    assert peak < 16 * 2**20


@pytest.mark.parametrize(
    "piece",
    [b"<", b"<url>", b"<loc>", b"<urlset ", b"<!--", b"<![CDATA[", b"<loc><!--", b"&", b"\0", b"http:// ", b"</url>", b"<loc>http://a.test/<!---->"],
)  # fmt: skip
def test_megabytes_of_nonsense_are_read_in_linear_time(piece):
    body = HEAD.encode() + piece * (2 * 10**6 // len(piece))
    started = time.process_time()
    read_sitemap(body)
    assert time.process_time() - started < 5


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", HEAD.encode(), b"\x1f\x8b\x08\0", b"<rss><channel>", b'{"items":[', b"<loc>"]),
)
def test_any_bytes_can_be_read(body, head):
    for entry in read_sitemap(head + body, "http://a.test/").entries:
        assert entry.url.startswith(("http://", "https://"))
    for entry in read_feed(head + body, "http://a.test/"):
        assert entry.url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body[:-40],
        lambda body: body.replace(b"<title>t", b"<title>t &nbsp; & <br>", 1),
        lambda body: body + b"<b>x",
    ],
)
@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_a_damaged_feed_gives_the_entries_before_the_damage(kind, damage):
    item = {
        "rss": b"<item><title>t</title><link>/%d</link><pubDate>Sat, 21 Nov 2026 06:00:00 GMT</pubDate></item>",
        "atom": b'<entry><title>t</title><link href="/%d"/><published>2026-11-21T06:00:00Z</published></entry>',
    }[kind]
    head = {"rss": b"<rss><channel>", "atom": b'<feed xmlns="http://www.w3.org/2005/Atom">'}[kind]
    found = read_feed(damage(head + b"".join(item % number for number in range(5))), "http://a.test/feed")
    assert [entry.url for entry in found if entry.url[-1] in "123"] == [
        f"http://a.test/{number}" for number in (1, 2, 3)
    ]
    assert found[1].published_at == datetime(2026, 11, 21, 6, tzinfo=UTC)


def test_a_feed_tells_when_an_entry_was_published_and_updated():
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://b.test/blog/">
      <entry><link href="1"/><published>2026-11-01T00:00:00+01:00</published><updated>2026-11-02T00:00:00Z</updated></entry>
      <entry><link href="http://a.test/2"/></entry><entry><link href="javascript:x"/></entry><entry><id>urn:x</id></entry>
      <entry><link href="1"/></entry></feed>"""
    first, second = read_feed(body, "http://a.test/feed")
    assert (first.url, second.url) == ("http://b.test/blog/1", "http://a.test/2")
    assert first.published_at == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert first.updated_at == datetime(2026, 11, 2, tzinfo=UTC)
    assert (second.published_at, second.updated_at) == (None, None)


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "items": [
        {
            "id": "1",
            "url": "/1",
            "date_published": "2026-11-21T06:00:00+01:00",
            "date_modified": "2026-11-22T00:00:00Z",
        },
        {"id": "http://a.test/2", "external_url": "http://other.test/"},
        {"id": "3"},
        "nonsense",
        {"url": 7},
        {"url": "http://a.test/4", "date_published": 5},
    ],
}


def test_a_json_feed():
    found = read_feed(b"\xef\xbb\xbf " + json.dumps(JSON_FEED).encode(), "http://a.test/feed.json")
    assert [entry.url for entry in found] == [
        "http://a.test/1",
        "http://a.test/2",
        "http://a.test/7",
        "http://a.test/4",
    ]
    assert found[0].published_at == datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert found[0].updated_at == datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "urls"),
    [
        (b'{"items": [{"url": "/1"}, {"url": "/2"}, {"url": "/3', TWO),
        (b'{"items": [{"url": "/1"}, {"url": "/2"}] nonsense', TWO),
        (b'{"items": {"url": "/1"}}', ()),
        (b'{"items": null}', ()),
        (b"{", ()),
        (b'{"items": [' + b"[" * 10**6, ()),
        (b'{"items": [' + b'{"a":' * 10**5, ()),
    ],
)
def test_a_damaged_json_feed_is_read_up_to_the_damage(body, urls):
    assert tuple(entry.url for entry in read_feed(body, "http://a.test/feed.json")) == urls


@pytest.mark.parametrize(("name", "entries"), [("feed.json", 25), ("feed1.atom", 1), ("feed2.rss", 1)])
def test_real_feeds(shared_data, name, entries):
    found = read_feed((shared_data / "feeds/real" / name).read_bytes(), "http://a.test/")
    assert len(found) == entries
    assert all(entry.published_at or entry.updated_at for entry in found)


def expected_links(case):
    for item in case["expected"].get("items", []):
        link = item.get("link") or next(iter(item.get("links", [])), "")
        if isinstance(link, str) and link.startswith("http"):
            yield link


def test_the_entries_of_another_reader_of_feeds_are_found(shared_data):
    cases = [case for case in rows(shared_data / "feeds/gofeed_cases.jsonl.gz") if list(expected_links(case))]
    assert cases
    for case in cases:
        found = [entry.url for entry in read_feed(case["xml"].encode(), "http://base.test/")]
        assert set(expected_links(case)) <= set(found), case["name"]


def test_every_public_feed_can_be_read_and_cut_anywhere(shared_data):
    for case in rows(shared_data / "feeds/feedparser_cases.jsonl.gz"):
        body = case["xml"].encode(errors="replace")
        read_feed(body, "http://a.test/")
        read_feed(body[: len(body) // 2], "http://a.test/")
        read_sitemap(body, "http://a.test/")


def test_a_feed_of_many_entries_is_cut_after_a_whole_one_and_the_log_says_so(monkeypatch, caplog):
    monkeypatch.setattr(feed, "MAX_FEED_BYTES", 1000)
    item = b"<item><link>http://a.test/%d</link></item>"
    body = b"<rss><channel>" + b"".join(item % number for number in range(1000)) + b"</channel></rss>"
    found = read_feed(body, "http://a.test/")
    assert [entry.url for entry in found] == [f"http://a.test/{number}" for number in range(len(found))]
    assert 20 < len(found) < 30
    assert "the rest is not read" in caplog.text


@pytest.mark.parametrize(
    "piece", [b"<item>", b"&", b"<a ", b"<", b"\xff\0", b"<![CDATA[", b"<!ENTITY a ", b"&lt;div&gt;", b"{"]
)
def test_nonsense_in_a_feed_is_read_in_linear_time(monkeypatch, piece):
    monkeypatch.setattr(feed, "MAX_FEED_BYTES", 60_000)
    started = time.process_time()
    read_feed(b"<rss><channel><item>" + piece * (10**6 // len(piece)), "http://a.test/")
    read_feed(piece * (10**6 // len(piece)), "http://a.test/")
    assert time.process_time() - started < 5


def test_thirty_megabytes_of_tags_end_after_the_first_that_count():
    started = time.process_time()
    assert read_feed(b"<rss><channel>" + b"<item>" * 5_000_000, "http://a.test/") == ()
    assert time.process_time() - started < 15


def test_the_limits_are_those_of_the_protocol():
    assert (sitemap.MAX_BYTES, sitemap.MAX_URLS, sitemap.MAX_URL_CHARS) == (50 * 2**20, 50_000, 2048)
