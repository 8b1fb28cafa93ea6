"""From an answer to a row: which pages are stored, which are refused and why. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from scrapers.crawl import consent
from scrapers.crawl.address import canonical, hidden_login
from scrapers.crawl.archive import NOT_MODIFIED
from scrapers.crawl.browser import Rendered
from scrapers.crawl.frontier import Ask
from scrapers.crawl.house import Houses
from scrapers.crawl.likeness import simhash64
from scrapers.crawl.markup import HTML_TYPES, Markup, read_markup
from scrapers.crawl.site import Site
from scrapers.page import Page, Request, Scraped, Signal, Verdict

REDIRECTS = (301, 302, 303, 307, 308)
TEXT_TYPES = (*HTML_TYPES, "text/plain", "text/markdown")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a URL has no body: a word of the vocabulary and one sentence for a person."""

    reason: str
    detail: str


def unasked(houses: Houses, page: Page, now: datetime) -> list[Ask]:
    """Return the licence documents that must be asked before ``page`` may be judged."""
    if page.request.role != "page" or not 200 <= page.status < 300:
        return []
    return houses.unasked_licences(page, _markup(page), now)


def read(site: Site, page: Page, houses: Houses, *, is_stored: bool) -> tuple[Scraped | None, list[Request]]:
    """Return the row of ``page`` (``None`` for sitemaps and feeds) and the requests it led to.

    ``is_stored``: an earlier visit stored its body, so that it may be unchanged.
    """
    is_page = page.request.role == "page"
    refusal = _refused(page, is_stored=is_stored) if is_page else None
    is_readable = 200 <= page.status < 300 and refusal is None
    results = list(site.parse(page)) if is_readable or redirect_target(page) else []
    found = [result for result in results if isinstance(result, Request)]
    if not is_page:
        return None, found
    if refusal:
        return _answered_row(site, page, refusal), found
    if page.status == NOT_MODIFIED:
        return _with_consent(site, page, _unchanged(site, page), houses), found
    (row,) = (result for result in results if isinstance(result, Scraped))
    return _with_consent(site, page, _stored(page, row), houses), found


def refused_row(
    site: Site, request: Request, asked_at: datetime, refusal: Refusal, *, signals: tuple[Signal, ...] = ()
) -> Scraped:
    """Return the row of a page that was not asked, or that gave no answer."""
    row = Scraped(canonical(request.url), request.url, site.document_kind, asked_at)
    verdict: Verdict = "deny" if refusal.reason == "ai-opt-out" else "unknown"
    consented = replace(row, consent=verdict, consent_evidence=signals)
    return replace(consented, refusal=refusal.reason, refusal_detail=refusal.detail)


def opted_out(signal: Signal) -> Refusal:
    """Return the refusal of what ``signal`` keeps from training."""
    return Refusal("ai-opt-out", f"{signal.source} says: {signal.value}")


