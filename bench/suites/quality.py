"""Quality rules: how often they decide as datatrove 0.10.1 does, and for the same first reason.

``quality/datatrove_verdicts.jsonl.gz`` has texts with its verdicts, and the digest of what its C4 filter leaves.
"""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.measurement import Measurement
from processors.c4_lines import C4Lines
from processors.quality import Quality
from processors.rule_sets import RuleSet
from processors.select import Select

SUITE = "quality"
SETS: dict[str, RuleSet] = {
    "gopher_quality": "gopher-quality",
    "gopher_repetition": "gopher-repetition",
    "c4_quality": "c4",
    "fineweb_quality": "fineweb",
}
REASONS = {
    "gopher_short_doc": "gopher-few-words",
    "gopher_long_doc": "gopher-many-words",
    "gopher_below_avg_threshold": "gopher-short-words",
    "gopher_above_avg_threshold": "gopher-long-words",
    "gopher_too_many_hashes": "gopher-hashes",
    "gopher_too_many_ellipsis": "gopher-ellipses",
    "gopher_too_many_bullets": "gopher-bullet-lines",
    "gopher_too_many_end_ellipsis": "gopher-ellipsis-lines",
    "gopher_below_alpha_threshold": "gopher-alphabetic-words",
    "gopher_enough_stop_words": "gopher-stop-words",
    "dup_para_frac": "gopher-duplicate-paragraphs",
    "dup_para_char_frac": "gopher-duplicate-paragraph-chars",
    "dup_line_frac": "gopher-duplicate-lines",
    "dup_line_char_frac": "gopher-duplicate-line-chars",
    **{f"top_{n}_gram": f"gopher-top-{n}gram" for n in (2, 3, 4)},
    **{f"duplicated_{n}_n_grams": f"gopher-duplicate-{n}gram" for n in (5, 6, 7, 8, 9, 10)},
    "lorem_ipsum": "c4-lorem-ipsum",
    "curly_bracket": "c4-curly-bracket",
    "too_few_sentences": "c4-few-sentences",
    "line_punct_ratio": "fineweb-punctuated-lines",
    "short_line_ratio": "fineweb-short-lines",
    "char_dup_ratio": "fineweb-duplicate-line-chars",
    "list_ratio": "fineweb-newlines",
}


def score(data: Path) -> list[Measurement]:
    """Return for each filter ``<filter> verdicts`` and ``<filter> reasons`` (0 to 1), and ``c4_quality texts``."""
    path = data / "quality" / "datatrove_verdicts.jsonl.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    scored = Quality()(_table([case["text"] for case in cases]))
    cut = C4Lines()(scored)
    found = [one for name in SETS for one in _agreement(name, cases, cut if name == "c4_quality" else scored)]
    return [*found, _texts(cases, cut["text"].to_pylist())]


def reasons(table: pa.Table, rules: RuleSet) -> list[str | None]:
    """Return the first reason of each row of ``table``, whose ids count from 0; None where it stays."""
    select = Select.model_validate({"sets": (rules,)})
    found: list[str | None] = [None] * len(table)
    for row in select(table).dropped.to_pylist():
        found[int(row["id"])] = row["reason"]
    return found


def _table(texts: list[str]) -> pa.Table:
    return pa.table({"id": [str(place) for place in range(len(texts))], "text": pa.array(texts, pa.large_string())})


def _agreement(name: str, cases: list[dict[str, Any]], table: pa.Table) -> list[Measurement]:
    wanted = [_reason(name, case["verdicts"][name]["reason"]) for case in cases]
    pairs = list(zip(reasons(table, SETS[name]), wanted, strict=True))
    verdicts = sum((ours is None) == (theirs is None) for ours, theirs in pairs) / len(pairs)
    same = sum(ours == theirs for ours, theirs in pairs) / len(pairs)
    return [
        Measurement(SUITE, f"{name} verdicts", verdicts, len(pairs)),
        Measurement(SUITE, f"{name} reasons", same, len(pairs)),
    ]


def _reason(name: str, reason: str | None) -> str | None:
    if reason == "empty":
        return "fineweb-empty" if name == "fineweb_quality" else "gopher-empty"
    return REASONS[reason] if reason else None


def _texts(cases: list[dict[str, Any]], texts: list[str]) -> Measurement:
    digests = [case["verdicts"]["c4_quality"].get("output_sha256") for case in cases]
    same = [
        hashlib.sha256(text.encode()).hexdigest() == digest
        for text, digest in zip(texts, digests, strict=True)
        if digest is not None
    ]
    return Measurement(SUITE, "c4_quality texts", sum(same) / max(len(same), 1), len(same))
