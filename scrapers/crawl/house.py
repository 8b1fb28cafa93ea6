"""The rules of the house: what an authority's robots.txt and policy files say of our visit and of AI training."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from scrapers.crawl import consent, robots
from scrapers.crawl.address import authority
from scrapers.crawl.frontier import Ask, robots_url
from scrapers.crawl.markup import Markup
from scrapers.crawl.policies import Policies, Policy
from scrapers.crawl.robots import Rules
from scrapers.page import Page, Signal, Verdict

WELL_KNOWN = {"tdmrep": "/.well-known/tdmrep.json", "ai.txt": "/ai.txt"}
ASKED_FOR = (401, 402, 403)  # RSL 1.0 answers so where a licence must be had first
NO_MARKUP = Markup()
NO_HEADERS: Mapping[str, str] = {}


class Houses:
    """The rules of every authority, read from the ``policies`` this machine keeps.

    ``infer_opt_out``: robots.txt that keeps the crawlers of AI trainers out is taken as a no to us too.
    """

    def __init__(self, policies: Policies, *, infer_opt_out: bool) -> None:
        self._policies = policies
        self._infer_opt_out = infer_opt_out

    def rules(self, origin: str, now: datetime) -> Rules:
        """Return what robots.txt of ``origin`` says; nothing known forbids all."""
        found = self._policies.in_force(robots_url(origin), now)
        if found is None:
            return robots.unreachable("robots.txt was not asked yet", now)
        return _rules(found)

    def unasked(self, origin: str, now: datetime) -> list[Ask]:
        """Return the policies (role, URL) that must be asked before a page of ``origin`` may be judged."""
        if not self._policies.is_fresh(robots_url(origin), now):
            return [("robots", robots_url(origin))]
        if self.rules(origin, now).refusal:
            return []
        urls = [*self._well_known(origin), *(url for _, url in self._licences(origin, now))]
        return [("policy", url) for url in urls if not self._policies.is_fresh(url, now)]

    def unasked_licences(self, page: Page, markup: Markup, now: datetime) -> list[Ask]:
        """Return the licence documents that ``page`` names and that must be asked before it may be judged."""
        named = consent.rsl_urls("", page.url, page.headers, markup, page.url)
        return [("policy", url) for _, url in named if not self._policies.is_fresh(url, now)]

    def fingerprint(self, origin: str, now: datetime) -> str:
        """Return a hash of all that ``origin`` says; a change means that its pages are judged anew."""
        urls = [robots_url(origin), *self._well_known(origin), *(url for _, url in self._licences(origin, now))]
        said = hashlib.sha256()
        for url in urls:
            policy = self._policies.in_force(url, now)
            said.update(f"{url} {policy and policy.status} ".encode() + (policy.body if policy else b""))
        return said.hexdigest()

    def signals(self, url: str, now: datetime) -> tuple[Signal, ...]:
        """Return what the policies of the authority say of training on ``url``."""
        return tuple(self._said(url, now))

    def unread_licence(self, page: Page, markup: Markup, now: datetime) -> str | None:
        """Return a licence that the host or ``page`` names and that could not be had."""
        named = consent.rsl_urls("", page.url, page.headers, markup, page.url)
        for _, url in (*self._licences(authority(page.url), now), *named):
            policy = self._policies.in_force(url, now)
            if policy is None or not policy.is_readable:
                return url
        return None

    def verdict(self, signals: Iterable[Signal]) -> tuple[Verdict, Signal | None]:
        """Return the most restrictive verdict and the signal it rests on."""
        return consent.decide(signals, inferred=self._infer_opt_out)

    def licence_signals(self, page: Page, markup: Markup, now: datetime) -> tuple[Signal, ...]:
        """Return what the licence documents that ``page`` itself names say of it."""
        named = consent.rsl_urls("", page.url, page.headers, markup, page.url)
        return tuple(signal for carrier, url in named for signal in self._rsl(carrier, url, page.url, now))

    def _said(self, url: str, now: datetime) -> Iterator[Signal]:
        origin = authority(url)
        rules = self.rules(origin, now)
        yield from consent.from_robots(rules.text, url, rules.fetched_at)
        yield from consent.from_training_bots(rules.text, url, rules.fetched_at)
        for name, address in zip(WELL_KNOWN, self._well_known(origin), strict=True):
            policy = self._policies.in_force(address, now)
            if policy and policy.text:
                read = consent.from_tdmrep if name == "tdmrep" else consent.from_ai_txt
                yield from read(policy.text, url, policy.fetched_at)
        for carrier, address in self._licences(origin, now):
            yield from self._rsl(carrier, address, url, now)

    def _rsl(self, carrier: str, address: str, url: str, now: datetime) -> Iterator[Signal]:
        policy = self._policies.in_force(address, now)
        if policy and policy.text:
            yield from consent.from_rsl(policy.body, url, policy.fetched_at, carrier)
        elif policy and policy.status in ASKED_FOR:
            yield Signal(f"RSL {carrier}", f"status {policy.status} for {address}", "/", policy.fetched_at)

    def _licences(self, origin: str, now: datetime) -> tuple[tuple[str, str], ...]:
        rules, home = self.rules(origin, now), f"{origin}/"
        return consent.rsl_urls(rules.text, robots_url(origin), NO_HEADERS, NO_MARKUP, home) if rules.text else ()

    def _well_known(self, origin: str) -> list[str]:
        return [robots_url(origin).removesuffix("/robots.txt") + path for path in WELL_KNOWN.values()]


@lru_cache(maxsize=256)
def _rules(policy: Policy) -> Rules:
    if policy.status is None:
        return robots.unreachable(f"robots.txt could not be had: {policy.detail}", policy.fetched_at)
    return robots.read(policy.status, policy.body, policy.fetched_at)
