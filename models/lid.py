"""Language identification by fastText's ``lid.176.ftz`` (Joulin et al. 2016; 176 languages, CC-BY-SA-3.0)."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import weights

WEIGHTS = "lid.176.ftz"

# The model's labels are the names of Wikipedias, which are ISO 639 codes but for this one: there `als` is Alemannic,
# in ISO 639-3 it is Tosk Albanian.
ISO_639: Mapping[str, str] = {"als": "gsw"}

_PREFIX = "__label__"
_END = "</s>"  # fastText reads no further than this word


def predict(texts: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
    """Return the likeliest language of each of ``texts`` (ISO 639-1, else 639-3) and its probability.

    Every text gets a language, an empty one too. Case and line ends do not matter, nor does a text's neighbour.

    Raises:
        ModelMissing: the weights cannot be had.
    """
    if not texts:
        return [], np.empty(0, np.float32)
    # In lower case capital letters cost nothing (English in capitals: mean probability .97, not .25), and sentences
    # in other languages are told no worse.
    lines = [text.lower().replace(_END, " ").replace("\n", " ") for text in texts]
    labels, probabilities = _model().predict(lines, k=1)
    # The quantised softmax may add up to a little more than 1.
    scores = np.fromiter((min(float(one[0]), 1.0) for one in probabilities), np.float32, len(lines))
    return [_code(label[0]) for label in labels], scores


def languages() -> frozenset[str]:
    """Return every code ``predict`` may give.

    Raises:
        ModelMissing: the weights cannot be had.
    """
    return frozenset(_code(label) for label in _model().get_labels())


def _code(label: str) -> str:
    code = label.removeprefix(_PREFIX)
    return ISO_639.get(code, code)


@cache
def _model() -> Any:  # noqa: ANN401 - fastText ships no types
    from fasttext.FastText import _FastText  # noqa: PLC0415 - heavy; `fasttext.load_model` may print to stderr

    return _FastText(model_path=str(weights.path(WEIGHTS)))
