"""The texts of a batch as one array of bytes, with the classes of its characters and the bounds of what stands in it.

All places are offsets into that array, so that lines, chunks and words of every document are found at once.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from processors.scores.characters import BREAK, SPACE, classes_of

MIN_BUCKET_BITS, MAX_BUCKET_BITS = 8, 24  # of the tables that tell which hashes stand alone
BATCH_BYTES = 2 << 20  # enough for the kernels to pay; the working memory is up to a hundred times this

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class Texts(NamedTuple):
    """Documents that stand one behind the other.

    ``bounds`` are the first byte of each document and the end of the last; ``classes`` holds a character's classes at
    its first byte, ``SPACE`` at all its bytes, 0 elsewhere; ``inner`` are the bytes that begin no character. ``starts``
    and ``ends`` bound the chunks, runs without white space; those of document ``i`` are ``chunk_bounds[i]`` to
    ``chunk_bounds[i + 1]``.
    """

    data: Bytes
    bounds: Ints
    classes: Bytes
    inner: Ints
    starts: Ints
    ends: Ints
    chunk_bounds: Ints

    def lengths(self, starts: Ints, ends: Ints) -> Ints:
        """Return how many characters stand between each pair of places."""
        if not len(self.inner):
            return ends - starts
        return ends - starts - (np.searchsorted(self.inner, ends) - np.searchsorted(self.inner, starts))

    def per_document(self, places: Ints) -> Ints:
        """Return how many of ``places``, in order, each document holds."""
        return np.diff(np.searchsorted(places, self.bounds))


class Pieces(NamedTuple):
    """Parts of documents between separators; ``owners`` says which document each belongs to."""

    starts: Ints
    ends: Ints
    owners: Ints


def batches(texts: pa.ChunkedArray) -> Iterator[pa.Array]:
    """Yield ``texts``, a null as an empty one, in arrays of at most ``BATCH_BYTES`` or of one document."""
    whole = pc.fill_null(texts.cast(pa.large_string()), "").combine_chunks()
    offsets = _offsets(whole)
    start = 0
    while start < len(whole):
        stop = max(start + 1, int(np.searchsorted(offsets, offsets[start] + BATCH_BYTES, "right")) - 1)
        yield whole.slice(start, stop - start)
        start = stop


def read(texts: pa.Array) -> Texts:
    """Return the bounds and classes of ``texts``, a large_string array without nulls."""
    offsets = _offsets(texts)
    buffer = texts.buffers()[2]
    data = np.frombuffer(buffer or b"", np.uint8)[offsets[0] : offsets[-1]]
    bounds = offsets - offsets[0]
    classes = classified(data)
    starts, ends = _chunks(classes, bounds)
    inner = np.flatnonzero((data & 0xC0) == 0x80)  # a continuation byte: RFC 3629, section 3
    return Texts(data, bounds, classes, inner, starts, ends, np.searchsorted(starts, bounds))


def pieces(bounds: tuple[Ints, Ints], separators: tuple[Ints, Ints]) -> Pieces:
    """Cut stretches of text at the separators, all given by starts and ends in order; a stretch has one piece more."""
    firsts, lasts = bounds
    starts, ends = separators
    counts = np.searchsorted(starts, lasts) - np.searchsorted(starts, firsts) + 1
    return Pieces(
        np.sort(np.concatenate([firsts, ends]), kind="stable"),
        np.sort(np.concatenate([starts, lasts]), kind="stable"),
        np.repeat(np.arange(len(firsts)), counts),
    )


def lines(texts: Texts) -> Pieces:
    """Return the lines as ``str.splitlines`` gives them: after a last break there is none."""
    breaks = np.flatnonzero((texts.classes & BREAK) != 0)
    starts, ends = breaks, breaks + _widths(texts.data[breaks])
    returns = (texts.data[breaks] == ord("\r")) & ~np.isin(ends, texts.bounds)
    if returns.any():  # \r\n is one break
        doubled = np.flatnonzero(returns & (texts.data[np.minimum(ends, len(texts.data) - 1)] == ord("\n")))
        ends[doubled] += 1
        starts, ends = np.delete(starts, doubled + 1), np.delete(ends, doubled + 1)
    found = pieces((texts.bounds[:-1], texts.bounds[1:]), (starts, ends))
    return chosen_of(found, found.starts < texts.bounds[1:][found.owners])


def newline_lines(texts: Texts) -> Pieces:
    """Return what stands between line feeds, ``str.split`` by one: a text has at least one, which may be empty."""
    feeds = np.flatnonzero(texts.data == ord("\n"))
    return pieces((texts.bounds[:-1], texts.bounds[1:]), (feeds, feeds + 1))


def chosen_of(parts: Pieces, chosen: NDArray[Any]) -> Pieces:
    """Return some of ``parts``."""
    return Pieces(*(of[chosen] for of in parts))


def first_seen(texts: Texts, parts: Pieces) -> NDArray[np.bool_]:
    """Return for each of ``parts`` whether the same bytes did not stand in an earlier part of its document."""
    is_first = np.ones(len(parts.starts), np.bool_)
    suspects = np.flatnonzero(may_repeat(_sketches(texts, parts)))
    if len(suspects):
        starts, ends, owners = chosen_of(parts, suspects)
        offsets = np.column_stack([starts, ends]).ravel()
        alternating = pa.Array.from_buffers(
            pa.large_binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(texts.data)]
        )  # part, what is between, part: no byte is copied
        places = pa.array(np.arange(0, len(offsets), 2))
        codes = np.asarray(pc.dictionary_encode(alternating.take(places)).indices, np.int64)
        is_first[suspects] = first_of_each(owners << 32 | codes)
    return is_first


def may_repeat(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which of ``hashes`` may stand there twice: all that do, and a few that do not."""
    bits = min(max(len(hashes).bit_length() + 2, MIN_BUCKET_BITS), MAX_BUCKET_BITS)
    buckets = (hashes >> np.uint64(64 - bits)).view(np.int64)
    repeats: NDArray[np.bool_] = (np.bincount(buckets) > 1)[buckets]
    return repeats


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def first_of_each(keys: Ints) -> NDArray[np.bool_]:
    """Return for each key whether it is the first of its value."""
    return is_new(np.asarray(pc.dictionary_encode(pa.array(keys)).indices))


