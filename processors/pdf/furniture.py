"""What stands on a page beside its text: running heads and feet, page numbers, stamps in the margin."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from processors.pdf.pages import Line, Page

# Running heads and feet stand in these outer shares of a page, among its outermost lines.
ZONE = 0.2
OUTER_LINES = 3
# Share of the pages that say the same at the same place (left and right pages have their own: a third).
REPEATED = 0.3
# A running head is parted from the text by this many heights, two lines of text by about a fifth of one.
APART = 0.7

_NUMBER = r"(?:\d{1,4}|[ivxlc]{1,7})"
_PAGE_NUMBER = re.compile(
    rf"[\W_]*(?:page|pg\.?|p\.|seite|página|pagina|стр\.?|صفحه|第)?\s*{_NUMBER}"
    rf"(?:\s*(?:/|of|von|de|sur|di|из)\s*{_NUMBER})?\s*(?:頁|页|ページ)?[\W_]*",
    re.IGNORECASE,
)
_NUMBERED_HEAD = re.compile(r"(?:\d{1,4}\s+\S.*|.*\S\s+\d{1,4})")


def without_furniture(pages: Sequence[Page]) -> list[Page]:
    """Return ``pages`` without what is repeated at their head and foot, and without page numbers."""
    said = Counter(mark for page in pages for mark in {_mark(page, line) for line in _outer(page)})
    needed = max(2, REPEATED * len(pages))
    return [page._replace(lines=list(_kept(page, said, needed))) for page in pages]


def _kept(page: Page, said: Counter[tuple[str, int]], needed: float) -> Iterator[Line]:
    outer = _outer(page)
    edge = {id(line) for line in (outer[:1] + outer[-1:])}
    for line in page.lines:
        if not _is_on(page, line):
            continue
        if any(line is one for one in outer) and said[_mark(page, line)] >= needed:
            continue
        if id(line) in edge and _is_number_or_head(page, line):
            continue
        yield line


def _is_on(page: Page, line: Line) -> bool:
    """What lies wholly outside of the page, or nowhere, is not shown."""
    is_somewhere = math.isfinite(line.right - line.left + line.top - line.bottom)
    return is_somewhere and line.right > 0 and line.left < page.width and line.top > 0 and line.bottom < page.height


def _outer(page: Page) -> list[Line]:
    """Return the outermost lines in the zones at head and foot, from the top."""
    ordered = sorted(page.lines, key=lambda line: -line.top)
    head = [line for line in ordered[:OUTER_LINES] if line.bottom > (1 - ZONE) * page.height]
    foot = [line for line in ordered[-OUTER_LINES:] if line.top < ZONE * page.height and line not in head]
    return head + foot


def _mark(page: Page, line: Line) -> tuple[str, int]:
    """Name a line by its words, numbers aside, and by which end of the page it stands at."""
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", line.text.lower()), line.top * 2 > page.height


def _is_number_or_head(page: Page, line: Line) -> bool:
    text = line.text
    if _PAGE_NUMBER.fullmatch(text):
        return True
    others = [one for one in page.lines if one is not line]
    if not others or not _NUMBERED_HEAD.fullmatch(text) or line.bottom < page.height / 2:
        return False
    next_top = max(one.top for one in others)
    tallest = max(one.height for one in others)
    return line.bottom - next_top > APART * line.height and line.height <= tallest
