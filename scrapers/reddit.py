"""Reddit: threads of subreddits, searches and single submissions, by the ``praw`` client, with Reddit's permission.

Reddit's Data API terms apply instead of robots.txt: an approved application, at most 100 requests a minute, and the
deletion of what is deleted there (https://redditinc.com/policies/data-api-terms). Training on it needs Reddit's
permission, which the recipe must state; without that statement and the keys of an application nothing is asked.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode

import praw
from praw.models import Submission
from pydantic import Field, field_validator, model_validator

from corpus.params import Params
from scrapers.clients import reddit_client, reddit_tree
from scrapers.clients.intake import Cursor, Unchanged, take_in
from scrapers.clients.memory import Memory, remembered
from scrapers.clients.polite import service_at
from scrapers.clients.reddit_night import NO_ANSWER, Night
from scrapers.clients.reddit_sweep import Sweep, swept
from scrapers.clients.reddit_thread import (
    SITE,
    UNREACHABLE,
    YOUNG,
    Taste,
    Thing,
    Thread,
    address,
    has_grown,
    original,
    refused,
    scraped,
    thread_of,
    withdrawn,
)
from scrapers.crawl.address import host_of
from scrapers.page import Desk, Progress, Scraped

MIN_STATEMENT_CHARS = 20  # "yes" is no statement of who permitted what
Item = Scraped | Cursor | Unchanged


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing: ``label`` names what was asked; ``is_by_date`` when its newest submission comes first."""

    label: str
    subreddit: str
    items: Iterable[Submission]
    is_by_date: bool


