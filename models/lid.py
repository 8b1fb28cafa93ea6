"""Language identification: fastText first, a second opinion and the script where it is not sure.

fastText's ``lid.176`` (Joulin et al. 2016; 176 languages, CC-BY-SA-3.0) reads samples of a text. Where it is not sure,
the whole text is read in pieces, and those it is still not sure of are shown to ``lid_second`` too; its sentences are
then asked alone, for a text in two languages by turns. A language that is
not written in the script of the text is never given.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import lid_fasttext, lid_scripts, lid_second
from models.lid_fasttext import Model
from models.lid_scripts import Script

WEIGHTS = "lid.176.ftz"

# Four samples of 100 characters are read first, then four of 400: where fastText tells one language of each, with
# this mean probability, it says what it says of the whole (`python -m bench.language_speed`).
SAMPLES, SAMPLES_CHARS, AGREED = 4, (100, 400), 0.8
# At most so much of a text is read, evenly spread over it, and so much of what is unclear is asked of both models.
PIECES, PIECE_CHARS = 8, 500

# fastText alone is believed from this probability on, in a text of so many letters: right in 99.8 % of 4,300 messages
# and paragraphs of Django's translations, in 99.5 % of 2,300 shorter ones and 94 % of 1,700 pairs of words.
SURE, SURE_LETTERS = 0.9, 60

# Of sentences in two languages by turns fastText is often sure of one. So the sentences or lines at both ends of each
# piece (an even number, for turns; in parts of so many characters) are also asked alone, and count with so many letters
# and so much probability. Samples are enough where nine tenths of them say the same.
STRETCHES, STRETCH_CHARS, STRETCH_LETTERS, STRETCH_SURE, STRETCHES_AGREED = 2, 150, 25, 0.5, 0.9
_LEAST_SHARE = 0.01  # what the pieces as wholes tell is never ruled out
# What scores less is dropped by the rule of the recipes anyway, and not looked at more closely.
DOUBTED = 0.65
_ENDS = re.compile(r"[\n。！？।։]+|(?<=[.!?…؟])[ \t]+")  # noqa: RUF001 - full stops of other scripts

# Serbo-Croatian of the Wikipedia `sh`: a retired code of ISO 639-1; its texts are told as one of `bs`, `hr`, `sr`.
_NEVER = frozenset({"sh"})
# Where fewer of the letters are of one script, the text is in two: its score shrinks to their share. A text of one
# language with many names and terms in another script keeps its score.
_ONE_SCRIPT = 0.6


class Answer(NamedTuple):
    """The likeliest language of a text (None: no letter of a known script), its score and the script of most letters.

    The score is the probability that the language is right, in a text of several languages no more than its share.
    """

    language: str | None
    score: float
    script: str | None


class Part(NamedTuple):
    """A part of a text: its script and the probability of each likely language."""

    script: Script
    likely: Mapping[str, float]


def predict(texts: Sequence[str], model: str = WEIGHTS) -> tuple[list[str | None], NDArray[np.float32]]:
    """Return the language (ISO 639-1, else 639-3) and the score of each of ``texts``, see ``identify``.

    Raises:
        ModelMissing: the weights cannot be had.
    """
    answers = identify(texts, model)
    return [answer.language for answer in answers], np.fromiter(
        (answer.score for answer in answers), np.float32, len(answers)
    )


def identify(texts: Iterable[str], model: str = WEIGHTS) -> list[Answer]:
    """Return an ``Answer`` for each of ``texts``, from samples of it where they are enough.

    ``model`` is one of ``lid_fasttext.NAMES`` or the path of a fastText file; only the models of lid.176 are given a
    second opinion. Case and line ends do not matter, nor does a text's neighbour. Time is bounded for any text.

    Raises:
        ModelMissing: the weights cannot be had.
    """
    asked = lid_fasttext.model(model)
    return [_sampled(text, asked) for text in texts]


def identify_whole(texts: Iterable[str], model: str = WEIGHTS) -> list[Answer]:
    """Return what ``identify`` returns where samples are never enough: the measure of the sampling."""
    asked = lid_fasttext.model(model)
    return [_whole(text, asked) for text in texts]


def languages(model: str = WEIGHTS) -> frozenset[str]:
    """Return every code that ``model`` may give.

    Raises:
        ModelMissing: the weights cannot be had.
    """
    asked = lid_fasttext.model(model)
    return asked.languages - _NEVER | lid_second.MORE if asked.is_lid_176 else asked.languages


def _sampled(text: str, model: Model) -> Answer:
    for chars in SAMPLES_CHARS:
        if len(text) <= SAMPLES * chars:
            break
        samples = _samples(text, chars)
        answer = _agreeing(samples, model)
        if answer:
            return answer
    return _whole(text, model)


def _samples(text: str, chars: int) -> list[str]:
    spare = len(text) - chars
    return [text[start : start + chars] for start in (spare * part // (SAMPLES - 1) for part in range(SAMPLES))]


def _agreeing(samples: Sequence[str], model: Model) -> Answer | None:
    """Return the one language that fastText tells of each of ``samples``, if it is sure enough of them."""
    script = lid_scripts.script_of(" ".join(samples))
    if script.letters < SURE_LETTERS:
        return None
    told = [model.best(sample, script.code) for sample in samples]
    language, mean = told[0][0], sum(p for _, p in told) / len(told)
    if language in _NEVER or {one for one, _ in told} != {language} or mean < AGREED:
        return None
    answer = _answer([Part(script, {language: 1 - math.prod(1 - p for _, p in told)})])
    is_plain = mean >= SURE and len(samples[0]) <= STRETCH_CHARS
    return answer if is_plain or _own_share(samples, answer, model) >= STRETCHES_AGREED else None


def _whole(text: str, model: Model) -> Answer:
    pieces = _pieces(text)
    told = _read(pieces, model)
    if len(text) <= 2 * STRETCH_CHARS or told.score < DOUBTED:
        return told
    return told._replace(score=min(told.score, round(_own_share(pieces, told, model), 4)))


def _own_share(pieces: Sequence[str], told: Answer, model: Model) -> float:
    """Return the share of the language ``told`` in the letters of those stretches of ``pieces`` that fastText tells."""
    own, foreign = 0, 0
    for stretch in chain.from_iterable(map(_stretches, pieces)):
        script = lid_scripts.script_of(stretch)
        if script.letters < STRETCH_LETTERS:
            continue
        language, probability = model.best(stretch, script.code)
        if probability >= STRETCH_SURE and language not in _NEVER:
            own += script.letters * (language == told.language)
            foreign += script.letters * (language != told.language)
    return max(own / (own + foreign), _LEAST_SHARE) if own + foreign else 1.0


def _stretches(text: str) -> list[str]:
    """Return the first and last lines and sentences of ``text`` that are long enough to be told, long ones in parts."""
    lines = [line for line in _ENDS.split(text) if len(line) >= STRETCH_LETTERS]
    made = [line[start : start + STRETCH_CHARS] for line in lines for start in range(0, len(line), STRETCH_CHARS)]
    return made if len(made) <= 2 * STRETCHES else made[:STRETCHES] + made[-STRETCHES:]


def _read(pieces: Sequence[str], model: Model) -> Answer:
    """Return what the models tell of ``pieces``, each read as a whole."""
    parts, unclear = [], []
    for piece in pieces:
        part = _sure(piece, model)
        if part:
            parts.append(part)
        else:
            unclear.append(piece)
    if unclear:
        parts.append(_judged(unclear, model))
    return _answer(parts)


def _pieces(text: str) -> list[str]:
    """Return the whole of ``text`` in pieces of about one length, or as many pieces as are read, evenly spread."""
    parts = min(PIECES, -(-len(text) // PIECE_CHARS)) or 1
    size = min(PIECE_CHARS, -(-len(text) // parts))
    spare = len(text) - size
    return [text[start : start + size] for start in (spare * part // max(parts - 1, 1) for part in range(parts))]


def _sure(text: str, model: Model) -> Part | None:
    """Return what fastText says of ``text`` if it is sure, else None."""
    script = lid_scripts.script_of(text)
    if script.letters < SURE_LETTERS:
        return None
    language, probability = model.best(text, script.code)
    return Part(script, {language: probability}) if probability >= SURE and language not in _NEVER else None


def _judged(pieces: Sequence[str], model: Model) -> Part:
    """Return what the models make of ``pieces`` together; it weighs as much as all their letters."""
    text = " ".join(piece[: PIECE_CHARS // len(pieces)] for piece in pieces)
    script = lid_scripts.script_of(text)
    if not script.letters:
        return Part(script, {})
    likely = {language: p for language, p in model.ask(text, script.code).items() if language not in _NEVER}
    letters = sum(lid_scripts.script_of(piece).letters for piece in pieces)
    if model.is_lid_176:
        likely = lid_second.agreed(likely, text, script, model.languages - _NEVER)
    else:
        whole = sum(likely.values())
        likely = {language: p / whole for language, p in likely.items()}
    return Part(script._replace(letters=letters), likely)


def _answer(parts: Sequence[Part]) -> Answer:
    """Return the likeliest language of parts of a text, each with the weight of its letters."""
    letters = sum(script.letters for script, _ in parts)
    total: defaultdict[str, float] = defaultdict(float)
    scripts: defaultdict[str | None, int] = defaultdict(int)
    for script, likely in parts:
        for language, probability in likely.items():
            total[language] += probability * script.letters / letters * _purity(script)
        scripts[script.code] += script.letters
    told = lid_second.likeliest(total)
    if told is None:
        return Answer(None, 0.0, None)
    written = [script for script in scripts if lid_scripts.writes(told, script)] or list(scripts)
    script_code = max(written, key=lambda one: (scripts[one], one or ""))
    # Rounded, for the last digits of a product of matrices differ between machines.
    return Answer(told, round(min(total[told], 1.0), 4), script_code)


def _purity(script: Script) -> float:
    return script.share if script.share < _ONE_SCRIPT else 1.0
