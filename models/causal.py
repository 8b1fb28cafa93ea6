"""Perplexity of texts under a causal language model of transformers: a local folder or a model id."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelMissing

Floats = NDArray[np.float32]
_SAMPLE_BYTES = 1 << 20


class Scores(NamedTuple):
    """One number a text, float32: mean bits a UTF-8 byte, perplexity a token, and int64 how many tokens were scored.

    A text of which nothing could be predicted has NaN, NaN and 0.
    """

    bits_per_byte: Floats
    perplexity: Floats
    tokens: NDArray[np.int64]


class Causal(NamedTuple):
    """A loaded model, its tokenizer, and what tells its weights from others (hex digits)."""

    model: Any
    tokenizer: Any
    revision: str

    def score(self, texts: Sequence[str], *, max_tokens: int = 512, batch_size: int = 4) -> Scores:
        """Return the scores of the first ``max_tokens`` tokens of each of ``texts``.

        Each token is predicted from those before it. The first is predicted from the tokenizer's
        beginning-of-sequence token (not counted in ``max_tokens``), or not scored where there is none. The logits of
        ``batch_size`` texts are in memory at once: with gpt-oss's 201,088 tokens, 0.2 GiB a text of 512 in 16 bits.
        """
        encoded = [self._encode(text, max_tokens) for text in texts]
        order = sorted(range(len(texts)), key=lambda place: len(encoded[place].ids))
        nats = np.full(len(texts), np.nan)
        for start in range(0, len(order), batch_size):
            places = order[start : start + batch_size]
            nats[places] = self._nats([encoded[place].ids for place in places])
        tokens = np.array([max(len(text.ids) - 1, 0) for text in encoded], np.int64)
        size = np.array([text.scored_bytes for text in encoded], np.int64)
        with np.errstate(over="ignore"):
            return Scores(_ratio(nats / np.log(2), size), np.exp(_ratio(nats, tokens)), tokens)

    def _encode(self, text: str, max_tokens: int) -> "_Encoded":
        made = self.tokenizer(
            text, add_special_tokens=False, truncation=True, max_length=max_tokens, return_offsets_mapping=True
        )
        ids, spans = list(made["input_ids"]), list(made["offset_mapping"])
        if self.tokenizer.bos_token_id is not None and ids:
            ids = [self.tokenizer.bos_token_id, *ids]
        else:
            spans = spans[1:]
        scored = text[spans[0][0] : spans[-1][1]] if spans else ""
        return _Encoded(ids, len(scored.encode()))

    def _nats(self, rows: Sequence[list[int]]) -> list[float]:
        """Return the summed negative log-likelihood of each row's tokens but the first, in nats."""
        import torch  # noqa: PLC0415 - heavy

        width = max(len(row) for row in rows)
        if width < 2:
            return [0.0] * len(rows)
        device = self.model.device
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=device)
        with torch.inference_mode():
            logits = self.model(input_ids=ids, attention_mask=mask, use_cache=False).logits
            spent = [
                torch.nn.functional.cross_entropy(
                    logits[place, : len(row) - 1].float(), ids[place, 1 : len(row)], reduction="sum"
                )
                if len(row) > 1
                else torch.zeros(())
                for place, row in enumerate(rows)
            ]
        return [float(nats) for nats in spent]


class _Encoded(NamedTuple):
    """The tokens to run, and how many bytes those hold that will be scored: all but the first."""

    ids: list[int]
    scored_bytes: int


@lru_cache(maxsize=1)
def load(model: str) -> Causal:
    """Return ``model`` (a folder, or an id of its cache or hub) ready to score, on a GPU if there is one.

    Attention is eager: gpt-oss's attention sinks have no other kernel everywhere. Weights keep their own dtype.

    Raises:
        ModelMissing: torch or transformers is not installed, or the model cannot be had.
    """
    try:
        import torch  # noqa: PLC0415 - heavy
        from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 - heavy
    except ImportError as error:
        raise ModelMissing(
            "the perplexity scorer transformers needs torch and transformers:"
            " run `make .venv/train.done` or `pip install 'gristmill[score]'`"
        ) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(model)
        loaded = AutoModelForCausalLM.from_pretrained(model, attn_implementation="eager", dtype="auto")
    except (OSError, ValueError) as error:
        raise ModelMissing(
            f"the language model {model} cannot be loaded:"
            " name a folder that holds it, or fetch it once with `hf download` while online"
        ) from error
    ready: Any = loaded
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Causal(ready.eval().to(device), tokenizer, _revision(model, getattr(loaded.config, "_commit_hash", None)))


def _revision(model: str, commit: str | None) -> str:
    """Return the hub's commit, or for a folder a hash of its files' names, sizes and first MiB."""
    if commit:
        return commit
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(model).iterdir() if path.suffix in {".json", ".safetensors", ".bin"}):
        with path.open("rb") as file:
            digest.update(f"{path.name} {path.stat().st_size} ".encode() + file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def _ratio(part: NDArray[np.float64], whole: NDArray[Any]) -> Floats:
    ratio = np.full(len(whole), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio.astype(np.float32)
