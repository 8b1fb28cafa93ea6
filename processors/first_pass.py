"""A page of HTML at a quick look: its plain text, for what can be judged before the careful extraction."""

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from corpus.charset import decode_html
from processors.extracted import Extracted

MAX_PARSED_BYTES = 8 * 1024 * 1024  # of a page, as the careful extraction has it
# Of 1,200 pages resiliparse took too little of 12 for main text, nothing of 5: under so many characters all that the
# page shows is returned, which was never much less than what the careful extraction found.
SPARSE_CHARS = 2_000


def skim_page(body: bytes, media_type: str) -> Extracted:
    """Return the main text of a page in one line, or, where that is under 2,000 characters, all it shows.

    Hostile pages may hang here: ``processors.reader.skim`` calls this where that does no harm.
    """
    tree = _tree(body, media_type)
    main = extract_plain_text(tree, main_content=True, alt_texts=False, preserve_formatting=False)
    return Extracted(main if len(main) >= SPARSE_CHARS else _shown(tree))


def shown_chars(body: bytes, media_type: str) -> int:
    """Return how many characters a page shows in all, menus and notices too; in linear time for any page."""
    return len(_shown(_tree(body, media_type)))


def _tree(body: bytes, media_type: str) -> HTMLTree:
    head = body[:MAX_PARSED_BYTES]
    return HTMLTree.parse_from_bytes(head, "utf-8") if _is_utf8(head) else HTMLTree.parse(decode_html(head, media_type))


def _is_utf8(body: bytes) -> bool:
    """Return whether the bytes prove to be UTF-8, as those of most pages do, which a look at each tag need not find."""
    if b"\0" in body or b"\x1b" in body:  # UTF-16 and ISO-2022 may look like it
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _shown(tree: HTMLTree) -> str:
    return extract_plain_text(tree, alt_texts=False, noscript=True, preserve_formatting=False)
