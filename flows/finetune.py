"""Fine-tune on a published version: show the plan, or train; a deployment starts it when a version is published."""

import logging
from pathlib import Path
from typing import Literal

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from pydantic import BaseModel, ConfigDict, Field

from corpus.errors import StoreError
from corpus.manifest import Manifest, latest
from corpus.store import open_store
from flows.progress import announce
from flows.recipe import load_recipe
from training.plan import plan, shards_of
from training.presets import preset_named
from training.qlora import train

logger = logging.getLogger("flows.finetune")


class FinetuneOrder(BaseModel):
    """What to train on: a form in the Prefect UI, options on the command line."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Fine-tuning")

    dataset: str = Field(default="datasets/demo", description="folder of the dataset, the one that holds recipe.toml")
    version: str = Field(default="", description="the version to train on; empty takes the newest")
    mode: Literal["plan", "train"] = Field(default="train", description="show the plan only, or train")
    preset: str = Field(default="", description="tiny or gpt-oss-20b; empty takes the recipe's")
    max_steps: int | None = Field(default=None, ge=1, description="stop after so many optimiser steps")


def finetune_stage(order: FinetuneOrder) -> str:
    """Show the plan or train, and return what a person should read.

    The adapter goes to ``adapters/<version>-<preset>`` in the dataset's folder.

    Raises:
        RecipeError: an unknown preset or version, rows of another vocabulary, or no card for the preset.
        StoreError: nothing is published yet, or a file cannot be read.
        ModelMissing: the training extra is not installed.
    """
    folder = Path(order.dataset)
    options = load_recipe(folder).finetune
    preset = preset_named(order.preset or options.preset)
    manifest = _published(folder)
    version = order.version or manifest.version
    shards_of(manifest, version)  # an unknown version is refused before anything is loaded
    max_steps = order.max_steps or options.max_steps
    if order.mode == "plan":
        return plan(preset, manifest, max_steps, dataset_version=version, dataset=order.dataset)
    out = folder / "adapters" / f"{version}-{preset.name}"
    return train(preset, folder, version, out, max_steps, _announce_step).text()


def _published(folder: Path) -> Manifest:
    manifest = latest(open_store(folder))
    if manifest is None:
        raise StoreError(f"{folder} has no published version yet; run `gristmill refresh {folder}` first")
    return manifest


def _announce_step(step: int, steps: int, loss: float) -> None:
    logger.info("step %d of %d: loss %.3f", step, steps, loss)
    announce("train", step, steps)


@flow(name="finetune", flow_run_name="finetune-{order.dataset}-{order.mode}", validate_parameters=True)
def finetune(order: FinetuneOrder) -> str:
    """Fine-tune by QLoRA on a published version, or show the plan for it."""
    text = finetune_stage(order)
    create_markdown_artifact(key=f"finetune-{order.mode}", markdown=text, description=order.version)
    return text
