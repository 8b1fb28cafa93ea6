"""One polite ``requests`` session for every API client: paced, patient within limits, and named.

A client library keeps its own paging and parsing; what it asks goes through ``polite_session``. The turns of a host are
kept under ``desk.machine``, so that two flows of one machine never double the rate and a wait outlives a crash.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from corpus.errors import SourceError
from scrapers.crawl import turns
from scrapers.crawl.identity import user_agent
from scrapers.crawl.inside import private_address_of
from scrapers.crawl.pace import retry_after_s, wait_s
from scrapers.crawl.turns import Turn
from scrapers.page import Desk, Network

TIMEOUT_S = (10.0, 60.0)  # to connect, and between two reads
TRIES = 4
BACKOFF_S = 60.0  # doubled per try where the server names no time: the least GitHub and Wikimedia ask for
LONGEST_WAIT_S = 600.0  # for one request, as the server asks; a longer wait is left to the next night
LONGEST_ANSWER_S = 300.0  # from the first to the last byte of a body
BUSY = frozenset({429, 500, 502, 503, 504})
CLOSED = "RemoteDisconnected"  # a connection that rested and was closed meanwhile: the host is not in trouble
ON_THE_WAY_S = 0.02  # waited longer than asked for, since two requests do not travel equally long
MAX_BODY_BYTES = 65 * 1024 * 1024  # unzipped; more is cut off, and callers refuse by size
PIECE_BYTES = 64 * 1024


class Unanswered(SourceError):
    """One request had no answer in its tries; what else the service has may still be had."""


def _sleep(seconds: float) -> None:
    time.sleep(seconds + ON_THE_WAY_S)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time (seconds since 1970) and how to wait for it; tests give their own."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = _sleep


@dataclass(frozen=True, slots=True)
class Service:
    """One API, by the host that is paced: at most one request per ``delay_s`` and one at a time on this machine.

    ``delay_s`` counts from one request's start to the next one's, as rates are meant. Its clock is the wall's.
    ``turns`` is the folder of the hosts' turns, which the crawler of web pages shares.
    """

    turns: Path
    host: str
    delay_s: float
    clock: Clock

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Wait for the next turn and keep it for the body; raise ``SourceError`` when it is too far away."""
        turn = turns.wait(self.turns, self.host, self.clock.now)
        try:
            self._wait(turn.earliest(self.delay_s))
            turn.begin(self.delay_s)  # stands even when the process is killed in the middle of the request
            yield turn
        finally:
            turn.close()

    def _wait(self, until: float) -> None:
        seconds = until - self.clock.now()
        if seconds > LONGEST_WAIT_S:
            moment = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
            raise SourceError(f"{self.host} asked to be left alone until {moment}; run again after that")
        if seconds > 0:
            self.clock.sleep(seconds)


