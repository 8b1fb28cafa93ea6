"""What telling the language costs: ours against datatrove's filter, the same weights, the same texts.

``python -m bench.language_speed [PAIRS]`` judges the standing corpus by turns, each side in a process of its own,
prints a table and ends with 1 where ours judges fewer than ``FLOOR`` times the texts a CPU second, or where samples
decide as the whole text does for fewer than ``SAME`` of them. Loading the models is not counted.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.peers import peer_python
from bench.standing import standing_texts
from corpus.errors import CorpusError
from models import lid, weights
from processors.language import Language, prose

FLOOR = 4.0  # times datatrove's texts per CPU second
SAME = 0.998  # of the decisions, samples against the whole text
MIN_SCORE = 0.65  # of English, to be kept
PAIRS = 3

_PEER = Path(__file__).with_name("language_trove.py")


def main(pairs: int) -> int:
    """Run the whole benchmark; return 0 if both floors hold, else 1."""
    try:
        texts, python, model = standing_texts(), peer_python("datatrove"), weights.path(lid.WEIGHTS)
    except CorpusError as error:
        _say(f"skipped: {error}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "texts.json")
        file.write_text(json.dumps(texts), encoding="utf-8")
        commands = {
            "ours": [sys.executable, "-m", "bench.language_speed", "ours", str(file)],
            "datatrove": [str(python), str(_PEER), str(file), str(model)],
        }
        runs = [{side: _run(command, folder) for side, command in commands.items()} for _ in range(pairs)]
    fast = _compare(runs, len(texts))
    return 0 if _samples_are_enough(texts) and fast else 1


def _compare(runs: Sequence[dict[str, Any]], texts: int) -> bool:
    """Print both sides and return whether the floor holds."""
    for side in ("ours", "datatrove"):
        seconds = statistics.median(run[side]["cpu_s"] for run in runs)
        _say(f"{side:12}{texts / seconds:10,.0f} texts per CPU second   {sum(runs[0][side]['kept']):6} kept")
    same = sum(one == other for one, other in zip(runs[0]["ours"]["kept"], runs[0]["datatrove"]["kept"], strict=True))
    ratio: float = statistics.median(run["datatrove"]["cpu_s"] / run["ours"]["cpu_s"] for run in runs)
    _say(f"ours to datatrove, median of {len(runs)}: {ratio:.1f} times (floor {FLOOR})")
    _say(f"  {same / texts:.4f} of the decisions agree")
    return ratio >= FLOOR


def _samples_are_enough(texts: Sequence[str]) -> bool:
    """Print how often the samples of ``texts`` decide what the whole decides, and return whether that is enough."""
    proses = [prose(text) for text in texts]
    sampled, whole = (_kept(identify(proses)) for identify in (lid.identify, lid.identify_whole))
    same = sum(one == other for one, other in zip(sampled, whole, strict=True)) / len(proses)
    _say(f"samples decide as the whole text does for {same:.4f} (floor {SAME})")
    return same >= SAME


def _kept(answers: Iterable[lid.Answer]) -> list[bool]:
    return [answer.language == "en" and answer.score >= MIN_SCORE for answer in answers]


def _run(command: Sequence[str], folder: str) -> dict[str, Any]:
    kept = {**os.environ, "HF_HOME": folder}  # where datatrove copies the weights to
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=kept)  # noqa: S603 - our own modules
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _ours(texts: Sequence[str]) -> dict[str, Any]:
    """Return the CPU seconds of the step on a table of ``texts``, both models loaded before, and what it keeps."""
    step: Callable[[pa.Table], pa.Table] = Language()
    step(pa.table({"text": ["loads both models"]}))
    table = pa.table({"text": pa.array(texts, pa.large_string())})
    started = time.process_time()
    told = step(table)
    cpu_s = time.process_time() - started
    rows = zip(told["language"].to_pylist(), told["language_score"].to_pylist(), strict=True)
    return {"cpu_s": cpu_s, "kept": [language == "en" and score >= MIN_SCORE for language, score in rows]}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        _say(json.dumps(_ours(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
