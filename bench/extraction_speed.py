"""What reading a page costs: the first pass, the whole of ``extract``, and the two together, against trafilatura.

``python -m bench.extraction_speed DATA [PAIRS]`` reads the pages under ``DATA/extraction`` by turns, prints a table and
ends with 1 where a ratio misses its floor or the first pass dropped a page that the careful extraction would keep. CPU
seconds are those of this process and of the one that reads, whose start (once a worker) is left out. The other side is
trafilatura's ``extract(page, fast=True)`` without comments and tables, from the same bytes.
"""

import gzip
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from trafilatura import extract

from corpus.schema import DOCUMENT
from models import lid
from processors import reader
from processors.extract import Extract
from processors.select import Rule, Select, Selection
from processors.skim import Skim

PAIRS = 3
SKIM_FLOOR = 5.0  # times as fast as trafilatura
CHAIN_FLOOR = 1.0
SURVIVORS = 3  # one page of so many passes the first pass
WANTED = "en"
BLANK = b"<html><body><p>No entries.</p></body></html>"  # what starts the reader
KEPT_SCORE, KEPT_CHARS = 0.65, 300  # what a recipe asks of the final text: sure of the language, some 50 words

Pages = Sequence[bytes]
Work = Callable[[pa.Table], object]


class Cost(NamedTuple):
    """CPU seconds of one way to read the same pages, and of trafilatura, pair by pair."""

    ours_s: list[float]
    theirs_s: list[float]

    @property
    def ratio(self) -> float:
        """How many times as fast ours is: the median over the pairs."""
        return statistics.median(theirs / ours for ours, theirs in zip(*self, strict=True))


def main(data: Path, pairs: int) -> int:
    """Run the whole benchmark; return 0 if every floor holds, else 1."""
    pages = [gzip.decompress(path.read_bytes()) for path in sorted((data / "extraction").rglob("*.html.gz"))
             if not path.name.startswith("expected")]  # fmt: skip
    texts = _careful(_table(pages))
    night = crawl(pages, texts)
    first, whole = (compared(work, _table(pages), pairs) for work in (Skim(), _careful))
    both = compared(_two_passes, _table(night), pairs)
    _say(f"{'':34}{'pages':>7}{'ms a page':>11}{'trafilatura':>13}{'ratio':>8}{'floor':>8}")
    _row("first pass", len(pages), first, f"{SKIM_FLOOR:g}")
    _row("extract", len(pages), whole, "-")
    _row("first pass, then extract on the rest", len(night), both, f"{CHAIN_FLOOR:g}")
    dropped = _first_pass(_table(night)).dropped["id"].to_pylist()
    known = dict(zip(pages, texts, strict=True))
    lost = sum(language(known.get(night[int(place)], "")) == WANTED for place in dropped)
    _say(f"of {len(night)} pages {len(dropped)} dropped by the first pass, {lost} of them wrongly")
    return 0 if first.ratio >= SKIM_FLOOR and both.ratio >= CHAIN_FLOOR and not lost else 1


def crawl(pages: Pages, texts: Sequence[str]) -> list[bytes]:
    """Return a night's pages of which a third survives the first pass.

    Those are long English ones and what it cannot tell of the rest, pages in other languages.
    ``texts`` is what the careful extraction makes of ``pages``, which tells the two kinds apart.
    """
    languages = [language(text) for text in texts]
    kept = [page for page, told in zip(pages, languages, strict=True) if told == WANTED]
    others = [page for page, told in zip(pages, languages, strict=True) if told not in (WANTED, None)]
    untold = _first_pass(_table(others)).kept.num_rows
    return _shuffled(kept[: max(0, len(others) - SURVIVORS * untold) // (SURVIVORS - 1)], others)


def language(text: str) -> str | None:
    """Return the language by which a recipe would keep a page whose final text is ``text``; none if it would not."""
    if len(text) < KEPT_CHARS:
        return None
    (told,), (score,) = lid.predict([text])
    return told if score >= KEPT_SCORE else None


def _shuffled(kept: Sequence[bytes], others: Sequence[bytes]) -> list[bytes]:
    """Return both, the first evenly spread among the second."""
    placed = [((place + 0.5) / len(some), page) for some in (kept, others) for place, page in enumerate(some)]
    return [page for _, page in sorted(placed, key=lambda one: one[0])]


def compared(work: Work, pages: pa.Table, pairs: int) -> Cost:
    """Let ``work`` and trafilatura read ``pages`` by turns."""
    cost = Cost([], [])
    for _ in range(pairs):
        cost.ours_s.append(_cpu_s(work, pages) - _cpu_s(work, _table([BLANK])))
        cost.theirs_s.append(_cpu_s(_theirs, pages))
    return cost


def _cpu_s(work: Work, pages: pa.Table) -> float:
    reader.close()  # a child's time counts when it has ended
    started = _spent_s()
    work(pages)
    reader.close()
    return _spent_s() - started


def _spent_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def _theirs(pages: pa.Table) -> None:
    for page in pages["body"]:
        extract(page.as_py(), fast=True, include_comments=False, include_tables=False)


def _careful(pages: pa.Table) -> list[str]:
    texts: list[str] = Extract()(pages)["text"].to_pylist()
    return texts


def _two_passes(pages: pa.Table) -> None:
    Extract()(_first_pass(pages).kept)


def _first_pass(pages: pa.Table) -> Selection:
    return _RULES(Skim(languages=(WANTED,))(pages))


_RULES = Select(
    rules=(
        Rule(column="skim_verdict", none_of=("too-short",), reason="too-short"),
        Rule(column="skim_verdict", none_of=("wrong-language",), reason="wrong-language"),
    )
)


def _table(pages: Pages) -> pa.Table:
    nulls = {name: pa.nulls(len(pages), DOCUMENT.field(name).type) for name in ("url", "title", "created_at")}
    known = {
        "id": pa.array([str(place) for place in range(len(pages))], pa.string()),
        "body": pa.array(pages, pa.large_binary()),
        "media_type": pa.array(["text/html"] * len(pages), pa.string()),
    }
    return pa.table(known | nulls)


def _row(name: str, pages: int, cost: Cost, floor: str) -> None:
    ours, theirs = (statistics.median(seconds) / pages * 1000 for seconds in cost)
    _say(f"{name:36}{pages:5}{ours:11.1f}{theirs:13.1f}{cost.ratio:8.1f}{floor:>8}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = [*sys.argv[1:], os.environ.get("GRISTMILL_SHARED_DATA", "")]
    sys.exit(main(Path(given[0]), int(given[1]) if len(sys.argv) > 2 else PAIRS))
