import gzip
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from pydantic import ValidationError

from corpus.errors import SourceError
from scrapers.arxiv_papers import ArxivPapers
from scrapers.crawl.archive import bodies

FEED = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns="http://www.w3.org/2005/Atom"><opensearch:totalResults>{total}</opensearch:totalResults>{entries}</feed>"""
ENTRY = """<entry><id>http://arxiv.org/abs/{key}v2</id><title>Mash {key}</title>
<updated>2026-11-02T10:00:00Z</updated><published>2026-11-01T10:00:00Z</published>
<summary>  Warm &amp; wet.
  Then dry.</summary><author><name>Ada Miller</name></author><author><name>Bo Cooper</name></author>
<category term="q-bio.QM"/><arxiv:doi>10.1000/1</arxiv:doi></entry>"""


def feed(*keys, total=None):
    entries = "".join(ENTRY.format(key=key) for key in keys)
    return (
        200,
        {"Content-Type": "application/atom+xml"},
        FEED.format(total=total or len(keys), entries=entries).encode(),
    )


def stored(desk):
    paths = [path for path in desk.store.paths(desk.folder) if path.endswith(".parquet")]
    return [(row, body) for path in paths for row, body in _rows(desk.store, desk.store.read_table(path))]


def _rows(store, raw):
    return zip(raw.to_pylist(), bodies(store, raw).to_pylist(), strict=True)


def papers(address, **options):
    options = {"endpoint": f"{address}/api/query", "delay_s": 0.0, "full_text": ()} | options
    return ArxivPapers(name="papers", **({"query": "all:mash"} | options))


def test_a_paper_becomes_a_document(serve, api_desk):
    service = serve(lambda _: feed("2611.00001", "q-bio/0201082"))
    progress = papers(service.address).collect(api_desk)
    assert (progress.stored, progress.refused) == (2, 0)
    (first, body), (second, _) = stored(api_desk)
    assert [first["id"], second["id"]] == ["api/2611.00001", "api/q-bio/0201082"]
    assert first["url"] == "https://arxiv.org/abs/2611.00001"
    assert (first["kind"], first["title"], first["licence"]) == ("paper", "Mash 2611.00001", "CC0-1.0")
    assert first["created_at"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert first["attribution"].startswith('Ada Miller, Bo Cooper: "Mash 2611.00001", arXiv:2611.00001')
    assert first["author"] == "Ada Miller"
    assert first["media_type"] == "application/atom+xml;type=entry"
    assert b"Warm &amp; wet.\n  Then dry." in body
    assert body == stored(api_desk)[0][1]


def test_what_is_asked_of_arxiv(serve, api_desk):
    service = serve(lambda _: feed())
    papers(service.address, categories=("q-bio.QM", "physics.bio-ph"), max_results=30).collect(api_desk)
    target, headers = service.asked[0]
    query = parse_qs(urlsplit(target).query)
    assert query["search_query"] == ["(all:mash) AND (cat:q-bio.QM OR cat:physics.bio-ph)"]
    assert (query["max_results"], query["sortBy"]) == (["30"], ["submittedDate"])
    assert headers["User-Agent"].startswith("gristmill/")


def test_pages_are_three_seconds_apart_and_end_at_max_results(serve, api_desk, fake_clock):
    def page(target):
        start = int(parse_qs(urlsplit(target).query)["start"][0])
        return feed(*(f"2611.{start + n:05d}" for n in range(100)), total=1000)

    service = serve(page)
    assert papers(service.address, max_results=250, delay_s=3.0).collect(api_desk).stored == 250
    assert fake_clock.slept == [3.0, 3.0]
    assert len({row["id"] for row, _ in stored(api_desk)}) == 250


def test_a_busy_arxiv_is_waited_for(serve, api_desk, fake_clock):
    queue = [(503, {"Retry-After": "10"}, b""), feed("2611.00001")]
    service = serve(lambda _: queue.pop(0))
    assert papers(service.address).collect(api_desk).stored == 1
    assert fake_clock.slept == [10.0]


def test_what_came_before_a_failure_stays_and_the_next_run_adds_the_rest(serve, api_desk, fake_clock):
    down = [True]

    def page(target):
        start = int(parse_qs(urlsplit(target).query)["start"][0])
        if start and down[0]:
            return 503, {}, b""
        return feed(*(f"2611.{start + n:05d}" for n in range(100)), total=200)

    source = papers(serve(page).address, max_results=200)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:\d+ gave no answer"):
        source.collect(api_desk)
    assert len(stored(api_desk)) == 100
    down[0] = False
    fake_clock.time += 1000
    assert source.collect(api_desk).stored == 200
    assert len({row["id"] for row, _ in stored(api_desk)}) == len(stored(api_desk)) == 200


def test_a_wrong_query_is_named(serve, api_desk):
    service = serve(lambda _: (400, {}, b""))
    with pytest.raises(SourceError, match="papers: arXiv refused the query"):
        papers(service.address).collect(api_desk)
    error = ENTRY.replace("http://arxiv.org/abs/{key}v2", "https://arxiv.org/api/errors#bad")
    service.answer = lambda _: (200, {}, FEED.format(total=1, entries=error).encode())
    with pytest.raises(SourceError, match="arXiv refused the query: Warm & wet"):
        papers(service.address).collect(api_desk)


def test_the_terms_of_arxiv_cannot_be_undercut():
    with pytest.raises(ValidationError, match="at least 3"):
        ArxivPapers(name="a", query="b", delay_s=2.9)
    with pytest.raises(ValidationError, match="at least 3"):
        ArxivPapers(name="a", query="b", delay_s=1, endpoint="https://arxiv.example/api/query")
    assert ArxivPapers(name="a", query="b").delay_s == 3.0
    assert ArxivPapers(name="a", query="b", delay_s=0, endpoint="http://arxiv.test/api/query").delay_s == 0


@pytest.fixture
def recorded(shared_data):
    with gzip.open(shared_data / "recorded/arxiv/atom.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def asked_of(target):
    """What a request asks for: the client's own defaults and the size of a page left out."""
    options = dict(parse_qsl(urlsplit(target).query))
    return options.get("search_query"), re.sub(r"v\d", "", options.get("id_list", "")), options["start"]


