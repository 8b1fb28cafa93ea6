"""The suite counts agreement of verdicts, of reasons and of texts, each by itself."""

import gzip
import hashlib
import json

from bench.suites.quality import score

SENTENCE = "The brewer keeps the mash of house number {} warm for an hour and then he has to cool it quickly."
KEPT = "\n".join(SENTENCE.format(number) for number in range(6))


def verdicts(reason, text):
    kept = {"keep": True, "reason": None}
    digest = hashlib.sha256(text.encode()).hexdigest()
    few = {"keep": reason is None, "reason": reason}
    return {"gopher_quality": few, "gopher_repetition": kept, "c4_quality": {**kept, "output_sha256": digest}, "fineweb_quality": kept}  # fmt: skip


def test_agreement_is_counted_by_verdict_reason_and_text(tmp_path):
    cases = [
        {"text": KEPT, "verdicts": verdicts(None, KEPT)},
        {"text": "Too short.", "verdicts": verdicts("gopher_short_doc", KEPT)},
        {"text": "Too short.", "verdicts": verdicts("gopher_enough_stop_words", "")},
    ]
    (tmp_path / "quality").mkdir()
    with gzip.open(tmp_path / "quality" / "datatrove_verdicts.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(case) + "\n" for case in cases)
    values = {one.metric: one.value for one in score(tmp_path)}
    assert values["gopher_quality verdicts"] == 1
    assert values["gopher_quality reasons"] == 2 / 3
    assert values["c4_quality verdicts"] == 1 / 3
    assert values["c4_quality texts"] == 2 / 3


def test_an_absent_set_gives_no_figure(tmp_path):
    assert score(tmp_path) == []
