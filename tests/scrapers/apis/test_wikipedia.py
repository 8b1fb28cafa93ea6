import gzip
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from corpus.errors import SourceError
from scrapers.crawl.archive import bodies
from scrapers.wikipedia import Rights, Wikipedia, revisions, rights, titles

CC = {
    "url": "https://creativecommons.org/licenses/by-sa/4.0/deed.en",
    "text": "Creative Commons Attribution-Share Alike 4.0",
}
PAGES = {"Ale": 11, "Hops": 12, "Öl": 13}


class FakeWiki:
    """Answers as MediaWiki 1.45 does (JSON, format version 1); a category is given in pieces of two."""

    def __init__(self):
        self.answers = []  # given before anything else

    def __call__(self, target):
        if self.answers:
            return self.answers.pop(0)
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        if query["action"] == "parse":
            return ok(self.page(int(query["oldid"])))
        if "titles" in query:
            return ok({"query": {"pages": dict(self.facts(title) for title in query["titles"].split("|"))}})
        return ok(self.listing(query) if "list" in query else {"query": {"rightsinfo": CC}})

    def page(self, revid):
        title = next(title for title, pageid in PAGES.items() if pageid == revid - 900)
        return {"parse": {"title": title, "pageid": revid - 900, "text": {"*": f"<p>About {title}.</p>"}}}

    def facts(self, title):
        if title not in PAGES:
            return f"-{title}", {"ns": 0, "title": title, "missing": ""}
        newest = {"revid": 900 + PAGES[title], "timestamp": "2026-11-01T10:00:00Z"}
        url = f"https://en.wikipedia.org/wiki/{title}"
        return str(PAGES[title]), {"pageid": PAGES[title], "title": title, "fullurl": url, "revisions": [newest]}

    def listing(self, query):
        if query["list"] == "search":
            return {"query": {"search": [{"title": "Hops"}]}}
        start = int(query.get("cmcontinue", 0))
        members = [{"title": title} for title in PAGES][start : start + 2]
        more = {"continue": {"cmcontinue": str(start + 2), "continue": "-||"}} if start + 2 < len(PAGES) else {}
        return {"query": {"categorymembers": members}} | more


def ok(answer):
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def wiki(service, **options):
    options = {"name": "wiki", "scheme": "http", "delay_s": 0.0, "categories": ("Brewing",)} | options
    return Wikipedia(host=urlsplit(service.address).netloc, **options)


def stored(desk):
    paths = [path for path in desk.store.paths(desk.folder) if path.endswith(".parquet")]
    tables = [desk.store.read_table(path) for path in paths]
    return [pair for raw in tables for pair in zip(raw.to_pylist(), bodies(desk.store, raw).to_pylist(), strict=True)]