def test_recorded_papers_are_stored_as_arxiv_gave_them(serve, api_desk, recorded):
    by_id = {
        asked_of(one["request"]["url"]): one
        for one in recorded
        if "id_list=&" not in one["request"]["url"] and one["response"]["status"] == 200
    }
    used = []

    def answer(target):
        exchange = by_id[asked_of(target)]
        used.append(exchange["name"])
        return exchange["response"]["status"], {}, exchange["response"]["body"].encode()

    service = serve(answer)
    for number, exchange in enumerate(by_id.values()):
        ids = exchange["request"]["url"].split("id_list=")[1].split("&")[0].split("%2C")
        desk = on_night(api_desk, f"2026-11-{number + 1:02}")
        papers(service.address, query=None, ids=[one.replace("%2F", "/") for one in ids]).collect(desk)
        rows = {row["id"]: row["refusal"] for row, _ in stored(desk)}
        new = {f"api/{_without_version(one)}" for one in exchange["expected"]["ids"]}
        assert {name for name, refusal in rows.items() if refusal is None} <= new
        assert "api/0000.0000" not in rows or rows["api/0000.0000"] == "gone"
    assert set(used) == {one["name"] for one in by_id.values()}
    everything = [row for desk in _nights(api_desk) for row, _ in stored(desk)]
    assert {row["id"] for row in everything if row["refusal"] is None} == {
        f"api/{_without_version(one)}" for exchange in by_id.values() for one in exchange["expected"]["ids"]
    }


def test_recorded_pages_follow_one_another_to_the_end_of_the_budget(serve, api_desk, recorded, fake_clock):
    pages = {
        asked_of(one["request"]["url"]): one for one in recorded if "search_query=testing" in one["request"]["url"]
    }
    pages = {key: one for key, one in pages.items() if int(key[2]) % 10 == 0}

    def answer(target):
        return 200, {}, pages[asked_of(target)]["response"]["body"].encode()

    service = serve(answer)
    source = papers(service.address, query="testing", max_results=60, delay_s=3.0)
    source._client = _with_pages_of_ten(source)
    assert source.collect(api_desk).stored == 60
    assert [asked_of(target)[2] for target, _ in service.asked] == ["0", "10", "20", "30", "40", "50"]
    assert fake_clock.slept == [3.0] * 5
    expected = [_without_version(one) for page in pages.values() for one in page["expected"]["ids"]]
    assert sorted(row["id"].removeprefix("api/") for row, _ in stored(api_desk)) == sorted(expected)
    assert all(row["title"] and b"<summary>" in body for row, body in stored(api_desk))


