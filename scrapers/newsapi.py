"""NewsAPI (https://newsapi.org/docs): a paid index that tells which articles there are.

Only links, headlines and dates are taken; each article is asked of its own site by the crawler, under that site's
rules. What was found stands in the raw store before the crawl begins, one record a night, and the records are the
cursor too: the next night asks from the newest article of them on. So neither a crash nor a lost frontier loses a link.

Of the Developer plan (https://newsapi.org/pricing): it may be used for development and testing alone, serves 100
articles a question, none older than a month, and each a day late. No ``to`` is needed for that: what is too new
is not served, and the newest article seen is where the next night goes on.
"""

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from pydantic import Field, model_validator

from corpus.errors import SourceError
from corpus.params import Params
from scrapers.clients.polite import Clock, is_own_ground, polite_session, service_at
from scrapers.crawl.address import host_of
from scrapers.crawl.feed import FORBIDDEN, MAX_HEADLINE_CHARS, read_moment
from scrapers.crawl.recall import RAW_FOLDER, by_night
from scrapers.page import Desk, Request

RECORD = "newsapi.json"
RECORDS_READ = 31  # nights: what a frontier older than that has lost is not news any more
PAGE_SIZE = 100  # the most (https://newsapi.org/docs/endpoints/everything, pageSize)
MAX_QUERY_CHARS = 500  # as there, q
MAX_SOURCES = 20  # as there, sources
KEY = re.compile(r"[\w-]{8,128}", re.ASCII)
REMOVED = "[Removed]"  # the title of an article that NewsAPI has taken out
NO_MORE = "maximumResultsReached"  # the plan serves no further page
WRONG_KEY = ("apiKeyInvalid", "apiKeyMissing", "apiKeyDisabled", "apiKeyExhausted")

logger = logging.getLogger(__name__)


class NewsapiSearch(Params):
    """What to ask NewsAPI for; one question for each language."""

    query: str = Field(default="", max_length=MAX_QUERY_CHARS, description='words, `"phrases"`, AND, OR, NOT')
    languages: tuple[str, ...] = Field(default=(), description="two-letter codes such as `en`; all when empty")
    domains: tuple[str, ...] = Field(default=(), description="articles of these sites alone, such as `bbc.co.uk`")
    sources: tuple[str, ...] = Field(
        default=(), max_length=MAX_SOURCES, description="NewsAPI's names of newspapers, such as `bbc-news`"
    )
    key_env: str = Field(
        default="NEWSAPI_KEY", pattern=r"^[A-Za-z_]\w*$", description="the environment variable that holds the key"
    )
    endpoint: str = Field(
        default="https://newsapi.org/v2/everything",
        description="address of the index; /v2/top-headlines knows neither languages, domains nor dates",
    )
    max_articles: int = Field(default=100, ge=1, le=10_000, description="articles found in one night at most")
    lookback_days: float = Field(default=29.0, gt=0, description="never ask for older ones; plans refuse them")
    delay_s: float = Field(default=1.0, ge=0, description="seconds between two requests")

    @model_validator(mode="after")
    def _asks_something_safely(self) -> Self:
        where = urlsplit(self.endpoint)
        if where.scheme != "https" and not is_own_ground(where.hostname or ""):
            raise ValueError("endpoint must be an https address: the key is sent there")
        if where.query or "@" in where.netloc:
            raise ValueError("endpoint is an address alone; options have fields of their own, and the key key_env")
        if not (self.query or self.sources or (self.domains and not self.is_headlines)):
            raise ValueError("newsapi needs a query, sources or (but for top-headlines) domains")
        if self.is_headlines and (self.languages or self.domains):
            raise ValueError("top-headlines takes neither languages nor domains")
        return self

    @property
    def is_headlines(self) -> bool:
        """Whether the headlines of now are asked, which know no dates."""
        return urlsplit(self.endpoint).path.rstrip("/").endswith("top-headlines")

    @property
    def questions(self) -> list[dict[str, str]]:
        """The parameters of each question, without dates and page."""
        said = {"q": self.query, "domains": ",".join(self.domains), "sources": ",".join(self.sources)}
        asked = {name: value for name, value in said.items() if value}
        if not self.is_headlines:
            asked["sortBy"] = "publishedAt"
        return [asked | ({"language": language} if language else {}) for language in self.languages or ("",)]


