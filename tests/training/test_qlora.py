"""A real run of the real trainer on a gpt-oss of random weights."""

import json
import math

import pytest

from corpus.errors import RecipeError, StoreError
from models.tokenizer import demo_bytes, gpt_oss
from training import qlora
from training.presets import PRESETS

# Warnings that TRL, Transformers and bitsandbytes raise about themselves and each other.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),
]

TINY = PRESETS["tiny"].model_copy(update={"checkpoint_steps": 1})
ANSWER = "Because yeast makes gas."
ROWS = [ANSWER] * 16


class Stopped(Exception):
    pass


def quiet(_step, _steps, _loss):
    pass


def rows_of(folder, manifest, preset=TINY, sha256=""):
    from training import data

    return data.load(folder / "published", manifest, "", preset, sha256 or manifest.tokenizer_sha256)


def test_a_run_learns_and_its_adapter_reloads(publish, tmp_path):
    from peft import PeftModel

    from training import sft

    publish(tmp_path, ROWS)
    seen = []
    report = qlora.train(TINY, tmp_path, "", tmp_path / "out", 4, lambda *step: seen.append(step))
    assert [step[:2] for step in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert all(map(math.isfinite, report.losses))
    assert report.losses[-1] < report.losses[0] - 0.05
    facts = json.loads((tmp_path / "out" / "training.json").read_text())
    assert (facts["version"], facts["manifest"], facts["seed"]) == ("v2026-11-20", 1, TINY.seed)
    assert facts["preset_fingerprint"] == TINY.fingerprint
    assert facts["tokenizer_sha256"] == demo_bytes().sha256
    model = PeftModel.from_pretrained(sft.base_model(TINY, demo_bytes().name), tmp_path / "out" / "adapter")
    learnt = [weights for name, weights in model.named_parameters() if "lora_B" in name]
    assert len(learnt) == 8
    assert all(weights.abs().sum() > 0 for weights in learnt)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["adapter", "training.json"]


def test_a_stopped_run_goes_on_and_ends_as_if_it_had_not_stopped(publish, tmp_path):
    publish(tmp_path, [f"{ANSWER} {place}" for place in range(16)])
    whole = qlora.train(TINY, tmp_path, "", tmp_path / "whole", 3, quiet)

    def stop_after_two(step, _steps, _loss):
        if step == 3:
            raise Stopped

    with pytest.raises(Stopped):
        qlora.train(TINY, tmp_path, "", tmp_path / "out", 3, stop_after_two)
    assert not (tmp_path / "out" / "adapter").exists()
    steps = []
    report = qlora.train(TINY, tmp_path, "", tmp_path / "out", 3, lambda *step: steps.append(step[0]))
    assert (report.resumed_from, steps) == (2, [3])
    assert report.losses == pytest.approx(whole.losses, abs=1e-6)


def test_the_trainers_own_batches_label_exactly_the_assistants_part(publish, tmp_path):
    from training import sft

    manifest = publish(tmp_path, ["Short.", ANSWER, "A rather longer answer than the others."] * 4)
    trainer = sft.make_trainer(TINY, rows_of(tmp_path, manifest), manifest.tokenizer, tmp_path / "c", 1)
    decode, answers = demo_bytes().decode, set()
    for batch in trainer.get_train_dataloader():
        assert batch["labels"].shape == batch["input_ids"].shape
        for ids, labels in zip(batch["input_ids"], batch["labels"], strict=True):
            assert labels[labels != -100].tolist() == ids[labels != -100].tolist()
            answers.add(decode(labels[labels != -100].tolist()))
    texts = ("Short.", ANSWER, "A rather longer answer than the others.")
    assert answers == {f"<|channel|>final<|message|>{text}<|return|>" for text in texts}


def test_long_rows_are_cut_and_those_without_a_label_left_are_dropped(publish, tmp_path):
    manifest = publish(tmp_path, ["Yes.", "Yes. " * 200] * 6)
    start = len(rows_of(tmp_path, manifest).train[0]["input_ids"])
    cut = rows_of(tmp_path, manifest, TINY.model_copy(update={"max_length": 500}))
    assert (cut.truncated, cut.dropped) == (6, 0)
    assert max(map(len, cut.train["input_ids"])) == 500
    assert start > 0
    with pytest.raises(RecipeError, match="no row to train on whose first 8 tokens"):
        rows_of(tmp_path, manifest, TINY.model_copy(update={"max_length": 8}))


def test_rows_of_another_vocabulary_are_refused(publish, tmp_path):
    manifest = publish(tmp_path, ROWS)
    with pytest.raises(RecipeError, match="rows of the vocabulary gristmill-demo-bytes"):
        rows_of(tmp_path, manifest, sha256="0" * 64)


def test_a_file_that_is_not_the_manifests_is_refused(publish, tmp_path):
    manifest = publish(tmp_path, ROWS)
    path = tmp_path / "published" / manifest.shards[0].path
    path.write_bytes((tmp_path / "published" / manifest.shards[-1].path).read_bytes())
    with pytest.raises(StoreError, match="not the file that its manifest names"):
        rows_of(tmp_path, manifest)


def test_nothing_published_is_said(tmp_path):
    with pytest.raises(StoreError, match="gristmill refresh"):
        qlora.train(TINY, tmp_path, "", tmp_path / "out", 1, quiet)


def test_a_missing_card_is_named_before_anything_is_read_or_downloaded(tmp_path, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RecipeError, match="needs a CUDA card with 40 GiB"):
        qlora.train(PRESETS["gpt-oss-20b"], tmp_path, "", tmp_path / "out", 1, quiet)


def test_experts_become_nf4_and_answer_almost_the_same():
    import torch

    from training import sft, tiny

    model = tiny.build(512, 1)
    ids = torch.arange(64)[None]
    with torch.no_grad():
        before, size = model(ids, labels=ids), experts_bytes(model)
        weights = model.model.layers[0].mlp.experts.gate_up_proj.clone()
        sft.quantise_experts(model, "cpu")
        after = model(ids, labels=ids)
        rounded = model.model.layers[0].mlp.experts.gate_up_proj
    assert experts_bytes(model) < size / 6
    assert 0 < (rounded - weights).norm() / weights.norm() < 0.1  # 16 levels over normally distributed weights: 9 %
    assert after.loss.item() == pytest.approx(before.loss.item(), abs=0.01)
    change = (after.logits - before.logits).norm(dim=-1) / before.logits.norm(dim=-1)
    assert 0 < change.median() < 0.1  # the median, because a few tokens go to another expert


def experts_bytes(model):
    return sum(
        weights.numel() * weights.element_size()
        for name, weights in model.named_parameters()
        if ".experts." in name and "bias" not in name
    )


def test_an_adapter_on_nf4_experts_is_refused_instead_of_left_out(publish, tmp_path):
    from training import sft

    manifest = publish(tmp_path, ROWS)
    preset = TINY.model_copy(update={"target_parameters": ("mlp.experts.gate_up_proj",)})
    with pytest.raises(RecipeError, match="match nothing"):
        sft.make_trainer(preset, rows_of(tmp_path, manifest), manifest.tokenizer, tmp_path / "c", 1)


@pytest.mark.slow
def test_the_whole_vocabulary_of_gpt_oss_trains_too(publish, tmp_path, shared_data):
    words = gpt_oss(shared_data / "tokenizer" / "o200k_base.tiktoken")
    assert words.sha256 == PRESETS["gpt-oss-20b"].tokenizer_sha256
    publish(tmp_path, ROWS, words)
    report = qlora.train(TINY, tmp_path, "", tmp_path / "out", 3, quiet)
    assert report.losses[-1] < report.losses[0]
    assert report.losses[0] == pytest.approx(math.log(201_088), abs=1.0)
