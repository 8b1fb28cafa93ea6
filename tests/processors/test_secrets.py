"""Credentials: the shapes of known issuers and assigned random values go, examples and prose stay."""

import random
import string
import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.schema import MESSAGES
from processors.secrets import Secrets, redact


def drawn(alphabet, length):
    # Drawn here, so that no key stands in this file.
    return "".join(random.Random(f"{alphabet}{length}").choices(alphabet, k=length))


LETTERS_DIGITS = string.ascii_letters + string.digits
KEYS = {
    "aws id": "AKIA" + drawn(string.ascii_uppercase + "234567", 16),
    "github": "ghp_" + drawn(LETTERS_DIGITS, 36),
    "github fine-grained": "github_pat_" + drawn(LETTERS_DIGITS, 22) + "_" + drawn(LETTERS_DIGITS, 59),
    "slack": "xoxb-" + drawn(string.digits, 12) + "-" + drawn(LETTERS_DIGITS, 24),
    "openai": "sk-" + drawn(LETTERS_DIGITS, 48),
    "openai project": "sk-proj-" + drawn(LETTERS_DIGITS, 60),
    "google": "AIza" + drawn(LETTERS_DIGITS, 35),
    "stripe": "sk_live_" + drawn(LETTERS_DIGITS, 24),
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{drawn(LETTERS_DIGITS, 64)}\n-----END RSA PRIVATE KEY-----",
    "web token": f"eyJ{drawn(LETTERS_DIGITS, 20)}.eyJ{drawn(LETTERS_DIGITS, 60)}.{drawn(LETTERS_DIGITS, 43)}",
}
VALUE = drawn(LETTERS_DIGITS, 40)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_keys_of_known_shape_go_whole(key):
    assert redact(f"use {key} here") == ("use <SECRET> here", ["SECRET"])


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (f'password = "{VALUE[:14]}"', 'password = "<SECRET>"'),
        (f"api_key: {VALUE}", "api_key: <SECRET>"),
        (f"aws_secret_access_key={VALUE}", "aws_secret_access_key=<SECRET>"),
        (f'{{"token": "{VALUE}"}}', '{"token": "<SECRET>"}'),
        (f"export DB_PASSWORD='{VALUE[:12]}'", "export DB_PASSWORD='<SECRET>'"),
    ],
)
def test_an_assigned_value_goes_and_its_name_stays(line, wanted):
    assert redact(line) == (wanted, ["SECRET"])


@pytest.mark.parametrize(
    "line",
    [
        'password = "correct horse"',
        'password = "hunter-password"',
        'api_key = "YOUR_API_KEY_HERE_123"',
        "token: ${DEPLOY_TOKEN_12345678901}",
        'secret = "aaaaaaaa1111"',
        "password = os.environ['DATABASE_PASSWORD']",
        "The secret: boil the wort for 60 minutes.",
        "sk-learn is not a key, nor is risk-assessment-of-long-compound-words",
        f"sha256 = {VALUE}",
        "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----",
    ],
)
def test_examples_variables_and_prose_stay(line):
    assert redact(line) == (line, [])


@given(st.lists(st.sampled_from([*KEYS.values(), f'password="{VALUE}"', "malt", "\n", "token=", "'", "sk-"])))
def test_a_second_run_changes_nothing(parts):
    text, _ = redact(" ".join(parts))
    assert redact(text) == (text, [])


def test_the_column_counts_and_every_place_is_rewritten():
    key = KEYS["github"]
    types = {"text": pa.large_string(), "title": pa.large_string(), "messages": MESSAGES}
    rows = [
        {"text": f"{key} {key}", "title": key, "messages": [{"role": "user", "content": key}]},
        {"text": "", "title": None, "messages": None},
    ]
    before = pa.Table.from_pylist(rows, schema=pa.schema(types))
    after = Secrets()(before)
    assert key not in str(after.to_pylist())
    assert after["secrets_count"].to_pylist() == [3, 0]
    assert after["secrets_count"].type == pa.int32()
    assert before.to_pylist() == rows
    assert Secrets()(before.slice(0, 0)).schema == after.schema


@pytest.mark.parametrize("piece", ["sk-", "password", "password =", "eyJa", "-----BEGIN PRIVATE KEY-----", "a."])
def test_hostile_repetition_costs_little(piece):
    start = time.process_time()
    redact(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 5
