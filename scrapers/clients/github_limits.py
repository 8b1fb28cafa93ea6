"""GitHub's rate limits, kept: no request while one is used up, and none before a reset that another run learnt of.

The limits (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api): 5,000 requests an hour with a
token and 60 without, 30 and 10 searches a minute, and secondary ones that an answer names by ``Retry-After`` or a
message. A limit is remembered below ``desk.machine``.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from github import GithubException
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import BaseHTTPResponse, Retry
from urllib3.exceptions import HTTPError

from corpus.errors import SourceError
from scrapers.clients.polite import Service, Unanswered
from scrapers.crawl import turns
from scrapers.crawl.address import host_of
from scrapers.crawl.pace import retry_after_s

TRIES = 4
LIMIT_BYTES = 2000  # of an answer that are searched for the words
LONGEST_WINDOW_S = 3600.0  # of a primary limit; a reset further away was read by a wrong clock
SECONDARY_WAIT_S = 60.0  # doubled per try: the least GitHub asks for where it names no time
FIRST_RETRY_S = 2.0  # after 500, 502, 503, 504; doubled per try
MAX_MOVES = 5  # 301 in a row
BROKEN = frozenset({500, 502, 503, 504})
MOST_BROKEN = 3  # repositories, or files of one, in a row that the server could not show, and it is left for tonight
# What GitHub calls a limit in words, where no header says so.
LIMIT_WORDS = ("rate limit", "abuse detection", "wait a few minutes", "retry your request again later")


@dataclass(frozen=True, slots=True)
class Access:
    """How to ask: address of the API, the variable that holds a token, start-to-start delay, longest wait."""

    endpoint: str
    token_env: str
    delay_s: float
    patience_s: float

    @property
    def token(self) -> str | None:
        """The token, ``None`` without one."""
        return (os.environ.get(self.token_env) or "").strip() or None

    @property
    def host(self) -> str:
        """The host of the API."""
        return host_of(self.endpoint) or ""


class Limited(Exception):
    """An answer that is busy or a limit, on its way through urllib3: status, headers and the start of its body."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status, self.headers, self.body = status, headers, body


class Answers(Retry):
    """Asks nothing again by itself: hands busy answers and limits out as ``Limited``, for a turn of their own."""

    def increment(self, *args: Any, **kwargs: Any) -> Retry:  # type: ignore[override]  # noqa: ANN401 - passed on to urllib3 as they came
        """Raise ``Limited`` for an answer, and what urllib3 raises for none."""
        response = kwargs.get("response")
        if isinstance(response, BaseHTTPResponse):
            raise Limited(response.status, response.headers, start_of(response))
        return super().increment(*args, **kwargs)


def start_of(response: BaseHTTPResponse) -> bytes:
    """Return the start of a body and read no more of it."""
    try:
        return response.read(LIMIT_BYTES)
    except HTTPError:
        return b""
    finally:
        response.close()


def answers() -> Answers:
    """Return the rule for busy answers and limits; lost connections are the polite session's."""
    return Answers(total=0, status_forcelist=BROKEN | {429}, respect_retry_after_header=False)