def joined(raw: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return header lines as one dictionary of lower-cased names, repeated fields as one list (RFC 9110, 5.3).

    Each ``X-Robots-Tag`` line may name its own crawler, so those are joined by line breaks.
    """
    found: dict[str, str] = {}
    for name, value in raw:
        field = name.lower()
        glue = "\n" if field == "x-robots-tag" else ", "
        found[field] = f"{found[field]}{glue}{value}" if field in found else value
    return found


def redirect_target(page: Page) -> str | None:
    """Return where a redirect leads, absolute; ``None`` for every other answer."""
    location = page.headers.get("location", "")
    if page.status not in REDIRECTS or not location:
        return None
    try:
        return urljoin(page.url, location)
    except ValueError:
        return None


def other_spelling(page: Page) -> str | None:
    """Return where a redirect leads that names the same page (a slash, a session id ...), else ``None``."""
    target = redirect_target(page)
    if target is None or target == page.request.url:
        return None
    return target if canonical(target) == canonical(page.request.url) else None


def status_refusal(status: int, target: str | None) -> Refusal | None:
    """Return what a status other than 2xx means; ``target`` is where a redirect leads."""
    if target:
        return Refusal("redirected", f"status {status} leads to {hidden_login(target)}")
    if 200 <= status < 300:
        return None
    return Refusal("gone" if status in (404, 410) else f"http-{status}", f"the server answered with status {status}")


def _refused(page: Page, *, is_stored: bool) -> Refusal | None:
    if page.status == NOT_MODIFIED and is_stored:
        return None
    refusal = status_refusal(page.status, redirect_target(page))
    if refusal:
        return refusal
    media_type = page.headers.get("content-type", "")
    if not media_type.lower().startswith(TEXT_TYPES):
        return Refusal("unsupported-type", f"the media type is {media_type or 'not given'}")
    return None


def _answered_row(site: Site, page: Page, refusal: Refusal) -> Scraped:
    row = refused_row(site, page.request, page.fetched_at, refusal)
    return replace(row, status=page.status, headers=page.raw_headers)


def _unchanged(site: Site, page: Page) -> Scraped:
    key = canonical(page.request.url)
    return Scraped(key, page.request.url, site.document_kind, page.fetched_at, status=page.status)


def _stored(page: Page, row: Scraped) -> Scraped:
    etag, last_modified = page.headers.get("etag"), page.headers.get("last-modified")
    simhash = _signed(simhash64(page.body)) if is_html(page) else None
    return replace(row, headers=page.raw_headers, simhash=simhash, etag=etag, last_modified=last_modified)


def is_html(page: Page) -> bool:
    """Return whether ``page`` is a page of HTML that was found."""
    media_type = page.headers.get("content-type", "")
    return page.request.role == "page" and 200 <= page.status < 300 and media_type.lower().startswith(HTML_TYPES)


def _signed(value: int) -> int:
    """Return an unsigned 64-bit number as the signed one with the same bits, which is what tables hold."""
    return value - (1 << 64) if value >= 1 << 63 else value


def signals_of(page: Page, houses: Houses) -> tuple[Signal, ...]:
    """Return everything that is said of training on ``page``: by its host, its headers, itself and its licences."""
    return (
        *houses.signals(page.url, page.fetched_at),
        *consent.from_headers(page.headers, page.url, page.fetched_at),
        *consent.from_markup(_markup(page), page.url, page.fetched_at),
        *houses.licence_signals(page, _markup(page), page.fetched_at),
        *page.signals,
    )


def may_render(page: Page, houses: Houses) -> bool:
    """Return whether the scripts of ``page`` may run: it was found, is HTML, and nothing denies training on it."""
    return is_html(page) and houses.verdict(signals_of(page, houses))[0] != "deny"


def rendered(page: Page, shown: Rendered, houses: Houses) -> Page:
    """Return the page as its scripts left it, with what was said of it before and of what they loaded."""
    said = list(signals_of(page, houses))
    for answer in shown.loaded:
        said += houses.signals(answer.url, page.fetched_at)
        said += consent.from_headers(answer.headers, answer.url, page.fetched_at)
    return replace(shown.page, signals=tuple(dict.fromkeys(said)), requests=1 + shown.requests)


def _with_consent(site: Site, page: Page, row: Scraped, houses: Houses) -> Scraped:
    signals = signals_of(page, houses)
    verdict, decisive = houses.verdict(signals)
    unread = houses.unread_licence(page, _markup(page), page.fetched_at)
    if verdict == "deny" and decisive:
        row = _answered_row(site, page, opted_out(decisive))
    elif unread:
        row = _answered_row(site, page, Refusal("consent-unreachable", f"the licence {unread} could not be had"))
    return replace(row, consent=verdict, consent_evidence=signals)


def _markup(page: Page) -> Markup:
    return read_markup(page.body, page.url, page.headers.get("content-type", ""))
