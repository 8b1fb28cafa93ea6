"""Feeds: what they say in every format, and when they are asked again."""

import json
import sqlite3
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.crawl.feed import Entry, Feed, parse_feed, read_feed
from scrapers.crawl.feed_pace import DAY_S, HOUR_S, LONGEST_S, MARGIN_S, Rest, fresh_s, hinted_s, rest_after
from scrapers.crawl.frontier import Frontier
from scrapers.crawl.visits import Known
from scrapers.page import Page, Request

MORNING = datetime(2026, 11, 20, 6, tzinfo=UTC)
RSS = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Mill news</title><link>http://a.test/</link><lastBuildDate>Fri, 20 Nov 2026 06:00:00 GMT</lastBuildDate>
<item><title>Malt &amp;amp; &lt;b&gt;hops&lt;/b&gt;</title><link>/1</link><guid isPermaLink="false">one</guid>
<pubDate>Fri, 20 Nov 2026 06:00:00 GMT</pubDate><description>Short.</description>
<content:encoded>&lt;p&gt;Long.&lt;/p&gt;</content:encoded></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Mill news</title><link href="/"/>
<updated>2026-11-20T06:00:00Z</updated>
<entry><title type="html">Malt &amp;amp; &lt;b&gt;hops&lt;/b&gt;</title><link href="1"/><id>one</id>
<published>2026-11-20T06:00:00Z</published><updated>2026-11-20T06:00:00Z</updated><summary>Short.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long.</p></div></content></entry></feed>"""


@pytest.mark.parametrize("body", [RSS, ATOM])
def test_rss_and_atom_say_the_same(body):
    feed = parse_feed(body.encode(), "http://a.test/feed")
    (entry,) = feed.entries
    assert replace(feed, entries=()) == Feed("Mill news", "http://a.test/", None, MORNING)
    assert (entry.url, entry.id, entry.published_at) == ("http://a.test/1", "one", MORNING)
    assert (entry.headline, entry.summary, entry.content) == ("Malt & hops", "Short.", "<p>Long.</p>")
    assert entry.updated_at == (MORNING if body is ATOM else None)


def test_json_says_it_too():
    item = {"id": "one", "url": "/1", "title": "Malt <3", "content_html": "<p>Long.</p>", "summary": "Short."}
    dates = {"date_published": "2026-11-20T07:00:00+01:00"}
    body = {
        "title": "Mill news",
        "home_page_url": "http://a.test/",
        "items": [item | dates, "none", {"title": "no link"}],
    }
    feed = parse_feed(json.dumps(body).encode(), "http://a.test/feed.json")
    assert (feed.title, feed.url) == ("Mill news", "http://a.test/")
    assert feed.entries == (
        Entry("http://a.test/1", MORNING, None, "one", "Malt <3", "Malt <3", "Short.", "<p>Long.</p>"),
        Entry("", None, None, None, "no link", "no link"),
    )
    assert [entry.id for entry in read_feed(json.dumps(body).encode(), "http://a.test/feed.json")] == ["one"]


def test_an_atom_entry_without_a_date_of_publication_is_dated_by_its_update():
    entry = "<entry><link href='http://a.test/1'/><updated>2026-11-20T06:00:00Z</updated></entry>"
    (found,) = read_feed(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'.encode(), "http://a.test/")
    assert (found.published_at, found.updated_at) == (MORNING, MORNING)


def test_an_atom_id_is_no_link_and_a_permanent_guid_is_one():
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://a.test/1</id></entry></feed>'
    assert parse_feed(atom.encode()).entries == (Entry("", None, id="http://a.test/1"),)
    rss = "<rss><channel><item><guid>http://a.test/1</guid></item></channel></rss>"
    assert [entry.url for entry in parse_feed(rss.encode()).entries] == ["http://a.test/1"]


def test_prefixes_that_were_not_declared_are_known():
    body = """<rss version="2.0"><channel><atom:link rel="alternate" href="http://a.test/"/><item><dc:date>2026-11-20T06:00:00Z
    </dc:date><link>http://a.test/1</link><content:encoded>Long.</content:encoded></item></channel></rss>"""
    feed = parse_feed(body.encode())
    assert feed.url == "http://a.test/"
    assert [(entry.published_at, entry.content) for entry in feed.entries] == [(MORNING, "Long.")]


def test_what_xml_forbids_is_left_out_of_texts():
    body = "<rss><channel><item><title>ma&#8;lt\x0b</title><link>http://a.test/1</link></item></channel></rss>"
    (entry,) = read_feed(body.encode(), "")
    assert (entry.title, entry.headline) == ("malt", "malt")


