"""The demo world is a real server: a proxy for its own hosts, with the answers that crawlers must cope with."""

import socket
import threading
from datetime import UTC, datetime

import pytest
import requests

from corpus.errors import CorpusError
from corpus.store import open_store
from demo import answers
from demo.server import serve
from demo.world import build
from scrapers.arxiv_papers import ArxivPapers
from scrapers.page import Desk, Network

HOME = "http://www.brewnet.test/"


@pytest.fixture
def world():
    with serve(1, 0) as running:
        yield running


@pytest.fixture
def browser(world):
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": world.proxy}
        yield session


def address_of(matches) -> str:
    """The first address of the first night whose resource ``matches``."""
    sites = build(1).sites
    return next(f"http://{host}{path}" for host in sorted(sites) for path, one in sites[host].items() if matches(one))


def test_a_page_is_served_through_the_proxy(browser):
    found = browser.get(HOME)
    assert found.status_code == 200
    assert found.headers["Content-Type"].startswith("text/html")
    assert int(found.headers["Content-Length"]) == len(found.content)
    assert found.content == build(1).sites["www.brewnet.test"]["/"].body


def test_a_host_header_does_as_well(world):
    with requests.get(world.proxy, headers={"Host": "www.brewnet.test"}, timeout=5) as found:
        assert found.content == build(1).sites["www.brewnet.test"]["/"].body


def test_an_unknown_host_is_a_bad_gateway(browser):
    assert browser.get("http://elsewhere.test/").status_code == 502


def test_the_direct_page_names_the_hosts_and_how_to_look(world):
    with requests.get(f"{world.proxy}/", timeout=5) as found:
        assert "www.brewnet.test" in found.text
        assert world.proxy in found.text


def test_one_connection_carries_many_requests(world):
    with socket.create_connection(("127.0.0.1", world.port), timeout=5) as connection:
        answers_seen = connection.makefile("rb")
        for _ in range(3):
            connection.sendall(b"HEAD http://www.brewnet.test/ HTTP/1.1\r\nHost: www.brewnet.test\r\n\r\n")
            assert answers_seen.readline().startswith(b"HTTP/1.1 200")
            while answers_seen.readline().strip():
                pass
        answers_seen.close()


@pytest.mark.parametrize("status", [301, 302])
def test_redirects_name_their_target(browser, status):
    found = browser.get(address_of(lambda one: one.status == status), allow_redirects=False)
    assert (found.status_code, bool(found.headers["Location"])) == (status, True)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_page_answers_the_second_time(browser, status):
    url = address_of(lambda one: one.first_status == status)
    first, second = browser.get(url), browser.get(url)
    assert (first.status_code, second.status_code) == (status, 200)
    assert status != 429 or first.headers["Retry-After"] == "1"


def test_a_busy_page_is_busy_again_on_the_next_night(world, browser):
    url = address_of(lambda one: one.first_status == 429)
    assert [browser.get(url).status_code for _ in range(2)] == [429, 200]
    world.set_night(2)
    assert browser.get(url).status_code == 429


def test_a_broken_page_stays_broken(browser):
    url = address_of(lambda one: one.status == 500)
    assert [browser.get(url).status_code for _ in range(3)] == [500, 500, 500]


def test_validators_save_the_body(browser):
    first = browser.get(HOME)
    by_tag = browser.get(HOME, headers={"If-None-Match": first.headers["ETag"]})
    by_date = browser.get(HOME, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert [(one.status_code, one.content) for one in (by_tag, by_date)] == [(304, b""), (304, b"")]
    stale = browser.get(HOME, headers={"If-None-Match": '"other"'})
    assert stale.content == first.content


@pytest.mark.parametrize("nonsense", ["yesterday", ""])
def test_a_date_nobody_can_read_is_ignored(browser, nonsense):
    assert browser.get(HOME, headers={"If-Modified-Since": nonsense}).status_code == 200


def test_the_night_is_changed_by_post_on_the_direct_host_alone(world, browser):
    gone = next(
        key.removeprefix("brewnet/")
        for key, answer in sorted(answers.build()["2"].items())
        if answer["reason"] == "gone" and answers.build()["1"][key]["reason"] != "gone"
    )
    assert browser.get(gone).status_code == 200
    assert browser.post("http://www.brewnet.test/_admin/night?n=2").status_code == 404
    with requests.post(f"{world.proxy}/_admin/night?n=3", timeout=5) as refused:
        assert refused.status_code == 404
    with requests.post(f"{world.proxy}/_admin/night?n=2", timeout=5) as done:
        assert done.status_code == 200
    assert browser.get(gone).status_code in (404, 410)


def test_the_log_has_every_request(world, browser):
    browser.get(HOME, headers={"User-Agent": "reader"})
    browser.get("http://www.brewnet.test/robots.txt")
    entries = [(entry[1], entry[2], entry[3]) for entry in world.log]
    assert entries == [("www.brewnet.test", "/", 200), ("www.brewnet.test", "/robots.txt", 200)]
    assert world.log[0][4] == "reader"
    assert world.log[0][0] <= world.log[1][0]


def test_who_waits_is_woken_by_the_next_request(world, browser):
    noted = []
    waiter = threading.Thread(target=lambda: noted.append((world.wait_for_request(), len(world.log))))
    waiter.start()
    while waiter.is_alive():
        browser.get(HOME)
    waiter.join()
    assert noted[0][1] >= 1


def test_a_taken_port_is_one_sentence(world):
    with pytest.raises(CorpusError, match=rf"{world.port}.*--port") as caught, serve(1, world.port):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("night", [1, 2])
def test_the_real_client_reads_every_paper(night, tmp_path):
    expected = {key for key in answers.build()[str(night)] if key.startswith("papers/")}
    source = ArxivPapers(
        full_text=(),
        name="papers",
        query="all:brewing",
        endpoint="http://export.arxiv.test/api/query",
        delay_s=0,
        max_results=200,
    )
    with serve(night, 0) as world:
        network = Network("miller@brewnet.test", world.proxy, allow_private=True)
        desk = Desk(
            "papers",
            open_store(tmp_path),
            "state/raw/n/papers",
            tmp_path / "w",
            tmp_path / "m",
            network,
            lambda: datetime.now(UTC),
        )
        progress = source.collect(desk)
    store = open_store(tmp_path)
    parts = [path for path in store.paths("state/raw") if path.endswith(".parquet")]
    found = {key for path in parts for key in store.read_table(path)["id"].to_pylist()}
    assert found == expected
    assert (progress.stored, progress.refused) == (len(expected), 0)
    assert len(expected) >= 40


def test_the_papers_come_in_pages_newest_first(browser):
    url = "http://export.arxiv.test/api/query?search_query=all:x&sortBy=submittedDate&sortOrder=descending&start={}&max_results=15"
    pages = [browser.get(url.format(start)).text for start in (0, 15, 30, 45)]
    assert [page.count("<entry>") for page in pages] == [15, 15, 10, 0]
    assert all("<opensearch:totalResults>40</opensearch:totalResults>" in page for page in pages)
    dates = [line.strip() for page in pages for line in page.splitlines() if "<published>" in line]
    assert dates == sorted(dates, reverse=True)
