"""A real Chromium shows real pages, and asks nobody but the crawler."""

import asyncio
import importlib.util
import os
import shutil
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.errors import SourceError
from scrapers.crawl import browser as browsing
from scrapers.crawl.browser import Browser, NotRendered, chromium_path, context_options, launch_options
from scrapers.crawl.errands import MAX_LOADS, Answer, Errands
from scrapers.page import Page, Request

NOW = datetime(2026, 11, 21, tzinfo=UTC)
AGENT = "gristmill/0 (+miller@mill.test)"
HTML = {"content-type": "text/html; charset=iso-8859-1"}
HAS_CHROMIUM = importlib.util.find_spec("playwright") and any(map(shutil.which, browsing.NAMES))
needs_chromium = pytest.mark.skipif(
    not HAS_CHROMIUM, reason='needs a browser: pip install "gristmill[js]" and apt-get install chromium'
)
APP = "fetch('/api').then(a => a.json()).then(a => { document.getElementById('text').textContent = a.said })"
SHELL = b'<html><head><meta name="robots" content="noai"></head><body><div id="text">empty</div><script src="/app.js"></script></body></html>'


def page(url, body, **headers):
    return Page(Request(url), url, 200, HTML | headers, body, NOW)


class Desk:
    """Asks a real server, and remembers what scripts wanted and what was asked."""

    def __init__(self, home, forbidden=()):
        self.wanted, self.asked = [], []
        self._home, self._forbidden = home, forbidden

    def permits(self, url):
        self.wanted.append(url)
        return url.startswith(self._home) and not any(part in url for part in self._forbidden)

    async def load(self, url, _max_bytes):
        self.asked.append(url)
        return await asyncio.to_thread(self._ask, url)

    def _ask(self, url):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        try:
            answer = urllib.request.build_opener(Stay).open(url, timeout=5)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(url, answer.status, headers, answer.read())


async def shown(pages, desk):
    """Render ``pages`` one after another by one browser."""
    browser = Browser(AGENT)
    try:
        return [await browser.render(each, Errands(desk.permits, desk.load)) for each in pages]
    finally:
        await browser.close()


def show(website, body, *, forbidden=(), **headers):
    desk = Desk(website.url, forbidden)
    (rendered,) = asyncio.run(shown([page(f"{website.url}/", body, **headers)], desk))
    return rendered, desk


def serve_app(website):
    website.text("/app.js", APP, "text/javascript", Set_Cookie="sid=1")
    website.text("/api", '{"said": "gr\u00fctze by script"}', "application/json", X_Robots_Tag="noai")


@needs_chromium
@pytest.mark.slow
def test_text_that_only_a_script_writes_is_seen(website):
    serve_app(website)
    rendered, desk = show(website, SHELL)
    assert "gr\u00fctze by script".encode() in rendered.page.body
    assert b'name="robots" content="noai"' in rendered.page.body
    assert rendered.page.headers["content-type"] == "text/html; charset=utf-8"
    assert [answer.headers["x-robots-tag"] for answer in rendered.loaded] == ["noai"]
    assert rendered.requests == len(desk.asked) == 2
    assert website.asked() == {"/app.js": 1, "/api": 1}  # the page itself was given, not asked


@needs_chromium
@pytest.mark.slow
def test_a_script_is_asked_once_for_all_pages_and_nothing_passes_from_page_to_page(website):
    website.text("/app.js", "document.body.append(document.cookie + ' seen ' + (localStorage.was || 'never'));"
                 "document.cookie = 'a=1'; localStorage.was = 'before'", "text/javascript")  # fmt: skip
    desk = Desk(website.url)
    rendered = asyncio.run(shown([page(f"{website.url}/{n}", SHELL) for n in range(3)], desk))
    assert website.asked() == {"/app.js": 1}
    assert all(b" seen never" in each.page.body for each in rendered)


EVIL = """<html><body><div id="text">here</div>
<img src="/image.png"><link rel="stylesheet" href="/style.css"><link rel="prefetch" href="/prefetch">
<link rel="preconnect" href="{other}"><iframe src="/frame"></iframe><script src="/forbidden.js"></script>
<script>
  fetch('/post', {{method: 'POST', body: 'x'}}); navigator.sendBeacon('/beacon', 'x');
  fetch('{other}/fetched', {{mode: 'no-cors'}}); new WebSocket('{socket}/socket'); new EventSource('/events');
  fetch('/moved'); fetch('file:///etc/passwd'); fetch('http://inside.test/'); window.open('/popup');
  const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:9'}}]}}); peer.createDataChannel('x');
  navigator.serviceWorker && navigator.serviceWorker.register('/worker.js');
  setTimeout(() => {{ document.body.append('still here'); location = '{other}/gone'; }}, 100);
</script></body></html>"""


@needs_chromium
@pytest.mark.slow
def test_a_hostile_page_reaches_nobody(website, other_website):
    website.page("/moved", status=302, Location=f"{other_website.url}/moved")
    other = other_website.url
    body = EVIL.format(other=other, socket=other.replace("http", "ws")).encode()
    rendered, desk = show(website, body, forbidden=("/forbidden",), refresh=f"0; url={other}/refreshed")
    assert b"still here" in rendered.page.body
    assert rendered.page.url == f"{website.url}/"
    assert other_website.log == []
    assert website.asked() == {"/moved": 1}
    assert f"{other}/moved" in desk.wanted  # the redirect was judged, and refused