class Reddit(Params):
    """Threads of Reddit; one document is one submission with its comments. Needs Reddit's permission and two keys."""

    version: ClassVar[int] = 1

    kind: Literal["reddit"] = "reddit"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the source's name, the first part of its ids")
    permission: str = Field(
        default="", description="your statement of Reddit's permission: who granted it, when, its link or number"
    )
    subreddits: tuple[str, ...] = Field(default=(), description="take the threads of these, without `r/`")
    sort: Literal["new", "hot", "top", "rising", "controversial"] = Field(
        default="new", description="which listing of a subreddit; only `new` goes on where the last night ended"
    )
    searches: tuple[str, ...] = Field(default=(), description="take what these find, in `subreddits` if any are named")
    search_sort: Literal["new", "relevance", "hot", "top", "comments"] = Field(
        default="new", description="the order of what a search finds"
    )
    time_filter: Literal["all", "day", "hour", "month", "week", "year"] = Field(
        default="all", description="how far `top`, `controversial` and searches look back"
    )
    submissions: tuple[str, ...] = Field(default=(), description="take these, by id or address")
    min_score: int = Field(default=1, description="leave threads with a lower score out")
    min_comments: int = Field(default=1, ge=0, description="leave threads with fewer comments out")
    min_comment_score: int = Field(default=0, description="leave comments with a lower score out")
    max_submissions: int = Field(default=200, ge=1, description="at most this many threads a night, the oldest first")
    max_comments: int = Field(default=500, ge=1, description="at most this many comments of a thread")
    max_more_requests: int = Field(default=8, ge=0, description="at most this many requests for a thread's hidden rest")
    include_nsfw: bool = Field(default=False, description="whether threads marked as not safe for work are taken")
    settle_days: float = Field(default=3.0, ge=0, description="a thread younger than this is read again when it grew")
    sweep_requests: int = Field(default=1000, ge=1, description="at most this many requests a night for what is stored")
    client_id_env: str = Field(default="REDDIT_CLIENT_ID", description="environment variable of the application's id")
    client_secret_env: str = Field(default="REDDIT_CLIENT_SECRET", description="likewise of the application's secret")
    username_env: str = Field(default="REDDIT_USERNAME", description="likewise of an account's name; not needed")
    password_env: str = Field(default="REDDIT_PASSWORD", description="likewise of its password")
    refresh_token_env: str = Field(default="REDDIT_REFRESH_TOKEN", description="likewise of a refresh token")
    username: str = Field(
        default="", pattern=r"^[A-Za-z0-9_-]{0,20}$", description="account named in the User-Agent, as Reddit asks"
    )
    endpoint: str = Field(default="https://oauth.reddit.com", description="address of the API")
    login_endpoint: str = Field(default=SITE, description="address that gives tokens")
    delay_s: float = Field(
        default=0.6, ge=0, description="seconds between two requests: 100 a minute is Reddit's limit"
    )

    @field_validator("subreddits")
    @classmethod
    def _are_subreddits(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not re.fullmatch(r"[A-Za-z0-9_]{2,24}", name):
                raise ValueError(f"{name!r} is no name of a subreddit; write it without r/, as in AskHistorians")
        return names

    @field_validator("submissions")
    @classmethod
    def _are_submissions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            reddit_tree.fullname(name)
        return names

    @model_validator(mode="after")
    def _may_ask(self) -> "Reddit":
        if len(self.permission.strip()) < MIN_STATEMENT_CHARS:
            raise ValueError(
                "Reddit's terms allow training only with its permission: set `permission` to who granted it, when, and "
                "its link or contract number, or take this source out"
            )
        if not (self.subreddits or self.searches or self.submissions):
            raise ValueError("name at least one of subreddits, searches and submissions")
        return self

    def collect(self, desk: Desk) -> Progress:
        """Take out what Reddit deleted, then store what is new; see ``Scraper.collect``."""
        with remembered(desk) as memory:
            try:
                return take_in(desk, memory, self._documents(desk, memory))
            finally:
                memory.erase_outdated()

    def _documents(self, desk: Desk, memory: Memory) -> Iterator[Item]:
        optional = (self.username_env, self.password_env, self.refresh_token_env)
        login = reddit_client.login_of(self.name, (self.client_id_env, self.client_secret_env), optional)
        with reddit_client.plain_errors(self.name, login.variables):
            reddit = self._connect(desk, login)
            night = Night(desk, memory, reddit, max(0, self.max_submissions - memory.stored_on(desk.night)))
            yield from self._swept(night)
            listings = list(self._listings(reddit))
            for place, listing in enumerate(listings):
                share = -(-night.left // (len(listings) - place))  # a busy subreddit leaves the others theirs
                yield from self._listed(night, listing, night.left - share)
            yield from self._named(night)
            if night.troubles:  # all else is stored
                raise night.troubles[0]

    def _connect(self, desk: Desk, login: reddit_client.Login) -> praw.Reddit:
        service = service_at(desk, host_of(self.endpoint) or "", self.delay_s)
        place = reddit_client.Place(self.endpoint, self.login_endpoint, self.username)
        return reddit_client.connect(desk, service, place, login)

    def _swept(self, night: Night) -> Iterator[Item]:
        sweep = Sweep(
            night=night,
            renew=lambda post: self._thread(night, post),
            rewritten=lambda thread, known: self._scraped(night, thread, is_young=(known.etag or "").endswith(YOUNG)),
            unwanted=self._unwanted,
        )
        yield from swept(sweep, self.sweep_requests)

    def _listings(self, reddit: praw.Reddit) -> Iterator[Listing]:
        period = {"time_filter": self.time_filter} if self.sort in {"top", "controversial"} else {}
        for name in self.subreddits if not self.searches else ():
            is_by_date = self.sort == "new"
            items = getattr(reddit.subreddit(name), self.sort)(limit=self._limit(is_by_date), **period)
            yield Listing(f"{self.sort} r/{name}", name, items, is_by_date)
        place = "+".join(self.subreddits) or "all"
        for query in self.searches:
            is_by_date = self.search_sort == "new"
            found = reddit.subreddit(place).search(
                query, sort=self.search_sort, time_filter=self.time_filter, limit=self._limit(is_by_date)
            )
            yield Listing(f"search r/{place} {query}", place, found, is_by_date)

    def _limit(self, is_by_date: bool) -> int | None:  # noqa: FBT001 - a fact of the listing
        return None if is_by_date else self.max_submissions

    def _listed(self, night: Night, listing: Listing, leave: int) -> Iterator[Item]:
        """Take a listing by date from its oldest new submission on, so that a full night loses none; others in order.

        The cursor stands where every older thread is settled and had: what is younger is listed again, which tells
        cheaply whether its comments grew. ``leave`` is how many of the night's threads are for the other listings.
        """
        key = f"{listing.label}?{urlencode(self._question())}"
        since = float(night.memory.cursors.get(key) or 0) if listing.is_by_date else 0.0
        try:
            listed = takewhile(lambda post: post["created_utc"] >= since, reddit_tree.things(listing.items))
            posts = list(listed)
        except reddit_tree.GONE as error:
            yield self._closed(listing, error.response.status_code, night.desk.now())
            return
        except NO_ANSWER as error:
            night.incomplete(error)
            return
        night.answered()
        may_pass = listing.is_by_date
        for post in reversed(posts) if listing.is_by_date else posts:
            if night.left <= leave:
                return
            yield from self._taken(night, original(post))
            may_pass = may_pass and not night.must_come_again(original(post)["name"])
            if may_pass and not self._is_young(night, post):
                yield Cursor(key, post["created_utc"])

    def _named(self, night: Night) -> Iterator[Item]:
        names = [reddit_tree.fullname(name) for name in self.submissions]
        found = reddit_tree.info(night.reddit, names)
        for name in names:
            if night.has_body(name) and name not in found:
                continue  # whether it is gone is the sweep's to find
            if name not in found:
                url = f"{SITE}/comments/{name.removeprefix('t3_')}/"
                yield refused(name, url, "gone", "Reddit has no such submission", night.desk.now())
            elif unwanted := self._unwanted(found[name]):
                yield refused(name, address(found[name]), *unwanted, night.desk.now())
            else:
                yield from self._fetched(night, found[name])

    def _taken(self, night: Night, post: Thing) -> Iterator[Item]:
        enough = post.get("num_comments", 0) >= self.min_comments and post.get("score", 0) >= self.min_score
        if enough and not self._unwanted(post):
            yield from self._fetched(night, post)

    def _fetched(self, night: Night, post: Thing) -> Iterator[Item]:
        if post["name"] in night.seen:
            return
        night.seen.add(post["name"])
        known = night.memory.known(post["name"])
        if known and not known.refusal and not has_grown(known.etag, post):
            yield Unchanged()
        else:
            document = self._thread(night, post)
            night.left -= document.refusal != UNREACHABLE
            yield document

    def _thread(self, night: Night, post: Thing) -> Scraped:
        key, url = str(post["name"]), address(post)
        try:
            fresh, comments = reddit_tree.thread(night.reddit, key, (self.max_comments, self.max_more_requests))
            night.compare(key, comments)
        except reddit_tree.GONE as error:
            night.answered()
            reason = UNREACHABLE if night.has_body(key) else "deleted"  # whether it is gone is the sweep's to find
            detail = f"Reddit does not show it (HTTP {error.response.status_code})"
            return refused(key, url, reason, detail, night.desk.now())
        except NO_ANSWER as error:
            night.missed(error, key)
            return refused(key, url, UNREACHABLE, "Reddit gave no answer when it was asked for it", night.desk.now())
        night.answered()
        if unwanted := self._unwanted(fresh):
            return refused(key, url, *unwanted, night.desk.now())
        thread = thread_of(fresh, comments, Taste(self.min_comment_score, self.max_comments))
        return self._scraped(night, thread, is_young=self._is_young(night, post))

    def _scraped(self, night: Night, thread: Thread, *, is_young: bool) -> Scraped:
        return scraped(thread, self.permission.strip(), night.desk.now(), is_young=is_young)

    def _unwanted(self, post: Thing) -> tuple[str, str] | None:
        """Return the refusal of a submission and why, None where it may be kept."""
        if detail := withdrawn(post):
            return "deleted", detail
        if post.get("quarantine"):
            return "quarantined", "Reddit quarantined its subreddit"
        if post.get("over_18") and not self.include_nsfw:
            return "nsfw", "it is marked as not safe for work"
        return None

    def _is_young(self, night: Night, post: Thing) -> bool:
        created_at = datetime.fromtimestamp(post.get("created_utc") or 0, UTC)
        return night.desk.now() - created_at < timedelta(days=self.settle_days)

    def _question(self) -> dict[str, Any]:
        """Return the options that choose submissions; those on comments count for threads fetched from then on.

        A stored thread is never made again for them: that is a request each, and nothing new would be listed.
        """
        options = self.model_dump(include={"min_score", "min_comments", "include_nsfw", "time_filter"})
        return {"version": self.version, **dict(sorted(options.items()))}

    def _closed(self, listing: Listing, status: int, fetched_at: datetime) -> Scraped:
        reason = "gone" if status in {302, 404} else f"http-{status}"
        detail = f"Reddit answers HTTP {status} for r/{listing.subreddit}: it does not exist, or is private or banned"
        url = f"{SITE}/r/{listing.subreddit}/"
        return refused(f"r/{listing.subreddit}", url, reason, detail, fetched_at)
