"""What stands on a page beside its text: running heads and feet, page numbers, stamps in the margin."""

import math
from collections import Counter
from collections.abc import Sequence

from processors.pdf.numbering import is_head, numbered, says_page
from processors.pdf.pages import Line, Page
from processors.pdf.sizes import Size, is_larger, rounded, usual_size

# Running heads and feet stand in these outer shares of a page, among its outermost lines.
ZONE = 0.2
OUTER_LINES = 3
# Share of the pages that say the same at the same place (left and right pages have their own: a third).
REPEATED = 0.3


def without_furniture(pages: Sequence[Page]) -> list[Page]:
    """Return ``pages`` without what is repeated at their head and foot, and without page numbers."""
    shown = [page._replace(lines=[line for line in page.lines if _is_on(page, line)]) for page in pages]
    outer = [_outer(page) for page in shown]
    usual = usual_size(line for page in shown for line in page.lines)
    dropped = numbered(shown, outer, usual) | _repeated(shown, outer, usual)
    dropped |= {id(line) for lines in outer for line in (*lines[:1], *lines[-1:]) if says_page(line)}
    return [page._replace(lines=[line for line in page.lines if id(line) not in dropped]) for page in shown]


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


def _repeated(pages: Sequence[Page], outer: Sequence[Sequence[Line]], usual: Size) -> set[int]:
    """Return the ids of lines that many pages have, word for word, at the same end.

    A line as large as a heading counts with those of its size alone: it may be the title that running heads repeat.
    """
    marked = [
        [
            (id(line), (line.text.lower(), rounded(line.height) if is_larger(line, usual) else 0, is_head(page, line)))
            for line in lines
        ]
        for page, lines in zip(pages, outer, strict=True)
    ]
    said = Counter(mark for lines in marked for mark in {mark for _, mark in lines})
    needed = max(2, REPEATED * len(pages))
    return {line for lines in marked for line, mark in lines if said[mark] >= needed}
