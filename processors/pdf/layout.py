"""From the lines of a PDF's pages to Markdown: paragraphs, headings, lists, tables."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from processors.pdf.furniture import without_furniture
from processors.pdf.letters import is_rtl
from processors.pdf.order import reading_order
from processors.pdf.pages import Line, Page
from processors.pdf.sizes import Size, is_bolder, is_larger, is_like, rounded, usual_size
from processors.pdf.tables import Table, tables_and_lines
from processors.pdf.words import Words, seam

HEADING_CHARS = 150  # what is longer is no heading, however large
# A line that starts this far inside, in heights, begins a paragraph; a gap this much over the usual ends one.
INDENT, EXTRA_GAP = 0.7, 0.3
DEEPEST = 4
# A line of less than this share of the widest, though the next word had found room, was ended on purpose, as in verse.
SHORT = 0.8
LOOK_BACK = 40  # lines that tell how wide a column is
# Lines of code go on over a gap of this many heights; over more than half of it, an empty line stands between them.
CODE_GAP = 2.2


class Body(NamedTuple):
    """What most of the text is: its size, the gap between lines in heights; heights of headings, largest first."""

    size: Size
    gap: float
    headings: tuple[float, ...]


class Block(NamedTuple):
    """Lines that belong together: a ``heading`` of a level 1 to 4, an ``item`` of a list, ``code`` or a ``paragraph``.

    ``page`` is the place of the page that it begins on.
    """

    kind: str
    level: int
    lines: list[Line]
    page: int


def markdown(pages: Sequence[Page]) -> str:
    """Return the text of ``pages`` as Markdown, blocks parted by an empty line."""
    kept = [page._replace(lines=reading_order(page.lines)) for page in _proportional(without_furniture(pages))]
    lines = [line for page in kept for line in page.lines]
    body, words = _body(lines), Words(line.text for line in lines)
    texts: list[str] = []
    for block in _flowing(_blocks(kept, body)):
        text = block.markdown() if isinstance(block, Table) else _written(block, words)
        if text:
            texts.append(text)
    return "\n\n".join(texts)


def _proportional(pages: Sequence[Page]) -> Sequence[Page]:
    """Return ``pages``; where most of the text is of fixed pitch, that tells no code, and no line counts as such."""
    pitch = Counter[bool]()
    for page in pages:
        for line in page.lines:
            pitch[line.mono] += len(line.text)
    if pitch[True] <= pitch[False]:
        return pages
    return [page._replace(lines=[line._replace(mono=False) for line in page.lines]) for page in pages]


def _body(lines: Sequence[Line]) -> Body:
    usual = usual_size(lines)
    gaps = Counter(
        round((one.bottom - other.top) / one.height, 1)
        for one, other in pairwise(lines)
        if is_like(one.height, other.height) and 0 < one.bottom - other.bottom < 4 * one.height and one.height > 0
    )
    larger = _steps({rounded(line.height) for line in lines if is_larger(line, usual)})
    return Body(usual, _usual(gaps), larger)


def _steps(heights: Iterable[float]) -> tuple[float, ...]:
    """Return the smallest of each group of like heights, the largest group first."""
    steps: list[float] = []
    for height in sorted(heights, reverse=True):
        if steps and is_like(steps[-1], height):
            steps[-1] = height
        else:
            steps.append(height)
    return tuple(steps)


def _usual(gaps: Counter[float]) -> float:
    """Return the commonest gap between lines, in heights; of equally common ones the smallest."""
    return min(gaps, key=lambda gap: (-gaps[gap], gap), default=0.2)


def _blocks(pages: Sequence[Page], body: Body) -> Iterator[Block | Table]:
    for place, page in enumerate(pages):
        block: Block | None = None
        for part in tables_and_lines(page.lines):
            if isinstance(part, Table):
                if block:
                    yield block
                block = None
                yield part
            elif block and _goes_on(block, part, body):
                block.lines.append(part)
            else:
                if block:
                    yield block
                block = _begun(part, body, place)
        if block:
            yield block


def _begun(line: Line, body: Body, page: int) -> Block:
    level = _heading_level(line, body)
    if level:
        return Block("heading", level, [line], page)
    return Block(_kind(line), 0, [line], page)


def _kind(line: Line) -> str:
    if _BULLET.match(line.text) or (_ITEM.match(line.text) and not line.mono):
        return "item"
    return "code" if line.mono else "paragraph"


def _heading_level(line: Line, body: Body) -> int:
    if line.mono or len(line.cells) > 1 or len(line.text) > HEADING_CHARS or not re.search(r"[^\W\d_]", line.text):
        return 0
    if is_larger(line, body.size):
        place = next(place for place, size in enumerate(body.headings) if size <= rounded(line.height))
        return min(place + 1, DEEPEST)
    if is_bolder(line, body.size) and not re.search(r"[.:;,]$", line.text):
        return min(len(body.headings) + 1, DEEPEST)
    return 0


_BULLETS = "•‣◦▪■●○◆◇➢❖✓✔➤►▸·∙\uf0b7\uf0a7\uf0d8\uf076\uf0fc"
_DASHES = "-\u2013\u2014"
_ITEM = re.compile(rf"(?:[{_BULLETS}]|[{_DASHES}]\s)\s*\S|(?:\(?\d{{1,2}}[.)]|\([a-zA-Z]\)|[a-zA-Z]\)|\[\d+\])\s\S")
_BULLET = re.compile(rf"(?:[{_BULLETS}]|[{_DASHES}]\s)\s*")
# Full stop, exclamation and question mark of Latin, CJK, Arabic and Urdu, then closing quotes and brackets.
_ENDS_SENTENCE = re.compile("[.!?:;\u3002\uff01\uff1f\u061f\u06d4\u2026][\"'\u201d\u2019\u00bb)\\]]*$")


# A line of a table of contents, or a label of a form: nothing goes on in the next line.
_LEADS = re.compile(r"\.\.\. ?\w+$|^(?:\S+\s){0,4}\S+:$")


def _goes_on(block: Block, line: Line, body: Body) -> bool:
    """Whether ``line`` belongs to ``block``, whose last line is the one before it."""
    if not _is_set_alike(block, line, body):
        return False
    if block.kind == "heading":
        return _heading_level(line, body) == block.level
    if block.kind == "code":
        return _kind(line) == "code"
    if _ITEM.match(line.text) and (block.kind == "item" or _is_ended(block, line)):
        return False
    return not _heading_level(line, body) and not _begins_inside(block, line) and not _is_ended(block, line)


def _is_set_alike(block: Block, line: Line, body: Body) -> bool:
    """Whether ``line`` stands under the last of ``block``, no farther than usual and in letters of the same size."""
    last = block.lines[-1]
    usual = CODE_GAP if block.kind == "code" else body.gap + EXTRA_GAP
    if line.top > last.top or last.bottom - line.top > usual * max(last.height, line.height):
        return False
    return is_like(last.height, line.height) and line.mono == last.mono


def _begins_inside(block: Block, line: Line) -> bool:
    """Whether ``line`` is indented as the first of a paragraph is.

    The lines of an item or a verse hang under its first, those of a title are centred.
    """
    last = block.lines[-1]
    is_centred = abs(last.left + last.right - line.left - line.right) < INDENT * line.height
    if block.kind == "item" or is_centred or not _ENDS_SENTENCE.search(last.text):
        return False
    inside = last.right - line.right if is_rtl(line.text) else line.left - last.left
    return INDENT * line.height < inside < 4 * line.height


def _is_ended(block: Block, line: Line) -> bool:
    """Whether ``block`` ends with its last line: the first word of ``line`` had found room behind it.

    In a paragraph that must also end a sentence, since some set their lines ragged.
    """
    last = block.lines[-1].text
    if _LEADS.search(last):
        return True
    return (block.kind == "item" or _ENDS_SENTENCE.search(last) is not None) and _had_room(
        block.lines[-LOOK_BACK:], line
    )


def _had_room(before: Sequence[Line], line: Line) -> bool:
    """Whether the first word of ``line`` had found room behind the last of the lines ``before`` it."""
    last, text = before[-1], line.text
    first_word = (len(text.split(maxsplit=1)[0]) + 1) / max(1, len(text)) * (line.right - line.left)
    if is_rtl(text):
        return last.left - first_word > min(one.left for one in [*before, line])
    return last.right + first_word < max(one.right for one in [*before, line])


def _flowing(blocks: Iterator[Block | Table]) -> Iterator[Block | Table]:
    """Join a paragraph that a column or a page has cut with its rest."""
    held: Block | None = None
    for block in blocks:
        if held and isinstance(block, Block) and _is_rest(held, block):
            held.lines.extend(block.lines)
            continue
        if held:
            yield held
        held = block if isinstance(block, Block) else None
        if isinstance(block, Table):
            yield block
    if held:
        yield held


def _is_rest(held: Block, block: Block) -> bool:
    last, first = held.lines[-1], block.lines[0]
    if held.kind not in {"paragraph", "item"} or block.kind != "paragraph":
        return False
    is_elsewhere = first.top > last.top or block.page > held.page
    return (
        is_elsewhere
        and not _ENDS_SENTENCE.search(last.text)
        and first.text[:1].islower()
        and is_like(last.height, first.height)
    )


def _written(block: Block, words: Words) -> str:
    if block.kind == "code":
        return _fenced("\n".join(_indented(block.lines)))
    text = "".join(_seamless(block, words))
    if block.kind == "heading":
        return "#" * block.level + " " + text
    return "- " + _BULLET.sub("", text, count=1) if _BULLET.match(text) and block.kind == "item" else text


def _fenced(code: str) -> str:
    """Return ``code`` between fences that are longer than any in it (CommonMark 0.31, 4.5)."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    return f"{fence}\n{code}\n{fence}"


def _seamless(block: Block, words: Words) -> Iterator[str]:
    """Yield the lines of ``block`` and what stands between them, words that were cut made whole."""
    widest = max(line.right - line.left for line in block.lines)
    text = block.lines[0].text
    for place, line in enumerate(block.lines[1:], 1):
        last = block.lines[place - 1]
        is_short = block.kind == "paragraph" and last.right - last.left < SHORT * widest and line.top < last.top
        ended = is_short and _had_room(block.lines[max(0, place - LOOK_BACK) : place], line)
        yield from seam(text, line.text, words, at_break="\n" if ended else " ")
        text = line.text
    yield text


def _indented(lines: Sequence[Line]) -> Iterator[str]:
    left = min(line.left for line in lines)
    for place, line in enumerate(lines):
        if place and lines[place - 1].bottom - line.top > CODE_GAP / 2 * line.height:
            yield ""
        width = (line.right - line.left) / max(1, len(line.text))
        yield " " * round((line.left - left) / width if width > 0 else 0) + line.text
