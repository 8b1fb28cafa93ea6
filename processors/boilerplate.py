"""Lines that a site repeats on its pages, taken out by a frozen calibration (``gristmill calibrate``)."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, Self

import pyarrow as pa
from pydantic import Field, PrivateAttr

from corpus.calibration import NOTHING_REPEATED, PAGE_LINES, Snapshot, line_hash, read_calibration
from corpus.calibration_places import places_of
from corpus.params import Params
from processors.lines import is_heading, normal, underlined, with_text_and_counts, without, written_lines
from processors.paragraphs import page_paragraphs, take_paragraphs

# Shorter lines are also words of a text ("Ingredients", "See also"): inside a document only a run of them goes.
LONG_LINE_CHARS = 20
LONG_LINE_WORDS = 3
SHORT_RUN_LINES = 3
_WORD = re.compile(r"\w+")
_SIGNATURE_LINES = 3


class Taken(NamedTuple):
    """What is left of a text, the lines and the hashes of the paragraphs that went, and the share that is repeats."""

    text: str
    lines: int
    paragraphs: tuple[int, ...] = ()
    share: float = 0.0


class Boilerplate(Params):
    """Take lines and paragraphs out of ``text`` that the calibration found on many pages of its site, or of many sites.

    ``boilerplate_lines``, ``boilerplate_chars`` and ``boilerplate_paragraphs`` (int32) count what went;
    ``boilerplate_evidence`` (string) names these paragraphs as the calibration does. ``boilerplate_share`` (float32) is
    the share of the text that is repeats, with a paragraph that stayed because the text is about it. Code, tables,
    quotations, verse and headings with text below them stay, and so do rows with ``messages`` and those of ``kind``
    "code". The calibration is a file beside the recipe with a known hash, so every night judges by the same lines.
    """

    kind: Literal["boilerplate"] = "boilerplate"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = ("text", "url", "kind", "messages")
    writes: ClassVar[tuple[str, ...]] = (
        "text",
        "boilerplate_lines",
        "boilerplate_chars",
        "boilerplate_paragraphs",
        "boilerplate_evidence",
        "boilerplate_share",
    )
    calibration: str = Field(
        default="boilerplate.json",
        pattern=r"^\w[\w.-]*\.json$",
        description="the calibration's file, beside the recipe",
    )
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="the hash that the file must have")
    # Where the recipe lies is no option: the same calibration elsewhere gives the same rows and fingerprint.
    _folder: str = PrivateAttr(default="")

    def beside(self, folder: Path) -> Self:
        """Return this step reading its calibration from ``folder``, once it was found to be there as pinned.

        Raises:
            RecipeError: it is missing or another; the message names the command that makes one.
        """
        read_calibration(folder / self.calibration, self.sha256)
        placed = self.model_copy()
        placed._folder = str(folder.resolve())  # noqa: SLF001 - its own, of the copy just made
        return placed

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` with ``text`` (large_string) less its boilerplate; a null text is an empty one.

        Without a pinned calibration nothing goes; a recipe is not loaded so.
        """
        snapshot = _snapshot(self._folder, self.calibration, self.sha256) if self.sha256 else NOTHING_REPEATED
        told = table["messages"].is_valid().to_pylist()
        rows = zip(*(table[name].to_pylist() for name in ("text", "url", "kind")), told, strict=True)
        found = [
            Taken(text or "", 0) if spoken or kind == "code" else take_repeats(text or "", url, snapshot)
            for text, url, kind, spoken in rows
        ]
        made = with_text_and_counts(table, "boilerplate", [(one.text, one.lines) for one in found])
        evidence = [" ".join(f"{paragraph:016x}" for paragraph in one.paragraphs) for one in found]
        columns = {
            "boilerplate_paragraphs": pa.array([len(one.paragraphs) for one in found], pa.int32()),
            "boilerplate_evidence": pa.array(evidence, pa.string()),
            "boilerplate_share": pa.array([one.share for one in found], pa.float32()),
        }
        made = made.drop_columns([name for name in columns if name in made.column_names])
        for name, column in columns.items():
            made = made.append_column(name, column)
        return made


@lru_cache(maxsize=4)
def _snapshot(folder: str, name: str, sha256: str) -> Snapshot:
    return read_calibration(Path(folder) / name, sha256)


def take_repeats(text: str, url: str | None, snapshot: Snapshot) -> Taken:
    """Return ``text`` without the paragraphs and the lines that are repeats at ``url``."""
    repeated = known(snapshot.paragraphs, url) | snapshot.everywhere
    left = take_paragraphs(text, repeated)
    subject = {line_hash(normal(line)) for stayed in left.stayed for line in stayed.split("\n")}
    after, lines = take_boilerplate(left.text, known(snapshot.lines, url) - subject)
    repeats = left.repeats + len(left.text) - len(after)
    share = min(repeats / len(text), 1.0) if text else 0.0
    return Taken(after, left.lines + lines, left.gone, share)


