"""What the quality rules cost: our step with its rules against datatrove's two Gopher filters, on the same texts.

``python -m bench.quality_speed [PAIRS]`` judges the standing corpus by turns, each side in a process of its own,
prints a table and ends with 1 where ours judges fewer than ``FLOOR`` times the texts a CPU second, or fewer than
``SAME`` of the decisions are the same. Loading spaCy is not counted on either side; it is printed. Ours measures
FineWeb's figures too, which datatrove is not asked for.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.peers import peer_python
from bench.standing import standing_texts
from corpus.errors import CorpusError
from processors.quality import Quality
from processors.select import Select

FLOOR = 20.0  # times datatrove's texts per CPU second
SAME = 0.995  # of the decisions
PAIRS = 3

_PEER = Path(__file__).with_name("quality_trove.py")


def main(pairs: int) -> int:
    """Run the whole benchmark; return 0 if both floors hold, else 1."""
    try:
        texts, python = standing_texts(), peer_python("datatrove")
    except CorpusError as error:
        _say(f"skipped: {error}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "texts.json")
        file.write_text(json.dumps(texts), encoding="utf-8")
        commands = {
            "ours": [sys.executable, "-m", "bench.quality_speed", "ours", str(file)],
            "datatrove": [str(python), str(_PEER), str(file)],
        }
        runs = [{side: _run(command) for side, command in commands.items()} for _ in range(pairs)]
    return 0 if _compare(runs, len(texts)) else 1


def _compare(runs: Sequence[dict[str, Any]], texts: int) -> bool:
    """Print both sides and return whether the floors hold."""
    for side in ("ours", "datatrove"):
        seconds = statistics.median(run[side]["cpu_s"] for run in runs)
        _say(f"{side:12}{texts / seconds:10,.0f} texts per CPU second   {sum(runs[0][side]['kept']):6} kept")
    pairs = zip(runs[0]["ours"]["kept"], runs[0]["datatrove"]["kept"], strict=True)
    same = sum(one == other for one, other in pairs) / texts
    ratio: float = statistics.median(run["datatrove"]["cpu_s"] / run["ours"]["cpu_s"] for run in runs)
    _say(f"ours to datatrove, median of {len(runs)}: {ratio:.1f} times (floor {FLOOR:.0f})")
    _say(f"  {same:.4f} of the decisions agree (floor {SAME}); ours starts in {runs[0]['ours']['start_s']:.1f} CPU s")
    return ratio >= FLOOR and same >= SAME


def _run(command: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own modules
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _ours(texts: Sequence[str]) -> dict[str, Any]:
    """Return the CPU seconds of the step and its rules on a table of ``texts``, what it keeps, and the start's."""
    started = time.process_time()
    _judge(_table(["loads the tokenizer"]))
    table, loaded = _table(texts), time.process_time()
    kept = set(_judge(table)["id"].to_pylist())
    cpu_s = time.process_time() - loaded
    return {"cpu_s": cpu_s, "start_s": loaded - started, "kept": [str(place) in kept for place in range(len(texts))]}


def _judge(table: pa.Table) -> pa.Table:
    select = Select.model_validate({"sets": ("gopher-repetition", "gopher-quality")})
    return select(Quality()(table)).kept


def _table(texts: Sequence[str]) -> pa.Table:
    return pa.table({"id": [str(place) for place in range(len(texts))], "text": pa.array(texts, pa.large_string())})


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        _say(json.dumps(_ours(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
