"""A second opinion where fastText is not sure of a language: py3langid, and what both together make of a text.

py3langid (Lui and Baldwin 2012; BSD-3-Clause) is naive Bayes over byte n-grams, trained on other texts than fastText's:
where one errs the other seldom does.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from models import lid_bayes, lid_scripts
from models.lid_codes import language_of
from models.lid_scripts import Script

# The two models multiplied: p1^a * p2^b with a = A + A_LENGTH * x, b = B + B_LENGTH * x, x = ln(letters / 60) within
# +-1.5. What a model says of a language that only the other knows counts as ONLY_ONE. Fitted by maximum likelihood to
# 17,300 words, messages and paragraphs of Django 5.2's translations (BSD-3-Clause; 86 languages).
_A, _A_LENGTH, _B, _B_LENGTH = 0.70, 0.20, 1.00, -0.43
_ONLY_ONE = 0.08
_USUAL_LETTERS, _LENGTHS = 60, 1.5
_LEAST = 1e-6

# What becomes of a score where one of the models would rather have another language: of the same texts with their
# language hidden from both models, a language they cannot know, a fifth fewer then score .65.
_DOUBT = 0.8

# What py3langid knows beyond lid.176 and has a two-letter code; the rest of its labels are not used.
MORE = frozenset({"dz", "fo", "ha", "ig", "ki", "lg", "ln", "om", "rw", "se", "sn", "st", "xh", "zu"})


def agreed(first: Mapping[str, float], text: str, script: Script, languages: frozenset[str]) -> dict[str, float]:
    """Return the probability of each likely language of ``text``, by both models.

    ``first`` is what fastText says and ``languages`` all it may say. The sum is 1, less where the models disagree.
    ``text`` has letters.
    """
    labels = _labels(languages)
    known, second = frozenset(labels.values()), _ask(text, script, labels)
    length = max(-_LENGTHS, min(_LENGTHS, math.log(script.letters / _USUAL_LETTERS)))
    a, b = _A + _A_LENGTH * length, _B + _B_LENGTH * length
    both = {}
    for language in sorted(first.keys() | second.keys()):  # in one order: sums of floats depend on it
        one = max(first.get(language, 0.0), _LEAST) if language in languages else _ONLY_ONE
        other = max(second.get(language, 0.0), _LEAST) if language in known else _ONLY_ONE
        both[language] = one**a * other**b
    top = likeliest(both)
    doubted = (top in languages and top != likeliest(first)) or (top in known and top != likeliest(second))
    scale = (_DOUBT if doubted else 1.0) / (sum(both.values()) or 1.0)
    return {language: scale * product for language, product in both.items()}


def likeliest(likely: Mapping[str, float]) -> str | None:
    """Return the language with the highest probability, None of none."""
    return max(likely, key=lambda language: (likely[language], language), default=None)


def _ask(text: str, script: Script, labels: Mapping[str, str]) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for label, probability in lid_bayes.probabilities(text.lower()):
        language = labels.get(label)
        if language and lid_scripts.writes(language, script.code):
            found[language] += probability
    return found


@cache
def _labels(languages: Iterable[str]) -> Mapping[str, str]:
    """Return the language of each label that is used."""
    told = {label: language_of(label)[0] for label in lid_bayes.labels()}
    return {label: language for label, language in told.items() if language in languages or language in MORE}
