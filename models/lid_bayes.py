"""py3langid's model asked in whole arrays: its own walk over a text, byte by byte in Python, costs twice as much.

Its features are byte n-grams found by an automaton (Aho and Corasick 1975), whose state is the longest end of what was
read that begins a feature. So the state behind each byte follows from the last ``_LONGEST`` bytes alone, and the states
behind all bytes of a text are found together, in as many steps.
"""

import math
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_LONGEST = 6  # bytes of the longest feature of py3langid 0.4


class _Bayes(NamedTuple):
    """The tables of the model; ``found`` is the feature that ends in each state, -1 for none."""

    follows: NDArray[np.uint32]
    row_starts: NDArray[np.int64]
    found: NDArray[np.int64]
    log_likelihood: NDArray[np.float16]
    log_prior: NDArray[np.float32]
    labels: tuple[str, ...]


def labels() -> frozenset[str]:
    """Return every label that ``probabilities`` may give."""
    return frozenset(_model().labels)


def probabilities(text: str) -> Iterable[tuple[str, float]]:
    """Yield each label and its probability in ``text``, to the last digits what ``LanguageIdentifier.rank`` gives.

    A label may come twice, once for each script: its probability is the sum. A text without any feature may be in any
    language.
    """
    model = _model()
    read = np.frombuffer(unicodedata.normalize("NFC", text).encode(errors="surrogatepass"), np.uint8)
    features, counts = _features(read, model)
    scores = np.log1p(counts.astype(np.float32)) @ model.log_likelihood[features]
    scores = (scores + model.log_prior * bool(len(features))) * (1 / math.sqrt(len(read) or 1))
    likely = np.exp(scores - scores.max())
    return zip(model.labels, (likely / likely.sum()).tolist(), strict=True)


def _features(read: NDArray[np.uint8], model: _Bayes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the features of ``read``, first come first, and how often each stands there."""
    state = np.zeros(len(read), np.int64)
    for back in reversed(range(min(_LONGEST, len(read)))):
        state[back:] = model.follows[model.row_starts[state[back:]] + read[: len(read) - back]]
    features = model.found[state]
    told, first, counts = np.unique(features[features >= 0], return_index=True, return_counts=True)
    order = first.argsort()  # the sum of their scores has other last digits in another order
    return told[order], counts[order]


@cache
def _model() -> _Bayes:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - 100 MB, and only unclear texts need it

    made: Any = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return _Bayes(
        np.frombuffer(made.tk_nextmove, np.uint32),
        np.asarray(made.tk_row, np.int64) << 8,  # a row has a place for each byte
        np.asarray(made.tk_output, np.int64),
        made.nb_ptc,
        made.nb_pc,
        tuple(made.nb_classes),
    )