def test_a_recorded_refusal_is_told_in_arxivs_own_words(serve, api_desk, recorded):
    (exchange,) = [one for one in recorded if one["response"]["status"] == 400]
    service = serve(lambda _: (400, {}, exchange["response"]["body"].encode()))
    with pytest.raises(SourceError, match="papers: arXiv refused the query: incorrect id format for abc"):
        papers(service.address).collect(api_desk)
    assert len(service.asked) == 1


def _with_pages_of_ten(source):
    make = source._client

    def client(session):
        made = make(session)
        made.page_size = 10
        return made

    return client


# --- a query over many nights ---


@dataclass
class Archive:
    """The query API over invented papers: both orders, the date filter, the limit of 30,000 (user manual, 3.1)."""

    papers: dict = field(default_factory=dict)  # key: (submitted, updated, version)
    log: list = field(default_factory=list)

    def add(self, key, submitted, updated=None, version=1):
        self.papers[key] = (submitted, updated or submitted, version)

    def answer(self, target):
        parts = urlsplit(target)
        assert parts.path == "/api/query", target
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        start, size = int(options["start"]), int(options["max_results"])
        assert start + size <= 30_000
        assert size <= 2000
        order = {"submittedDate": 0, "lastUpdatedDate": 1}[options["sortBy"]]
        until = re.search(r"submittedDate:\[199101010000 TO (\d{12})\]", options["search_query"])
        limit = datetime.strptime(until[1], "%Y%m%d%H%M").replace(tzinfo=UTC) if until else None
        found = [(key, *facts) for key, facts in self.papers.items() if limit is None or facts[0] <= limit]
        found.sort(key=lambda paper: (paper[1 + order], paper[0]), reverse=True)
        page = found[start : start + size]
        self.log.append((options["sortBy"], bool(until), start, len(page)))
        entries = "".join(self.entry(*paper) for paper in page)
        return 200, {}, FEED.format(total=len(found), entries=entries).encode()

    def entry(self, key, submitted, updated, version):
        text = ENTRY.format(key=key).replace(f"{key}v2", f"{key}v{version}")
        text = text.replace("2026-11-02T10:00:00Z", f"{updated:%Y-%m-%dT%H:%M:%SZ}")
        return text.replace("2026-11-01T10:00:00Z", f"{submitted:%Y-%m-%dT%H:%M:%SZ}")


def on_night(desk, night):
    moment = datetime.fromisoformat(f"{night[:10]}T03:00:00+00:00")
    return replace(desk, folder=f"state/raw/{night}/api", now=lambda: moment)


def _nights(desk):
    names = {path.split("/")[2] for path in desk.store.paths("state/raw")}
    return [on_night(desk, name) for name in sorted(names)]


@pytest.fixture
def archive():
    """A thousand papers, one every three hours up to the evening of 19 November 2026."""
    archive = Archive()
    for number in range(1000):
        archive.add(f"2611.{number:05d}", datetime(2026, 11, 19, 21, tzinfo=UTC) - timedelta(hours=3 * number))
    return archive


def test_a_corpus_larger_than_a_nights_budget_is_whole_after_some_nights_whatever_comes_in_between(
    serve, api_desk, archive
):
    source = papers(serve(archive.answer).address, max_results=100)
    first = datetime(2026, 11, 20, tzinfo=UTC)
    for number in range(12):
        night = first + timedelta(days=number)
        progress = source.collect(on_night(api_desk, f"{night:%Y-%m-%d}"))
        assert progress.stored <= 100
        for one in range(7):  # the next day brings five papers and two new versions of old ones
            if one < 5:
                archive.add(f"2612.{number * 5 + one:05d}", night + timedelta(hours=6 + one))
            else:
                old = f"2611.{(number * 37 + one * 400) % 1000:05d}"
                submitted, _, version = archive.papers[old]
                archive.add(old, submitted, night + timedelta(hours=6 + one), version + 1)
    source.collect(on_night(api_desk, "2026-12-02"))
    newest = {}
    for desk in _nights(api_desk):
        newest |= {row["id"].removeprefix("api/"): row["etag"].split()[0] for row, _ in stored(desk)}
    assert newest == {key: f"v{version}" for key, (_, _, version) in archive.papers.items()}
    times = [row["id"] + row["etag"].split()[0] for desk in _nights(api_desk) for row, _ in stored(desk)]
    assert len(times) == len(set(times))  # nothing twice
    archive.log.clear()
    progress = source.collect(on_night(api_desk, "2026-12-03"))
    assert (progress.stored, len(archive.log)) == (0, 1)
    assert archive.log[0][0] == "lastUpdatedDate"


