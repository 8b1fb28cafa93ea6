import random
import string

import numpy as np
import pyarrow as pa
import pytest

from corpus.errors import ModelMissing, RecipeError
from models import ngram
from processors.perplexity import Perplexity

PROSE = (
    "My aunt kept a shop that sold buttons, thread and very little else. She opened at nine and closed when the light went. "
    "Children were sent to her with a torn coat and came back with it mended, though nobody had asked her to do that. "
)


def scored(step, *texts):
    return step(pa.table({"text": pa.array(texts, pa.large_string())}))


def test_it_writes_bits_perplexity_a_byte_and_the_scorer():
    made = scored(Perplexity(), PROSE)
    assert [made.schema.field(name).type for name in Perplexity.writes] == [pa.float32(), pa.float32(), pa.string()]
    row = made.to_pylist()[0]
    fitted = ngram.fit(ngram.REFERENCE.read_text(encoding="utf-8"))
    assert row["bits_per_byte"] == fitted.bits_per_byte([PROSE])[0]
    assert row["perplexity"] == pytest.approx(2 ** row["bits_per_byte"])
    assert row["perplexity_scorer"] == f"ngram:{fitted.sha256[:12]}"


def test_an_empty_or_missing_text_has_nulls():
    made = scored(Perplexity(), "", PROSE, None)
    for name in Perplexity.writes:
        assert made[name].is_null().to_pylist() == [True, False, True]


def test_one_band_keeps_prose_and_drops_noise_and_repetition():
    chance = random.Random(5)
    letters = "".join(chance.choice(string.ascii_lowercase + " ") for _ in range(800))
    texts = [PROSE, letters, chance.randbytes(400).hex(), PROSE[:70] * 40]
    bits = np.array(scored(Perplexity(), *texts)["bits_per_byte"])
    assert ((bits >= 1.6) & (bits <= 5.0)).tolist() == [True, False, False, False]


def test_max_bytes_cuts_between_characters():
    made = scored(Perplexity(max_bytes=16), "ö" * 8 + "x" * 50, "ö" * 8, "a" + "ö" * 8, "a" + "ö" * 7)[
        "bits_per_byte"
    ].to_pylist()
    assert made[0] == made[1]
    assert made[2] == made[3]


def test_a_reference_of_ones_own(tmp_path):
    german = tmp_path / "reference_de.txt"
    german.write_text(
        "Die Maische wird eine Stunde lang warm gehalten, damit aus Stärke Zucker wird. " * 3, encoding="utf-8"
    )
    text = "Eine Stunde lang wird die Maische gehalten."
    own, packaged = (
        scored(step, text)["bits_per_byte"][0].as_py() for step in (Perplexity(reference=str(german)), Perplexity())
    )
    assert own < packaged


def test_the_fingerprint_follows_the_content_of_the_reference(tmp_path):
    prints = set()
    for name, content in (("a", "one"), ("b", "two")):
        (tmp_path / name).write_text(content, encoding="utf-8")
        prints.add(Perplexity(reference=str(tmp_path / name)).fingerprint)
    changed = Perplexity(reference=str(tmp_path / "a"))
    before = changed.fingerprint
    (tmp_path / "a").write_text("three", encoding="utf-8")
    prints |= {changed.fingerprint, Perplexity().fingerprint, Perplexity(max_bytes=100).fingerprint}
    assert len(prints) == 5
    assert changed.fingerprint != before


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_reference_that_cannot_be_read_is_named(tmp_path, content):
    if content:
        (tmp_path / "mine.txt").write_bytes(content)
    with pytest.raises(RecipeError, match=r"mine\.txt"):
        scored(Perplexity(reference=str(tmp_path / "mine.txt")), "text")


def test_a_missing_language_model_is_named(tmp_path):
    with pytest.raises(ModelMissing, match="no_such_model"):
        scored(Perplexity(scorer="transformers", model=str(tmp_path / "no_such_model")), "text")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
@pytest.mark.filterwarnings("ignore::FutureWarning:transformers")
def test_the_language_model_scores_tokens(tmp_path):
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GptOssConfig, GptOssForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = Tokenizer(models.BPE(vocab={letter: place for place, letter in enumerate(alphabet)}, merges=[]))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    PreTrainedTokenizerFast(tokenizer_object=words).save_pretrained(tmp_path)
    torch.manual_seed(1)
    config = GptOssConfig(
        num_hidden_layers=2, hidden_size=32, intermediate_size=32, num_attention_heads=2, num_key_value_heads=1, head_dim=16, num_local_experts=2,
        num_experts_per_tok=1, vocab_size=256, layer_types=["sliding_attention", "full_attention"], pad_token_id=None, eos_token_id=1,
    )  # fmt: skip
    GptOssForCausalLM(config).save_pretrained(tmp_path)
    made = scored(Perplexity(scorer="transformers", model=str(tmp_path)), PROSE, "", "x").to_pylist()
    assert made[0]["perplexity"] == pytest.approx(256, rel=0.2)
    assert made[0]["bits_per_byte"] == pytest.approx(np.log2(made[0]["perplexity"]), rel=1e-4)  # a token is a byte here
    assert made[0]["perplexity_scorer"].startswith(f"transformers:{tmp_path}@")
    assert [row["bits_per_byte"] for row in made[1:]] == [None, None]
