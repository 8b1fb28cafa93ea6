"""How much texts read like unwanted advertising: phrases and signs, counted by density and added up as log-odds.

``score = 1 / (1 + exp(MIDDLE - sum(weight * log(1 + 2 * hits / (1 + words / 100)))))``: a hit more counts the less the
more there are, a long text needs more of them than a short one, and one theme alone passes the middle only where most
of the text is about nothing else. The sum of what every honest shop says too (``SHOPS_SAY``) bends towards a limit,
``most * (1 - exp(-sum / most))``: ``most`` is ``MOST_OF_A_SHOP`` and what the other themes, of goods and frauds, add.
Signs with a negative weight say that people talk, quote, report or program. Letters of other alphabets that stand for
Latin ones and invisible signs are undone before the count.

No parameter was fitted by a program, but phrases and weights were written and adjusted by hand while looking at a
public set of mails and its figures, so the figure on that set is one of development (docs/spam.md).
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.spam_phrases import THEMES

MIDDLE = 3.5  # the log-odds at which the score is one half
MOST_OF_A_SHOP = 3.5  # the limit that themes and signs of SHOPS_SAY approach where no other theme stands

# What the logarithm of a theme's density adds to the log-odds: most where honest texts say such things least.
WEIGHTS: Mapping[str, float] = {
    "action": 1.2,
    "urgency": 1.0,
    "free": 1.0,
    "earnings": 1.0,
    "credit": 1.0,
    "pills": 1.2,
    "adult": 1.0,
    "gambling": 1.2,
    "removal": 1.0,
    "advance_fee": 1.6,
    "wares": 1.2,
    "phishing": 1.6,
    "selling": 0.8,
    "marketing": 0.8,
}
SHOPS_SAY = frozenset(
    {
        "action",
        "urgency",
        "free",
        "selling",
        "marketing",
        "exclamation",
        "price",
        "percentage",
        "second_person",
        "toll_free_number",
    }
)

_SPACE = r"\s+"
_INVISIBLE = r"[\x{AD}\x{200B}-\x{200F}\x{2060}\x{FEFF}]"
# A word with letters of the Latin and of the Greek or Cyrillic alphabet: one of them is there for its looks.
_MIXED = r"[A-Za-z][\x{370}-\x{4FF}]|[\x{370}-\x{4FF}][A-Za-z]"
_WORD = re.compile(r"\w+")
_IS_MIXED = re.compile(r"[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")
_LOOKS_LIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u04bb\u0501\u051b"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0405\u0408"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7",
    "aeopcyxisjhdqABEKMHOPCTXISJaopvikABEZHIKMNOPTX",
)
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
    "mail_list": Sign(-0.7, r"(?m)^-- ?$|^_{20,}$|^-{5,}\s?original message|^(?:url|date|from|subject|cc|to): "),
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
        r"\b(?:linux|unix|kernel|perl|python|java|javascript|php|ruby|xml|css|sql|apache|debian|sudo|bugs?|patch(?:es)?"
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


def score(texts: pa.Array) -> Floats:
    """Return one number from 0 to 1 for each of ``texts`` (large_string, no nulls): how spam-like it is.

    An empty text has about 0.03, what nothing speaks for or against.
    """
    texts = _undisguised(texts)
    room = 1 + _hits(texts, r"\S+") / 100
    lowered = pc.utf8_lower(texts)
    themes = {name: WEIGHTS[name] * _density(_hits(lowered, _whole_words(said)), room) for name, said in THEMES.items()}
    signs = {name: sign.weight * _density(_hits(lowered, sign.pattern), room) for name, sign in SIGNS.items()}
    signs["shouting"] = SHOUTING.weight * _density(_hits(texts, SHOUTING.pattern), room)
    shop = _sum(themes | signs, SHOPS_SAY)
    goods = _sum(themes, themes.keys() - SHOPS_SAY)
    most = MOST_OF_A_SHOP + goods
    odds = goods + _sum(signs, signs.keys() - SHOPS_SAY) + most * (1 - np.exp(-shop / most))
    scores: Floats = 1 / (1 + np.exp(MIDDLE - odds))
    return scores


def _sum(parts: Mapping[str, Floats], names: Iterable[str]) -> Floats:
    # Sorted, because the order of a set and with it the last digit of a sum changes from run to run.
    return np.asarray(np.sum([parts[name] for name in sorted(names)], axis=0), np.float64)


def _undisguised(texts: pa.Array) -> pa.Array:
    seen = pc.utf8_normalize(pc.replace_substring_regex(texts, _INVISIBLE, ""), "NFKC")
    mixed = pc.match_substring_regex(seen, _MIXED)
    if not pc.any(mixed).as_py():
        return seen
    plain = [_WORD.sub(_plain, text) for text in seen.filter(mixed).to_pylist()]
    return pc.replace_with_mask(seen, mixed, pa.array(plain, pa.large_string()))


def _plain(word: re.Match[str]) -> str:
    return word.group().translate(_LOOKS_LIKE) if _IS_MIXED.search(word.group()) else word.group()


def _whole_words(phrases: tuple[str, ...]) -> str:
    return rf"\b(?:{'|'.join(phrases)})\b".replace(" ?", r"\s*").replace(" *", r"\s*").replace(" ", _SPACE)


def _hits(texts: pa.Array, pattern: str) -> Floats:
    return np.asarray(pc.count_substring_regex(texts, pattern), np.float64)


def _density(hits: Floats, room: Floats) -> Floats:
    density: Floats = np.log1p(2 * hits / room)
    return density
