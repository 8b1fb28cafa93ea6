"""From an answer to a row: which pages are stored, which are refused and why. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from scrapers.crawl import consent
from scrapers.crawl.address import canonical
from scrapers.crawl.markup import HTML_TYPES, read_markup
from scrapers.crawl.robots import Rules
from scrapers.crawl.site import Site
from scrapers.page import Page, Request, Scraped, Signal

TEXT_TYPES = (*HTML_TYPES, "text/plain", "text/markdown")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a URL has no body: a word of the vocabulary and one sentence for a person."""

    reason: str
    detail: str


def read(site: Site, page: Page, rules: Rules) -> tuple[Scraped | None, list[Request]]:
    """Return the row of ``page`` (``None`` for sitemaps and feeds) and the requests it led to."""
    is_page = page.request.role == "page"
    refusal = _refused(page) if is_page else None
    is_readable = 200 <= page.status < 300 and refusal is None
    results = list(site.parse(page)) if is_readable or redirect_target(page) else []
    found = [result for result in results if isinstance(result, Request)]
    if not is_page:
        return None, found
    if refusal:
        return refused_row(site, page.request, page.fetched_at, refusal, status=page.status), found
    (row,) = (result for result in results if isinstance(result, Scraped))
    return _with_consent(site, page, row, rules), found


def refused_row(
    site: Site, request: Request, asked_at: datetime, refusal: Refusal, *, status: int | None = None
) -> Scraped:
    """Return the row of a page that has no body."""
    return Scraped(
        canonical(request.url),
        request.url,
        site.document_kind,
        asked_at,
        status=status,
        refusal=refusal.reason,
        refusal_detail=refusal.detail,
    )


def redirect_target(page: Page) -> str | None:
    """Return where a redirect leads, absolute; ``None`` for every other answer."""
    location = page.headers.get("location", "")
    if page.status not in (301, 302, 303, 307, 308) or not location:
        return None
    try:
        return urljoin(page.url, location)
    except ValueError:
        return None


def _refused(page: Page) -> Refusal | None:
    target = redirect_target(page)
    if target:
        return Refusal("redirected", f"status {page.status} leads to {target}")
    if page.status in (404, 410):
        return Refusal("gone", f"the server answered with status {page.status}")
    if not 200 <= page.status < 300:
        return Refusal(f"http-{page.status}", f"the server answered with status {page.status}")
    media_type = page.headers.get("content-type", "")
    if not media_type.lower().startswith(TEXT_TYPES):
        return Refusal("unsupported-type", f"the media type is {media_type or 'not given'}")
    return None


def _with_consent(site: Site, page: Page, row: Scraped, rules: Rules) -> Scraped:
    signals = _signals(page, rules)
    verdict, decisive = consent.decide(signals)
    if verdict == "deny" and decisive:
        refusal = Refusal("ai-opt-out", f"{decisive.source} says: {decisive.value}")
        row = refused_row(site, page.request, page.fetched_at, refusal, status=page.status)
    return replace(row, consent=verdict, consent_evidence=signals)


def _signals(page: Page, rules: Rules) -> tuple[Signal, ...]:
    markup = read_markup(page.body, page.url, page.headers.get("content-type", ""))
    return (
        *consent.from_robots(rules.text, page.url, rules.fetched_at),
        *consent.from_headers(page.headers, page.url, page.fetched_at),
        *consent.from_markup(markup, page.url, page.fetched_at),
    )
