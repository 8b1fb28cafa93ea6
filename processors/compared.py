"""Which text of a document is compared with others, and what of it counts.

- Prose: the text; its words count, whatever their case.
- Code (``kind`` "code"): the text; names, numbers and every mark count, with their case, comments too; layout does not.
- Conversations (rows with ``messages``, whatever their ``kind``) that have an answer: what the user says and the final
  answer. System prompts and earlier answers, which many conversations share or which follow from the questions, do not
  count. A conversation without an answer is prose like any other.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from corpus.near.shingles import Sets, shingle_sets
from corpus.near.tokens import Form
from corpus.schema import MESSAGES

Ignored = Literal["case", "space"]
Ints = NDArray[np.int64]

BETWEEN_TURNS = "\n\n"
CONVERSATION_SEED = len(get_args(Form))  # behind those of the forms

_SLICE_BYTES = 1 << 18  # three times as fast as slices that no cache holds
_SPACES = bytes(code for code in range(128) if chr(code).isspace())  # ASCII's, as ``str.split`` has them


class Compared(NamedTuple):
    """What of each document is compared: its text, how it is cut, and who says what in a conversation.

    ``texts`` and ``turns`` are large_string arrays. A text may be null. ``turns`` is null for all but conversations;
    it holds what their texts do, each turn behind the role that speaks: exact copies agree in that too.
    """

    texts: pa.LargeStringArray
    forms: list[Form]
    turns: pa.LargeStringArray


def compared(table: pa.Table) -> Compared:
    """Return what is compared of each row of ``table``, from its columns ``text``, ``kind`` and ``messages``.

    Of a conversation it is the turns of the user and the last turn of the assistant in which anything stands, joined
    by blank lines; where the assistant says nothing, the text.
    """
    said, turns = _questions_and_answer(table["messages"].cast(MESSAGES).combine_chunks())
    texts = pc.coalesce(said, table["text"].cast(pa.large_string()).combine_chunks())
    is_code = pc.fill_null(pc.equal(table["kind"].combine_chunks(), "code"), fill_value=False)
    forms = pc.if_else(pc.and_(is_code, pc.is_null(said)), "code", "prose")
    return Compared(texts, forms.to_pylist(), turns)


def sets_of(documents: Compared) -> Sets:
    """Return the shingles of each document, in the order of the documents."""
    forms = np.array(documents.forms, object)
    found = [(forms == form, form) for form in get_args(Form)]
    groups = [(member, shingle_sets(documents.texts.filter(pa.array(member)), form)) for member, form in found]
    sizes = np.zeros(len(forms), np.int64)
    for member, sets in groups:
        sizes[member] = np.diff(sets.offsets)
    values = np.empty(int(sizes.sum()), np.uint32)
    for member, sets in groups:
        values[np.repeat(member, sizes)] = sets.values
    return Sets(values, np.concatenate([[0], np.cumsum(sizes)]))


def hashes_of(documents: Compared, exact_ignores: Sequence[Ignored]) -> pa.FixedSizeBinaryArray:
    """Return the hash of each document's text, as ``text_hashes`` does.

    Code never equals prose, nor another case; a conversation only one in which the same speaker says the same.
    """
    forms, is_spoken = np.array(documents.forms, object), np.array(pc.is_valid(documents.turns), np.bool_)
    found = np.full(len(forms), None, object)
    for seed, form in enumerate(get_args(Form)):
        ignores = [one for one in exact_ignores if form == "prose" or one != "case"]
        member = (forms == form) & ~is_spoken
        found[member] = text_hashes(documents.texts.filter(pa.array(member)), ignores, seed).to_pylist()
    spoken = documents.turns.drop_null()
    found[is_spoken] = text_hashes(spoken, exact_ignores, CONVERSATION_SEED).to_pylist()
    return pa.array(found, pa.binary(16))


def text_hashes(
    texts: pa.Array | pa.ChunkedArray, exact_ignores: Sequence[Ignored], seed: int = 0
) -> pa.FixedSizeBinaryArray:
    """Return the XXH3-128 of each text but for what ``exact_ignores`` names, null where there is only white space.

    ``case`` is what ``str.lower`` levels; for ``space`` runs of white space count as one space, at the ends as none.
    """
    whole = pc.fill_null(texts.cast(pa.large_string()), "")
    chunks = whole.chunks if isinstance(whole, pa.ChunkedArray) else [whole]
    slices = (part for chunk in chunks for part in _sliced(chunk))
    return pa.array([found for part in slices for found in _hashes(part, exact_ignores, seed)], pa.binary(16))


def _questions_and_answer(messages: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return what is compared of each conversation without and with the speakers, null where there is no answer."""
    counts = np.asarray(pc.fill_null(pc.list_value_length(messages), 0), np.int64)
    owners, turns = np.repeat(np.arange(len(messages)), counts), pc.list_flatten(messages)
    contents = pc.fill_null(pc.struct_field(turns, "content"), "")
    is_visible = pc.not_equal(pc.utf8_trim_whitespace(contents), "")
    chosen = _are(turns, is_visible, "user")
    answers = np.flatnonzero(_are(turns, is_visible, "assistant"))
    chosen[answers[_lasts(owners[answers])]] = True
    chosen &= np.isin(owners, owners[answers])
    bounds = np.searchsorted(owners[chosen], np.arange(len(messages) + 1))
    said, roles = (one.filter(pa.array(chosen)) for one in (contents, pc.struct_field(turns, "role")))
    # A NUL tells a role from what is said, for none stands in what people write.
    spoken = pc.binary_join_element_wise(roles.cast(pa.large_string()), said, pa.scalar("\0 ", pa.large_string()))
    return _joined(said, bounds), _joined(spoken, bounds)


