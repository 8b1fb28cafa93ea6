"""Bold and italic: runs of apostrophes, line by line, with MediaWiki's ways out of those that do not match.

The rules are those of https://www.mediawiki.org/wiki/Help:Formatting and of the parser's own treatment of an odd
number of runs: one run of three then is an apostrophe and a run of two, and which one is told by what stands before it.
"""

import re

_RUN = re.compile(r"('{2,})")
# What a run of 2, 3 or 5 writes and which marks are open after it, outermost first.
_STEPS = {
    ("", 2): ("<i>", "i"), ("b", 2): ("<i>", "bi"), ("i", 2): ("</i>", ""), ("bi", 2): ("</i>", "b"),
    ("ib", 2): ("</b></i><b>", "b"),
    ("", 3): ("<b>", "b"), ("i", 3): ("<b>", "ib"), ("b", 3): ("</b>", ""), ("ib", 3): ("</b>", "i"),
    ("bi", 3): ("</i></b><i>", "i"),
    ("b", 5): ("</b><i>", "i"), ("i", 5): ("</i><b>", "b"), ("bi", 5): ("</i></b>", ""), ("ib", 5): ("</b></i>", ""),
}  # fmt: skip
# A run of five opens both marks; the run that ends one of them tells which is the inner one.
_OPENED_BY_FIVE = {2: "bi", 3: "ib", 5: "ib"}


def emphasised(text: str) -> str:
    """Return ``text`` with the runs of apostrophes in each line as ``<i>`` and ``<b>``."""
    return "\n".join(_line(line) if "''" in line else line for line in text.split("\n"))


def _line(line: str) -> str:
    parts = _RUN.split(line)
    _spell_lengths(parts)
    lengths = [len(run) for run in parts[1::2]]
    if sum(length in (3, 5) for length in lengths) % 2 and sum(length in (2, 5) for length in lengths) % 2:
        _split_a_three(parts)
    return _marked(parts)


def _spell_lengths(parts: list[str]) -> None:
    for at in range(1, len(parts), 2):
        length = len(parts[at])
        kept = 3 if length == 4 else min(length, 5)
        parts[at - 1] += "'" * (length - kept)
        parts[at] = "'" * kept


def _split_a_three(parts: list[str]) -> None:
    """Make a run of three an apostrophe and a run of two: after one letter, else after a word, else after a space."""
    after: dict[str, int] = {}
    for at in range(1, len(parts), 2):
        if len(parts[at]) == 3:
            before = parts[at - 1]
            kind = "space" if before[-1:] == " " else "letter" if before[-2:-1] == " " else "word"
            after.setdefault(kind, at)
    for kind in ("letter", "word", "space"):
        if kind in after:
            parts[after[kind]] = "''"
            parts[after[kind] - 1] += "'"
            return


def _marked(parts: list[str]) -> str:
    written, opened, five_at = [parts[0]], "", -1
    for run, text in zip(parts[1::2], parts[2::2], strict=True):
        length = len(run)
        if opened == "" and length == 5:
            opened, five_at = "five", len(written)
            written.append("")
        else:
            if opened == "five":
                opened = _OPENED_BY_FIVE[length]
                written[five_at] = _opening(opened)
            html, opened = _STEPS[opened, length]
            written.append(html)
        written.append(text)
    if opened == "five":
        opened, written[five_at] = "bi", _opening("bi")
    return "".join(written) + "".join(f"</{mark}>" for mark in reversed(opened))


def _opening(marks: str) -> str:
    return "".join(f"<{mark}>" for mark in marks)
