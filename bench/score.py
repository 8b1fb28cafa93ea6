"""Measure the stages on public sets with known answers and hold what was reached: ``floors.json`` may only rise."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.measurement import Measurement
from corpus.errors import CorpusError, RecipeError

Suite = Callable[[Path], list[Measurement]]
Floors = dict[str, dict[str, float]]


def _suite(name: str) -> Suite:
    def score(data: Path) -> list[Measurement]:
        # Each suite brings its own heavy libraries: only the ones asked for are imported.
        measured: list[Measurement] = import_module(f"bench.suites.{name}").score(data)
        return measured

    return score


# A suite's name is also the name of its folder under the data folder, but for those in _FOLDERS.
NAMES = (
    "cleaning",
    "datajuicer",
    "decontamination",
    "dedup",
    "documents",
    "encoding",
    "extraction",
    "feeds",
    "language",
    "quality",
    "robots",
    "safety",
    "url",
    "wikitext",
)
SUITES: dict[str, Suite] = {name: _suite(name) for name in NAMES}
_FOLDERS = {
    "cleaning": "lid",
    "datajuicer": "quality",
    "decontamination": "corpora",
    "language": "lid",
    "safety": "quality",
}


def run(names: Sequence[str], data: Path, floors: Path) -> tuple[list[dict[str, Any]], bool]:
    """Run the suites ``names`` (all when empty) on the sets under ``data``.

    Returns:
        One record a measurement, ``{suite, metric, value, floor, items}`` (``floor`` is None where there is none) or
        ``{suite, set, skipped}`` for a set that is not there; and whether every value measured holds its floor. A
        floor of a set that is there but that nothing measured any more is recorded without value and not held.

    Raises:
        RecipeError: there is no suite of that name, or no data folder.
        CorpusError: the file of floors cannot be read.
    """
    if not data.is_dir():
        raise RecipeError(f"there is no data folder {data}; give the one that holds the public test sets")
    records: list[dict[str, Any]] = []
    known = read_floors(floors)
    for name in names or tuple(SUITES):
        records += _run_suite(name, data, known.get(_known(name), {}))
    return records, all(_holds(record) for record in records)


def raise_floors(measured: Iterable[dict[str, Any]], path: Path) -> None:
    """Write every value of ``measured`` that is better than its floor, or new, as the floor in ``path``.

    A floor is the value rounded down to 3 decimals, so that noise below that does not break it.

    Raises:
        CorpusError: a value is under its floor, or a floor's set is there but gave no value; nothing is written.
    """
    floors, measured = read_floors(path), list(measured)
    for record in measured:
        if not _holds(record):
            shown = "was not measured" if record["value"] is None else f"measured {record['value']:.4f}"
            raise CorpusError(
                f"the floor {record['floor']} of {record['suite']} {record['metric']!r} stays, since it {shown}; "
                "floors only rise: mend the stage, or delete the floor by hand and say why"
            )
    for record in measured:
        if "metric" in record:
            suite = floors.setdefault(record["suite"], {})
            suite[record["metric"]] = max(rounded_down(record["value"]), suite.get(record["metric"], 0.0))
    _write(path, floors)


def rounded_down(value: float) -> float:
    """Return ``value`` cut to 3 decimals."""
    return math.floor(value * 1000 + 1e-9) / 1000


def read_floors(path: Path) -> Floors:
    """Return ``{suite: {metric: floor}}``; a file that is not there holds none.

    Raises:
        CorpusError: the file is no such JSON.
    """
    if not path.exists():
        return {}
    try:
        floors = json.loads(path.read_text(encoding="utf-8"))
        return {suite: {metric: float(floor) for metric, floor in of.items()} for suite, of in floors.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise CorpusError(f"{path} is not a JSON object of suites, metrics and floors; restore it: {error}") from error


def _run_suite(name: str, data: Path, floors: dict[str, float]) -> list[dict[str, Any]]:
    folder = _FOLDERS.get(name, name)
    if not (data / folder).is_dir():
        return [{"suite": name, "set": folder, "skipped": f"there is no folder {folder} in the data folder"}]
    found = SUITES[name](data)
    records: list[dict[str, Any]] = [
        {"suite": name, "metric": one.metric, "value": one.value, "floor": floors.get(one.metric), "items": one.items}
        for one in found
    ]
    return records + _unmeasured(name, floors, {one.metric for one in found})


def _unmeasured(name: str, floors: dict[str, float], metrics: set[str]) -> list[dict[str, Any]]:
    """Return what became of the floors nothing was measured for: their set is absent, or the metric was dropped."""
    sets = {metric.split(" ")[0] for metric in metrics}
    missing = [metric for metric in floors if metric not in metrics]
    absent = sorted({metric.split(" ")[0] for metric in missing} - sets)
    dropped = [metric for metric in missing if metric.split(" ")[0] in sets]
    return [
        *({"suite": name, "set": one, "skipped": f"{name}/{one} is not in the data folder"} for one in absent),
        *({"suite": name, "metric": one, "value": None, "floor": floors[one], "items": 0} for one in dropped),
    ]


def _known(name: str) -> str:
    if name not in SUITES:
        near = get_close_matches(name, SUITES, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise RecipeError(f"there is no suite {name!r}{hint}; the suites are {', '.join(SUITES)}")
    return name


def _holds(record: dict[str, Any]) -> bool:
    if record.get("floor") is None:
        return True
    return record["value"] is not None and record["value"] >= record["floor"]


def _write(path: Path, floors: Floors) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(floors, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    temporary.replace(path)