def test_a_title_that_is_text_keeps_its_brackets():
    entry = '<entry><title type="text">The &lt;br&gt; of it</title><link href="http://a.test/1"/></entry>'
    (found,) = read_feed(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'.encode(), "")
    assert found.headline == "The <br> of it"


def test_markup_in_a_feed_is_cleaned():
    markup = '&lt;p onclick="steal()" style="color:red"&gt;Long.&lt;script&gt;steal()&lt;/script&gt;&lt;/p&gt;'
    body = f"<rss><channel><item><link>http://a.test/1</link><description>{markup}</description></item></channel></rss>"
    assert parse_feed(body.encode()).entries[0].summary == "<p>Long.</p>"


def described(markup):
    body = f"<rss><channel><item><link>http://a.test/1</link><description>{markup}</description></item></channel></rss>"
    return body.encode()


@pytest.mark.parametrize("markup", ['&lt;p style="{}"&gt;', "&lt;!--{}", "&lt;a {}&gt;", "{}"])
@pytest.mark.parametrize("piece", ["url(", "&lt;!--", "a-", "&lt;a", "&amp;#", "'", "&lt;p style='"])
def test_hostile_markup_takes_linear_time(markup, piece, growth):
    assert growth(parse_feed, lambda chars: described(markup.format(piece * (chars // len(piece)))), 25_000) < 10


BROKEN = [
    "&#55357;&#56832;",
    "&#8;",
    "&#x110000;",
    "&#99999999999;",
    f"&#{'9' * 5000};",
    f"&amp;#{'9' * 5000}",
    "&#xd800",
]


@pytest.mark.parametrize("reference", BROKEN)
@pytest.mark.parametrize("damage", ["", "<"])
def test_a_reference_to_no_character_costs_no_entry(reference, damage):
    title = f"<title>Malt{reference}</title><link>http://a.test/1</link>"
    body = f"<rss><channel><item>{title}</item><item>{damage}<link>http://a.test/2</link></item></channel></rss>"
    found = [(entry.url, entry.headline) for entry in read_feed(body.encode(), "http://a.test/")]
    assert found[0] == ("http://a.test/1", "Malt")
    assert len(found) == 2 or damage


def test_what_breaks_feedparser_all_the_same_breaks_nothing_else_and_is_said(caplog):
    title = f"<title><![CDATA[<b>&#]]><![CDATA[{'9' * 5000};</b>]]></title>"
    body = f"<rss><channel><item>{title}<link>http://a.test/1</link></item></channel></rss>"
    assert parse_feed(body.encode(), "http://a.test/") == Feed()
    assert "not read at all, since feedparser breaks on it: ValueError" in caplog.text


@settings(deadline=None)
@given(
    st.binary(max_size=300), st.integers(0, 600), st.sampled_from([RSS, ATOM, '{"items": [{"url": "http://a.test/"}]}'])
)
def test_a_damaged_feed_never_raises(noise, place, body):
    feed = parse_feed(body.encode()[:place] + noise + body.encode()[place:], "http://a.test/")
    assert all(entry.url == "" or entry.url.startswith("http") for entry in feed.entries)


def answer(body="", status=200, role="feed", fetched_at=MORNING, **headers):
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Page(Request("http://a.test/feed", role), "http://a.test/feed", status, named, body.encode(), fetched_at)


def waits_s(page):
    return rest_after(page, Known()).due_at - page.fetched_at.timestamp()


@pytest.mark.parametrize(
    ("body", "headers", "expected_s"),
    [
        ("", {"ETag": '"1"'}, HOUR_S),
        ("", {"Last_Modified": "then"}, HOUR_S),
        ("", {}, DAY_S - MARGIN_S),
        ("<ttl>5</ttl>", {"ETag": '"1"'}, HOUR_S),
        ("<ttl>180</ttl>", {"ETag": '"1"'}, 3 * HOUR_S),
        ("<ttl>180</ttl>", {}, DAY_S - MARGIN_S),
        ("<ttl>999999</ttl>", {"ETag": '"1"'}, LONGEST_S - MARGIN_S),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", {"ETag": '"1"'}, DAY_S - MARGIN_S),
        ("<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4<", {"ETag": '"1"'}, 6 * HOUR_S),
        ("<sy:updateFrequency>0<", {"ETag": '"1"'}, HOUR_S),
        ("", {"ETag": '"1"', "Cache_Control": "public, max-age=7200"}, 2 * HOUR_S),
        ("", {"ETag": '"1"', "Cache_Control": "max-age=60", "Expires": format_datetime(MORNING + timedelta(hours=9))}, HOUR_S),
        ("", {"ETag": '"1"', "Expires": format_datetime(MORNING + timedelta(hours=9), usegmt=True)}, 9 * HOUR_S),
        ("", {"ETag": '"1"', "Expires": "0"}, HOUR_S),
        ("<skipHours><hour>7</hour><hour>8</hour></skipHours>", {"ETag": '"1"'}, 3 * HOUR_S),
        ("<skipDays><day>Friday</day></skipDays>", {"ETag": '"1"'}, 18 * HOUR_S),
        (f"<skipHours>{''.join(f'<hour>{hour}</hour>' for hour in range(25))}</skipHours>", {"ETag": '"1"'}, HOUR_S),
    ],
)  # fmt: skip
def test_a_feed_rests_as_long_as_it_asks_and_an_hour_at_least(body, headers, expected_s):
    assert waits_s(answer(body, **headers)) == expected_s


def test_an_unchanged_feed_keeps_its_validators_and_its_interval():
    known = Known(etag='"1"', last_modified="then", interval_s=5 * HOUR_S)
    due_at = MORNING.timestamp() + 5 * HOUR_S
    assert rest_after(answer(status=304), known) == Rest('"1"', "then", 5 * HOUR_S, due_at)
    renewed = rest_after(answer(status=304, ETag='"2"', Cache_Control="max-age=36000"), known)
    assert renewed == Rest('"2"', "then", 10 * HOUR_S, MORNING.timestamp() + 10 * HOUR_S)


def test_an_answer_that_is_none_costs_no_validator_and_a_new_one_replaces_them():
    known = Known(etag='"1"', last_modified="then")
    assert rest_after(answer(status=500), known).etag == '"1"'
    assert rest_after(answer(ETag='"2"'), known).last_modified is None


def test_a_sitemap_rests_an_hour():
    assert waits_s(answer("<urlset/>", role="sitemap", Cache_Control="max-age=600000")) == HOUR_S


@settings(deadline=None)
@given(st.text(max_size=40), st.binary(max_size=200), st.sampled_from(["cache-control", "expires"]))
def test_no_header_or_hint_makes_it_fail_or_ask_sooner(value, body, name):
    page = replace(answer(ETag='"1"'), headers={name: value, "etag": "1"}, body=b"<ttl>" + body)
    assert HOUR_S <= waits_s(page) <= LONGEST_S
    assert hinted_s(page.body) >= 0
    assert isinstance(fresh_s(page.headers, MORNING), float)


def asked(path, hours, **headers):
    """Return at which of the ``hours`` a night begun then asks the feed, if each answer has these headers."""
    found = []
    for hour in hours:
        now = MORNING + timedelta(hours=hour)
        frontier = Frontier(path, now.timestamp, 7 * DAY_S)
        frontier.begin(str(hour), [Request("http://a.test/feed", "feed")])
        while ticket := frontier.take():
            if ticket.role == "feed":
                found.append(hour)
                frontier.remember(ticket, rest_after(answer(fetched_at=now, **headers), ticket.known))
            frontier.done(ticket)
        frontier.commit()
        frontier.close()
    return found


@pytest.mark.parametrize(
    ("headers", "hours"),
    [
        ({"ETag": '"1"'}, [0, 1.1, 5, 24]),
        ({"ETag": '"1"', "Cache_Control": "max-age=10800"}, [0, 5, 24]),
        ({"ETag": '"1"', "status": 304}, [0, 1.1, 5, 24]),
        ({}, [0, 24]),
    ],
)
def test_nights_that_follow_fast_ask_a_feed_no_sooner_than_it_is_due(tmp_path, headers, hours):
    assert asked(tmp_path / "frontier.sqlite", [0, 0.5, 1.1, 1.9, 5, 24], **headers) == hours


def test_a_frontier_of_an_earlier_version_is_read_on(tmp_path):
    path = tmp_path / "frontier.sqlite"
    Frontier(path, time.time, DAY_S).close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE page DROP COLUMN title")
    db.close()
    frontier = Frontier(path, time.time, DAY_S)
    frontier.begin("night", [Request("http://a.test/1", title="Malt")])
    titles = {}
    while ticket := frontier.take():
        titles[ticket.role] = ticket.request.title if ticket.role == "page" else ticket.title
        frontier.done(ticket)
    frontier.close()
    assert titles == {"robots": None, "page": "Malt"}