@needs_chromium
@pytest.mark.slow
def test_without_the_errands_the_browser_has_no_way_out(website):
    """The second wall alone: a request that Playwright does not intercept ends at a closed port."""

    async def bare():
        from playwright.async_api import Error, async_playwright

        async with async_playwright() as driver:
            chromium = await driver.chromium.launch(**launch_options(chromium_path(), Path("/tmp")))
            tab = await (await chromium.new_context(**context_options(AGENT))).new_page()
            with pytest.raises(Error, match="ERR_PROXY_CONNECTION_FAILED"):
                await tab.goto(f"{website.url}/")
            await chromium.close()

    asyncio.run(bare())
    assert website.log == []


@needs_chromium
@pytest.mark.slow
def test_requests_and_bytes_of_a_page_are_bounded(website):
    for number in range(200):
        website.text(f"/{number}", "1", "application/json")
    website.text("/big", b"x" * (17 << 20), "application/json")
    many = b"<body><script>for (let n = 0; n < 200; n++) fetch('/' + n)</script>"
    assert show(website, many)[0].requests == MAX_LOADS == len(website.log)
    rendered, _ = show(website, b"<body><script>fetch('/big').catch(() => document.body.append('refused'))</script>")
    assert b"refused" in rendered.page.body


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize(
    "script",
    ["for (;;) {}", "setTimeout(() => { for (;;) {} }, 200)", "document.body.append('x'.repeat(40 << 20))"],
    ids=["endless at once", "endless later", "huge"],
)
def test_a_page_that_does_not_end_is_given_up_and_the_next_one_is_shown(website, monkeypatch, script):
    monkeypatch.setattr(browsing, "RENDER_S", 4.0)
    serve_app(website)
    desk = Desk(website.url)

    async def both():
        browser = Browser(AGENT)
        try:
            with pytest.raises(NotRendered):
                await browser.render(
                    page(f"{website.url}/bad", f"<body><script>{script}</script>".encode()),
                    Errands(desk.permits, desk.load),
                )
            return await browser.render(page(f"{website.url}/", SHELL), Errands(desk.permits, desk.load))
        finally:
            await browser.close()

    assert b"by script" in asyncio.run(both()).page.body


@needs_chromium
@pytest.mark.slow
def test_a_worn_browser_is_replaced_and_none_is_left_behind(website, monkeypatch):
    monkeypatch.setattr(browsing, "PAGES_PER_BROWSER", 2)
    serve_app(website)
    rendered = asyncio.run(shown([page(f"{website.url}/{n}", SHELL) for n in range(5)], Desk(website.url)))
    assert all(b"by script" in each.page.body for each in rendered)
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"gristmill-browser-" in _read(path)]
    assert left == []


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_no_secret_of_our_environment_reaches_the_browser(monkeypatch, tmp_path):
    monkeypatch.setenv("GRISTMILL_PROXY", "http://miller:grist-secret@proxy.test")
    options = launch_options("/usr/bin/chromium", tmp_path)
    assert set(options["env"]) == {"PATH", "HOME", "TMPDIR"}
    assert options["chromium_sandbox"] is (os.geteuid() != 0)
    assert options["proxy"]["bypass"] == "<-loopback>"  # loopback goes to the closed port too


def test_a_missing_chromium_is_named_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GRISTMILL_CHROMIUM", raising=False)
    with pytest.raises(SourceError, match="apt-get install chromium"):
        chromium_path()
    monkeypatch.setenv("GRISTMILL_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(SourceError, match="/nowhere/chromium is no program"):
        chromium_path()


def test_a_missing_extra_is_named_in_one_sentence(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "playwright", None)
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    with pytest.raises(SourceError, match=r"pip install .*gristmill\[js\]"):
        browsing.check_installed()


@needs_chromium
@pytest.mark.slow
def test_a_crawl_shows_its_pages_and_judges_what_their_scripts_load(website, desk, stored):
    from scrapers.web import Web

    shell = (
        '<div id="text"></div><script>fetch("{}").then(a => a.text()).then(a => {{ text.textContent = a }})</script>'
    )
    website.page("/", "/shy", "/hidden", text=shell.format("/api"))
    website.page("/shy", text=shell.format("/shy-api"))
    website.page("/hidden", text=shell.format("/private/api"))
    website.text("/robots.txt", "User-agent: *\nDisallow: /private/")
    website.text("/api", "ground by script", "text/plain")
    website.text("/shy-api", "kept out", "text/plain", X_Robots_Tag="noai")
    website.text("/private/api", "never asked", "text/plain")
    Web(name="mill", start_urls=(f"{website.url}/",), delay_s=0, sitemaps=False, render="chromium").collect(desk)
    rows = {row["url"].removeprefix(website.url): row for row in stored()}
    assert b"ground by script" in rows["/"]["body"]
    assert rows["/shy"]["refusal"] == "ai-opt-out"
    assert "never asked" not in rows["/hidden"]["body"].decode()
    assert website.asked()["/private/api"] == 0
    assert website.asked()["/"] == 1


def test_a_source_that_needs_a_browser_says_which_is_missing(website, desk, monkeypatch, tmp_path):
    from scrapers.web import Web

    monkeypatch.setenv("GRISTMILL_CHROMIUM", str(tmp_path / "no-chromium"))
    with pytest.raises(SourceError, match="is no program"):
        Web(name="mill", start_urls=(f"{website.url}/",), render="chromium").collect(desk)
    assert not website.log
