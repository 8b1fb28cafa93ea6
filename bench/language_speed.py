"""What telling the language costs: ours against datatrove's filter, the same weights, the same texts.

``python -m bench.language_speed [PAIRS]`` judges the standing corpus by turns, each side in a process of its own,
prints a table and ends with 1 where ours judges fewer than ``FLOOR`` times the texts a CPU second, or where samples
decide as the whole text does for fewer than ``SAME`` of them. Loading the models is not counted.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.against_datatrove import Runs, by_turns, compared, say
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
        say(f"skipped: {error}")
        return 0
    theirs = [str(python), str(_PEER), "FILE", str(model)]
    runs = by_turns(texts, "bench.language_speed", theirs, pairs)
    fast = _compare(runs, len(texts))
    return 0 if _samples_are_enough(texts) and fast else 1


def _compare(runs: Runs, texts: int) -> bool:
    """Print both sides and return whether the floor holds."""
    ratio, same = compared(runs, texts, FLOOR)
    say(f"  {same:.4f} of the decisions agree")
    return ratio >= FLOOR


def _samples_are_enough(texts: Sequence[str]) -> bool:
    """Print how often the samples of ``texts`` decide what the whole decides, and return whether that is enough."""
    proses = [prose(text) for text in texts]
    sampled, whole = (_kept(identify(proses)) for identify in (lid.identify, lid.identify_whole))
    same = sum(one == other for one, other in zip(sampled, whole, strict=True)) / len(proses)
    say(f"samples decide as the whole text does for {same:.4f} (floor {SAME})")
    return same >= SAME


def _kept(answers: Iterable[lid.Answer]) -> list[bool]:
    return [answer.language == "en" and answer.score >= MIN_SCORE for answer in answers]


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


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        say(json.dumps(_ours(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
