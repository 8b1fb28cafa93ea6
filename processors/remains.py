"""Lines of a site that stand in the text of its pages: consent and rights, menus, sharing, newsletters, comment forms.

A line goes when the whole of it is such a phrase (``processors.remains_phrases``). At the beginning and the end of a
document, where menus and footers were, more phrases count than in its middle, and a run of very short lines goes when
half of them are known from menus, whatever the language of the others. Code, tables, quotations, numbered items, lists
below a colon and headings with text below them stay, and so does all of a document without a line of running text.
"""

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from corpus.params import Params
from processors.lines import with_text_and_counts, without
from processors.remains_lines import Line, is_running_text, read_lines

_MAX_ROUNDS = 4  # what goes may leave a line alone that had text before it
_MENU_LINES = 400  # of one menu, blank lines among them
_RULE = re.compile(r"[\s\W_]+")


class Remains(Params):
    """Take lines out of ``text`` that belong to the site around it, English and German first.

    ``remains_lines`` and ``remains_chars`` (int32) count what went. Rows with ``messages`` stay as they are, since
    what people say to each other is all text, and so does ``kind`` "code", where every line has its purpose.
    """

    kind: Literal["remains"] = "remains"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("text", "kind", "messages")
    writes: ClassVar[tuple[str, ...]] = ("text", "remains_lines", "remains_chars")
    edge_menu_lines: int = Field(default=5, ge=2, description="shortest run of short lines at an edge that is a menu")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``text`` (large_string) less its remains; a null text is an empty one."""
        told = table["messages"].is_valid().to_pylist()
        rows = zip(table["text"].to_pylist(), table["kind"].to_pylist(), told, strict=True)
        found = [
            (text or "", 0) if spoken or kind == "code" else take_remains(text or "", self.edge_menu_lines, kind)
            for text, kind, spoken in rows
        ]
        return with_text_and_counts(table, "remains", found)


def take_remains(text: str, edge_menu_lines: int = 5, kind: str | None = None) -> tuple[str, int]:
    """Return ``text`` without the lines that are remains of its site, and how many went.

    ``edge_menu_lines`` is the shortest run of short lines at an edge that may be a menu, ``kind`` that of the
    document (a paper keeps its keywords). Blank lines that parted lines taken from others go with them.
    """
    total = 0
    for _ in range(_MAX_ROUNDS):
        text, count = _take_once(text, edge_menu_lines, kind)
        total += count
        if not count:
            break
    return text, total


def _take_once(text: str, edge_menu_lines: int, kind: str | None) -> tuple[str, int]:
    lines = read_lines(text, kind)
    if not any(line.known for line in lines):
        return text, 0
    gone = {place for place, line in enumerate(lines) if line.site and not line.heading and _in_company(lines, place)}
    gone |= _mates(lines)
    gone |= _peel([(p, one) for p, one in reversed(list(enumerate(lines))) if p not in gone], edge_menu_lines, 1)
    gone |= _peel([(p, one) for p, one in enumerate(lines) if p not in gone], edge_menu_lines, 2)
    if not gone or not (any(map(is_running_text, lines)) or all(line.known or _is_rule(line) for line in lines)):
        return text, 0  # words alone are a list, a poem or a glossary: nothing tells a menu from them
    return without([line.written for line in lines], gone), len(gone)


def _in_company(lines: Sequence[Line], place: int) -> bool:
    """Tell whether the line at ``place`` may go by itself: an item of a list needs a neighbour that goes too."""
    if not lines[place].item:
        return True
    before = next((line for line in reversed(lines[max(0, place - 3) : place]) if not line.blank), None)
    after = next((line for line in lines[place + 1 : place + 4] if not line.blank), None)
    return any(line is not None and line.site for line in (before, after))


def _mates(lines: Sequence[Line]) -> set[int]:
    """Return the places of lines that go in company, and stand in a run with another that is of the site."""
    return {
        place
        for run in _runs(lines)
        if len(run) > 1 and any(lines[place].site or lines[place].edge for place in run)
        for place in run
        if lines[place].mate and not lines[place].heading
    }


def _runs(lines: Sequence[Line]) -> Iterator[list[int]]:
    """Yield the places of lines that stand together, with nothing else but blank lines between them."""
    run: list[int] = []
    for place, line in enumerate(lines):
        if line.site or line.mate:
            run.append(place)
        elif not line.blank:
            yield run
            run = []
    yield run


def _peel(lines: Sequence[tuple[int, Line]], menu_lines: int, least: int) -> set[int]:
    """Return the places of the lines that go from an edge inwards, if at least ``least`` of them do.

    ``least`` is 1 at the end; at the beginning it is 2, but for the way to the page, which may go alone.
    """
    gone: set[int] = set()
    pending: list[int] = []
    reached = known = menu = looked = 0
    while reached < len(lines):
        place, line = lines[reached]
        if reached >= looked:  # once for each run of short lines
            menu, looked = _menu_ahead(lines, reached, menu_lines)
        else:
            menu = 0
        taken = [p for p, one in lines[reached : reached + menu] if not one.blank] or [place]
        crumbs = line.crumbs and least > 1
        if menu or ((line.edge or crumbs) and not (line.heading and least > 1)):
            gone.update(pending, taken)
            known += least if crumbs else len(taken)
            pending = []
        elif not (line.mate or _is_rule(line)):
            break
        elif not line.blank:
            pending.append(place)
        reached += menu or 1
    below = dict(lines[reached : reached + 1])
    loose = [place for place in pending if place - 1 not in below]  # the rule below a heading that stays is its own
    return gone.union(loose) if gone and known >= least else set()


def _is_rule(line: Line) -> bool:
    return not line.kept and _RULE.fullmatch(line.written or " ") is not None


def _menu_ahead(lines: Sequence[tuple[int, Line]], start: int, menu_lines: int) -> tuple[int, int]:
    """Return how many of ``lines`` from ``start`` on are a menu, and where the run of short lines there ends.

    A menu is a run of them, three or more and half of them known. It ends with one that is known: a title of few
    words may stand beside it.
    """
    length = short = known = 0
    place = start
    for place in range(start, min(start + _MENU_LINES, len(lines))):
        line = lines[place][1]
        if not line.blank:
            if not line.short:
                break
            short += 1
            if line.edge:
                known, length = known + 1, place + 1 - start
    is_menu = short >= menu_lines and known >= 3 and 2 * known >= short
    return length if is_menu else 0, max(place, start + 1)
