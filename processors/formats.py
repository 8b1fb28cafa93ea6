"""Which module reads what: by the media type's profile, which names the API or form of a body, else by its type."""

import time
from collections.abc import Callable, Mapping

from corpus.charset import decode_text
from processors import extract_api, extract_subtitles
from processors.extract_conversation import read_conversation
from processors.extract_epub import read_epub
from processors.extract_html import MAX_PARSED_BYTES, extract_page
from processors.extract_latex import read_latex
from processors.extract_latexml import read_latexml
from processors.extract_mail import read_mail
from processors.extract_markdown import read_markdown
from processors.extract_office import OFFICE_TYPES, read_office
from processors.extract_pdf import read_pdf
from processors.extract_subtitles import read_subtitles
from processors.extract_thread import read_thread
from processors.extract_wikitext import read_wikitext
from processors.extracted import Extracted
from processors.first_pass import shown_chars
from processors.media_types import is_page, kind_and_essence

Reader = Callable[[bytes, str], Extracted]

TEXT_TYPES = ("text/plain",)
PDF_TYPE = "application/pdf"
# What a page shows without a text for the extractor: fewer characters may be labels and menus, rightly left out.
LOST_CHARS = 250


def read(body: bytes, media_type: str, url: str | None, clock: Callable[[], float] = time.process_time) -> Extracted:
    """Return what ``body`` says; one that no module reads has an empty text.

    ``clock`` gives seconds and is asked after each page of a PDF. Hostile bodies may hang here, or break the process
    down: ``processors.reader.read`` calls this where that does no harm.

    Raises:
        Exception: whatever a parser raises on what it cannot digest.
    """
    kind, essence = kind_and_essence(media_type)
    reader = BY_PROFILE.get(kind) or BY_TYPE.get(essence)
    if reader:
        return reader(body, media_type)
    if essence == PDF_TYPE:
        return read_pdf(body, media_type, clock)
    if is_page(body, media_type):
        return _read_page(body, media_type, url)
    if essence in TEXT_TYPES or not essence:
        return Extracted(decode_text(body, media_type))
    title, text = extract_api.text_of(body, media_type)
    return Extracted(text or "", title or None)


def _read_page(body: bytes, media_type: str, url: str | None) -> Extracted:
    """Return what a page says; one that shows much and has no text for its extractor is ``broken``."""
    found = _marked(extract_page(body, media_type, url), body, MAX_PARSED_BYTES)
    if found.text or found.problem or shown_chars(body, media_type) < LOST_CHARS:
        return found
    return found._replace(problem="broken")


def _read_subtitles(body: bytes, media_type: str) -> Extracted:
    return _marked(read_subtitles(body, media_type), body, extract_subtitles.MAX_PARSED_BYTES)


def _marked(found: Extracted, body: bytes, read_bytes: int) -> Extracted:
    """Return ``found``, marked as ``truncated`` where it is the text of the first ``read_bytes`` alone."""
    is_cut = len(body) > read_bytes and bool(found.text) and not found.problem
    return found._replace(problem="truncated") if is_cut else found


# A web server may name any profile: only whole types that the sources of this project write are told by theirs.
BY_PROFILE: Mapping[str, Reader] = {
    "application/json;profile=conversation": read_conversation,
    "application/json;profile=mediawiki-wikitext": read_wikitext,
    "application/json;profile=reddit-thread": read_thread,
    "text/html;profile=arxiv-html": read_latexml,
}
BY_TYPE: Mapping[str, Reader] = {
    "application/epub+zip": read_epub,
    "application/x-eprint": read_latex,
    "application/x-subrip": _read_subtitles,
    "application/x-tex": read_latex,
    "message/rfc822": read_mail,
    "text/x-markdown": read_markdown,
    "text/x-tex": read_latex,
    "text/markdown": read_markdown,
    "text/vtt": _read_subtitles,
    "text/x-wiki": read_wikitext,
    **dict.fromkeys(OFFICE_TYPES, read_office),
}
