"""The peer's side of ``bench.quality_speed``, run by the Python of datatrove's environment, without modules of ours.

``python quality_trove.py TEXTS``: ``TEXTS`` is a JSON list of strings; prints ``{cpu_s, kept}`` as JSON, with the CPU
seconds of Gopher's two filters alone.
"""

import json
import sys
import time
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter


def main(texts: Path) -> None:
    """Judge every text by the defaults, as a pipeline does: what the first filter drops the second never sees."""
    documents = [
        Document(text=text, id=str(number)) for number, text in enumerate(json.loads(texts.read_text(encoding="utf-8")))
    ]
    repetition, quality = GopherRepetitionFilter(), GopherQualityFilter()
    repetition.filter(Document(text="loads the tokenizer", id="first"))
    started = time.process_time()
    kept = [_keeps(repetition, document) and _keeps(quality, document) for document in documents]
    sys.stdout.write(json.dumps({"cpu_s": time.process_time() - started, "kept": kept}))


def _keeps(judge: GopherRepetitionFilter | GopherQualityFilter, document: Document) -> bool:
    verdict = judge.filter(document)
    return bool(verdict[0] if isinstance(verdict, tuple) else verdict)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
