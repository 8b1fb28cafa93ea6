"""News: the articles a feed names, with its dates, and nothing else."""

from datetime import UTC, datetime

from scrapers.news import News

FEED = """<rss version="2.0"><channel>
<item><title>one</title><link>{0}/one</link><pubDate>Fri, 20 Nov 2026 06:00:00 GMT</pubDate></item>
<item><title>two</title><link>{0}/two</link></item>
<item><title>shut</title><link>{0}/shut</link></item>
<item><title>mail</title><link>mailto:x@y.test</link></item></channel></rss>"""


def test_each_article_is_crawled_under_the_rules_with_its_date(website, desk, stored):
    website.text("/robots.txt", "User-agent: *\nDisallow: /shut")
    website.text("/feed", FEED.format(website.url), "application/rss+xml")
    website.page("/one", status=301, Location="/one-moved")
    website.page("/one-moved", "/not-followed")
    website.page("/two", X_Robots_Tag="noai")
    website.page("/not-followed")
    News(name="mill", feed_urls=(f"{website.url}/feed",), delay_s=0).collect(desk)
    rows = {row["url"].removeprefix(website.url): row for row in stored()}
    assert {path: row["refusal"] for path, row in rows.items()} == {
        "/one": "redirected",
        "/one-moved": None,
        "/two": "ai-opt-out",
        "/shut": "robots-disallowed",
    }
    assert rows["/one-moved"]["created_at"] == datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert rows["/one-moved"]["kind"] == "article"
    assert "/not-followed" not in website.asked()


def test_a_feed_that_is_gone_gives_nothing_and_no_error(website, desk, stored):
    progress = News(name="mill", feed_urls=(f"{website.url}/feed",), delay_s=0).collect(desk)
    assert (progress.stored, progress.refused, progress.queued) == (0, 0, 0)
    assert stored() == []
