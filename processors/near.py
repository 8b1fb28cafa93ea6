"""Near-duplicates: a document is a duplicate if and only if an earlier kept one is verified to cover it."""

import re
from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash
from datasketch import MinHash, MinHashLSH
from pydantic import Field

from corpus.params import Params

Hashes = npt.NDArray[np.uint64]

SHINGLES_VERSION = 1
SHINGLE_WORDS = 5

# Thai, Lao, Tibetan, Myanmar, Khmer, kana and Han are written without spaces: each character is a token.
_UNSPACED_RANGES = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
_WORD = re.compile(r"\w+")
_WORD_OR_CHARACTER = re.compile(rf"[{_UNSPACED_RANGES}]|(?:(?![{_UNSPACED_RANGES}])\w)+")

# One odd multiplier a place, so that a shingle's hash depends on the order of its words.
_PLACES: Hashes = np.random.default_rng(1).integers(1, 2**63, SHINGLE_WORDS, dtype=np.uint64) * np.uint64(
    2
) + np.uint64(1)

# 25 bands of 5 find a pair at 0.8 with probability 1 - (1 - 0.8^5)^25 = 0.99995; datasketch's own choice finds 0.90.
_BANDS, _BAND_ROWS, _HASHES = 25, 5, 128


def tokens(text: str) -> list[str]:
    r"""Return the lower-cased ``\w+`` words of ``text``; in scripts written without spaces each character is one."""
    lowered = text.lower()
    pattern = _WORD_OR_CHARACTER if _UNSPACED.search(lowered) else _WORD
    return pattern.findall(lowered)


def shingles(text: str) -> Hashes:
    """Return the sorted, distinct 64-bit hashes of every five tokens in a row (version ``SHINGLES_VERSION``).

    A text of one to four tokens is one shingle of them all; a text without tokens has none.
    """
    words = [xxhash.xxh3_64_intdigest(word.encode()) for word in tokens(text)]
    if not words:
        return np.empty(0, np.uint64)
    hashed = np.array(words, np.uint64)
    width = min(SHINGLE_WORDS, len(hashed))
    windows = np.lib.stride_tricks.sliding_window_view(hashed, width)
    sums = (windows * _PLACES[:width]).sum(axis=1, dtype=np.uint64)
    return np.unique(_mixed(sums))


class Judgement(NamedTuple):
    """Which kept document covers this one, and the evidence; every shingle share is between 0 and 1."""

    duplicate_of: str
    duplicate_rule: str
    duplicate_jaccard: float
    duplicate_containment: float


class Near(Params):
    """Say of every document which earlier kept one covers it, if one does.

    Documents are judged in the order (``revision_seen``, ``source_priority``, ``id``), whatever the order of the
    table's rows. One is a duplicate when a document before it that is none itself has the same text but for what
    ``exact_ignores`` names (rule ``exact``) or shares at least ``threshold`` of their joint shingles (exact Jaccard:
    rule ``near``); the first such document is named. Losers cover nobody, so duplicates never chain. A text
    without any character but white space is never a duplicate. The caller passes only rows that passed every
    other rule.
    """

    kind: Literal["near"] = "near"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", "text", "revision_seen", "source_priority")
    writes: ClassVar[tuple[str, ...]] = Judgement._fields
    threshold: float = Field(
        default=0.8, ge=0.5, le=1, description="smallest exact Jaccard of word 5-grams of a duplicate"
    )
    exact_ignores: tuple[Literal["case", "space"], ...] = Field(
        default=("case", "space"), description="what exact copies may differ in; nothing given: in nothing"
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``duplicate_of``, ``duplicate_rule``, ``duplicate_jaccard``, ``duplicate_containment``.

        All four are null for a document that is no duplicate. ``duplicate_containment`` is the share of the
        document's shingles that stand in the winner too.
        """
        judged = dict(self._judge(table))
        found = [judged.get(row) for row in range(table.num_rows)]
        types = (pa.string(), pa.string(), pa.float64(), pa.float64())
        for place, (name, kind) in enumerate(zip(self.writes, types, strict=True)):
            values = pa.array([None if one is None else one[place] for one in found], kind)
            table = table.drop_columns([name] if name in table.column_names else []).append_column(name, values)
        return table

    def _judge(self, table: pa.Table) -> Iterator[tuple[int, Judgement]]:
        ids, texts = table["id"].to_pylist(), table["text"]
        index, seen = _Kept(self.threshold), dict[str, Judgement | None]()
        for row in _judging_order(table):
            text = self._compared(texts[row].as_py() or "")
            key = xxhash.xxh3_128_hexdigest(text.encode())
            if key not in seen:
                judgement = index.judge(ids[row], text)
                seen[key] = judgement or (Judgement(ids[row], "exact", 1.0, 1.0) if text else None)
            else:
                judgement = seen[key]
            if judgement:
                yield row, judgement

    def _compared(self, text: str) -> str:
        text = text.lower() if "case" in self.exact_ignores else text
        return " ".join(text.split()) if "space" in self.exact_ignores or not text.strip() else text


def _judging_order(table: pa.Table) -> list[int]:
    keys = zip(*(table[name].to_pylist() for name in ("revision_seen", "source_priority", "id")), strict=True)
    return [row for row, _ in sorted(enumerate(keys), key=lambda pair: pair[1])]


class _Kept:
    """The documents kept so far: an index that proposes, and their shingles, which decide."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._shingles: dict[int, Hashes] = {}
        self._ids: list[str] = []
        self._index = MinHashLSH(num_perm=_HASHES, params=(_BANDS, _BAND_ROWS))
        self._blank = MinHash(num_perm=_HASHES, seed=1, hashfunc=int, scheme="affine32")

    def judge(self, document: str, text: str) -> Judgement | None:
        """Return who covers ``text``; when nobody does, keep it under the id ``document``."""
        mine = shingles(text)
        if not len(mine):
            return None
        sketch = self._blank.copy()
        sketch.update_batch(mine & np.uint64(0xFFFFFFFF))
        for rival in sorted(self._index.query(sketch)):
            shared = np.intersect1d(mine, self._shingles[rival], assume_unique=True).size
            jaccard = shared / (len(mine) + len(self._shingles[rival]) - shared)
            if jaccard >= self._threshold:
                return Judgement(self._ids[rival], "near", jaccard, shared / len(mine))
        self._index.insert(len(self._ids), sketch)
        self._shingles[len(self._ids)] = mine
        self._ids.append(document)
        return None


def _mixed(values: Hashes) -> Hashes:
    # Sums of products are weak in their low bits, which the sketch takes: fold the high half in (MurmurHash3's fmix64).
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    mixed: Hashes = values ^ (values >> np.uint64(33))
    return mixed
