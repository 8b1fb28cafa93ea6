"""Tokenizers of published rows: gpt-oss's own, and a small one for a demo without its vocabulary."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from corpus.errors import ModelMissing
from models import weights

VOCABULARY = "o200k_base.tiktoken"
GPT_OSS = "o200k_harmony"
DEMO = "gristmill-demo-bytes"

# The control tokens of the Harmony format that a rendered conversation needs.
CONTROL = ("<|return|>", "<|channel|>", "<|start|>", "<|end|>", "<|message|>")
_HARMONY_VARIABLE = "TIKTOKEN_ENCODINGS_BASE"


class Tokenizer(NamedTuple):
    """Text to token ids and back.

    ``encode`` never yields a control token, whatever the text holds; ``control`` gives those by their spelling.
    ``decode`` spells control tokens out and puts U+FFFD for bytes that are not UTF-8. ``sha256`` names the
    vocabulary.
    """

    name: str
    sha256: str
    control: Mapping[str, int]
    encode: Callable[[str], list[int]]
    decode: Callable[[Sequence[int]], str]


def for_rows() -> Tokenizer:
    """Return gpt-oss's tokenizer where its vocabulary can be had, else the demo's (its name says which)."""
    try:
        return gpt_oss(weights.path(VOCABULARY))
    except ModelMissing:
        return demo_bytes()


@cache
def gpt_oss(vocabulary: Path) -> Tokenizer:
    """Return ``o200k_harmony`` from the ``o200k_base.tiktoken`` file ``vocabulary``, without a network."""
    from openai_harmony import HarmonyEncodingName, load_harmony_encoding  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - heavy

    with _harmony_reads(vocabulary.parent):
        encoding = load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)
    return Tokenizer(
        name=GPT_OSS,
        sha256=hashlib.sha256(vocabulary.read_bytes()).hexdigest(),
        control={spelling: encoding.encode(spelling, allowed_special="all")[0] for spelling in CONTROL},
        encode=lambda text: encoding.encode(text, disallowed_special=()),
        decode=encoding.decode,
    )


@cache
def demo_bytes() -> Tokenizer:
    """Return the tokenizer of UTF-8 bytes (0-255) and control tokens (256 on); not for gpt-oss."""
    spelled = {256 + place: spelling for place, spelling in enumerate(CONTROL)}
    pieces = {byte: bytes([byte]) for byte in range(256)} | {token: text.encode() for token, text in spelled.items()}
    return Tokenizer(
        name=DEMO,
        sha256=hashlib.sha256(f"{DEMO} {' '.join(CONTROL)}".encode()).hexdigest(),
        control={text: token for token, text in spelled.items()},
        encode=lambda text: list(text.encode()),
        decode=lambda ids: b"".join(pieces[token] for token in ids).decode(errors="replace"),
    )


@contextmanager
def _harmony_reads(folder: Path) -> Iterator[None]:
    before = os.environ.get(_HARMONY_VARIABLE)
    os.environ[_HARMONY_VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[_HARMONY_VARIABLE]
        if before is not None:
            os.environ[_HARMONY_VARIABLE] = before
