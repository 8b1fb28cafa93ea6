r"""Numbers as LaTeX would print them, for ``\ref``; citations and what no number is known for are taken out cleanly.

While a paper is read, a reference is a mark; when all labels are known the marks are resolved.
"""

import re

from processors.latex.symbols import SECTIONS

REFERENCE = re.compile("\ue105([^\ue105\ue106:]*):([^\ue105\ue106]*)\ue106")
# A citation by its numbers, or a reference to nothing: it goes, unless the sentence needs it.
GONE = "\ue107[0-9, ]*\ue108"
# What introduces nothing but the citation goes with it, then the space before it; brackets that are empty now, too.
LEAD = r"(?:(?:see|see also|e\.g\.|cf\.|i\.e\.|and|as in)[\s,~]*)*"
RUN = rf"{GONE}(?:[\s,;]*(?:and\b)?\s*{GONE})*"
EMPTY_BRACKETS = re.compile(rf"(?<![ \t])[ \t]*[(\[]\s*{LEAD}{RUN}\s*[)\]]", re.IGNORECASE)
AT_START = re.compile(rf"^((?:[->] |\d+\. |\*\*[^*\n]{{1,80}}\*\* )*){RUN}[ \t]*", re.MULTILINE)
# Words that a citation must follow for the sentence to stand: "as in [3]", "see [3]", "Refs. [3]".
CALLS = (
    r"above|after|also|and|as|at|both|by|cf\.|e\.g\.,?|following|for|from|i\.e\.,?|in|like|of|on|or|refs?\.|references?|see|"
    r"than|that|the|to|under|unlike|uses?|using|via|while|with|works?"
)
CALLED = re.compile(rf"(?<![^\s(])((?:{CALLS})[ \t]+)\ue107([0-9, ]+)\ue108", re.IGNORECASE)
STARTS = re.compile(r"((?:^|(?<=[.!?]))[ \t]*)" "\ue107([0-9, ]+)\ue108(?=[ \t]+[a-z])", re.MULTILINE)
WITHIN = re.compile(rf"(?<![ \t])[ \t]*{RUN}(?:[ \t]+(?=[.,;:!?)]))?")
NAMED = frozenset(("cref", "Cref", "autoref", "vref", "autocref", "Autoref", "fref", "Fref"))


class Numbers:
    """The counters of one paper, and the number and kind each label stands for."""

    def __init__(self) -> None:
        """Start at nought."""
        self.counters: dict[str, int] = {}
        self.labels: dict[str, tuple[str, str]] = {}
        self.current = ("", "")
        self.within: dict[str, str] = {}
        self.is_appendix = False
        self.cited: dict[str, int] = {}

    def step(self, counter: str, kind: str | None = None) -> str:
        """Advance ``counter`` and return its number; labels from here on mean it, as a ``kind``."""
        self.counters[counter] = self.counters.get(counter, 0) + 1
        if counter in SECTIONS:
            for below in SECTIONS[SECTIONS.index(counter) + 1 :]:
                self.counters[below] = 0
        for other, outer in self.within.items():
            if outer == counter:
                self.counters[other] = 0
        number = self._printed(counter)
        self.current = ((kind or counter), number)
        return number

    def label(self, key: str) -> str:
        """Let ``key`` mean what was numbered last, and return that number."""
        self.labels[key.strip()] = self.current
        return self.current[1]

    def start_appendix(self) -> None:
        """Count the topmost headings as A, B, C from here on."""
        self.is_appendix = True
        self.counters.update(dict.fromkeys(("chapter", "section"), 0))

    def resolved(self, text: str) -> str:
        """Return ``text`` with numbers for references, and without marks of citations and of unknown labels."""
        text = EMPTY_BRACKETS.sub("", REFERENCE.sub(self._reference, text))
        for needed in (CALLED, STARTS):
            text = needed.sub(r"\1[\2]", text)
        return WITHIN.sub("", AT_START.sub(r"\1", text))

    def _cited(self, keys: str) -> str:
        """Return the numbers of what is cited, counted as it is first cited."""
        named = [key.strip() for key in keys.split(",") if key.strip()]
        return ", ".join(str(self.cited.setdefault(key, len(self.cited) + 1)) for key in named)

    def _printed(self, counter: str) -> str:
        if counter in SECTIONS:
            tops = [name for name in SECTIONS[1:] if self.counters.get(name)]
            parts = [str(self.counters[name]) for name in tops if SECTIONS.index(name) <= SECTIONS.index(counter)]
            if self.is_appendix and parts and parts[0].isdigit() and int(parts[0]) <= 26:
                parts[0] = chr(ord("A") + int(parts[0]) - 1)
            return ".".join(parts)
        outer = self.within.get(counter)
        above = self._printed(outer) if outer and outer != counter and outer in SECTIONS else ""
        return f"{above}.{self.counters[counter]}" if above else str(self.counters[counter])

    def _reference(self, found: re.Match[str]) -> str:
        command = found[1]
        known = [self.labels[key.strip()] for key in found[2].split(",") if self.labels.get(key.strip(), ("", ""))[1]]
        if command == "cite":
            return f"\ue107{self._cited(found[2])}\ue108"
        if command == "citet":
            return f"[{self._cited(found[2])}]"
        if not known or command == "pageref":
            return "\ue107\ue108"
        numbers = [f"({number})" if kind == "equation" and command != "ref" else number for kind, number in known]
        joined = numbers[0] if len(numbers) == 1 else ", ".join(numbers[:-1]) + " and " + numbers[-1]
        if command not in NAMED:
            return joined
        kind = "section" if known[0][0] in SECTIONS else known[0][0]
        name = kind if command[0].islower() and command != "autoref" else kind.capitalize()
        return f"{name}{'s' if len(numbers) > 1 else ''} {joined}".strip()


def reference(command: str, keys: str) -> str:
    """Return the mark of a reference to ``keys`` until the labels are known."""
    return f"\ue105{command}:{keys}\ue106"
