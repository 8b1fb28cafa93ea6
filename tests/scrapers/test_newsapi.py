"""NewsAPI as an index: what it names is crawled from its own site, and the key is seen by NewsAPI alone.

The answers are written after NewsAPI's public documentation (https://newsapi.org/docs), not recorded: it is paid.
"""

import json
import shutil
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.errors import SourceError
from scrapers.clients.polite import Clock
from scrapers.news import News
from scrapers.newsapi import RECORD, NewsapiSearch, discover, found_before
from scrapers.page import Request

KEY = "0123456789abcdef0123456789abcdef"
WRONG = {"status": "error", "code": "apiKeyInvalid", "message": f"Your API key {KEY} is invalid or incorrect."}


@dataclass
class Index:
    """Gives ``answers`` one after the other, the last one for ever; ``asked`` are parameters, ``keys`` the headers."""

    answers: list[tuple[int, object]]
    address: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@pytest.fixture
def index(monkeypatch):
    monkeypatch.setenv("NEWSAPI_KEY", KEY)
    index = Index([(200, told())])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            index.asked.append({name: value for name, (value,) in parse_qs(urlsplit(self.path).query).items()})
            index.keys.append(self.headers.get("X-Api-Key"))
            status, body = index.answers.pop(0) if len(index.answers) > 1 else index.answers[0]
            self.send_response(status)
            for name, value in index.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    index.address = f"http://127.0.0.1:{server.server_port}/v2/everything"
    yield index
    server.shutdown()
    server.server_close()


def article(url, title="Malt is dear - The Mill", published_at="2026-11-20T06:00:00Z", **more):
    source = {"id": None, "name": "The Mill"}
    facts = {"source": source, "author": "A. Miller", "title": title, "url": url, "publishedAt": published_at}
    return facts | {"description": "Short.", "urlToImage": None, "content": "Cut off [+2000 chars]"} | more


def told(*articles, total=None):
    return {"status": "ok", "totalResults": len(articles) if total is None else total, "articles": list(articles)}


def search(index, **options):
    return NewsapiSearch(**({"query": "malt", "endpoint": index.address, "delay_s": 0} | options))


def urls(requests):
    return [request.url for request in requests]


def test_what_it_names_is_crawled_under_the_rules_of_its_site(index, website, desk, stored, tmp_path, caplog):
    caplog.set_level("DEBUG")
    website.text("/robots.txt", "User-agent: *\nDisallow: /shut")
    website.page("/one", "/not-followed")
    website.page("/noai", X_Robots_Tag="noai")
    index.answers = [(200, told(*(article(website.url + path) for path in ("/one", "/noai", "/shut"))))]
    News(name="mill", newsapi=search(index), delay_s=0).collect(desk)
    rows = {row["url"].removeprefix(website.url): row for row in stored()}
    refusals = {path: row["refusal"] for path, row in rows.items()}
    assert refusals == {"/one": None, "/noai": "ai-opt-out", "/shut": "robots-disallowed"}
    assert (rows["/one"]["title"], rows["/one"]["created_at"]) == (
        "Malt is dear",
        datetime(2026, 11, 20, 6, tzinfo=UTC),
    )
    assert "/not-followed" not in website.asked()
    assert not any(b"Cut off" in row["body"] for row in rows.values() if row["body"])
    assert_the_key_is_in_headers_alone(index, tmp_path, caplog.text)


def assert_the_key_is_in_headers_alone(index, folder, log):
    assert index.keys == [KEY]
    assert KEY not in json.dumps(index.asked) + log
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "spec.json" for path in files)
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


def test_a_night_asks_once_and_the_next_from_the_newest_article_on(index, night):
    index.answers = [
        (200, told(article("http://a.test/1"), article("http://a.test/2", published_at="2026-11-19T06:00:00Z")))
    ]
    assert discover(search(index, lookback_days=9e4), night(0)) == [
        Request("http://a.test/1", "page", 1, datetime(2026, 11, 20, 6, tzinfo=UTC), title="Malt is dear"),
        Request("http://a.test/2", "page", 1, datetime(2026, 11, 19, 6, tzinfo=UTC), title="Malt is dear"),
    ]
    assert len(discover(search(index), night(0))) == 2
    assert len(index.asked) == 1
    index.answers = [(200, told(article("http://a.test/3")))]
    assert urls(discover(search(index, lookback_days=9e4), night(1))) == [
        f"http://a.test/{number}" for number in (1, 2, 3)
    ]
    common = {"q": "malt", "sortBy": "publishedAt", "pageSize": "100", "page": "1"}
    assert index.asked[1] == common | {"from": "2026-11-20T06:00:00"}


