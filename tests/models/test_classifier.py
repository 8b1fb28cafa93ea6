import builtins
import contextlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import ModelMissing
from models import classifier

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch"),
    pytest.mark.filterwarnings("ignore::FutureWarning:transformers"),
]

TEXTS = ["the mash rests for an hour", "you rotten onion", "", "two\nlines </s> and more"]


def transformer(folder, *, problem_type, labels):
    """A BERT of one tiny layer with random weights, and a tokenizer of whole words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    vocabulary = {word: place for place, word in enumerate(["[PAD]", "[UNK]", *sorted(set(" ".join(TEXTS).split()))])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        id2label=dict(enumerate(labels)), label2id={label: place for place, label in enumerate(labels)}, problem_type=problem_type,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


def test_a_fasttext_file_gives_a_probability_for_each_label(toxic_model):
    model = classifier.load(toxic_model)
    found = model.probabilities(TEXTS)
    toxic, fine = model.labels.index("toxic"), model.labels.index("fine")
    assert found.shape == (4, 2)
    assert found.dtype == np.float32
    assert found[0, fine] > 0.8
    assert found[1, toxic] > 0.8
    assert found.min() >= 0
    assert found.max() <= 1


def test_no_texts_have_no_probabilities(toxic_model):
    assert classifier.load(toxic_model).probabilities([]).shape == (0, 2)


@pytest.mark.slow
def test_a_transformers_folder_gives_one_of_its_labels_or_several(tmp_path):
    one = classifier.load(transformer(tmp_path / "one", problem_type=None, labels=["fine", "toxic"]))
    several = classifier.load(
        transformer(
            tmp_path / "several", problem_type="multi_label_classification", labels=["insult", "obscene", "threat"]
        )
    )
    assert one.labels == ("fine", "toxic")
    assert one.probabilities(TEXTS).sum(axis=1) == pytest.approx([1, 1, 0, 1], abs=2e-4)
    assert several.probabilities(TEXTS).shape == (4, 3)
    assert several.probabilities(TEXTS).sum(axis=1) != pytest.approx([1] * 4, abs=1e-2)
    assert one.probabilities([]).shape == (0, 2)


def test_a_text_is_judged_the_same_beside_others(toxic_model):
    model = classifier.load(toxic_model)
    assert np.array_equal(model.probabilities(TEXTS)[1], model.probabilities([TEXTS[1]])[0])


def test_a_missing_or_damaged_file_is_one_clear_sentence(tmp_path):
    damaged = tmp_path / "damaged.ftz"
    damaged.write_bytes(b"no model")
    for path in (tmp_path / "none.bin", damaged):
        with pytest.raises(ModelMissing, match=path.name) as caught:
            classifier.load(str(path))
        assert "\n" not in str(caught.value)


def test_without_torch_the_sentence_names_the_extra(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name == "torch":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModelMissing, match=r"gristmill\[score\]"):
        classifier.load("some/model@" + "0" * 40)


def test_the_digest_follows_names_and_the_whole_content_at_any_depth(tmp_path):
    seen = [classifier.digest(str(tmp_path))]
    inner = tmp_path / "deep" / "model.safetensors"
    inner.parent.mkdir()
    for content in (b"", b"a" * 3_000_000, b"a" * 2_999_999 + b"b"):
        inner.write_bytes(content)
        os.utime(inner, ns=(len(seen), len(seen)))
        seen.append(classifier.digest(str(tmp_path)))
    inner.rename(inner.with_name("other.safetensors"))
    seen.append(classifier.digest(str(tmp_path)))
    assert len(set(seen)) == len(seen)
    assert classifier.digest(str(tmp_path)) == seen[-1]


def test_a_hub_id_has_its_commit_in_the_digest():
    assert classifier.digest("hub/one@" + "0" * 40) != classifier.digest("hub/one@" + "1" * 40)


@pytest.mark.parametrize(
    "name", ["hub/one", "hub/one@main", "hub/one@" + "0" * 39, "no/such/folder@" + "0" * 40, "a.safetensors"]
)
def test_a_name_without_a_commit_is_refused_with_what_to_write(name):
    for use in (classifier.digest, classifier.load):
        with pytest.raises(ModelMissing, match="id@commit") as caught:
            use(name)
        assert "\n" not in str(caught.value)


def test_a_file_that_changes_is_loaded_anew(toxic_model, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(Path(toxic_model).read_bytes())
    assert classifier.load(str(path)) is classifier.load(str(path))
    path.write_bytes(b"no model")
    with pytest.raises(ModelMissing):
        classifier.load(str(path))


def saved(folder):
    return transformer(folder, problem_type=None, labels=["fine", "toxic"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff" * 100])
def test_a_damaged_folder_is_one_clear_sentence(tmp_path, name, content):
    folder = saved(tmp_path / "damaged")
    (tmp_path / "damaged" / name).write_bytes(content)
    with pytest.raises(ModelMissing, match="damaged") as caught:
        classifier.load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_base_model_without_a_trained_head_is_refused(tmp_path):
    from transformers import AutoModel

    folder = saved(tmp_path / "base")
    AutoModel.from_pretrained(folder).save_pretrained(folder)
    with pytest.raises(ModelMissing, match="lacks the weights classifier"):
        classifier.load(folder)


@pytest.mark.slow
def test_pickled_weights_are_never_read(tmp_path):
    import torch
    from safetensors.torch import load_file

    folder = saved(tmp_path / "pickled")
    weights = tmp_path / "pickled" / "model.safetensors"
    torch.save(load_file(weights), weights.with_name("pytorch_model.bin"))
    weights.unlink()
    with pytest.raises(ModelMissing, match="pickled"):
        classifier.load(folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "key"), [("config.json", "AutoModelForSequenceClassification"), ("tokenizer_config.json", "AutoTokenizer")]
)
def test_code_in_a_folder_is_never_run(tmp_path, file, key):
    folder = saved(tmp_path / "code")
    witness = tmp_path / "ran"
    (tmp_path / "code" / "custom.py").write_text(
        f"open({str(witness)!r}, 'w').close()\nclass Custom: pass\n", encoding="utf-8"
    )
    path = tmp_path / "code" / file
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["auto_map"] = {key: ["custom.Custom", None] if key == "AutoTokenizer" else "custom.Custom"}
    if file == "config.json":
        facts["auto_map"]["AutoConfig"] = "custom.Custom"
        facts["model_type"] = "unheard-of"
    path.write_text(json.dumps(facts), encoding="utf-8")
    with contextlib.suppress(ModelMissing):
        classifier.load(folder)
    assert not witness.exists()


@pytest.mark.slow
def test_a_transformer_judges_a_text_the_same_beside_others(tmp_path):
    model = classifier.load(saved(tmp_path / "model"))
    texts = [text * times for times in (1, 7, 40) for text in TEXTS]
    alone = np.concatenate([model.probabilities([text]) for text in texts])
    assert np.array_equal(model.probabilities(texts), alone)
    assert np.array_equal(alone, np.round(alone, 4))
