"""Text classifiers that somebody else trained: a fastText file, or a sequence classifier of transformers."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelMissing

Floats = NDArray[np.float32]

_FASTTEXT = (".bin", ".ftz")
_PREFIX = "__label__"
_END = "</s>"  # fastText reads no further than this word
_MAX_TOKENS = 512
_BATCH_ROWS = 16
_SAMPLE_BYTES = 1 << 20


class Classifier(Protocol):
    """A loaded classifier: its labels, and the probability of each for each of some texts."""

    @property
    def labels(self) -> Sequence[str]:
        """Return the names of the columns of ``probabilities``."""
        ...

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return float32 of shape (texts, labels), each from 0 to 1."""
        ...


class FastText(NamedTuple):
    """A supervised fastText model; its labels are without ``__label__``."""

    model: Any
    labels: Sequence[str]

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return the probability of each label; a text is read as one line."""
        places = {label: place for place, label in enumerate(self.labels)}
        scores = np.zeros((len(texts), len(self.labels)), np.float32)
        for row, text in enumerate(texts):
            found, values = self.model.predict(text.replace(_END, " ").replace("\n", " "), k=-1)
            for label, value in zip(found, values, strict=True):
                # The softmax may add up to a little more than 1.
                scores[row, places[label.removeprefix(_PREFIX)]] = min(float(value), 1.0)
        return scores


class Transformer(NamedTuple):
    """A sequence classifier with its tokenizer; several labels may hold at once where the model says so."""

    model: Any
    tokenizer: Any
    labels: Sequence[str]

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """Return the probability of each label, judged by the first 512 tokens of each text."""
        import torch  # noqa: PLC0415 - heavy

        batches = [np.empty((0, len(self.labels)), np.float32)]
        for start in range(0, len(texts), _BATCH_ROWS):
            words = list(texts[start : start + _BATCH_ROWS])
            inputs = self.tokenizer(words, truncation=True, max_length=_MAX_TOKENS, padding=True, return_tensors="pt")
            with torch.inference_mode():
                logits = self.model(**inputs.to(self.model.device)).logits.float()
            several = self.model.config.problem_type == "multi_label_classification" or len(self.labels) == 1
            batches.append((logits.sigmoid() if several else logits.softmax(-1)).cpu().numpy())
        return np.concatenate(batches)


@lru_cache(maxsize=2)
def load(name: str) -> Classifier:
    """Return the classifier ``name``: the path of a fastText ``.bin`` or ``.ftz``, else a transformers folder or id.

    Raises:
        ModelMissing: it cannot be had, or torch and transformers are not installed.
    """
    return _fasttext(name) if name.endswith(_FASTTEXT) else _transformer(name)


def digest(name: str) -> str:
    """Return hex digits that change with the model's files: their names, sizes and first MiB; of an id, its name."""
    found = hashlib.sha256(name.encode())
    folder = Path(name)
    files = sorted(folder.iterdir()) if folder.is_dir() else [folder] if folder.is_file() else []
    for path in files:
        if path.is_file():
            with path.open("rb") as file:
                found.update(f"{path.name} {path.stat().st_size} ".encode() + file.read(_SAMPLE_BYTES))
    return found.hexdigest()


def _fasttext(name: str) -> FastText:
    from fasttext.FastText import _FastText  # noqa: PLC0415 - heavy; `fasttext.load_model` may print to stderr

    try:
        if not Path(name).is_file():
            raise FileNotFoundError(name)
        model = _FastText(model_path=name)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelMissing(f"the classifier {name} is no readable fastText model: name the path of its .bin") from error
    return FastText(model, tuple(label.removeprefix(_PREFIX) for label in model.get_labels()))


def _transformer(name: str) -> Transformer:
    try:
        import torch  # noqa: PLC0415 - heavy
        from transformers import AutoModelForSequenceClassification, AutoTokenizer  # noqa: PLC0415 - heavy
    except ImportError as error:
        raise ModelMissing(
            f"the classifier {name} needs torch and transformers: run `pip install 'gristmill[score]'`"
        ) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        loaded: Any = AutoModelForSequenceClassification.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ModelMissing(
            f"the classifier {name} cannot be loaded:"
            " name a folder that holds it, or fetch it once with `hf download` while online"
        ) from error
    model = loaded.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    return Transformer(
        model, tokenizer, tuple(model.config.id2label[place] for place in range(model.config.num_labels))
    )
