"""A page of HTML: its main text as Markdown, and its title, author and day of publication."""

from lxml.html import HtmlElement
from trafilatura import load_html

from corpus.charset import decode_html
from processors.extracted import Extracted
from processors.html.main_text import markdown
from processors.html.metadata import metadata

MAX_PARSED_BYTES = 8 * 1024 * 1024  # of a page; the rest is left unread


def extract_page(body: bytes, media_type: str, url: str | None) -> Extracted:
    """Return the Markdown and metadata of one HTML page; at most its first 8 MiB are parsed.

    Raises:
        Exception: whatever the parser raises on a page it cannot digest.
    """
    tree = parse(decode_html(body[:MAX_PARSED_BYTES], media_type))
    if tree is None:
        return Extracted()
    facts = metadata(tree, url)
    return Extracted(markdown(tree), *facts)


def parse(html: str) -> HtmlElement | None:
    """Return the tree of ``html``, or None when it is no HTML."""
    return load_html(html) if html.strip() else None
