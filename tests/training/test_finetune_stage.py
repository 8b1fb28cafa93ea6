"""The stage that a night, a deployment and the command line call."""

import pytest

from corpus.errors import RecipeError, StoreError
from flows.finetune import FinetuneOrder, finetune_stage

RECIPE = """
name = "bread"
[[sources]]
kind = "web"
name = "bakery"
start_urls = ["http://bakery.test/"]
[[steps]]
kind = "extract"
[[steps]]
kind = "chat"
[finetune]
preset = "tiny"
max_steps = 2
"""


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "bread"
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE)
    return folder


def test_the_plan_takes_the_recipes_preset_and_the_newest_version(dataset, publish):
    publish(dataset, ["Because."] * 20)
    text = finetune_stage(FinetuneOrder(dataset=str(dataset), mode="plan"))
    assert text.startswith("# Fine-tuning plan: tiny on bread v2026-11-20")
    assert f"gristmill finetune {dataset} --train --preset tiny --version v2026-11-20 --max-steps 2" in text


def test_the_order_overrules_the_recipe(dataset, publish):
    publish(dataset, ["Because."] * 20)
    order = FinetuneOrder(dataset=str(dataset), mode="plan", preset="gpt-oss-20b", max_steps=1)
    text = finetune_stage(order)
    assert "plan: gpt-oss-20b" in text
    assert "1 optimiser steps" in text


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_training_leaves_an_adapter_named_by_version_and_preset(dataset, publish):
    publish(dataset, ["Because."] * 20)
    text = finetune_stage(FinetuneOrder(dataset=str(dataset), mode="train"))
    adapter = dataset / "adapters" / "v2026-11-20-tiny" / "adapter"
    assert (adapter / "adapter_model.safetensors").exists()
    assert text.startswith("# Trained 2 steps on ")
    assert str(adapter) in text


def test_nothing_published_and_unknown_versions_are_said(dataset, publish):
    with pytest.raises(StoreError, match="no published version yet; run `gristmill refresh"):
        finetune_stage(FinetuneOrder(dataset=str(dataset), mode="plan"))
    publish(dataset, ["Because."] * 20)
    with pytest.raises(RecipeError, match="it keeps v2026-11-20"):
        finetune_stage(FinetuneOrder(dataset=str(dataset), mode="train", version="v1"))
