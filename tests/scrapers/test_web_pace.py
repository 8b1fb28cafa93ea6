"""Pace as the server's own log tells it: not one request earlier than allowed, whoever asks and however it ends."""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from corpus.store import open_store
from scrapers.crawl import run
from scrapers.web import Web

DELAY_S = 0.3


def web(site, **options):
    return Web(**({"name": "mill", "start_urls": (f"{site.url}/",), "delay_s": DELAY_S, "sitemaps": False} | options))


def serve_chain(site, count):
    for number in range(count):
        site.page(f"/{number}" if number else "/", f"/{number + 1}")


def smallest_gap(site):
    return min(later - earlier for earlier, later in pairwise(site.times()))


def test_two_sources_of_two_datasets_share_the_pace_of_a_host(website, desk, tmp_path):
    serve_chain(website, 4)
    other = replace(desk, store=open_store(tmp_path / "other"), work=tmp_path / "other-work")
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda one: web(website).collect(one).stored, (desk, other)))
    assert counts == [4, 4]
    assert len(website.log) >= len({"/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"}) + 2 * 4
    assert smallest_gap(website) >= DELAY_S


def test_a_crawl_killed_again_and_again_never_asks_too_early(website, desk):
    serve_chain(website, 6)
    spec = run.write_spec(web(website), desk)
    for _kill in range(3):
        asked = threading.Event()
        website.on_request = lambda _path, asked=asked: asked.set()
        worker = run.start_worker(spec, None, subprocess.DEVNULL)
        assert asked.wait(30)
        worker.kill()
        worker.communicate()
    website.on_request = lambda _path: None
    web(website).collect(desk)
    assert smallest_gap(website) >= DELAY_S


def test_an_api_client_and_the_crawler_share_the_pace_of_a_host(website, desk):
    from scrapers.clients.polite import polite_session, service_at

    serve_chain(website, 4)
    host = website.url.removeprefix("http://")
    session = polite_session(desk, service_at(desk, host, DELAY_S))
    with ThreadPoolExecutor(2) as pool:
        crawl = pool.submit(web(website).collect, desk)
        for _request in range(8):
            session.get(f"{website.url}/api")
        assert crawl.result().stored == 4
    assert smallest_gap(website) >= DELAY_S


@pytest.mark.parametrize("status", [402, 403])
def test_a_host_that_keeps_refusing_is_left_alone_for_a_day(website, desk, stored, night, status):
    website.page("/", *(f"/{number}" for number in range(20)))
    for number in range(20):
        website.page(f"/{number}", status=status)
    site = web(website, delay_s=0)
    site.collect(desk)
    refused = [row for row in stored() if row["refusal"] == f"http-{status}"]
    assert len(refused) == 5
    website.log.clear()
    assert site.collect(night(1)).stored == 0
    assert not website.log


def test_402_is_asked_once_and_never_retried(website, desk, stored):
    website.page("/", "/paid")
    website.page("/paid", status=402, Retry_After="0")
    web(website, delay_s=0).collect(desk)
    assert website.asked()["/paid"] == 1
    assert {row["refusal"] for row in stored()} == {None, "http-402"}


@pytest.mark.parametrize("as_date", [False, True])
def test_a_retry_after_of_hours_leaves_the_host_for_another_night(website, desk, night, as_date):
    later = datetime.now(UTC) + timedelta(hours=5)
    website.page("/", "/a", "/b")
    website.page("/a", status=429, Retry_After=format_datetime(later, usegmt=True) if as_date else str(5 * 3600))
    website.page("/b")
    site = web(website, delay_s=0)
    progress = site.collect(desk)
    assert (progress.stored, progress.queued) == (1, 0)
    website.log.clear()
    site.collect(desk)
    site.collect(night(0))
    assert not website.log
    record = next((desk.machine / "turns").iterdir()).read_text().split()
    assert abs(float(record[1]) - later.timestamp()) < 60


def test_request_rate_is_a_delay_too(website, desk):
    website.text("/robots.txt", "User-agent: *\nRequest-rate: 2/1\nCrawl-delay: 0.1")
    serve_chain(website, 3)
    web(website, delay_s=0).collect(desk)
    assert smallest_gap(website) >= 0.5


def test_a_redirected_robots_txt_keeps_the_pace_of_both_hosts(website, other_website, desk):
    website.page("/robots.txt", status=302, Location="/moved")
    website.page("/moved", status=302, Location=f"{other_website.url}/robots.txt")
    other_website.page("/robots.txt", status=302, Location="/rules")
    other_website.text("/rules", "User-agent: *\nDisallow: /no")
    serve_chain(website, 2)
    web(website).collect(desk)
    assert smallest_gap(website) >= DELAY_S
    assert smallest_gap(other_website) >= DELAY_S
    assert other_website.asked() == {"/robots.txt": 1, "/rules": 1}
