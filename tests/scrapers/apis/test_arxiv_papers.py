import gzip
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

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
    options = {"name": "papers", "query": "all:mash", "endpoint": f"{address}/api/query", "delay_s": 0.0} | options
    return ArxivPapers(**options)


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
    assert "Ada" not in first["author"]
    assert len(first["author"]) == 16
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


def test_recorded_pages_give_the_ids_that_arxiv_gave(serve, api_desk, shared_data):
    with gzip.open(shared_data / "recorded/arxiv/atom.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for number, record in enumerate(record for record in records if record["response"]["status"] == 200):
        expected = record["expected"]
        page = record["response"]["body"].encode()
        service = serve(lambda _, page=page: (200, {}, page))
        desk = type(api_desk)(**{**_fields(api_desk), "folder": f"raw/{number}"})
        if expected["entries"] == 0:
            assert papers(service.address).collect(desk).stored == 0
            continue
        papers(service.address, max_results=expected["entries"]).collect(desk)
        keys = [row["id"].removeprefix("api/") for row, _ in stored(desk)]
        assert keys == [_without_version(one) for one in expected["ids"]]


def _fields(desk):
    return {name: getattr(desk, name) for name in desk.__dataclass_fields__}


def _without_version(identifier):
    return identifier.split("arxiv.org/abs/")[-1].rpartition("v")[0]
