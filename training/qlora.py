"""Fine-tune on a published version and leave an adapter with its pedigree; cheap to import, heavy to call."""

import hashlib
import json
import shutil
from collections.abc import Callable
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, NamedTuple

from corpus.errors import ModelMissing, StoreError
from corpus.manifest import Manifest, latest
from corpus.store import open_store
from training.plan import EXTRA, INSTALL, missing_packages, shards_of
from training.presets import Preset


class TrainingReport(NamedTuple):
    """What a run left behind. Losses are nats a token, one an optimiser step; ``resumed_from`` is a step or 0."""

    adapter: Path
    rows: int
    truncated: int
    dropped: int
    losses: tuple[float, ...]
    validation_loss: float | None
    trainable_parameters: int
    resumed_from: int

    def text(self) -> str:
        """Return the report as Markdown for a person."""
        resumed = f", continued after step {self.resumed_from}" if self.resumed_from else ""
        validation = "" if self.validation_loss is None else f"; on the validation rows {self.validation_loss:.3f}"
        return (
            f"# Trained {len(self.losses)} steps on {self.rows:,} rows{resumed}\n\n"
            f"- Loss: {self.losses[0]:.3f} at the first step, {self.losses[-1]:.3f} at the last{validation}\n"
            f"- Rows cut to length: {self.truncated:,}; left out for want of a label: {self.dropped:,}\n"
            f"- Adapter: {self.trainable_parameters:,} parameters in {self.adapter}\n"
        )


def train(  # noqa: PLR0913, PLR0917 - the order of a run: what, on what, where to, how far, whom to tell
    preset: Preset,
    dataset: Path,
    version: str,
    out: Path,
    max_steps: int | None,
    report: Callable[[int, int, float], None],
) -> TrainingReport:
    """Fine-tune ``preset`` on ``version`` (the newest when empty) of ``dataset`` and return what came of it.

    ``out/adapter`` is PEFT's folder, ``out/training.json`` names all it came from; both appear whole. A run that was
    stopped goes on from its last checkpoint when called again with the same arguments. ``report`` is called after
    every optimiser step with the step, the number of steps and the loss.

    Raises:
        ModelMissing: the training extra is not installed.
        RecipeError: no card for the preset, an unknown version, or rows of another vocabulary.
        StoreError: nothing was published, or a file cannot be read.
    """
    absent = missing_packages()
    if absent:
        raise ModelMissing(f"training needs {', '.join(absent)}, which are not installed; run `{INSTALL}`")
    from training import data, sft  # noqa: PLC0415 - torch and the trainers: seconds, and gigabytes to install

    sft.require_device(preset)
    manifest = _published(dataset)
    vocabulary = preset.tokenizer_sha256 or manifest.tokenizer_sha256
    rows = data.load(dataset / "published", manifest, version, preset, vocabulary)
    checkpoints = out / "checkpoints" / _run_name(preset, manifest, version, max_steps)
    fresh = out / "adapter.new"
    shutil.rmtree(fresh, ignore_errors=True)
    trainer = sft.make_trainer(preset, rows, manifest.tokenizer, checkpoints, max_steps)
    outcome = sft.run(trainer, checkpoints, report, fresh)
    facts = {
        "rows": len(rows.train),
        "truncated": rows.truncated,
        "dropped": rows.dropped,
        **outcome._asdict(),
    }
    pedigree = _pedigree(preset, manifest, version) | {"template_sha256": list(rows.templates), **facts}
    _settle(out, fresh, pedigree)
    return TrainingReport(adapter=out / "adapter", **facts)


def _published(dataset: Path) -> Manifest:
    manifest = latest(open_store(dataset))
    if manifest is None:
        raise StoreError(f"{dataset} has no published version yet; run `gristmill refresh {dataset}` first")
    return manifest


def _run_name(preset: Preset, manifest: Manifest, version: str, max_steps: int | None) -> str:
    """Return a name that only the same run has: a checkpoint of any other must not be continued."""
    files = [shard.sha256 for shard in shards_of(manifest, version)]
    facts = json.dumps([preset.fingerprint, files, max_steps])
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _pedigree(preset: Preset, manifest: Manifest, version: str) -> dict[str, Any]:
    return {
        "dataset": manifest.dataset,
        "version": version or manifest.version,
        "manifest": manifest.number,
        "tokenizer_sha256": preset.tokenizer_sha256 or manifest.tokenizer_sha256,
        "preset": preset.name,
        "preset_fingerprint": preset.fingerprint,
        "base_model": preset.base_model,
        "seed": preset.seed,
        "packages": {name: installed(name) for name in EXTRA},
    }


def _settle(out: Path, fresh: Path, pedigree: dict[str, Any]) -> None:
    """Put the adapter and its pedigree in place, the checkpoints away."""
    written = out / "training.json.new"
    written.write_text(json.dumps(pedigree, indent=1) + "\n", encoding="utf-8")
    former = out / "adapter.old"
    shutil.rmtree(former, ignore_errors=True)
    if (out / "adapter").exists():
        (out / "adapter").rename(former)
    fresh.rename(out / "adapter")
    written.rename(out / "training.json")
    shutil.rmtree(former, ignore_errors=True)
    shutil.rmtree(out / "checkpoints")