class LimitedAdapter(HTTPAdapter):
    """Sends by ``polite``, each try in a turn of its own, and keeps to the limits.

    Waits up to ``patience_s`` for a reset, else ends the night.
    """

    def __init__(self, polite: BaseAdapter, service: Service, access: Access) -> None:
        super().__init__()
        self._polite, self._service, self._access = polite, service, access
        self._moves = 0

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - passed on to requests as they came
        """Return the answer to ``request``.

        Raises:
            SourceError: a limit is too far from its reset, or is one after every wait.
            GithubException: the server stayed busy or gave no answer; its status is one of ``BROKEN``.
        """
        resource = "search" if "/search/" in (request.path_url or "") else "core"
        for tries in range(1, TRIES + 1):
            self._await(resource)
            answer = self._ask(request, *args, **kwargs)
            now = self._service.clock.now()
            seconds = limit_s(told_by(answer), datetime.fromtimestamp(now, UTC), tries)
            if isinstance(answer, requests.Response) and seconds is None:
                self._keep(resource, used_up_s(answer.headers, now))
                return self._counted(answer)
            self._rest(resource, seconds, tries)
        if isinstance(answer, Limited) and answer.status in BROKEN:
            raise GithubException(answer.status, None, dict(answer.headers), "it stayed busy")
        raise SourceError(f"{self._access.host} limits our requests after every wait; run again later")

    def _ask(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response | Limited:  # noqa: ANN401 - as above
        try:
            return self._polite.send(request, *args, **kwargs)
        except Limited as limited:
            return limited
        except Unanswered as error:
            raise GithubException(503, None, None, str(error)) from error

    def _rest(self, resource: str, limited_s: float | None, tries: int) -> None:
        """Leave the host alone after a busy answer, and a limit's resource after a limit."""
        if limited_s is not None:
            self._keep(resource, limited_s)
        elif tries < TRIES:
            self._hold(self._service.host, FIRST_RETRY_S * 2 ** (tries - 1))  # the turn itself sees to delay_s

    def _await(self, resource: str) -> None:
        turn = turns.wait(self._service.turns, self._place(resource), self._service.clock.now)
        until = turn.earliest(0.0)
        turn.close()
        seconds = until - self._service.clock.now()
        if seconds > self._access.patience_s:
            raise SourceError(too_far(self._access, until))
        if seconds > 0:
            self._service.clock.sleep(seconds)

    def _keep(self, resource: str, seconds: float) -> None:
        if seconds > 0:
            self._hold(self._place(resource), seconds)

    def _hold(self, place: str, seconds: float) -> None:
        turn = turns.wait(self._service.turns, place, self._service.clock.now)
        turn.hold(seconds)
        turn.close()

    def _place(self, resource: str) -> str:
        who = self._access.token_env if self._access.token else "nobody"
        return f"{self._service.host} {resource} {who}"

    def _counted(self, response: requests.Response) -> requests.Response:
        self._moves = self._moves + 1 if response.status_code == 301 else 0
        if self._moves > MAX_MOVES:
            self._moves = 0
            raise GithubException(301, None, None, f"it moved {MAX_MOVES} times")
        return response


def told_by(answer: requests.Response | Limited) -> Limited:
    """Return of an answer what tells of limits."""
    if isinstance(answer, Limited):
        return answer
    return Limited(answer.status_code, answer.headers, answer.content[:LIMIT_BYTES])


def limit_s(answer: Limited, now: datetime, tries: int) -> float | None:
    """Return the seconds that a refused request must wait; ``None`` where ``answer`` tells of no limit."""
    if answer.status not in {403, 429} and not (answer.status in BROKEN and "Retry-After" in answer.headers):
        return None
    asked_s = retry_after_s(answer.headers.get("Retry-After"), now)
    if asked_s is not None:
        return asked_s
    if used_up := used_up_s(answer.headers, now.timestamp()):
        return used_up
    said = answer.body.decode("utf-8", "replace").lower()
    is_limit = answer.status == 429 or any(words in said for words in LIMIT_WORDS)
    return SECONDARY_WAIT_S * 2 ** (tries - 1) if is_limit else None


def used_up_s(headers: Mapping[str, str], now: float) -> float:
    """Return the seconds until a limit of which nothing remains is reset, 0 where some of it remains."""
    try:
        remaining, reset = float(headers["X-RateLimit-Remaining"]), float(headers["X-RateLimit-Reset"])
    except (KeyError, ValueError):
        return 0.0
    if remaining > 0 or not reset > now:
        return 0.0
    return min(reset - now, LONGEST_WINDOW_S) + 1.0  # a second more: nobody knows when in that second it is reset


def too_far(access: Access, until: float) -> str:
    """Return the one sentence for a limit that is reset too late for tonight."""
    moment = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
    rate = "" if access.token else f"; without a token it gives 60 requests an hour, set {access.token_env} for 5,000"
    return f"{access.host} asked to be left alone until {moment}{rate}; run again after that, or raise patience_s"
