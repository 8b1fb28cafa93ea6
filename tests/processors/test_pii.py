"""Personal data: found where it stands, left where only its shape does, and gates that lose nothing."""

import gzip
import json
import time
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.schema import MESSAGES
from processors.pii import PLACEHOLDERS, Pii, without_overlaps

PLANTED = {
    "jan.novak@brewnet.example.com": "<EMAIL>",
    "+44 20 7946 0958": "<PHONE>",
    "(212) 555-0142": "<PHONE>",
    "212-621-1650": "<PHONE>",
    "81.2.69.142": "<IP_ADDRESS>",
    "2001:db8:85a3::8a2e:370:7334": "<IP_ADDRESS>",
    "4111 1111 1111 1111": "<CREDIT_CARD>",
    "GB82 WEST 1234 5698 7654 32": "<IBAN>",
    "536-22-8726": "<US_SSN>",
}
HARMLESS = [
    "The gravity fell from 1.048 to 1.012 on 2024-05-06 and 06.05.2024.",
    "ISBN 978-3-16-148410-0 costs 12,345,678.90 and pi is 3.14159265358.",
    "Use v1.2.3.4 or package==10.0.0.1, on 127.0.0.1 with std::vector and A::B.",
    "In 1998-2004 the timestamps 1700000000 and 20240506123456 were logged.",
    "Rows 1 2 3 4 5 6 7 8 9 10 and 100 200 300; @decorator and user@host.",
    "commit 1234567890abcdef1234567890abcdef12345678, 5 x 10^-12, 0.0000001234",
]


def table(*texts):
    columns = {
        "text": pa.array(texts, pa.large_string()),
        "title": pa.nulls(len(texts), pa.large_string()),
        "messages": pa.nulls(len(texts), MESSAGES),
    }
    return pa.table(columns)


@pytest.mark.parametrize(("value", "placeholder"), PLANTED.items())
def test_planted_data_becomes_its_placeholder(value, placeholder):
    assert Pii().redact(f"Please take {value} for this.") == (
        f"Please take {placeholder} for this.",
        [placeholder.strip("<>")],
    )


@pytest.mark.parametrize("text", HARMLESS)
def test_look_alikes_stay(text):
    assert Pii().redact(text) == (text, [])


def test_a_bare_number_is_a_phone_when_someone_calls_it():
    assert Pii().redact("Call 2126211650 now.")[0] == "Call <PHONE> now."
    assert Pii().redact("It sold 2126211650 pints.")[1] == []


def ungated(step, text):
    return without_overlaps(span for entity in PLACEHOLDERS for span in step.recognise(text, entity, 0, len(text)))


pieces = st.lists(
    st.sampled_from([*PLANTED, *HARMLESS, "Boil the malt. " * 20, "\n", "my social security number is", "x" * 250])
)


@settings(max_examples=40, deadline=None)
@given(pieces, st.sampled_from([" ", ", ", "\n", ". "]))
def test_gates_and_windows_lose_nothing(parts, joint):
    text = joint.join(parts)
    assert Pii().find(text) == ungated(Pii(), text)


@settings(max_examples=40, deadline=None)
@given(pieces, st.sampled_from([" ", "", "\n"]))
def test_a_second_run_changes_nothing(parts, joint):
    text, _ = Pii().redact(joint.join(parts))
    assert Pii().redact(text) == (text, [])


def test_counts_and_types_and_rows():
    before = table("a@brew.org b@brew.org 81.2.69.142", "", "plain", None)
    after = Pii()(before)
    assert after["text"].to_pylist() == ["<EMAIL> <EMAIL> <IP_ADDRESS>", "", "plain", None]
    assert after["pii_count"].to_pylist() == [3, 0, 0, 0]
    assert after["pii_types"].to_pylist() == [["EMAIL", "IP_ADDRESS"], [], [], []]
    assert before["text"][0].as_py().startswith("a@")
    assert Pii()(before.slice(0, 0)).schema == after.schema


def test_titles_and_messages_are_rewritten_too():
    turns = [{"role": "user", "content": "Mail a@brew.org"}, {"role": "assistant", "content": None}]
    row = {"text": "Mail a@brew.org", "title": "About a@brew.org", "messages": turns}
    schema = table().schema
    (found,) = Pii()(pa.Table.from_pylist([row], schema=schema)).to_pylist()
    assert found["title"] == "About <EMAIL>"
    assert [turn["content"] for turn in found["messages"]] == ["Mail <EMAIL>", None]
    assert found["pii_count"] == 2


def test_regions_decide_which_national_numbers_are_known():
    text = "Ring 030 12345678 today"
    assert Pii(phone_regions=("DE",)).redact(text)[1] == ["PHONE"]
    assert Pii(phone_regions=("CZ",)).redact(text)[1] == []


def test_the_higher_score_then_the_longer_span_wins():
    from processors.pii import Span

    weak, strong, longer = Span(0, 9, "A", 0.4), Span(5, 12, "B", 1.0), Span(4, 12, "C", 1.0)
    assert without_overlaps([weak, strong, longer, Span(12, 15, "D", 0.4)]) == [longer, Span(12, 15, "D", 0.4)]


def test_recall_on_public_sentences(shared_data):
    found, all_of = Counter(), Counter()
    for line in gzip.decompress((shared_data / "pii" / "presidio_synth_v2.jsonl.gz").read_bytes()).splitlines():
        case = json.loads(line)
        wanted = [span for span in case["spans"] if span["type"] in PLACEHOLDERS]
        spans = Pii().find(case["text"]) if wanted else []
        for span in wanted:
            all_of[span["type"]] += 1
            found[span["type"]] += any(one.start <= span["start"] + 1 and one.end >= span["end"] - 1 for one in spans)
    recall = {kind: found[kind] / all_of[kind] for kind in all_of}
    assert all(recall[kind] == 1.0 for kind in ("EMAIL_ADDRESS", "IP_ADDRESS", "US_SSN"))
    assert recall["IBAN_CODE"] >= 0.95
    assert recall["CREDIT_CARD"] >= 0.75
    assert recall["PHONE_NUMBER"] >= 0.5


@pytest.mark.parametrize("piece", ["a:", "1-", "1", "a@", "a.", "GB12"])
def test_hostile_repetition_costs_little(piece):
    start = time.process_time()
    Pii().redact(piece * (20_000 // len(piece)))
    assert time.process_time() - start < 10
