"""Pages whose text appears only by JavaScript, shown in a Chromium that has no network of its own (extra ``js``).

A page is first asked as every other page is, so its status, headers, redirects, address and consent are judged before
any of its scripts runs. The browser is then given that answer; whatever its scripts ask for comes back to the caller,
who asks it politely or not at all. Chromium resolves no name and its proxy is a closed port: a WebSocket, a prefetch or
a name that turns to a private address leads nowhere.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError, SourceError
from scrapers.crawl.errands import Answer, Errands, Visit
from scrapers.page import Page

CHROMIUM = "GRISTMILL_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAX_DOM_CHARS = 32 * 1024 * 1024
RENDER_S = 30.0  # from the first script to the text
SETTLE_S = 5.0  # of which at most so long is waited until nothing is asked any more
CLOSE_S = 5.0
PAGES_AT_ONCE = 2
PAGES_PER_BROWSER = 200  # Chromium's memory grows; a fresh one starts in a second
OFFLINE = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--js-flags=--max-old-space-size=512",
)
CLOSED_PROXY = {"server": "http://127.0.0.1:9", "bypass": "<-loopback>"}  # the discard port (RFC 863): nobody listens


class NotRendered(CorpusError):
    """A page could not be shown."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page after its scripts; ``loaded`` are the answers its text may come from, ``requests`` how many were asked."""

    page: Page
    loaded: tuple[Answer, ...]
    requests: int


class Browser:
    """One Chromium, started at the first page and anew after ``PAGES_PER_BROWSER``; every page has its own profile."""

    def __init__(self, agent: str) -> None:
        """Raises ``SourceError`` where the extra or Chromium is missing."""
        self._agent = agent
        self._executable = chromium_path()
        check_installed()
        self._places = asyncio.Semaphore(PAGES_AT_ONCE)
        self._starting = asyncio.Lock()
        self._scripts: OrderedDict[str, Answer] = OrderedDict()
        self._driver: Any = None
        self._chromium: Any = None
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._pages = self._busy = 0

    async def render(self, page: Page, errands: Errands) -> Rendered:
        """Return ``page``, an HTML answer, as its scripts leave it: the DOM in UTF-8.

        Raises:
            NotRendered: it did not settle in time, is too large, or the browser broke.
        """
        visit = Visit(page, errands, self._scripts)
        async with self._places:
            chromium = await self._started()
            self._busy += 1
            try:
                text = await asyncio.wait_for(self._shown(chromium, visit), RENDER_S)
            except TimeoutError as error:
                await self._stop()
                raise NotRendered(f"the page was not shown within {RENDER_S:.0f} s") from error
            except _gone() as error:
                raise NotRendered(f"the browser could not show the page ({type(error).__name__})") from error
            finally:
                self._busy -= 1
        shown = replace(page, body=text.encode(errors="replace"), headers=_as_utf8(page.headers))
        return Rendered(shown, tuple(visit.loaded), visit.requests)

    async def close(self) -> None:
        """End Chromium and its driver."""
        await self._stop()
        if self._driver:
            await self._driver.stop()
            self._driver = None

    async def _shown(self, chromium: Any, visit: Visit) -> str:  # noqa: ANN401
        context = await chromium.new_context(**context_options(self._agent))
        try:
            await context.route("**/*", partial(_answered, visit))
            tab = await context.new_page()
            await tab.goto(visit.page.url, wait_until="domcontentloaded", timeout=RENDER_S * 1000)
            with contextlib.suppress(_too_slow()):
                await tab.wait_for_load_state("networkidle", timeout=SETTLE_S * 1000)
            if await tab.evaluate("document.documentElement.outerHTML.length") > MAX_DOM_CHARS:
                raise NotRendered(f"the page has more than {MAX_DOM_CHARS} characters after its scripts")
            text: str = await tab.content()
            return text
        finally:
            with contextlib.suppress(TimeoutError, _gone()):
                await asyncio.wait_for(context.close(), CLOSE_S)

    async def _started(self) -> Any:  # noqa: ANN401
        """Return a running Chromium, a new one after so many pages or a crash."""
        async with self._starting:
            is_worn = self._pages >= PAGES_PER_BROWSER and not self._busy
            if self._chromium and (is_worn or not self._chromium.is_connected()):
                await self._stop()
            if self._chromium is None:
                self._chromium = await self._launched()
            self._pages += 1
            return self._chromium

    async def _launched(self) -> Any:  # noqa: ANN401
        from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra

        self._driver = self._driver or await async_playwright().start()
        self._home = tempfile.TemporaryDirectory(prefix="gristmill-browser-")
        self._pages = 0
        try:
            return await self._driver.chromium.launch(**launch_options(self._executable, Path(self._home.name)))
        except _gone() as error:
            raise SourceError(f"Chromium at {self._executable} does not start; try it by hand: {error}") from error

    async def _stop(self) -> None:
        chromium, self._chromium = self._chromium, None
        if chromium:
            with contextlib.suppress(TimeoutError, _gone()):
                await asyncio.wait_for(chromium.close(), CLOSE_S)
        if self._home:
            self._home.cleanup()
            self._home = None


async def _answered(visit: Visit, route: Any) -> None:  # noqa: ANN401 - Playwright is an extra
    """Answer one request; the page may have been closed meanwhile."""
    with contextlib.suppress(_gone()):
        await visit.answer(route)


def launch_options(executable: str, home: Path) -> dict[str, Any]:
    """Return how Chromium is started: without a network, our environment or our home, in its sandbox unless root."""
    return {
        "executable_path": executable,
        "headless": True,
        "chromium_sandbox": os.geteuid() != 0,  # Chromium's own refuses to run as root
        "args": list(OFFLINE),
        "ignore_default_args": ["--disable-popup-blocking"],
        "proxy": CLOSED_PROXY,
        "env": {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "TMPDIR": str(home)},
        "handle_sigint": False,  # the crawl ends it
        "handle_sigterm": False,
        "handle_sighup": False,
    }


def context_options(agent: str) -> dict[str, Any]:
    """Return what a page may do: run scripts, and nothing that lasts or asks anybody."""
    return {
        "user_agent": agent,
        "accept_downloads": False,
        "service_workers": "block",
        "java_script_enabled": True,
        "bypass_csp": False,
        "ignore_https_errors": False,
        "permissions": [],
    }


def chromium_path() -> str:
    """Return the Chromium to start: ``GRISTMILL_CHROMIUM``, or the first of the usual names.

    Raises:
        SourceError: there is none.
    """
    named = os.environ.get(CHROMIUM)
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        where = f"{CHROMIUM}={named} is no program" if named else "there is no Chromium"
        raise SourceError(
            f'{where}: `render = "chromium"` needs the package chromium (apt-get install chromium), or the path of '
            f"a Chromium in {CHROMIUM}"
        )
    return found


def check_installed() -> None:
    """Raise ``SourceError`` where Playwright is not installed."""
    try:
        import playwright.async_api  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise SourceError('`render = "chromium"` needs Playwright: pip install "gristmill[js]"') from error


def _as_utf8(headers: Mapping[str, str]) -> dict[str, str]:
    return {**headers, "content-type": "text/html; charset=utf-8"}


def _gone() -> type[Exception]:
    from playwright.async_api import Error  # noqa: PLC0415 - an extra

    return Error


def _too_slow() -> type[Exception]:
    from playwright.async_api import TimeoutError as TooSlow  # noqa: PLC0415 - an extra

    return TooSlow
