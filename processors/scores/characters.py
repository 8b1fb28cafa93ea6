"""Classes of characters, one bit each, looked up for whole arrays of code points."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SPACE = 1  # str.isspace, the definition of white space of every rule here
BREAK = 2  # ends a line for str.splitlines
TERMINAL = 4  # ends a sentence in some script
UNSPACED = 8  # belongs to a script that writes words without spaces between them
ALPHABETIC = 16  # str.isalpha, as spaCy's tables know a letter
LETTER = 32  # of Unicode's category L, as the Arrow library's expressions know it
WORDLIKE = 64  # no symbol: what stands in a word that counts
UNKNOWN = 128

BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # documentation of str.splitlines

# Marks that end a sentence or a clause of the size of one, in all scripts: the list behind FineWeb's
# ``line_punct_ratio`` (Penedo et al. 2024, section 3.6; FineWeb2, Penedo et al. 2025, for the other scripts).
TERMINAL_RANGES = (
    "21 2e 3f 589 61d-61f 6d4 700-702 7f9 837 839 83d-83e 964-965 104a-104b 1362 1367-1368 166e 1735-1736 17d4-17d6 "
    "17d9-17da 1803 1809 1944-1945 1aa8-1aab 1b5a-1b5b 1b5e-1b5f 1b7d-1b7e 1c3b-1c3c 1c7e-1c7f 203c-203d 2047-2049 "
    "2e2e 2e3c 2e53-2e54 3002 a4ff a60e-a60f a6f3 a6f7 a876-a877 a8ce-a8cf a92f a9c8-a9c9 aa5d-aa5f aaf0-aaf1 abeb "
    "fe52 fe56-fe57 ff01 ff0e ff1f ff61 10a56-10a57 10f55-10f59 10f86-10f89 11047-11048 110be-110c1 11141-11143 "
    "111c5-111c6 111cd 111de-111df 11238-11239 1123b-1123c 112a9 1144b-1144c 115c2-115c3 115c9-115d7 11641-11642 "
    "1173c-1173e 11944 11946 11a42-11a43 11a9b-11a9c 11c41-11c42 11ef7-11ef8 11f43-11f44 16a6e-16a6f 16af5 "
    "16b37-16b38 16b44 16e98 1bc9f 1da88"
)

# What is no word when it stands alone: the marks above, ASCII's and the usual typographic ones, control characters.
SYMBOL_RANGES = (
    "0-8 b-2f 3a-40 5b-60 7b-9f ab b4 bb 2013-2014 2019 201c-201e 2026 2236 2501 25ba 3001 3008-300d 3010-3011 ff05 "
    "ff08-ff09 ff0c ff11 ff1a-ff1b ff5e"
)

# Thai and Lao, Tibetan, Myanmar, Khmer, kana, Han and the ideographs of the higher planes (Unicode 16, Blocks.txt).
UNSPACED_RANGES = "e00-eff f00-fff 1000-109f 1780-17ff 3040-30ff 3400-4dbf 4e00-9fff f900-faff 20000-323af"


def classes_of(points: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the classes of an array of code points, bits of this module's constants."""
    table = _table()
    found: NDArray[np.uint8] = table[points]
    unknown = points[found == UNKNOWN]
    if len(unknown):
        new = np.array(sorted(set(unknown.tolist())))
        table[new] = _classes(list(map(chr, new)))
        found = table[points]
    return found


@cache
def in_ranges(ranges: str) -> frozenset[str]:
    """Return the characters of ranges of hexadecimal code points, as in ``"21 5b-60"``."""
    bounds = [one.partition("-") for one in ranges.split()]
    return frozenset(
        chr(point) for first, _, last in bounds for point in range(int(first, 16), int(last or first, 16) + 1)
    )


@cache
def _table() -> NDArray[np.uint8]:
    """Return the classes of all code points, filled in as they are met: most texts need a few hundred."""
    table = np.full(0x110000, UNKNOWN, np.uint8)
    table[:128] = _classes(list(map(chr, range(128))))
    return table


def _classes(characters: Sequence[str]) -> NDArray[np.uint8]:
    is_letter = pc.match_substring_regex(pa.array(characters, pa.large_string()), r"\p{L}")
    return np.fromiter(map(_bits, characters), np.uint8, len(characters)) | LETTER * np.asarray(is_letter, np.uint8)


def _bits(character: str) -> int:
    terminal = in_ranges(TERMINAL_RANGES)
    return (
        SPACE * character.isspace()
        | BREAK * (character in BREAKS)
        | TERMINAL * (character in terminal)
        | UNSPACED * (character in in_ranges(UNSPACED_RANGES))
        | ALPHABETIC * character.isalpha()
        | WORDLIKE * (character not in terminal and character not in in_ranges(SYMBOL_RANGES))
    )
