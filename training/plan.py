"""The plan of a training run, readable before anything heavy is installed, downloaded or started."""

from importlib.metadata import PackageNotFoundError, version

from corpus.errors import RecipeError
from corpus.manifest import Manifest, Shard
from training.presets import Preset

EXTRA = ("torch", "transformers", "trl", "peft", "bitsandbytes", "datasets", "accelerate")
INSTALL = "make .venv/train.done"


def missing_packages() -> list[str]:
    """Return the packages of the training extra that are not installed, in the order of ``EXTRA``."""
    return [name for name in EXTRA if not _installed(name)]


def shards_of(manifest: Manifest, dataset_version: str) -> list[Shard]:
    """Return the files of ``dataset_version``, of the manifest's own when empty.

    Raises:
        RecipeError: the manifest keeps no such version; the message names those it keeps.
    """
    if dataset_version in {"", manifest.version}:
        return manifest.shards
    if dataset_version not in manifest.versions:
        kept = ", ".join(sorted({*manifest.versions, manifest.version}))
        raise RecipeError(f"the dataset {manifest.dataset} has no version {dataset_version!r}; it keeps {kept}")
    return manifest.versions[dataset_version]


def plan(
    preset: Preset, manifest: Manifest, max_steps: int | None, *, dataset_version: str = "", dataset: str = ""
) -> str:
    """Return what a run of ``preset`` would do with ``dataset_version`` (the newest when empty), as Markdown.

    ``dataset`` is the folder the commands name. Raises ``RecipeError`` for an unknown version, and for rows whose
    vocabulary is not the base model's when the manifest tells.
    """
    shards = shards_of(manifest, dataset_version)
    newest = dataset_version in {"", manifest.version}
    lines = [
        f"# Fine-tuning plan: {preset.name} on {manifest.dataset} {dataset_version or manifest.version}",
        "",
        f"- Rows: {_rows(shards, 'train'):,} to train on, {_rows(shards, 'validation'):,} to validate on"
        + (f"; {manifest.n_tokens:,} tokens in all" if newest else ""),
        f"- Length: rows are cut at {preset.max_length:,} tokens; the loss is on the assistant's tokens only",
        *_run(preset, preset.steps(_rows(shards, "train"), max_steps)),
        *_hardware(preset),
        f"- Vocabulary of the rows: {manifest.tokenizer}{_vocabulary_remark(preset, manifest) if newest else ''}",
        "",
        *_commands(preset, dataset or f"datasets/{manifest.dataset}", dataset_version, max_steps),
    ]
    return "\n".join(lines) + "\n"


def _run(preset: Preset, steps: int) -> list[str]:
    rate = f"{preset.learning_rate:g}, {preset.schedule} down to {preset.min_learning_rate_ratio:.0%}"
    batches = f"{preset.batch_size} x {preset.accumulation_steps}, {preset.epochs} epoch, seed {preset.seed}"
    targets = ", ".join((*preset.target_modules, *preset.target_parameters))
    adapter = f"LoRA rank {preset.lora_rank}, alpha {preset.lora_alpha} on {targets} of {preset.base_model}"
    return [
        f"- Steps: {steps:,} optimiser steps of {preset.effective_batch} rows, {batches}",
        f"- Trained: {adapter}; all else is frozen, the experts as NF4",
        f"- Optimiser: {preset.optimizer}, learning rate {rate}, {preset.warmup_ratio:.0%} warm-up",
    ]


def _hardware(preset: Preset) -> list[str]:
    if preset.device == "cpu":
        return [f"- Hardware: the processor is enough, with about {preset.host_gib} GiB of memory (an estimate)"]
    return [
        f"- Memory: {preset.weights_gib} GiB of weights, and activations on top (computed, not measured)",
        f"- Hardware: one CUDA card with {preset.card_gib} GiB; {preset.host_gib} GiB of main memory while loading",
    ]


def _vocabulary_remark(preset: Preset, manifest: Manifest) -> str:
    if preset.tokenizer_sha256 in {"", manifest.tokenizer_sha256}:
        return ""
    return (
        f"; {preset.base_model} was trained with another, so this run will be refused:"
        " `gristmill models fetch o200k_base.tiktoken`, then refresh again"
    )


def _commands(preset: Preset, dataset: str, dataset_version: str, max_steps: int | None) -> list[str]:
    absent = missing_packages()
    presence = f"not installed (missing: {', '.join(absent)})" if absent else "installed"
    options = [f"--preset {preset.name}"]
    options += [f"--version {dataset_version}"] if dataset_version else []
    options += [f"--max-steps {max_steps}"] if max_steps else []
    return [
        f"The training extra is {presence}. To train:",
        "",
        *([f"    {INSTALL}"] if absent else []),
        f"    gristmill finetune {dataset} --train {' '.join(options)}",
    ]


def _rows(shards: list[Shard], split: str) -> int:
    return sum(shard.rows for shard in shards if shard.split == split)


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