def test_another_question_starts_anew_and_none_goes_back_further_than_the_plan(index, night):
    index.answers = [(200, told(article("http://a.test/1")))]
    discover(search(index, lookback_days=9e4), night(0))
    desk = night(40)
    discover(search(index, query="hops", lookback_days=29), desk)
    since = datetime.fromisoformat(index.asked[1]["from"]).replace(tzinfo=UTC)
    assert abs((desk.now() - since).total_seconds() - 29 * 86400) < 60


def test_a_date_in_the_future_does_not_keep_out_what_follows(index, night):
    index.answers = [
        (200, told(article("http://a.test/1", published_at="2999-01-01T00:00:00Z"), article("http://a.test/2")))
    ]
    discover(search(index, lookback_days=9e4), night(0))
    discover(search(index, lookback_days=9e4), night(1))
    assert index.asked[1]["from"] == "2026-11-20T06:00:00"


def test_links_outlive_a_crash_before_the_crawl_and_the_loss_of_the_frontier(index, website, night):
    website.page("/one", text=website.words(1))
    website.page("/two", text=website.words(2))
    site = News(name="mill", newsapi=search(index), delay_s=0)
    index.answers = [(200, told(article(f"{website.url}/one")))]
    discover(site.newsapi, night(0))  # the process ends here
    index.answers = [(200, told(article(f"{website.url}/two")))]
    assert site.collect(night(1)).stored == 2
    shutil.rmtree(night(1).work)
    index.answers = [(200, told())]
    assert site.collect(night(2)).stored == 0
    assert website.asked()["/one"] == website.asked()["/two"] == 1


def test_pages_are_turned_up_to_the_most_that_is_wanted_and_the_log_says_what_is_left(index, desk, caplog):
    first, second = ([article(f"http://a.test/{start + number}") for number in range(100)] for start in (0, 100))
    index.answers = [(200, told(*first, total=250)), (200, told(*second, total=250))]
    assert len(discover(search(index, max_articles=150), desk)) == 150
    assert [asked["page"] for asked in index.asked] == ["1", "2"]
    assert "250 articles of a question, 150 are taken" in caplog.text


def test_the_end_of_what_a_plan_serves_keeps_what_came_before(index, desk):
    end = {
        "status": "error",
        "code": "maximumResultsReached",
        "message": "Developer accounts are limited to 100 results.",
    }
    index.answers = [(200, told(*(article(f"http://a.test/{number}") for number in range(100)), total=900)), (426, end)]
    assert len(discover(search(index, max_articles=500), desk)) == 100
    assert desk.store.exists(f"{desk.folder}/{RECORD}")


def test_each_language_is_a_question_with_its_share(index, desk):
    languages = search(
        index, languages=("en", "de"), max_articles=60, domains=("a.test", "b.test"), sources=("the-mill",)
    )
    discover(languages, desk)
    assert [(asked["language"], asked["pageSize"]) for asked in index.asked] == [("en", "30"), ("de", "30")]
    assert {(asked["domains"], asked["sources"]) for asked in index.asked} == {("a.test,b.test", "the-mill")}


def test_headlines_are_asked_without_dates_and_order(index, desk):
    discover(search(index, endpoint=index.address.replace("everything", "top-headlines")), desk)
    assert index.asked == [{"q": "malt", "pageSize": "100", "page": "1"}]


def test_what_leads_nowhere_is_left_out(index, desk):
    odd = [article(None), article("ftp://a.test/"), article("https://removed.com", "[Removed]"), "none", {}]
    plain = article("http://a.test/1", title="Malt\x07 is\n dear", published_at="yesterday", source="The Mill")
    index.answers = [(200, told(*odd, plain, article("http://a.test/1")))]
    assert discover(search(index), desk) == [Request("http://a.test/1", "page", 1, title="Malt is dear")]


@pytest.mark.parametrize("key", [None, "", "short", f"{KEY}\nX-Evil: 1", "kéy" * 8])
def test_without_a_key_nothing_is_asked_and_the_variable_is_named(index, desk, monkeypatch, key):
    monkeypatch.delenv("NEWSAPI_KEY")
    if key is not None:
        monkeypatch.setenv("MILL_KEY", key)
    with pytest.raises(SourceError, match="set the environment variable MILL_KEY") as caught:
        discover(search(index, key_env="MILL_KEY"), desk)
    assert index.asked == []
    assert not key or key not in str(caught.value)


