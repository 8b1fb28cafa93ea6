"""QLoRA by TRL's trainer: NF4 experts by bitsandbytes, an adapter by PEFT, rows that are token ids already."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from bitsandbytes.nn.parametrize import replace_parameter_4bit
from peft import LoraConfig
from tokenizers import Tokenizer as FastTokenizer
from tokenizers.models import WordLevel
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    PrinterCallback,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)
from transformers.utils.quantization_config import Mxfp4Config
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling, SFTTrainer

from corpus.errors import RecipeError
from training import tiny
from training.data import Rows
from training.presets import TINY, Preset

Report = Callable[[int, int, float], None]
EXPERT_WEIGHTS = ("gate_up_proj", "down_proj")
_UNMATCHED = r"target_parameters=.* were set but no parameter was matched"


class Outcome(NamedTuple):
    """The loss (nats a token) of every optimiser step and of the validation rows; ``resumed_from`` is a step."""

    losses: tuple[float, ...]
    validation_loss: float | None
    trainable_parameters: int
    resumed_from: int


class _Announce(TrainerCallback):
    def __init__(self, report: Report) -> None:
        self.report = report

    def on_log(
        self,
        args: TrainingArguments,  # noqa: ARG002 - the callback's signature is the library's
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002 - likewise
        logs: dict[str, Any] | None = None,
        **_: object,
    ) -> None:
        if logs and "loss" in logs:
            self.report(state.global_step, state.max_steps, float(logs["loss"]))


def require_device(preset: Preset) -> None:
    """Raise ``RecipeError`` when this machine lacks the card that ``preset`` needs."""
    if preset.device == "cuda" and not torch.cuda.is_available():
        raise RecipeError(
            f"the preset {preset.name} needs a CUDA card with {preset.card_gib} GiB or more and PyTorch sees none; "
            "train on a machine that has one, or take `--preset tiny` to try the path on this one"
        )


def base_model(preset: Preset, tokenizer: str) -> Any:  # noqa: ANN401 - the library's types do not say
    """Return the base ``PreTrainedModel`` for rows of ``tokenizer``, its experts as NF4, on the preset's device."""
    if preset.base_model == TINY:
        model: Any = tiny.build(tiny.vocabulary_size(tokenizer), preset.seed)
    else:
        model = AutoModelForCausalLM.from_pretrained(  # type: ignore[no-untyped-call,unused-ignore]
            preset.base_model,
            quantization_config=Mxfp4Config(dequantize=True),
            dtype=torch.bfloat16,
            device_map={"": "cpu"},  # whole in main memory; the card only ever holds one layer's experts unquantised
            attn_implementation="eager",  # the kernels that know attention sinks come from elsewhere
            use_cache=False,
        )
    quantise_experts(model, preset.device)
    return model.to(preset.device)


def quantise_experts(model: PreTrainedModel, device: str) -> None:
    """Replace the experts' weights by NF4, layer by layer on ``device``.

    ``load_in_4bit`` passes over them without a word: they are fused 3-D parameters, not linear layers.
    """
    layers = [module for module in model.modules() if all(hasattr(module, name) for name in EXPERT_WEIGHTS)]
    if not layers:
        raise RecipeError(f"{type(model).__name__} has no fused experts; QLoRA here is made for gpt-oss")
    for experts in layers:
        experts.to(device)
        for name in EXPERT_WEIGHTS:
            replace_parameter_4bit(experts, name, quant_type="nf4")


