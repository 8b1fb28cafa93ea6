"""What a crawl knows: each URL once, in order, due when it is due, and never ahead of the raw store."""

from datetime import UTC, datetime

import pytest

from scrapers.crawl.frontier import Frontier
from scrapers.crawl.visits import LEARNT
from scrapers.page import Request

DAY = 86400.0
TONIGHT, TOMORROW = "state/raw/1/mill", "state/raw/2/mill"
PAGE = "http://a.test/1"


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(tmp_path, clock):
    made = []

    def make():
        made.append(Frontier(tmp_path / "f.sqlite", clock, DAY))
        return made[-1]

    yield make
    for frontier in made:
        frontier.close()


def row(clock, url=PAGE, status=200, **found):
    facts = {"id": f"mill/{url}", "source": "mill", "url": url, "status": status}
    facts["fetched_at"] = datetime.fromtimestamp(clock.now, UTC)
    return dict.fromkeys(LEARNT) | facts | found


def stored(clock, sha256="a", **found):
    place = {"archive": "p.warc.gz", "archive_offset": 7, "archive_length": 9}
    return row(clock, payload_sha256=sha256, **(place | found))


def drain(frontier):
    urls = []
    while ticket := frontier.take():
        urls.append(ticket.url)
        frontier.settle(ticket, [])
        frontier.done(ticket)
    return urls


def night(frontier, clock, number, found):
    """Crawl for one night, learn ``found`` of ``PAGE`` if it was asked, and return whether it was."""
    frontier.begin(f"state/raw/{number:02}/mill", [])
    is_asked = PAGE in drain(frontier)
    frontier.learn(f"state/raw/{number:02}/mill/part.parquet", [found] if is_asked else [])
    clock.now += DAY
    return is_asked


def test_policies_first_each_url_once(opened):
    frontier = opened()
    frontier.begin(TONIGHT, (Request(f"http://a.test/{name}") for name in ("1", "2", "1#x", "2?")))
    frontier.ask([("policy", "http://a.test/ai.txt")])
    assert drain(frontier) == ["http://a.test/robots.txt", "http://a.test/ai.txt", "http://a.test/1", "http://a.test/2"]


def test_a_host_has_one_request_in_flight_and_others_go_on(opened):
    frontier = opened()
    frontier.add([Request("http://a.test/"), Request("https://a.test/"), Request("http://b.test/")])
    first, second = frontier.take(), frontier.take()
    assert {first.host, second.host} == {"a.test", "b.test"}
    assert frontier.take() is None


def test_a_crash_before_the_rows_are_durable_forgets_what_was_not_committed(opened):
    frontier = opened()
    frontier.begin(TONIGHT, [Request(PAGE)])
    robots = frontier.take()
    frontier.settle(robots, [Request("http://a.test/found")])
    frontier.done(robots)
    frontier.close()
    again = opened()
    assert drain(again) == ["http://a.test/robots.txt", PAGE]


def test_what_was_committed_but_not_learnt_is_asked_again(opened, clock):
    frontier = opened()
    frontier.begin(TONIGHT, [Request(PAGE), Request("http://a.test/2")])
    frontier.settle(frontier.take(), [])
    frontier.settle(frontier.take(), [Request("http://a.test/found")])
    frontier.settle(frontier.take(), [])
    frontier.commit()
    frontier.learn("part-0", [stored(clock)])
    frontier.close()
    assert drain(opened()) == ["http://a.test/robots.txt", "http://a.test/2", "http://a.test/found"]


def test_a_page_is_due_again_when_its_interval_is_over(opened, clock):
    frontier = opened()
    frontier.begin(TONIGHT, [])
    frontier.learn("part-0", [stored(clock, etag='"x"', last_modified="yesterday")])
    frontier.recount()
    assert drain(frontier) == []
    clock.now += 0.4 * DAY
    frontier.begin(TONIGHT + ".02", [])
    assert drain(frontier) == []
    clock.now += 0.2 * DAY  # due within half a day: asked tonight
    frontier.begin(TOMORROW, [])
    ticket = frontier.take()
    assert (ticket.url, ticket.known.etag, ticket.known.payload_sha256) == (PAGE, '"x"', "a")


def test_unchanged_pages_are_asked_less_and_less(opened, clock):
    frontier = opened()
    frontier.add([Request(PAGE)])
    night(frontier, clock, 0, stored(clock))
    nights = [night(frontier, clock, number, row(clock, status=304)) for number in range(1, 14)]
    assert [number for number, asked in enumerate(nights, 1) if asked] == [1, 2, 4, 7, 12]


def test_a_page_that_changes_is_asked_every_night(opened, clock):
    frontier = opened()
    frontier.add([Request(PAGE)])
    assert all(night(frontier, clock, number, stored(clock, f"sha {number}")) for number in range(5))


