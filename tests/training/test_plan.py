"""The plan needs no trainer, and says all a person must know before starting one."""

import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import RecipeError
from training.plan import plan, shards_of
from training.presets import PRESETS, preset_named

ROOT = Path(__file__).parents[2]


@pytest.fixture
def manifest(publish, tmp_path):
    return publish(tmp_path, [f"Answer {place}." for place in range(40)])


def test_the_plan_counts_rows_tokens_and_steps(manifest):
    text = plan(PRESETS["tiny"], manifest, None, dataset="datasets/bread")
    assert f"{manifest.rows('train')} to train on" in text
    assert f"{manifest.n_tokens:,} tokens" in text
    assert f"{-(-manifest.rows('train') // 4)} optimiser steps of 4 rows" in text
    assert "gristmill finetune datasets/bread --train --preset tiny" in text


def test_max_steps_shortens_the_plan_and_stands_in_the_command(manifest):
    text = plan(PRESETS["tiny"], manifest, 3)
    assert "3 optimiser steps" in text
    assert "--max-steps 3" in text


def test_the_plan_says_that_rows_of_another_vocabulary_will_be_refused(manifest):
    assert "will be refused" in plan(PRESETS["gpt-oss-20b"], manifest, None)
    assert "will be refused" not in plan(PRESETS["tiny"], manifest, None)


def test_an_unknown_version_is_refused_with_those_that_are_kept(manifest):
    with pytest.raises(RecipeError, match="no version 'v1999-01-01'; it keeps v2026-11-20"):
        shards_of(manifest, "v1999-01-01")


def test_a_misspelt_preset_is_refused_with_the_nearest():
    with pytest.raises(RecipeError, match="did you mean 'gpt-oss-20b'"):
        preset_named("gptoss-20b")


@pytest.mark.usefixtures("manifest")
def test_the_plan_works_where_torch_cannot_be_imported(tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import importlib.metadata as metadata; real = metadata.version\n"
        "def absent(name):\n"
        "    if name == 'torch': raise metadata.PackageNotFoundError(name)\n"
        "    return real(name)\n"
        "metadata.version = absent\n"
        "from pathlib import Path; from corpus.manifest import latest; from corpus.store import open_store\n"
        "from training.plan import plan; from training.presets import PRESETS; from training.qlora import train\n"
        "dataset = Path(sys.argv[1]); preset = PRESETS['tiny']\n"
        "print(plan(preset, latest(open_store(dataset)), None))\n"
        "try: train(preset, dataset, '', dataset / 'out', 1, print)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "not installed (missing: torch)" in done.stdout
    assert "    make .venv/train.done\n    gristmill finetune" in done.stdout
    assert "ModelMissing training needs torch, which" in done.stdout