def test_listing_a_large_corpus_costs_little_more_than_its_pages(serve, api_desk, archive):
    source = papers(serve(archive.answer).address, max_results=100)
    for day in range(20, 31):
        source.collect(on_night(api_desk, f"2026-11-{day}"))
    past = [one for one in archive.log if one[0] == "submittedDate"]
    news = [one for one in archive.log if one[0] == "lastUpdatedDate"]
    assert len(past) <= 22  # ten full pages, and the last night's ask for the rest begins at the page before
    assert len(news) == 10  # one a night after the first


def test_a_paper_listed_days_after_its_date_is_taken(serve, api_desk):
    archive = Archive()
    archive.add("2611.00001", datetime(2026, 11, 18, 9, tzinfo=UTC))
    source = papers(serve(archive.answer).address)
    source.collect(on_night(api_desk, "2026-11-20"))
    archive.add("2611.00002", datetime(2026, 11, 17, 9, tzinfo=UTC))  # held by moderators
    assert source.collect(on_night(api_desk, "2026-11-21")).stored == 1


def test_a_run_that_goes_on_the_same_night_keeps_to_the_nights_budget(serve, api_desk, archive):
    service = serve(archive.answer)
    source = papers(service.address, max_results=100)
    desk = on_night(api_desk, "2026-11-20")
    assert source.collect(desk).stored == 100
    service.asked.clear()
    assert source.collect(desk).stored == 100
    assert service.asked == []


def test_a_killed_run_goes_on_and_loses_and_doubles_nothing(serve, api_desk, archive):
    class Kill(BaseException):
        pass

    service = serve(archive.answer)
    source = papers(service.address, max_results=1000)
    desk = on_night(api_desk, "2026-11-20")
    seen = []

    def report(progress):
        seen.append(progress)
        if len(seen) == 1400:
            raise Kill

    with pytest.raises(Kill):
        source.collect(replace(desk, report=report))
    assert 0 < len(stored(desk)) < 1000
    source.collect(desk)
    source.collect(on_night(api_desk, "2026-11-21"))
    ids = [row["id"] for one in _nights(api_desk) for row, _ in stored(one)]
    assert len(ids) == len(set(ids)) == 1000


def test_no_request_reaches_beyond_what_the_api_lists(serve, api_desk, archive, monkeypatch):
    monkeypatch.setattr("scrapers.clients.arxiv_listing.MAX_RESULTS", 300)
    source = papers(serve(archive.answer).address, max_results=1000)
    assert source.collect(on_night(api_desk, "2026-11-20")).stored == 1000
    assert max(start + size for _, _, start, size in archive.log) == 300
    archive.log.clear()
    for key, (submitted, _, _) in list(archive.papers.items())[:400]:
        archive.add(key, submitted, datetime(2026, 11, 20, 12, tzinfo=UTC), 2)
    source.collect(on_night(api_desk, "2026-11-21"))
    rows = [row for row, _ in stored(on_night(api_desk, "2026-11-21"))]
    assert len(rows) == 400  # more than the API lists had changed: the past was walked again


def test_a_withdrawn_paper_is_gone_and_another_question_starts_anew(serve, api_desk):
    archive = Archive()
    archive.add("2611.00001", datetime(2026, 11, 18, 9, tzinfo=UTC))
    service = serve(archive.answer)
    papers(service.address).collect(on_night(api_desk, "2026-11-20"))
    plain = archive.entry
    archive.add("2611.00001", datetime(2026, 11, 18, 9, tzinfo=UTC), datetime(2026, 11, 20, 9, tzinfo=UTC), 2)
    comment = "<arxiv:comment>This paper has been withdrawn by the author</arxiv:comment></entry>"
    archive.entry = lambda *facts: plain(*facts).replace("</entry>", comment)
    assert papers(service.address).collect(on_night(api_desk, "2026-11-21")).refused == 1
    ((row, _),) = stored(on_night(api_desk, "2026-11-21"))
    assert (row["refusal"], row["refusal_detail"]) == ("gone", "its authors withdrew it")
    archive.log.clear()
    papers(service.address, query="all:malt").collect(on_night(api_desk, "2026-11-22"))
    assert archive.log == [("submittedDate", False, 0, 1)]


