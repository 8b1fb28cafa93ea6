"""What cleaning mends and what it leaves alone, on public texts in many languages.

Every value is a share of what was done rightly, 1 at best: sentences that come back after they were read in a wrong
encoding, sound sentences without a repair, lines of good prose and of licence texts that ``remains`` leaves.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from ftfy import bad_codecs

from bench.measurement import Measurement
from processors.clean import clean
from processors.remains import take_remains

SUITE = "cleaning"
# UTF-8 read as the encodings that old pages claimed to be in; ftfy's "sloppy" ones read every byte, as browsers do.
WRONG = ("sloppy-windows-1252", "sloppy-windows-1250", "sloppy-windows-1251", "macroman")
SENTENCES = "lid/wortschatz75.jsonl.gz"
PROSE = ("corpora/english_documents.jsonl.gz", "dedup/licence_texts.jsonl.gz")
SAMPLE = 3  # every third sentence


def score(data: Path) -> list[Measurement]:
    """Measure the sets that are there under ``data``; the metrics start with the file's name."""
    return [Measurement(SUITE, metric, value, items) for metric, value, items in _scores(data)]


def _scores(data: Path) -> Iterator[tuple[str, float, int]]:
    if (data / SENTENCES).exists():
        sentences = [text for text in _texts(data / SENTENCES) if not text.isascii()]
        sound = [text for text in sentences if not clean(text).encoding_repairs]
        yield "wortschatz75 sentences without a repair", len(sound) / len(sentences), len(sentences)
        for wrong in WRONG:
            yield f"wortschatz75 {wrong} mended", *_mended(sound[::SAMPLE], wrong)
    for name in PROSE:
        if (data / name).exists():
            yield f"{Path(name).name.split('.')[0]} lines kept", *_kept(data / name)


def _mended(texts: list[str], wrong: str) -> tuple[float, int]:
    bad_codecs.ok()  # importing it registers the codecs; this is its own word for "I use it"
    broken = [(text, text.encode().decode(wrong, "replace")) for text in texts]
    readable = [(text, odd) for text, odd in broken if "\ufffd" not in odd]
    return sum(clean(odd).text == clean(text).text for text, odd in readable) / len(readable), len(readable)


def _kept(path: Path) -> tuple[float, int]:
    texts = _texts(path)
    lines = sum(1 for text in texts for line in text.split("\n") if line.strip())
    return 1 - sum(take_remains(text)[1] for text in texts) / lines, lines


def _texts(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]
