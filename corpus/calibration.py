"""Which lines stand on many pages of a site: counted once, frozen in a file, pinned by the recipe.

The file is JSON with sorted keys, so the same pages give the same bytes. A line is the xxh64 of its normal form in 16
hex digits, under the widest *place* where it is common: the registrable domain, the host, or the host with the first
part of the path (a language, a blog, a manual).
"""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from pydantic import Field, ValidationError

from corpus.calibration_paragraphs import Repeats
from corpus.calibration_places import Place, by_place, held_often
from corpus.errors import RecipeError
from corpus.params import Params

FORMAT = 2  # 1 had no paragraphs; it is read as it is

# One row a document: its lines as hashes (see ``line_hash``), each once, and how often each stands there. Documents of
# one signature are copies of each other and count as one.
PAGE_LINES = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("url", pa.string()),
        pa.field("signature", pa.uint64()),
        pa.field("lines", pa.large_list(pa.uint64())),
        pa.field("times", pa.large_list(pa.int32())),
    ]
)


class CommonLines(Params):
    """When a line is one of its site and not of its page. The defaults were measured (docs/cleaning.md)."""

    min_documents: int = Field(default=10, ge=2, description="fewest distinct documents that hold the line")
    min_share: float = Field(default=0.3, gt=0, le=1, description="least share of a place's documents")
    min_steady: float = Field(
        default=0.8, ge=0, le=1, description="least share of those documents that hold it equally often"
    )


class Calibration(Params):
    """The lines of all sites, with what they rest on: the newest night read and the documents of it and before.

    ``rule`` is null where lines, ``paragraphs`` where paragraphs were not asked for.
    """

    format: int = Field(default=FORMAT, ge=1, le=FORMAT)
    night: str = ""
    documents: int = Field(default=0, ge=0)
    rule: CommonLines | None = CommonLines()
    places: dict[str, Place] = Field(default_factory=dict)
    paragraphs: Repeats | None = None

    def encoded(self) -> bytes:
        """Return the bytes of the file: the same calibration has the same bytes."""
        return (json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=1) + "\n").encode()


def line_hash(normal: str) -> int:
    """Return the 64 bits that stand for a line in its ``normal`` form."""
    return xxhash.xxh64_intdigest(normal.encode("utf-8", "surrogatepass"))


class Snapshot(NamedTuple):
    """The hashes of the lines and of the paragraphs of every place, and of the paragraphs of many sites."""

    lines: Mapping[str, frozenset[int]]
    paragraphs: Mapping[str, frozenset[int]]
    everywhere: frozenset[int]


NOTHING_REPEATED = Snapshot({}, {}, frozenset())


def read_calibration(path: Path, sha256: str) -> Snapshot:
    """Return the hashes in the calibration at ``path``, of this format or an older one.

    Raises:
        RecipeError: the file is missing, is another than the one with this ``sha256``, or is no calibration; the
            message names the command that makes a new one.
    """
    mend = f"run `gristmill calibrate {path.parent}` and put the lines it prints into the recipe"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecipeError(f"the calibration {path} cannot be read ({error.strerror}); {mend}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        pinned = f"{sha256[:12]}..." if sha256 else "none"
        raise RecipeError(f"{path} has the sha256 {found[:12]}..., the recipe pins {pinned}; {mend}")
    try:
        made = Calibration.model_validate_json(content)
        repeats = made.paragraphs or Repeats()
        return Snapshot(_hashes(made.places), _hashes(repeats.places), frozenset(map(_number, repeats.everywhere)))
    except (ValidationError, ValueError) as error:
        raise RecipeError(f"{path} is no calibration of site boilerplate; {mend}") from error


def _hashes(places: Mapping[str, Place]) -> Mapping[str, frozenset[int]]:
    return {name: frozenset(map(_number, place.lines)) for name, place in places.items()}


def _number(hexadecimal: str) -> int:
    return int(hexadecimal, 16)


def calibration_at(path: Path) -> Calibration | None:
    """Return the calibration at ``path``, of this format or an older one; None for any other file."""
    try:
        made = Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return made if "format" in made.model_fields_set else None


def calibrate(pages: pa.Table, rule: CommonLines | None, night: str) -> Calibration:
    """Return the lines that are common by ``rule`` among ``pages`` (schema ``PAGE_LINES``, any order).

    A place has an entry when it has common lines that no wider place has. ``night`` is the newest one that was read.
    """
    found = by_place(pages.sort_by("id"), partial(_common, rule=rule)) if rule else {}
    return Calibration(night=night, documents=pages.num_rows, rule=rule, places=found)


def _common(pages: pa.Table, rule: CommonLines) -> dict[str, Place]:
    pages = pages.append_column("row", pa.array(range(pages.num_rows), pa.int64()))
    distinct = pages.filter(pc.is_valid(pages["place"])).group_by(["place", "signature"]).aggregate([("row", "min")])
    pages = pages.take(distinct["row_min"].sort()).combine_chunks()
    sizes = {one["values"]: one["counts"] for one in pc.value_counts(pages["place"]).to_pylist()}
    lines = pc.list_flatten(pages["lines"])
    often = held_often(lines, rule.min_documents)
    rows = pa.table(
        {
            "place": pages["place"].take(pc.list_parent_indices(pages["lines"]).take(often)),
            "line": lines.take(often),
            "times": pc.list_flatten(pages["times"]).take(often),
        }
    )
    equally = rows.group_by(["place", "line", "times"]).aggregate([([], "count_all")])
    counts = equally.group_by(["place", "line"]).aggregate([("count_all", "sum"), ("count_all", "max")])
    made: dict[str, Place] = {}
    for row in counts.filter(pc.greater_equal(counts["count_all_sum"], rule.min_documents)).to_pylist():
        held, steady, size = row["count_all_sum"], row["count_all_max"], sizes[row["place"]]
        if held >= rule.min_share * size and steady >= rule.min_steady * held:
            place = made.setdefault(row["place"], Place(documents=size, lines={}))
            place.lines[f"{row['line']:016x}"] = held
    return made
