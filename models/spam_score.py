"""How much texts read like unwanted advertising: phrases and signs, counted by density and added up as log-odds.

``score = 1 / (1 + exp(MIDDLE - sum(weight * log(1 + 2 * hits / (1 + words / 100)))))``: a hit more counts the less the
more there are, a long text needs more of them than a short one, and one theme alone passes the middle only where most
of the text is about nothing else. Signs with a negative weight say that people talk, quote, report or program. The
weights are set by reason and rounded, from no labelled corpus.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.spam_phrases import THEMES, WEIGHTS

MIDDLE = 3.5  # the log-odds at which the score is one half

_SPACE = r"\s+"
Floats = NDArray[np.float64]


class Sign(NamedTuple):
    """A pattern (RE2, over lower-cased text) and what the logarithm of its density adds to the log-odds."""

    weight: float
    pattern: str


SIGNS: Mapping[str, Sign] = {
    "exclamation": Sign(0.5, "!"),
    "ornament": Sign(0.4, r"!{2,}|\?!|\${2,}|\*{3,}|={10,}|~{4,}|#{7,}"),
    "price": Sign(0.5, r"[$£€] ?\d"),
    "percentage": Sign(0.3, r"\d ?%"),
    "toll_free_number": Sign(0.6, r"\b1?[-. (]{0,3}8(?:00|88|77|66|55)[-. )]{1,3}\d{3}[-. ]\d{4}\b"),
    "odd_address": Sign(1.0, r"https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\d{8,}|[^\s/]*[%@])"),
    "second_person": Sign(0.5, r"\byou(?:r|rs|rself)?\b"),
    "quotation": Sign(-1.2, r"(?m)^[ \t]{0,4}\w{0,6}[>|][ \t>|]"),
    "attribution": Sign(-0.7, r"(?m)\b(?:wrote|writes|said|says):?\s*$"),
    "mail_list": Sign(
        -0.7, r"(?m)^-- ?$|^_{20,}$|^-{5,}\s?original message|/listinfo/|^(?:url|date|from|subject|cc|to): "
    ),
    "report": Sign(
        -0.8,
        r"\b(?:said|says|told|wrote|argued|explained|reported|announced|according to|reporters?|officials?|spokes\w+"
        r"|government|police|court|minister|president|parliament|university|researchers?|scientists?|stud(?:y|ies)"
        r"|published|century|election|war|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    ),
    "contraction": Sign(
        -0.3,
        r"\b(?:i|he|she|it|we|they|that|there|what|let|(?:do|does|did|is|was|are|would|could|should|have|has)n)"
        r"['\x{2019}](?:t|s|m|d|ve|re|ll)\b",
    ),
    "talk": Sign(
        -0.8,
        r"\b(?:i (?:think|guess|believe|suppose|suspect|wonder|tried|use|used|found|noticed|thought|know|also|still|see"
        r"|agree|had)|afaik|imho|imo|btw|iirc|fwiw|yeah|actually|perhaps|maybe|probably|however|although|whether|though"
        r"|rather|instead|anyway|seems?|apparently|obviously|somehow|something|anyone|otherwise|unless|etc|especially"
        r"|certainly|quite|kind of|sort of|looks? like|the point)\b",
    ),
    "technology": Sign(
        -0.5,
        r"\b(?:linux|unix|kernel|perl|python|java|javascript|php|ruby|xml|css|sql|apache|debian|rpms?|sudo|bugs?|patch(?:es)?"
        r"|git|cvs|compil\w+|config\w*|install(?:ed|ing)?|scripts?|functions?|variables?|modules?|librar(?:y|ies)|packages?"
        r"|daemon|shell|bash|stderr|stdout|emacs|vim|gcc|debug\w*|api|regex\w*|syntax|pars(?:e[rd]?|ing)|sockets?|protocols?"
        r"|algorithms?|repository|open source|partition|localhost|director(?:y|ies)|command line|upstream)\b",
    ),
    "code": Sign(
        -0.5,
        r"(?m)^\s*(?:#include|import|def|class|return|if|for|int|void|public|function)\b.*[:;{)]$|^[+-]{3} |^@@ |\w\(\)"
        r"|::|->|==|!=|/usr/|/etc/",
    ),
}


# Three words in capitals, one after the other; the only sign that reads the text in its own case.
SHOUTING = Sign(0.6, r"\b[A-Z]{2,}(?:[\s!,.\-]+[A-Z]{2,}){2,}")


def score(texts: pa.Array) -> NDArray[np.float32]:
    """Return one number from 0 to 1 for each of ``texts`` (large_string, no nulls): how spam-like it is.

    An empty text has about 0.03, what nothing speaks for or against.
    """
    room = 1 + _hits(texts, r"\S+") / 100
    odds = np.full(len(texts), -MIDDLE)
    lowered = pc.utf8_lower(texts)
    for name, phrases in THEMES.items():
        odds += WEIGHTS[name] * _density(_hits(lowered, _whole_words(phrases)), room)
    for sign in SIGNS.values():
        odds += sign.weight * _density(_hits(lowered, sign.pattern), room)
    odds += SHOUTING.weight * _density(_hits(texts, SHOUTING.pattern), room)
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def _whole_words(phrases: tuple[str, ...]) -> str:
    return rf"\b(?:{'|'.join(phrases)})\b".replace(" ?", r"\s*").replace(" *", r"\s*").replace(" ", _SPACE)


def _hits(texts: pa.Array, pattern: str) -> Floats:
    return np.asarray(pc.count_substring_regex(texts, pattern), np.float64)


def _density(hits: Floats, room: Floats) -> Floats:
    return np.log1p(2 * hits / room)
