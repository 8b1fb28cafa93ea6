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
from urllib3.exceptions import HTTPError, MaxRetryError

from corpus.errors import SourceError
from scrapers.clients.polite import Service
from scrapers.crawl import turns
from scrapers.crawl.address import host_of
from scrapers.crawl.pace import retry_after_s

LIMIT_TRIES = 4
LIMIT_BYTES = 2000  # of an answer that are searched for the words
LONGEST_WINDOW_S = 3600.0  # of a primary limit; a reset further away was read by a wrong clock
SECONDARY_WAIT_S = 60.0  # doubled per try: the least GitHub asks for where it names no time
RETRIES = 3  # after 500, 502, 503, 504
FIRST_RETRY_S = 2.0  # doubled per retry
MAX_MOVES = 5  # 301 in a row
BROKEN = frozenset({500, 502, 503, 504})
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
    """An answer that may be a limit, on its way through urllib3: status, headers and the start of its body."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status, self.headers, self.body = status, headers, body


class Answers(Retry):
    """Asks again after 5xx, by and by; hands limits out as ``Limited`` and what stays broken as PyGithub's error."""

    def increment(self, *args: Any, **kwargs: Any) -> Retry:  # type: ignore[override]  # noqa: ANN401 - passed on to urllib3 as they came
        """Return what is left of the tries."""
        response = kwargs.get("response")
        if not isinstance(response, BaseHTTPResponse):
            return super().increment(*args, **kwargs)
        if response.status == 429 or (response.status in BROKEN and "Retry-After" in response.headers):
            raise Limited(response.status, response.headers, start_of(response))
        try:
            return super().increment(*args, **kwargs)
        except MaxRetryError as error:
            response.drain_conn()
            raise GithubException(response.status, None, dict(response.headers), "it stayed busy") from error

    def get_backoff_time(self) -> float:
        """Return the seconds before the next try."""
        return FIRST_RETRY_S * 2 ** (len(self.history) - 1) if self.history else 0.0


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
    forced = BROKEN | {429}
    return Answers(total=RETRIES, connect=0, read=0, status_forcelist=forced, respect_retry_after_header=False)


class LimitedAdapter(HTTPAdapter):
    """Sends by ``polite`` and keeps to the limits: waits up to ``patience_s`` for a reset, else ends the night."""

    def __init__(self, polite: BaseAdapter, service: Service, access: Access) -> None:
        super().__init__()
        self._polite, self._service, self._access = polite, service, access
        self._moves = 0

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - passed on to requests as they came
        """Return the answer to ``request``; raise ``SourceError`` where a limit is too far from its reset."""
        resource = "search" if "/search/" in (request.path_url or "") else "core"
        for tries in range(1, LIMIT_TRIES + 1):
            self._await(resource)
            answer = self._ask(request, *args, **kwargs)
            now = self._service.clock.now()
            seconds = limit_s(told_by(answer), datetime.fromtimestamp(now, UTC), tries)
            if isinstance(answer, requests.Response) and seconds is None:
                self._keep(resource, used_up_s(answer.headers, now))
                return self._counted(answer)
            self._keep(resource, seconds or 0.0)
        raise SourceError(f"{self._access.host} limits our requests after every wait; run again later")

    def _ask(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response | Limited:  # noqa: ANN401 - as above
        try:
            return self._polite.send(request, *args, **kwargs)
        except Limited as limited:
            return limited

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
            turn = turns.wait(self._service.turns, self._place(resource), self._service.clock.now)
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