def make_trainer(preset: Preset, rows: Rows, tokenizer: str, folder: Path, max_steps: int | None) -> SFTTrainer:
    """Return TRL's trainer of a fresh adapter, checkpoints in ``folder``; labels reach the loss as they are.

    Raises:
        RecipeError: the adapter's target parameters match nothing in the model.
    """
    model = base_model(preset, tokenizer)
    processing = _processing_class(preset)
    collator = DataCollatorForLanguageModeling(pad_token_id=processing.pad_token_id)
    set_seed(preset.seed)  # the adapter starts from random numbers too
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=_UNMATCHED, category=RuntimeWarning)
        try:
            return SFTTrainer(
                model=model,
                args=_arguments(preset, folder, max_steps),
                train_dataset=rows.train,
                eval_dataset=rows.validation if len(rows.validation) else None,
                processing_class=processing,
                data_collator=collator,
                peft_config=_adapter(preset),
            )
        except RuntimeWarning as error:
            raise RecipeError(
                f"the target parameters {', '.join(preset.target_parameters)} match nothing in {preset.base_model}: "
                "NF4 experts take no adapter; train the attention layers only"
            ) from error


def run(trainer: SFTTrainer, folder: Path, report: Report, adapter: Path) -> Outcome:
    """Train from the last whole checkpoint in ``folder``, or from the start, and save PEFT's folder ``adapter``.

    Raises ``RecipeError`` when a loss is not finite; then no adapter is saved.
    """
    checkpoint = last_checkpoint(folder)
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Announce(report))
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    losses = tuple(float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry)
    if not all(map(math.isfinite, losses)):
        raise RecipeError("the loss is no longer a number; lower the learning rate (no adapter was saved)")
    validation = trainer.evaluate() if trainer.eval_dataset is not None else {}
    model: Any = trainer.model
    model.save_pretrained(str(adapter), save_embedding_layers=False)
    return Outcome(
        losses,
        validation.get("eval_loss"),
        sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad),
        _step(checkpoint) if checkpoint else 0,
    )


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest whole checkpoint in ``folder``: the trainer writes its state file last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, key=_step, default=None)


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _adapter(preset: Preset) -> LoraConfig:
    return LoraConfig(
        r=preset.lora_rank,
        lora_alpha=preset.lora_alpha,
        lora_dropout=preset.lora_dropout,
        target_modules=list(preset.target_modules),
        target_parameters=list(preset.target_parameters) or None,
        task_type="CAUSAL_LM",
    )


def _arguments(preset: Preset, folder: Path, max_steps: int | None) -> SFTConfig:
    on_card = preset.device == "cuda"
    return SFTConfig(
        output_dir=str(folder),
        dataset_kwargs={"skip_prepare_dataset": True},  # rows come cut, labelled and tokenised
        max_length=None,
        router_aux_loss_coef=0.0,  # routers are frozen; by default the trainer adds their balance to the loss
        per_device_train_batch_size=preset.batch_size,
        per_device_eval_batch_size=preset.batch_size,
        gradient_accumulation_steps=preset.accumulation_steps,
        num_train_epochs=preset.epochs,
        max_steps=max_steps or -1,
        learning_rate=preset.learning_rate,
        lr_scheduler_type=preset.schedule,
        lr_scheduler_kwargs={"min_lr_rate": preset.min_learning_rate_ratio},
        warmup_steps=preset.warmup_ratio,
        optim=preset.optimizer,
        activation_checkpointing=True,
        bf16=on_card,
        use_cpu=not on_card,
        dataloader_pin_memory=on_card,
        logging_steps=1,
        logging_nan_inf_filter=False,  # a loss that is no number is news
        save_steps=preset.checkpoint_steps,
        save_total_limit=2,
        seed=preset.seed,
        data_seed=preset.seed,
        report_to="none",
        disable_tqdm=True,
    )


def _processing_class(preset: Preset) -> PreTrainedTokenizerBase:
    """Return what the trainer asks for besides rows; made-up weights have no tokenizer, only its end token."""
    if preset.base_model != TINY:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(preset.base_model)
        return tokenizer
    end = "<|return|>"
    vocabulary = FastTokenizer(WordLevel({end: 256}, unk_token=end))
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call,unused-ignore]
        tokenizer_object=vocabulary, eos_token=end, pad_token=end
    )
