"""A real crawl of a real server: what is asked, when, and what becomes of every answer."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from pydantic import ValidationError

from corpus.errors import SourceError
from corpus.store import open_store
from scrapers.crawl import run
from scrapers.page import Network, Page, Progress, Request, Scraped
from scrapers.web import Web

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def web(site, **options):
    return Web(**({"name": "mill", "start_urls": (f"{site.url}/",), "delay_s": 0, "backoff_s": 0.05} | options))


def fates(rows, site):
    return {row["url"].removeprefix(site.url): row["refusal"] for row in rows}


def serve_every_kind_of_answer(website, other_website):
    website.text(
        "/robots.txt", "User-agent: *\nDisallow: /private\nContent-Usage: /shy train-ai=n\nContent-Usage: train-ai=y"
    )
    website.page(
        "/", "/a", "/a#part", "/private/x", "/moved", "/gone", "/teapot", "/pdf", "/notes", "/shy", "/noai", "/meta",
        "/flaky", "/broken", "/empty", "/zipped", other_website.url,
        head='<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">',
    )  # fmt: skip
    website.page("/a", "/")
    website.page("/moved", status=301, Location="/target")
    website.page("/target")
    website.page("/gone", status=410)
    website.page("/teapot", status=418)
    website.text("/pdf", b"%PDF-1.7", "application/pdf")
    website.text("/notes", "# notes", "text/markdown; charset=utf-8")
    website.page("/shy", "/behind-shy")
    website.page("/behind-shy")
    website.page("/noai", X_Robots_Tag="noai")
    website.page("/meta", head='<meta name="tdm-reservation" content="1">')
    website.page("/flaky", text="now it works")
    website.answers["/flaky"] = [replace(website.answers["/flaky"], status=500), website.answers["/flaky"]]
    website.page("/broken", status=502)
    website.text("/empty", b"", "text/html")
    website.text("/zipped", gzip.compress(b"<p>unzipped</p>"), "text/html", Content_Encoding="gzip")


def test_one_crawl_meets_every_kind_of_answer(website, other_website, desk, stored):
    serve_every_kind_of_answer(website, other_website)
    beats = []
    progress = web(website).collect(replace(desk, report=beats.append))
    rows = {row["url"].removeprefix(website.url): row for row in stored()}
    assert fates(rows.values(), website) == {
        "/": None,
        "/a": None,
        "/private/x": "robots-disallowed",
        "/moved": "redirected",
        "/target": None,
        "/gone": "gone",
        "/teapot": "http-418",
        "/pdf": "unsupported-type",
        "/notes": None,
        "/shy": "ai-opt-out",
        "/behind-shy": None,
        "/noai": "ai-opt-out",
        "/meta": "ai-opt-out",
        "/flaky": None,
        "/broken": "http-502",
        "/empty": None,
        "/zipped": None,
    }
    assert progress == beats[-1] == Progress("mill", 8, 9, 0)
    assert not other_website.log
    asked = website.asked()
    assert asked["/private/x"] == 0
    assert (asked["/flaky"], asked["/broken"], asked["/a"], asked["/robots.txt"]) == (2, 3, 1, 1)
    assert {agent for _, _, agent in website.log} == {"gristmill/0.1.0 (+miller@mill.test)"}
    assert all(row["refusal_detail"] for row in rows.values() if row["refusal"])
    assert rows["/moved"]["refusal_detail"] == f"status 301 leads to {website.url}/target"
    assert rows["/"]["body"] == website.answers["/"].body
    assert rows["/zipped"]["body"] == b"<p>unzipped</p>"
    assert rows["/notes"]["media_type"] == "text/markdown; charset=utf-8"
    assert (rows["/"]["licence"], rows["/"]["consent"], rows["/noai"]["consent"]) == ("CC-BY-4.0", "allow", "deny")
    assert {signal["source"] for signal in rows["/noai"]["consent_evidence"]} == {
        "robots.txt Content-Usage",
        "header X-Robots-Tag",
    }
    assert rows["/"]["id"] == f"mill/{website.url}/"
    denied = [website.answers[path].body for path in ("/shy", "/noai", "/meta")]
    everything = [gzip_all(desk.store.get(path)) for path in desk.store.paths(desk.folder) if path.endswith(".gz")]
    assert not any(body in content for body in denied for content in everything)


def gzip_all(content):
    return gzip.decompress(content)


def test_pages_are_found_by_sitemaps_and_feeds(website, desk, stored):
    website.text("/robots.txt", f"Sitemap: {website.url}/maps/index.xml")
    website.page("/", head='<link rel="alternate" type="application/atom+xml" href="/feed">')
    loc = "<sitemapindex><sitemap><loc>{0}/maps/one.xml.gz</loc></sitemap></sitemapindex>"
    website.text("/maps/index.xml", loc.format(website.url), "application/xml")
    urls = f"<urlset><url><loc>{website.url}/mapped</loc></url><url><loc>http://else.test/</loc></url></urlset>"
    website.text("/maps/one.xml.gz", gzip.compress(urls.encode()), "application/gzip")
    website.text("/feed", '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/fed"/></entry></feed>')
    website.page("/mapped")
    website.page("/fed")
    web(website).collect(desk)
    assert fates(stored(), website) == {"/": None, "/mapped": None, "/fed": None}


@pytest.mark.parametrize(("rule", "delay_s"), [("", 0.3), ("User-agent: *\nCrawl-delay: 0.4", 0.4)])
def test_the_delay_is_kept_as_the_server_sees_it(website, desk, rule, delay_s):
    website.text("/robots.txt", rule)
    website.page("/", "/a", "/b")
    website.page("/a")
    website.page("/b")
    web(website, delay_s=0.3, sitemaps=False).collect(desk)
    times = website.times()
    assert len(times) == len({"/robots.txt", "/.well-known/tdmrep.json", "/ai.txt", "/", "/a", "/b"})
    assert min(later - earlier for earlier, later in pairwise(times)) >= delay_s


def test_retry_after_holds_the_whole_host(website, desk, stored):
    website.page("/", "/a", "/b")
    website.page("/b")
    website.page("/a")
    website.answers["/a"] = [replace(website.answers["/a"], status=429), website.answers["/a"]]
    website.answers["/a"][0].headers["Retry-After"] = "1"
    web(website, sitemaps=False).collect(desk)
    refused_at = next(at for at, path, _ in website.log if path == "/a")
    after = [at for at, _, _ in website.log if at > refused_at]
    assert min(after) - refused_at >= 1
    assert fates(stored(), website) == {"/": None, "/a": None, "/b": None}


def test_a_site_whose_robots_txt_fails_is_left_alone(website, desk, stored):
    website.text("/robots.txt", "boom", status=503)
    website.page("/")
    web(website).collect(desk)
    assert fates(stored(), website) == {"/": "robots-unreachable"}
    assert website.asked() == {"/robots.txt": 3}


def test_a_redirected_robots_txt_is_followed(website, desk, stored):
    website.page("/robots.txt", status=302, Location="/real-robots")
    website.text("/real-robots", "User-agent: gristmill\nDisallow: /")
    website.page("/")
    web(website, sitemaps=False).collect(desk)
    assert fates(stored(), website) == {"/": "robots-disallowed"}


def test_a_redirect_to_another_spelling_of_the_same_page_is_followed(website, desk, stored):
    website.page("/", "/a", "/loop")
    website.page("/a", status=302, Location="/a;jsessionid=0123456789ABCDEF0123456789ABCDEF")
    website.page("/a;jsessionid=0123456789ABCDEF0123456789ABCDEF", text="here at last")
    website.page("/loop", status=302, Location="/loop#again")
    web(website, sitemaps=False).collect(desk)
    rows = {row["id"].removeprefix(f"mill/{website.url}"): row for row in stored()}
    assert b"here at last" in rows["/a"]["body"]
    assert rows["/loop"]["refusal"] == "redirected"
    assert len(rows) == 3


def test_a_huge_robots_txt_is_read_to_500_kib(website, desk, stored):
    website.text("/robots.txt", b"User-agent: *\nDisallow: /a\n" + b"# filler\n" * 5_000_000 + b"Disallow: /b\n")
    website.page("/", "/a", "/b")
    website.page("/b")
    web(website, sitemaps=False).collect(desk)
    assert fates(stored(), website) == {"/": None, "/a": "robots-disallowed", "/b": None}


def test_a_page_over_32_mib_and_a_zip_bomb_are_too_large(website, desk, stored):
    website.page("/", "/big", "/bomb")
    website.text("/big", b"x" * (33 * 1024 * 1024), "text/html")
    website.text("/bomb", gzip.compress(bytes(200 * 1024 * 1024)), "text/html", Content_Encoding="gzip")
    web(website, sitemaps=False).collect(desk)
    assert fates(stored(), website) == {"/": None, "/big": "too-large", "/bomb": "too-large"}


def test_an_unreachable_host_is_refused(desk, stored):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    Web(name="mill", start_urls=(url,), delay_s=0, backoff_s=0.01).collect(desk)
    (row,) = stored()
    assert (row["url"], row["refusal"], row["status"]) == (url, "robots-unreachable", None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_private_addresses_are_never_asked(website, desk, stored, host):
    website.page("/")
    port = website.server.server_port
    site = Web(name="mill", start_urls=(f"http://{host}:{port}/",), delay_s=0, backoff_s=0.01)
    site.collect(replace(desk, network=Network("miller@mill.test")))
    (row,) = stored()
    assert row["refusal"] in ("unreachable", "robots-unreachable")
    assert "not a public address" in row["refusal_detail"]
    assert not website.log


def test_everything_goes_through_the_proxy_and_its_password_stays_out_of_files(website, desk, stored):
    website.answers["http://mill.test/robots.txt"] = _text("")
    website.answers["http://mill.test/"] = _text("<p>by proxy</p>")
    proxy = website.url.replace("http://", "http://miller:grist-secret@")
    site = Web(name="mill", start_urls=("http://mill.test/",), delay_s=0, sitemaps=False)
    site.collect(replace(desk, network=Network("miller@mill.test", proxy, allow_private=True)))
    assert [row["body"] for row in stored()] == [b"<p>by proxy</p>"]
    asked = ("robots.txt", ".well-known/tdmrep.json", "ai.txt", "")
    assert list(website.asked()) == [f"http://mill.test/{path}" for path in asked]
    assert not any(b"grist-secret" in path.read_bytes() for path in desk.work.iterdir())
    with pytest.raises(SourceError, match="allow_private"):
        site.collect(replace(desk, network=Network("miller@mill.test", proxy)))


def _text(body):
    from types import SimpleNamespace

    return SimpleNamespace(body=body.encode(), status=200, headers={"Content-Type": "text/html"})


def test_max_pages_and_depth_bound_the_crawl(website, desk, stored):
    for number in range(30):
        website.page(f"/{number}", f"/{number + 1}", f"/{number + 2}")
    website.answers["/"] = website.answers["/0"]
    progress = web(website, max_pages=5, sitemaps=False).collect(desk)
    assert len(stored()) == 5
    assert progress.queued
    deep = replace(desk, work=desk.work / "deep", folder="state/raw/2026-11-21/deep")
    assert web(website, max_depth=2, sitemaps=False).collect(deep).stored == len({"/", "/1", "/2", "/3", "/4"})


def test_without_a_contact_nothing_is_asked(website, desk):
    with pytest.raises(SourceError, match="GRISTMILL_CONTACT"):
        web(website).collect(replace(desk, network=Network("", allow_private=True)))
    assert not website.log


def test_a_store_in_memory_is_refused(website, desk):
    with pytest.raises(SourceError, match="memory"):
        web(website).collect(replace(desk, store=open_store("memory://x")))


def test_a_crawl_that_breaks_off_names_its_log(website, desk):
    website.page("/")
    desk.work.mkdir()
    (desk.work / "frontier.sqlite").write_bytes(b"this is no database at all, and long enough to be read as one" * 99)
    with pytest.raises(SourceError, match=r"crawl\.log"):
        web(website).collect(desk)


def test_a_finished_crawl_is_not_asked_again(website, desk):
    website.page("/", "/a")
    website.page("/a")
    first = web(website, sitemaps=False).collect(desk)
    website.log.clear()
    assert web(website, sitemaps=False).collect(desk) == first
    assert set(website.asked()) <= {"/robots.txt"}


def mesh(site, pages):
    """Serve pages that link to each other; every page is reachable, by several ways."""
    for number in range(pages):
        links = (f"/{(number * factor + 1) % pages}" for factor in (1, 2, 3))
        site.page(f"/{number}", *links, text=site.words(number))
    site.answers["/"] = site.answers["/0"]


def kill_and_resume(site, desk, kills):
    """Kill the worker with SIGKILL when the server has answered so many requests, then let it end."""
    spec = run.write_spec(web(site, sitemaps=False, max_pages=10_000, max_depth=1000), desk, part_rows=7)
    for requests in kills:
        worker = run.start_worker(spec, None, subprocess.DEVNULL)
        reached = threading.Event()
        target = len(site.log) + requests
        site.on_request = lambda _path, target=target, reached=reached: len(site.log) >= target and reached.set()
        while not reached.wait(0.02) and worker.poll() is None:
            pass
        worker.kill()
        worker.communicate()
    site.on_request = lambda _path: None
    run.collect(web(site, sitemaps=False, max_pages=10_000, max_depth=1000), desk, part_rows=7)


def assert_each_page_once(rows, site, pages):
    urls = [row["url"].removeprefix(site.url) for row in rows]
    assert sorted(urls) == sorted(["/", *(f"/{number}" for number in range(pages))])
    assert all(row["body"] == site.answers[row["url"].removeprefix(site.url)].body for row in rows)


def test_killed_three_times_it_stores_every_page_once(website, desk, stored):
    mesh(website, 60)
    kill_and_resume(website, desk, (9, 23, 31))
    assert_each_page_once(stored(), website, 60)


@pytest.mark.slow
def test_killed_twenty_times_it_stores_every_page_once(website, desk, stored):
    import random

    mesh(website, 600)
    chance = random.Random(20261121)
    kill_and_resume(website, desk, [chance.randrange(3, 60) for _ in range(20)])
    assert_each_page_once(stored(), website, 600)


def test_a_stopped_crawl_ends_cleanly_and_can_go_on(website, desk, stored):
    mesh(website, 40)
    spec = run.write_spec(web(website, sitemaps=False, delay_s=0.05), desk)
    reached = threading.Event()
    website.on_request = lambda _path: len(website.log) >= 12 and reached.set()
    worker = run.start_worker(spec, None, subprocess.DEVNULL)
    assert reached.wait(30)
    worker.send_signal(signal.SIGTERM)
    output, _ = worker.communicate(timeout=30)
    last = json.loads(output.splitlines()[-1])
    assert worker.returncode == 3
    assert last["stored"] == len(stored()) >= 8
    assert last["in_flight"] == 0
    web(website, sitemaps=False).collect(desk)
    assert_each_page_once(stored(), website, 40)
    assert max(website.asked()[f"/{number}"] for number in range(40)) == 1


PARENT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from corpus.store import open_store
from scrapers.page import Desk, Network
from scrapers.web import Web
url, folder = sys.argv[1], Path(sys.argv[2])
site = Web(name="mill", start_urls=(url,), delay_s=0.05, sitemaps=False)
network = Network("miller@mill.test", allow_private=True)
site.collect(Desk("mill", open_store(folder / "dataset"), "state/raw/2026-11-21/mill", folder / "work",
                  folder / "machine", network, lambda: datetime.now(UTC)))
"""


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_when_the_parent_ends_the_child_ends_and_the_crawl_can_go_on(website, desk, stored, tmp_path, number):
    mesh(website, 40)
    reached = threading.Event()
    website.on_request = lambda _path: len(website.log) >= 10 and reached.set()
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), f"{website.url}/", str(tmp_path)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=dict(os.environ),
    )
    assert reached.wait(60)
    parent.send_signal(number)
    assert parent.wait(30) != 0
    website.on_request = lambda _path: None
    progress = web(website, sitemaps=False).collect(desk)
    assert progress.stored == 41
    assert_each_page_once(stored(), website, 40)
    assert max(website.asked()[f"/{page}"] for page in range(40)) == 1
    quiet_from = len(website.log)
    time.sleep(0.2)
    assert len(website.log) == quiet_from


