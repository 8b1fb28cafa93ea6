"""A page of HTML: its main text as Markdown, and its title, author and day of publication."""

from lxml.html import HtmlElement

from corpus.charset import decode_html
from processors.extracted import Extracted
from processors.html.main_text import main_text
from processors.html.metadata import Metadata, metadata
from processors.html.nesting import tree_of
from processors.sites.known import read_site

MAX_PARSED_BYTES = 8 * 1024 * 1024  # of a page; the rest is left unread


def extract_page(body: bytes, media_type: str, url: str | None) -> Extracted:
    """Return the Markdown and metadata of one HTML page; at most its first 8 MiB are parsed.

    Raises:
        Exception: whatever the parser raises on a page it cannot digest.
    """
    tree = parse(decode_html(body[:MAX_PARSED_BYTES], media_type))
    if tree is None:
        return Extracted()
    facts, site = metadata(tree, url), read_site(tree, url)
    if site is not None:
        return _filled(site, facts)
    found = main_text(tree)
    return Extracted(found.text, *facts, hidden_chars=found.hidden_chars, notice_chars=found.notice_chars)


def _filled(site: Extracted, facts: Metadata) -> Extracted:
    return site._replace(
        title=site.title or facts.title,
        author=site.author or facts.author,
        created_at=site.created_at or facts.created_at,
    )


def parse(html: str) -> HtmlElement | None:
    """Return the tree of ``html``, or None when it is no HTML."""
    return tree_of(html) if html.strip() else None