class PoliteAdapter(HTTPAdapter):
    """Sends each request in its turn, waits as the server asks and gives up with one sentence after ``TRIES``.

    Busy answers (429, 5xx, MediaWiki's ``X-Database-Lag``) and lost connections are asked again; every other answer
    is returned as it is. ``retry`` is a client's own rule for what happens inside one try.
    """

    def __init__(self, network: Network, service: Service, retry: Retry | None = None) -> None:
        super().__init__(max_retries=0 if retry is None else retry)
        self.network = network
        self.service = service

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - passed on to requests as they came
        """Return the answer to ``request``, its body read; raise ``SourceError`` when there is none."""
        request.headers["User-Agent"] = user_agent(self.network)
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT_S
        url = request.url or ""
        if not (self.network.allow_private or select_proxy(url, kwargs.get("proxies"))):  # a proxy judges for itself
            refuse_private(url)
        tries, waited_s = 0, 0.0
        while True:
            with self.service.turn() as turn:
                answer = self._ask(request, *args, **kwargs)
                if isinstance(answer, requests.Response) and not is_busy(answer):
                    return answer
                tries, waited_s = self._hold(turn, answer, tries, waited_s)

    def _hold(
        self, turn: Turn, answer: requests.Response | Exception, tries: int, waited_s: float
    ) -> tuple[int, float]:
        """Let the host rest after no answer or a busy one; a wait that it names itself is no try of ours."""
        now = datetime.fromtimestamp(self.service.clock.now(), UTC)
        named = answer.headers.get("Retry-After") if isinstance(answer, requests.Response) else None
        asked_s = retry_after_s(named, now)
        problem = type(answer).__name__ if isinstance(answer, Exception) else f"HTTP {answer.status_code}"
        if asked_s is not None:
            turn.hold(asked_s)
            if waited_s <= LONGEST_WAIT_S:
                return tries, waited_s + max(asked_s, 1.0)
            raise Unanswered(f"{self.service.host} asked again and again to wait ({problem}); try again later")
        if tries or CLOSED not in str(answer):
            turn.hold(wait_s(None, now, BACKOFF_S, tries + 1))
        if tries + 1 == TRIES:
            raise Unanswered(f"{self.service.host} gave no answer in {TRIES} tries ({problem}); try again later")
        return tries + 1, waited_s

    def _ask(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response | Exception:  # noqa: ANN401 - as above
        try:
            response = super().send(request, *args, **kwargs | {"stream": True})
            _read(response, self.service.clock.now)  # a body that breaks off is a lost connection too
        except requests.exceptions.RetryError as error:
            raise SourceError(f"{self.service.host} stayed busy; try again later") from error
        except requests.RequestException as error:
            return error
        return response


def polite_session(desk: Desk, service: Service, retry: Retry | None = None) -> requests.Session:
    """Return a session that asks ``service`` in its turns, through the recipe's proxy.

    It keeps no cookies and reads no netrc. Raises ``SourceError`` when the recipe names no contact.
    """
    user_agent(desk.network)
    session = requests.Session()
    session.auth = _no_login
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    if desk.network.proxy:
        session.trust_env = False  # requests lets the environment's proxy win over the session's
        session.proxies = {"http": desk.network.proxy, "https": desk.network.proxy}
    session.mount("http://", PoliteAdapter(desk.network, service, retry))
    session.mount("https://", PoliteAdapter(desk.network, service, retry))
    return session


def service_at(desk: Desk, host: str, delay_s: float, clock: Clock | None = None) -> Service:
    """Return the API at ``host``, whose turns every process of this machine shares."""
    return Service(desk.machine / "turns", host, delay_s, clock or Clock())


def _read(response: requests.Response, now: Callable[[], float]) -> None:
    """Read the body into ``response``, at most ``MAX_BODY_BYTES`` of it and as long as ``LONGEST_ANSWER_S``.

    Raises:
        requests.RequestException: it broke off or took too long; requests itself bounds neither size nor time.
    """
    pieces, size_bytes, latest = [], 0, now() + LONGEST_ANSWER_S
    try:
        while (piece := response.raw.read1(PIECE_BYTES, decode_content=True)) and size_bytes <= MAX_BODY_BYTES:
            pieces.append(piece)
            size_bytes += len(piece)
            if now() > latest:
                raise requests.ReadTimeout(f"the answer took longer than {LONGEST_ANSWER_S:.0f} s")
    except HTTPError as error:
        raise requests.ConnectionError(type(error).__name__) from error
    finally:
        response.raw.release_conn() if response.raw.closed else response.raw.close()
    response._content = b"".join(pieces)  # noqa: SLF001 - as above
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001


def is_busy(response: requests.Response) -> bool:
    """Return whether ``response`` asks to come back later."""
    return response.status_code in BUSY or "X-Database-Lag" in response.headers


def is_own_ground(host: str) -> bool:
    """Return whether ``host`` is this machine or a ``.test`` name (RFC 6761), where no service's terms apply."""
    name = host.lower().rstrip(".")
    return name in {"localhost", "127.0.0.1", "::1"} or name.endswith(".test")


def refuse_private(url: str) -> None:
    """Raise ``SourceError`` when the host of ``url`` has an address that is not public."""
    host = urlsplit(url).hostname or ""
    try:
        private = private_address_of(host)
    except OSError:
        return  # asking it will say so
    if private:
        raise SourceError(f"{host} is the private address {private}; set network.allow_private to ask it")


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
