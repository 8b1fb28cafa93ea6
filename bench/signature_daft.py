"""The peer's side of ``bench.signature_speed``, run by the Python of Daft's environment, without modules of ours.

``python signature_daft.py TEXTS``: ``TEXTS`` is a JSON list of strings. For every line read, which names one of
``WAYS``, it signs them all once in that way and prints the CPU seconds of that.
"""

import json
import sys
import time
from pathlib import Path

import daft

TEXT = daft.col("text")
WAYS = {
    "normalised": TEXT.normalize().minhash(num_hashes=128, ngram_size=5),
    "as written": TEXT.minhash(num_hashes=128, ngram_size=5),
    "xxhash3": TEXT.minhash(num_hashes=128, ngram_size=5, hash_function="xxhash3_64"),
}


def main(texts: Path) -> None:
    """Answer one line after another, until the input ends."""
    frame = daft.from_pydict({"text": json.loads(texts.read_text(encoding="utf-8"))}).collect()
    for line in sys.stdin:
        started = time.process_time()
        frame.select(WAYS[line.rstrip("\n")]).collect()
        sys.stdout.write(f"{time.process_time() - started}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
