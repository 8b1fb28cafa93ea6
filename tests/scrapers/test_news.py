"""News: the articles a feed names, with its headlines and dates, and nothing that did not change."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from scrapers.news import News

FEED = """<rss version="2.0"><channel>
<item><title>one</title><link>{0}/one</link><pubDate>Fri, 20 Nov 2026 06:00:00 GMT</pubDate></item>
<item><title>two</title><link>{0}/two</link></item>
<item><title>shut</title><link>{0}/shut</link></item>
<item><title>mail</title><link>mailto:x@y.test</link></item></channel></rss>"""
POLICIES = ("/robots.txt", "/ai.txt", "/.well-known/tdmrep.json")


def news(site, **options):
    return News(**({"name": "mill", "feed_urls": (f"{site.url}/feed",), "delay_s": 0} | options))


def serve_feed(site, *paths, etag='"1"', updated="2026-11-20T06:00:00Z"):
    entries = "".join(
        f"<entry><title>{path}</title><link href='{path}'/><updated>{updated}</updated></entry>" for path in paths
    )
    body = f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'
    site.text("/feed", body, "application/atom+xml", **({"ETag": etag} if etag else {}))


def serve_articles(site, *paths):
    for number, path in enumerate(paths):
        site.page(path, text=site.words(number))


def sent(site):
    found = [answer[:2] for answer in site.sent if answer[0] not in POLICIES]
    site.sent.clear()
    return found


def test_each_article_is_crawled_under_the_rules_with_its_headline_and_date(website, desk, stored):
    website.text("/robots.txt", "User-agent: *\nDisallow: /shut")
    website.text("/feed", FEED.format(website.url), "application/rss+xml")
    website.page("/one", status=301, Location="/one-moved")
    website.page("/one-moved", "/not-followed")
    website.page("/two", X_Robots_Tag="noai")
    website.page("/not-followed")
    news(website).collect(desk)
    rows = {row["url"].removeprefix(website.url): row for row in stored()}
    assert {path: row["refusal"] for path, row in rows.items()} == {
        "/one": "redirected",
        "/one-moved": None,
        "/two": "ai-opt-out",
        "/shut": "robots-disallowed",
    }
    assert rows["/one-moved"]["created_at"] == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert rows["/one-moved"]["title"] == "one"
    assert rows["/one-moved"]["kind"] == "article"
    assert "/not-followed" not in website.asked()


def test_a_feed_that_is_gone_gives_nothing_and_no_error(website, desk, stored):
    progress = news(website).collect(desk)
    assert (progress.stored, progress.refused, progress.queued) == (0, 0, 0)
    assert stored() == []


def test_a_night_asks_only_whether_the_feed_changed_and_what_it_says_is_new_or_updated(website, desk, night):
    serve_feed(website, "/one", "/two")
    serve_articles(website, "/one", "/two", "/three")
    site = news(website)
    assert site.collect(night(0)).stored == 2
    assert sorted(sent(website)) == [("/feed", 200), ("/one", 200), ("/two", 200)]
    assert site.collect(night(1)).stored == 0
    assert sent(website) == [("/feed", 304)]
    serve_feed(website, "/one", "/two", "/three", etag='"2"')
    site.collect(night(2))
    assert sent(website) == [("/feed", 200), ("/three", 200)]
    soon = (desk.now() + timedelta(days=2, hours=1)).isoformat()
    serve_feed(website, "/one", etag='"3"', updated=soon)
    site.collect(night(3))
    assert sent(website) == [("/feed", 200), ("/one", 200)]


def test_news_must_hear_of_articles_somewhere():
    with pytest.raises(ValidationError, match="feed_urls, newsapi or both"):
        News(name="mill")
