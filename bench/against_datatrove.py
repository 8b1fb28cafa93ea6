"""Our step and datatrove's filter judging the same texts by turns, each side in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Runs = Sequence[dict[str, Any]]


def by_turns(texts: Sequence[str], ours: str, theirs: Sequence[str], pairs: int) -> Runs:
    """Return ``pairs`` runs, in each what either side (``ours``, ``datatrove``) printed: ``cpu_s``, ``kept`` and more.

    ``ours`` is a module that answers ``ours FILE``; ``theirs`` is the command of the other side, in which ``FILE``
    stands for the file of the texts, a list in JSON.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "texts.json")
        file.write_text(json.dumps(texts), encoding="utf-8")
        commands = {
            "ours": [sys.executable, "-m", ours, "ours", str(file)],
            "datatrove": [str(file) if part == "FILE" else part for part in theirs],
        }
        return [{side: _run(command, folder) for side, command in commands.items()} for _ in range(pairs)]


def compared(runs: Runs, texts: int, floor: float) -> tuple[float, float]:
    """Print both sides; return how many times as fast ours is (median) and the share of the decisions that agree."""
    for side in ("ours", "datatrove"):
        seconds = statistics.median(run[side]["cpu_s"] for run in runs)
        say(f"{side:12}{texts / seconds:10,.0f} texts per CPU second   {sum(runs[0][side]['kept']):6} kept")
    pairs = zip(runs[0]["ours"]["kept"], runs[0]["datatrove"]["kept"], strict=True)
    same = sum(one == other for one, other in pairs) / texts
    ratio: float = statistics.median(run["datatrove"]["cpu_s"] / run["ours"]["cpu_s"] for run in runs)
    say(f"ours to datatrove, median of {len(runs)}: {ratio:.1f} times (floor {floor:.1f})")
    return ratio, same


def say(line: str) -> None:
    """Print ``line`` now, so that a long run shows what it has found."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _run(command: Sequence[str], folder: str) -> dict[str, Any]:
    environment = {**os.environ, "HF_HOME": folder}  # where datatrove copies the weights to
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 - our own
    found: dict[str, Any] = json.loads(done.stdout)
    return found
