"""How often texts use words and phrases of a lexicon of harm, kept as hashes so that nobody has to read it.

Words are runs of letters, digits and the signs that stand for letters in disguise. Whole words match, so that a place
name with a rude word inside does not. ``term_hash`` makes the hash of a new term for ``safety_terms``.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from models.safety_terms import CONTEXT, ENGLISH, TERMS

LABELS = ("profanity", "sexual", "hate", "violence", "self_harm")
LONGEST_PHRASE = 4  # words

_BATCH_ROWS = 4096  # bounds the working memory

# What separates words: ASCII signs but apostrophes and those written for letters; general, ideographic and wide ones.
_GAPS = r"[\x00-\x1f\x22\x23%&()+,./:;<=>?\[\\\]^_`{|}~\-\x{2000}-\x{206F}\x{3000}-\x{303F}\x{FF00}-\x{FF0F}]+"
_OUTER = "'!*"
_RUNS = re.compile(r"(.)\1{2,}", re.DOTALL)
_DISGUISE = str.maketrans("013457@$!", "oieastasi")
_PLACE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that a phrase's hash depends on the order of its words

_ENGLISH_SHARE = 1 / 12  # of the words; a third of them and more in English prose, next to none in other languages

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Hits(NamedTuple):
    """What was found in each text: float64, a number a text.

    ``surely[label]`` adds up the sureness of the label's sure hits (over one half), ``perhaps[label]`` that of the
    others, which count in English texts only. ``number`` counts all these hits, ``covered`` the words they lie over,
    ``words`` all words, ``context`` those of science, medicine, law, news, computing and sport.
    """

    surely: Mapping[str, Floats]
    perhaps: Mapping[str, Floats]
    number: Floats
    covered: Floats
    words: Floats
    context: Floats


class _Lexicon(NamedTuple):
    """The terms of one length, sorted by ``keys``."""

    keys: Hashes
    labels: Numbers
    sureness: Floats


def count(texts: pa.Array) -> Hits:
    """Return the hits in each of ``texts`` (large_string, no nulls). A longer phrase and the words in it all count."""
    starts = range(0, max(len(texts), 1), _BATCH_ROWS)
    parts = [_counted(texts.slice(start, _BATCH_ROWS)) for start in starts]
    return Hits(
        surely={label: np.concatenate([part.surely[label] for part in parts]) for label in LABELS},
        perhaps={label: np.concatenate([part.perhaps[label] for part in parts]) for label in LABELS},
        number=np.concatenate([part.number for part in parts]),
        covered=np.concatenate([part.covered for part in parts]),
        words=np.concatenate([part.words for part in parts]),
        context=np.concatenate([part.context for part in parts]),
    )


def _counted(texts: pa.Array) -> Hits:
    hashes, owners = _words(texts)
    size = len(texts)
    words = np.bincount(owners, minlength=size).astype(np.float64)
    english = np.bincount(owners[_stands_in(_known(ENGLISH), hashes)], minlength=size) >= _ENGLISH_SHARE * words
    surely = {label: np.zeros(size) for label in LABELS}
    perhaps = {label: np.zeros(size) for label in LABELS}
    number = np.zeros(size)
    covered = np.zeros(len(hashes), np.bool_)
    for length in range(1, LONGEST_PHRASE + 1):
        places, labels, sureness = _found(hashes, owners, length)
        sure = sureness > 0.5
        counts = sure | english[owners[places]]
        places, labels, sureness, sure = places[counts], labels[counts], sureness[counts], sure[counts]
        for label, chosen in enumerate(LABELS):
            _add(surely[chosen], owners[places], sureness, sure & (labels == label))
            _add(perhaps[chosen], owners[places], sureness, ~sure & (labels == label))
        number += np.bincount(owners[places], minlength=size)
        for place in range(length):
            covered[places + place] = True
    context = np.bincount(owners[_stands_in(_known(CONTEXT), hashes)], minlength=size).astype(np.float64)
    lying = np.bincount(owners[covered], minlength=size).astype(np.float64)
    return Hits(surely, perhaps, number, lying, words, context)


def _add(sums: Floats, owners: Numbers, sureness: Floats, chosen: NDArray[np.bool_]) -> None:
    sums += np.bincount(owners[chosen], sureness[chosen], len(sums))


def _words(texts: pa.Array) -> tuple[Hashes, Numbers]:
    """Return the hash of each word of all ``texts``, and which text it stands in."""
    lists = pc.utf8_split_whitespace(pc.replace_substring_regex(pc.utf8_lower(texts), _GAPS, " "))
    words, owners = pc.list_flatten(lists), pc.list_parent_indices(lists)
    written = pc.not_equal(words, "")  # white space at an end splits off nothing
    encoded = pc.dictionary_encode(words.filter(written))
    known = _hashed([fold(word) for word in encoded.dictionary.to_pylist()])
    return known[np.asarray(encoded.indices, np.int64)], np.asarray(owners.filter(written), np.int64)


def fold(word: str) -> str:
    """Return ``word`` (lower case) without accents and disguise; three equal letters in a row or more become one."""
    word = word.strip(_OUTER)
    if not word.isalpha() and any(map(str.isalpha, word)):
        word = word.translate(_DISGUISE)
    if not word.isascii():
        parts = unicodedata.normalize("NFKD", word)
        word = "".join(one for one in parts if not unicodedata.combining(one))
    return _RUNS.sub(r"\1", word) if len(set(word)) > 1 else word


def term_hash(term: str) -> str:
    """Return the 16 hex digits that stand for ``term``, one word or several, in the lexicon."""
    words = [fold(word) for word in term.lower().split()]
    return f"{int(_phrases(_hashed(words), len(words))[0]):016x}"


def _hashed(words: Sequence[str]) -> Hashes:
    return np.array([xxhash.xxh3_64_intdigest(word.encode(errors="surrogatepass")) for word in words], np.uint64)


def _phrases(hashes: Hashes, length: int) -> Hashes:
    """Return the hash of every run of ``length`` words."""
    if len(hashes) < length:
        return np.empty(0, np.uint64)
    size = len(hashes) - length + 1
    keys = np.zeros(size, np.uint64)
    for place in range(length):
        keys = (keys ^ hashes[place : place + size]) * _PLACE
    return keys


def _found(hashes: Hashes, owners: Numbers, length: int) -> tuple[Numbers, Numbers, Floats]:
    """Return of each hit of ``length`` words the place of its first word, its label's number and its sureness."""
    known = _lexicon(length)
    keys = _phrases(hashes, length)
    places = _places(known.keys, keys)
    hit = np.flatnonzero((owners[: len(keys)] == owners[len(hashes) - len(keys) :]) & (known.keys[places] == keys))
    return hit, known.labels[places[hit]], known.sureness[places[hit]]


def _places(known: Hashes, keys: Hashes) -> Numbers:
    """Return where each of ``keys`` stands in the sorted ``known``, if it stands there."""
    return np.minimum(np.searchsorted(known, keys), len(known) - 1)


def _stands_in(known: Hashes, keys: Hashes) -> NDArray[np.bool_]:
    return np.equal(known[_places(known, keys)], keys)


def _terms(length: int) -> Iterator[tuple[int, int, float]]:
    """Yield hash, label and sureness of each term of ``length`` words."""
    label, sureness, words = "", 0.0, 0
    for line in filter(None, TERMS.split("\n")):
        first, *others = line.split()
        if first in LABELS:
            label, sureness, words = first, float(others[0]), int(others[1])
        elif words == length:
            yield from ((int(key, 16), LABELS.index(label), sureness) for key in (first, *others))


@cache
def _lexicon(length: int) -> _Lexicon:
    terms = sorted(_terms(length))
    return _Lexicon(
        np.array([key for key, _, _ in terms], np.uint64),
        np.array([label for _, label, _ in terms], np.int64),
        np.array([sureness for _, _, sureness in terms]),
    )


@cache
def _known(words: str) -> Hashes:
    return np.unique(_hashed([fold(word) for word in words.split()]))