def is_new(codes: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where a code stands for the first time, of codes numbered in the order in which they appear."""
    return np.diff(np.maximum.accumulate(codes), prepend=-1) > 0


def sums(values: NDArray[Any], bounds: Ints) -> Ints:
    """Return the sum of ``values`` between each pair of neighbouring bounds."""
    running = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=running[1:])
    return np.diff(running[bounds])


def _sketches(texts: Texts, parts: Pieces) -> NDArray[np.uint64]:
    """Return 64 bits for each of ``parts`` by its document, its length and three of its bytes if it has any."""
    lengths, found = parts.ends - parts.starts, parts.owners.astype(np.uint64)
    found = found << np.uint64(32) ^ lengths.astype(np.uint64)
    for quarters in (1, 2, 3) if len(texts.data) else ():
        places = np.minimum(parts.starts + lengths * quarters // 4, len(texts.data) - 1)
        found = mixed(found ^ (texts.data[places] * (lengths > 0)))
    return mixed(found)


def _offsets(texts: pa.Array) -> Ints:
    if not len(texts):
        return np.zeros(1, np.int64)
    return np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]


def classified(data: Bytes) -> Bytes:
    """Return the classes by byte: a character's at its first, ``SPACE`` at all of its bytes."""
    classes = classes_of(np.arange(256) & 127)
    classes[128:] = 0
    found = classes[data]
    leads = np.flatnonzero(data >= 0xC0)
    if not len(leads):
        return found
    found[leads] = classes_of(_code_points(data, leads))
    spaces = leads[(found[leads] & SPACE) > 0]
    for distance in (1, 2):  # no white space takes more than three bytes
        inside = spaces[_widths(data[spaces]) > distance] + distance
        found[inside] |= SPACE
    return found


def _widths(leads: Bytes) -> Ints:
    return 1 + (leads >= 0xC0).astype(np.int64) + (leads >= 0xE0) + (leads >= 0xF0)


def _code_points(data: Bytes, leads: Ints) -> NDArray[np.uint32]:
    """Decode the characters that begin at ``leads`` (RFC 3629, section 3)."""
    widths, points = _widths(data[leads]), data[leads].astype(np.uint32)
    points &= np.array([0, 0x7F, 0x1F, 0x0F, 0x07], np.uint32)[widths]
    for distance in (1, 2, 3):
        longer = np.flatnonzero(widths > distance)
        points[longer] = points[longer] << 6 | (data[leads[longer] + distance] & 0x3F)
    return points


def _chunks(classes: Bytes, bounds: Ints) -> tuple[Ints, Ints]:
    inside = np.zeros(len(classes) + 2, np.bool_)
    inside[1:-1] = (classes & SPACE) == 0
    changes = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = changes[::2].copy(), changes[1::2].copy()  # side by side each, for the searches
    inner = np.unique(bounds[(bounds > 0) & (bounds < len(classes))])
    cuts = inner[inside[inner] & inside[inner + 1]]
    if len(cuts):  # documents that meet without white space
        starts = np.insert(starts, np.searchsorted(starts, cuts), cuts)
        ends = np.insert(ends, np.searchsorted(ends, cuts), cuts)
    return starts, ends