def test_a_page_becomes_a_document(serve, api_desk):
    service = serve(FakeWiki())
    progress = wiki(service).collect(api_desk)
    assert (progress.stored, progress.refused) == (3, 0)
    row, body = stored(api_desk)[0]
    assert (row["id"], row["kind"], row["title"]) == ("api/11", "reference", "Ale")
    assert (row["licence"], row["licence_evidence"][:31]) == ("CC-BY-SA-4.0", "the wiki's rightsinfo says: Cre")
    assert row["updated_at"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert (
        row["attribution"]
        == '"Ale", revision 911, by its contributors: https://en.wikipedia.org/wiki/Ale?action=history'
    )
    assert row["media_type"] == "application/json; profile=mediawiki-parse"
    assert json.loads(body)["parse"]["text"]["*"] == "<p>About Ale.</p>"


def test_every_read_says_maxlag_and_who_asks(serve, api_desk):
    service = serve(FakeWiki())
    wiki(service, search=("lupulin",), pages=("Ale",)).collect(api_desk)
    assert len(service.asked) >= 7
    assert all("maxlag=5" in target for target, _ in service.asked)
    assert all("miller@brewnet.test" in headers["User-Agent"] for _, headers in service.asked)


def test_titles_come_once_and_end_at_max_pages(serve, api_desk):
    source = wiki(serve(FakeWiki()), pages=("Hops", "Hops"), search=("hop",), max_pages=2)
    assert source.collect(api_desk).stored == 2
    assert [row["title"] for row, _ in stored(api_desk)] == ["Ale", "Hops"]


def test_a_missing_page_is_marked(serve, api_desk):
    progress = wiki(serve(FakeWiki()), categories=(), pages=("No such page", "Öl")).collect(api_desk)
    assert (progress.stored, progress.refused) == (1, 1)
    assert {(row["id"], row["refusal"]) for row, _ in stored(api_desk)} == {
        ("api/title/No such page", "gone"),
        ("api/13", None),
    }


@pytest.mark.parametrize(
    "busy",
    [
        (429, {"Retry-After": "8"}, b"slow down"),
        (503, {"Retry-After": "8"}, b""),
        (200, {"X-Database-Lag": "7", "Retry-After": "8"}, b'{"error": {"code": "maxlag", "info": "7 s lagged"}}'),
    ],
    ids=["429", "503", "maxlag"],
)
def test_a_busy_wiki_is_waited_for(serve, api_desk, fake_clock, busy):
    fake = FakeWiki()
    fake.answers = [busy]
    assert wiki(serve(fake)).collect(api_desk).stored == 3
    assert fake_clock.slept == [8.0]


def test_a_refusal_is_one_sentence(serve, api_desk):
    fake = FakeWiki()
    service = serve(fake)
    for answer in (
        (403, {}, b"blocked"),
        ok({"error": {"code": "blocked", "info": "You have been blocked"}}),
        (200, {}, b"<html>not the API</html>"),
    ):
        fake.answers = [answer]
        with pytest.raises(SourceError, match=r"^wiki: 127\.0\.0\.1:\d+ refused"):
            wiki(service).collect(api_desk)


@pytest.mark.parametrize(
    ("url", "licence"),
    [
        (CC["url"], "CC-BY-SA-4.0"),
        ("//creativecommons.org/licenses/by/3.0/", "CC-BY-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://www.gnu.org/copyleft/fdl.html", None),
        ("", None),
    ],
)
def test_the_licence_is_what_the_wiki_says(url, licence):
    assert rights({"query": {"rightsinfo": {"url": url, "text": ""}}}).licence == licence
    assert rights({}) == Rights(None, "the wiki states none")


def test_a_wiki_without_a_question_is_refused():
    with pytest.raises(ValidationError, match="at least one of categories, search and pages"):
        Wikipedia(name="wiki")


def recorded(shared_data, name):
    with gzip.open(shared_data / "recorded/mediawiki/api.jsonl.gz", "rt", encoding="utf-8") as lines:
        sessions = {session["name"]: session["exchanges"] for session in map(json.loads, lines)}
    return [exchange["response"]["body"] for exchange in sessions[name]]


def test_a_recorded_search_gives_its_titles(serve, api_desk, shared_data):
    answer = json.loads(recorded(shared_data, "TestVcrWikiSearch.test_default")[0])
    found = titles(answer, "search")
    assert found[:2] == ["Python (programming language)", "History of Python"]
    assert len(found) == 10
    fake = FakeWiki()
    fake.answers = [ok({"query": {"rightsinfo": CC}}), ok({**answer, "continue": {"sroffset": 10, "continue": "-||"}})]
    progress = wiki(serve(fake), categories=(), search=("Python programming",), max_pages=10).collect(api_desk)
    assert progress.refused == 10  # the fake wiki has none of them


def test_a_recorded_missing_page_has_no_revision(shared_data):
    (answer,) = recorded(shared_data, "TestVcrPageExistence.test_exists_false")
    missing = [revision for revision in revisions(json.loads(answer)) if revision.revid is None]
    assert [revision.title for revision in missing] == ["NonExistentPage WikiAPI Test 12345"]
