"""The peer's side of ``bench.language_speed``, run by the Python of datatrove's environment, without modules of ours.

``python language_trove.py TEXTS WEIGHTS``: ``TEXTS`` is a JSON list of strings; prints ``{cpu_s, kept}`` as JSON, with
the CPU seconds of the filter alone.
"""

import json
import sys
import time
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.filters import LanguageFilter


def main(texts: Path, weights: Path) -> None:
    """Judge every text by the filter's defaults for English, the model loaded before."""
    documents = [
        Document(text=text, id=str(number)) for number, text in enumerate(json.loads(texts.read_text(encoding="utf-8")))
    ]
    language = LanguageFilter(languages="en")
    language.model.MODEL_URL = str(weights)  # by default it fetches the whole model, here both sides read one file
    language.filter(Document(text="loads the model", id="first"))
    started = time.process_time()
    kept = [bool(language.filter(document)) for document in documents]
    sys.stdout.write(json.dumps({"cpu_s": time.process_time() - started, "kept": kept}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
