"""What a text may do to its reader: scores of profanity, sex, hate, violence and self-harm, no verdict."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from corpus.errors import RecipeError
from corpus.params import Params
from models import classifier, safety_lexicon

Floats = NDArray[np.float64]
Column = Literal[
    "toxicity_score", "safety_profanity", "safety_sexual", "safety_hate", "safety_violence", "safety_self_harm"
]

# Sure hits a thousand words that make a score of 0.63: what one hit means weighs more than how often it stands.
_TELLING: Mapping[str, float] = {"profanity": 10, "sexual": 8, "hate": 3, "violence": 3, "self_harm": 3}
# What words with harmless meanings can make a score, however many of them stand in a text.
_MOST_PERHAPS: Mapping[str, float] = {
    "profanity": 0.5,
    "sexual": 0.5,
    "hate": 0.5,
    "violence": 0.25,
    "self_harm": 0.5,
}
_SHORT_WORDS = 200  # added to every length, so that one word in a short text is no flood
_CONTEXT = 0.03  # share of words of science, law, news, computing or sport that halves what a hit means
_FEW_WORDS = 20  # added to the words that this share is of, so that one such word excuses little

_NAMES_OF_OTHERS: Mapping[str, Column] = {
    "toxic": "toxicity_score",
    "toxicity": "toxicity_score",
    "severe_toxic": "toxicity_score",
    "severe_toxicity": "toxicity_score",
    "insult": "toxicity_score",
    "obscene": "safety_profanity",
    "sexual_explicit": "safety_sexual",
    "sexual": "safety_sexual",
    "nsfw": "safety_sexual",
    "hate": "safety_hate",
    "identity_hate": "safety_hate",
    "identity_attack": "safety_hate",
    "threat": "safety_violence",
    "violence": "safety_violence",
    "self_harm": "safety_self_harm",
}


class Safety(Params):
    """Add ``toxicity_score``, one score a label (float64, 0 to 1), and how much of the lexicon stands in ``text``.

    A score grows with the density of hits; words of science, medicine, law, news, computing and sport lower all labels
    but profanity. Words that have harmless meanings too count in English texts only and never make a score of more than
    0.5 (violence 0.25). ``toxicity_score`` is high where profanity, sex, hate or violence is. ``safety_hits`` (int32)
    counts the words and phrases found, ``flagged_word_ratio`` (float64) is the share of the words that they cover. A
    ``classifier`` can only raise scores. The lexicon is English, with a few words of other European languages.
    """

    kind: Literal["safety"] = "safety"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("text",)
    writes: ClassVar[tuple[str, ...]] = (
        "toxicity_score",
        "safety_profanity",
        "safety_sexual",
        "safety_hate",
        "safety_violence",
        "safety_self_harm",
        "safety_hits",
        "flagged_word_ratio",
    )
    classifier: str | None = Field(
        default=None,
        description="path of a fastText .bin or .ftz, or transformers folder or Hub id@commit, that judges too",
    )
    classifier_labels: dict[str, Column] = Field(
        default=dict(_NAMES_OF_OTHERS),
        description="which column each label of the classifier raises; others do nothing",
    )

    @property
    def fingerprint(self) -> str:
        """Return 16 hex digits over the class, its version, every option, and the classifier's files.

        Raises:
            ModelMissing: the classifier is no file or folder, and no Hub id with its commit.
        """
        facts = super().fingerprint + (classifier.digest(self.classifier) if self.classifier else "")
        return hashlib.sha256(facts.encode()).hexdigest()[:16]

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with the columns of ``writes``; a text without words has zeros.

        Raises:
            ModelMissing: the classifier cannot be had.
            RecipeError: no label of the classifier is among ``classifier_labels``.
        """
        texts = pc.fill_null(table["text"].cast(pa.large_string()), "").combine_chunks()
        hits = safety_lexicon.count(texts)
        scores = _scores(hits)
        if self.classifier:
            scores = self._raised(scores, texts.to_pylist(), self.classifier)
        columns = {name: pa.array(values, pa.float64()) for name, values in scores.items()}
        columns["safety_hits"] = pa.array(hits.number.astype(np.int32), pa.int32())
        share = hits.covered / np.maximum(hits.words, 1)
        columns["flagged_word_ratio"] = pa.array(share, pa.float64())
        others = table.drop_columns([name for name in self.writes if name in table.column_names])
        for name in self.writes:
            others = others.append_column(name, columns[name])
        return others

    def _raised(self, scores: dict[str, Floats], texts: Sequence[str], name: str) -> dict[str, Floats]:
        model = classifier.load(name)
        columns = [
            self.classifier_labels.get(label) or self.classifier_labels.get(label.lower()) for label in model.labels
        ]
        if not any(columns):
            raise RecipeError(
                f"the classifier {name} knows the labels {', '.join(model.labels)};"
                " say in classifier_labels of the safety step which column each raises"
            )
        raised = dict(scores)
        for column, probability in zip(columns, model.probabilities(texts).T, strict=True):
            if column:
                raised[column] = np.maximum(raised[column], probability)
        return raised


def _scores(hits: safety_lexicon.Hits) -> dict[str, Floats]:
    thousands = (hits.words + _SHORT_WORDS) / 1000
    aside = 1 / (1 + hits.context / (hits.words + _FEW_WORDS) / _CONTEXT)
    surely, scores = {}, {}
    for label, telling in _TELLING.items():
        weight = (1.0 if label == "profanity" else aside) / thousands / telling
        surely[label] = 1 - np.exp(-weight * hits.surely[label])
        perhaps = _MOST_PERHAPS[label] * (1 - np.exp(-weight * hits.perhaps[label]))
        scores[f"safety_{label}"] = 1 - (1 - surely[label]) * (1 - perhaps)
    harmful = [label for label in _TELLING if label != "self_harm"]
    sure_of_any = 1 - np.prod([1 - surely[label] for label in harmful], axis=0)
    return {
        "toxicity_score": np.max([sure_of_any, *(scores[f"safety_{label}"] for label in harmful)], axis=0),
        **scores,
    }
