r"""What the tokens of a text are: the readable rule, and the same rule as bytes that a kernel can read quickly.

Every token is a run of bytes in ``spelled`` texts: in prose the ASCII letters, digits, ``_`` and every byte from 0x80
up are word bytes; in code an ASCII byte that is neither a word byte nor white space is a token of its own.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Form = Literal["prose", "code"]
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Characters = npt.NDArray[np.uint32]

SPACE, WORD, ALONE = 0, 1, 2  # what a character is to its neighbours

# Thai, Lao, Tibetan, Myanmar, Khmer, kana and Han are written without spaces: each character is a token. By blocks of
# Unicode 16: kana also of half width and the historic ones, Han also in planes 2 and 3, which hold nothing else.
_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
    "\U0001b000-\U0001b16f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = {
    "prose": re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+"),
    "code": re.compile(r"\w+|[^\w\s]"),
}
_ALONE = {"prose": re.compile(f"[{_UNSPACED}]+"), "code": re.compile(r"[^\w\s]+")}
_WORD = re.compile(r"\w+")

# Lower case is one character for one, but for the first of these; the second's depends on its neighbours.
_UNEVEN = "\u0130\u03a3"
_SPACE, _BREAK = np.uint32(ord(" ")), np.uint32(ord("\n"))
_APART = np.uint32(1 << 31)  # beside a code point: it is a token of its own
_SLICE_CHARS = 1 << 18
_NOTHING, _ENDING = pa.scalar("", pa.large_string()), pa.scalar(" ", pa.large_string())


def tokens(text: str, form: Form = "prose") -> list[str]:
    r"""Return the tokens of ``text`` in their order.

    Prose: the ``\w+`` words of ``text.lower()``; each character of a script written without spaces is one of its own.
    Code: the ``\w+`` runs with their case kept, and every other character but white space on its own. A lone
    surrogate, which UTF-8 cannot hold, counts as a question mark.
    """
    return _TOKEN[form].findall(_cased(encodable(text), form))


def encodable(text: str) -> str:
    """Return ``text`` with a question mark for each lone surrogate."""
    return text.encode(errors="replace").decode()


def spelled(texts: pa.Array, form: Form) -> pa.Array:
    """Return ``texts`` (large strings) so that their tokens can be told byte by byte, each with a space at its end.

    A text of ASCII stays as it is but for that; every other is lower-cased (prose), with a space for each character
    that is in no token and spaces about each that is a token of its own. Null becomes the empty text.
    """
    ended = pc.binary_join_element_wise(texts, _NOTHING, _ENDING, null_handling="replace", null_replacement="")
    data, offsets = text_bytes(ended)
    foreign = np.maximum.reduceat(data, offsets[:-1]) >= 128 if len(ended) else np.empty(0, np.bool_)
    if not foreign.any():
        return ended
    return pc.replace_with_mask(ended, pa.array(foreign), _respelled(ended.filter(pa.array(foreign)), form))


def text_bytes(texts: pa.Array) -> tuple[Bytes, Offsets]:
    """Return the bytes of large strings one behind the other, and where each starts, one more than there are texts."""
    _, bounds, data = texts.buffers()
    offsets = np.frombuffer(bounds, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    whole = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return whole[offsets[0] : offsets[-1]], offsets - offsets[0]


@cache
def kinds(form: Form) -> Bytes:
    """Return what each of the 256 bytes is in a spelled text: ``SPACE``, ``WORD`` or ``ALONE``."""
    found = _kinds_of_characters(form)[:256].copy()
    found[128:] = WORD
    return found


def _cased(text: str, form: Form) -> str:
    return text.lower() if form == "prose" else text


def _respelled(texts: pa.Array, form: Form) -> pa.Array:
    """Return the spelling of ``texts``, each of which ends with a space."""
    joined = text_bytes(texts)[0].tobytes().decode()
    if form == "prose" and any(character in joined for character in _UNEVEN):
        texts = pa.array([text.lower() for text in texts.to_pylist()], pa.large_string())
        joined = text_bytes(texts)[0].tobytes().decode()
    lasts = np.cumsum(pc.utf8_length(texts).to_numpy()) - 1
    data = b"".join(_spellings(joined, lasts, form))
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _BREAK) + 1
    offsets = np.concatenate(([0], ends)).astype(np.int64)
    return pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(data))


def _spellings(joined: str, lasts: Offsets, form: Form) -> Iterator[bytes]:
    """Yield the spelling slice by slice, with a line break, which is in no token, for the last space of each text."""
    for at in range(0, len(joined), _SLICE_CHARS):
        characters = np.frombuffer(joined[at : at + _SLICE_CHARS].encode("utf-32-le"), np.uint32)
        written = _spelling_of_characters(form).take(characters)
        written[lasts[np.searchsorted(lasts, at) : np.searchsorted(lasts, at + len(written))] - at] = _BREAK
        if written.max() >= _APART:
            written = _set_apart(written)
        yield written.tobytes().decode("utf-32-le").encode()


def _set_apart(written: Characters) -> Characters:
    alone = written >= _APART
    widths = 1 + 2 * alone.astype(np.intp)
    middles = (np.cumsum(widths) - widths)[alone] + 1
    spaced = np.repeat(written, widths)
    spaced[middles] ^= _APART
    spaced[middles - 1] = spaced[middles + 1] = _SPACE
    return spaced


@cache
def _spelling_of_characters(form: Form) -> Characters:
    """Return for all code points what is written for each: itself, its lower case or a space, marked if it is alone."""
    every, kind = _every_character(), _kinds_of_characters(form)
    lowered = every.translate(dict.fromkeys(map(ord, _UNEVEN), "-")).lower() if form == "prose" else every
    written = np.frombuffer(lowered.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
    written[kind == SPACE] = _SPACE
    written[kind == ALONE] |= _APART
    return written


@cache
def _kinds_of_characters(form: Form) -> Bytes:
    """Return what each of all code points is, by the same patterns that ``tokens`` reads with."""
    every = _every_character()
    found = np.full(len(every), SPACE, np.uint8)
    for pattern, kind in ((_WORD, WORD), (_ALONE[form], ALONE)):
        for match in pattern.finditer(every):
            found[match.start() : match.end()] = kind
    return found


def _every_character() -> str:
    return np.arange(0x110000, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