@dataclass(frozen=True, slots=True)
class _Index:
    """The index as one night asks it; ``key`` goes nowhere but into a header of its requests."""

    search: NewsapiSearch
    session: requests.Session
    key: str

    def articles(self, question: dict[str, str], limit: int) -> Iterator[dict[str, Any]]:
        """Yield what answers ``question``, newest first, at most ``limit``; the log says where there were more."""
        taken = 0
        for page in range(1, -(-limit // PAGE_SIZE) + 1):
            answer = self._page(question | {"pageSize": str(min(PAGE_SIZE, limit)), "page": str(page)})
            if answer.get("code") == NO_MORE:
                return
            found, total = self._found(answer)
            yield from (article for article in found[: limit - taken] if isinstance(article, dict))
            taken += len(found)
            if not found or taken >= total:
                return
        logger.warning("NewsAPI has %s articles of a question, %d are taken (max_articles)", total, limit)

    def _page(self, parameters: dict[str, str]) -> dict[str, Any]:
        headers = {"X-Api-Key": self.key, "Accept": "application/json"}
        # A redirect would carry the header to another host.
        response = self.session.get(self.search.endpoint, params=parameters, headers=headers, allow_redirects=False)
        try:
            answer = json.loads(response.content)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict) and (answer.get("status") == "ok" or answer.get("code") == NO_MORE):
            return answer
        raise self._refusal(response.status_code, answer if isinstance(answer, dict) else {})

    def _found(self, answer: Mapping[str, Any]) -> tuple[list[Any], int]:
        """Return the articles of an answer and how many there are in all."""
        found, total = answer.get("articles"), answer.get("totalResults")
        if isinstance(found, list) and isinstance(total, int):
            return found, total
        name = "articles" if isinstance(total, int) else "totalResults"
        raise SourceError(f"{host_of(self.search.endpoint)} answers with {name} that cannot be read; try again later")

    def _refusal(self, status: int, answer: Mapping[str, Any]) -> SourceError:
        host, code = host_of(self.search.endpoint), self._said(answer.get("code"))
        if status == requests.codes.unauthorized or code in WRONG_KEY:
            return SourceError(f"{host} does not take the key in {self.search.key_env} ({code or status}); mend it")
        said = self._said(answer.get("message")) or "it gave no reason"
        return SourceError(f"{host} refused the question ({code or f'HTTP {status}'}): {said}")

    def _said(self, value: object) -> str:
        return " ".join(_text(value).replace(self.key, "***").split())[:300]


def discover(search: NewsapiSearch, desk: Desk, clock: Clock | None = None) -> list[Request]:
    """Ask what is new, once a night, and return the articles found tonight and on the nights before.

    Raises:
        SourceError: there is no key, it is not taken, or the question is refused or gets no answer.
    """
    record = f"{desk.folder}/{RECORD}"
    if not desk.store.exists(record):
        key = os.environ.get(search.key_env, "").strip()
        if not KEY.fullmatch(key):
            raise SourceError(f"NewsAPI needs a key: set the environment variable {search.key_env} to it")
        service = service_at(desk, host_of(search.endpoint) or "", search.delay_s, clock)
        found = _ask(_Index(search, polite_session(desk, service), key), desk)
        desk.store.put(record, json.dumps(found, sort_keys=True).encode())
    return found_before(desk)


def found_before(desk: Desk) -> list[Request]:
    """Return the articles of the records there are, each once, the oldest record first."""
    each: dict[str, Request] = {}
    for record in _records(desk):
        for url, title, published_at in record["articles"]:
            moment = datetime.fromisoformat(published_at) if published_at else None
            each.setdefault(url, Request(url, "page", 1, moment, title=title))
    return list(each.values())


def _ask(index: _Index, desk: Desk) -> dict[str, Any]:
    """Return the record of a night: where each question goes on, and the articles that answered."""
    search, newest = index.search, _newest(desk)
    articles: list[tuple[str, str | None, str | None]] = []
    limit = max(search.max_articles // len(search.questions), 1)
    for question in search.questions:
        name = json.dumps([search.endpoint, question], sort_keys=True)
        since = {} if search.is_headlines else {"from": _since(search, newest.get(name), desk.now())}
        found = list(filter(None, map(_article, index.articles(question | since, limit))))
        published = [published_at for _, _, published_at in found if published_at]
        # One date in the future would keep all that follows out.
        newest[name] = max([newest.get(name, ""), *(at for at in published if at <= desk.now().isoformat())])
        articles += found
    return {"newest": newest, "articles": articles}


def _since(search: NewsapiSearch, newest: str | None, now: datetime) -> str:
    oldest = now - timedelta(days=search.lookback_days)
    since = max(datetime.fromisoformat(newest), oldest) if newest else oldest
    return since.strftime("%Y-%m-%dT%H:%M:%S")  # UTC, as NewsAPI writes it


def _article(found: dict[str, Any]) -> tuple[str, str | None, str | None] | None:
    """Return link, headline and date of an article, ``None`` of one that leads nowhere any more."""
    url, title = _text(found.get("url")), " ".join(FORBIDDEN.sub("", _text(found.get("title"))).split())
    if host_of(url) is None or title == REMOVED:
        return None
    origin = found.get("source")
    site = _text(origin.get("name")) if isinstance(origin, dict) else ""
    headline = title.removesuffix(f" - {site}") if site else title  # NewsAPI appends the name of the site
    published_at = read_moment(_text(found.get("publishedAt")))
    return url, headline[:MAX_HEADLINE_CHARS] or None, published_at.isoformat() if published_at else None


def _text(value: object) -> str:
    """Return ``value`` where it is a string, as one that can be written in UTF-8; else an empty one."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _newest(desk: Desk) -> dict[str, str]:
    newest: dict[str, str] = {}
    for record in _records(desk):
        newest |= record["newest"]
    return newest


def _records(desk: Desk) -> Iterator[dict[str, Any]]:
    nights = [path for path in desk.store.paths(RAW_FOLDER) if path.endswith(f"/{desk.source}/{RECORD}")]
    for path in sorted(nights, key=by_night)[-RECORDS_READ:]:
        record: dict[str, Any] = json.loads(desk.store.get(path))
        yield record
