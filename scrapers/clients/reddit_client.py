"""Reddit's client ``praw`` over a polite session: how its limits, its login and its refusals are read.

Every request, the login's too, takes its turn on the one host, since Reddit counts per client id (100 a minute over
ten minutes with OAuth).
"""

import configparser
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import praw
import requests
from praw.config import Config
from praw.exceptions import PRAWException
from prawcore import Requestor
from prawcore.const import ACCESS_TOKEN_PATH
from prawcore.exceptions import (
    BadJSON,
    OAuthException,
    PrawcoreException,
    ResponseException,
)
from requests.adapters import HTTPAdapter

from corpus.errors import SourceError
from scrapers.clients.polite import Service, Unanswered, polite_session
from scrapers.crawl import turns
from scrapers.crawl.identity import TOKEN, user_agent
from scrapers.page import Desk

# The names of kinds in answers; they would otherwise come from a praw.ini.
KINDS = {"comment": "t1", "message": "t4", "redditor": "t2", "submission": "t3", "subreddit": "t5", "trophy": "t6"}


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks: the application's two keys, and an account (name and password, or a refresh token) where one is named.

    ``variables`` names the environment variables these come from, for errors.
    """

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    variables: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where Reddit is: addresses of the API and of the login; ``username`` is the account the User-Agent names."""

    endpoint: str
    login_endpoint: str
    username: str = ""


class PoliteRequestor(Requestor):
    """Sends what ``praw`` asks through a polite session and keeps the limits that answers state.

    ``X-Ratelimit-Remaining`` and ``-Reset`` (seconds) become a rest of the service, which every process of this machine
    sees; they are then taken out of the answer, since ``prawcore`` would wait for them a second time, by its own clock.
    """

    def __init__(self, *, service: Service, variables: str, **settings: Any) -> None:  # noqa: ANN401 - passed on to prawcore as they came
        super().__init__(**settings)
        self._service, self._variables = service, variables

    def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - as above
        """Return the answer; raises ``SourceError`` where the login is refused, ``Unanswered`` where there is none."""
        del timeout  # the session has its own
        response: requests.Response = self._http.request(*args, **kwargs)
        self._rest(response)
        if response.status_code in {400, 401, 403} and ACCESS_TOKEN_PATH in (response.url or ""):
            raise SourceError(self._refused(response.status_code))
        if response.status_code == 401:  # prawcore knows no 401 without the reason, and asks for a new token
            response.headers["www-authenticate"] = 'Bearer error="invalid_token"'
        elif response.status_code == 403:
            response.headers.pop("www-authenticate", None)
            if not _names_reason(response):  # so Reddit says that a subreddit is private, banned or quarantined
                raise Unanswered(self._refused(403))
        return response

    def _refused(self, status: int) -> str:
        return f"Reddit refuses who asks (HTTP {status}): check {self._variables}, and that the application is approved"

    def _rest(self, response: requests.Response) -> None:
        remaining, reset_s = (response.headers.pop(f"x-ratelimit-{name}", None) for name in ("remaining", "reset"))
        response.headers.pop("x-ratelimit-used", None)
        left, seconds = _number(remaining), _number(reset_s)
        if left is None or seconds is None:
            return
        share_s = seconds / left if left >= 1 else max(seconds, 1.0)
        if share_s > self._service.delay_s:
            turn = turns.wait(self._service.turns, self._service.host, self._service.clock.now)
            turn.hold(max(0.0, share_s - response.elapsed.total_seconds()))
            turn.close()


def login_of(source: str, needed: tuple[str, str], optional: tuple[str, str, str]) -> Login:
    """Return the login that environment variables hold: the names of the two ``needed`` ones and of an account's.

    Raises:
        SourceError: one of the two is not set.
    """
    for name in needed:
        if not os.environ.get(name):
            raise SourceError(f"{source}: Reddit needs an approved application; set {name} to its key")
    named = [*needed, *(name for name in optional if os.environ.get(name))]
    user, password, refresh_token = (os.environ.get(name) for name in optional)
    keys = (os.environ[needed[0]], os.environ[needed[1]])
    return Login(*keys, user, password, refresh_token, " and ".join(named))


def connect(desk: Desk, service: Service, place: Place, login: Login) -> praw.Reddit:
    """Return a client whose every request goes through a polite session; nothing is asked yet.

    No ``praw.ini`` is read, neither the user's nor one that lies in the working directory.
    """
    agent = _agent(desk, place.username)
    session = polite_session(desk, service)
    for scheme in ("http://", "https://"):
        adapter = session.get_adapter(scheme)
        if isinstance(adapter, HTTPAdapter):
            _speak(adapter, agent)
    own = configparser.ConfigParser(interpolation=None)
    own.read_string(files("praw").joinpath("praw.ini").read_text(encoding="utf-8"))
    Config.CONFIG = own
    return praw.Reddit(
        "DEFAULT",
        requestor_class=PoliteRequestor,
        requestor_kwargs={"session": session, "service": service, "variables": login.variables},
        client_id=login.client_id,
        client_secret=login.client_secret,
        username=login.username,
        password=login.password,
        refresh_token=login.refresh_token,
        redirect_uri=None,
        user_agent=agent,
        oauth_url=place.endpoint.rstrip("/"),
        reddit_url=place.login_endpoint.rstrip("/"),
        check_for_updates=False,
        check_for_async=False,
        **{f"{name}_kind": kind for name, kind in KINDS.items()},
    )


@contextmanager
def plain_errors(source: str, variables: str) -> Iterator[None]:
    """Turn what ``praw`` raises into one ``SourceError`` sentence, without what was sent."""
    try:
        yield
    except OAuthException as error:
        raise SourceError(f"{source}: Reddit gives no token ({error}): check {variables}") from None
    except BadJSON:
        raise SourceError(f"{source}: Reddit sent something that is no JSON; try again later") from None
    except ResponseException as error:
        status = error.response.status_code
        hint = f": check {variables}" if status in {401, 403} else ""
        raise SourceError(f"{source}: Reddit refused (HTTP {status}){hint}") from None
    except (PrawcoreException, PRAWException, requests.RequestException, RecursionError) as error:
        raise SourceError(f"{source}: Reddit's answer cannot be used: {type(error).__name__}") from None


def _agent(desk: Desk, username: str) -> str:
    """Return the User-Agent in the form that Reddit asks for; our own where no account is named."""
    if not username:
        return user_agent(desk.network)
    return f"{sys.platform}:{TOKEN}:v{version('gristmill')} (by /u/{username}; +{desk.network.contact})"


def _speak(adapter: HTTPAdapter, agent: str) -> None:
    """Let ``adapter`` say who asks in Reddit's form, and read Reddit's own word for when to come back."""

    def add_headers(request: requests.PreparedRequest, **_: Any) -> None:  # noqa: ANN401 - requests' own hook
        request.headers["User-Agent"] = agent

    adapter.add_headers = add_headers  # type: ignore[method-assign]
    adapter.build_response = partial(_build, adapter.build_response)  # type: ignore[method-assign]


def _build(build: Callable[..., requests.Response], *args: Any) -> requests.Response:  # noqa: ANN401 - as above
    response = build(*args)
    reset_s, retry_after_s = (_number(response.headers.get(name)) for name in ("x-ratelimit-reset", "retry-after"))
    if response.status_code == 429 and reset_s is not None and reset_s > (retry_after_s or 0.0):
        response.headers["Retry-After"] = str(reset_s)
    return response


def _names_reason(response: requests.Response) -> bool:
    try:
        said = response.json()
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and bool(said.get("reason"))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return max(number, 0.0) if math.isfinite(number) else None
