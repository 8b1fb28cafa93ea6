"""Credentials in scraped code and text: keys, tokens and passwords become ``<SECRET>``."""

import re
from collections import Counter
from math import log2
from typing import ClassVar, Literal

import pyarrow as pa

from corpus.params import Params
from processors.redaction import COLUMNS, redact_columns

PLACEHOLDER = "<SECRET>"

# Each shape is the issuer's own: a fixed prefix and the alphabet and length of its documentation.
_SHAPES = {
    "aws-access-key-id": r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "github-token": r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{22,255}\b",
    "slack-token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}",
    "openai-key": r"\bsk-(?:proj-|svcacct-|ant-)?(?=[A-Za-z_-]{0,100}\d)[A-Za-z0-9_-]{20,250}",
    "google-api-key": r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
    "stripe-key": r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}\b",
    "private-key": r"-----BEGIN (?P<label>[A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]*)-----.{1,9999}?-----END (?P=label)-----",
    "json-web-token": r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,20000}\.[A-Za-z0-9_-]{16,2000}",
}
_KNOWN = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES.values()), re.DOTALL)

# A name that promises a secret, then its value: quoted, or bare and long.
_ASSIGNED = re.compile(
    r"""\b[\w.-]{0,40}?(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key)[\w.-]{0,20}"""
    r"""["']?\s{0,8}(?::|=>?|:=)\s{0,8}(?:"(?P<double>[^"\s<>]{8,200})"|'(?P<single>[^'\s<>]{8,200})'|(?P<bare>[A-Za-z0-9+/_=-]{20,200}))""",
    re.IGNORECASE,
)
_NAMED = re.compile(r"passw|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key", re.IGNORECASE)
_VARIABLE = re.compile(r"\$|\{|%\(|\*{3}|x{4}|\.\.\.|example|your|changeme|placeholder", re.IGNORECASE)

# Bits per character: English words stay below 3 at this length, random keys of 16 and more lie above 3.
_MIN_ENTROPY_BITS = 3.0


def redact(text: str) -> tuple[str, list[str]]:
    """Return ``text`` with every credential replaced, and one ``"SECRET"`` for each."""
    found: list[str] = []

    def known(_: re.Match[str]) -> str:
        found.append("SECRET")
        return PLACEHOLDER

    def assigned(match: re.Match[str]) -> str:
        group = match.lastgroup or ""
        if not looks_secret(match[group]):
            return match[0]
        found.append("SECRET")
        start = match.start(group) - match.start()
        return match[0][:start] + PLACEHOLDER + match[0][start + len(match[group]) :]

    text = _KNOWN.sub(known, text)
    return (_ASSIGNED.sub(assigned, text) if _NAMED.search(text) else text), found


def looks_secret(value: str) -> bool:
    """Say whether a value assigned to a telling name is random enough, and no variable or example.

    It needs a digit and a letter, and at least 3 bits a character (Shannon entropy of its own characters).
    """
    if _VARIABLE.search(value) or not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
        return False
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * log2(share) for share in shares) >= _MIN_ENTROPY_BITS - 0.5 * (len(value) < 12)


class Secrets(Params):
    """Replace keys, tokens, private keys and assigned passwords by ``<SECRET>`` in text, title and messages."""

    kind: Literal["secrets"] = "secrets"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = COLUMNS
    writes: ClassVar[tuple[str, ...]] = (*COLUMNS, "secrets_count")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return ``table`` rewritten, with ``secrets_count`` (int32): replacements in text and title."""
        table, found = redact_columns(table, redact)
        counts = pa.array([len(names) for names in found], pa.int32())
        table = table.drop_columns(["secrets_count"] if "secrets_count" in table.column_names else [])
        return table.append_column("secrets_count", counts)
