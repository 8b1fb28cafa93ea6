"""Text classifiers that somebody else trained: a fastText file, or a sequence classifier of transformers."""

import hashlib
import re
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
_DECIMALS = 4  # the neighbours in a batch move the logits of a text by some 1e-8
_HUB_NAME = re.compile(r"(?P<id>[\w.-]+(?:/[\w.-]+)?)@(?P<commit>[0-9a-f]{40})")


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
        """Return the probability of each label, judged by its first 512 tokens and rounded to 1e-4.

        A text in which the tokenizer finds no token has zeros.
        """
        import torch  # noqa: PLC0415 - heavy

        several = self.model.config.problem_type == "multi_label_classification" or len(self.labels) == 1
        batches = [np.empty((0, len(self.labels)), np.float32)]
        for start in range(0, len(texts), _BATCH_ROWS):
            words = list(texts[start : start + _BATCH_ROWS])
            inputs = self.tokenizer(words, truncation=True, max_length=_MAX_TOKENS, padding=True, return_tensors="pt")
            judged = inputs["attention_mask"].any(dim=1).numpy()
            found = np.zeros((len(words), len(self.labels)), np.float32)
            if judged.any():
                with torch.inference_mode():
                    logits = self.model(**inputs.to(self.model.device)).logits.float()
                found[judged] = (logits.sigmoid() if several else logits.softmax(-1)).cpu().numpy()[judged]
            batches.append(found)
        return np.concatenate(batches).round(_DECIMALS)


def load(name: str) -> Classifier:
    """Return the classifier ``name``: a fastText ``.bin`` or ``.ftz``, a transformers folder, or a Hub ``id@commit``.

    Raises:
        ModelMissing: it cannot be had, is damaged or a base model, a Hub id has no commit, or torch and transformers
            are not installed.
    """
    return _loaded(name, digest(name))


def digest(name: str) -> str:
    """Return hex digits that change with the model: with the name and content of each of its files, or with its commit.

    Raises:
        ModelMissing: ``name`` is neither a fastText file, a folder nor a Hub id with its commit.
    """
    found = hashlib.sha256(name.encode())
    path = Path(name)
    if not path.is_dir():
        if name.endswith(_FASTTEXT):
            found.update(_file_digest(path).encode() if path.is_file() else b"")
        else:
            _hub_commit(name)
        return found.hexdigest()
    for file in sorted(inner for inner in path.rglob("*") if inner.is_file()):
        found.update(f"\n{file.relative_to(path).as_posix()} {_file_digest(file)}".encode())
    return found.hexdigest()


def _file_digest(path: Path) -> str:
    facts = path.stat()
    return _content_digest(path, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=1024)
def _content_digest(path: Path, _size_bytes: int, _mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hub_commit(name: str) -> tuple[str, str]:
    found = _HUB_NAME.fullmatch(name)
    if not found:
        raise ModelMissing(
            f"the classifier {name} is no folder here, and a Hugging Face id needs its commit:"
            " write id@commit with the 40 hex digits of the commit"
        )
    return found["id"], found["commit"]


@lru_cache(maxsize=2)
def _loaded(name: str, _digest: str) -> Classifier:
    return _fasttext(name) if name.endswith(_FASTTEXT) and not Path(name).is_dir() else _transformer(name)


def _fasttext(name: str) -> FastText:
    from fasttext.FastText import _FastText  # noqa: PLC0415 - heavy; `fasttext.load_model` may print to stderr

    try:
        if not Path(name).is_file():
            raise FileNotFoundError(name)
        model = _FastText(model_path=name)
    except (OSError, ValueError, RuntimeError, MemoryError) as error:
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
    place, commit = (name, None) if Path(name).is_dir() else _hub_commit(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, revision=commit, trust_remote_code=False)
        loaded, facts = AutoModelForSequenceClassification.from_pretrained(
            place, revision=commit, trust_remote_code=False, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:  # a damaged tokenizer.json raises no narrower class
        raise ModelMissing(
            f"the classifier {name} cannot be loaded: name a folder that holds its tokenizer and an undamaged"
            " model.safetensors, or fetch it once with `hf download` while online"
        ) from error
    untrained = sorted(facts["missing_keys"]) + sorted(str(one) for one in facts["mismatched_keys"])
    if untrained:
        raise ModelMissing(
            f"the classifier {name} lacks the weights {', '.join(untrained[:3])}:"
            " name a model that was trained to classify, not a base model"
        )
    model = loaded.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    return Transformer(
        model, tokenizer, tuple(model.config.id2label[place] for place in range(model.config.num_labels))
    )
