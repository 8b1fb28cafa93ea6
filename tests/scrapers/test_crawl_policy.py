"""The rules of the crawler without a network: robots, consent, pace, addresses, markup."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SourceError
from scrapers.crawl import address, consent, pace, robots
from scrapers.crawl.feed import read_feed
from scrapers.crawl.identity import user_agent
from scrapers.crawl.markup import read_markup, spdx_of
from scrapers.crawl.settings import MAX_BODY_BYTES, POLITE, crawl_settings
from scrapers.crawl.sitemap import read_sitemap
from scrapers.page import Network

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HTML = "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (200, None),
        (404, None),
        (410, None),
        (301, None),
        (401, "robots-disallowed"),
        (403, "robots-disallowed"),
        (429, "robots-unreachable"),
        (500, "robots-unreachable"),
        (503, "robots-unreachable"),
    ],
)
def test_each_answer_to_robots_txt_means_what_rfc_9309_says(status, refusal):
    found = robots.read(status, b"User-agent: *\nAllow: /\n", NOW).refused("http://a.test/x")
    assert (found and found[0]) == refusal


def test_only_the_first_500_kib_of_robots_txt_count_cut_at_a_line():
    filler = b"# " + b"x" * 1021 + b"\n"
    body = b"User-agent: *\nDisallow: /a\n" + filler * 520 + b"Disallow: /b\n"
    rules = robots.read(200, body, NOW)
    assert rules.refused("http://a.test/a")
    assert not rules.refused("http://a.test/b")
    assert rules.text.endswith("\n")
    assert len(rules.text) <= 500 * 1024


def test_a_group_for_us_replaces_the_one_for_all():
    rules = robots.read(
        200, b"User-agent: *\nDisallow: /\n\nUser-agent: GristMill\nDisallow: /no\nCrawl-delay: 0.5", NOW
    )
    assert not rules.refused("http://a.test/yes")
    assert rules.refused("http://a.test/no")
    assert rules.crawl_delay_s == 0.5


@pytest.mark.parametrize(
    ("text", "path", "verdict"),
    [
        ("User-agent: *\nContent-Signal: search=yes,ai-train=no", "/", "deny"),
        ("User-agent: *\nContent-Signal: search=yes", "/", "unknown"),
        ("User-agent: *\nContent-Usage: train-ai=y", "/", "allow"),
        ("User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /open/ train-ai=y", "/open/x", "allow"),
        ("User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /open/ train-ai=y", "/shut", "deny"),
        ("User-agent: *\nContent-Usage: train-ai=y\nContent-Signal: ai-train=no", "/", "deny"),
        ("User-agent: other\nContent-Signal: ai-train=no", "/", "unknown"),
        ("User-agent: *\nContent-Signal: ai-train=no\n\nUser-agent: gristmill\nAllow: /", "/", "unknown"),
        ("Content-Signal: ai-train=no", "/", "unknown"),
    ],
)
def test_usage_lines_of_robots_txt(text, path, verdict):
    assert consent.decide(consent.from_robots(text, f"http://a.test{path}", NOW))[0] == verdict


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"content-usage": "train-ai=n"}, "deny"),
        ({"content-usage": "search=n, train-ai=y"}, "allow"),
        ({"x-robots-tag": "noindex, noai, noimageai"}, "deny"),
        ({"x-robots-tag": "noml"}, "deny"),
        ({"x-robots-tag": "noimageai"}, "unknown"),
        ({"x-robots-tag": "otherbot: noai"}, "unknown"),
        ({"x-robots-tag": "index, follow, max-snippet:-1, noai"}, "deny"),
        ({"x-robots-tag": "unavailable_after: 2027-01-01, noai"}, "deny"),
        ({"x-robots-tag": "otherbot: noindex\nnoai"}, "deny"),
        ({"content-usage": "train-ai=n;x=1"}, "deny"),
        ({"content-usage": "ai-train=No"}, "deny"),
        ({"tdm-reservation": "1, 1"}, "deny"),
        ({"x-robots-tag": "otherbot: noindex, gristmill: noai"}, "deny"),
        ({"tdm-reservation": "1"}, "deny"),
        ({"tdm-reservation": "0"}, "allow"),
        ({"tdm-reservation": "0", "content-usage": "train-ai=n"}, "deny"),
        ({}, "unknown"),
    ],
)
def test_headers(headers, verdict):
    assert consent.decide(consent.from_headers(headers, "http://a.test/", NOW))[0] == verdict


@pytest.mark.parametrize(
    ("meta", "verdict"),
    [
        ('<meta name="robots" content="noindex, NoAI">', "deny"),
        ('<meta name="tdm-reservation" content="1">', "deny"),
        ('<meta name="tdm-reservation" content="0">', "allow"),
        ('<meta name="robots" content="noarchive">', "unknown"),
    ],
)
def test_meta_elements(meta, verdict):
    markup = read_markup(f"<html><head>{meta}</head><body>x</body></html>".encode(), "http://a.test/", HTML)
    assert consent.decide(consent.from_markup(markup, "http://a.test/", NOW))[0] == verdict


def test_evidence_keeps_the_raw_value_and_its_path():
    text = "User-agent: *\nContent-Usage: /a train-ai=n, search=y"
    (signal,) = consent.from_robots(text, "http://a.test/a/b", NOW)
    assert (signal.source, signal.value, signal.path) == ("robots.txt Content-Usage", "train-ai=n, search=y", "/a")


@pytest.mark.parametrize(
    ("header", "tries", "seconds"),
    [
        ("5", 1, 5),
        ("0.5", 3, 0.5),
        ("Sat, 21 Nov 2026 00:00:30 GMT", 1, 30),
        ("Fri, 20 Nov 2026 00:00:30 GMT", 1, 0),
        ("999999", 1, 7 * 86400),
        ("soon", 2, 120),
        ("nan", 1, 60),
        (None, 1, 60),
        (None, 3, 240),
    ],
)
def test_waits(header, tries, seconds):
    assert pace.wait_s(header, NOW, 60, tries) == seconds


@pytest.mark.parametrize(("configured", "asked", "delay"), [(1, None, 1), (1, 2.5, 2.5), (3, 1, 3), (1, 9999, 300)])
def test_the_longer_delay_counts(configured, asked, delay):
    assert pace.host_delay_s(configured, asked) == delay
    assert pace.host_delay_s(configured, None, asked) == delay


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://10.255.255.1/",
        "http://192.168.1.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://user:secret@example.org/",
        "http://example.org:99999/",
        "http://example.org/" + "x" * 2083,
    ],
)
def test_addresses_that_are_never_asked(url):
    assert address.refused(url, allow_private=False)


def test_private_addresses_may_be_allowed_but_not_passwords():
    assert address.refused("http://127.0.0.1/", allow_private=True) is None
    assert address.refused("http://user:secret@127.0.0.1/", allow_private=True)
    assert address.refused("http://93.184.215.14/", allow_private=False) is None


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("HTTP://Example.ORG:80/a?b=2&a=1#part", "http://example.org/a?a=1&b=2"),
        ("https://example.org:443", "https://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
    ],
)
def test_canonical(url, key):
    assert address.canonical(url) == key
    assert address.canonical(key) == key


def test_authority_has_scheme_host_and_port():
    assert address.authority("https://A.test/x") == "https://a.test:443"
    assert address.authority("http://a.test/x") != address.authority("http://a.test:8080/x")


def test_markup():
    page = b"""<html><head><base href="/sub/"><link rel="alternate" type="application/rss+xml" href="/feed">
      <link rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/"></head><body>
      <a href="a#x">a</a><a href="a">again</a><a rel="nofollow" href="b">b</a><a href="mailto:x@y.z">m</a>
      <a href="http://[">broken</a><a href="http://other.test/">o</a></body></html>"""
    markup = read_markup(page, "http://a.test/", HTML)
    assert markup.links == ("http://a.test/sub/a", "http://other.test/")
    assert markup.feeds == ("http://a.test/feed",)
    assert markup.licence == "CC-BY-SA-4.0"
    assert markup.licence_evidence == 'rel="license" https://creativecommons.org/licenses/by-sa/4.0/'


def test_a_nofollow_page_has_no_links():
    page = b'<html><head><meta name="robots" content="nofollow"></head><body><a href="/a">a</a></body></html>'
    assert read_markup(page, "http://a.test/", HTML).links == ()


@given(st.binary(max_size=300), st.sampled_from([HTML, "text/html; charset=nonsense", "text/html", "text/plain", ""]))
def test_any_bytes_can_be_read(body, media_type):
    read_markup(body, "http://a.test/", media_type)
    read_sitemap(body)


@pytest.mark.parametrize(
    ("url", "spdx"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0/de/", "CC-BY-NC-ND-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://example.org/licence", None),
    ],
)
def test_spdx(url, spdx):
    assert spdx_of(url) == spdx


def test_sitemaps(shared_data):
    import json

    for case in json.loads((shared_data / "feeds/sitemap_cases.json").read_text()):
        expected = [entry["loc"] for entry in case["expected_entries"] if "loc" in entry]
        found = read_sitemap(case["xml"].encode())
        assert [url for url in (*found.pages, *found.sitemaps) if url in expected] == expected


def test_a_sitemap_bomb_expands_nothing():
    bomb = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "http://a.test/"><!ENTITY b "&a;&a;&a;">]>
      <urlset><url><loc>&b;</loc></url><url><loc>http://a.test/ok</loc></url></urlset>"""
    assert read_sitemap(bomb).pages == ("http://a.test/ok",)