def _joined(turns: pa.Array, bounds: Ints) -> pa.Array:
    """Return the turns between every two bounds as one text, null where there are none."""
    lists = pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), turns)
    joined = pc.binary_join(lists, pa.scalar(BETWEEN_TURNS, pa.large_string()))
    return pc.if_else(pa.array(np.diff(bounds) > 0), joined, pa.scalar(None, pa.large_string()))


def _are(turns: pa.Array, is_visible: pa.Array, role: str) -> NDArray[np.bool_]:
    spoken = pc.fill_null(pc.equal(pc.struct_field(turns, "role"), role), fill_value=False)
    return np.array(pc.and_(spoken, is_visible), np.bool_)


def _lasts(owners: Ints) -> NDArray[np.bool_]:
    """Return where the last item of each owner stands."""
    is_last = np.ones(len(owners), np.bool_)
    is_last[:-1] = owners[1:] != owners[:-1]
    return is_last


def _sliced(texts: pa.Array) -> Iterator[pa.Array]:
    """Yield ``texts`` in arrays of at most ``_SLICE_BYTES`` or of one text."""
    offsets, start = _offsets(texts), 0
    while start < len(texts):
        stop = max(start + 1, int(np.searchsorted(offsets, offsets[start] + _SLICE_BYTES, "right")) - 1)
        yield texts.slice(start, stop - start)
        start = stop


def _offsets(texts: pa.Array) -> Ints:
    return np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]


def _hashes(texts: pa.Array, ignores: Sequence[Ignored], seed: int) -> Iterator[bytes | None]:
    """Yield the hash of each of ``texts``, all of which are levelled in one pass over their bytes."""
    levelled = _without_others(texts, ignores)
    offsets = _offsets(levelled)
    data = bytes(memoryview(levelled.buffers()[2] or b"")[offsets[0] : offsets[-1]]).translate(_levels(ignores))
    places = offsets - offsets[0]
    if "space" in ignores:
        data, places = _squeezed(data, places)
    for start, end in zip(places[:-1].tolist(), places[1:].tolist(), strict=True):
        text = data[start:end]
        visible = text.strip(_SPACES)
        yield xxhash.xxh3_128_digest(visible if "space" in ignores else text, seed) if visible else None


def _without_others(texts: pa.Array, ignores: Sequence[Ignored]) -> pa.Array:
    """Return ``texts`` with those beyond ASCII levelled already, one by one, as Python has it."""
    others = pc.invert(pc.string_is_ascii(texts))
    written = [_level(text, ignores) for text in texts.filter(others).to_pylist()]
    return pc.replace_with_mask(texts, others, pa.array(written, pa.large_string()))


def _level(text: str, ignores: Sequence[Ignored]) -> str:
    text = text.lower() if "case" in ignores else text
    return " ".join(text.split()) if "space" in ignores or text.isspace() else text


def _levels(ignores: Sequence[Ignored]) -> bytes:
    """Return the table that makes ASCII capitals small and its white space spaces, where it is ignored."""
    table = bytes(range(256))
    table = table.lower() if "case" in ignores else table
    return table.translate(bytes.maketrans(_SPACES, b" " * len(_SPACES))) if "space" in ignores else table


def _squeezed(data: bytes, places: Ints) -> tuple[bytes, Ints]:
    """Return ``data`` with one space for each run of them, and where the ``places`` in it have gone."""
    characters = np.frombuffer(data, np.uint8)
    is_space = characters == ord(" ")
    again = np.zeros(len(data), np.bool_)
    again[1:] = is_space[1:] & is_space[:-1]
    return characters[~again].tobytes(), places - np.searchsorted(np.flatnonzero(again), places)