def test_a_sitemap_that_names_a_later_change_brings_a_page_forward(opened, clock):
    frontier = opened()
    frontier.begin(TONIGHT, [])
    frontier.learn("part-0", [stored(clock)])
    frontier.recount()
    before, after = (datetime.fromtimestamp(clock.now + seconds, UTC) for seconds in (-60, 60))
    frontier.add([Request(PAGE, lastmod=before)])
    assert drain(frontier) == ["http://a.test/robots.txt"]
    frontier.add([Request(PAGE, lastmod=after)])
    assert drain(frontier) == [PAGE]


def test_a_failure_that_may_pass_keeps_what_is_known(opened, clock):
    frontier = opened()
    frontier.add([Request(PAGE)])
    night(frontier, clock, 1, stored(clock, etag='"x"'))
    night(frontier, clock, 2, row(clock, status=503, refusal="http-503"))
    frontier.begin(TOMORROW, [])
    frontier.done(frontier.take())
    known = frontier.take().known
    assert (known.etag, known.payload_sha256, known.refusal) == ('"x"', "a", None)


def test_a_failed_request_waits_and_counts_its_tries(opened, clock):
    frontier = opened()
    frontier.add([Request(PAGE, depth=3)])
    frontier.done(frontier.take())
    frontier.again(frontier.take(), 7)
    assert frontier.take() is None
    assert frontier.due_in_s() == 7
    clock.now += 7
    ticket = frontier.take()
    assert (ticket.tries, ticket.depth, ticket.request) == (1, 3, Request(PAGE, depth=3))


def test_a_page_put_back_waits_for_the_policies_it_needs(opened):
    frontier = opened()
    frontier.add([Request(PAGE)])
    frontier.done(frontier.take())
    frontier.put_back(frontier.take(), [("robots", "http://a.test/robots.txt"), ("policy", "http://b.test/rsl.xml")])
    assert frontier.queued == 4
    assert {frontier.take().url, frontier.take().url} == {"http://a.test/robots.txt", "http://b.test/robots.txt"}
    assert frontier.take() is None


def test_a_page_sleeps_as_long_as_the_policy_it_waits_for(opened, clock):
    frontier = opened()
    frontier.add([Request(PAGE)])
    frontier.done(frontier.take())
    frontier.ask([("policy", "http://a.test/ai.txt")])
    frontier.again(frontier.take(), 7)
    frontier.put_back(frontier.take(), [("policy", "http://a.test/ai.txt")])
    assert frontier.take() is None
    assert frontier.due_in_s() == 7
    clock.now += 7
    assert frontier.take().role == "policy"


def test_a_parked_host_waits_for_another_night(opened):
    frontier = opened()
    frontier.begin(TONIGHT, [Request(PAGE), Request("http://b.test/")])
    frontier.park("a.test")
    assert frontier.parked == {"a.test": 2}
    assert [url for url in drain(frontier) if "a.test" in url] == []
    assert frontier.queued == 0
    frontier.commit()
    frontier.close()
    again = opened()
    again.begin(TOMORROW, [])
    assert PAGE in drain(again)


def test_new_policies_queue_known_pages_for_a_verdict_and_forbidden_ones_for_a_visit(opened, clock):
    frontier = opened()
    frontier.begin(TONIGHT, [])
    forbidden = row(clock, "http://a.test/2", None, refusal="robots-disallowed")
    frontier.learn("part-0", [stored(clock), forbidden, row(clock, "http://a.test/3", 404, refusal="gone")])
    frontier.judge_again("http://a.test:80", "new")
    assert frontier.notebook.judged("http://a.test:80", "new")
    assert not frontier.notebook.judged("http://a.test:80", "newer")
    tickets = []
    while ticket := frontier.take():
        tickets.append((ticket.url, ticket.judge_only))
        frontier.done(ticket)
    assert sorted(tickets) == [(PAGE, True), ("http://a.test/2", False)]
    clock.now += 0.4 * DAY
    frontier.begin(TOMORROW, [])
    assert PAGE not in drain(frontier)  # a verdict is no visit


def test_the_bodies_of_an_opted_out_page_are_named_until_they_are_scrubbed(opened, clock):
    frontier = opened()
    frontier.learn("part-0", [stored(clock)])
    frontier.learn("part-1", [stored(clock, "b", archive="q.warc.gz")])
    assert frontier.notebook.withdrawn() == {}
    frontier.learn("part-2", [row(clock, refusal="ai-opt-out")])
    assert frontier.notebook.withdrawn() == {"p.warc.gz": [(7, 9)], "q.warc.gz": [(7, 9)]}
    for archive, places in frontier.notebook.withdrawn().items():
        frontier.notebook.scrubbed(archive, places)
    frontier.close()
    assert opened().notebook.withdrawn() == {}


def test_a_file_that_knows_parts_the_store_lost_is_ahead(opened, clock):
    frontier = opened()
    frontier.learn("part-0", [stored(clock)])
    assert not frontier.notebook.is_ahead_of(["part-0", "part-1"])
    assert frontier.notebook.is_ahead_of(["part-1"])
