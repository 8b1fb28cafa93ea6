"""What the scripts of a page ask for, answered by the crawler: the browser itself has no network (``browser``)."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from scrapers.page import Page

LOADED_KINDS = ("script", "xhr", "fetch")  # what text may depend on; no images, media, fonts, styles, frames or pings
MAX_LOADS = 50  # requests of one page's scripts
MAX_LOADED_BYTES = 16 * 1024 * 1024
MAX_REDIRECTS = 5
KEPT_SCRIPTS = 32  # a site's scripts are named by each of its pages
UNTOLD = frozenset(
    ("content-encoding", "content-length", "transfer-encoding", "set-cookie", "content-disposition", "refresh")
)  # of the transfer, or asking the browser to keep, save or leave

Load = Callable[[str, int], Awaitable["Answer"]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a script: ``url`` is the one that was asked."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Errands:
    """What scripts may ask: ``permits`` judges a URL, ``load`` asks it (URL, bytes at most) and follows no redirect.

    ``load`` raises any ``Exception`` where there is no answer.
    """

    permits: Callable[[str], bool]
    load: Load


@dataclass(slots=True)
class Visit:
    """One page on its way: what its scripts asked so far."""

    page: Page
    errands: Errands
    scripts: OrderedDict[str, Answer]
    loaded: list[Answer] = field(default_factory=list)
    requests: int = 0
    left_bytes: int = MAX_LOADED_BYTES
    is_given: bool = False

    async def answer(self, route: Any) -> None:  # noqa: ANN401 - Playwright is an extra
        """Answer one request of the browser: the page itself once, what its scripts may load, nothing else."""
        request = route.request
        if request.is_navigation_request():
            await self._navigated(route)
        elif request.method == "GET" and request.resource_type in LOADED_KINDS:
            await self._loaded(route, request)
        else:
            await route.abort()

    async def _navigated(self, route: Any) -> None:  # noqa: ANN401
        """Give the page to its first request; 204 leaves it where it is when a script would go elsewhere."""
        if self.is_given:
            await route.fulfill(status=204)
            return
        self.is_given = True
        await route.fulfill(status=self.page.status, headers=_told(self.page.headers), body=self.page.body)

    async def _loaded(self, route: Any, request: Any) -> None:  # noqa: ANN401
        answer = await self._fetched(request.url, is_script=request.resource_type == "script")
        if answer is None:
            await route.abort()
            return
        await route.fulfill(status=answer.status, headers=_told(answer.headers), body=answer.body)

    async def _fetched(self, url: str, *, is_script: bool) -> Answer | None:
        """Return the answer to ``url``, its redirects followed as far as each step is permitted."""
        for _ in range(MAX_REDIRECTS + 1):
            if not self.errands.permits(url):
                return None
            answer = self.scripts.get(url) or await self._asked(url)
            if answer is None:
                return None
            target = answer.headers.get("location") if 300 <= answer.status < 400 else None
            if target is None:
                self._keep(answer, is_script=is_script)
                return answer
            url = urljoin(url, target)
        return None

    async def _asked(self, url: str) -> Answer | None:
        if self.requests >= MAX_LOADS or self.left_bytes <= 0:
            return None
        self.requests += 1
        try:
            answer = await self.errands.load(url, self.left_bytes)
        except Exception:  # noqa: BLE001 - whatever it was, this script has no answer
            return None
        self.left_bytes -= len(answer.body)
        return answer if self.left_bytes >= 0 else None

    def _keep(self, answer: Answer, *, is_script: bool) -> None:
        if not is_script:
            self.loaded.append(answer)
        elif answer.status == 200:
            self.scripts[answer.url] = answer
            self.scripts.move_to_end(answer.url)
            while len(self.scripts) > KEPT_SCRIPTS:
                self.scripts.popitem(last=False)


def _told(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in UNTOLD and "\n" not in value}