def test_options_are_strict():
    assert Web(name="a", start_urls=("http://a.test/",)).delay_s == 1
    for wrong in ({"start_urls": ()}, {"start_urls": ("a.test",)}, {"allow": ("(",)}, {"dely_s": 1}, {"delay_s": -1}):
        with pytest.raises(ValidationError):
            Web(**({"name": "a", "start_urls": ("http://a.test/",)} | wrong))


@pytest.mark.parametrize(
    ("url", "admitted"),
    [
        ("http://docs.a.test/guide/1", True),
        ("http://docs.a.test/guide/old/1", False),
        ("http://docs.a.test/blog", False),
        ("http://a.test/guide/1", False),
        ("https://b.test/guide", True),
        ("http://b.test:x/guide", False),
        ("ftp://b.test/guide", False),
    ],
)
def test_hosts_and_patterns_admit(url, admitted):
    options = {"allowed_hosts": ("*.a.test", "B.test"), "allow": ("/guide",), "deny": ("/old/",)}
    site = Web(name="a", start_urls=("http://docs.a.test/",), **options)
    assert site.admits(Request(url)) is admitted


def test_parse_is_pure_and_yields_the_document_first():
    site = Web(name="a", start_urls=("http://a.test/",))
    headers = {"content-type": "text/html"}
    page = Page(Request("http://a.test/"), "http://a.test/", 200, headers, b'<p><a href="/x">x</a></p>', NOW)
    document, link = site.parse(page)
    assert isinstance(document, Scraped)
    assert (document.key, document.body) == ("http://a.test/", page.body)
    assert link == Request("http://a.test/x", "page", 1)
