"""The words of English, as spaCy's tokenizer cuts them, at a small part of its cost.

A word of the rules here is a token of ``spacy.blank("en")`` (spaCy 3.8), the words that other implementations of the
papers' rules count. The tokenizer cuts each run without white space by itself, so only a batch's distinct runs are cut.
The algorithm is the one spaCy documents (usage, "How spaCy's tokenizer works"), on its own tables, and looks at them
only where a run's first, last or inner characters leave something to decide.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

LONGEST = 500  # characters; what is longer is no word, and cutting marks off takes time with the square of it
SPACY_LONGEST = 250  # characters; spaCy's own time grows faster still
EXCEPTION_WORDS = 10  # the longest of spaCy's exceptions, an emoticon, has fewer words
ALONE = frozenset(
    ",:;!?()[]{}<>_#*&'\"`“”\u2018\u2019"
)  # marks cut off one by one at both ends, whatever is next to them
LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")  # a full stop behind these is cut off, whatever is before
CUT_INSIDE = frozenset("+-*^.,:<>=/~")  # ASCII's characters in spaCy's expressions of infixes

# Letters or figures behind a mark or none, and with a genitive and up to two marks or dots behind them, or none.
COMMON = re.compile(
    r"""([("'`\[_*]?)([A-Za-z]*[a-z]|[0-9]+)((?<=[a-z])'s)?(\.\.+|[.,;:!?)\]"'_*]?)((?<!\.\.)[)\]"'_*]?)"""
)

_ORTH = 65  # spacy.symbols.ORTH, the key of a word's text in an exception


class _Tables(NamedTuple):
    """What spaCy knows of English: its exceptions with their words, and its searches for affixes."""

    language: Any
    exceptions: dict[str, tuple[str, ...]]
    prefix: Callable[[str], Any]
    suffix: Callable[[str], Any]
    infixes: Callable[[str], Any]
    is_url: Callable[[str], Any]


def words_of(runs: Sequence[str]) -> list[Sequence[str]]:
    """Return the words of each of ``runs``, none of which holds white space or is empty.

    A run longer than ``LONGEST`` that is not all letters counts a word for each ``LONGEST`` characters.
    """
    tables = _tables()
    return [_commonly(run, tables.exceptions) or _words(run, tables) for run in runs]


def by_spacy(run: str) -> Sequence[str]:
    """Return the words of ``run`` as the tokenizer itself cuts them."""
    language = _tables().language
    with language.memory_zone():  # its vocabulary forgets them
        return [word.text for word in language.tokenizer(run)]


def _commonly(run: str, exceptions: dict[str, tuple[str, ...]]) -> Sequence[str]:
    """Return the words of a run of a common form; nothing where spaCy's tables have to be asked."""
    form = COMMON.fullmatch(run)
    if not form or run in exceptions or form[2] in exceptions:
        return ()
    words = [word for word in form.groups() if word]
    return () if len(words) > 2 and _holds_exception(words, run, exceptions) else words


def _words(run: str, tables: _Tables) -> Sequence[str]:
    if len(run) > LONGEST:
        return [run[start : start + LONGEST] for start in range(0, len(run), LONGEST)]
    before, core, after = _without_affixes(run, tables)
    words = (*before, *(_inner(core, tables) if core else ()), *reversed(after))
    is_undecided = len(words) > 2 and len(run) <= SPACY_LONGEST and run not in tables.exceptions
    return by_spacy(run) if is_undecided and _holds_exception(words, core, tables.exceptions) else words


def _without_affixes(run: str, tables: _Tables) -> tuple[list[str], str, list[str]]:
    """Cut marks off both ends until nothing is left to cut or what is left is an exception."""
    before: list[str] = []
    after: list[str] = []
    while run and run not in tables.exceptions:
        head = _prefix(run, tables)
        if head and run[head:] in tables.exceptions:
            return [*before, run[:head]], run[head:], after
        tail = _suffix(run[head:], tables)
        if tail and run[:-tail] in tables.exceptions:
            return before, run[:-tail], [*after, run[-tail:]]
        if not head and not tail:
            break
        before += [run[:head]] if head else []
        after += [run[-tail:]] if tail else []
        run = run[head : len(run) - tail]
    return before, run, after


def _prefix(run: str, tables: _Tables) -> int:
    """Return how many characters at the front are a word of their own."""
    first = run[0]
    if first in ALONE:
        return 1
    if first.isalpha() or first.isdecimal():
        return 0 if first not in "UCA" or "$" not in run else _length(tables.prefix(run))  # US$, C$, A$
    return _length(tables.prefix(run))


def _suffix(run: str, tables: _Tables) -> int:
    """Return how many characters at the end are a word of their own."""
    last, previous = run[-1:], run[-2:-1]
    if last in ALONE:
        return len(last)
    if last == "." and previous and previous in LOWER:
        return 1
    if last.isascii() and last.isdecimal():
        return 0
    if last.isalpha() and not any(map(str.isdecimal, run)):  # a unit stands behind figures only
        return 2 if last in "sS" and previous and previous in "'\u2019" else 0
    return _length(tables.suffix(run))


def _length(match: Any) -> int:  # noqa: ANN401 - a match of spaCy's expressions, which ship no types
    return match.end() - match.start() if match else 0


def _inner(core: str, tables: _Tables) -> Iterator[str]:
    """Yield the words of what is left between the marks."""
    if core in tables.exceptions:
        yield from tables.exceptions[core]
        return
    start = 0
    if _is_cut_inside(core) and not ("." in core and tables.is_url(core)):
        for infix in tables.infixes(core):
            if infix.start() > 0:
                yield from filter(None, (core[start : infix.start()], infix.group()))
                start = infix.end()
    if core[start:]:
        yield core[start:]


def _is_cut_inside(core: str) -> bool:
    """Return whether there is something in ``core`` to cut it at."""
    if core.isalnum():
        return False
    return not core.isascii() or not CUT_INSIDE.isdisjoint(core)


def _holds_exception(words: Sequence[str], core: str, exceptions: dict[str, tuple[str, ...]]) -> bool:
    """Return whether neighbouring words make up an exception, which spaCy then puts together again."""
    for first in range(len(words)):
        joined = words[first]
        for word in words[first + 1 : first + EXCEPTION_WORDS]:
            joined += word
            if joined != core and joined in exceptions:
                return True
    return False


def exceptions() -> list[str]:
    """Return the runs, and the parts of runs between marks, that spaCy cuts by a list."""
    return sorted(_tables().exceptions)


@cache
def _tables() -> _Tables:
    import spacy  # noqa: PLC0415 - seconds, which only a batch with words has to pay

    language = spacy.blank("en")
    cut: Any = language.tokenizer
    exceptions = {text: tuple(word[_ORTH] for word in words) for text, words in cut.rules.items()}
    prefix = cut.prefix_search.__self__.match  # its alternatives are anchored, which search does not know
    return _Tables(language, exceptions, prefix, cut.suffix_search, cut.infix_finditer, cut.url_match)


@cache
def sentence_marks() -> frozenset[str]:
    """Return the words that end a sentence for spaCy's rule-based splitter."""
    from spacy.pipeline import Sentencizer  # noqa: PLC0415 - as above

    return frozenset(Sentencizer.default_punct_chars)
