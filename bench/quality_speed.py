"""What the quality rules cost: our step with its rules against datatrove's two Gopher filters, on the same texts.

``python -m bench.quality_speed [PAIRS]`` judges the standing corpus by turns, each side in a process of its own,
prints a table and ends with 1 where ours judges fewer than ``FLOOR`` times the texts a CPU second, or fewer than
``SAME`` of the decisions are the same. Loading spaCy is not counted on either side; it is printed. Ours measures
FineWeb's figures too, which datatrove is not asked for.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.against_datatrove import Runs, by_turns, compared, say
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
        say(f"skipped: {error}")
        return 0
    runs = by_turns(texts, "bench.quality_speed", [str(python), str(_PEER), "FILE"], pairs)
    return 0 if _compare(runs, len(texts)) else 1


def _compare(runs: Runs, texts: int) -> bool:
    """Print both sides and return whether the floors hold."""
    ratio, same = compared(runs, texts, FLOOR)
    say(f"  {same:.4f} of the decisions agree (floor {SAME}); ours starts in {runs[0]['ours']['start_s']:.1f} CPU s")
    return ratio >= FLOOR and same >= SAME


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


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        say(json.dumps(_ours(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS))
