"""Which lines stand on many pages of a site: counted once, frozen in a file, pinned by the recipe.

The file is JSON with sorted keys, so the same pages give the same bytes. A line is the xxh64 of its normal form in 16
hex digits, under the widest *place* where it is common: the registrable domain, the host, or the host with the first
part of the path (a language, a blog, a manual).
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from pydantic import Field, ValidationError

from corpus.errors import RecipeError
from corpus.params import Params

FORMAT = 1

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
_DEPTHS = 3  # of places: domain, host, section


class CommonLines(Params):
    """When a line is one of its site and not of its page. The defaults were measured (docs/cleaning.md)."""

    min_documents: int = Field(default=10, ge=2, description="fewest distinct documents that hold the line")
    min_share: float = Field(default=0.3, gt=0, le=1, description="least share of a place's documents")
    min_steady: float = Field(
        default=0.8, ge=0, le=1, description="least share of those documents that hold it equally often"
    )


class Place(Params):
    """A site or a part of one: its distinct documents, and for each line (16 hex digits) how many of them hold it."""

    documents: int = Field(ge=0)
    lines: dict[str, int]


class Calibration(Params):
    """The lines of all sites, with what they rest on: the newest night read and the documents of it and before."""

    format: int = Field(default=FORMAT, ge=FORMAT, le=FORMAT)
    night: str = ""
    documents: int = Field(default=0, ge=0)
    rule: CommonLines = CommonLines()
    places: dict[str, Place] = Field(default_factory=dict)

    def encoded(self) -> bytes:
        """Return the bytes of the file: the same calibration has the same bytes."""
        return (json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=1) + "\n").encode()


def places_of(url: str | None) -> tuple[str, ...]:
    """Return the places that ``url`` belongs to, the widest first; none where it names no host.

    The registrable domain follows the public suffix list that tldextract brings, private suffixes included, so that
    two users of one hosting service are two sites.
    """
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").removesuffix(".")
    except ValueError:
        return ()
    if not host or parts.scheme not in {"http", "https"}:
        return ()
    first, deeper, _ = parts.path.lstrip("/").partition("/")
    section = (f"{host}/{first}",) if deeper and first else ()
    return tuple(dict.fromkeys((_domain(host), host, *section)))


@cache
def _suffixes() -> Any:  # noqa: ANN401 - its class would have to be imported for the name alone
    import tldextract  # noqa: PLC0415 - reads a list of 10,000 suffixes, which no other step needs

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@cache
def _domain(host: str) -> str:
    found = _suffixes()(host)
    return f"{found.domain}.{found.suffix}" if found.domain and found.suffix else host


def line_hash(normal: str) -> int:
    """Return the 64 bits that stand for a line in its ``normal`` form."""
    return xxhash.xxh64_intdigest(normal.encode("utf-8", "surrogatepass"))


def read_calibration(path: Path, sha256: str) -> Mapping[str, frozenset[int]]:
    """Return the line hashes of every place in the calibration at ``path``.

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
        places = Calibration.model_validate_json(content).places
        return {name: frozenset(int(line, 16) for line in place.lines) for name, place in places.items()}
    except (ValidationError, ValueError) as error:
        raise RecipeError(f"{path} is no calibration of site boilerplate; {mend}") from error


def is_calibration(path: Path) -> bool:
    """Tell whether the file at ``path`` is one that ``Calibration.encoded`` made, of this format."""
    try:
        return "format" in Calibration.model_validate_json(path.read_bytes()).model_fields_set
    except (OSError, ValidationError):
        return False


def calibrate(pages: pa.Table, rule: CommonLines, night: str) -> Calibration:
    """Return the lines that are common by ``rule`` among ``pages`` (schema ``PAGE_LINES``, any order).

    A place has an entry when it has common lines that no wider place has. ``night`` is the newest one that was read.
    """
    pages = pages.sort_by("id")
    where = [places_of(url) for url in pages["url"].to_pylist()]
    found: dict[str, Place] = {}
    for depth in range(_DEPTHS):
        names = [places[depth] if len(places) > depth else None for places in where]
        wider = {places[depth]: places[:depth] for places in where if len(places) > depth}
        for name, place in _common(pages.append_column("place", pa.array(names, pa.string())), rule).items():
            told = {line for outer in wider[name] if outer in found for line in found[outer].lines}
            lines = {line: count for line, count in place.lines.items() if line not in told}
            if lines:
                found[name] = place.model_copy(update={"lines": lines})
    return Calibration(night=night, documents=pages.num_rows, rule=rule, places=found)


def _common(pages: pa.Table, rule: CommonLines) -> dict[str, Place]:
    pages = pages.append_column("row", pa.array(range(pages.num_rows), pa.int64()))
    distinct = pages.filter(pc.is_valid(pages["place"])).group_by(["place", "signature"]).aggregate([("row", "min")])
    pages = pages.take(distinct["row_min"].sort()).combine_chunks()
    sizes = {one["values"]: one["counts"] for one in pc.value_counts(pages["place"]).to_pylist()}
    lists = pages["lines"]
    rows = pa.table(
        {
            "place": pages["place"].take(pc.list_parent_indices(lists)),
            "line": pc.list_flatten(lists),
            "times": pc.list_flatten(pages["times"]),
        }
    )
    equally = rows.group_by(["place", "line", "times"]).aggregate([([], "count_all")])
    counts = equally.group_by(["place", "line"]).aggregate([("count_all", "sum"), ("count_all", "max")])
    often = counts.filter(pc.greater_equal(counts["count_all_sum"], rule.min_documents))
    made: dict[str, Place] = {}
    for row in often.to_pylist():
        held, steady, size = row["count_all_sum"], row["count_all_max"], sizes[row["place"]]
        if held >= rule.min_share * size and steady >= rule.min_steady * held:
            place = made.setdefault(row["place"], Place(documents=size, lines={}))
            place.lines[f"{row['line']:016x}"] = held
    return made