def test_feeds_give_links_and_dates():
    feed = b"""<rss version="2.0"><channel><item><title>t</title><link>/a</link>
      <pubDate>Sat, 21 Nov 2026 06:00:00 +0100</pubDate></item><item><title>no link</title></item></channel></rss>"""
    (entry,) = read_feed(feed, "http://a.test/feed")
    assert (entry.url, entry.published_at) == ("http://a.test/a", datetime(2026, 11, 21, 5, tzinfo=UTC))


def test_the_user_agent_names_a_contact():
    assert user_agent(Network("miller@mill.test")).endswith("(+miller@mill.test)")
    assert user_agent(Network("miller@mill.test")).startswith("gristmill/")


@pytest.mark.parametrize("contact", ["", "nobody", "a b@c.d", "a@b.c\r\nX: y", "a@b.c (x)"])
def test_no_scraper_starts_without_a_contact(contact):
    with pytest.raises(SourceError, match="contact"):
        user_agent(Network(contact))


def test_the_settings_are_polite():
    expected = {
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_TIMEOUT": 30,
        "DOWNLOAD_MAXSIZE": 32 * 1024 * 1024,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_HANDLERS": {"file": None, "data": None, "ftp": None, "s3": None},
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "RETRY_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "REFERRER_POLICY": "no-referrer",
        "TWISTED_DNS_RESOLVER": "scrapers.crawl.resolver.PublicOnlyResolver",
    }
    assert {name: POLITE[name] for name in expected} == expected
    assert POLITE["DOWNLOAD_MAXSIZE"] == MAX_BODY_BYTES
    assert "PublicOnly" in crawl_settings("x", allow_private=False)["TWISTED_DNS_RESOLVER"]
    assert "PublicOnly" not in crawl_settings("x", allow_private=True)["TWISTED_DNS_RESOLVER"]