def test_a_wrong_key_names_the_variable_after_the_feeds_were_crawled(index, website, desk, stored):
    index.answers = [(401, WRONG)]
    website.text("/feed", f"<rss><channel><item><link>{website.url}/one</link></item></channel></rss>", "text/xml")
    website.page("/one")
    site = News(name="mill", feed_urls=(f"{website.url}/feed",), newsapi=search(index), delay_s=0)
    with pytest.raises(SourceError, match=r"does not take the key in NEWSAPI_KEY \(apiKeyInvalid\)") as caught:
        site.collect(desk)
    assert KEY not in str(caught.value)
    assert [row["url"] for row in stored()] == [f"{website.url}/one"]
    assert found_before(desk) == []


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (400, {"status": "error", "code": "parameterInvalid", "message": f"too far\n back, {KEY}"}, "parameterInvalid.: too far back, \\*"),
        (301, b"", "HTTP 301.: it gave no reason"),
        (200, b"<html>", "HTTP 200"),
        (200, b"[" * 100_000, "HTTP 200"),
        (200, b"[1]", "HTTP 200"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_sentence_without_the_key(index, desk, website, status, body, sentence):
    index.answers, index.headers = [(status, body)], {"Location": f"{website.url}/elsewhere"}
    with pytest.raises(SourceError, match=sentence) as caught:
        discover(search(index), desk)
    assert KEY not in str(caught.value)
    assert website.log == []
    assert not desk.store.exists(f"{desk.folder}/{RECORD}")


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"totalResults": "5"}, "totalResults"), ({"totalResults": None}, "totalResults"),
        ({"totalResults": 1e999}, "totalResults"), ({"articles": 5}, "articles"), ({"articles": {"url": "x"}}, "articles"),
        ({"articles": None}, "articles"), ({"articles": "http://a.test/1"}, "articles"),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_one_sentence_and_the_next_night_asks_from_where_it_was(
    index, night, facts, name
):
    index.answers = [(200, told(article("http://a.test/1")))]
    discover(search(index, lookback_days=9e4), night(0))
    index.answers = [(200, told(article("http://a.test/2")) | facts)]
    with pytest.raises(SourceError, match=f"answers with {name} that cannot be read; try again later"):
        discover(search(index, lookback_days=9e4), night(1))
    index.answers = [(200, told(article("http://a.test/2")))]
    assert urls(discover(search(index, lookback_days=9e4), night(1))) == ["http://a.test/1", "http://a.test/2"]
    assert index.asked[1]["from"] == index.asked[2]["from"] == "2026-11-20T06:00:00"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["ok", "http://a.test/1", "\ud800", KEY]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["url", "title", "source", "name", "publishedAt", "code", "message"]), inner, max_size=5
        )
    ),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=st.sampled_from(["ok", "error"]), articles=st.lists(JSON, max_size=3) | JSON, total=JSON, more=JSON)
def test_no_answer_ends_in_anything_but_links_or_one_sentence(index, desk, status, articles, total, more):
    answer = {"status": status, "articles": articles, "totalResults": total, "code": more, "message": more}
    index.answers = [(200, answer)]
    desk.store.delete(f"{desk.folder}/{RECORD}")
    try:
        assert set(urls(discover(search(index), desk))) <= {"http://a.test/1"}
    except SourceError as error:
        said = str(error)
        assert said.encode()
        assert KEY not in said


def test_a_busy_index_is_waited_for_and_then_left_for_another_night(index, desk):
    index.answers = [(429, {"status": "error", "code": "rateLimited", "message": "Back off."})]
    time, slept = [1_800_000_000.0], []

    def sleep(seconds):
        slept.append(seconds)
        time[0] += seconds

    with pytest.raises(SourceError, match="no answer in 4 tries"):
        discover(search(index), desk, Clock(lambda: time[0], sleep))
    assert len(index.asked) == 4
    assert min(slept) >= 59


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"query": ""}, "needs a query"),
        ({"endpoint": "http://newsapi.org/v2/everything"}, "https"),
        ({"endpoint": f"https://newsapi.org/v2/everything?apiKey={KEY}"}, "an address alone"),
        ({"endpoint": "https://newsapi.org/v2/top-headlines", "languages": ("en",)}, "neither languages"),
        ({"query": "", "endpoint": "https://newsapi.org/v2/top-headlines", "domains": ("a.test",)}, "needs a query"),
        ({"sources": ("a",) * 21}, "20"),
        ({"query": "m" * 501}, "500"),
    ],
)
def test_options_that_cannot_work_are_refused(options, problem):
    with pytest.raises(ValidationError, match=problem):
        NewsapiSearch(**({"query": "malt"} | options))
