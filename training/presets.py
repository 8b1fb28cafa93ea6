"""What a training run fixes before it sees a row: the base model, the adapter, the optimiser and the hardware."""

import difflib

from pydantic import Field

from corpus.errors import RecipeError
from corpus.params import Params

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
TINY = "tiny-random-gpt-oss"


class Preset(Params):
    """One QLoRA run: NF4 experts, the rest of the base model in its own precision, LoRA on ``target_modules``.

    An empty ``tokenizer_sha256`` means that the base model takes the dataset's vocabulary.
    """

    name: str = Field(description="the name on the command line")
    base_model: str = Field(description="repository of the base weights, or tiny-random-gpt-oss for made-up ones")
    tokenizer_sha256: str = Field(default="", description="the vocabulary the base model was trained with")
    device: str = Field(description="cuda or cpu")
    weights_gib: float = Field(ge=0, description="GiB of the frozen weights, experts as NF4")
    card_gib: int = Field(ge=0, description="GiB of memory the card should have; an estimate")
    host_gib: int = Field(ge=0, description="GiB of main memory while the weights are loaded")
    max_length: int = Field(ge=1, description="tokens a row; longer ones are cut")
    lora_rank: int = Field(default=8, ge=1, description="rank of the adapter")
    lora_alpha: int = Field(default=16, ge=1, description="the adapter is scaled by alpha / rank")
    lora_dropout: float = Field(default=0.0, ge=0, lt=1, description="dropout before the adapter")
    target_modules: tuple[str, ...] = Field(default=ATTENTION, description="linear layers that get an adapter")
    target_parameters: tuple[str, ...] = Field(
        default=(), description="fused expert weights that get an adapter; NF4 experts accept none"
    )
    learning_rate: float = Field(default=2e-4, gt=0, description="at its highest")
    schedule: str = Field(default="cosine_with_min_lr", description="name of the learning-rate schedule")
    min_learning_rate_ratio: float = Field(default=0.1, ge=0, le=1, description="where the schedule ends")
    warmup_ratio: float = Field(default=0.05, ge=0, lt=1, description="share of the steps that warm up")
    batch_size: int = Field(default=1, ge=1, description="rows at once")
    accumulation_steps: int = Field(default=16, ge=1, description="batches before an optimiser step")
    epochs: int = Field(default=1, ge=1, description="passes over the rows")
    optimizer: str = Field(default="adamw_8bit", description="name of the optimiser")
    checkpoint_steps: int = Field(default=50, ge=1, description="optimiser steps between checkpoints")
    seed: int = Field(default=20, ge=0, description="of the adapter's start and the order of rows")

    @property
    def effective_batch(self) -> int:
        """Rows an optimiser step."""
        return self.batch_size * self.accumulation_steps

    def steps(self, rows: int, max_steps: int | None) -> int:
        """Return the optimiser steps for ``rows`` rows, at most ``max_steps``."""
        steps = -(-rows // self.effective_batch) * self.epochs
        return min(steps, max_steps) if max_steps else steps


# Rank, alpha, rate, schedule and effective batch as in OpenAI's cookbook for gpt-oss ("Fine-tuning with gpt-oss and
# Hugging Face Transformers", 2025) and Axolotl's examples for it; attention only, because vLLM does not serve
# adapters on the fused experts. The vocabulary is o200k_base as OpenAI publishes it.
PRESETS = {
    "gpt-oss-20b": Preset(
        name="gpt-oss-20b",
        base_model="openai/gpt-oss-20b",
        tokenizer_sha256="446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        device="cuda",
        weights_gib=13.4,
        card_gib=40,
        host_gib=48,
        max_length=4096,
    ),
    "tiny": Preset(
        name="tiny",
        base_model=TINY,
        device="cpu",
        weights_gib=0.1,
        card_gib=0,
        host_gib=2,
        max_length=512,
        learning_rate=5e-3,
        batch_size=2,
        accumulation_steps=2,
        optimizer="adamw_torch",
        checkpoint_steps=5,
    ),
}


def preset_named(name: str) -> Preset:
    """Return the preset ``name``; raises ``RecipeError`` with the nearest name when there is none."""
    if name in PRESETS:
        return PRESETS[name]
    nearest = difflib.get_close_matches(name, PRESETS, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(sorted(PRESETS))}"
    raise RecipeError(f"there is no training preset {name!r}; {hint}")
