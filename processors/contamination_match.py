"""How much of an evaluation item stands in a text: its words in order, whatever stands between them."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import NamedTuple

from processors.contamination_words import Words, is_figure, is_letter

RUN = 3  # words in a row that anchor an alignment
LONGEST_BREAK = 60  # words of another text between two parts of an item: an advertisement, a caption
ECHO = 0.7  # inserted words of which so many are the item's own are another item of its template
_ECHO_WORDS = 4
_MAX_PLACES = 8
_MAX_BLOCKS = 200
_SMALL_ITEM_GAP, _SMALL_TEXT_GAP = 16, 64
_EDGE_WORDS, _NEAR_EDGE_WORDS = 3, 8


class Alignment(NamedTuple):
    """Which words of the item were found, and what stands in the text in place of the others.

    ``found`` has one boolean a word of the item; ``first`` and ``last`` are the outermost found words of the text
    (-1 where there are none); ``replaced`` counts words that others stand for, ``marks_replaced`` the share of
    the figures and names for which others stand.
    """

    found: list[bool]
    first: int
    last: int
    replaced: int
    marks_replaced: float


class _Block(NamedTuple):
    item: int
    text: int
    length: int


class _Change(NamedTuple):
    item: slice
    text: slice


def align(item: Words, text: Words, marks: Sequence[bool]) -> Alignment:
    """Return how ``item`` stands in ``text``; ``marks`` says which of its words are figures or names."""
    chain = _best_chain(item.lower, text.lower)
    found = [False] * len(item.lower)
    if not chain:
        return Alignment(found, -1, -1, 0, 0.0)
    chain = _torn_off(item.lower, text.lower, chain)
    text = _with_capitals(text, chain[0].text, chain[-1].text + chain[-1].length)
    for block in chain:
        found[block.item : block.item + block.length] = [True] * block.length
    replaced, other_marks = 0, 0
    for mine, theirs in _gaps(chain, len(item.lower), len(text.lower)):
        for change in list(_changes(item.lower, text.lower, mine, theirs, found)):
            if _is_inside(change, found):
                replaced += min(sum(len(word) > 1 for word in item.lower[change.item]), _size(change.text))
            elif _size(mine) > _EDGE_WORDS:
                continue  # where the text has only a part of the item, it goes on with words of its own
            other_marks += _other_marks(item, change.item, marks, text.between(change.text.start, change.text.stop))
    _pardon_labels(item.lower, found)
    held = [place for place, is_there in enumerate(found) if is_there]
    within = sum(marks[held[0] : held[-1] + 1])
    share = other_marks / max(within, other_marks, 1)
    return Alignment(found, chain[0].text, chain[-1].text + chain[-1].length - 1, replaced, share)


def _with_capitals(text: Words, first: int, end: int) -> Words:
    """Return ``text``, each word of which may be a name where between ``first`` and ``end`` none has a capital."""
    if any(word[0].isupper() for word in text.written[first:end]):
        return text
    return text._replace(written=[word.title() for word in text.written])


def _other_marks(item: Words, places: slice, marks: Sequence[bool], text: Words) -> int:
    """Return how many figures and names of the item at ``places`` have others of the ``text`` in their place."""
    mine = [place for place in range(places.start, places.stop) if marks[place]]
    figures = {low for low in text.lower if is_figure(low)}
    names = {low for low, word in zip(text.lower, text.written, strict=True) if word[:1].isupper() and len(word) > 1}
    return sum(bool(figures if is_figure(item.lower[place]) else names) for place in mine)


def _best_chain(item: Sequence[str], text: Sequence[str]) -> list[_Block]:
    """Return the blocks of equal words, in order in both, that find the most of the item with the least between."""
    blocks = _blocks(item, text)
    mine = set(item)
    echoes = [0, *accumulate(word in mine for word in text)]
    best: list[float] = []
    before: list[int] = []
    trimmed: list[_Block] = []
    for block in blocks:
        gain, previous, used = float(block.length), -1, block
        for place, earlier in enumerate(trimmed):
            later = _behind(earlier, block)
            if later is None:
                continue
            cost = _cost(earlier, later, echoes)
            if cost is not None and best[place] + later.length - cost > gain:
                gain, previous, used = best[place] + later.length - cost, place, later
        best.append(gain)
        before.append(previous)
        trimmed.append(used)
    chain: list[_Block] = []
    place = max(range(len(best)), key=best.__getitem__, default=-1)
    while place >= 0:
        chain.append(trimmed[place])
        place = before[place]
    return chain[::-1]


def _behind(earlier: _Block, block: _Block) -> _Block | None:
    """Return what of ``block`` lies behind ``earlier`` in both texts."""
    overlap = max(0, earlier.item + earlier.length - block.item, earlier.text + earlier.length - block.text)
    if overlap >= block.length:
        return None
    return _Block(block.item + overlap, block.text + overlap, block.length - overlap)


def _cost(earlier: _Block, later: _Block, echoes: Sequence[int]) -> float | None:
    """Return what the words between two blocks cost, in words of the item; None where they cannot belong together."""
    start = earlier.text + earlier.length
    inserted = later.text - start - (later.item - earlier.item - earlier.length)
    if inserted > LONGEST_BREAK:
        return None
    if inserted >= _ECHO_WORDS and echoes[later.text] - echoes[start] > ECHO * (later.text - start):
        return None
    return 0.05 * abs(inserted)


def _blocks(item: Sequence[str], text: Sequence[str]) -> list[_Block]:
    """Return the longest runs of equal words, ``RUN`` at least; bounded where words repeat endlessly."""
    places: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(item) - RUN + 1):
        known = places.setdefault(tuple(item[place : place + RUN]), [])
        if len(known) < _MAX_PLACES:
            known.append(place)
    reached: dict[int, int] = {}
    blocks: list[_Block] = []
    budget = 20 * (len(item) + len(text))
    for at in range(len(text) - RUN + 1):
        for place in places.get(tuple(text[at : at + RUN]), ()):
            if reached.get(at - place, -1) > at or budget <= 0:
                continue
            length = _equal(item, place, text, at)
            budget -= length
            reached[at - place] = at + length
            blocks.append(_Block(place, at, length))
    longest = sorted(blocks, key=lambda block: -block.length)[:_MAX_BLOCKS]
    return sorted(longest, key=lambda block: (block.text, block.item))


def _equal(item: Sequence[str], place: int, text: Sequence[str], at: int) -> int:
    length = RUN
    longest = min(len(item) - place, len(text) - at)
    while length < longest and item[place + length] == text[at + length]:
        length += 1
    return length


def _gaps(chain: Sequence[_Block], item_words: int, text_words: int) -> Iterator[tuple[slice, slice]]:
    """Yield the words of the item that no block holds, each run with the words of the text in its place.

    Before the first block and behind the last one only the nearest words are looked at.
    """
    first, last = chain[0], chain[-1]
    near = min(first.item + RUN, first.text, _NEAR_EDGE_WORDS)
    yield slice(max(0, first.item - _NEAR_EDGE_WORDS), first.item), slice(first.text - near, first.text)
    for one, other in pairwise(chain):
        yield slice(one.item + one.length, other.item), slice(one.text + one.length, other.text)
    start, end = last.item + last.length, last.text + last.length
    near = min(item_words - start + RUN, text_words - end, _NEAR_EDGE_WORDS)
    yield slice(start, min(start + _NEAR_EDGE_WORDS, item_words)), slice(end, end + near)


def _pardon_labels(item: Sequence[str], found: list[bool]) -> None:
    """Count a missing label of a choice, ``(A)`` or ``b.``, as found where its neighbours were."""
    for place, word in enumerate(item):
        if is_letter(word):
            found[place] = found[place] or all(found[max(0, place - 1) : place] + found[place + 1 : place + 2])


def _torn_off(item: Sequence[str], text: Sequence[str], chain: Sequence[_Block]) -> list[_Block]:
    """Return ``chain`` with the few first or last words of the item, if they stand alone a break away."""
    first, last = chain[0], chain[-1]
    before = text[max(0, first.text - first.item - LONGEST_BREAK) : first.text]
    start, end = last.item + last.length, last.text + last.length
    behind = text[end : end + len(item) - start + LONGEST_BREAK]
    longer = list(chain)
    if 0 < first.item < RUN and (places := _places_of(item[: first.item], before)):
        longer.insert(0, _Block(0, first.text - len(before) + places[-1], first.item))
    if 0 < len(item) - start < RUN and (places := _places_of(item[start:], behind)):
        longer.append(_Block(start, end + places[0], len(item) - start))
    return longer


def _places_of(few: Sequence[str], text: Sequence[str]) -> list[int]:
    return [place for place in range(len(text) - len(few) + 1) if text[place : place + len(few)] == few]


def _changes(
    item: Sequence[str], text: Sequence[str], mine: slice, theirs: slice, found: list[bool]
) -> Iterator[_Change]:
    """Yield what of ``theirs`` stands for what of ``mine``, and note in ``found`` what is equal after all."""
    one, other = item[mine], text[theirs]
    if not one or not other:
        return
    if _spelled_alike(one, other):
        found[mine] = [True] * len(one)
    elif len(one) > _SMALL_ITEM_GAP or len(other) > _SMALL_TEXT_GAP:
        yield _Change(mine, theirs)
    else:
        for tag, a1, a2, b1, b2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            change = _Change(slice(mine.start + a1, mine.start + a2), slice(theirs.start + b1, theirs.start + b2))
            if tag == "equal" or (tag == "replace" and _spelled_alike(one[a1:a2], other[b1:b2])):
                found[change.item] = [True] * (a2 - a1)
            elif tag == "replace":
                yield change


def _spelled_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    # 1,000 and 1000, e-mail and email, a word broken at the end of a line
    return "".join(one) == "".join(other)


def _is_inside(change: _Change, found: Sequence[bool]) -> bool:
    """Tell whether words of the item were found on both sides of ``change``."""
    return any(found[: change.item.start]) and any(found[change.item.stop :])


def _size(part: slice) -> int:
    size: int = part.stop - part.start
    return size
