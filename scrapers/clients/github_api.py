"""GitHub's REST API by ``PyGithub``: its own host alone, in the polite session, and answers as they should be."""

import json
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from github import Auth, Github, GithubException
from github.GithubException import BadAttributeException
from github.GithubObject import GithubObject
from github.Repository import Repository
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass

from scrapers.clients.github_limits import Access, LimitedAdapter, answers
from scrapers.clients.polite import polite_session, service_at
from scrapers.crawl.identity import user_agent
from scrapers.page import Desk

TIMEOUT_S = 30
PER_PAGE = 100  # the most GitHub gives; a page costs the same however long it is
# What PyGithub raises where an answer is not as documented; assertions are its own checks, of hosts too.
UNREADABLE = (BadAttributeException, ValueError, TypeError, KeyError, AttributeError, AssertionError, RuntimeError)

Answer = TypeVar("Answer")


def github_client(desk: Desk, access: Access) -> Github:
    """Return a client whose every request goes through the polite session, to the API's own host alone."""
    token = access.token
    client = Github(
        base_url=access.endpoint,
        auth=Auth.Token(token) if token else None,
        user_agent=user_agent(desk.network),
        timeout=TIMEOUT_S,
        per_page=PER_PAGE,
        seconds_between_requests=None,  # the session paces
    )
    service = service_at(desk, access.host, access.delay_s)
    session = polite_session(desk, service, answers())
    adapter = LimitedAdapter(session.get_adapter(access.endpoint), service, access)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    api = urlsplit(access.endpoint)
    plain_connection = HTTPSRequestsConnectionClass if api.scheme == "https" else HTTPRequestsConnectionClass

    def polite_connection(host: str, port: int | None, **kwargs: Any) -> Any:  # noqa: ANN401 - passed on as they came
        if (host, port) != (api.hostname, api.port):
            raise GithubException(200, None, None, f"it leads to {host}, but the token is for {access.host} alone")
        connection = plain_connection(host, port, **kwargs)
        connection.session = session
        return connection

    # Its own connections know neither the recipe's proxy nor the pace, and the public hook is for a whole process.
    for name in ("connectionClass", "httpConnectionClass", "httpsConnectionClass"):
        setattr(client.requester, f"_Requester__{name}", polite_connection)
    return client


def answered(call: Callable[..., Answer], *args: object) -> Answer:
    """Return what ``call`` of PyGithub returns; an answer that is not as documented is an error with status 200."""
    try:
        return call(*args)
    except GithubException:
        raise
    except UNREADABLE as error:
        raise GithubException(200, None, None, f"the answer cannot be read ({type(error).__name__})") from error


def facts_in(call: Callable[..., GithubObject], *args: object) -> dict[str, Any]:
    """Return the JSON object that ``call`` of PyGithub was answered with."""
    facts = answered(lambda: call(*args).raw_data)
    if not isinstance(facts, dict):
        raise GithubException(200, None, None, "the answer is no JSON object")
    return facts


def asked(client: Github, name: str, etag: str | None) -> Repository | None:
    """Ask for the repository ``name``; ``None`` where it is as it was when its validator was ``etag``."""
    repository = Repository(client.requester, {"etag": etag} if etag else {}, {"url": f"/repos/{name}"}, completed=True)
    is_new = answered(repository.update)
    if not (is_new or etag):
        raise GithubException(200, None, None, "the answer is 304 to a question without a validator")
    return repository if is_new else None


def plain(error: Exception) -> str:
    """Return what GitHub said, in one line without headers."""
    if not isinstance(error, GithubException):
        return type(error).__name__
    said = error.message or (error.data.get("message") if isinstance(error.data, dict) else None)
    line = json.dumps(said or "no reason given", ensure_ascii=False)[1:201].rstrip('"')
    return f"HTTP {error.status}, {line}"


def not_accepted(access: Access, error: GithubException) -> str:
    """Return the one sentence for an answer 401."""
    if access.token:
        variable = access.token_env
        return f"{access.host} does not accept the token in {variable} ({plain(error)}); renew it, or unset {variable}"
    return f"{access.host} wants a token ({plain(error)}); set {access.token_env}"
