"""The queue: once, in order, paced, and safe from a crash at any moment."""

import pytest

from scrapers.crawl.frontier import Frontier
from scrapers.page import Request


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(tmp_path, clock):
    made = []

    def make():
        made.append(Frontier(tmp_path / "f.sqlite", clock, 1.0))
        return made[-1]

    yield make
    for frontier in made:
        frontier.close()


def drain(frontier, clock):
    urls = []
    while frontier.queued:
        ticket = frontier.take()
        if ticket is None:
            clock.now += frontier.due_in_s()
            continue
        urls.append((clock.now, ticket.url))
        frontier.asking(ticket)
        frontier.answered(ticket)
        frontier.settle(ticket, [])
        frontier.done([ticket.number])
    return urls


def test_robots_first_each_url_once_one_a_second(opened, clock):
    frontier = opened()
    frontier.add(Request(f"http://a.test/{name}") for name in ("1", "2", "1#x", "2?"))
    asked = drain(frontier, clock)
    assert [url for _, url in asked] == ["http://a.test/robots.txt", "http://a.test/1", "http://a.test/2"]
    assert [at for at, _ in asked] == [1000.0, 1001.0, 1002.0]


def test_a_host_has_one_request_in_flight_and_others_go_on(opened):
    frontier = opened()
    frontier.add([Request("http://a.test/"), Request("http://b.test/")])
    first, second = frontier.take(), frontier.take()
    assert {first.host, second.host} == {"http://a.test:80", "http://b.test:80"}
    assert frontier.take() is None


def test_what_was_in_flight_is_queued_again_and_what_is_done_is_not(opened, clock):
    frontier = opened()
    frontier.add([Request("http://a.test/1"), Request("http://a.test/2"), Request("http://a.test/3")])
    tickets = []
    for _ in range(3):
        tickets.append(frontier.take())
        frontier.settle(tickets[-1], [])
    frontier.done([tickets[0].number, tickets[1].number])
    frontier.close()
    again = opened()
    assert [url for _, url in drain(again, clock)] == [
        "http://a.test/robots.txt",
        "http://a.test/2",
        "http://a.test/3",
    ]


def test_delay_and_pause_survive_a_restart(opened, clock):
    frontier = opened()
    frontier.add([Request("http://a.test/1")])
    frontier.pause("http://a.test:80", 30)
    frontier.close()
    again = opened()
    assert again.take() is None
    assert again.due_in_s() == 30
    clock.now += 30
    assert again.take()


def test_a_failed_request_waits_and_counts_its_tries(opened, clock):
    frontier = opened()
    frontier.add([Request("http://a.test/1", depth=3)])
    frontier.settle(frontier.take(), [])
    frontier.again(frontier.take(), 7)
    assert frontier.take() is None
    clock.now += 7
    ticket = frontier.take()
    assert (ticket.tries, ticket.depth, ticket.request) == (1, 3, Request("http://a.test/1", depth=3))


def test_a_page_put_back_waits_for_new_robots_rules(opened):
    frontier = opened()
    frontier.add([Request("http://a.test/1")])
    robots = frontier.take()
    frontier.settle(robots, [])
    frontier.done([robots.number])
    frontier.put_back(frontier.take())
    assert frontier.queued == 2
    assert frontier.take().role == "robots"