def test_an_abstract_that_changed_without_a_new_version_is_taken(serve, api_desk):
    archive = Archive()
    for number in range(5):
        archive.add(f"2611.0000{number}", datetime(2026, 11, 18, 9, tzinfo=UTC))
    source = papers(serve(archive.answer).address, max_results=10)
    source.collect(on_night(api_desk, "2026-11-20"))
    archive.add("2611.00003", datetime(2026, 11, 18, 9, tzinfo=UTC), datetime(2026, 11, 20, 9, tzinfo=UTC))
    progress = source.collect(on_night(api_desk, "2026-11-21"))
    assert (progress.stored, progress.unchanged) == (1, 4)
    assert archive.log[-1] == ("lastUpdatedDate", False, 0, 5)


def test_what_an_earlier_release_stored_is_not_stored_again(serve, api_desk, monkeypatch):
    archive = Archive()
    archive.add("2611.00001", datetime(2026, 11, 18, 9, tzinfo=UTC))
    source = papers(serve(archive.answer).address)
    monkeypatch.setattr("scrapers.clients.arxiv_documents.Editor._made", lambda *_: None)
    source.collect(on_night(api_desk, "2026-11-20"))
    assert [row["etag"] for row, _ in stored(on_night(api_desk, "2026-11-20"))] == [None]
    monkeypatch.undo()
    assert source.collect(on_night(api_desk, "2026-11-21")).unchanged == 1


def test_an_empty_answer_is_not_taken_for_the_end_of_the_corpus(serve, api_desk, archive):
    service = serve(archive.answer)
    source = papers(service.address, max_results=100)
    source.collect(on_night(api_desk, "2026-11-20"))
    service.answer = lambda target: feed() if "submittedDate%3A" in target else archive.answer(target)
    assert source.collect(on_night(api_desk, "2026-11-21")).stored == 0
    service.answer = archive.answer
    assert source.collect(on_night(api_desk, "2026-11-22")).stored == 100


@pytest.mark.parametrize("listed", [0, 100])
def test_news_that_were_cut_off_are_walked_again(serve, api_desk, listed):
    archive = Archive()
    archive.add("2610.00001", datetime(2026, 10, 1, tzinfo=UTC))
    service = serve(archive.answer)
    source = papers(service.address, max_results=120)
    source.collect(on_night(api_desk, "2026-10-02"))
    for number in range(150):
        archive.add(f"2610.{number + 2:05d}", datetime(2026, 10, 3, tzinfo=UTC) + timedelta(minutes=number))
    assert source.collect(on_night(api_desk, "2026-10-20")).stored == 120
    service.answer = lambda target: _cut(archive.answer(target), listed)
    assert source.collect(on_night(api_desk, "2026-10-21")).stored == 0
    service.answer = archive.answer
    assert source.collect(on_night(api_desk, "2026-10-22")).stored == 30


def _cut(answer, listed):
    """The first entries of a list, which says that there are no more."""
    status, headers, body = answer
    head, *entries = body.decode().removesuffix("</feed>").split("<entry>")
    head = re.sub(r"(?<=totalResults>)\d+", str(listed), head)
    return status, headers, f"{'<entry>'.join([head, *entries[:listed]])}</feed>".encode()


def test_ids_are_checked_before_anybody_is_asked():
    with pytest.raises(ValidationError, match="'abc' is no arXiv id"):
        papers("http://arxiv.test", ids=["abc"])
    with pytest.raises(ValidationError, match="'cs CL' is no OAI-PMH set"):
        papers("http://arxiv.test", sets=["cs CL"])
    with pytest.raises(ValidationError, match="at least one of query, categories, ids and sets"):
        ArxivPapers(name="a")
    with pytest.raises(ValidationError, match="needs a form"):
        papers("http://arxiv.test", papers="full-text")
    source = papers("http://arxiv.test", ids=["arXiv:2301.00001v2", "https://arxiv.org/abs/math/0301001", "2301.00001"])
    assert source.ids == ("2301.00001", "math/0301001")


def _without_version(identifier):
    return identifier.split("arxiv.org/abs/")[-1].rpartition("v")[0]
