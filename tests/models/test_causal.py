import builtins

import numpy as np
import pytest

from corpus.errors import ModelMissing
from models import causal

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch"),
    pytest.mark.filterwarnings("ignore::FutureWarning:transformers"),
]

TEXTS = [
    "The mash turns starch into sugar.",
    "Hops",
    "",
    "Yeast works at room temperature and finishes in about a week; lager yeast prefers a cold cellar. " * 2,
    "Größe: 12 °C, 🍺",
]
VOCABULARY = 300


def make_model(folder, *, beginning):
    """A gpt-oss of two tiny layers with random weights, and a byte-level tokenizer trained on a few sentences."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GptOssConfig, GptOssForCausalLM, PreTrainedTokenizerFast

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    specials = ["<|startoftext|>", "<|endoftext|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    words.train_from_iterator(TEXTS * 5, trainer)
    begin = {"bos_token": specials[0]} if beginning else {}
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token=specials[1], **begin).save_pretrained(folder)
    torch.manual_seed(3)
    config = GptOssConfig(
        num_hidden_layers=2, hidden_size=64, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2, head_dim=16,
        num_local_experts=4, num_experts_per_tok=2, vocab_size=VOCABULARY, layer_types=["sliding_attention", "full_attention"],
        sliding_window=16, max_position_embeddings=1024, pad_token_id=None, eos_token_id=1, bos_token_id=0,
    )  # fmt: skip
    GptOssForCausalLM(config).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("gpt_oss"), beginning=True)


@pytest.fixture(scope="module")
def model(folder):
    return causal.load(folder)


def test_random_weights_are_as_perplexed_as_the_vocabulary_is_large(model):
    assert model.score(TEXTS[3:4]).perplexity[0] == pytest.approx(VOCABULARY, rel=0.2)


def test_a_text_scores_in_a_batch_as_it_does_alone(model):
    together = model.score(TEXTS, batch_size=len(TEXTS))
    alone = [model.score([text], batch_size=1) for text in TEXTS]
    for name in ("bits_per_byte", "perplexity"):
        expected = np.concatenate([getattr(score, name) for score in alone])
        np.testing.assert_allclose(getattr(together, name), expected, rtol=1e-4)


def test_it_is_what_the_model_itself_says_its_loss_is(model):
    import torch

    ids = [model.tokenizer.bos_token_id, *model.tokenizer(TEXTS[0], add_special_tokens=False)["input_ids"]]
    given = torch.tensor([ids], device=model.model.device)
    with torch.inference_mode():
        loss = float(model.model(input_ids=given, labels=given).loss)
    score = model.score(TEXTS[:1])
    assert score.perplexity[0] == pytest.approx(np.exp(loss), rel=1e-4)
    assert score.bits_per_byte[0] == pytest.approx(loss * (len(ids) - 1) / np.log(2) / len(TEXTS[0].encode()), rel=1e-4)


def test_it_is_deterministic(folder, model):
    causal.load.cache_clear()
    again = causal.load(folder)
    assert again.revision == model.revision
    assert np.array_equal(again.score(TEXTS).bits_per_byte, model.score(TEXTS).bits_per_byte, equal_nan=True)


def test_an_empty_text_has_no_score(model):
    scores = model.score(["", "ab"])
    assert np.isnan(scores.bits_per_byte).tolist() == np.isnan(scores.perplexity).tolist() == [True, False]
    assert scores.tokens[0] == 0
    assert scores.bits_per_byte.dtype == scores.perplexity.dtype == np.float32
    assert model.score([]).bits_per_byte.shape == (0,)


def test_no_more_than_max_tokens_are_read(model):
    text = TEXTS[3]
    scores = model.score([text, text[:40] + "?" * 400], max_tokens=8)
    assert scores.tokens.tolist() == [8, 8]
    assert scores.bits_per_byte[0] == scores.bits_per_byte[1]
    assert model.score([text]).tokens[0] > 8


def test_without_a_beginning_token_the_first_is_not_scored(tmp_path):
    model = causal.load(make_model(tmp_path, beginning=False))
    ids = model.tokenizer(TEXTS[0], add_special_tokens=False)["input_ids"]
    scores = model.score([TEXTS[0], "H"])
    assert scores.tokens.tolist() == [len(ids) - 1, 0]
    assert np.isnan(scores.bits_per_byte).tolist() == [False, True]
    assert scores.perplexity[0] == pytest.approx(VOCABULARY, rel=0.3)


def test_a_changed_weight_file_changes_the_revision(folder, model, tmp_path):
    import shutil

    shutil.copytree(folder, tmp_path / "copy")
    causal.load.cache_clear()
    assert causal.load(str(tmp_path / "copy")).revision == model.revision
    weights = tmp_path / "copy" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-9000] ^= 1
    weights.write_bytes(data)
    causal.load.cache_clear()
    assert causal.load(str(tmp_path / "copy")).revision != model.revision


def test_a_missing_model_names_itself_and_the_fix(tmp_path):
    with pytest.raises(ModelMissing, match=r"nowhere cannot be loaded.*hf download"):
        causal.load(str(tmp_path / "nowhere"))


def test_a_missing_extra_names_the_command(monkeypatch):
    real = builtins.__import__

    def without_torch(name, *arguments, **options):
        if name == "torch":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_torch)
    with pytest.raises(ModelMissing, match=r"make \.venv/train\.done.*gristmill\[score\]"):
        causal.load("some/model")
