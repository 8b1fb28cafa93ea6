"""The writing systems of texts and of languages: a text's script leaves few languages to choose from."""

from bisect import bisect_right
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

# ISO 15924 code -> the blocks its letters stand in, first to last code point (Unicode 16, Blocks.txt).
_BLOCKS: Mapping[str, str] = {
    "Latn": "0041-02af 1d00-1dbf 1e00-1eff 2c60-2c7f a720-a7ff ab30-ab6f ff21-ff5a",
    "Grek": "0370-03ff 1f00-1fff",
    "Cyrl": "0400-052f 1c80-1c8f 2de0-2dff a640-a69f",
    "Armn": "0530-058f",
    "Hebr": "0590-05ff fb1d-fb4f",
    "Arab": "0600-06ff 0750-077f 0870-08ff fb50-fdff fe70-fefe",
    "Thaa": "0780-07bf",
    "Deva": "0900-097f a8e0-a8ff",
    "Beng": "0980-09ff",
    "Guru": "0a00-0a7f",
    "Gujr": "0a80-0aff",
    "Orya": "0b00-0b7f",
    "Taml": "0b80-0bff",
    "Telu": "0c00-0c7f",
    "Knda": "0c80-0cff",
    "Mlym": "0d00-0d7f",
    "Sinh": "0d80-0dff",
    "Thai": "0e00-0e7f",
    "Laoo": "0e80-0eff",
    "Tibt": "0f00-0fff",
    "Mymr": "1000-109f a9e0-a9ff aa60-aa7f",
    "Geor": "10a0-10ff 1c90-1cbf 2d00-2d2f",
    "Hang": "1100-11ff 3130-318f a960-a97f ac00-d7ff ffa0-ffdf",
    "Ethi": "1200-139f 2d80-2ddf ab00-ab2f",
    "Khmr": "1780-17ff 19e0-19ff",
    "Jpan": "3040-30ff 31f0-31ff ff66-ff9f",
    "Hani": "2e80-2fdf 3005-3007 3400-4dbf 4e00-9fff f900-faff 20000-323af",
}
_OTHER = "Zzzz"  # ISO 15924: a script that is not told apart here

# Script -> the languages written in it; a language that stands nowhere is written in Latin letters.
_LANGUAGES: Mapping[str, str] = {
    "Latn": "az bs gom ha kk ku sh sr tk tt ug uz",
    "Grek": "el",
    "Cyrl": "av az ba be bg bs bxr ce cv kk krc ku kv ky lez mhr mk mn mrj myv os ru rue sah sh sr tg tk tt tyv ug uk "
    "uz xal",
    "Armn": "hy",
    "Hebr": "he yi",
    "Arab": "ar arz az azb ckb fa ha kk ku ky lrc mzn pa pnb ps sd tk ug ur uz",
    "Thaa": "dv",
    "Deva": "bh dty gom hi mai mr ne new sa sd",
    "Beng": "as bn bpy",
    "Guru": "pa",
    "Gujr": "gu",
    "Orya": "or",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Sinh": "si",
    "Thai": "th",
    "Laoo": "lo",
    "Tibt": "bo dz",
    "Mymr": "my",
    "Geor": "ka xmf",
    "Hang": "ko",
    "Ethi": "am",
    "Khmr": "km",
    "Jpan": "ja",
    "Hani": "zh yue wuu ja ko",
}

# One of these letters says about as much as three of an alphabet (characters of parallel translations).
_DENSE = frozenset({"Hani", "Hang", "Jpan"})
_DENSITY = 3
_EAST_ASIAN = frozenset({"Hani", "Hans", "Hant", "Hang", "Jpan", "Kore"})
_KANA_SHARE = 0.1  # of the Chinese and Japanese letters: Japanese has more, a Chinese text quotes fewer

_NO_BASIC_LETTERS = bytes(byte for byte in range(128) if not chr(byte).isalpha())
_ranges = sorted(
    (int(first, 16), int(last, 16), script)
    for script, blocks in _BLOCKS.items()
    for first, _, last in (block.partition("-") for block in blocks.split())
)
_starts = [first for first, _, _ in _ranges]
_not_latin = frozenset(code for codes in _LANGUAGES.values() for code in codes.split())
_written = {script: frozenset(codes.split()) for script, codes in _LANGUAGES.items()}


class Script(NamedTuple):
    """The script most letters of a text are of (ISO 15924; None: none is known), its share of them, and their count."""

    code: str | None
    share: float
    letters: int


def script_of(text: str) -> Script:
    """Return the script of ``text``; Japanese is ``Jpan``, Chinese characters alone are ``Hani``."""
    basic = len(text.encode("ascii", "ignore").translate(None, _NO_BASIC_LETTERS))
    if text.isascii():
        return Script("Latn", 1.0, basic) if basic else Script(None, 0.0, 0)
    letters = {"Latn": basic}
    for char in set(text):
        if char > "\x7f" and char.isalpha():
            script = _block(char)
            letters[script] = letters.get(script, 0) + text.count(char)
    return _most(letters)


def _most(letters: Mapping[str, int]) -> Script:
    counts = {script: count * (_DENSITY if script in _DENSE else 1) for script, count in letters.items() if count}
    if not counts:
        return Script(None, 0.0, 0)
    if counts.get("Jpan", 0) > _KANA_SHARE * (counts.get("Jpan", 0) + counts.get("Hani", 0)):
        counts["Jpan"] += counts.pop("Hani", 0)
    code, most = max(counts.items(), key=lambda one: (one[1], one[0]))
    return Script(None if code == _OTHER else code, most / sum(counts.values()), sum(letters.values()))


@cache  # some hundred languages and scripts, asked of every text
def writes(language: str, script: str | None) -> bool:
    """Return whether ``language`` is written in ``script``."""
    return language in _written.get(script or _OTHER, ()) or (script == "Latn" and language not in _not_latin)


def same(label: str, script: str | None) -> bool:
    """Return whether a text in ``script`` may have a ``label``'s script: East Asian ones go by several names."""
    return label == script or script is None or (script in _DENSE and label in _EAST_ASIAN)


@lru_cache(maxsize=1 << 14)
def _block(char: str) -> str:
    place = bisect_right(_starts, ord(char)) - 1
    return _ranges[place][2] if place >= 0 and ord(char) <= _ranges[place][1] else _OTHER