def known(places: Mapping[str, frozenset[int]], url: str | None) -> frozenset[int]:
    """Return the hashes that ``places`` has for ``url``."""
    return frozenset[int]().union(*(places.get(place, ()) for place in places_of(url))) if places else frozenset()


def countable(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield each line of ``text`` and its normal form, None for code, tables and quotations, which never count."""
    for line, kept in written_lines(text):
        yield line, None if kept else normal(line)


def take_boilerplate(text: str, hashes: frozenset[int]) -> tuple[str, int]:
    """Return ``text`` without the runs of lines whose hashes are among ``hashes``, and how many lines went."""
    if not hashes:
        return text, 0
    lines, forms = zip(*countable(text), strict=True)
    marked = [bool(form) and line_hash(form) in hashes for form in forms]
    if not any(marked):
        return text, 0
    gone: set[int] = set()
    told = [place for place, line in enumerate(lines) if line.strip()]
    titles = underlined(lines, [form is None for form in forms])
    headings = titles | {place for place, line in enumerate(lines) if forms[place] is not None and is_heading(line)}
    for start, end in _runs(lines, forms, marked, headings | {place + 1 for place in titles}):
        at_edge = start <= told[0] or end + (end - 1 in titles) > told[-1]
        if at_edge or _may_go(forms[start:end], marked[start:end]):
            gone.update(place for place in range(start, end) if lines[place].strip())
    gone |= {place + 1 for place in gone & titles}  # a heading and the line that makes it one
    return (without(lines, gone), len(gone)) if gone else (text, 0)


def _runs(
    lines: Sequence[str], forms: Sequence[str | None], marked: Sequence[bool], headings: Container[int]
) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run: marked lines, with nothing but signs and blank lines between them."""
    start, end = -1, -1
    for place, line in enumerate([*lines, None]):
        if line is not None and marked[place]:
            start, end = (place if start < 0 else start), place + 1
        elif line is None or forms[place] != "":
            if start >= 0:
                yield start, end if line is None else _before_headings(lines, start, end, headings)
            start = -1


def _before_headings(lines: Sequence[str], start: int, end: int, headings: Container[int]) -> int:
    """Return where the run ends without the headings at its end, which are of the text that follows."""
    while end > start and (not lines[end - 1].strip() or end - 1 in headings):
        end -= 1
    return end


def _may_go(forms: Sequence[str | None], marked: Sequence[bool]) -> bool:
    long = (form and told and _is_long(form) for form, told in zip(forms, marked, strict=True))
    return sum(marked) >= SHORT_RUN_LINES or any(long)


def _is_long(form: str) -> bool:
    return len(form) >= LONG_LINE_CHARS or len(_WORD.findall(form)) >= LONG_LINE_WORDS


def page_lines(table: pa.Table) -> pa.Table:
    """Return what is counted of each row of ``table`` (schema ``corpus.calibration.PAGE_LINES``), where it counts."""
    pages = [(key, url, _forms(text)) for key, url, text in _pages(table)]
    counts = [Counter(map(line_hash, forms)) for _, _, forms in pages]
    columns = [
        [key for key, _, _ in pages],
        [url for _, url, _ in pages],
        [_signature(forms) for _, _, forms in pages],
        [list(one) for one in counts],
        [list(one.values()) for one in counts],
    ]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, PAGE_LINES, strict=True)], PAGE_LINES
    )


def page_repeats(table: pa.Table, min_words: int) -> pa.Table:
    """Return what is counted of the paragraphs of the same rows (schema ``PAGE_PARAGRAPHS``)."""
    return page_paragraphs(_pages(table), min_words)


def _pages(table: pa.Table) -> list[tuple[str, str | None, str]]:
    told = table["messages"].is_valid().to_pylist()
    rows = zip(*(table[name].to_pylist() for name in ("id", "url", "text", "kind")), told, strict=True)
    return [(key, url, text) for key, url, text, kind, spoken in rows if not spoken and kind != "code"]


def _forms(text: str) -> list[str]:
    return [form for _, form in countable(text) if form]


def _signature(forms: list[str]) -> int:
    """Return 64 bits that copies of a page share although their frames differ: of its longest lines."""
    longest = sorted(set(forms), key=lambda form: (-len(form), form))[:_SIGNATURE_LINES]
    return line_hash("\n".join(longest))
